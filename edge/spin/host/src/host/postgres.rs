//! `spin:postgres`: a server connection for each that a component opens (Spin keeps a pool of them for each address).

#![expect(clippy::result_large_err, reason = "the error is Spin's")]

use tokio_postgres::{
    Client, NoTls, Row,
    config::Host as Address,
    types::{IsNull, ToSql, Type, to_sql_checked},
};
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::{
    bindings::postgres::postgres::{
        Column, DbDataType, DbError, DbValue, Error, Host, HostConnection, HostConnectionWithStore,
        ParameterValue, QueryError,
    },
    instance::{Instance, Spin},
};

/// An open connection.
#[expect(unreachable_pub, reason = "the bindings re-export it")]
pub struct Connection(std::sync::Arc<Client>);

type Rows = (Vec<Column>, StreamReader<Vec<DbValue>>, FutureReader<Result<(), Error>>);

impl Host for Instance {}

impl HostConnection for Instance {
    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for Spin {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let failed = |why: String| Ok(Err(Error::ConnectionFailed(why)));
        let config: tokio_postgres::Config = match address.parse() {
            Ok(config) => config,
            Err(error) => return failed(format!("parsing Postgres connection string: {error}")),
        };
        let rights = accessor.with(|mut access| access.get().rights.clone());
        let allowed = config.get_hosts().iter().enumerate().all(|(i, host)| {
            let port = config.get_ports().get(i).or(config.get_ports().first()).copied().unwrap_or(5432);
            matches!(host, Address::Tcp(host) if rights.outbound.allow("postgres", host, port))
        });
        if !allowed {
            return failed(format!("address {address} is not permitted"));
        }
        match config.connect(NoTls).await {
            Ok((client, connection)) => {
                // Ends when the client is dropped.
                tokio::spawn(connection);
                let client = Connection(client.into());
                accessor.with(|mut access| Ok(Ok(access.get().table.push(client)?)))
            }
            Err(error) => failed(format!("{error:?}")),
        }
    }

    async fn query_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<Rows, Error>> {
        let client = client(accessor, &connection)?;
        let found = client.query(&statement, &refs(&params)).await.map_err(failure);
        let rows = found.and_then(|found| {
            let columns = found.first().map(columns).unwrap_or_default();
            let rows = found.iter().map(values).collect::<Result<Vec<_>, _>>()?;
            Ok((columns, rows))
        });
        let (columns, rows) = match rows {
            Ok(rows) => rows,
            Err(error) => return Ok(Err(error)),
        };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, rows)?;
            let end = FutureReader::new(&mut access, async { Ok::<_, wasmtime::Error>(Ok(())) })?;
            Ok(Ok((columns, rows, end)))
        })
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<u64, Error>> {
        let client = client(accessor, &connection)?;
        Ok(client.execute(&statement, &refs(&params)).await.map_err(failure))
    }
}

fn client<T: Send>(
    accessor: &Accessor<T, Spin>,
    connection: &Resource<Connection>,
) -> wasmtime::Result<std::sync::Arc<Client>> {
    Ok(accessor.with(|mut access| access.get().table.get(connection).map(|c| c.0.clone()))?)
}

fn refs(params: &[ParameterValue]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|param| param as &(dyn ToSql + Sync)).collect()
}

/// Types are checked against what the server inferred, as Spin's are: an integer for a TEXT is an error.
impl ToSql for ParameterValue {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut bytes::BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Boolean(value) => value.to_sql_checked(kind, out),
            Self::Int16(value) => value.to_sql_checked(kind, out),
            Self::Int32(value) => value.to_sql_checked(kind, out),
            Self::Int64(value) => value.to_sql_checked(kind, out),
            Self::Str(value) => value.to_sql_checked(kind, out),
            Self::Binary(value) => value.to_sql_checked(kind, out),
            Self::DbNull => Ok(IsNull::Yes),
            other => Err(format!("the test host does not know {other:?}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn columns(row: &Row) -> Vec<Column> {
    let column = |column: &tokio_postgres::Column| Column {
        name: column.name().to_owned(),
        data_type: DbDataType::Other(column.type_().name().to_owned()),
    };
    row.columns().iter().map(column).collect()
}

fn values(row: &Row) -> Result<Vec<DbValue>, Error> {
    let value = |i: usize| {
        let kind = row.columns()[i].type_().clone();
        let value = match kind {
            Type::BOOL => row.try_get(i).map(|v: Option<bool>| v.map(DbValue::Boolean)),
            Type::INT2 => row.try_get(i).map(|v: Option<i16>| v.map(DbValue::Int16)),
            Type::INT4 => row.try_get(i).map(|v: Option<i32>| v.map(DbValue::Int32)),
            Type::INT8 => row.try_get(i).map(|v: Option<i64>| v.map(DbValue::Int64)),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::BPCHAR => {
                row.try_get(i).map(|v: Option<String>| v.map(DbValue::Str))
            }
            Type::BYTEA => row.try_get(i).map(|v: Option<Vec<u8>>| v.map(DbValue::Binary)),
            other => {
                return Err(Error::ValueConversionFailed(format!("the test host does not know {other}")));
            }
        };
        value.map(|v| v.unwrap_or(DbValue::DbNull)).map_err(failure)
    };
    (0..row.len()).map(value).collect()
}

/// As Spin tells it: structured when the server said it, else the driver's words.
fn failure(error: tokio_postgres::Error) -> Error {
    let as_text = format!("{error:?}");
    Error::QueryFailed(match error.as_db_error() {
        None => QueryError::Text(as_text),
        Some(e) => QueryError::DbError(DbError {
            as_text,
            severity: e.severity().to_owned(),
            code: e.code().code().to_owned(),
            message: e.message().to_owned(),
            detail: e.detail().map(str::to_owned),
            extras: e.constraint().map(|c| ("constraint".to_owned(), c.to_owned())).into_iter().collect(),
        }),
    })
}
