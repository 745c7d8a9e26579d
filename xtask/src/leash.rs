//! A child that dies with its parent, whatever ends the parent: the kernel sends SIGTERM.
//!
//! Only the child itself can ask for that, between fork and exec, where Rust calls for `unsafe`. So this task is the child first and then becomes the program.

use anyhow::{Result, bail};
use clap::Args;
use std::{
    ffi::OsString,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, ExitCode},
};

/// `leash PARENT PROGRAM ARGS…`
#[derive(Args)]
pub(crate) struct Options {
    /// Process id of the parent.
    parent: i32,
    /// The program and its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    program: Vec<OsString>,
}

/// Becomes the program.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))?;
    // The parent may have died before the line above took effect.
    if rustix::process::getppid().map(|p| p.as_raw_nonzero().get()) != Some(options.parent) {
        bail!("the parent is gone");
    }
    let error = Command::new(&options.program[0]).args(&options.program[1..]).exec();
    bail!("cannot start {}: {error}", options.program[0].to_string_lossy());
}

/// A command for a program on a leash. It gets its own process group: Ctrl-C reaches it through its parent, once.
pub(crate) fn command(program: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("leash").arg(std::process::id().to_string()).arg(program).process_group(0);
    Ok(command)
}
