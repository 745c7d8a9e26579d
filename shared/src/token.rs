//! Signed tokens: the access token that the API takes, and the ticket that opens a room.
//!
//! Both are EdDSA JWTs (RFC 7519, RFC 8037), told apart by `typ` and `aud` (RFC 8725 §3.11), verified with the algorithm fixed and the key looked up by `kid`
//! alone. `jku`, `x5u` and `jwk` headers are never read. The time is an argument.

use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    ids::{RoomId, SessionId, TicketId, UserId},
    keys::{PublicKeys, SigningKeys},
    role::Role,
    time::Millis,
};

/// How far the clocks of edge and origin may differ, in seconds.
pub const LEEWAY_S: i64 = 5;
/// The longest token that is looked at, in bytes.
const MAX_TOKEN_BYTES: usize = 4096;

/// Why a token is refused. What the caller is told is only that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a JWT of ours: wrong form, algorithm, type, audience, claims or signature.
    #[error("invalid token")]
    Invalid,
    /// Signed by a key that is not known (any more, or yet).
    #[error("unknown signing key")]
    UnknownKey,
    /// Past its lifetime.
    #[error("expired token")]
    Expired,
    /// From the future, beyond the leeway.
    #[error("token not valid yet")]
    NotYetValid,
}

/// A kind of token.
pub trait Claims: Serialize + DeserializeOwned {
    /// The `typ` header.
    const TYP: &'static str;
    /// The `aud` claim.
    const AUDIENCE: &'static str;
    /// Seconds since 1970 at which it was issued and expires.
    fn lifetime(&self) -> (i64, i64);
}

/// Who calls the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The account.
    pub sub: UserId,
    /// The sign-in.
    pub sid: SessionId,
    /// Issued, seconds.
    pub iat: i64,
    /// Expires, seconds.
    pub exp: i64,
}

impl Claims for AccessClaims {
    const TYP: &'static str = "at+jwt";
    const AUDIENCE: &'static str = "meridian-api";
    fn lifetime(&self) -> (i64, i64) {
        (self.iat, self.exp)
    }
}

/// What a ticket opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The room's WebSocket, for its person.
    Sync,
    /// A call that the edge forwards to the room's node for its person.
    Call,
}

/// The right to enter a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketClaims {
    /// This ticket.
    pub jti: TicketId,
    /// What it opens.
    pub scope: Scope,
    /// Who enters.
    pub sub: UserId,
    /// The sign-in it rests on.
    pub sid: SessionId,
    /// The room.
    pub room: RoomId,
    /// The role at the time of issue.
    pub role: Role,
    /// The person's name as others see it.
    pub name: String,
    /// Whether it opens any number of connections until it expires.
    #[serde(default)]
    pub reusable: bool,
    /// When a connection opened with it ends unless it is given a fresh ticket (*reauth*), seconds: an hour from issue, or `exp` of a reusable ticket.
    pub until: i64,
    /// Issued, seconds.
    pub iat: i64,
    /// Expires, seconds.
    pub exp: i64,
}

impl Claims for TicketClaims {
    const TYP: &'static str = "ticket+jwt";
    const AUDIENCE: &'static str = "meridian-origin";
    fn lifetime(&self) -> (i64, i64) {
        (self.iat, self.exp)
    }
}

#[derive(Serialize, Deserialize)]
struct Envelope<C> {
    aud: String,
    #[serde(flatten)]
    claims: C,
}

impl SigningKeys {
    /// Signs claims with the first key.
    pub fn sign<C: Claims>(&self, claims: &C) -> Result<String, TokenError> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(C::TYP.to_owned());
        header.kid = Some(self.kid.clone());
        let envelope = Envelope { aud: C::AUDIENCE.to_owned(), claims };
        jsonwebtoken::encode(&header, &envelope, &self.encoding).map_err(|_| TokenError::Invalid)
    }
}

