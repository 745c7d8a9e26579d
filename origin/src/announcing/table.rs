//! The table `nodes`, which edges read when no Redis tells them who lives.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use meridian_shared::{
    database::{Database, DbError, Statement},
    region::Node,
};

use super::{Board, BoardError};
use crate::clock::now;

/// How long a row counts, ms.
const LIVES_MS: i64 = 30_000;

/// The rows of nodes in the database.
#[derive(Clone)]
pub struct TableBoard(pub Arc<dyn Database>);

impl From<DbError> for BoardError {
    fn from(error: DbError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

#[async_trait]
impl Board for TableBoard {
    fn name(&self) -> &'static str {
        "the table nodes"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(10)
    }

    async fn announce(&self, node: &Node) -> Result<(), BoardError> {
        let now = now();
        let put = Statement::new(
            "INSERT INTO nodes (id, region, url, sync_url, seen_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET
               region = excluded.region, url = excluded.url, sync_url = excluded.sync_url, seen_at = excluded.seen_at
             WHERE nodes.url = excluded.url OR nodes.seen_at < $6",
        );
        let put = put
            .bind(node.id.as_str())
            .bind(node.region.as_str())
            .bind(node.url.as_str())
            .bind(node.sync_url.as_str())
            .bind(now)
            .bind(now.plus(-LIVES_MS));
        if self.0.run(put).await?.affected > 0 {
            return Ok(());
        }
        let find = Statement::new("SELECT url FROM nodes WHERE id = $1").bind(node.id.as_str());
        let found = self.0.run(find).await?;
        let url = found.rows.first().map(|row| row.text(0)).transpose()?.unwrap_or("an address that it left");
        Err(BoardError::Taken(url.to_owned()))
    }

    async fn withdraw(&self, node: &Node) -> Result<(), BoardError> {
        let delete = Statement::new("DELETE FROM nodes WHERE id = $1 AND url = $2");
        self.0.run(delete.bind(node.id.as_str()).bind(node.url.as_str())).await?;
        Ok(())
    }
}
