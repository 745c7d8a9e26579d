//! Commands that make no sense over one connection that all callers share.

use meridian_redis::{Arg, Command, RedisError};

/// They change the connection's own state, hold it up, or belong to the server's operator.
const REFUSED: [&str; 52] = [
    // State of the connection.
    "AUTH",
    "HELLO",
    "SELECT",
    "RESET",
    "QUIT",
    "CLIENT",
    "READONLY",
    "READWRITE",
    "ASKING",
    // Transactions go to /multi-exec.
    "MULTI",
    "EXEC",
    "DISCARD",
    "WATCH",
    "UNWATCH",
    // Messages go to /subscribe.
    "SUBSCRIBE",
    "PSUBSCRIBE",
    "SSUBSCRIBE",
    "UNSUBSCRIBE",
    "PUNSUBSCRIBE",
    "SUNSUBSCRIBE",
    "MONITOR",
    // They wait, and everyone with them.
    "BLPOP",
    "BRPOP",
    "BRPOPLPUSH",
    "BLMOVE",
    "BLMPOP",
    "BZPOPMIN",
    "BZPOPMAX",
    "BZMPOP",
    "WAIT",
    "WAITAOF",
    // The operator's.
    "ACL",
    "BGREWRITEAOF",
    "BGSAVE",
    "CLUSTER",
    "CONFIG",
    "DEBUG",
    "FAILOVER",
    "LATENCY",
    "MIGRATE",
    "MODULE",
    "PSYNC",
    "REPLCONF",
    "REPLICAOF",
    "RESTORE-ASKING",
    "SAVE",
    "SHUTDOWN",
    "SLAVEOF",
    "SLOWLOG",
    "SWAPDB",
    "SYNC",
    "PFDEBUG",
];

/// The command, unless it is one of those.
pub(crate) fn allowed(command: Command) -> Result<Command, RedisError> {
    let name = command.name().to_ascii_uppercase();
    let waits = name.starts_with("XREAD") && command.parts().iter().any(is_block);
    if waits || REFUSED.contains(&name.as_str()) {
        return Err(RedisError::Refused(format!("ERR Command is not available: '{name}'")));
    }
    Ok(command)
}

fn is_block(arg: &Arg) -> bool {
    matches!(arg, Arg::Text(text) if text.eq_ignore_ascii_case("BLOCK"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_hurt_the_others_is_refused_in_any_case() {
        for name in ["subscribe", "Multi", "BLPOP", "shutdown", "select", "config"] {
            assert!(allowed(Command::new(name).arg("x")).is_err(), "{name}");
        }
        let read = || Command::new("XREAD").args(["COUNT", "1"]);
        assert!(allowed(read().args(["block", "0", "STREAMS", "s", "$"])).is_err());
        assert!(allowed(read().args(["STREAMS", "s", "0"])).is_ok());
        assert!(allowed(Command::get("BLOCK")).is_ok());
    }
}
