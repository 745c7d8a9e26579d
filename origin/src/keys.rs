//! The public keys that tickets are verified with, kept fresh from the edge's key set (JWKS).

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, StatusCode};
use meridian_edge_native::HttpClient;
use meridian_shared::{
    keys::{Jwks, PublicKeys},
    time::Millis,
    token::{Claims, TokenError},
};
use tokio::{sync::Mutex, time::Instant};

/// How often the set is fetched. The edge says that it may be kept for 300 s, and publishes a key that long before it signs with it.
const EVERY: Duration = Duration::from_secs(300);
/// A ticket with an unknown key has the set fetched at once, but not more often than this, whoever sends such tickets.
const AT_MOST_EVERY: Duration = Duration::from_secs(2);
/// How long a fetch may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest key set, in bytes.
const LIMIT: usize = 64 * 1024;

/// Keys in use.
pub struct KeyRing {
    /// A std lock: never held across an await.
    keys: RwLock<Arc<PublicKeys>>,
    source: Option<Source>,
}

/// Where keys come from.
struct Source {
    url: String,
    http: HttpClient,
    /// When the last fetch began; held while one is under way, so that there is one at a time.
    last: Mutex<Option<Instant>>,
}

/// Why there are no new keys; those in use stay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeysUnavailable(String);

impl KeyRing {
    /// Keys that never change.
    pub fn fixed(keys: PublicKeys) -> Arc<Self> {
        Arc::new(Self { keys: RwLock::new(Arc::new(keys)), source: None })
    }

    /// Keys of the set at `url`; none yet.
    ///
    /// # Errors
    /// The system has no root certificates that can be read.
    pub fn fetched_from(url: &str) -> Result<Arc<Self>, KeysUnavailable> {
        let http = HttpClient::new(LIMIT, PATIENCE).map_err(|e| KeysUnavailable(e.to_string()))?;
        let source = Source { url: url.to_owned(), http, last: Mutex::default() };
        Ok(Arc::new(Self { keys: RwLock::default(), source: Some(source) }))
    }

    /// Verifies a token. One that names an unknown key has the set fetched first, since the key may be new.
    ///
    /// # Errors
    /// As [`PublicKeys::verify`].
    pub async fn verify<C: Claims>(&self, token: &str, now: Millis) -> Result<C, TokenError> {
        match self.current().verify(token, now) {
            Err(TokenError::UnknownKey) if self.look_again().await => self.current().verify(token, now),
            verified => verified,
        }
    }

    /// Fetches the set now.
    ///
    /// # Errors
    /// The edge is away, or has no key that can be used.
    pub async fn refresh(&self) -> Result<(), KeysUnavailable> {
        let Some(source) = &self.source else { return Ok(()) };
        let mut last = source.last.lock().await;
        *last = Some(Instant::now());
        self.replace(source.fetch().await?);
        Ok(())
    }

    /// Fetches the set every few minutes, for as long as the process lives.
    pub async fn keep_fresh(self: Arc<Self>) {
        if self.source.is_none() {
            return;
        }
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(cause) = self.refresh().await {
                tracing::warn!(%cause, "no fresh public keys; those in use stay");
            }
        }
    }

    /// Whether the set was fetched anew, or just a moment ago by another.
    async fn look_again(&self) -> bool {
        let Some(source) = &self.source else { return false };
        let asked = Instant::now();
        let mut last = source.last.lock().await;
        match *last {
            Some(at) if at >= asked => return true,
            Some(at) if at.elapsed() < AT_MOST_EVERY => return true,
            _ => *last = Some(Instant::now()),
        }
        match source.fetch().await {
            Ok(keys) => self.replace(keys),
            Err(cause) => {
                tracing::warn!(%cause, "a ticket names an unknown key, and the key set can't be had")
            }
        }
        true
    }

    fn current(&self) -> Arc<PublicKeys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, keys: PublicKeys) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }
}

