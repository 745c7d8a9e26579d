//! How many tests passed and failed, read from what the runners print.

use std::ops::AddAssign;

/// Tests that passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The counts in one line of a runner's output: cargo test, nextest, node --test or vitest.
pub(crate) fn of_line(line: &str) -> Counts {
    let line = without_colours(line);
    let line = line.trim();
    if line.starts_with("test result:") || line.starts_with("Summary [") || line.starts_with("Tests  ") {
        let number = |word: &str| number_before(line, word);
        let failed = number("failed") + number("timed out") + number("exec failed");
        return Counts { passed: number("passed"), failed };
    }
    let Some(rest) = line.strip_prefix("ℹ ") else { return Counts::default() };
    match rest.split_once(' ').and_then(|(key, n)| Some((key, n.parse::<u64>().ok()?))) {
        Some(("pass", passed)) => Counts { passed, failed: 0 },
        // A test that was cancelled or skipped has not shown anything.
        Some(("fail" | "cancelled" | "skipped", failed)) => Counts { passed: 0, failed },
        _ => Counts::default(),
    }
}

/// The number that stands before a word: 3 in "3 passed".
fn number_before(line: &str, word: &str) -> u64 {
    let words: Vec<&str> = line.split([' ', ',', ';', '|', '.']).filter(|w| !w.is_empty()).collect();
    let wanted: Vec<&str> = word.split(' ').collect();
    words
        .windows(wanted.len() + 1)
        .find(|w| w[1..] == wanted[..])
        .and_then(|w| w[0].parse().ok())
        .unwrap_or(0)
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runners_summary_is_understood() {
        for (line, passed, failed) in [
            (
                "test result: FAILED. 5 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
                5,
                1,
            ),
            ("     Summary [   0.021s] 12 tests run: 11 passed, 1 failed, 2 skipped", 11, 1),
            (
                "     Summary [   9.001s] 3 tests run: 1 passed (1 slow), 1 failed, 1 timed out, 0 skipped",
                1,
                2,
            ),
            ("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m12 passed\u{1b}[39m\u{1b}[22m (12)", 12, 0),
            ("      Tests  1 failed | 11 passed (12)", 11, 1),
            ("ℹ pass 7", 7, 0),
            ("ℹ fail 2", 0, 2),
            ("ℹ cancelled 1", 0, 1),
            ("ℹ skipped 1", 0, 1),
            ("ℹ tests 7", 0, 0),
            (" Test Files  2 passed (2)", 0, 0),
            ("a line that says 3 passed, 4 failed", 0, 0),
        ] {
            assert_eq!(of_line(line), Counts { passed, failed }, "{line}");
        }
    }
}
