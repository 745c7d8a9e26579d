//! What the tests need on a machine, installed once when it is missing.

use anyhow::{Result, bail};
use std::{collections::HashMap, path::Path};

use crate::{npm, shell, spin, toolchain, worker};

/// Something a step needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Need {
    /// Rust's WebAssembly targets.
    Wasm,
    /// The built Worker.
    Worker,
    /// The Spin components and the host that runs them in tests.
    Spin,
    /// The packages of web/.
    Web,
    /// The built page.
    Page,
    /// The packages of tests/.
    Tests,
    /// The server's dev build.
    Server,
    /// The `sqlite3` shell, with which tests read the log from outside.
    Sqlite,
    /// Postgres 15 programs, from which tests make private servers.
    Postgres,
    /// PgBouncer, in front of private servers.
    PgBouncer,
    /// The Redis server, from which tests make private ones.
    Redis,
    /// The dev build of the REST gateway in front of Redis.
    Gateway,
    /// Chromium.
    Chromium,
}

/// Remembers what was tried, so that a missing thing is installed, or complained about, once.
#[derive(Default)]
pub(crate) struct Toolbox {
    tried: HashMap<Need, Result<(), String>>,
}

impl Toolbox {
    /// Sees to it that all of this is there.
    pub(crate) fn provide(&mut self, needs: &[Need]) -> Result<()> {
        for need in needs {
            let outcome =
                self.tried.entry(*need).or_insert_with(|| provide(*need).map_err(|e| format!("{e:#}")));
            if let Err(reason) = outcome {
                bail!("{need:?}: {reason}");
            }
        }
        Ok(())
    }
}

fn provide(need: Need) -> Result<()> {
    match need {
        Need::Wasm => toolchain::wasm_targets(&["wasm32-unknown-unknown", "wasm32-wasip1", "wasm32-wasip2"]),
        Need::Worker => worker::bundle(),
        Need::Spin => spin::provide(),
        Need::Web => npm::install("web"),
        Need::Page => npm::build_page(),
        Need::Tests => npm::install("tests"),
        Need::Server => shell::build("meridian-origin", "meridian-origin", false).map(drop),
        Need::Sqlite => program(&["/usr/bin/sqlite3"], "sqlite3"),
        Need::Postgres => program(&["/usr/lib/postgresql/15/bin/initdb"], "postgresql-15"),
        Need::PgBouncer => program(&["/usr/sbin/pgbouncer"], "pgbouncer"),
        Need::Redis => program(&["/usr/bin/redis-server"], "redis-server"),
        Need::Gateway => shell::build("meridian-redis-gateway", "meridian-redis-gateway", false).map(drop),
        Need::Chromium => program(&["/usr/bin/chromium"], "chromium"),
    }
}

/// A program of a Debian package.
fn program(paths: &[&str], package: &str) -> Result<()> {
    if paths.iter().any(|p| Path::new(p).exists()) {
        return Ok(());
    }
    if !rustix::process::getuid().is_root() || shell::output("apt-get", &["--version"]).is_none() {
        bail!(
            "install the package {package} (as root: `apt-get install --yes --no-install-recommends {package}`)"
        );
    }
    let apt = |args: &[&str]| {
        let mut command = shell::command("apt-get", "", args);
        shell::run(command.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update", "--quiet"])?;
    apt(&["install", "--yes", "--quiet", "--no-install-recommends", package])
}
