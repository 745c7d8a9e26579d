//! The schema for Spin's SQLite, compiled in. (On Postgres the operator runs `meridian-origin migrate`.)

/// The files of `migrations/`, in their order; a file's version is its place, from 1.
pub(crate) const MIGRATIONS: [&str; 3] = [
    include_str!("../../../migrations/0001_accounts_and_rooms.sql"),
    include_str!("../../../migrations/0002_log.sql"),
    include_str!("../../../migrations/0003_edge.sql"),
];

/// The statements of a file: Spin runs one at a time. Comments go; what is in quotes stays whole.
pub(crate) fn statements(file: &str) -> Vec<String> {
    let (mut all, mut one) = (Vec::new(), String::new());
    let mut quote = None;
    let mut chars = file.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '-') if chars.peek() == Some(&'-') => while chars.next_if(|c| *c != '\n').is_some() {},
            (None, ';') => all.push(std::mem::take(&mut one)),
            (None, '\'' | '"') => {
                quote = Some(c);
                one.push(c);
            }
            (Some(open), c) => {
                // A doubled quote closes and opens again.
                quote = (c != open).then_some(open);
                one.push(c);
            }
            (None, c) => one.push(c),
        }
    }
    all.push(one);
    let trimmed = all.iter().map(|statement| statement.trim());
    trimmed.filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
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
        let file = "-- it's; why\nCREATE TABLE a (\n  b TEXT -- why; so\n);\n\nCREATE INDEX c ON a (b) WHERE b <> '--;''';\n";
        assert_eq!(
            statements(file),
            ["CREATE TABLE a (\n  b TEXT \n)", "CREATE INDEX c ON a (b) WHERE b <> '--;'''"]
        );
        for file in MIGRATIONS {
            for statement in statements(file) {
                assert!(statement.starts_with("CREATE "), "{statement}");
            }
        }
    }
}
