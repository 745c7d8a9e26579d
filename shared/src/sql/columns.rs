//! How many columns a statement returns, read from its text.
//!
//! D1 gives the rows of a batch as objects, keyed by column name: two columns of one name become one, and what follows would be read from the wrong place. So
//! the number of values is held against the number of columns. Statements are constants of the program; the tests of the API run them all.

/// The columns of a `SELECT` or of a `RETURNING` clause; `None` when the statement returns no rows, or with `*`.
pub fn count(sql: &str) -> Option<usize> {
    let words = top_level(sql);
    let first = words.first()?;
    let begin = if first.eq_ignore_ascii_case("select") {
        0
    } else {
        words.iter().position(|w| w.eq_ignore_ascii_case("returning"))?
    };
    let list = &words[begin + 1..];
    let end = list.iter().position(|w| w.eq_ignore_ascii_case("from")).unwrap_or(list.len());
    if list[..end].iter().any(|w| w == "*" || w.ends_with(".*")) {
        return None;
    }
    Some(list[..end].iter().filter(|w| *w == ",").count() + 1)
}

/// Whether the statement returns rows at all.
pub fn returns_rows(sql: &str) -> bool {
    let words = top_level(sql);
    let is = |word: &String, name: &str| word.eq_ignore_ascii_case(name);
    words.first().is_some_and(|w| is(w, "select") || is(w, "with"))
        || words.iter().any(|w| is(w, "returning"))
}

/// Words and commas outside of parentheses and quotes.
fn top_level(sql: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let (mut depth, mut quote) = (0_usize, None);
    for c in sql.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) if depth > 0 => {}
            (None, c) if c == ',' || c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                if c == ',' {
                    words.push(",".into());
                }
            }
            (None, c) => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{count, returns_rows};

    #[test]
    fn reads_and_returning_return_rows() {
        assert!(returns_rows("SELECT 1") && returns_rows("DELETE FROM a RETURNING id"));
        assert!(!returns_rows("DELETE FROM a") && !returns_rows("INSERT INTO a (b) VALUES ('returning')"));
    }

    #[test]
    fn columns_are_the_commas_of_the_list() {
        for (sql, expected) in [
            ("SELECT 1", Some(1)),
            ("SELECT u.name, COALESCE(a, b, 'x, y'), (SELECT c, d FROM e) FROM u, v", Some(3)),
            ("INSERT INTO a (b, c) VALUES (?1, ?2)", None),
            ("UPDATE a SET b = 1, c = 2 WHERE d = 3 RETURNING id, b", Some(2)),
            ("DELETE FROM a", None),
            ("SELECT * FROM a", None),
            ("SELECT a.*, b FROM a", None),
            ("", None),
        ] {
            assert_eq!(count(sql), expected, "{sql}");
        }
    }
}
