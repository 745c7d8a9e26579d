//! `cargo xtask worker`: the Cloudflare Worker, from sources to a running edge.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::{Command, ExitCode},
};

use crate::{
    dev, keys, leash, node, npm, shell,
    toolchain::{self, Toolchain},
};

/// The crate of the Worker.
const CRATE: &str = "edge/worker";
/// What Cloudflare's free plan takes, gzip; and what we want.
const MOST: u64 = 3 * 1024 * 1024;
const GOAL: u64 = 1024 * 1024;

/// Options of `cargo xtask worker`.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the Worker and the page. Wrangler runs this by itself (`[build]` in wrangler.toml).
    Build(Build),
    /// Run the Worker on this machine, with a database and keys of its own.
    Dev(Passed),
    /// Run an origin node beside `dev`, for its rooms.
    Node,
    /// Run wrangler with anything: `cargo xtask worker wrangler secret put SIGNING_KEYS`.
    Wrangler(Passed),
}

#[derive(Args)]
struct Build {
    /// Without the page and what `wrangler dev` needs: for tests.
    #[arg(long)]
    bundle_only: bool,
}

#[derive(Args)]
struct Passed {
    /// Options of wrangler.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

/// Does the task.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    match &options.task {
        Task::Build(options) => {
            bundle()?;
            if !options.bundle_only {
                surroundings()?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Task::Node => node::run(),
        Task::Dev(passed) => wrangler(&["dev"], &passed.options),
        Task::Wrangler(passed) => wrangler(&[], &passed.options),
    }
}

/// Compiles the Worker into `edge/worker/build`.
pub(crate) fn bundle() -> Result<()> {
    let tools = Toolchain::provide()?;
    let mut build = Command::new(&tools.worker_build);
    build.current_dir(shell::root().join(CRATE)).args(["--profile", "edge"]);
    build
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
        .env("WASM_OPT_BIN", &tools.wasm_opt)
        .env("ESBUILD_BIN", &tools.esbuild);
    shell::run(&mut build)?;
    let folder = shell::root().join(CRATE);
    let built = folder.join("build");
    fs::copy(folder.join("js/entry.mjs"), built.join("entry.mjs")).context("js/entry.mjs can't be copied")?;
    weigh(&built)
}

/// Says how large the Worker is as Cloudflare counts it.
fn weigh(built: &Path) -> Result<()> {
    let script = "const {gzipSync}=require('zlib'),{readFileSync}=require('fs');\
        console.log(process.argv.slice(1).reduce((sum,file)=>sum+gzipSync(readFileSync(file)).length,0))";
    let files = ["index_bg.wasm", "index.js", "entry.mjs"].map(|name| built.join(name).display().to_string());
    let args: Vec<&str> = ["-e", script].into_iter().chain(files.iter().map(String::as_str)).collect();
    let size = shell::output("node", &args).and_then(|text| text.parse::<u64>().ok());
    let size = size.context("the built Worker can't be weighed")?;
    eprintln!("The Worker has {} KiB (gzip)", size / 1024);
    if size > MOST {
        bail!("the Worker must not have more than {} KiB", MOST / 1024);
    }
    if size > GOAL {
        eprintln!("warning: that is more than the goal of {} KiB", GOAL / 1024);
    }
    Ok(())
}

/// The page; for `wrangler dev`, keys and the schema of the local database.
fn surroundings() -> Result<()> {
    npm::build_page()?;
    // Wrangler says what it builds for. Without it somebody builds by hand, as likely for one as for the other.
    if std::env::var("WRANGLER_COMMAND").is_ok_and(|command| command != "dev") {
        return Ok(());
    }
    dev_secrets()?;
    let configuration = fs::read_to_string(shell::root().join("wrangler.toml")).unwrap_or_default();
    if configuration.lines().any(|line| line.trim() == r#"binding = "DB""#) {
        let mut migrate = Command::new(toolchain::wrangler()?);
        migrate.current_dir(shell::root()).args(["d1", "migrations", "apply", "DB", "--local"]);
        // It asks nothing then.
        shell::run(migrate.env("CI", "1"))?;
    }
    Ok(())
}

/// `.dev.vars`, from which `wrangler dev` takes secrets: made once, for its owner only.
fn dev_secrets() -> Result<()> {
    let path = shell::root().join(".dev.vars");
    if path.exists() {
        return Ok(());
    }
    let text = format!("SIGNING_KEYS='{}'\nNODE_SECRET={}\n", keys::signing_keys()?, keys::secret()?);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    eprintln!("Made .dev.vars with secrets for `wrangler dev`");
    Ok(())
}

/// Becomes wrangler, in effect.
fn wrangler(task: &[&str], options: &[String]) -> Result<ExitCode> {
    let mut command = leash::command(&toolchain::wrangler()?)?;
    dev::attend(command.current_dir(shell::root()).args(task).args(options))
}
