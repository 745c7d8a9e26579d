//! The node's settings: one struct, parsed once. A bad value stops the start with a sentence that names the variable. The variables are in `docs/configuration.md`.

use std::time::Duration;

use meridian_edge_api::limits;
use meridian_shared::{
    limits::Limits,
    region::Region,
    settings::{ConfigError, number},
};

use crate::rooms::Timing;

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
            return Err(ConfigError::new("NODE_ID", "must have 1 to 64 characters"));
        }
        let limits = limits(get("LIMITS"))?;
        let idle_ms = number(&get, "ROOM_IDLE_MS", 0, 86_400_000)?.unwrap_or(30_000);
        let region = get("REGION").unwrap_or_else(|| "local".into());
        let region = region
            .parse()
            .map_err(|error| ConfigError::new("REGION", format!("must name a region: {error}")))?;
        let timing = Timing { idle: Duration::from_millis(idle_ms.into()), ..Timing::default() };
        Ok(Self { id, region, limits, timing })
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
