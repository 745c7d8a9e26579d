//! Who knows what a person may do: the database, or the edge where only that reaches the database.

mod database;
mod edge;

use async_trait::async_trait;
use meridian_shared::{
    revocation::Revocation,
    standing::{Bearer, Standing},
    time::Millis,
};

pub use database::DatabaseRights;
pub use edge::EdgeRights;

/// Why a question has no answer. The text is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RightsError {
    /// Nobody answers now. Asked again later, somebody may.
    #[error("nobody answers: {0}")]
    Unavailable(String),
    /// The question itself is refused, or the answer makes no sense: asking again won't help.
    #[error("{0}")]
    Refused(String),
}

/// Answers about rights, as they are now. Implementations: [`DatabaseRights`], [`EdgeRights`].
#[async_trait]
pub trait Rights: Send + Sync {
    /// What a bearer is to the room.
    async fn standing(&self, bearer: Bearer) -> Result<Standing, RightsError>;

    /// The first rights that ended or changed after a time, the oldest first, at most [`meridian_shared::revocation::AT_MOST`].
    async fn revocations(&self, after: Millis) -> Result<Vec<Revocation>, RightsError>;

    /// Deletes some of the notes that nobody needs any more. True when there may be more of them.
    async fn forget_revocations(&self) -> Result<bool, RightsError>;
}
