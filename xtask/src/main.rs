//! The task runner: everything that the README tells a person to type.

mod conformance;
mod counts;
mod dev;
mod edge_bench;
mod keys;
mod leash;
mod load;
mod node;
mod npm;
mod screenshots;
mod setup;
mod shell;
mod spin;
mod steps;
mod test;
mod toolchain;
mod worker;

use clap::Parser;
use std::process::ExitCode;

/// Meridian's task runner.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Build and run the whole program on this machine: API, rooms and page in one process.
    Dev(dev::Options),
    /// Run everything that must pass, installing what it needs.
    Test(test::Options),
    /// Run the HTTP API's suite on its hosts, and compare what they answer.
    Conformance(conformance::Options),
    /// The Cloudflare Worker: build it, run it here, or run wrangler.
    Worker(worker::Options),
    /// Print a new value for SIGNING_KEYS.
    Keys,
    /// Take the pictures of docs/images from the running program.
    Screenshots,
    /// Measure a release build under load, on this machine.
    Load(load::Options),
    /// Measure the edge's hosts side by side, on this machine.
    EdgeBench(edge_bench::Options),
    /// Run a program that ends when this process's parent does.
    #[command(hide = true)]
    Leash(leash::Options),
}

fn main() -> ExitCode {
    let result = match Task::parse() {
        Task::Dev(options) => dev::run(&options),
        Task::Test(options) => test::run(&options),
        Task::Conformance(options) => conformance::run(&options),
        Task::Worker(options) => worker::run(&options),
        Task::Keys => keys::run(),
        Task::Screenshots => screenshots::run(),
        Task::Load(options) => load::run(&options),
        Task::EdgeBench(options) => edge_bench::run(&options),
        Task::Leash(options) => leash::run(&options),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
