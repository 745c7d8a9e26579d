//! The program `meridian-origin`.

use std::{io::IsTerminal, process::ExitCode};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use meridian_origin::{dev, edge, migrate, rooms::rehearsal, serve};
use tracing_subscriber::EnvFilter;

/// Many small frames are allocated on one thread and freed on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Meridian's origin node: rooms over WebSocket, and their log.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything in one process on embedded defaults: API, rooms, page.
    Dev(dev::Options),
    /// A node beside an edge: rooms, and no API. Set up by variables alone.
    Serve,
    /// The API without rooms, in a native process. Set up by variables alone.
    Edge,
    /// Brings the schema of the database (DATABASE_URL) up to date, and ends.
    Migrate,
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(rehearsal::ARGUMENT) {
        return rehearsal::main();
    }
    match start(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("meridian-origin: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: Arguments) -> Result<()> {
    start_logging()?;
    // Every connection is a file descriptor.
    rlimit::increase_nofile_limit(u64::MAX).context("the limit on open files can't be raised")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match arguments.command {
            Command::Dev(options) => dev::run(options).await,
            Command::Serve => serve::run().await,
            Command::Edge => edge::run().await,
            Command::Migrate => migrate::run().await,
        }
    })
}

/// Logs go to stderr: stdout carries the ready line alone.
fn start_logging() -> Result<()> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(text) => EnvFilter::try_new(&text)
            .context("RUST_LOG can't be read as filters such as info,meridian_origin=debug")?,
        Err(_) => EnvFilter::new("info"),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match std::env::var("LOG_FORMAT").as_deref() {
        Ok("json") => builder.json().init(),
        Ok("text") | Err(_) => builder.compact().init(),
        Ok(_) => anyhow::bail!("LOG_FORMAT must be text or json"),
    }
    Ok(())
}
