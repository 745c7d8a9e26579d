//! The state that every handler works with.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use meridian_shared::{
    database::{Database, Outcome, Statement},
    event::Event,
    keys::SigningKeys,
    position::Position,
    time::Millis,
};

use crate::{
    config::ApiConfig,
    error::Error,
    events,
    ports::{Clock, NodeClient, PasswordHasher, Random, SharedMemory},
    trace::Trace,
    trip::Trip,
};

/// What the host provides.
#[derive(Clone)]
#[expect(missing_docs, reason = "each port documents itself")]
pub struct Ports {
    pub database: Arc<dyn Database>,
    pub memory: Arc<dyn SharedMemory>,
    pub passwords: Arc<dyn PasswordHasher>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub nodes: Arc<dyn NodeClient>,
}

/// The API: its ports, keys and settings, and the call that it is at. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) ports: Ports,
    pub(crate) keys: Arc<SigningKeys>,
    pub(crate) config: Arc<ApiConfig>,
    pub(crate) trip: Arc<Trip>,
    pub(crate) trace: Arc<Trace>,
}

impl Api {
    /// An API over these ports.
    pub fn new(config: ApiConfig, keys: SigningKeys, ports: Ports) -> Self {
        Self {
            ports,
            keys: Arc::new(keys),
            config: Arc::new(config),
            trip: Arc::default(),
            trace: Arc::default(),
        }
    }

    /// The same for one call, whose use of the ports is counted.
    pub(crate) fn traced(&self) -> Self {
        let trace = Arc::new(Trace::default());
        Self { ports: trace.around(&self.ports), trace, ..self.clone() }
    }

    /// The same for one call, of which this is known.
    pub(crate) fn on_trip(self, trip: Trip) -> Self {
        Self { trip: Arc::new(trip), ..self }
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

    /// Runs a statement on the primary: one that decides something, or changes something.
    pub(crate) async fn run(&self, statement: Statement) -> Result<Outcome, Error> {
        Ok(self.ports.database.run(statement).await?)
    }

    /// Runs a statement that only shows something, on a replica if one has seen what the caller has.
    pub(crate) async fn read(&self, statement: Statement) -> Result<Outcome, Error> {
        let (outcome, seen) = self.ports.database.read(statement, self.trip.after).await?;
        self.trip.has_seen(seen);
        Ok(outcome)
    }

    /// Runs statements as one change on the primary. There are as many outcomes as statements.
    pub(crate) async fn batch<const N: usize>(
        &self,
        statements: [Statement; N],
    ) -> Result<[Outcome; N], Error> {
        let outcomes = self.ports.database.batch(statements.into()).await?;
        outcomes.try_into().map_err(|_| Error::Internal("a batch with missing outcomes".into()))
    }

    /// Where the primary's log is after what this call has written. Failing to know it costs the caller a read on the primary, so it is only logged.
    pub(crate) async fn written(&self) -> Option<Position> {
        if let Some(known) = self.trip.written() {
            return known;
        }
        let position = self.ports.database.position().await.unwrap_or_else(|cause| {
            tracing::warn!(%cause, "no position after a change");
            None
        });
        self.trip.has_written(position);
        position
    }

    pub(crate) async fn publish(&self, event: Event) {
        events::announce(self, event).await;
    }
}
