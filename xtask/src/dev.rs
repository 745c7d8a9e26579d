//! `cargo xtask dev`: from a checkout to a URL.

use anyhow::{Context, Result};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::{
    consts::{SIGCHLD, SIGINT, SIGTERM},
    iterator::Signals,
};
use std::{
    path::PathBuf,
    process::{Child, Command, ExitCode},
};

use crate::{leash, npm, shell};

/// Options of `cargo xtask dev`.
#[derive(Args)]
pub(crate) struct Options {
    /// Port on 127.0.0.1.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Folder that holds everything the program keeps.
    #[arg(long, default_value = ".data")]
    data: PathBuf,
    /// Use this Postgres instead of a SQLite file in the folder.
    #[arg(long, env = "DATABASE_URL")]
    database_url: Option<String>,
    /// Use this Redis instead of in-process bus and cache.
    #[arg(long, env = "REDIS_URL")]
    redis_url: Option<String>,
    /// Neither build nor serve the page.
    #[arg(long)]
    no_page: bool,
    /// Build with optimisations: slow to build, fast to run.
    #[arg(long)]
    release: bool,
}

/// Builds what changed, runs the server as a child and ends with it.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if !options.no_page {
        npm::build_page()?;
    }
    let origin = shell::build("meridian-origin", "meridian-origin", options.release)?;
    let mut command = leash::command(&origin)?;
    command.args(["dev", "--port", &options.port.to_string()]).arg("--data").arg(&options.data);
    if let Some(url) = &options.database_url {
        // Not as an argument: it may hold a password, and others can read the list of processes.
        command.env("DATABASE_URL", url);
    }
    if let Some(url) = &options.redis_url {
        command.env("REDIS_URL", url);
    }
    if options.no_page {
        command.arg("--no-page");
    } else {
        command.arg("--page-dir").arg(npm::page_folder());
    }
    attend(&mut command)
}

/// Runs a command on a leash, passes signals on to it and ends with it.
pub(crate) fn attend(command: &mut Command) -> Result<ExitCode> {
    // Before the child exists, so that no signal falls between.
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGCHLD])?;
    let text = shell::describe(command);
    let mut child = command.spawn().with_context(|| format!("cannot start `{text}`"))?;
    supervise(&mut child, &mut signals)
}

/// Passes signals on, each as it comes, until the child has ended; its exit code is ours.
fn supervise(child: &mut Child, signals: &mut Signals) -> Result<ExitCode> {
    let pid = Pid::from_child(child);
    for signal in signals.forever() {
        if let Some(status) = child.try_wait()? {
            // A child ended by a signal has no code: that is a failure.
            return Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)));
        }
        match signal {
            SIGINT => kill_process(pid, Signal::INT)?,
            SIGTERM => kill_process(pid, Signal::TERM)?,
            _ => {}
        }
    }
    Ok(ExitCode::SUCCESS)
}
