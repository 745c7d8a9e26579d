//! What turns Rust into a Worker: targets of rustup, programs of crates.io, programs of npm. Each is installed when it is missing, and used from then on.

use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{npm, shell};

/// The folder of the npm packages: wrangler, esbuild, wasm-opt.
const PACKAGES: &str = "edge/worker";
/// Must fit the `worker` crate.
const WORKER_BUILD: &str = "0.8.7";

/// The programs that a build of the Worker runs.
pub(crate) struct Toolchain {
    pub(crate) worker_build: PathBuf,
    pub(crate) wasm_bindgen: PathBuf,
    pub(crate) wasm_opt: PathBuf,
    pub(crate) esbuild: PathBuf,
}

impl Toolchain {
    /// Installs what is missing.
    pub(crate) fn provide() -> Result<Self> {
        wasm_targets(&["wasm32-unknown-unknown"])?;
        npm::install(PACKAGES)?;
        // The program must be of the same version as the library, to the last digit.
        let bindgen = locked("wasm-bindgen")?;
        Ok(Self {
            worker_build: program("worker-build", "worker-build", WORKER_BUILD, &[])?,
            wasm_bindgen: program("wasm-bindgen-cli", "wasm-bindgen", &bindgen, &["--no-default-features"])?,
            wasm_opt: npm_program("wasm-opt")?,
            esbuild: npm_program("esbuild")?,
        })
    }
}

/// Adds targets of rustup.
pub(crate) fn wasm_targets(targets: &[&str]) -> Result<()> {
    let all = targets.join(" and ");
    let installed = shell::output("rustup", &["target", "list", "--installed"])
        .with_context(|| format!("`rustup` was not found: install Rust's target {all} by other means"))?;
    let is_installed = |target: &&&str| installed.lines().any(|line| line == **target);
    if targets.iter().all(|target| is_installed(&target)) {
        return Ok(());
    }
    shell::run(&mut shell::command("rustup", "", &[&["target", "add"], targets].concat()))
        .with_context(|| format!("rustup could not fetch {all}: is the network there?"))
}

/// Wrangler, installed.
pub(crate) fn wrangler() -> Result<PathBuf> {
    npm::install(PACKAGES)?;
    npm_program("wrangler")
}

fn npm_program(name: &str) -> Result<PathBuf> {
    let path = shell::root().join(PACKAGES).join("node_modules/.bin").join(name);
    if !path.exists() {
        bail!("{name} is not among the npm packages of {PACKAGES}: run `npm ci` there and see why");
    }
    Ok(path)
}

/// A program of crates.io: the one on the PATH if it is of this version, else one in `target/tools`, compiled now if need be.
fn program(package: &str, name: &str, version: &str, options: &[&str]) -> Result<PathBuf> {
    let tools = shell::root().join("target/tools");
    let own = tools.join("bin").join(name);
    if let Some(found) = [PathBuf::from(name), own.clone()].into_iter().find(|path| is_version(path, version))
    {
        return Ok(found);
    }
    eprintln!("Installing {package} {version} (once: two to four minutes)");
    let mut install =
        shell::cargo(&["install", package, "--version", version, "--bin", name, "--quiet", "--force"]);
    install.args(["--debug", "--root"]).arg(&tools).args(options);
    // One folder for all: they share most of what they are made of. They run for seconds, so compiling them must not take minutes.
    install.env("CARGO_TARGET_DIR", tools.join("build"));
    for (name, value) in [("DEBUG", "0"), ("OPT_LEVEL", "0")] {
        install.env(format!("CARGO_PROFILE_DEV_{name}"), value);
    }
    shell::run(&mut install).with_context(|| {
        format!("{package} {version} could not be installed; with `cargo install {package} --version {version}` you see why")
    })?;
    Ok(own)
}

fn is_version(program: &Path, version: &str) -> bool {
    let said = shell::output(&program.to_string_lossy(), &["--version"]);
    said.is_some_and(|said| said.split_whitespace().any(|word| word == version))
}

/// The version of a crate in Cargo.lock.
fn locked(package: &str) -> Result<String> {
    let lock = fs::read_to_string(shell::root().join("Cargo.lock")).context("Cargo.lock can't be read")?;
    version_in(&lock, package).with_context(|| format!("{package} is not in Cargo.lock"))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let (_, entry) = lock.split_once(&format!("\nname = \"{package}\"\n"))?;
    let version = entry.lines().next()?.strip_prefix("version = ")?;
    Some(version.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_the_lock() {
        let lock = "\n[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.1.0\"\n";
        assert_eq!(version_in(lock, "a").as_deref(), Some("2.1.0"));
        assert_eq!(version_in(lock, "c"), None);
    }

    #[test]
    fn a_program_is_of_a_version_or_not() {
        let cargo = Path::new("cargo");
        assert!(!is_version(cargo, "0.0.0") && !is_version(Path::new("no-such-program-here"), "1"));
    }
}
