//! The log: one line of JSON an event, to the console that fits its level. Workers Logs index the fields.

use std::io::{self, Write};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// Begins logging what is at least as important as `level`. Later calls change nothing.
pub(crate) fn start(level: Level) {
    // The platform adds the time.
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .without_time()
        .with_max_level(level)
        .with_writer(Console)
        .finish();
    // An error says that there is one already: the isolate's other requests.
    let _ = tracing::subscriber::set_global_default(subscriber);
    // The instance ends there; without this nobody would learn why.
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "the instance ends")));
}

struct Console;

impl<'a> MakeWriter<'a> for Console {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { level: Level::INFO, text: Vec::new() }
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Line {
        Line { level: *meta.level(), text: Vec::new() }
    }
}

/// Printed when it is complete.
struct Line {
    level: Level,
    text: Vec<u8>,
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        let text = text.trim_end();
        match self.level {
            Level::ERROR => worker::console_error!("{text}"),
            Level::WARN => worker::console_warn!("{text}"),
            Level::INFO => worker::console_log!("{text}"),
            _ => worker::console_debug!("{text}"),
        }
    }
}
