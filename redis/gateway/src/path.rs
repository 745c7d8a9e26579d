//! Commands in the path: `/SET/key/value?EX=100`.

use meridian_redis::{Arg, Command, RedisError};
use percent_encoding::percent_decode_str;

/// The command of a path, with the body as its next argument and the query's parameters (but the token) as further ones.
///
/// Segments and body may hold any bytes.
pub(crate) fn command(path: &str, body: &[u8], query: &[(String, String)]) -> Result<Command, RedisError> {
    let segments = path.trim_start_matches('/').split('/');
    let mut args: Vec<Arg> = segments.map(|segment| arg(percent_decode_str(segment).collect())).collect();
    if !body.is_empty() {
        args.push(arg(body.to_vec()));
    }
    for (name, value) in query.iter().filter(|(name, _)| name != "_token") {
        args.push(name.as_str().into());
        if !value.is_empty() {
            args.push(value.as_str().into());
        }
    }
    match args.first() {
        Some(Arg::Text(name)) if !name.is_empty() => Command::from_args(args),
        _ => None,
    }
    .ok_or_else(|| RedisError::Protocol("a command has a name".into()))
}

fn arg(bytes: Vec<u8>) -> Arg {
    String::from_utf8(bytes).map_or_else(|error| Arg::Bytes(error.into_bytes()), Arg::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_commands_as_upstash_documents_them() {
        let query = [("EX".to_owned(), "100".to_owned()), ("_token".to_owned(), "t".to_owned())];
        let expected = Command::new("set").args(["foo", "a/b ü", "EX", "100"]);
        assert_eq!(command("/set/foo", "a/b ü".as_bytes(), &query).unwrap(), expected);
        assert_eq!(command("/set/foo/a%2Fb%20%C3%BC", b"", &query).unwrap(), expected);
        let bytes = Command::new("set").arg("k").arg(vec![0xff]).arg("NX");
        assert_eq!(command("/set/k", &[0xff], &[("NX".into(), String::new())]).unwrap(), bytes);
        assert!(command("/", b"", &[]).is_err());
    }
}