impl Source {
    async fn fetch(&self) -> Result<PublicKeys, KeysUnavailable> {
        let unusable = |why: &dyn std::fmt::Display| KeysUnavailable(format!("{}: {why}", self.url));
        let request = Request::get(&self.url).body(Bytes::new()).map_err(|e| unusable(&e))?;
        let answer = self.http.send(request).await.map_err(|e| unusable(&e))?;
        if answer.status() != StatusCode::OK {
            return Err(unusable(&format!("status {}", answer.status())));
        }
        let jwks: Jwks = serde_json::from_slice(answer.body()).map_err(|e| unusable(&e))?;
        usable(&jwks).map_err(|e| unusable(&e))
    }
}

/// The keys of a set that has at least one.
///
/// # Errors
/// It has none, or one that can't be read.
pub fn usable(jwks: &Jwks) -> Result<PublicKeys, KeysUnavailable> {
    let keys = PublicKeys::from_jwks(jwks).map_err(|e| KeysUnavailable(e.to_string()))?;
    if keys.is_empty() { Err(KeysUnavailable("it has no Ed25519 key".into())) } else { Ok(keys) }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex as StdMutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    };

    use axum::{Json, Router, extract::State, routing::get};
    use meridian_shared::{
        ids::{SessionId, UserId},
        keys::{PrivateJwk, SigningKeys},
        token::AccessClaims,
    };

    use super::*;

    const NOW: Millis = Millis(1_700_000_000_000);

    fn signing(kid: &str) -> SigningKeys {
        SigningKeys::new(&[PrivateJwk::from_seed(kid, [kid.len() as u8; 32])]).unwrap()
    }

    fn token(keys: &SigningKeys) -> String {
        let (sub, sid) = (UserId::new(NOW, [1; 10]), SessionId::new(NOW, [2; 10]));
        keys.sign(&AccessClaims { sub, sid, iat: NOW.seconds(), exp: NOW.seconds() + 60 }).unwrap()
    }

    struct Edge {
        jwks: StdMutex<Jwks>,
        fetches: AtomicUsize,
    }

    async fn edge(keys: &SigningKeys) -> (Arc<Edge>, String) {
        let edge = Arc::new(Edge { jwks: StdMutex::new(keys.jwks().clone()), fetches: AtomicUsize::new(0) });
        let answer = |State(edge): State<Arc<Edge>>| async move {
            edge.fetches.fetch_add(1, Relaxed);
            Json(edge.jwks.lock().unwrap().clone())
        };
        let router = Router::new().route("/jwks", get(answer)).with_state(edge.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (edge, url)
    }

    async fn verifies(ring: &KeyRing, keys: &SigningKeys) -> bool {
        ring.verify::<AccessClaims>(&token(keys), NOW).await.is_ok()
    }

    #[tokio::test]
    async fn an_unknown_key_has_the_set_fetched_but_not_at_the_pace_of_its_sender() {
        let (old, new, foreign) = (signing("old"), signing("newer"), signing("foreign"));
        let (edge, url) = edge(&old).await;
        let ring = KeyRing::fetched_from(&url).unwrap();
        ring.refresh().await.unwrap();
        assert!(verifies(&ring, &old).await);
        *edge.jwks.lock().unwrap() = new.jwks().clone();
        assert!(!verifies(&ring, &new).await, "fetched a moment ago");
        while !verifies(&ring, &new).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(!verifies(&ring, &old).await, "a key that is retired is gone");
        for _ in 0..20 {
            assert!(!verifies(&ring, &foreign).await);
        }
        assert_eq!(edge.fetches.load(Relaxed), 2);
    }

    #[tokio::test]
    async fn keys_stay_while_the_edge_has_none() {
        let old = signing("old");
        let (edge, url) = edge(&old).await;
        let ring = KeyRing::fetched_from(&url).unwrap();
        ring.refresh().await.unwrap();
        edge.jwks.lock().unwrap().keys.clear();
        assert!(ring.refresh().await.is_err());
        assert!(verifies(&ring, &old).await);
    }
}
