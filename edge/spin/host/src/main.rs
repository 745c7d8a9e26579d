//! Runs Meridian's Spin components as `spin up` would, so that tests can call them where Spin itself can't be had. See the README for what it checks.

mod application;
mod bindings;
mod headers;
mod host;
mod instance;
mod manifest;
mod outbound;
mod routes;
mod server;
mod variables;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Parser;

/// Runs the components of a `spin.toml`.
#[derive(Parser)]
struct Options {
    /// The manifest. Paths in it are relative to its folder.
    #[arg(long, default_value = "spin.toml")]
    manifest: PathBuf,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Only this component, which then answers every path.
    #[arg(long)]
    only: Option<String>,
    /// Where SQLite databases are kept.
    #[arg(long, default_value = ".spin")]
    state_dir: PathBuf,
    /// Where cargo built what the manifest expects in `target/`.
    #[arg(long, default_value = "target")]
    target_dir: PathBuf,
}

// Components compute where they are called (a password takes a tenth of a second): with a thread for each core they would keep each other's answers waiting.
#[tokio::main(worker_threads = 16)]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> anyhow::Result<()> {
    std::fs::create_dir_all(&options.state_dir).context("the folder of --state-dir")?;
    let mut manifest = manifest::Manifest::read(&options.manifest)?;
    if let Some(name) = &options.only {
        manifest.keep(name)?;
    }
    let folders = application::Folders {
        manifest: options.manifest.parent().map(PathBuf::from).unwrap_or_default(),
        target: options.target_dir,
        state: options.state_dir,
    };
    let environment = |name: &str| std::env::var(name).ok();
    let application = application::Application::load(manifest, &folders, environment)?;
    server::run(application, options.listen).await
}
