//! `cargo xtask edge-bench`: the edge's hosts side by side on this machine.

use anyhow::Result;
use clap::Args;
use std::process::ExitCode;

use crate::{setup::Toolbox, shell, steps::HOSTS_AND_PARTS};

/// Options of `cargo xtask edge-bench`.
#[derive(Args)]
pub(crate) struct Options {
    /// Options of the measurement, such as `--rounds 10 --calls 30 --json`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    bench: Vec<String>,
}

/// Builds what the hosts are, the native one in release as the WASM ones are, and measures.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    Toolbox::default().provide(&HOSTS_AND_PARTS)?;
    let origin = shell::build("meridian-origin", "meridian-origin", true)?;
    let mut bench = shell::command("node", "", &["bench/edge/edge.mjs"]);
    bench.args(&options.bench).env("MERIDIAN_ORIGIN", origin);
    shell::run(&mut bench).map(|()| ExitCode::SUCCESS)
}
