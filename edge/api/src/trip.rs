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

#[cfg(test)]
mod tests {
    use super::*;

    fn trip(changed: Option<&str>, header: Option<&str>) -> Trip {
        let mut headers = HeaderMap::new();
        if let Some(text) = header {
            headers.insert(POSITION, HeaderValue::from_bytes(text.as_bytes()).unwrap());
        }
        let changed = changed.map(|text| text.parse().unwrap());
        Trip::new(Told { changed, ..Told::default() }, &headers)
    }

    #[test]
    fn a_replica_must_have_what_the_caller_saw_and_what_changed_its_rights() {
        let after = |changed, header| trip(changed, header).after.map(|p| p.to_string());
        assert_eq!(after(Some("0/5"), Some("0/9")).as_deref(), Some("0/9"));
        assert_eq!(after(Some("0/A"), Some("0/9")).as_deref(), Some("0/A"));
        assert_eq!(after(Some("1/0"), Some("0/FFFFFFFF")).as_deref(), Some("1/0"), "numbers, not texts");
        assert_eq!(after(Some("0/5"), None), None, "may have seen everything");
        assert_eq!(after(None, Some("0/9")), None, "rights may have changed since");
        for malformed in ["", "9", "0/9/9", "x/9", " 0/9", "0/9,0/A", "é", "123456789/0"] {
            assert_eq!(after(Some("0/5"), Some(malformed)), None, "{malformed:?}");
        }
    }

    #[test]
    fn the_answer_never_says_less_than_the_caller_knew() {
        let header = |trip: &Trip| trip.header().map(|h| h.to_str().unwrap().to_owned());
        assert_eq!(header(&trip(None, None)), None, "nothing to say");
        let trip = trip(None, Some("0/9"));
        trip.has_seen(Some(Position(4)));
        trip.has_seen(None);
        assert_eq!(header(&trip).as_deref(), Some("0/9"));
        trip.has_written(Some(Position(12)));
        trip.has_seen(Some(Position(10)));
        assert_eq!((header(&trip).as_deref(), trip.written()), (Some("0/C"), Some(Some(Position(12)))));
    }
}
