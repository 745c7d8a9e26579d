//! `docs/configuration.md` names every variable that the program reads, and none that it does not.

use std::{collections::BTreeSet, fs, path::Path};

const SOURCES: [&str; 9] = [
    "database/src/config.rs",
    "edge/api/src/settings.rs",
    "edge/native/src/memory.rs",
    "edge/worker/src/host/isolate.rs",
    "origin/src/config.rs",
    "origin/src/dev.rs",
    "origin/src/edge.rs",
    "origin/src/main.rs",
    "origin/src/serve/config.rs",
];

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(path)).unwrap()
}

/// Upper-case words in quotes, before the tests of the file.
fn variables(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let is_name = |word: &&str| {
        word.len() > 3 && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    code.split('"').filter(is_name).map(str::to_owned).collect()
}

#[test]
fn the_table_and_the_code_name_the_same_variables() {
    let read_by_code: BTreeSet<String> = SOURCES.iter().flat_map(|path| variables(&read(path))).collect();
    let table = read("docs/configuration.md");
    let documented: BTreeSet<String> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(str::to_owned))
        .collect();
    assert!(read_by_code.len() > 15, "{read_by_code:?}");
    assert_eq!(read_by_code, documented);
}
