//! Settings of the edge from variables, which have the same names on every host. Parsed once at the start.

use http::HeaderValue;
use meridian_shared::{
    limits::Limits,
    region::{Node, Region},
    settings::{ConfigError, number},
};

use crate::{ApiConfig, NodeSecret, Quotas, passwords::PasswordCost};

/// Settings of the edge. The variables are in `docs/configuration.md`.
#[derive(Clone)]
pub struct Settings {
    /// Settings of the API.
    pub api: ApiConfig,
    /// The work of a password hash.
    pub password_cost: PasswordCost,
    /// `SIGNING_KEYS`, a JSON array of private JWKs. Secret.
    pub signing_keys: Option<String>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys = self.signing_keys.as_ref().map(|_| "secret");
        f.debug_struct("Settings")
            .field("api", &self.api)
            .field("password_cost", &self.password_cost)
            .field("signing_keys", &keys)
            .finish()
    }
}

impl Settings {
    /// From variables, which `get` looks up.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let page_url = get("PAGE_URL").unwrap_or_else(|| "http://127.0.0.1:8787".into());
        let page_origin =
            origin(&page_url).ok_or_else(|| ConfigError::new("PAGE_URL", "must be an http or https URL"))?;
        let region = one_region("REGION", &get("REGION").unwrap_or_else(|| "local".into()))?;
        let mut api = ApiConfig::new(page_url.trim_end_matches('/'), region.clone());
        if let Some(list) = get("REGIONS") {
            api.regions =
                list.split(',').map(|name| one_region("REGIONS", name)).collect::<Result<_, _>>()?;
            if !api.regions.contains(&region) {
                return Err(ConfigError::new("REGIONS", "must contain REGION"));
            }
        }
        api.allowed_origins = allowed_origins(&get("ALLOWED_ORIGINS").unwrap_or(page_origin))?;
        api.nodes = nodes(get("NODES"))?;
        api.node_secret = NodeSecret::from_variable(get("NODE_SECRET"))?;
        api.limits = limits(get("LIMITS"))?;
        api.trusted_hops = number(&get, "TRUSTED_HOPS", 0, 10)?.unwrap_or(0) as usize;
        api.quotas = Quotas::default().scaled(number(&get, "RATE_LIMIT_SCALE", 1, 100_000)?.unwrap_or(1));
        let least = PasswordCost::default();
        let memory_kib = number(&get, "ARGON2_MEMORY_KIB", least.memory_kib, 1 << 20)?;
        let iterations = number(&get, "ARGON2_ITERATIONS", least.iterations, 10)?;
        let password_cost = PasswordCost {
            memory_kib: memory_kib.unwrap_or(least.memory_kib),
            iterations: iterations.unwrap_or(least.iterations),
            ..least
        };
        Ok(Self { api, password_cost, signing_keys: get("SIGNING_KEYS") })
    }
}

fn nodes(json: Option<String>) -> Result<Vec<Node>, ConfigError> {
    let wrong = |error: &dyn std::fmt::Display| {
        ConfigError::new(
            "NODES",
            format!("must be a JSON array of nodes with id, region, url and sync_url: {error}"),
        )
    };
    let nodes: Vec<Node> =
        json.map_or(Ok(Vec::new()), |json| serde_json::from_str(&json)).map_err(|e| wrong(&e))?;
    match nodes.iter().find(|node| node.url.ends_with('/') || node.sync_url.ends_with('/')) {
        Some(node) => Err(wrong(&format!("the URLs of {} must not end with a slash", node.id))),
        None => Ok(nodes),
    }
}

/// The limits of rooms, published at `GET /v1/limits`.
pub fn limits(json: Option<String>) -> Result<Limits, ConfigError> {
    json.map_or(Ok(Limits::default()), |json| serde_json::from_str(&json)).map_err(|error| {
        ConfigError::new("LIMITS", format!("must be a JSON object with fields of the limits: {error}"))
    })
}

fn one_region(variable: &'static str, name: &str) -> Result<Region, ConfigError> {
    name.trim().parse().map_err(|e| ConfigError::new(variable, format!("must name regions: {e}")))
}

/// Scheme and authority of a URL, as browsers send it in `Origin`.
fn origin(url: &str) -> Option<String> {
    let uri: http::Uri = url.parse().ok()?;
    let scheme = uri.scheme_str().filter(|s| ["http", "https"].contains(s))?;
    Some(format!("{scheme}://{}", uri.authority()?))
}

/// Web origins that may call, exactly as browsers send them.
pub fn allowed_origins(list: &str) -> Result<Vec<HeaderValue>, ConfigError> {
    let reason = "must list origins such as https://app.example.com, without a path";
    let parse = |text: &str| {
        let text = text.trim();
        let exact = origin(text)
            .filter(|origin| origin == text)
            .ok_or_else(|| ConfigError::new("ALLOWED_ORIGINS", reason))?;
        HeaderValue::from_str(&exact).map_err(|_| ConfigError::new("ALLOWED_ORIGINS", reason))
    };
    list.split(',').map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(vars: &[(&str, &str)]) -> Result<Settings, String> {
        let get = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Settings::from_env(get).map_err(|e| e.to_string())
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let config = parse(&[]).unwrap();
        assert_eq!(config.api.allowed_origins, ["http://127.0.0.1:8787"]);
        assert_eq!((config.api.region.as_str(), config.api.trusted_hops), ("local", 0));
        assert_eq!(config.api.quotas, Quotas::default());
    }

    #[test]
    fn a_bad_value_is_a_sentence_that_names_the_variable() {
        for (variable, value, expected) in [
            ("PAGE_URL", "ftp://x", "PAGE_URL must be an http or https URL"),
            ("ALLOWED_ORIGINS", "*", "ALLOWED_ORIGINS must list origins"),
            ("ALLOWED_ORIGINS", "https://a.example/path", "ALLOWED_ORIGINS must list origins"),
            ("ALLOWED_ORIGINS", "https://a.example,null", "ALLOWED_ORIGINS must list origins"),
            ("REGION", "Mars!", "REGION must name regions"),
            ("REGIONS", "eu,us", "REGIONS must contain REGION"),
            ("TRUSTED_HOPS", "-1", "TRUSTED_HOPS must be a whole number from 0 to 10"),
            ("RATE_LIMIT_SCALE", "0", "RATE_LIMIT_SCALE must be a whole number from 1 to 100000"),
            ("NODES", r#"[{"id": "a"}]"#, "NODES must be a JSON array of nodes"),
            (
                "NODES",
                r#"[{"id": "a", "region": "eu", "url": "http://a/", "sync_url": "ws://a"}]"#,
                "NODES must be",
            ),
            ("NODE_SECRET", "short", "NODE_SECRET must have 16 to 512 characters"),
            ("LIMITS", r#"{"updatebytes": 1}"#, "LIMITS must be a JSON object"),
            ("ARGON2_MEMORY_KIB", "8", "ARGON2_MEMORY_KIB must be a whole number from 19456"),
        ] {
            let error = parse(&[(variable, value)]).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let secrets = [("SIGNING_KEYS", "hush"), ("NODE_SECRET", "hush hush hush hush")];
        assert!(!format!("{:?}", parse(&secrets).unwrap()).contains("hush"));
    }
}
