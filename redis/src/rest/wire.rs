//! Commands and replies as Upstash writes them in JSON, in both directions: the client reads what the gateway writes.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{Arg, Command, RedisError, Reply};

/// How strings of a response are written. In JSON as they are, bytes that are not UTF-8 would be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As they are; what is not UTF-8 is replaced.
    Plain,
    /// In base64, but for an `OK` at the top.
    Base64,
}

/// The status that is never encoded. It is no padded base64, so there is no doubt about it.
const OK: &str = "OK";

/// A command as JSON. Bytes that are not UTF-8 have no place in it.
pub fn write_command(command: &Command) -> Result<Value, RedisError> {
    let part = |arg: &Arg| match arg {
        Arg::Text(text) => Ok(json!(text)),
        // As a string: not every reader of JSON keeps all 64 bits.
        Arg::Int(number) => Ok(json!(number.to_string())),
        Arg::Bytes(bytes) => std::str::from_utf8(bytes)
            .map(|text| json!(text))
            .map_err(|_| RedisError::Protocol("an argument that is not UTF-8 can't travel by REST".into())),
    };
    command.parts().iter().map(part).collect()
}

/// A command from JSON: an array of strings, numbers and booleans.
pub fn read_command(value: Value) -> Result<Command, RedisError> {
    let Value::Array(parts) = value else { return Err(malformed("a command is an array")) };
    let part = |value| match value {
        Value::String(text) => Ok(Arg::Text(text)),
        Value::Number(number) => Ok(number.as_i64().map_or_else(|| Arg::Text(number.to_string()), Arg::Int)),
        Value::Bool(value) => Ok(Arg::Text(value.to_string())),
        _ => Err(malformed("an argument is a string, a number or a boolean")),
    };
    let parts = parts.into_iter().map(part).collect::<Result<Vec<_>, _>>()?;
    match parts.first() {
        Some(Arg::Text(name)) if !name.is_empty() => {
            Command::from_args(parts).ok_or_else(|| malformed("a command has a name"))
        }
        _ => Err(malformed("a command has a name")),
    }
}

/// An answer as `{"result": …}` or `{"error": …}`.
pub fn write_answer(answer: &Result<Reply, RedisError>, encoding: Encoding) -> Value {
    match answer {
        Ok(Reply::Text(text)) if text == OK => json!({ "result": OK }),
        Ok(reply) => json!({ "result": write_reply(reply, encoding) }),
        Err(RedisError::Refused(said)) => json!({ "error": said }),
        Err(error) => json!({ "error": format!("ERR {error}") }),
    }
}

/// An answer from `{"result": …}` or `{"error": …}`.
pub fn read_answer(value: Value, encoding: Encoding) -> Result<Reply, RedisError> {
    let Value::Object(mut fields) = value else { return Err(malformed("an answer is an object")) };
    match (fields.remove("error"), fields.remove("result")) {
        (Some(Value::String(said)), _) => Err(RedisError::Refused(said)),
        (None | Some(Value::Null), Some(result)) => read_reply(result, encoding),
        _ => Err(malformed("an answer has a result or an error")),
    }
}

fn write_reply(reply: &Reply, encoding: Encoding) -> Value {
    match (reply, encoding) {
        (Reply::Nil, _) => Value::Null,
        (Reply::Int(number), _) => json!(number),
        (Reply::Text(text), Encoding::Plain) => json!(text),
        (Reply::Text(text), Encoding::Base64) => json!(STANDARD.encode(text)),
        (Reply::Bytes(bytes), Encoding::Plain) => json!(String::from_utf8_lossy(bytes)),
        (Reply::Bytes(bytes), Encoding::Base64) => json!(STANDARD.encode(bytes)),
        (Reply::Array(items), _) => items.iter().map(|item| write_reply(item, encoding)).collect(),
    }
}

