//! `meridian-origin migrate`: brings the schema up to date, before the nodes and edges of a release start.

use anyhow::{Context as _, Result};
use meridian_database::{DatabaseConfig, SqlDatabase};

/// Does it and ends. Any number may run at once: one migrates, the others wait for it.
///
/// # Errors
/// A sentence for the operator.
pub async fn run() -> Result<()> {
    let config = DatabaseConfig::from_env(|name| std::env::var(name).ok())?;
    let database = SqlDatabase::connect(&config).await.context("DATABASE_URL")?;
    database.migrate().await?;
    database.close().await;
    println!("The schema is up to date");
    Ok(())
}
