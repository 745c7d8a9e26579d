//! Signing keys: Ed25519, named by `kid`, the first signs and all verify.
//!
//! Rotation without a break: *publish* the new key (append it), wait until every JWKS cache has it, *sign* with it (move it first), and *retire* the old one
//! (drop it) when the longest token signed with it has expired.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, fmt};

/// A key set that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not the JSON of a key set.
    #[error("not a JSON array of Ed25519 private keys (JWK with kty, crv, kid, d): {0}")]
    Json(String),
    /// A key that is none.
    #[error("key {0:?} is not 32 bytes of unpadded base64url")]
    Key(String),
    /// Two keys of one name, or a name over 64 bytes or empty.
    #[error("key id {0:?} is empty, longer than 64 bytes, or used twice")]
    Kid(String),
    /// There is nothing to sign with.
    #[error("the key set is empty")]
    Empty,
}

/// A private key as configured: a JWK (RFC 8037) with `d`.
#[derive(Clone, Serialize, Deserialize)]
pub struct PrivateJwk {
    kty: String,
    crv: String,
    /// The name of the key.
    pub kid: String,
    d: String,
}

impl PrivateJwk {
    /// A key from 32 random bytes, which the caller draws.
    pub fn from_seed(kid: impl Into<String>, seed: [u8; 32]) -> Self {
        Self { kty: "OKP".into(), crv: "Ed25519".into(), kid: kid.into(), d: URL_SAFE_NO_PAD.encode(seed) }
    }
}

impl fmt::Debug for PrivateJwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateJwk({}, secret)", self.kid)
    }
}

/// A public key as published in the JWKS (RFC 7517, RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicJwk {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// `EdDSA`.
    pub alg: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// The name of the key.
    pub kid: String,
    /// The public key, base64url.
    pub x: String,
}

/// The body of `/.well-known/jwks.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Jwks {
    /// The keys, the signing one first.
    pub keys: Vec<PublicJwk>,
}

/// Keys to verify with, looked up by `kid`. What an origin node holds.
#[derive(Clone, Default)]
pub struct PublicKeys(HashMap<String, DecodingKey>);

impl PublicKeys {
    /// From a published set. Keys of other kinds are left out.
    pub fn from_jwks(jwks: &Jwks) -> Result<Self, KeyError> {
        let mut keys = HashMap::new();
        for jwk in jwks.keys.iter().filter(|k| k.kty == "OKP" && k.crv == "Ed25519") {
            let key = DecodingKey::from_ed_components(&jwk.x).map_err(|_| KeyError::Key(jwk.kid.clone()))?;
            keys.insert(jwk.kid.clone(), key);
        }
        Ok(Self(keys))
    }

    /// Whether there is nothing to verify with.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, kid: &str) -> Option<&DecodingKey> {
        self.0.get(kid)
    }
}

impl fmt::Debug for PublicKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The edge's keys: signs with the first, verifies with all.
#[derive(Clone)]
pub struct SigningKeys {
    pub(crate) kid: String,
    pub(crate) encoding: EncodingKey,
    jwks: Jwks,
    public: PublicKeys,
}

impl SigningKeys {
    /// From the JSON of configuration: an array of [`PrivateJwk`], the signing key first.
    pub fn from_json(json: &str) -> Result<Self, KeyError> {
        // serde_json's message can quote the input, which is secret: only the place is passed on.
        let keys: Vec<PrivateJwk> = serde_json::from_str(json)
            .map_err(|e| KeyError::Json(format!("line {} column {}", e.line(), e.column())))?;
        Self::new(&keys)
    }

    /// From keys, the signing one first.
    pub fn new(keys: &[PrivateJwk]) -> Result<Self, KeyError> {
        let mut jwks = Jwks::default();
        let mut signing = None;
        for key in keys {
            if key.kty != "OKP" || key.crv != "Ed25519" {
                return Err(KeyError::Key(key.kid.clone()));
            }
            if key.kid.is_empty() || key.kid.len() > 64 || jwks.keys.iter().any(|k| k.kid == key.kid) {
                return Err(KeyError::Kid(key.kid.clone()));
            }
            let seed: [u8; 32] = URL_SAFE_NO_PAD
                .decode(&key.d)
                .ok()
                .and_then(|d| d.try_into().ok())
                .ok_or_else(|| KeyError::Key(key.kid.clone()))?;
            jwks.keys.push(PublicJwk {
                kty: "OKP".into(),
                crv: "Ed25519".into(),
                alg: "EdDSA".into(),
                usage: "sig".into(),
                kid: key.kid.clone(),
                x: URL_SAFE_NO_PAD.encode(SigningKey::from_bytes(&seed).verifying_key().as_bytes()),
            });
            if signing.is_none() {
                signing = Some((key.kid.clone(), EncodingKey::from_ed_der(&pkcs8(&seed))));
            }
        }
        let (kid, encoding) = signing.ok_or(KeyError::Empty)?;
        let public = PublicKeys::from_jwks(&jwks)?;
        Ok(Self { kid, encoding, jwks, public })
    }

    /// What is published.
    pub fn jwks(&self) -> &Jwks {
        &self.jwks
    }

    /// What verifies.
    pub fn public(&self) -> &PublicKeys {
        &self.public
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKeys({:?}, secret)", self.public)
    }
}

/// PKCS#8 v1 of an Ed25519 seed (RFC 8410 §7): a fixed head and the 32 bytes.
fn pkcs8(seed: &[u8; 32]) -> Vec<u8> {
    const HEAD: [u8; 16] =
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    [HEAD.as_slice(), seed].concat()
}
