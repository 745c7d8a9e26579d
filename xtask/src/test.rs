//! `cargo xtask test`: everything that must pass, and one line that says whether it did.

use anyhow::{Context, Result, bail};
use clap::Args;
use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    counts::{self, Counts},
    setup::Toolbox,
    shell,
    steps::{self, Step},
};

/// Options of `cargo xtask test`.
#[derive(Args)]
pub(crate) struct Options {
    /// Also what takes longer: 50 kills, 35 s of silence, minutes of random frames.
    #[arg(long)]
    slow: bool,
    /// Only these steps: `rooms-sqlite`, or `rooms` for both engines. All when none is named.
    names: Vec<String>,
}

/// Runs the steps, all of them even when one fails, and sums up.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let steps = chosen(steps::all(options.slow), &options.names)?;
    let (mut toolbox, mut total, mut table) = (Toolbox::default(), Counts::default(), Vec::new());
    let number = steps.len();
    for (index, step) in steps.into_iter().enumerate() {
        eprintln!("\n== {} ({} of {number})", step.name, index + 1);
        let begin = Instant::now();
        let name = step.name.clone();
        let counts = run_step(step, &mut toolbox);
        table.push(format!("{name:<28} {}", summary(counts, begin.elapsed())));
        eprintln!("== {name}: {}", summary(counts, begin.elapsed()));
        total += counts;
    }
    println!("\n{}\n\n{} passed, {} failed", table.join("\n"), total.passed, total.failed);
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chosen(all: Vec<Step>, names: &[String]) -> Result<Vec<Step>> {
    let is = |step: &Step, name: &String| step.name == *name || step.name.starts_with(&format!("{name}-"));
    if let Some(unknown) = names.iter().find(|n| !all.iter().any(|s| is(s, n))) {
        let known: Vec<_> = all.iter().map(|s| s.name.as_str()).collect();
        bail!("no step is called {unknown}; there are {}", known.join(", "));
    }
    Ok(all.into_iter().filter(|s| names.is_empty() || names.iter().any(|n| is(s, n))).collect())
}

fn summary(counts: Counts, time: Duration) -> String {
    format!("{:>5} passed {:>3} failed {:>6.1} s", counts.passed, counts.failed, time.as_secs_f32())
}

/// A step that can't run has failed.
pub(crate) fn run_step(step: Step, toolbox: &mut Toolbox) -> Counts {
    let mut sum = Counts::default();
    if let Err(error) = toolbox.provide(&step.needs) {
        eprintln!("error: {error:#}");
        return Counts { passed: 0, failed: 1 };
    }
    for mut command in step.commands {
        sum += run_command(&mut command).unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Counts { passed: 0, failed: 1 }
        });
    }
    sum
}

/// The tests that a command counted; a command that counts none is one check.
fn run_command(command: &mut Command) -> Result<Counts> {
    let text = shell::describe(command);
    eprintln!("  $ {text}");
    let begin = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = begin.with_context(|| format!("cannot start `{text}`"))?;
    let errors = thread::spawn({
        let stderr = child.stderr.take().context("no stderr")?;
        move || relay(stderr)
    });
    let mut counts = relay(child.stdout.take().context("no stdout")?);
    counts += errors.join().unwrap_or_default();
    let status = child.wait()?;
    if !status.success() && counts.failed == 0 {
        eprintln!("error: `{text}` failed ({status})");
        counts.failed = 1;
    } else if status.success() && counts == Counts::default() {
        counts.passed = 1;
    }
    Ok(counts)
}

/// Shows what a runner prints, line by line, and adds up its counts.
fn relay(from: impl Read) -> Counts {
    let mut counts = Counts::default();
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        eprintln!("{line}");
        counts += counts::of_line(&line);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", text]);
        command
    }

    #[test]
    fn a_command_counts_its_tests_or_itself() {
        let counts = |text: &str| run_command(&mut script(text)).unwrap();
        assert_eq!(counts("true"), Counts { passed: 1, failed: 0 });
        assert_eq!(counts("exit 3"), Counts { passed: 0, failed: 1 });
        assert_eq!(counts("echo 'ℹ pass 4'; echo 'ℹ fail 2'; exit 1"), Counts { passed: 4, failed: 2 });
        assert_eq!(counts("echo 'ℹ pass 4'; exit 1"), Counts { passed: 4, failed: 1 });
        assert_eq!(
            counts("echo 'test result: ok. 3 passed; 0 failed;' >&2"),
            Counts { passed: 3, failed: 0 }
        );
    }

    #[test]
    fn a_step_runs_on_after_a_failure_and_a_missing_program_is_one() {
        let commands = vec![script("exit 1"), Command::new("no-such-program-here"), script("true")];
        let step = Step { name: "x".into(), needs: vec![], commands };
        assert_eq!(run_step(step, &mut Toolbox::default()), Counts { passed: 1, failed: 2 });
    }

    #[test]
    fn steps_are_chosen_by_name_or_family() {
        let names = |wanted: &[&str]| {
            let wanted: Vec<String> = wanted.iter().map(|s| (*s).to_owned()).collect();
            chosen(steps::all(false), &wanted).map(|s| s.into_iter().map(|s| s.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&["rooms", "format"]).unwrap(), ["format", "rooms-sqlite", "rooms-postgres"]);
        assert_eq!(names(&["kill-sqlite"]).unwrap(), ["kill-sqlite"]);
        assert!(names(&["room"]).is_err());
    }
}
