//! The schema for Spin's SQLite, compiled in. (On Postgres the operator runs `meridian-origin migrate`.)

/// The files of `migrations/`, in their order; a file's version is its place, from 1.
pub(crate) const MIGRATIONS: [&str; 3] = [
    include_str!("../../../migrations/0001_accounts_and_rooms.sql"),
    include_str!("../../../migrations/0002_log.sql"),
    include_str!("../../../migrations/0003_edge.sql"),
];

/// The statements of a file: Spin runs one at a time.
pub(crate) fn statements(file: &str) -> Vec<String> {
    let without_comments = file.lines().map(|line| line.split("--").next().unwrap_or_default());
    let text = without_comments.collect::<Vec<_>>().join("\n");
    text.split(';').map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_is_compiled_in() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        let files: Vec<_> = names.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
        assert_eq!(files, MIGRATIONS);
    }

    #[test]
    fn a_file_is_cut_into_statements() {
        let file = "-- a; comment\nCREATE TABLE a (\n  b TEXT -- why; so\n);\n\nCREATE INDEX c ON a (b);\n";
        assert_eq!(statements(file), ["CREATE TABLE a (\n  b TEXT \n)", "CREATE INDEX c ON a (b)"]);
        for file in MIGRATIONS {
            assert!(!file.contains('\''), "texts in quotes may hold what cuts");
            for statement in statements(file) {
                assert!(statement.starts_with("CREATE "), "{statement}");
            }
        }
    }
}
