//! The settings of `serve`. The variables are in `docs/configuration.md`.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use meridian_database::{DatabaseConfig, Target};
use meridian_edge_api::{NodeSecret, allowed_origins};
use meridian_shared::{keys::PublicKeys, region::Node, settings::ConfigError};

use crate::{config::NodeConfig, keys::usable};

/// How a node beside an edge is set up.
#[derive(Debug)]
pub struct ServeConfig {
    /// What every node is told.
    pub node: NodeConfig,
    /// Where it listens.
    pub listen: SocketAddr,
    /// As edges and clients reach it.
    pub announced: Node,
    /// The log, and what the edge writes if that is the same database.
    pub database: DatabaseConfig,
    /// Secret: it may hold a password.
    pub redis_url: Option<RedisUrl>,
    /// Where public keys come from.
    pub keys: Keys,
    /// Who knows rights, when that is not the database.
    pub edge: Option<EdgeAccess>,
    /// Web origins that may connect.
    pub origins: Arc<[String]>,
    /// The folder of images, and of the log if that has no other place.
    pub data: PathBuf,
}

/// The address of Redis, which is not shown.
pub struct RedisUrl(pub String);

impl std::fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedisUrl(secret)")
    }
}

/// Where public keys come from.
#[derive(Debug)]
pub enum Keys {
    /// The edge's key set.
    Url(String),
    /// The configuration.
    Fixed(PublicKeys),
}

/// An edge that answers nodes.
#[derive(Debug)]
pub struct EdgeAccess {
    /// Its base.
    pub url: String,
    /// Known to it too.
    pub secret: NodeSecret,
}

impl ServeConfig {
    /// Reads the settings by name; `get` is the environment, or a test's map.
    ///
    /// # Errors
    /// A sentence that names the variable.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let needed = |name: &'static str, what: &str| {
            get(name).ok_or_else(|| ConfigError::new(name, format!("is not set: give {what}")))
        };
        needed("NODE_ID", "a name that no other node has")?;
        needed("REGION", "the region of this node")?;
        let node = NodeConfig::from_env(get)?;
        let listen = get("LISTEN").unwrap_or_else(|| "0.0.0.0:8788".into());
        let listen = listen
            .parse()
            .map_err(|_| ConfigError::new("LISTEN", "must be an address and a port, such as 0.0.0.0:8788"))?;
        let url =
            base("NODE_URL", &needed("NODE_URL", "the address at which edges reach this node")?, "http")?;
        let sync_url =
            base("SYNC_URL", &needed("SYNC_URL", "the address at which clients reach its rooms")?, "ws")?;
        let announced = Node { id: node.id.clone(), region: node.region.clone(), url, sync_url };
        let data = PathBuf::from(get("DATA_DIR").unwrap_or_else(|| ".data".into()));
        let edge = edge(&get)?;
        let log = edge.is_some().then(|| format!("sqlite:{}", data.join("log.sqlite").display()));
        let database = DatabaseConfig::from_env(|name| match name {
            "DATABASE_URL" => get(name).or_else(|| log.clone()),
            _ => get(name),
        })?;
        let origins = needed("ALLOWED_ORIGINS", "the origins of the page, such as https://app.example.com")?;
        let origins = allowed_origins(&origins)?;
        let origins = origins.iter().filter_map(|o| o.to_str().ok().map(str::to_owned)).collect();
        let redis_url = get("REDIS_URL").map(RedisUrl);
        Ok(Self { node, listen, announced, database, redis_url, keys: keys(&get)?, edge, origins, data })
    }

    /// Whether the log is a file that nobody but this node brings up to date.
    pub fn owns_its_schema(&self) -> bool {
        matches!(self.database.target, Target::Sqlite(_)) || self.edge.is_some()
    }
}

fn keys(get: &impl Fn(&str) -> Option<String>) -> Result<Keys, ConfigError> {
    match (get("JWKS_URL"), get("PUBLIC_KEYS")) {
        (Some(url), None) => {
            let url = address("JWKS_URL", &url, "http")?;
            Ok(Keys::Url(url))
        }
        (None, Some(json)) => {
            let wrong = |why: &dyn std::fmt::Display| {
                ConfigError::new("PUBLIC_KEYS", format!("must be a key set (JWKS) as JSON: {why}"))
            };
            let jwks = serde_json::from_str(&json).map_err(|e| wrong(&e))?;
            Ok(Keys::Fixed(usable(&jwks).map_err(|e| wrong(&e))?))
        }
        (None, None) => {
            Err(ConfigError::new("JWKS_URL", "is not set: give the key set of the edge, or PUBLIC_KEYS"))
        }
        (Some(_), Some(_)) => {
            Err(ConfigError::new("PUBLIC_KEYS", "is set beside JWKS_URL: give one of them"))
        }
    }
}

