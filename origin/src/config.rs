//! The node's settings: one struct, parsed once. A bad value stops the start with a sentence that names the variable.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `NODE_ID` | name of this node | `local` |
//! | `REGION` | region of this node | `local` |
//! | `LIMITS` | JSON object with fields of [`Limits`] that differ from the defaults | `{}` |
//! | `ROOM_IDLE_MS` | how long a room without members stays in memory, ms | 30000 |
//! | `LOG_FORMAT` | `text` or `json` | `text` |
//! | `RUST_LOG` | what is logged, as `tracing` filters | `info` |
//!
//! `DATABASE_…` are those of [`meridian_database::DatabaseConfig`]; the edge's are in `meridian_edge_native`.

use std::{str::FromStr, time::Duration};

use meridian_shared::{limits::Limits, region::Region};

use crate::rooms::Timing;

/// A variable with a value that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {reason}")]
pub struct ConfigError {
    /// Its name.
    pub variable: &'static str,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// Settings of an origin node.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// Name of the node.
    pub id: String,
    /// Its region.
    pub region: Region,
    /// Limits of rooms and connections.
    pub limits: Limits,
    /// How rooms behave in time.
    pub timing: Timing,
}

impl NodeConfig {
    /// Reads the settings by name; `get` is the environment, or a test's map.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let id = get("NODE_ID").unwrap_or_else(|| "local".into());
        if id.is_empty() || id.len() > 64 {
            return Err(ConfigError { variable: "NODE_ID", reason: "expected 1 to 64 characters".into() });
        }
        let limits = get("LIMITS").unwrap_or_else(|| "{}".into());
        let limits = serde_json::from_str(&limits).map_err(|error| ConfigError {
            variable: "LIMITS",
            reason: format!("expected a JSON object with fields of the limits: {error}"),
        })?;
        let idle: u64 = parse(&get, "ROOM_IDLE_MS", 30_000)?;
        let region = get("REGION").unwrap_or_else(|| "local".into());
        let region =
            region.parse().map_err(|error| ConfigError { variable: "REGION", reason: format!("{error}") })?;
        let timing = Timing { idle: Duration::from_millis(idle), ..Timing::default() };
        Ok(Self { id, region, limits, timing })
    }
}

fn parse<T: FromStr>(
    get: &impl Fn(&str) -> Option<String>,
    variable: &'static str,
    default: T,
) -> Result<T, ConfigError>
where
    T::Err: std::fmt::Display,
{
    match get(variable) {
        None => Ok(default),
        Some(text) => text
            .parse()
            .map_err(|error| ConfigError { variable, reason: format!("{text:?} can't be used: {error}") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<NodeConfig, ConfigError> {
        NodeConfig::from_env(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn defaults_hold_and_bad_values_name_their_variable() {
        assert_eq!(from(&[]).unwrap().limits, Limits::default());
        assert_eq!(from(&[("LIMITS", r#"{"update_bytes": 10}"#)]).unwrap().limits.update_bytes, 10);
        for (variable, value) in [
            ("LIMITS", r#"{"updatebytes": 10}"#),
            ("LIMITS", "x"),
            ("ROOM_IDLE_MS", "-1"),
            ("REGION", "EU West"),
            ("NODE_ID", ""),
        ] {
            let error = from(&[(variable, value)]).unwrap_err();
            assert_eq!(error.variable, variable);
            assert!(error.to_string().starts_with(variable));
        }
    }
}
