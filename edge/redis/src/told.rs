//! What the script answered. Whatever it is, it is an answer or not one, never a panic.

use meridian_edge_api::ports::{Ask, Recalled, Told};
use meridian_redis::{RedisError, Reply};
use meridian_shared::{position::Position, region::Node};

/// How long a memory must have lived for its silence about a change to mean that there was none, in µs: replicas may lag, and calls under way may still write.
const TRUSTED_AFTER_US: i64 = 60_000_000;

/// The answers to `ask`.
pub(crate) fn told(ask: &Ask, reply: &Reply) -> Result<Told, RedisError> {
    let wrong = || RedisError::Protocol("the script answered something else".into());
    let [now, before, born, positions, nodes, value, leased] = reply.as_array().ok_or_else(wrong)? else {
        return Err(wrong());
    };
    let now = now.as_int().filter(|now| *now >= 0).ok_or_else(wrong)?;
    let decision = match &ask.limit {
        Some((_, quota)) => {
            let before = before.as_int().and_then(|us| u64::try_from(us).ok()).ok_or_else(wrong)?;
            Some(quota.decide(before, now.unsigned_abs()))
        }
        None => None,
    };
    let lived = born.as_int().is_some_and(|born| now.saturating_sub(born) >= TRUSTED_AFTER_US);
    let changed =
        positions.as_array().filter(|found| lived && found.len() == ask.rights.len()).and_then(newest);
    Ok(Told {
        decision,
        changed: changed.filter(|_| !ask.rights.is_empty()),
        nodes: nodes.as_array().filter(|_| ask.nodes).map(living),
        recalled: value
            .as_text()
            .map(|value| Recalled { value: value.to_owned(), refresh: leased.as_int() == Some(1) }),
    })
}

/// The newest of the positions; nothing noted is the beginning of the log, and something unreadable is not known.
fn newest(positions: &[Reply]) -> Option<Position> {
    let mut newest = Position::default();
    for position in positions {
        match position {
            Reply::Nil => {}
            Reply::Text(digits) if digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit()) => {
                newest = newest.max(Position(digits.parse().ok()?));
            }
            _ => return None,
        }
    }
    Some(newest)
}

/// Nodes that can be read. Another version's are left out.
fn living(nodes: &[Reply]) -> Vec<Node> {
    nodes.iter().filter_map(|node| serde_json::from_str(node.as_text()?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use meridian_shared::gcra::Quota;
    use proptest::prelude::*;

    fn any_reply() -> impl Strategy<Value = Reply> {
        let leaf = prop_oneof![
            Just(Reply::Nil),
            any::<i64>().prop_map(Reply::Int),
            "[0-9?]{0,21}".prop_map(Reply::Text),
            any::<Vec<u8>>().prop_map(Reply::string),
        ];
        leaf.prop_recursive(2, 30, 8, |item| prop::collection::vec(item, 0..8).prop_map(Reply::Array))
    }

    proptest! {
        #[test]
        fn any_answer_is_read_or_refused(
            reply in prop_oneof![any_reply(), prop::collection::vec(any_reply(), 7).prop_map(Reply::Array)],
        ) {
            let limit = Some(("k".to_owned(), Quota { burst: 1, period_ms: 1000 }));
            let ask = Ask { limit, nodes: true, recall: Some("k".into()), ..Ask::default() };
            let _ = told(&ask, &reply);
        }
    }
}
