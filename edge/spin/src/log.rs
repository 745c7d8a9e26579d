//! Log lines on standard error, which Spin keeps for each component.

use tracing::Level;

/// Begins to log, once an instance.
pub(crate) fn start() {
    // Fails when it was called before, which changes nothing.
    let _ = tracing_subscriber::fmt()
        .with_max_level(Level::INFO)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .try_init();
}
