//! Rights that ended or changed, as the edge writes them down with the change and origin nodes read them (`revocations`).

use serde::{Deserialize, Serialize};

use crate::{
    database::{DbError, Row, Statement},
    event::Event,
    ids::{RoomId, SessionId, UserId},
    time::Millis,
};

/// The most rows that one read brings.
pub const AT_MOST: usize = 5000;
/// How long a row is kept: far longer than any node may be behind.
pub const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
/// The most rows that one statement deletes, so that it holds no lock for long.
pub const FORGOTTEN_AT_ONCE: u64 = 1000;

/// A row: a right that ended or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Its name, unlike any other's.
    pub id: String,
    /// When, by the clock of the edge that wrote it.
    pub at: Millis,
    /// The sign-in that ended.
    pub session: Option<SessionId>,
    /// With a room: whose membership changed. Alone: who was erased.
    pub user: Option<UserId>,
    /// Alone: the room that changed or was deleted.
    pub room: Option<RoomId>,
}

impl Revocation {
    /// The first rows after a time, the oldest first, at most [`AT_MOST`].
    pub fn since(after: Millis) -> Statement {
        let find = Statement::new(
            "SELECT id, at, session_id, user_id, room_id FROM revocations WHERE at > $1 ORDER BY at, id LIMIT 5000",
        );
        find.bind(after)
    }

    /// A row that [`Revocation::since`] found.
    pub fn found(row: &Row) -> Result<Self, DbError> {
        let given = |i| row.text_opt(i).map(|text| text.is_some());
        Ok(Self {
            id: row.text(0)?.to_owned(),
            at: Millis(row.int(1)?),
            session: given(2)?.then(|| row.parse(2)).transpose()?,
            user: given(3)?.then(|| row.parse(3)).transpose()?,
            room: given(4)?.then(|| row.parse(4)).transpose()?,
        })
    }

    /// Deletes some of the rows before a time, at most [`FORGOTTEN_AT_ONCE`].
    pub fn forget(before: Millis) -> Statement {
        let delete = Statement::new(
            "DELETE FROM revocations WHERE id IN (SELECT id FROM revocations WHERE at < $1 ORDER BY at LIMIT 1000)",
        );
        delete.bind(before)
    }

    /// What happened. A room alone changed or was deleted: who asks is told which.
    pub fn event(&self) -> Option<Event> {
        match (self.session, self.user, self.room) {
            (Some(session), ..) => Some(Event::SessionEnded { session }),
            (None, Some(user), Some(room)) => Some(Event::MemberChanged { room, user }),
            (None, Some(user), None) => Some(Event::UserErased { user }),
            (None, None, Some(room)) => Some(Event::RoomChanged { room }),
            (None, None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statements_hold_the_bounds_that_are_named() {
        assert!(Revocation::since(Millis(0)).sql.ends_with(&format!("LIMIT {AT_MOST}")));
        assert!(Revocation::forget(Millis(0)).sql.ends_with(&format!("LIMIT {FORGOTTEN_AT_ONCE})")));
    }

    #[test]
    fn columns_tell_what_happened() {
        let (session, user, room) = (
            SessionId::new(Millis(1), [1; 10]),
            UserId::new(Millis(2), [2; 10]),
            RoomId::new(Millis(3), [3; 10]),
        );
        let row = |session: Option<SessionId>, user: Option<UserId>, room: Option<RoomId>| {
            let row = Row(vec!["a".into(), 5.into(), session.into(), user.into(), room.into()]);
            Revocation::found(&row).unwrap().event()
        };
        assert_eq!(row(Some(session), None, None), Some(Event::SessionEnded { session }));
        assert_eq!(row(None, Some(user), Some(room)), Some(Event::MemberChanged { room, user }));
        assert_eq!(row(None, Some(user), None), Some(Event::UserErased { user }));
        assert_eq!(row(None, None, Some(room)), Some(Event::RoomChanged { room }));
        assert_eq!(row(None, None, None), None);
    }
}
