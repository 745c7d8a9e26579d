//! Lists in pages: `?limit=` and an opaque `?cursor=`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{Call, fields::wrong};
use crate::error::Error;

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 100;

/// Which part of a list is asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct Page<Id> {
    /// How many at most, 1 to 100.
    pub(crate) limit: i64,
    /// The last item of the page before.
    pub(crate) after: Option<Id>,
}

impl<Id: std::str::FromStr + std::fmt::Display> Page<Id> {
    /// From the query. Every wrong parameter is named.
    pub(crate) fn of(call: &Call) -> Result<Self, Error> {
        Self::parse(call.parts.uri.query().unwrap_or_default())
    }

    fn parse(query: &str) -> Result<Self, Error> {
        let mut page = Self { limit: DEFAULT_LIMIT, after: None };
        let mut errors = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "limit" => match value.parse() {
                    Ok(limit) if (1..=MAX_LIMIT).contains(&limit) => page.limit = limit,
                    _ => errors.push(wrong("query.limit", "must be a whole number from 1 to 100")),
                },
                "cursor" => match decode(&value) {
                    Some(id) => page.after = Some(id),
                    None => errors.push(wrong("query.cursor", "must be the next_cursor of an earlier page")),
                },
                _ => {}
            }
        }
        if errors.is_empty() { Ok(page) } else { Err(Error::Validation(errors)) }
    }

    /// How many rows to fetch: one more than fit, to know whether there is a next page.
    pub(crate) fn fetch(&self) -> i64 {
        self.limit + 1
    }

    /// The page as JSON, of items in order with their ids.
    pub(crate) fn body(&self, mut items: Vec<(Id, Value)>) -> Value {
        let more = items.len() as i64 > self.limit;
        items.truncate(self.limit as usize);
        let next = items.last().filter(|_| more).map(|(id, _)| URL_SAFE_NO_PAD.encode(id.to_string()));
        let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
        json!({"items": items, "next_cursor": next})
    }
}

fn decode<Id: std::str::FromStr>(cursor: &str) -> Option<Id> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    std::str::from_utf8(&bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use meridian_shared::{ids::RoomId, time::Millis};

    #[test]
    fn a_cursor_leads_to_the_next_page() {
        let ids: Vec<_> = (0..3).map(|i| RoomId::new(Millis(i), [0; 10])).collect();
        let page = Page::<RoomId>::parse("limit=2").unwrap();
        let body = page.body(ids.iter().map(|id| (*id, json!(id.to_string()))).collect());
        assert_eq!(body["items"].as_array().unwrap().len(), 2);
        let cursor = body["next_cursor"].as_str().unwrap();
        assert_eq!(
            Page::parse(&format!("cursor={cursor}&limit=2")),
            Ok(Page { limit: 2, after: Some(ids[1]) })
        );
        assert_eq!(page.body(vec![(ids[0], json!(1))])["next_cursor"], Value::Null);
    }

    #[test]
    fn wrong_parameters_are_named() {
        for bad in
            ["limit=0", "limit=101", "limit=x", "limit=", "cursor=", "cursor=%00", "cursor=bm90LWFuLWlk"]
        {
            assert!(Page::<RoomId>::parse(bad).is_err(), "{bad}");
        }
        let Err(Error::Validation(errors)) = Page::<RoomId>::parse("limit=0&cursor=x") else {
            panic!("passes")
        };
        assert_eq!(errors.len(), 2);
    }
}
