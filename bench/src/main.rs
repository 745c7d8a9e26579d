//! The load generator: rooms full of people who draw, and what it costs the server to serve them.
//!
//! Every update is a valid stroke of a board, sent over a real socket; every client counts what reaches it. Nothing is estimated: an update that any client
//! of its room did not get in order is lost.

mod client;
mod http;
mod options;
mod process;
mod report;
mod run;
mod stroke;
mod tally;

use anyhow::Result;
use clap::Parser;

#[tokio::main]
async fn main() -> Result<()> {
    let options = options::Options::parse();
    let report = run::run(&options).await?;
    if options.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}
