//! The state that every handler works with.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use meridian_shared::{
    database::{Database, Outcome, Statement},
    event::Event,
    keys::SigningKeys,
    time::Millis,
};

use crate::{
    config::ApiConfig,
    error::Error,
    ports::{Bus, Clock, NodeClient, PasswordHasher, Placement, Random, RateLimiter},
};

/// What the host provides.
#[derive(Clone)]
#[expect(missing_docs, reason = "each port documents itself")]
pub struct Ports {
    pub database: Arc<dyn Database>,
    pub limiter: Arc<dyn RateLimiter>,
    pub passwords: Arc<dyn PasswordHasher>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub bus: Arc<dyn Bus>,
    pub placement: Arc<dyn Placement>,
    pub nodes: Arc<dyn NodeClient>,
}

/// The API: its ports, keys and settings. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) ports: Ports,
    pub(crate) keys: Arc<SigningKeys>,
    pub(crate) config: Arc<ApiConfig>,
}

impl Api {
    /// An API over these ports.
    pub fn new(config: ApiConfig, keys: SigningKeys, ports: Ports) -> Self {
        Self { ports, keys: Arc::new(keys), config: Arc::new(config) }
    }

    pub(crate) fn now(&self) -> Millis {
        self.ports.clock.now()
    }

    /// `N` random bytes.
    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.ports.random.fill(&mut bytes).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
        Ok(bytes)
    }

    /// A secret of `N` random bytes, as URL-safe text.
    pub(crate) fn secret<const N: usize>(&self) -> Result<String, Error> {
        Ok(URL_SAFE_NO_PAD.encode(self.random::<N>()?))
    }

    pub(crate) async fn run(&self, statement: Statement) -> Result<Outcome, Error> {
        Ok(self.ports.database.run(statement).await?)
    }

    /// Runs statements as one change. There are as many outcomes as statements.
    pub(crate) async fn batch<const N: usize>(
        &self,
        statements: [Statement; N],
    ) -> Result<[Outcome; N], Error> {
        let outcomes = self.ports.database.batch(statements.into()).await?;
        outcomes.try_into().map_err(|_| Error::Internal("a batch with missing outcomes".into()))
    }

    pub(crate) async fn publish(&self, event: Event) {
        self.ports.bus.publish(event).await;
    }
}
