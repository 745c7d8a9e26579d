//! Spin's variables under the names that every host uses: `PAGE_URL` is Spin's `page_url`.

use std::collections::HashMap;

use meridian_shared::settings::ConfigError;
use spin_sdk::variables::{self, Error};

/// What is read. The manifest declares each of them; a test holds both together.
const NAMES: [&str; 15] = [
    "PAGE_URL",
    "ALLOWED_ORIGINS",
    "REGION",
    "REGIONS",
    "TRUSTED_HOPS",
    "RATE_LIMIT_SCALE",
    "ARGON2_MEMORY_KIB",
    "ARGON2_ITERATIONS",
    "LIMITS",
    "NODES",
    "SIGNING_KEYS",
    "NODE_SECRET",
    "DATABASE_URL",
    "DATABASE_REPLICA_URLS",
    "REDIS_URL",
];

/// The values of those that are set.
pub(crate) struct Variables(HashMap<&'static str, String>);

impl Variables {
    /// Asks Spin for all of them. One that the manifest does not give to the component is not set; one that can't be read is an error.
    pub(crate) async fn load() -> Result<Self, ConfigError> {
        let mut values = HashMap::new();
        for name in NAMES {
            match variables::get(name.to_ascii_lowercase()).await {
                Ok(value) if value.is_empty() => {}
                Ok(value) => {
                    values.insert(name, value);
                }
                Err(Error::Undefined(_)) => {}
                Err(error) => {
                    // Only the kind: a provider's sentence may hold more than it should.
                    let kind = if matches!(error, Error::Provider(_)) {
                        "its provider failed"
                    } else {
                        "Spin refused it"
                    };
                    return Err(ConfigError::new(name, format!("could not be read: {kind}")));
                }
            }
        }
        Ok(Self(values))
    }

    /// The value of a variable, if it is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_gives_the_component_exactly_these() {
        let manifest = include_str!("../../../spin.toml");
        let (_, section) = manifest.split_once("[component.api.variables]\n").unwrap();
        let given = section
            .lines()
            .take_while(|line| !line.starts_with('['))
            .filter_map(|line| line.split_once(" = "));
        let mut given: Vec<_> = given.map(|(name, _)| name.to_ascii_uppercase()).collect();
        let mut names = NAMES.map(str::to_owned);
        given.sort();
        names.sort();
        assert_eq!(given, names);
    }
}
