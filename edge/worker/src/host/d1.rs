//! The Database port on D1: SQLite behind a service, without transactions that stay open; a batch is one.

use async_trait::async_trait;
use meridian_shared::{
    database::{Database, DbError, Outcome, Row, Statement, Value},
    sql::{self, columns, placeholders},
};
use worker::{
    D1Database,
    js_sys::{self, Array, ArrayBuffer, Object, Reflect, Uint8Array},
    send::SendFuture,
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    worker_sys::types as sys,
};

use super::limit::{DATABASE, within};

/// Integers of JavaScript are exact up to here.
const EXACT: i64 = (1 << 53) - 1;

/// A D1 database.
#[derive(Debug)]
pub(crate) struct D1(D1Database);

impl D1 {
    pub(crate) fn new(binding: D1Database) -> Self {
        Self(binding)
    }

    fn database(&self) -> &sys::D1Database {
        AsRef::<JsValue>::as_ref(&self.0).unchecked_ref()
    }

    fn prepare(&self, statement: &Statement) -> Result<sys::D1PreparedStatement, DbError> {
        let values = statement.params.iter().map(to_js).collect::<Result<Array, _>>()?;
        let prepared = self.database().prepare(&placeholders::numbered(statement.sql)).map_err(db_error)?;
        prepared.bind(values).map_err(db_error)
    }

    async fn run_one(&self, statement: &Statement) -> Result<Outcome, DbError> {
        let prepared = self.prepare(statement)?;
        if !columns::returns_rows(statement.sql) {
            let result = answer(prepared.run()).await?;
            return Ok(Outcome { rows: Vec::new(), affected: changes(&result)? });
        }
        // Rows as arrays, which a batch does not offer.
        let rows = Array::from(&answer(prepared.raw()).await?);
        let rows = rows.iter().map(|row| from_js(&Array::from(&row))).collect::<Result<Vec<_>, _>>()?;
        Ok(with_rows(statement, rows))
    }

    async fn run_batch(&self, statements: &[Statement]) -> Result<Vec<Outcome>, DbError> {
        let prepared = statements.iter().map(|s| self.prepare(s)).collect::<Result<Vec<_>, _>>()?;
        let results = Array::from(&answer(self.database().batch(prepared.iter().collect())).await?);
        if results.length() as usize != statements.len() {
            return Err(DbError::Other("a batch with missing results".into()));
        }
        statements.iter().zip(results.iter()).map(|(statement, result)| outcome(statement, &result)).collect()
    }
}

#[async_trait]
impl Database for D1 {
    async fn run(&self, statement: Statement) -> Result<Outcome, DbError> {
        SendFuture::new(self.run_one(&statement)).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DbError> {
        match statements.as_slice() {
            [] => Ok(Vec::new()),
            [one] => Ok(vec![SendFuture::new(self.run_one(one)).await?]),
            many => SendFuture::new(self.run_batch(many)).await,
        }
    }
}

/// What D1 answered.
async fn answer(promise: Result<js_sys::Promise, JsValue>) -> Result<JsValue, DbError> {
    within(DATABASE, JsFuture::from(promise.map_err(db_error)?)).await?.map_err(db_error)
}

/// What one statement of a batch did. Its rows are objects, whose keys stand in the order of the columns.
fn outcome(statement: &Statement, result: &JsValue) -> Result<Outcome, DbError> {
    if !columns::returns_rows(statement.sql) {
        return Ok(Outcome { rows: Vec::new(), affected: changes(result)? });
    }
    let expected = columns::count(statement.sql);
    let objects = Array::from(&Reflect::get(result, &"results".into()).map_err(db_error)?);
    let mut rows = Vec::with_capacity(objects.length() as usize);
    for object in objects.iter() {
        let row = from_js(&Object::values(&Object::from(object)))?;
        if expected.is_some_and(|expected| expected != row.0.len()) {
            return Err(DbError::Other(format!("two columns of one name: {}", statement.sql)));
        }
        rows.push(row);
    }
    Ok(with_rows(statement, rows))
}

/// A statement that changes rows returns as many.
fn with_rows(statement: &Statement, rows: Vec<Row>) -> Outcome {
    let affected = if sql::is_read(statement.sql) { 0 } else { rows.len() as u64 };
    Outcome { rows, affected }
}

/// `meta.changes` of a result. What foreign keys deleted along with a row is counted too.
fn changes(result: &JsValue) -> Result<u64, DbError> {
    let meta = Reflect::get(result, &"meta".into()).map_err(db_error)?;
    let changes = Reflect::get(&meta, &"changes".into()).map_err(db_error)?;
    let missing = || DbError::Other("a result without meta.changes".into());
    changes.as_f64().map(|n| n as u64).ok_or_else(missing)
}

fn to_js(value: &Value) -> Result<JsValue, DbError> {
    match value {
        Value::Null => Ok(JsValue::NULL),
        Value::Text(text) => Ok(JsValue::from_str(text)),
        Value::Int(int) if (-EXACT..=EXACT).contains(int) => Ok(JsValue::from_f64(*int as f64)),
        Value::Int(int) => Err(DbError::Other(format!("{int} is beyond the integers of JavaScript"))),
        Value::Bytes(bytes) => Ok(Uint8Array::from(bytes.as_slice()).buffer().into()),
    }
}

fn from_js(row: &Array) -> Result<Row, DbError> {
    let value = |(i, value): (usize, JsValue)| {
        if value.is_null() {
            return Ok(Value::Null);
        }
        if let Some(text) = value.as_string() {
            return Ok(Value::Text(text));
        }
        if let Some(number) = value.as_f64() {
            let exact = number.fract() == 0.0 && number.abs() <= EXACT as f64;
            return exact.then_some(Value::Int(number as i64)).ok_or_else(|| unexpected(i, "a fraction"));
        }
        if let Some(truth) = value.as_bool() {
            return Ok(Value::Int(truth.into()));
        }
        // A BLOB is an array of numbers.
        if Array::is_array(&value) || value.is_instance_of::<ArrayBuffer>() {
            return Ok(Value::Bytes(Uint8Array::new(&value).to_vec()));
        }
        Err(unexpected(i, "an unknown type"))
    };
    row.iter().enumerate().map(value).collect::<Result<_, _>>().map(Row)
}

fn unexpected(column: usize, what: &str) -> DbError {
    DbError::Other(format!("column {column} holds {what}"))
}

fn db_error(error: JsValue) -> DbError {
    let message = match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| "an unknown error".into()),
    };
    sql::sqlite_error(&message)
}
