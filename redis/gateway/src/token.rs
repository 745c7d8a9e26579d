//! Who may call.

use std::fmt;

use http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The token that callers must show; kept as a hash, so that lengths are equal in comparisons.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// Of this text.
    pub fn new(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// Whether the call shows it: `Authorization: Bearer …`, or `?_token=…`. The time that this takes tells nothing of the token.
    pub(crate) fn is_shown(&self, headers: &HeaderMap, query: &[(String, String)]) -> bool {
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = header.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
        });
        let parameter = || query.iter().find(|(name, _)| name == "_token").map(|(_, value)| value.as_str());
        let Some(shown) = bearer.or_else(parameter) else { return false };
        let shown: [u8; 32] = Sha256::digest(shown).into();
        shown.ct_eq(&self.0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(secret)")
    }
}
