//! The steps of `cargo xtask test`, from cheap to dear.

use std::process::Command;

use crate::{
    conformance,
    setup::Need,
    shell::{cargo, command, output},
    spin,
};

/// One step: what it needs, and the commands that must all succeed.
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) needs: Vec<Need>,
    pub(crate) commands: Vec<Command>,
}

impl Step {
    fn new(name: &str, needs: &[Need], commands: Vec<Command>) -> Self {
        Self { name: name.to_owned(), needs: needs.to_vec(), commands }
    }
}

/// What the suites need that start several hosts of the API with all that stands beside them.
pub(crate) const HOSTS_AND_PARTS: [Need; 7] =
    [Need::Tests, Need::Server, Need::Postgres, Need::Redis, Need::Gateway, Need::Worker, Need::Spin];

/// All steps. `slow` adds what takes longer than a person waits.
pub(crate) fn all(slow: bool) -> Vec<Step> {
    let mut steps = vec![
        Step::new("format", &[], vec![cargo(&["fmt", "--all", "--check"])]),
        Step::new(
            "clippy",
            &[],
            vec![cargo(&[
                "clippy",
                "--workspace",
                "--exclude",
                spin::HOST,
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ])],
        ),
        Step::new(
            "wasm",
            &[Need::Wasm],
            vec![wasm("wasm32-unknown-unknown"), wasm("wasm32-wasip1"), worker_clippy()],
        ),
        Step::new("docs", &[], vec![docs()]),
        Step::new("rust", &[Need::Postgres, Need::Redis], rust()),
        Step::new("web", &[Need::Web], ["check", "test", "build"].map(|s| npm("web", s)).into()),
        Step::new("self", &[Need::Tests, Need::Sqlite, Need::Postgres], vec![npm("tests", "self")]),
    ];
    let needs = [Need::Tests, Need::Server, Need::Redis, Need::Gateway];
    steps.push(Step::new("redis", &needs, vec![npm("tests", "redis")]));
    let needs = [Need::Tests, Need::Server, Need::Sqlite, Need::Postgres, Need::Redis];
    steps.push(Step::new("serve", &needs, vec![npm("tests", "serve")]));
    for suite in ["api", "rooms", "hostile", "kill"] {
        for engine in ["sqlite", "postgres"] {
            let needs = [Need::Tests, Need::Server, Need::Sqlite, Need::Postgres];
            let mut command = npm("tests", suite);
            command.env("MERIDIAN_TEST_DB", engine).env("MERIDIAN_TEST_SLOW", if slow { "1" } else { "" });
            steps.push(Step::new(&format!("{suite}-{engine}"), &needs, vec![command]));
        }
    }
    let needs = [Need::Tests, Need::Server, Need::Postgres, Need::Redis, Need::PgBouncer];
    steps.push(Step::new("replicas", &needs, vec![npm("tests", "replicas")]));
    steps.push(Step::new("outages", &needs, vec![npm("tests", "outages")]));
    steps.push(Step::new("pgbouncer", &needs, vec![npm("tests", "pgbouncer")]));
    steps.extend(conformance::steps());
    steps.push(Step::new("spin-rust", &[Need::Spin], spin::checks()));
    let needs = [Need::Tests, Need::Spin, Need::Page, Need::Postgres, Need::Redis, Need::Chromium];
    steps.push(Step::new("spin", &needs, vec![npm("tests", "spin")]));
    steps.push(Step::new("edge", &HOSTS_AND_PARTS, vec![npm("tests", "edge")]));
    let needs = [Need::Sqlite, Need::Page, Need::Chromium];
    steps.push(Step::new("browser", &[&HOSTS_AND_PARTS[..], &needs].concat(), vec![npm("tests", "browser")]));
    steps
}

fn npm(folder: &str, script: &str) -> Command {
    command("npm", folder, &["run", "--silent", script])
}

/// The parts that run at the edge compile for both of its hosts.
fn wasm(target: &str) -> Command {
    let mut check = cargo(&["check", "--target", target]);
    for package in ["meridian-shared", "meridian-edge-api", "meridian-redis", "meridian-edge-redis"] {
        check.args(["--package", package]);
    }
    check
}

/// The Worker for its own target: natively its adapters are not there.
fn worker_clippy() -> Command {
    let target = "wasm32-unknown-unknown";
    cargo(&[
        "clippy",
        "--package",
        "meridian-edge-worker",
        "--lib",
        "--target",
        target,
        "--",
        "-D",
        "warnings",
    ])
}

fn docs() -> Command {
    let mut docs =
        cargo(&["doc", "--workspace", "--exclude", spin::HOST, "--no-deps", "--document-private-items"]);
    docs.env("RUSTDOCFLAGS", "-D warnings");
    docs
}

/// nextest where it is installed (parallel, one process a test), plain `cargo test` elsewhere: the same tests.
fn rust() -> Vec<Command> {
    if output("cargo", &["nextest", "--version"]).is_none() {
        return vec![cargo(&["test", "--workspace", "--exclude", spin::HOST, "--no-fail-fast"])];
    }
    let tests = cargo(&[
        "nextest",
        "run",
        "--workspace",
        "--exclude",
        spin::HOST,
        "--no-fail-fast",
        "--hide-progress-bar",
    ]);
    vec![tests, cargo(&["test", "--workspace", "--exclude", spin::HOST, "--doc", "--no-fail-fast"])]
}
