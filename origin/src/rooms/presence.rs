//! Who is where in a room: awareness states, stamped by the server and owned by connections (PRES-1 to PRES-7).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use meridian_shared::{
    ids::UserId,
    protocol::{
        awareness::{self, Entry},
        lib0::Malformed,
        message,
    },
    role::Role,
};
use serde_json::{Map, Value};

use super::ConnectionId;

/// How many clients that left are remembered, so that a repeated old state does not bring them back.
const REMEMBERED: usize = 1024;

/// Who stands behind a connection.
pub(super) struct Owner<'a> {
    /// The connection.
    pub connection: ConnectionId,
    /// Its account.
    pub user: UserId,
    /// The name that others see.
    pub name: &'a str,
    /// Its role.
    pub role: Role,
}

/// What became of an awareness message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accepted {
    /// Others are to see it.
    Changed,
    /// Nothing to tell anyone.
    Ignored,
}

struct State {
    owner: ConnectionId,
    user: UserId,
    /// The clock of the client's own last message: older ones are repeats.
    received: u64,
    /// The clock that others see.
    clock: u64,
    /// Stamped JSON.
    json: String,
}

struct Departed {
    user: UserId,
    clock: u64,
}

/// The awareness of a room. Owned by the room's task.
#[derive(Default)]
pub(super) struct Presence {
    states: BTreeMap<u64, State>,
    /// Which client a connection owns (PRES-1).
    owned: BTreeMap<ConnectionId, u64>,
    departed: BTreeMap<u64, Departed>,
    departed_order: VecDeque<u64>,
    dirty: BTreeSet<u64>,
}

impl Presence {
    /// Takes the entries of one message of a connection.
    pub(super) fn accept(&mut self, owner: &Owner<'_>, entries: &[Entry<'_>]) -> Result<Accepted, Malformed> {
        let mut changed = Accepted::Ignored;
        for entry in entries {
            if self.claims(owner, entry) && self.take(owner, entry)? {
                self.dirty.insert(entry.client);
                changed = Accepted::Changed;
            }
        }
        Ok(changed)
    }

    /// Whether the entry is about the connection itself. Stock clients repeat what they hear of others; that is dropped.
    fn claims(&mut self, owner: &Owner<'_>, entry: &Entry<'_>) -> bool {
        if let Some(&own) = self.owned.get(&owner.connection) {
            return own == entry.client;
        }
        if entry.is_gone() {
            return false;
        }
        let holder = self.states.get(&entry.client).map(|state| state.user);
        let last = self.departed.get(&entry.client).map(|departed| departed.user);
        if holder.or(last).is_some_and(|user| user != owner.user) {
            return false;
        }
        self.owned.insert(owner.connection, entry.client);
        true
    }

    /// Stores the state. False when it is a repeat.
    fn take(&mut self, owner: &Owner<'_>, entry: &Entry<'_>) -> Result<bool, Malformed> {
        let previous = self.states.get(&entry.client);
        let same_connection = previous.is_some_and(|state| state.owner == owner.connection);
        if same_connection && previous.is_some_and(|state| entry.clock < state.received) {
            return Ok(false);
        }
        let before = previous.map(|state| state.clock).or(self.departed.get(&entry.client).map(|d| d.clock));
        // The clock grows for the others even when a client begins again at 0 (PRES-3).
        let clock = before.map_or(entry.clock, |before| entry.clock.max(before + 1));
        if entry.is_gone() {
            let known = self.states.remove(&entry.client).is_some();
            self.remember(entry.client, owner.user, clock);
            return Ok(known);
        }
        let json = stamp(owner, entry.state)?;
        let state = State { owner: owner.connection, user: owner.user, received: entry.clock, clock, json };
        self.states.insert(entry.client, state);
        self.forget(entry.client);
        Ok(true)
    }

    /// Ends the presence of a connection, unless another took its client over (PRES-4).
    pub(super) fn leave(&mut self, connection: ConnectionId) -> Accepted {
        let Some(client) = self.owned.remove(&connection) else { return Accepted::Ignored };
        match self.states.get(&client) {
            Some(state) if state.owner == connection => {
                let (user, clock) = (state.user, state.clock + 1);
                self.states.remove(&client);
                self.remember(client, user, clock);
                self.dirty.insert(client);
                Accepted::Changed
            }
            _ => Accepted::Ignored,
        }
    }

    /// One message with what changed since the last call, or nothing.
    pub(super) fn changes(&mut self) -> Option<Bytes> {
        let dirty = std::mem::take(&mut self.dirty);
        if dirty.is_empty() {
            return None;
        }
        let entries: Vec<Entry<'_>> = dirty.into_iter().filter_map(|client| self.entry(client)).collect();
        Some(message::awareness(&awareness::encode(entries.into_iter())))
    }

    /// One message with everyone.
    pub(super) fn everyone(&self) -> Option<Bytes> {
        if self.states.is_empty() {
            return None;
        }
        let entries: Vec<Entry<'_>> = self.states.keys().filter_map(|&client| self.entry(client)).collect();
        Some(message::awareness(&awareness::encode(entries.into_iter())))
    }

    fn entry(&self, client: u64) -> Option<Entry<'_>> {
        match self.states.get(&client) {
            Some(state) => Some(Entry { client, clock: state.clock, state: &state.json }),
            None => self.departed.get(&client).map(|gone| Entry { client, clock: gone.clock, state: "null" }),
        }
    }

    fn remember(&mut self, client: u64, user: UserId, clock: u64) {
        if self.departed.insert(client, Departed { user, clock }).is_none() {
            self.departed_order.push_back(client);
        }
        while self.departed_order.len() > REMEMBERED {
            if let Some(oldest) = self.departed_order.pop_front() {
                self.departed.remove(&oldest);
            }
        }
    }

    fn forget(&mut self, client: u64) {
        if self.departed.remove(&client).is_some() {
            self.departed_order.retain(|&other| other != client);
        }
    }
}

