//! Building a room's document from what is stored: newest snapshot + tail. A row that the engine fails on is quarantined, never the room (invariant 8).

use std::collections::HashSet;

use meridian_shared::{ids::RoomId, protocol::update::Summary};

use super::document::{ApplyError, Document};
use crate::{log::Stored, metrics::Metrics};

/// Builds the document. Rows that can't be applied stay in the log and are left out, each with an error in the log of the node.
pub(super) fn build(room: RoomId, stored: &Stored, metrics: &Metrics) -> Document {
    let rows: Vec<(u64, &[u8])> = stored
        .snapshot
        .iter()
        .chain(stored.updates.iter())
        .map(|(seq, payload)| (*seq, payload.as_slice()))
        .collect();
    let mut quarantined = HashSet::new();
    loop {
        match replay(&rows, &quarantined) {
            Ok(document) => return document,
            Err(index) => {
                tracing::error!(%room, seq = rows[index].0, "room {room}: a stored update can't be applied and is left out");
                metrics.poisoned("log");
                quarantined.insert(index);
            }
        }
    }
}

/// Applies all rows but the quarantined, or names the next one to quarantine: a document that failed once is not used further.
fn replay(rows: &[(u64, &[u8])], quarantined: &HashSet<usize>) -> Result<Document, usize> {
    let mut document = Document::default();
    for (index, (_, payload)) in rows.iter().enumerate().filter(|(index, _)| !quarantined.contains(index)) {
        let summary = Summary::of(payload).map_err(|_| index)?;
        match document.apply(payload, &summary) {
            Ok(_) => {}
            Err(ApplyError::Refused | ApplyError::Poisoned(_)) => return Err(index),
        }
    }
    Ok(document)
}
