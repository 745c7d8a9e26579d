//! What to load the server with.

use clap::Parser;

/// Loads a running Meridian with people who draw.
///
/// The server must run with RATE_LIMIT_SCALE raised: thousands of people come from one address.
#[derive(Debug, Clone, Parser)]
#[command(name = "load")]
pub(crate) struct Options {
    /// The server.
    #[arg(long, default_value = "http://127.0.0.1:8787")]
    pub(crate) url: String,
    /// Connections, spread evenly over the rooms.
    #[arg(long, default_value_t = 1000)]
    pub(crate) clients: usize,
    /// Rooms.
    #[arg(long, default_value_t = 200)]
    pub(crate) rooms: usize,
    /// How long to draw, seconds.
    #[arg(long, default_value_t = 60)]
    pub(crate) seconds: u64,
    /// Strokes per second and room; the people of a room take turns.
    #[arg(long, default_value_t = 10.0)]
    pub(crate) rate: f64,
    /// Points of a stroke; 20 make an update of about 390 bytes.
    #[arg(long, default_value_t = 20)]
    pub(crate) points: usize,
    /// Process id of the server, to read its memory and CPU time.
    #[arg(long)]
    pub(crate) pid: Option<u32>,
    /// Print one JSON document instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}