/// Puts the ticket's person into a state (PRES-2).
fn stamp(owner: &Owner<'_>, state: &str) -> Result<String, Malformed> {
    let mut state: Map<String, Value> =
        serde_json::from_str(state).map_err(|_| Malformed("an awareness state is not a JSON object"))?;
    let user = state.entry("user").or_insert_with(|| Value::Object(Map::new()));
    if !user.is_object() {
        *user = Value::Object(Map::new());
    }
    if let Value::Object(user) = user {
        user.insert("id".into(), owner.user.to_string().into());
        user.insert("name".into(), owner.name.into());
        user.insert("role".into(), owner.role.as_str().into());
    }
    Ok(Value::Object(state).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use meridian_shared::time::Millis;

    fn user(n: u8) -> UserId {
        UserId::new(Millis(0), [n; 10])
    }

    fn owner(connection: u64, user: UserId) -> Owner<'static> {
        Owner { connection: ConnectionId(connection), user, name: "Ada", role: Role::Editor }
    }

    fn entry(client: u64, clock: u64, state: &str) -> Entry<'_> {
        Entry { client, clock, state }
    }

    fn seen(presence: &mut Presence) -> Vec<(u64, u64, String)> {
        let Some(frame) = presence.changes() else { return vec![] };
        let mut reader = meridian_shared::protocol::lib0::Reader::new(&frame[1..]);
        let entries = Entry::decode_all(reader.var_bytes().unwrap()).unwrap();
        entries.iter().map(|e| (e.client, e.clock, e.state.to_owned())).collect()
    }

    #[test]
    fn pres_1_a_connection_owns_the_first_client_it_sends() {
        let mut presence = Presence::default();
        presence.accept(&owner(1, user(1)), &[entry(7, 1, "{}"), entry(8, 1, "{}")]).unwrap();
        assert_eq!(seen(&mut presence).iter().map(|e| e.0).collect::<Vec<_>>(), [7]);
        assert_eq!(
            presence.accept(&owner(2, user(2)), &[entry(7, 9, "{}")]),
            Ok(Accepted::Ignored),
            "another's"
        );
        assert_eq!(
            presence.accept(&owner(2, user(2)), &[entry(7, 9, "null")]),
            Ok(Accepted::Ignored),
            "another's end"
        );
    }

    #[test]
    fn pres_2_the_person_is_the_tickets() {
        let mut presence = Presence::default();
        let state = r##"{"user":{"name":"Eve","id":"x","color":"#fff"},"cursor":{"x":1}}"##;
        presence.accept(&owner(1, user(1)), &[entry(7, 1, state)]).unwrap();
        let stamped: Value = serde_json::from_str(&seen(&mut presence)[0].2).unwrap();
        assert_eq!(stamped["user"]["name"], "Ada");
        assert_eq!(stamped["user"]["id"], user(1).to_string());
        assert_eq!(stamped["user"]["color"], "#fff");
        assert_eq!(stamped["cursor"]["x"], 1);
        assert!(presence.accept(&owner(1, user(1)), &[entry(7, 2, "[1]")]).is_err(), "PRES-6");
    }

    #[test]
    fn pres_3_and_4_leaving_ends_it_and_coming_back_is_seen_at_once() {
        let mut presence = Presence::default();
        presence.accept(&owner(1, user(1)), &[entry(7, 5, "{}")]).unwrap();
        let first = seen(&mut presence)[0].1;
        assert_eq!(presence.leave(ConnectionId(1)), Accepted::Changed);
        let gone = seen(&mut presence);
        assert_eq!((gone[0].2.as_str(), gone[0].1 > first), ("null", true));
        assert_eq!(
            presence.accept(&owner(2, user(2)), &[entry(7, 5, "{}")]),
            Ok(Accepted::Ignored),
            "a repeated old state"
        );
        presence.accept(&owner(3, user(1)), &[entry(7, 5, "{}")]).unwrap();
        assert!(seen(&mut presence)[0].1 > gone[0].1);
    }

    #[test]
    fn pres_4_the_late_end_of_an_old_connection_does_not_end_the_new_one() {
        let mut presence = Presence::default();
        presence.accept(&owner(1, user(1)), &[entry(7, 5, "{}")]).unwrap();
        presence.accept(&owner(2, user(1)), &[entry(7, 5, "{}")]).unwrap();
        assert_eq!(presence.leave(ConnectionId(1)), Accepted::Ignored);
        assert!(presence.everyone().is_some());
    }
}
