//! Paths of the checkout and commands run in it.

use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The checkout's folder.
pub(crate) fn root() -> PathBuf {
    let xtask = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&xtask).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A command in a folder of the checkout.
pub(crate) fn command(program: &str, folder: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root().join(folder)).args(args);
    command
}

/// Cargo in the checkout, the same one that runs this task.
pub(crate) fn cargo(args: &[&str]) -> Command {
    command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()), "", args)
}

/// Runs a command with its output shown; an error unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let text = describe(command);
    eprintln!("  $ {text}");
    let status = command.status().with_context(|| format!("cannot start `{text}`"))?;
    if !status.success() {
        bail!("`{text}` failed ({status})");
    }
    Ok(())
}

/// What a command printed, or nothing when it can't run or fails.
pub(crate) fn output(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A command as one would type it.
pub(crate) fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let words = command.get_args().map(|a| a.to_string_lossy());
    std::iter::once(program).chain(words).collect::<Vec<_>>().join(" ")
}

/// Builds a package's binary and returns its path.
///
/// The dev profile by default: its dependencies are optimised (see `[profile.dev.package."*"]`), so the server is fast enough to work with, and it shares
/// every compiled crate with the tests. A release build takes several times as long on a small machine and is only worth it for measuring.
pub(crate) fn build(package: &str, binary: &str, release: bool) -> Result<PathBuf> {
    let mut args = vec!["build", "--package", package, "--bin", binary];
    args.extend(release.then_some("--release"));
    run(&mut cargo(&args))?;
    // This program lies in <target folder>/<profile>, wherever the target folder is.
    let here = std::env::current_exe().context("where am I?")?;
    let target = here.parent().and_then(Path::parent).context("not run by cargo")?;
    Ok(target.join(if release { "release" } else { "debug" }).join(binary))
}
