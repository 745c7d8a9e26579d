//! The native host of the HTTP API: its ports for one process. See the README for how a host assembles them.

mod bus;
mod clock;
mod config;
mod keys;
mod limiter;
mod nodes;
mod passwords;

use std::sync::Arc;

use meridian_edge_api::{
    Ports,
    ports::{Clock, NodeClient, Placement},
};
use meridian_shared::database::Database;

pub use bus::LocalBus;
pub use clock::{OsRandom, SystemClock};
pub use config::EdgeConfig;
pub use keys::{KeysError, load_keys};
pub use limiter::MemoryLimiter;
pub use nodes::{InProcessNode, OneNode};
pub use passwords::{Argon2Passwords, PasswordCost};

/// The ports of one process: limits in memory, events on an in-process bus, the system's clock and randomness. Where rooms are, the host says.
pub fn ports(
    config: &EdgeConfig,
    database: Arc<dyn Database>,
    bus: LocalBus,
    placement: Arc<dyn Placement>,
    nodes: Arc<dyn NodeClient>,
) -> Ports {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ports {
        database,
        limiter: Arc::new(MemoryLimiter::new(clock.clone())),
        passwords: Arc::new(Argon2Passwords::new(config.password_cost)),
        clock,
        random: Arc::new(OsRandom),
        bus: Arc::new(bus),
        placement,
        nodes,
    }
}
