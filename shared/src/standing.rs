//! What a person is to a room now: the question behind every connection.
//!
//! An origin node asks the database, or the edge where only that reaches the database. The statement and its meaning are here, so that both say the same.

use serde::{Deserialize, Serialize};

use crate::{
    database::{DbError, Row, Statement},
    ids::{RoomId, SessionId, UserId},
    role::Role,
    time::Millis,
};

/// Whom a right belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearer {
    /// The account.
    pub user: UserId,
    /// The sign-in.
    pub session: SessionId,
    /// The room.
    pub room: RoomId,
}

/// What a bearer is to the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// The sign-in has ended.
    SignedOut,
    /// There is no such room.
    NoRoom,
    /// Not a member of the room.
    Stranger,
    /// A member.
    Member {
        /// The name that others see.
        name: String,
        /// The role.
        role: Role,
        /// Whether it sends presence (PRES-5).
        presence: bool,
    },
}

impl Standing {
    /// The one statement that asks.
    pub fn find(bearer: Bearer) -> Statement {
        let find = Statement::new(
            "SELECT u.name, s.ended_at, s.expires_at, r.id, r.viewers_visible, m.role
             FROM sessions s
             JOIN users u ON u.id = s.user_id
             LEFT JOIN rooms r ON r.id = $3 AND r.deleted_at IS NULL
             LEFT JOIN members m ON m.room_id = r.id AND m.user_id = u.id
             WHERE s.id = $1 AND s.user_id = $2",
        );
        find.bind(bearer.session).bind(bearer.user).bind(bearer.room)
    }

    /// What the answer means at the time `now`.
    pub fn found(rows: &[Row], now: Millis) -> Result<Self, DbError> {
        let Some(row) = rows.first() else { return Ok(Self::SignedOut) };
        if row.int_opt(1)?.is_some() || row.int(2)? <= now.0 {
            return Ok(Self::SignedOut);
        }
        if row.text_opt(3)?.is_none() {
            return Ok(Self::NoRoom);
        }
        if row.text_opt(5)?.is_none() {
            return Ok(Self::Stranger);
        }
        let role: Role = row.parse(5)?;
        let presence = role.can_edit() || row.int(4)? != 0;
        Ok(Self::Member { name: row.text(0)?.to_owned(), role, presence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Value;

    fn row(ended: Option<i64>, room: Option<&str>, visible: i64, role: Option<&str>) -> [Row; 1] {
        let columns: [Value; 6] =
            ["Ada".into(), ended.into(), 1000.into(), room.into(), visible.into(), role.into()];
        [Row(columns.into())]
    }

    fn member(role: Role, presence: bool) -> Result<Standing, DbError> {
        Ok(Standing::Member { name: "Ada".into(), role, presence })
    }

    #[test]
    fn what_is_missing_first_decides() {
        let at = |now| Standing::found(&row(None, Some("r"), 0, Some("viewer")), Millis(now));
        assert_eq!(at(999), member(Role::Viewer, false));
        assert_eq!(at(1000), Ok(Standing::SignedOut), "expired");
        let found = |rows: [Row; 1]| Standing::found(&rows, Millis(0));
        assert_eq!(Standing::found(&[], Millis(0)), Ok(Standing::SignedOut));
        assert_eq!(found(row(Some(1), Some("r"), 1, Some("owner"))), Ok(Standing::SignedOut));
        assert_eq!(found(row(None, None, 1, None)), Ok(Standing::NoRoom));
        assert_eq!(found(row(None, Some("r"), 1, None)), Ok(Standing::Stranger));
        assert_eq!(found(row(None, Some("r"), 0, Some("editor"))), member(Role::Editor, true));
        assert_eq!(found(row(None, Some("r"), 1, Some("viewer"))), member(Role::Viewer, true));
    }

    #[test]
    fn its_json_may_carry_fields_that_do_not_apply() {
        let json = r#"{"standing": "no_room", "name": null, "role": null, "presence": false}"#;
        assert_eq!(serde_json::from_str::<Standing>(json).unwrap(), Standing::NoRoom);
        let json = r#"{"standing": "member", "name": "Ada", "role": "viewer", "presence": true}"#;
        assert_eq!(Ok(serde_json::from_str::<Standing>(json).unwrap()), member(Role::Viewer, true));
    }
}
