//! `cargo xtask worker node`: an origin node on this machine for the rooms of `cargo xtask worker dev`.

use anyhow::{Context, Result};
use std::{fs, process::ExitCode};

use crate::{dev, leash, shell};

/// Where `wrangler dev` serves.
const EDGE: &str = "http://127.0.0.1:8787";
/// Where wrangler.toml says that the node is (`[[vars.NODES]]`).
const LISTEN: &str = "127.0.0.1:8788";

/// Runs until it is told to stop. It waits for the Worker, whose keys it needs.
pub(crate) fn run() -> Result<ExitCode> {
    let secrets = fs::read_to_string(shell::root().join(".dev.vars"));
    let secrets = secrets.context(".dev.vars is missing: start `cargo xtask worker dev` first")?;
    let secret = secrets.lines().find_map(|line| line.strip_prefix("NODE_SECRET="));
    let secret = secret.context(".dev.vars has no NODE_SECRET: remove it, and start the Worker again")?;
    let origin = shell::build("meridian-origin", "meridian-origin", false)?;
    let mut command = leash::command(&origin)?;
    let data = shell::root().join(".data/node");
    fs::create_dir_all(&data)?;
    command
        .arg("serve")
        .env("LISTEN", LISTEN)
        .env("NODE_ID", "local")
        .env("REGION", "local")
        .env("NODE_URL", format!("http://{LISTEN}"))
        // Through the Worker, as in production behind one name.
        .env("SYNC_URL", format!("{}/v1/sync", EDGE.replace("http", "ws")))
        .env("EDGE_URL", EDGE)
        .env("JWKS_URL", format!("{EDGE}/.well-known/jwks.json"))
        .env("NODE_SECRET", secret.trim_matches(['\'', '"']))
        .env("ALLOWED_ORIGINS", format!("{EDGE},{}", EDGE.replace("127.0.0.1", "localhost")))
        .env("DATA_DIR", &data);
    dev::attend(&mut command)
}
