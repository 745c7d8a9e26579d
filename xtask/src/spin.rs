//! What the tests on Spin run: the components of spin.toml, and the host that stands in for Spin.

use anyhow::Result;
use std::process::Command;

use crate::{shell, toolchain};

/// Rust's target that makes components.
const TARGET: &str = "wasm32-wasip2";
/// The crates of the components.
const COMPONENTS: [&str; 2] = ["meridian-edge-spin", "meridian-spin-page"];
/// The crate of the host. Wasmtime takes minutes to compile, so nothing that goes over the whole workspace includes it: features of other crates would make it compile again.
pub(crate) const HOST: &str = "meridian-spin-host";

/// Builds all of it.
pub(crate) fn provide() -> Result<()> {
    toolchain::wasm_targets(&[TARGET])?;
    shell::run(&mut components("build", &["--profile", "edge"]))?;
    shell::build(HOST, HOST, false).map(drop)
}

/// The checks that the rest of the workspace gets from others' steps: the components for their own target, the host by itself.
pub(crate) fn checks() -> Vec<Command> {
    let mut lint = components("clippy", &["--lib"]);
    lint.args(["--", "-D", "warnings"]);
    let host = shell::cargo(&["clippy", "--package", HOST, "--all-targets", "--", "-D", "warnings"]);
    vec![lint, host, shell::cargo(&["test", "--package", HOST])]
}

fn components(task: &str, options: &[&str]) -> Command {
    let packages = COMPONENTS.iter().flat_map(|name| ["--package", name]);
    let args: Vec<_> = [task].into_iter().chain(packages).chain(["--target", TARGET]).collect();
    shell::cargo(&[&args, options].concat())
}
