//! `cargo xtask load`: a release server and the load generator, side by side on this machine.

use anyhow::{Context, Result, bail};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitCode, Stdio},
    thread,
};

use crate::{leash, shell};

/// Options of `cargo xtask load`.
#[derive(Args)]
pub(crate) struct Options {
    /// Use this Postgres instead of a SQLite file.
    #[arg(long)]
    database_url: Option<String>,
    /// Options of the load generator, such as `--clients 1000 --rooms 200 --seconds 60`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    load: Vec<String>,
}

/// Starts the server on fresh data, loads it, stops it.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let origin = shell::build("meridian-origin", "meridian-origin", true)?;
    let load = shell::build("meridian-bench", "load", true)?;
    let data = std::env::temp_dir().join(format!("meridian-load-{}", std::process::id()));
    let mut command = leash::command(&origin)?;
    command.args(["dev", "--port", "0", "--no-page"]).arg("--data").arg(&data);
    if let Some(url) = &options.database_url {
        command.env("DATABASE_URL", url);
    }
    let mut server = command.env("RATE_LIMIT_SCALE", "100000").stdout(Stdio::piped()).spawn()?;
    let outcome = url_of(&mut server).and_then(|url| {
        let pid = server.id().to_string();
        shell::run(Command::new(load).args(["--url", &url, "--pid", &pid]).args(&options.load))
    });
    kill_process(Pid::from_child(&server), Signal::TERM)?;
    server.wait()?;
    std::fs::remove_dir_all(&data).ok();
    outcome.map(|()| ExitCode::SUCCESS)
}

/// The URL in the server's ready line.
fn url_of(server: &mut Child) -> Result<String> {
    let mut lines = BufReader::new(server.stdout.take().context("no stdout")?).lines();
    while let Some(line) = lines.next().transpose()? {
        if let Some((_, url)) = line.split_once("ready at ") {
            // Whatever it prints later must find a reader.
            thread::spawn(move || lines.for_each(drop));
            return Ok(url.trim().to_owned());
        }
    }
    bail!("the server ended before it was ready")
}
