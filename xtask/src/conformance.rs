//! `cargo xtask conformance`: the HTTP API's suite (`tests/conformance`) on every host, and whether all of them answer alike.

use anyhow::{Result, bail};
use clap::Args;
use std::process::{Command, ExitCode};

use crate::{
    setup::{Need, Toolbox},
    shell::command,
    steps::Step,
    test,
};

/// Every host of the API, and what its row needs beside the suite. `tests/support/hosts/index.mjs` starts them.
pub(crate) const HOSTS: [(&str, &[Need]); 5] = [
    ("native-sqlite", &[]),
    ("native-postgres", &[Need::Postgres, Need::Redis]),
    ("workerd-postgres", &[Need::Worker, Need::Postgres, Need::Redis, Need::Gateway]),
    ("workerd-d1", &[Need::Worker]),
    ("spin", &[Need::Spin, Need::Page, Need::Postgres, Need::Redis]),
];

/// Options of `cargo xtask conformance`.
#[derive(Args)]
pub(crate) struct Options {
    /// Only this host; may be given several times. All when none is named.
    #[arg(long)]
    host: Vec<String>,
}

/// Runs the rows, all of them even when one fails, prints a line a host, and compares what the hosts answered.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let hosts = chosen(&options.host)?;
    let mut toolbox = Toolbox::default();
    let mut failed = 0;
    for host in &hosts {
        eprintln!("\n== {host}");
        let counts = test::run_step(row(host), &mut toolbox);
        println!("{host}: {} passed, {} failed", counts.passed, counts.failed);
        failed += counts.failed;
    }
    if hosts.len() > 1 {
        eprintln!("\n== the hosts compared");
        failed += test::run_step(comparison(&hosts), &mut toolbox).failed;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chosen(names: &[String]) -> Result<Vec<&'static str>> {
    let known = HOSTS.map(|(host, _)| host);
    if let Some(unknown) = names.iter().find(|n| !known.contains(&n.as_str())) {
        bail!("no host is called {unknown}; there are {}", known.join(", "));
    }
    Ok(known.into_iter().filter(|host| names.is_empty() || names.iter().any(|n| n == host)).collect())
}

/// The suite on every host, and the comparison, as steps of `cargo xtask test`.
pub(crate) fn steps() -> Vec<Step> {
    let hosts = HOSTS.map(|(host, _)| host);
    hosts.into_iter().map(row).chain([comparison(&hosts)]).collect()
}

/// The suite on one host.
fn row(host: &str) -> Step {
    let own = HOSTS.iter().find(|(name, _)| *name == host).map_or(&[][..], |(_, needs)| needs);
    let needs = [&[Need::Tests, Need::Server], own].concat();
    let mut suite = command("npm", "tests", &["run", "--silent", "conformance"]);
    suite.env("MERIDIAN_HOST", host);
    Step { name: format!("conformance-{host}"), needs, commands: vec![suite] }
}

/// Whether these hosts, which have run, answered alike byte by byte.
fn comparison(hosts: &[&str]) -> Step {
    let compare: Command = command("node", "tests", &[&["conformance/compare.mjs"][..], hosts].concat());
    Step { name: "conformance-alike".to_owned(), needs: vec![Need::Tests], commands: vec![compare] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_chosen_by_name_and_unknown_ones_are_named() {
        let names = |wanted: &[&str]| chosen(&wanted.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&[]).unwrap().len(), 5);
        assert_eq!(names(&["spin", "native-sqlite"]).unwrap(), ["native-sqlite", "spin"]);
        assert!(names(&["nginx"]).unwrap_err().to_string().contains("workerd-d1"));
    }

    #[test]
    fn every_host_has_a_step_and_they_are_compared() {
        let names: Vec<_> = steps().into_iter().map(|s| s.name).collect();
        assert_eq!(names.len(), 6);
        assert_eq!(
            (names[0].as_str(), names[5].as_str()),
            ("conformance-native-sqlite", "conformance-alike")
        );
    }
}
