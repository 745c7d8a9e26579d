//! What was sent and what arrived.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use meridian_shared::protocol::update::Summary;
use serde::Serialize;

/// What the clients of one room have sent, by author: the author's clock after each update, and when it was sent.
#[derive(Default)]
pub(crate) struct RoomLedger {
    sent: Mutex<HashMap<u64, Vec<(u64, Instant)>>>,
}

impl RoomLedger {
    /// Notes an update that is about to be sent.
    pub(crate) fn note(&self, author: u64, end: u64) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.entry(author).or_default().push((end, Instant::now()));
    }

    /// How many updates were sent.
    pub(crate) fn len(&self) -> u64 {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.values().map(|list| list.len() as u64).sum()
    }
}

/// What reached one client: per author the clock up to which everything has, and how many updates that is.
#[derive(Default)]
pub(crate) struct Inbox {
    reached: HashMap<u64, (u64, usize)>,
    /// Updates that arrived in order.
    pub(crate) delivered: u64,
}

impl Inbox {
    /// Takes in a payload of the server and measures how long its updates took: `(author is me, microseconds)` each.
    pub(crate) fn receive(
        &mut self,
        me: u64,
        ledger: &RoomLedger,
        payload: &[u8],
        mut took: impl FnMut(bool, u64),
    ) -> bool {
        let Ok(summary) = Summary::of(payload) else { return false };
        let now = Instant::now();
        let sent = ledger.sent.lock().unwrap_or_else(PoisonError::into_inner);
        for (author, span) in summary.spans {
            let Some(list) = sent.get(&author) else { continue };
            let (clock, count) = self.reached.entry(author).or_default();
            // What follows a hole does not count: it can't be shown.
            if span.start > *clock || span.has_gaps || span.end <= *clock {
                continue;
            }
            *clock = span.end;
            while let Some((end, at)) = list.get(*count).filter(|(end, _)| end <= clock) {
                let _ = end;
                took(author == me, now.duration_since(*at).as_micros() as u64);
                *count += 1;
                self.delivered += 1;
            }
        }
        true
    }
}

/// Counters that a progress line reads while the clients run.
#[derive(Default)]
pub(crate) struct Live {
    pub(crate) connected: AtomicU64,
    pub(crate) sent: AtomicU64,
    pub(crate) delivered: AtomicU64,
    pub(crate) disconnects: AtomicU64,
    pub(crate) errors: AtomicU64,
}

impl Live {
    pub(crate) fn add(counter: &AtomicU64, n: u64) {
        counter.fetch_add(n, Relaxed);
    }

    pub(crate) fn get(counter: &AtomicU64) -> u64 {
        counter.load(Relaxed)
    }
}

/// Latencies in microseconds, all of them: a percentile is a measured value, not a bucket's edge.
#[derive(Default)]
pub(crate) struct Latencies(Vec<u32>);

/// What a person reads of them, milliseconds.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

impl Latencies {
    pub(crate) fn note(&mut self, micros: u64) {
        self.0.push(u32::try_from(micros).unwrap_or(u32::MAX));
    }

    pub(crate) fn append(&mut self, other: &mut Latencies) {
        self.0.append(&mut other.0);
    }

    pub(crate) fn percentiles(mut self) -> Percentiles {
        if self.0.is_empty() {
            return Percentiles::default();
        }
        self.0.sort_unstable();
        let at = |share: f64| f64::from(self.0[((self.0.len() - 1) as f64 * share) as usize]) / 1000.0;
        Percentiles { p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stroke::Pen;

    #[test]
    fn in_order_counts_once_merged_counts_all_and_a_hole_is_a_loss() {
        let (ledger, mut pen) = (RoomLedger::default(), Pen::new(7));
        let strokes: Vec<_> = (0..4).map(|_| pen.draw(5)).collect();
        for stroke in &strokes {
            ledger.note(7, stroke.end);
        }
        let mut inbox = Inbox::default();
        let mut own = 0;
        let mut receive =
            |payload: &[u8]| assert!(inbox.receive(7, &ledger, payload, |mine, _| own += u32::from(mine)));
        receive(&strokes[0].update);
        receive(&strokes[0].update);
        receive(&strokes[2].update);
        let merged = yrs::merge_updates_v1([&strokes[0].update, &strokes[1].update]).unwrap();
        receive(&merged);
        assert_eq!((inbox.delivered, own, ledger.len()), (2, 2, 4));
    }

    #[test]
    fn percentiles_are_measured_values() {
        let mut latencies = Latencies::default();
        (1..=100).for_each(|n| latencies.note(n * 1000));
        let Percentiles { p50_ms, p99_ms, max_ms } = latencies.percentiles();
        assert_eq!((p50_ms, p99_ms, max_ms), (50.0, 99.0, 100.0));
    }
}
