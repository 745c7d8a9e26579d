//! What an origin node proves itself with, when it asks the edge because it can't reach the database.

use std::fmt;

use meridian_shared::settings::ConfigError;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The least length: what random text of that length can't be guessed.
const AT_LEAST: usize = 16;

/// A secret that edge and nodes share.
#[derive(Clone)]
pub struct NodeSecret(String);

impl NodeSecret {
    /// The value of `NODE_SECRET`.
    ///
    /// # Errors
    /// It is too short, or can't stand in a header.
    pub fn from_variable(value: Option<String>) -> Result<Option<Self>, ConfigError> {
        let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(None) };
        let printable = value.bytes().all(|b| (b' '..=b'~').contains(&b)) && value.trim() == value;
        if value.len() < AT_LEAST || value.len() > 512 || !printable {
            let reason = format!("must have {AT_LEAST} to 512 characters of ASCII");
            return Err(ConfigError::new("NODE_SECRET", reason));
        }
        Ok(Some(Self(value)))
    }

    /// The secret itself, to be sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is it. The time that takes tells nothing: hashes of the same length are compared, all of them.
    pub(crate) fn is(&self, given: &str) -> bool {
        let (own, given) = (Sha256::digest(self.0.as_bytes()), Sha256::digest(given.as_bytes()));
        own.as_slice().ct_eq(given.as_slice()).into()
    }
}

impl fmt::Debug for NodeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeSecret(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Result<Option<NodeSecret>, String> {
        NodeSecret::from_variable(Some(value.to_owned())).map_err(|e| e.to_string())
    }

    #[test]
    fn it_is_long_stands_in_a_header_and_is_not_shown() {
        for bad in
            ["short", "fifteen letters", "a line\nand another one", " sixteen and more", "sechzehn Zeichen ß"]
        {
            assert!(parse(bad).unwrap_err().starts_with("NODE_SECRET must have 16"), "{bad}");
        }
        let secret = parse("sixteen letters!").unwrap().unwrap();
        assert!(secret.is("sixteen letters!") && !secret.is("sixteen letters") && !secret.is(""));
        assert!(!format!("{secret:?}").contains("sixteen"));
        assert!(parse("").unwrap().is_none());
    }
}
