//! `$1` to `?1`: what Postgres and the program's statements write, and what SQLite numbers. To SQLite a `$1` is a name, whose number is where it stands first.

/// The statement with numbered placeholders. Text in quotes stays as it is.
pub fn numbered(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut quote = None;
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '$') if chars.peek().is_some_and(char::is_ascii_digit) => out.push('?'),
            (None, '\'' | '"') => {
                quote = Some(c);
                out.push(c);
            }
            // A doubled quote closes and opens again.
            (Some(open), c) if c == open => {
                quote = None;
                out.push(c);
            }
            (_, c) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn placeholders_change_and_nothing_else_does() {
        for (sql, expected) in [
            ("SELECT 1", "SELECT 1"),
            ("VALUES ($1, $2, $2, $10)", "VALUES (?1, ?2, ?2, ?10)"),
            ("SELECT '$1', 'it''s $2', \"a$3\", $4", "SELECT '$1', 'it''s $2', \"a$3\", ?4"),
            ("SELECT a$b, $ FROM é WHERE x = $1", "SELECT a$b, $ FROM é WHERE x = ?1"),
        ] {
            assert_eq!(numbered(sql), expected);
        }
    }
}
