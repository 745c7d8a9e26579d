//! Whether the schema is one that this program can work with.

use meridian_shared::database::{Database, DbError, Statement};

use crate::{ConnectError, MIGRATIONS, SqlDatabase};

impl SqlDatabase {
    /// Checks that every migration of this program was done. A schema that is newer is good too: what is added there does not disturb older programs.
    ///
    /// # Errors
    /// One is missing, or the database does not answer.
    pub async fn check_schema(&self) -> Result<(), ConnectError> {
        // sqlx' table. It is not there before the first migration.
        let done = match self.run(Statement::new("SELECT version FROM _sqlx_migrations")).await {
            Ok(done) => done.rows.iter().map(|row| row.int(0)).collect::<Result<Vec<_>, _>>()?,
            Err(DbError::Other(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        match MIGRATIONS.iter().find(|migration| !done.contains(&migration.version)) {
            Some(missing) => Err(ConnectError::OldSchema(missing.version)),
            None => Ok(()),
        }
    }
}
