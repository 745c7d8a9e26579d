//! Checks a JSON object field by field, so that one answer names everything that is wrong.
//!
//! The same tables are published as the schemas of OpenAPI.

use std::collections::BTreeMap;

use meridian_shared::{ids::UserId, problem::FieldError, region::Region};
use serde_json::{Map, Value};

use crate::error::Error;

/// The most wrong fields that one answer lists.
const MAX_ERRORS: usize = 50;

/// A field of a body.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) rule: Rule,
}

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rule {
    /// A name for people: 1 to 100 characters after trimming, none of them a control character.
    Name,
    /// An e-mail address, trimmed.
    Email,
    /// At least 8 characters, at most 1024 bytes (which bounds the work of hashing).
    Password,
    /// A password to compare: 1 to 1024 bytes, whatever the rules for new ones are.
    AnyPassword,
    /// A secret that was given out before: 1 to 512 bytes.
    Secret,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int(i64, i64),
    /// An id: a UUID in its hyphenated form.
    Id,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A region that rooms may live in.
    Region,
}

pub(crate) const fn required(name: &'static str, rule: Rule) -> Field {
    Field { name, required: true, rule }
}

pub(crate) const fn optional(name: &'static str, rule: Rule) -> Field {
    Field { name, required: false, rule }
}

/// The fields of a body that passed: trimmed where their rule says so, absent where they were absent or `null`.
#[derive(Debug, Default)]
pub(crate) struct Fields(BTreeMap<&'static str, Value>);

impl Fields {
    /// Checks `body` against `table`.
    pub(crate) fn check(body: &Value, table: &'static [Field], regions: &[Region]) -> Result<Self, Error> {
        let Value::Object(object) = body else {
            let error = FieldError { field: String::new(), message: "must be a JSON object".into() };
            return Err(Error::Validation(vec![error]));
        };
        let mut fields = Self::default();
        let mut errors = unknown(object, table);
        for field in table {
            match object.get(field.name) {
                None | Some(Value::Null) if !field.required => {}
                None => errors.push(wrong(field.name, "is required")),
                Some(value) => match field.rule.check(value, regions) {
                    Ok(value) => drop(fields.0.insert(field.name, value)),
                    Err(message) => errors.push(wrong(field.name, &message)),
                },
            }
        }
        errors.truncate(MAX_ERRORS);
        if errors.is_empty() { Ok(fields) } else { Err(Error::Validation(errors)) }
    }

    /// A text, if it was given.
    pub(crate) fn text_opt(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A text that the table requires.
    pub(crate) fn text(&self, name: &str) -> Result<&str, Error> {
        self.text_opt(name).ok_or_else(|| Error::Internal(format!("no field {name} in the table")))
    }

    /// A number, if it was given.
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    /// A truth, if it was given.
    pub(crate) fn bool(&self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }
}

/// One wrong field.
pub(crate) fn wrong(field: &str, message: &str) -> FieldError {
    FieldError { field: field.into(), message: message.into() }
}

fn unknown(object: &Map<String, Value>, table: &[Field]) -> Vec<FieldError> {
    let names = object.keys().filter(|name| table.iter().all(|f| f.name != name.as_str()));
    // An unknown name is the caller's text: enough of it to be recognised.
    names
        .map(|name| wrong(&name.chars().take(64).collect::<String>(), "is not a field of this request"))
        .collect()
}

impl Rule {
    fn check(self, value: &Value, regions: &[Region]) -> Result<Value, String> {
        match self {
            Rule::Bool => value.as_bool().map(Value::from).ok_or_else(|| "must be true or false".into()),
            Rule::Int(min, max) => match value.as_i64() {
                Some(n) if (min..=max).contains(&n) => Ok(n.into()),
                _ => Err(format!("must be a whole number from {min} to {max}")),
            },
            _ => self.check_text(value.as_str().ok_or("must be a string")?, regions).map(Value::from),
        }
    }

    fn check_text(self, text: &str, regions: &[Region]) -> Result<String, String> {
        match self {
            Rule::Name => name(text),
            Rule::Email => email(text),
            Rule::Password if text.chars().count() < 8 => Err("must have at least 8 characters".into()),
            Rule::Password if text.len() > 1024 => Err("must have at most 1024 bytes".into()),
            Rule::AnyPassword if text.is_empty() || text.len() > 1024 => {
                Err("must have 1 to 1024 bytes".into())
            }
            Rule::Secret if text.is_empty() || text.len() > 512 => Err("must have 1 to 512 bytes".into()),
            Rule::Id if text.parse::<UserId>().is_err() => Err("must be an id".into()),
            Rule::OneOf(words) if !words.contains(&text) => {
                Err(format!("must be one of: {}", words.join(", ")))
            }
            Rule::Region if regions.iter().all(|r| r.as_str() != text) => {
                let names: Vec<_> = regions.iter().map(Region::as_str).collect();
                Err(format!("must be one of: {}", names.join(", ")))
            }
            _ => Ok(text.to_owned()),
        }
    }
}

fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 100 {
        Err("must have 1 to 100 characters".into())
    } else if text.chars().any(char::is_control) {
        Err("must not contain control characters".into())
    } else {
        Ok(text.to_owned())
    }
}

/// A sanity check, not a proof: only a message that arrives proves an address. Lengths are those of RFC 5321 §4.5.3.1.
fn email(text: &str) -> Result<String, String> {
    let text = text.trim();
    let sane = |local: &str, domain: &str| {
        (1..=64).contains(&local.len())
            && domain.contains('.')
            && domain
                .split('.')
                .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
            && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c))
    };
    match text.rsplit_once('@') {
        Some((local, domain)) if text.len() <= 254 && !local.contains('@') && sane(local, domain) => {
            Ok(text.to_owned())
        }
        _ => Err("must be an e-mail address such as ada@example.com".into()),
    }
}