impl PublicKeys {
    /// Verifies a token of the kind `C` at the time `now`.
    pub fn verify<C: Claims>(&self, token: &str, now: Millis) -> Result<C, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Invalid);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some(C::TYP) {
            return Err(TokenError::Invalid);
        }
        let kid = header.kid.filter(|k| k.len() <= 64).ok_or(TokenError::Invalid)?;
        let key = self.get(&kid).ok_or(TokenError::UnknownKey)?;
        // The lifetime is checked below, against the caller's clock and as required integers.
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.set_audience(&[C::AUDIENCE]);
        let envelope: Envelope<C> =
            jsonwebtoken::decode(token, key, &validation).map_err(|_| TokenError::Invalid)?.claims;
        if envelope.aud != C::AUDIENCE {
            return Err(TokenError::Invalid);
        }
        let (iat, exp) = envelope.claims.lifetime();
        if now.seconds() >= exp {
            return Err(TokenError::Expired);
        }
        if iat > now.seconds() + LEEWAY_S {
            return Err(TokenError::NotYetValid);
        }
        Ok(envelope.claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::PrivateJwk;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    const NOW: Millis = Millis(1_700_000_000_000);

    fn keys(kid: &str, seed: u8) -> SigningKeys {
        SigningKeys::new(&[PrivateJwk::from_seed(kid, [seed; 32])]).unwrap()
    }

    fn claims() -> AccessClaims {
        let (sub, sid) = (UserId::new(NOW, [1; 10]), SessionId::new(NOW, [2; 10]));
        AccessClaims { sub, sid, iat: NOW.seconds(), exp: NOW.seconds() + 600 }
    }

    fn ticket() -> TicketClaims {
        TicketClaims {
            jti: TicketId::new(NOW, [4; 10]),
            scope: Scope::Sync,
            sub: claims().sub,
            sid: claims().sid,
            room: RoomId::new(NOW, [3; 10]),
            role: Role::Editor,
            name: "Ada".into(),
            reusable: false,
            until: NOW.seconds() + 3600,
            iat: NOW.seconds(),
            exp: NOW.seconds() + 60,
        }
    }

    /// A token with a chosen header and body, signed by `keys`.
    fn forge(keys: &SigningKeys, header: serde_json::Value, body: serde_json::Value) -> String {
        let part = |v: serde_json::Value| URL_SAFE_NO_PAD.encode(v.to_string());
        let message = format!("{}.{}", part(header), part(body));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &keys.encoding, Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    #[test]
    fn signs_and_verifies_each_kind_and_none_passes_for_the_other() {
        let keys = keys("a", 7);
        let access = keys.sign(&claims()).unwrap();
        let entry = keys.sign(&ticket()).unwrap();
        assert_eq!(keys.public().verify::<AccessClaims>(&access, NOW), Ok(claims()));
        assert_eq!(keys.public().verify::<TicketClaims>(&entry, NOW), Ok(ticket()));
        assert_eq!(keys.public().verify::<TicketClaims>(&access, NOW), Err(TokenError::Invalid));
        assert_eq!(keys.public().verify::<AccessClaims>(&entry, NOW), Err(TokenError::Invalid));
    }

    #[test]
    fn lifetime_is_the_callers_clock() {
        let keys = keys("a", 7);
        let token = keys.sign(&claims()).unwrap();
        let verify = |at| keys.public().verify::<AccessClaims>(&token, at);
        assert!(verify(NOW.plus(599_999)).is_ok());
        assert_eq!(verify(NOW.plus(600_000)), Err(TokenError::Expired));
        assert!(verify(NOW.plus(-5_000)).is_ok());
        assert_eq!(verify(NOW.plus(-6_000)), Err(TokenError::NotYetValid));
    }

    #[test]
    fn tampered_foreign_and_unsigned_tokens_are_refused() {
        let (ours, foreign) = (keys("a", 7), keys("b", 8));
        let impostor = keys("a", 9);
        let token = ours.sign(&claims()).unwrap();
        let verify = |t: &str| ours.public().verify::<AccessClaims>(t, NOW);
        assert_eq!(verify(&foreign.sign(&claims()).unwrap()), Err(TokenError::UnknownKey));
        assert_eq!(verify(&impostor.sign(&claims()).unwrap()), Err(TokenError::Invalid));
        let (head, tail) = token.rsplit_once('.').unwrap();
        assert_eq!(verify(&format!("{head}.A{}", &tail[1..])).is_ok(), tail.starts_with('A'));
        assert_eq!(verify(head), Err(TokenError::Invalid));
        for garbage in ["", ".", "..", "a.b.c", &"x".repeat(10_000)] {
            assert_eq!(verify(garbage), Err(TokenError::Invalid), "{garbage:.20}");
        }
    }

    #[test]
    fn only_the_fixed_algorithm_type_and_claim_types_pass() {
        let keys = keys("a", 7);
        let header = |alg: &str, typ: &str| serde_json::json!({"alg": alg, "typ": typ, "kid": "a"});
        let body = |exp: serde_json::Value| serde_json::json!({"aud": "meridian-api", "sub": claims().sub, "sid": claims().sid, "iat": NOW.seconds(), "exp": exp});
        let good = body((NOW.seconds() + 9).into());
        let verify = |t: String| keys.public().verify::<AccessClaims>(&t, NOW);
        assert!(verify(forge(&keys, header("EdDSA", "at+jwt"), good.clone())).is_ok());
        for alg in ["none", "HS256", "RS256", "ES256"] {
            assert_eq!(
                verify(forge(&keys, header(alg, "at+jwt"), good.clone())),
                Err(TokenError::Invalid),
                "{alg}"
            );
        }
        assert_eq!(verify(forge(&keys, header("EdDSA", "JWT"), good)), Err(TokenError::Invalid));
        // CVE-2026-25537: a claim of the wrong type must not count as absent.
        for exp in
            [serde_json::json!("99999999999"), 9.9e9.into(), serde_json::Value::Null, serde_json::json!([1])]
        {
            assert_eq!(
                verify(forge(&keys, header("EdDSA", "at+jwt"), body(exp.clone()))),
                Err(TokenError::Invalid),
                "{exp}"
            );
        }
        let no_exp =
            serde_json::json!({"aud": "meridian-api", "sub": claims().sub, "sid": claims().sid, "iat": 1});
        assert_eq!(verify(forge(&keys, header("EdDSA", "at+jwt"), no_exp)), Err(TokenError::Invalid));
    }

    #[test]
    fn rotation_keeps_old_tokens_until_their_key_is_retired() {
        let (old, new) = (PrivateJwk::from_seed("old", [1; 32]), PrivateJwk::from_seed("new", [2; 32]));
        let before = SigningKeys::new(std::slice::from_ref(&old)).unwrap();
        let during = SigningKeys::new(&[new.clone(), old]).unwrap();
        let after = SigningKeys::new(&[new]).unwrap();
        let token = before.sign(&claims()).unwrap();
        assert!(during.public().verify::<AccessClaims>(&token, NOW).is_ok());
        assert_eq!(after.public().verify::<AccessClaims>(&token, NOW), Err(TokenError::UnknownKey));
        assert!(after.public().verify::<AccessClaims>(&during.sign(&claims()).unwrap(), NOW).is_ok());
        assert_eq!(during.jwks().keys.iter().map(|k| k.kid.as_str()).collect::<Vec<_>>(), ["new", "old"]);
        assert!(!format!("{during:?}").contains(&URL_SAFE_NO_PAD.encode([2u8; 32])));
    }
}
