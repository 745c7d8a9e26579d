//! `cargo xtask screenshots`: the pictures of the documentation, from the program as it is.

use anyhow::Result;
use std::process::ExitCode;

use crate::{
    setup::{Need, Toolbox},
    shell,
};

/// Writes docs/images/*.png.
pub(crate) fn run() -> Result<ExitCode> {
    Toolbox::default().provide(&[Need::Tests, Need::Server, Need::Sqlite, Need::Page, Need::Chromium])?;
    shell::run(&mut shell::command("npm", "tests", &["run", "--silent", "screenshots"]))?;
    Ok(ExitCode::SUCCESS)
}
