//! Who is the caller to this room? One query answers for the session, the room and the membership.

use meridian_shared::{
    database::{Outcome, Statement},
    ids::RoomId,
    role::Role,
    time::Millis,
};

use super::Room;
use crate::{Api, error::Error, request::Caller};

/// What a caller is to a room that they may see.
#[derive(Debug)]
pub(crate) struct Access {
    /// The caller's name.
    pub(crate) name: String,
    /// When the session ends.
    pub(crate) session_expires_at: Millis,
    /// The room, with the caller's role.
    pub(crate) room: Room,
    /// The node that held the room last.
    pub(crate) owner: Option<String>,
}

impl Access {
    /// As the primary has it, to decide by.
    ///
    /// Fails with 401 when the session has ended, and with 404 when the caller may not see the room, whether it exists or not.
    pub(crate) async fn of(api: &Api, caller: Caller, room: RoomId) -> Result<Self, Error> {
        Self::found(&api.run(Self::find(api, caller, room)).await?)
    }

    /// As a replica may have it, only to show.
    pub(crate) async fn to_show(api: &Api, caller: Caller, room: RoomId) -> Result<Self, Error> {
        Self::found(&api.read(Self::find(api, caller, room)).await?)
    }

    fn find(api: &Api, caller: Caller, room: RoomId) -> Statement {
        let find = Statement::new(
            "SELECT u.name, s.expires_at, r.id, r.name, r.kind, r.region, m.role, r.viewers_visible, r.created_at, h.owner
             FROM sessions s JOIN users u ON u.id = s.user_id
             LEFT JOIN members m ON m.user_id = u.id AND m.room_id = $4
             LEFT JOIN rooms r ON r.id = m.room_id AND r.deleted_at IS NULL
             LEFT JOIN room_heads h ON h.room = r.id
             WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND s.expires_at > $3",
        );
        find.bind(caller.session).bind(caller.user).bind(api.now()).bind(room)
    }

    fn found(found: &Outcome) -> Result<Self, Error> {
        let row = found.rows.first().ok_or(Error::Unauthorized)?;
        row.text_opt(2)?.ok_or(Error::NoSuchRoom)?;
        let session_expires_at = Millis(row.int(1)?);
        let owner = row.text_opt(9)?.map(str::to_owned);
        Ok(Self { name: row.text(0)?.to_owned(), session_expires_at, room: Room::from_row(row, 2)?, owner })
    }

    pub(crate) fn role(&self) -> Role {
        self.room.role
    }

    /// 403 unless the caller may manage the room.
    pub(crate) fn require_manage(&self) -> Result<(), Error> {
        if self.role().can_manage() {
            Ok(())
        } else {
            Err(Error::Forbidden("Only an owner of the room may do this."))
        }
    }

    /// 403 unless the caller may change the document.
    pub(crate) fn require_edit(&self) -> Result<(), Error> {
        if self.role().can_edit() {
            Ok(())
        } else {
            Err(Error::Forbidden("Viewers of the room may not do this."))
        }
    }
}
