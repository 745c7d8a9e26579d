//! The commands: one for each method of the port.

use meridian_edge_api::ports::{Ask, Kept};
use meridian_redis::{Arg, Command};
use meridian_shared::{
    event::{Event, Subject},
    gcra::Quota,
    position::Position,
};

use crate::keys;

/// How long the one who loads a value anew has for it, in ms.
const LEASE_MS: i64 = 2_000;
/// How long a change of rights is kept, in ms: longer than a replica may lag.
const CHANGE_KEPT_MS: i64 = 3_600_000;
/// How long anything is remembered at most, in ms: a year.
const LONGEST_MS: u64 = 365 * 86_400_000;

/// Not repeatable: it counts.
pub(crate) fn ask(ask: &Ask, missed: bool) -> Command {
    let mut keys = vec![keys::BORN.to_owned()];
    let (mut period, mut interval) = (Arg::from(""), Arg::from(""));
    if let Some((key, quota)) = &ask.limit {
        keys.push(keys::limit(key));
        let (period_us, interval_us) = micros(*quota);
        (period, interval) = (whole(period_us), whole(interval_us));
    }
    keys.extend(ask.rights.iter().map(keys::right));
    if ask.nodes {
        keys.extend([keys::NODES.to_owned(), keys::NODES_SEEN.to_owned()]);
    }
    if let Some(key) = &ask.recall {
        keys.extend([keys::cache(key), keys::lease(key)]);
    }
    let subjects = whole(ask.rights.len() as u64);
    let recall = flag(ask.recall.is_some());
    let args = [flag(missed), period, interval, subjects, flag(ask.nodes), recall, Arg::Int(LEASE_MS)];
    Command::eval(include_str!("ask.lua"), keys, args)
}

/// Period and interval in µs, as [`Quota::decide`] has them.
fn micros(quota: Quota) -> (u64, u64) {
    let period_us = quota.period_ms * 1000;
    (period_us, period_us / u64::from(quota.burst.max(1)))
}

pub(crate) fn remember(key: &str, value: &str, kept: Kept) -> Command {
    let ms = |ms: u64| whole(ms.min(LONGEST_MS));
    let args = [value.into(), ms(kept.fresh_ms), ms(kept.keep_ms)];
    Command::eval(include_str!("remember.lua"), [keys::cache(key), keys::lease(key)], args).repeatable()
}

pub(crate) fn forget(key: &str) -> Command {
    Command::del([keys::cache(key), keys::lease(key)])
}

pub(crate) fn forget_attempts(key: &str) -> Command {
    Command::del([keys::limit(key)])
}

/// The change first: who hears of the event may ask at once.
pub(crate) fn publish(event: &Event, at: Option<Position>) -> Vec<Command> {
    let message = serde_json::to_string(event).unwrap_or_default();
    // Hearing it twice hurts nobody.
    vec![changed(&event.subject(), at), Command::publish(keys::EVENTS, message).repeatable()]
}

fn changed(subject: &Subject, at: Option<Position>) -> Command {
    let position = at.map_or_else(|| "?".to_owned(), |at| format!("{:020}", at.0));
    let args = [Arg::Text(position), Arg::Int(CHANGE_KEPT_MS)];
    Command::eval(include_str!("changed.lua"), [keys::right(subject)], args).repeatable()
}

fn flag(set: bool) -> Arg {
    Arg::from(if set { "1" } else { "0" })
}

fn whole(number: u64) -> Arg {
    Arg::Int(i64::try_from(number).unwrap_or(i64::MAX))
}
