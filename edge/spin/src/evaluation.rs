//! Scripts whose answer keeps its shape on the way through Spin, which knows no arrays in arrays: the script is wrapped in one that answers JSON.
//!
//! Lua's `cjson` writes numbers with 14 digits; scripts answer larger ones as text. An empty table has no kind, and is an empty array here.

use meridian_redis::{Arg, Command, RedisError, Reply};
use serde_json::Value;

/// The command with its script wrapped, if it is an `EVAL`.
pub(crate) fn wrapped(command: &Command) -> Option<Command> {
    let [name, Arg::Text(script), rest @ ..] = command.parts() else { return None };
    if command.name() != "EVAL" {
        return None;
    }
    let script = format!("local function answer()\n{script}\nend\nreturn cjson.encode(answer())");
    let parts = [name.clone(), Arg::Text(script)].into_iter().chain(rest.iter().cloned());
    Command::from_args(parts.collect())
}

/// What the script itself answered.
pub(crate) fn unwrapped(answer: &Reply) -> Result<Reply, RedisError> {
    let text = answer.as_text().ok_or_else(|| RedisError::Protocol("a script did not answer JSON".into()))?;
    let json = serde_json::from_str(text)
        .map_err(|_| RedisError::Protocol("a script answered no valid JSON".into()))?;
    reply(json)
}

/// As Redis converts what Lua returns: false is nil, true is 1, and fractions are cut.
fn reply(json: Value) -> Result<Reply, RedisError> {
    Ok(match json {
        Value::Null | Value::Bool(false) => Reply::Nil,
        Value::Bool(true) => Reply::Int(1),
        Value::Number(number) => {
            Reply::Int(number.as_i64().unwrap_or_else(|| number.as_f64().unwrap_or_default() as i64))
        }
        Value::String(text) => Reply::Text(text),
        Value::Array(items) => Reply::Array(items.into_iter().map(reply).collect::<Result<_, _>>()?),
        Value::Object(mut fields) => match (fields.remove("ok"), fields.remove("err")) {
            (Some(Value::String(status)), _) => Reply::Text(status),
            (_, Some(error)) => {
                return Err(RedisError::Refused(error.as_str().unwrap_or_default().to_owned()));
            }
            _ => Reply::Array(Vec::new()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scripts_are_wrapped() {
        let eval = Command::eval("return KEYS[1]", ["k"], ["a"]);
        let wrapped = wrapped(&eval).unwrap();
        assert_eq!(wrapped.parts().len(), eval.parts().len());
        assert_eq!(wrapped.parts()[2..], eval.parts()[2..]);
        assert!(matches!(&wrapped.parts()[1], Arg::Text(text) if text.contains("\nreturn KEYS[1]\nend\n")));
        assert_eq!(super::wrapped(&Command::get("EVAL")), None);
    }

    #[test]
    fn shapes_are_kept() {
        let of = |json: &str| unwrapped(&Reply::Text(json.into()));
        let nested = of(r#"["1", false, 7, [null, "a"], {}, {"ok": "OK"}, true, 1e3]"#).unwrap();
        let expected = vec![
            Reply::Text("1".into()),
            Reply::Nil,
            Reply::Int(7),
            Reply::Array(vec![Reply::Nil, Reply::Text("a".into())]),
            Reply::Array(vec![]),
            Reply::Text("OK".into()),
            Reply::Int(1),
            Reply::Int(1000),
        ];
        assert_eq!(nested, Reply::Array(expected));
        assert!(matches!(of(r#"{"err": "WRONGTYPE"}"#), Err(RedisError::Refused(e)) if e == "WRONGTYPE"));
        assert!(of("not JSON").is_err() && unwrapped(&Reply::Int(1)).is_err());
    }
}
