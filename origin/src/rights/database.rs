//! Rights as the database has them.

use async_trait::async_trait;
use meridian_database::SqlDatabase;
use meridian_shared::{
    database::{Database, DbError},
    revocation::{FORGOTTEN_AT_ONCE, KEPT_MS, Revocation},
    standing::{Bearer, Standing},
    time::Millis,
};

use super::{Rights, RightsError};
use crate::clock::now;

/// Asks the database that the edge writes.
#[derive(Debug, Clone)]
pub struct DatabaseRights(pub SqlDatabase);

impl From<DbError> for RightsError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(cause) => Self::Unavailable(cause),
            DbError::Unique(cause) | DbError::Other(cause) => Self::Refused(cause),
        }
    }
}

#[async_trait]
impl Rights for DatabaseRights {
    async fn standing(&self, bearer: Bearer) -> Result<Standing, RightsError> {
        let found = self.0.run(Standing::find(bearer)).await?;
        Ok(Standing::found(&found.rows, now())?)
    }

    async fn revocations(&self, after: Millis) -> Result<Vec<Revocation>, RightsError> {
        let found = self.0.run(Revocation::since(after)).await?;
        Ok(found.rows.iter().map(Revocation::found).collect::<Result<_, _>>()?)
    }

    async fn forget_revocations(&self) -> Result<bool, RightsError> {
        let forgotten = self.0.run(Revocation::forget(now().plus(-KEPT_MS))).await?;
        Ok(forgotten.affected >= FORGOTTEN_AT_ONCE)
    }
}
