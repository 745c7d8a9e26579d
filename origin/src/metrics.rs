//! Counters of this node in Prometheus's text format, at `GET /metrics`. Labels are from fixed sets, so cardinality is bounded.

use std::{
    fmt::Write,
    sync::{
        Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
};

use std::collections::BTreeMap;

use crate::clock::now;

/// What the node counts. Shared by all tasks; every field is on its own.
#[derive(Default)]
pub struct Metrics {
    connections: AtomicI64,
    rooms: AtomicI64,
    updates: AtomicU64,
    deliveries: AtomicU64,
    commits: AtomicU64,
    commit_failures: AtomicU64,
    /// When the last transaction that failed did so, in ms; 0 once one succeeded.
    failed_at: AtomicI64,
    catch_ups: AtomicU64,
    /// By close code name, refusal reason and quarantine. Rare events, so a lock is cheap enough; never held across an await.
    events: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
}

impl Metrics {
    /// A connection was opened (1) or ended (-1).
    pub fn connections(&self, change: i64) {
        self.connections.fetch_add(change, Relaxed);
    }

    /// A room was loaded (1) or unloaded (-1).
    pub fn rooms(&self, change: i64) {
        self.rooms.fetch_add(change, Relaxed);
    }

    /// How many connections there are.
    pub fn connection_count(&self) -> usize {
        self.connections.load(Relaxed).max(0) as usize
    }

    /// A transaction committed `rows` updates.
    pub fn committed(&self, rows: usize) {
        self.commits.fetch_add(1, Relaxed);
        self.failed_at.store(0, Relaxed);
        self.updates.fetch_add(rows as u64, Relaxed);
    }

    /// A transaction failed.
    pub fn commit_failed(&self) {
        self.commit_failures.fetch_add(1, Relaxed);
        self.failed_at.store(now().0, Relaxed);
    }

    /// Whether the last transaction failed, less than 15 s ago. A room that can't commit tries at least that often.
    pub fn commits_fail(&self) -> bool {
        now().0 - self.failed_at.load(Relaxed) < 15_000
    }

    /// Updates were queued for `receivers` connections.
    pub fn delivered(&self, receivers: usize) {
        self.deliveries.fetch_add(receivers as u64, Relaxed);
    }

    /// A slow reader got a merged catch-up.
    pub fn caught_up(&self) {
        self.catch_ups.fetch_add(1, Relaxed);
    }

    /// A connection was closed by the server.
    pub fn closed(&self, code: &'static str) {
        self.count("closes", code);
    }

    /// A message was refused.
    pub fn refused(&self, reason: &'static str) {
        self.count("refusals", reason);
    }

    /// An update or a stored row made the engine fail.
    pub fn poisoned(&self, place: &'static str) {
        self.count("poisoned", place);
    }

    fn count(&self, metric: &'static str, label: &'static str) {
        if let Ok(mut events) = self.events.lock() {
            *events.entry((metric, label)).or_default() += 1;
        }
    }

    /// The Prometheus text.
    pub fn render(&self) -> String {
        let mut out = String::new();
        let gauges = [
            ("connections", "Open WebSocket connections.", &self.connections),
            ("rooms", "Rooms in memory.", &self.rooms),
        ];
        let counters = [
            ("updates_committed_total", "Updates committed to the log.", &self.updates),
            ("commits_total", "Transactions committed to the log.", &self.commits),
            ("commit_failures_total", "Transactions that failed.", &self.commit_failures),
            ("deliveries_total", "Updates queued for a connection.", &self.deliveries),
            ("catch_ups_total", "Merged catch-ups for slow readers.", &self.catch_ups),
        ];
        for (name, help, value) in gauges {
            write_metric(&mut out, name, "gauge", help, value.load(Relaxed));
        }
        for (name, help, value) in counters {
            write_metric(&mut out, name, "counter", help, value.load(Relaxed));
        }
        let events = self.events.lock().map(|events| events.clone()).unwrap_or_default();
        for (name, label) in [("closes", "code"), ("refusals", "reason"), ("poisoned", "place")] {
            let _ = writeln!(out, "# TYPE meridian_{name}_total counter");
            for ((_, value), count) in events.iter().filter(|((metric, _), _)| *metric == name) {
                let _ = writeln!(out, "meridian_{name}_total{{{label}=\"{value}\"}} {count}");
            }
        }
        out
    }
}

fn write_metric(out: &mut String, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
    let _ = writeln!(
        out,
        "# HELP meridian_{name} {help}\n# TYPE meridian_{name} {kind}\nmeridian_{name} {value}"
    );
}