fn read_reply(value: Value, encoding: Encoding) -> Result<Reply, RedisError> {
    Ok(match value {
        Value::Null => Reply::Nil,
        Value::Number(number) => number.as_i64().map_or_else(|| Reply::Text(number.to_string()), Reply::Int),
        Value::String(text) if encoding == Encoding::Plain || text == OK => Reply::Text(text),
        Value::String(text) => {
            Reply::string(STANDARD.decode(text).map_err(|_| malformed("a string is not base64"))?)
        }
        Value::Array(items) => {
            Reply::Array(items.into_iter().map(|item| read_reply(item, encoding)).collect::<Result<_, _>>()?)
        }
        Value::Bool(_) | Value::Object(_) => return Err(malformed("a reply is no boolean and no object")),
    })
}

fn malformed(what: &str) -> RedisError {
    RedisError::Protocol(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_reply() -> impl Strategy<Value = Reply> {
        let leaf = prop_oneof![
            Just(Reply::Nil),
            any::<i64>().prop_map(Reply::Int),
            any::<String>().prop_map(Reply::Text),
            Just(Reply::Text(OK.into())),
            any::<Vec<u8>>().prop_map(Reply::string),
        ];
        leaf.prop_recursive(4, 32, 6, |item| prop::collection::vec(item, 0..6).prop_map(Reply::Array))
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |item| {
            prop_oneof![
                prop::collection::vec(item.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((prop_oneof!["result", "error", "[a-z]{0,3}"], item), 0..3)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_reply_comes_back_whole(reply in any_reply()) {
            let written = write_answer(&Ok(reply.clone()), Encoding::Base64).to_string();
            let read = read_answer(serde_json::from_str(&written).unwrap(), Encoding::Base64);
            prop_assert!(read == Ok(reply));
        }

        #[test]
        fn every_command_of_text_comes_back(words in prop::collection::vec(any::<String>(), 0..5), number: i64) {
            let command = Command::new("EVAL").args(words).arg(number.to_string());
            prop_assert_eq!(read_command(write_command(&command).unwrap()).unwrap(), command);
        }

        #[test]
        fn any_json_is_a_reply_or_an_error(value in any_json()) {
            for encoding in [Encoding::Plain, Encoding::Base64] {
                let _ = read_answer(value.clone(), encoding);
                let _ = read_answer(json!({ "result": value.clone() }), encoding);
            }
            let _ = read_command(value);
        }
    }

    #[test]
    fn answers_look_as_upstash_documents_them() {
        for (answer, plain, base64) in [
            (Ok(Reply::Text("OK".into())), json!({"result": "OK"}), json!({"result": "OK"})),
            (Ok(Reply::Text("bar".into())), json!({"result": "bar"}), json!({"result": "YmFy"})),
            (Ok(Reply::Nil), json!({"result": null}), json!({"result": null})),
            (Ok(Reply::Int(2)), json!({"result": 2}), json!({"result": 2})),
            (
                Ok(Reply::Array(vec![Reply::Text("a".into()), Reply::Nil])),
                json!({"result": ["a", null]}),
                json!({"result": ["YQ==", null]}),
            ),
            (
                Err(RedisError::Refused("ERR no".into())),
                json!({"error": "ERR no"}),
                json!({"error": "ERR no"}),
            ),
        ] {
            assert_eq!(write_answer(&answer, Encoding::Plain), plain);
            assert_eq!(write_answer(&answer, Encoding::Base64), base64);
        }
    }

    #[test]
    fn numbers_and_booleans_are_arguments_and_nothing_else_is() {
        let command = read_command(json!(["SET", "k", 5, 1.5, true])).unwrap();
        let expected = Command::new("SET").arg("k").arg(5_i64).arg("1.5").arg("true");
        assert_eq!(command, expected);
        for bad in
            [json!([]), json!([""]), json!([1]), json!("GET"), json!(["GET", null]), json!(["GET", ["k"]])]
        {
            assert!(matches!(read_command(bad), Err(RedisError::Protocol(_))));
        }
        assert!(write_command(&Command::set("k", vec![0xff])).is_err());
    }
}
