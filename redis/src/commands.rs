//! Constructors of the commands that the program uses, so that nobody spells them. Times are ms.

use crate::command::{Arg, Command};

impl Command {
    /// `PING`.
    pub fn ping() -> Self {
        Self::new("PING").repeatable()
    }

    /// `GET key`.
    pub fn get(key: impl Into<Arg>) -> Self {
        Self::new("GET").arg(key).repeatable()
    }

    /// `SET key value`.
    pub fn set(key: impl Into<Arg>, value: impl Into<Arg>) -> Self {
        Self::new("SET").arg(key).arg(value).repeatable()
    }

    /// `SET key value PX ms`: kept for a time of at least 1 ms.
    pub fn set_for(key: impl Into<Arg>, value: impl Into<Arg>, ms: u64) -> Self {
        Self::set(key, value).arg("PX").arg(whole(ms.max(1)))
    }

    /// `SET key value NX`: answers OK when the key is new, nil when it exists. A second attempt would meet the first one's key, so it is not repeated.
    pub fn set_new(key: impl Into<Arg>, value: impl Into<Arg>) -> Self {
        Self::new("SET").arg(key).arg(value).arg("NX")
    }

    /// `SET key value NX PX ms`: as [`Command::set_new`], kept for a time of at least 1 ms.
    pub fn set_new_for(key: impl Into<Arg>, value: impl Into<Arg>, ms: u64) -> Self {
        Self::set_new(key, value).arg("PX").arg(whole(ms.max(1)))
    }

    /// `DEL key…`.
    pub fn del<A: Into<Arg>>(keys: impl IntoIterator<Item = A>) -> Self {
        Self::new("DEL").args(keys).repeatable()
    }

    /// `PEXPIRE key ms`.
    pub fn expire(key: impl Into<Arg>, ms: u64) -> Self {
        Self::new("PEXPIRE").arg(key).arg(whole(ms)).repeatable()
    }

    /// `INCR key`.
    pub fn incr(key: impl Into<Arg>) -> Self {
        Self::new("INCR").arg(key)
    }

    /// `EVAL script numkeys key… arg…`. Say [`Command::repeatable`] when the script is.
    pub fn eval<K: Into<Arg>, A: Into<Arg>>(
        script: &str,
        keys: impl IntoIterator<Item = K, IntoIter: ExactSizeIterator>,
        args: impl IntoIterator<Item = A>,
    ) -> Self {
        let keys = keys.into_iter();
        let count = i64::try_from(keys.len()).unwrap_or(i64::MAX);
        Self::new("EVAL").arg(script).arg(count).args(keys).args(args)
    }

    /// `PUBLISH channel message`.
    pub fn publish(channel: impl Into<Arg>, message: impl Into<Arg>) -> Self {
        Self::new("PUBLISH").arg(channel).arg(message)
    }

    /// `HSET key field value`.
    pub fn hset(key: impl Into<Arg>, field: impl Into<Arg>, value: impl Into<Arg>) -> Self {
        Self::new("HSET").arg(key).arg(field).arg(value).repeatable()
    }

    /// `HGET key field`.
    pub fn hget(key: impl Into<Arg>, field: impl Into<Arg>) -> Self {
        Self::new("HGET").arg(key).arg(field).repeatable()
    }

    /// `HGETALL key`: field, value, field, value, ….
    pub fn hgetall(key: impl Into<Arg>) -> Self {
        Self::new("HGETALL").arg(key).repeatable()
    }

    /// `HDEL key field…`.
    pub fn hdel<A: Into<Arg>>(key: impl Into<Arg>, fields: impl IntoIterator<Item = A>) -> Self {
        Self::new("HDEL").arg(key).args(fields).repeatable()
    }

    /// `ZADD key score member`.
    pub fn zadd(key: impl Into<Arg>, score: i64, member: impl Into<Arg>) -> Self {
        Self::new("ZADD").arg(key).arg(score).arg(member).repeatable()
    }

    /// `ZREM key member…`.
    pub fn zrem<A: Into<Arg>>(key: impl Into<Arg>, members: impl IntoIterator<Item = A>) -> Self {
        Self::new("ZREM").arg(key).args(members).repeatable()
    }

    /// `ZRANGEBYSCORE key min max`, both ends included; `-inf` and `+inf` are ends too.
    pub fn zrange_by_score(key: impl Into<Arg>, min: impl Into<Arg>, max: impl Into<Arg>) -> Self {
        Self::new("ZRANGEBYSCORE").arg(key).arg(min).arg(max).repeatable()
    }

    /// `TIME`: seconds since 1970, and µs of the second.
    pub fn time() -> Self {
        Self::new("TIME").repeatable()
    }
}

/// Redis' numbers are signed.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(command: &Command) -> String {
        let words = command.parts().iter().map(|part| match part {
            Arg::Text(text) => text.clone(),
            Arg::Int(number) => number.to_string(),
            Arg::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn commands_are_spelled_as_redis_reads_them() {
        for (command, expected, repeatable) in [
            (Command::set_for("k", "v", 5), "SET k v PX 5", true),
            (Command::set_for("k", "v", 0), "SET k v PX 1", true),
            (Command::set_new_for("k", "v", 5), "SET k v NX PX 5", false),
            (Command::set_new("k", "v"), "SET k v NX", false),
            (Command::del(["a", "b"]), "DEL a b", true),
            (Command::eval("return 1", ["a", "b"], [7_i64]), "EVAL return 1 2 a b 7", false),
            (Command::eval("s", [""; 0], [""; 0]).repeatable(), "EVAL s 0", true),
            (Command::publish("c", "m"), "PUBLISH c m", false),
            (Command::incr("k"), "INCR k", false),
            (Command::zadd("k", 3, "m"), "ZADD k 3 m", true),
            (Command::zrange_by_score("k", 1_i64, "+inf"), "ZRANGEBYSCORE k 1 +inf", true),
        ] {
            assert_eq!((line(&command).as_str(), command.is_repeatable()), (expected, repeatable));
        }
    }

    #[test]
    fn debug_shows_no_argument() {
        assert_eq!(format!("{:?}", Command::set("key", "hush")), "SET(2 arguments)");
    }
}
