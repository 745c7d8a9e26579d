//! Between this crate's types and those of the crate `redis`.

use redis::{Cmd, ErrorKind, Value};

use crate::{Arg, Command, RedisError, Reply};

pub(super) fn command(command: &Command) -> Cmd {
    let mut cmd = Cmd::new();
    for part in command.parts() {
        match part {
            Arg::Text(text) => cmd.arg(text),
            Arg::Int(number) => cmd.arg(*number),
            Arg::Bytes(bytes) => cmd.arg(bytes.as_slice()),
        };
    }
    cmd
}

pub(super) fn reply(value: Value) -> Result<Reply, RedisError> {
    Ok(match value {
        Value::Nil => Reply::Nil,
        Value::Int(number) => Reply::Int(number),
        Value::BulkString(bytes) => Reply::string(bytes),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Reply::Text(text),
        Value::Okay => Reply::Text("OK".into()),
        Value::Double(number) => Reply::Text(number.to_string()),
        Value::Boolean(value) => Reply::Int(value.into()),
        Value::Array(items) | Value::Set(items) => {
            Reply::Array(items.into_iter().map(reply).collect::<Result<_, _>>()?)
        }
        Value::ServerError(error) => {
            return Err(RedisError::Refused(said(error.code(), error.details())));
        }
        // RESP3 only, which is not spoken here.
        _ => return Err(RedisError::Protocol("a kind of reply that was not asked for".into())),
    })
}

pub(super) fn error(error: redis::RedisError) -> RedisError {
    match (error.kind(), error.code()) {
        (ErrorKind::Server(_) | ErrorKind::Extension, Some(code)) => {
            RedisError::Refused(said(code, error.detail()))
        }
        (ErrorKind::Server(_) | ErrorKind::Extension, None) => RedisError::Refused(error.to_string()),
        (ErrorKind::Parse | ErrorKind::UnexpectedReturnType, _) => RedisError::Protocol(error.to_string()),
        _ => RedisError::Unavailable(error.to_string()),
    }
}

/// The server's error as it wrote it.
fn said(code: &str, details: Option<&str>) -> String {
    details.map_or_else(|| code.to_owned(), |details| format!("{code} {details}"))
}