/// What makes two addresses the same account.
pub(crate) fn email_key(email: &str) -> String {
    email.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TABLE: &[Field] = &[
        required("name", Rule::Name),
        required("email", Rule::Email),
        required("password", Rule::Password),
        optional("uses", Rule::Int(1, 10)),
        optional("open", Rule::Bool),
        optional("role", Rule::OneOf(&["editor", "viewer"])),
        optional("region", Rule::Region),
    ];

    fn check(body: Value) -> Result<Fields, Vec<String>> {
        Fields::check(&body, TABLE, &["local".parse().unwrap()]).map_err(|e| match e {
            Error::Validation(errors) => {
                errors.into_iter().map(|e| format!("{}: {}", e.field, e.message)).collect()
            }
            other => vec![other.to_string()],
        })
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let body = json!({"name": 5, "email": "nobody", "uses": 1.5, "open": "yes", "role": "owner", "region": "mars", "x": 1, "password": "short"});
        let errors = check(body).unwrap_err();
        let names: Vec<_> = errors.iter().map(|e| e.split(':').next().unwrap()).collect();
        assert_eq!(names, ["x", "name", "email", "password", "uses", "open", "role", "region"]);
        assert_eq!(check(json!({})).unwrap_err().len(), 3);
        assert_eq!(check(json!([])).unwrap_err(), [": must be a JSON object"]);
    }

    #[test]
    fn huge_values_and_names_are_not_echoed() {
        let huge = "a".repeat(1_000_000);
        let errors =
            check(json!({"name": huge, huge.as_str(): 1, "email": huge, "password": huge})).unwrap_err();
        assert!(errors.concat().len() < 400, "{}", errors.concat().len());
        let many: Map<String, Value> = (0..5000).map(|i| (format!("f{i}"), json!(1))).collect();
        assert_eq!(check(Value::Object(many)).unwrap_err().len(), MAX_ERRORS);
    }

    #[test]
    fn names_and_addresses_are_trimmed_and_null_counts_as_absent() {
        let ok =
            json!({"name": "  Ada  ", "email": " Ada@Example.com ", "password": "12345678", "uses": null});
        let fields = check(ok).unwrap();
        assert_eq!((fields.text("name").unwrap(), fields.text("email").unwrap()), ("Ada", "Ada@Example.com"));
        assert_eq!(fields.int("uses"), None);
    }

    #[test]
    fn the_edges_of_each_rule() {
        let name = |s: &str| super::name(s).is_ok();
        assert!(name("a") && name(&"ü".repeat(100)) && name("🦀 crab"));
        assert!(!name(" ") && !name(&"ü".repeat(101)) && !name("a\u{7}b") && !name("a\nb"));
        for good in ["a@b.co", "first.last+tag@sub.example.com", "ü@exämple.de"] {
            assert!(email(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        for bad in [
            "",
            "a",
            "a@b",
            "@b.co",
            "a@",
            "a@b..co",
            "a b@c.de",
            "a@b.co,c@d.ef",
            "a@-b.co",
            "a@b@c.de",
            &long,
        ] {
            assert!(email(bad).is_err(), "{bad}");
        }
        let password = |s: &str| Rule::Password.check_text(s, &[]).is_ok();
        assert!(password("12345678") && password("🦀🦀🦀🦀🦀🦀🦀🦀") && password(&"x".repeat(1024)));
        assert!(!password("1234567") && !password(&"x".repeat(1025)));
    }
}
