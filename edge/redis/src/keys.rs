//! Names in Redis.

use meridian_shared::event::Subject;

/// The channel of events: JSON of [`meridian_shared::event::Event`].
pub const EVENTS: &str = "meridian:events";
/// Since when this memory has missed no change of rights, µs.
pub(crate) const BORN: &str = "meridian:born";
/// Nodes by id, as JSON.
pub(crate) const NODES: &str = "meridian:nodes";
/// Until when each node is alive, ms.
pub(crate) const NODES_SEEN: &str = "meridian:nodes:seen";

pub(crate) fn limit(key: &str) -> String {
    format!("meridian:limit:{key}")
}

pub(crate) fn right(subject: &Subject) -> String {
    format!("meridian:right:{subject}")
}

pub(crate) fn cache(key: &str) -> String {
    format!("meridian:cache:{key}")
}

pub(crate) fn lease(key: &str) -> String {
    format!("meridian:lease:{key}")
}
