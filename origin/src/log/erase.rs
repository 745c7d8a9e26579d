//! Erasing who drew, in a log that the edge can't reach.

use async_trait::async_trait;
use meridian_database::SqlDatabase;
use meridian_shared::{
    database::{Database, Statement},
    ids::UserId,
};

use crate::revocation::reader::Eraser;

/// The log in a database of the node's own.
#[derive(Debug, Clone)]
pub struct OwnLog(pub SqlDatabase);

#[async_trait]
impl Eraser for OwnLog {
    async fn erase(&self, user: UserId) -> bool {
        let erase = Statement::new("UPDATE room_updates SET author = NULL WHERE author = $1");
        let erased = self.0.run(erase.bind(user)).await;
        if let Err(error) = &erased {
            tracing::warn!(%error, "an erased account is still named in the log; trying again");
        }
        erased.is_ok()
    }
}
