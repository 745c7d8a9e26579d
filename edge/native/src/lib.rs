//! The native host of the HTTP API: its ports for one process. See the README for how a host assembles them.

mod bus;
mod clock;
mod http;
mod keys;
mod memory;
mod nodes;
mod passwords;
mod remote;

use std::sync::Arc;

use meridian_edge_api::{
    Ports, Replicated, Settings,
    ports::{Clock, NodeClient, SharedMemory},
};
use meridian_shared::database::Database;

pub use bus::LocalBus;
pub use clock::{OsRandom, SystemClock};
pub use http::{HttpClient, HttpError};
pub use keys::{KeysError, load_keys};
pub use memory::shared_memory;
pub use nodes::InProcessNode;
pub use passwords::Argon2Passwords;
pub use remote::RemoteNodes;

/// The database of the API: the primary, with its replicas if there are any, nearest first.
pub fn with_replicas<D: Database + 'static>(primary: D, replicas: Vec<D>) -> Arc<dyn Database> {
    if replicas.is_empty() {
        return Arc::new(primary);
    }
    let replicas = replicas.into_iter().map(|replica| Arc::new(replica) as Arc<dyn Database>).collect();
    Arc::new(Replicated::new(Arc::new(primary), replicas, Arc::new(SystemClock)))
}

/// The ports of one process: the system's clock and randomness, passwords on threads of their own. The rest the host says.
pub fn ports(
    settings: &Settings,
    database: Arc<dyn Database>,
    memory: Arc<dyn SharedMemory>,
    nodes: Arc<dyn NodeClient>,
) -> Ports {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let passwords = Arc::new(Argon2Passwords::new(settings.password_cost));
    Ports { database, memory, passwords, clock, random: Arc::new(OsRandom), nodes }
}
