//! What one call carries from its door to its answer: what the region's memory told, and how far the caller has seen.

use std::sync::{Mutex, OnceLock, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue};
use meridian_shared::position::Position;

use crate::ports::Told;

/// Carries a [`Position`] to the client and back.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("meridian-position");

/// One call. Made at the door, dropped with the answer.
#[derive(Debug, Default)]
pub(crate) struct Trip {
    pub(crate) told: Told,
    /// What a replica must have replayed to answer this call; `None`: only the primary will do.
    pub(crate) after: Option<Position>,
    /// How far the caller will have seen. A std mutex: never held across an await.
    seen: Mutex<Option<Position>>,
    /// The position after what the call has written, once it was asked for: a call writes one batch, and asks after it.
    written: OnceLock<Option<Position>>,
}

impl Trip {
    /// A call with these headers. A client that does not say what it has seen may have seen everything, and so may one that says something unreadable.
    pub(crate) fn new(told: Told, headers: &HeaderMap) -> Self {
        let claimed: Option<Position> = headers.get(POSITION).and_then(|h| h.to_str().ok()?.parse().ok());
        let after = claimed.zip(told.changed).map(|(seen, changed)| seen.max(changed));
        Self { told, after, seen: Mutex::new(claimed), written: OnceLock::new() }
    }

    /// The answer shows what the log holds up to here.
    pub(crate) fn has_seen(&self, position: Option<Position>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = (*seen).max(position);
    }

    /// The position after what the call has written, if it was asked for.
    pub(crate) fn written(&self) -> Option<Option<Position>> {
        self.written.get().copied()
    }

    /// The database told the position after what the call has written.
    pub(crate) fn has_written(&self, position: Option<Position>) {
        let _ = self.written.set(position);
        self.has_seen(position);
    }

    /// The header for the client, once there is something to say.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        HeaderValue::from_str(&seen?.to_string()).ok()
    }
}
