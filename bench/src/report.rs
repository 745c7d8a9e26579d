//! What a run has shown.

use std::{fmt, time::Duration};

use serde::Serialize;

use crate::{
    client::Seen,
    options::Options,
    tally::{Latencies, Live, Percentiles},
};

/// The server's resident memory, KiB.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Memory {
    pub(crate) before: Option<u64>,
    /// Every room has one client.
    pub(crate) with_rooms: Option<u64>,
    /// Everybody is connected.
    pub(crate) with_clients: Option<u64>,
    /// The most while drawing.
    pub(crate) peak: Option<u64>,
}

/// The figures of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    clients: usize,
    rooms: usize,
    seconds: f64,
    /// From the start of the handshake to the room's state.
    join: Percentiles,
    /// Until a sender hears that its own update is durable.
    echo: Percentiles,
    /// Until another client of the room has it.
    delivery: Percentiles,
    sent: u64,
    delivered: u64,
    delivered_per_s: f64,
    lost: u64,
    disconnects: u64,
    errors: u64,
    cpu_s: Option<f64>,
    cpu_s_per_million: Option<f64>,
    memory_kib: Memory,
    kib_per_room: Option<f64>,
    kib_per_connection: Option<f64>,
}

impl Report {
    #[expect(clippy::too_many_arguments, reason = "called once, where all of it comes together")]
    pub(crate) fn new(
        options: &Options,
        live: &Live,
        seen: Seen,
        joins: Latencies,
        expected: u64,
        took: Duration,
        cpu_s: Option<f64>,
        memory_kib: Memory,
    ) -> Self {
        let per = |more: Option<u64>, less: Option<u64>, n: usize| {
            (n > 0).then_some(())?;
            Some((more? as f64 - less? as f64) / n as f64)
        };
        let Memory { before, with_rooms, with_clients, .. } = memory_kib;
        Self {
            clients: options.clients,
            rooms: options.rooms,
            seconds: took.as_secs_f64(),
            join: joins.percentiles(),
            echo: seen.echoes.percentiles(),
            delivery: seen.deliveries.percentiles(),
            sent: Live::get(&live.sent),
            delivered: seen.delivered,
            delivered_per_s: seen.delivered as f64 / took.as_secs_f64(),
            lost: expected.saturating_sub(seen.delivered),
            disconnects: Live::get(&live.disconnects),
            errors: Live::get(&live.errors),
            cpu_s,
            cpu_s_per_million: cpu_s.map(|s| s * 1e6 / seen.delivered.max(1) as f64),
            memory_kib,
            kib_per_room: per(with_rooms, before, options.rooms),
            kib_per_connection: per(with_clients, with_rooms, options.clients - options.rooms),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = |p: &Percentiles| {
            format!("p50 {:>8.2} ms   p99 {:>8.2} ms   max {:>8.2} ms", p.p50_ms, p.p99_ms, p.max_ms)
        };
        let number = |n: Option<f64>, unit: &str| {
            n.map_or("not measured (--pid)".into(), |n| format!("{n:.1} {unit}"))
        };
        writeln!(f, "{} clients in {} rooms, {:.1} s", self.clients, self.rooms, self.seconds)?;
        writeln!(f, "  join               {}", times(&self.join))?;
        writeln!(f, "  echo (durable)     {}", times(&self.echo))?;
        writeln!(f, "  delivery           {}", times(&self.delivery))?;
        writeln!(f, "  sent               {}", self.sent)?;
        writeln!(f, "  delivered          {}  ({:.0} a second)", self.delivered, self.delivered_per_s)?;
        writeln!(f, "  lost               {}", self.lost)?;
        writeln!(f, "  disconnects        {}", self.disconnects)?;
        writeln!(f, "  errors             {}", self.errors)?;
        writeln!(f, "  server CPU         {}", number(self.cpu_s, "s"))?;
        writeln!(f, "  per million        {}", number(self.cpu_s_per_million, "CPU s"))?;
        writeln!(
            f,
            "  memory at its most {}",
            number(self.memory_kib.peak.map(|k| k as f64 / 1024.0), "MiB")
        )?;
        writeln!(
            f,
            "  per room           {}",
            number(self.kib_per_room, "KiB (its first connection included)")
        )?;
        writeln!(f, "  per connection     {}", number(self.kib_per_connection, "KiB"))
    }
}