fn edge(get: &impl Fn(&str) -> Option<String>) -> Result<Option<EdgeAccess>, ConfigError> {
    let Some(url) = get("EDGE_URL") else { return Ok(None) };
    let url = base("EDGE_URL", &url, "http")?;
    match NodeSecret::from_variable(get("NODE_SECRET"))? {
        Some(secret) => Ok(Some(EdgeAccess { url, secret })),
        None => Err(ConfigError::new("NODE_SECRET", "is not set: EDGE_URL needs the one that the edge has")),
    }
}

/// An address to which paths are appended.
fn base(variable: &'static str, text: &str, scheme: &str) -> Result<String, ConfigError> {
    let url = address(variable, text, scheme)?;
    if url.contains('?') {
        return Err(ConfigError::new(variable, "must have no query"));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// An address of `scheme`, or of the same over TLS.
fn address(variable: &'static str, text: &str, scheme: &str) -> Result<String, ConfigError> {
    let uri = text.parse::<http::Uri>().ok();
    let fits = |uri: &http::Uri| {
        let given = uri.scheme_str().unwrap_or_default();
        (given == scheme || given.strip_suffix('s') == Some(scheme)) && uri.host().is_some()
    };
    match uri.filter(fits) {
        Some(_) => Ok(text.to_owned()),
        None => Err(ConfigError::new(
            variable,
            format!("must be an address such as {scheme}s://eu-1.example.com"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &str = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "a",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    const BASE: [(&str, &str); 7] = [
        ("NODE_ID", "eu-1"),
        ("REGION", "eu"),
        ("NODE_URL", "http://eu-1.internal:8788/"),
        ("SYNC_URL", "wss://eu-1.example.com/v1/sync"),
        ("DATABASE_URL", "postgres://u:hush@h/db"),
        ("PUBLIC_KEYS", KEYS),
        ("ALLOWED_ORIGINS", "https://app.example.com"),
    ];

    /// The base with other values; an empty one is not set.
    fn parse(changes: &[(&str, &str)]) -> Result<ServeConfig, String> {
        let find = |name: &str| {
            let all = changes.iter().chain(&BASE);
            all.filter(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()).next()
        };
        ServeConfig::from_env(find).map_err(|e| e.to_string())
    }

    #[test]
    fn a_node_is_announced_as_others_reach_it() {
        let config = parse(&[]).unwrap();
        assert_eq!(config.announced.url, "http://eu-1.internal:8788");
        assert_eq!(config.announced.sync_url, "wss://eu-1.example.com/v1/sync");
        assert_eq!(config.listen.port(), 8788);
        assert!(!config.owns_its_schema());
        assert!(!format!("{config:?}").contains("hush"));
    }

    #[test]
    fn beside_an_edge_that_tells_rights_the_log_is_a_file_of_its_own() {
        let edge = [
            ("EDGE_URL", "https://edge.example"),
            ("NODE_SECRET", "hush hush hush hush"),
            ("DATABASE_URL", ""),
        ];
        let config = parse(&edge).unwrap();
        assert!(config.edge.is_some() && config.owns_its_schema());
        assert!(!format!("{config:?}").contains("hush"));
    }

    #[test]
    fn a_bad_value_is_a_sentence_that_names_the_variable() {
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[("NODE_ID", "")], "NODE_ID is not set"),
            (&[("REGION", "")], "REGION is not set"),
            (&[("NODE_URL", "")], "NODE_URL is not set"),
            (&[("NODE_URL", "eu-1:8788")], "NODE_URL must be an address such as https://"),
            (&[("SYNC_URL", "https://eu-1")], "SYNC_URL must be an address such as wss://"),
            (&[("LISTEN", "8788")], "LISTEN must be an address and a port"),
            (&[("DATABASE_URL", "")], "DATABASE_URL is not set"),
            (&[("ALLOWED_ORIGINS", "")], "ALLOWED_ORIGINS is not set"),
            (&[("ALLOWED_ORIGINS", "*")], "ALLOWED_ORIGINS must list origins"),
            (&[("PUBLIC_KEYS", "")], "JWKS_URL is not set"),
            (&[("PUBLIC_KEYS", "{}")], "PUBLIC_KEYS must be a key set"),
            (&[("PUBLIC_KEYS", r#"{"keys": []}"#)], "PUBLIC_KEYS must be a key set"),
            (&[("JWKS_URL", "https://edge/keys")], "PUBLIC_KEYS is set beside JWKS_URL"),
            (&[("PUBLIC_KEYS", ""), ("JWKS_URL", "keys.json")], "JWKS_URL must be an address"),
            (&[("EDGE_URL", "https://edge")], "NODE_SECRET is not set"),
            (&[("EDGE_URL", "https://edge"), ("NODE_SECRET", "short")], "NODE_SECRET must have"),
        ];
        for (changes, expected) in cases {
            let error = parse(changes).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
