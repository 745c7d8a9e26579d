//! What a member of a room may do.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A member's role in a room, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything, changes nothing.
    Viewer,
    /// Draws.
    Editor,
    /// Draws, renames, invites, removes, deletes.
    Owner,
}

impl Role {
    /// May change the document.
    pub fn can_edit(self) -> bool {
        self >= Role::Editor
    }

    /// May change the room itself, its members and its invitations.
    pub fn can_manage(self) -> bool {
        self == Role::Owner
    }

    /// The name in the API and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Editor => "editor",
            Role::Owner => "owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of owner, editor, viewer")]
pub struct InvalidRole;

impl FromStr for Role {
    type Err = InvalidRole;
    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        match text {
            "viewer" => Ok(Role::Viewer),
            "editor" => Ok(Role::Editor),
            "owner" => Ok(Role::Owner),
            _ => Err(InvalidRole),
        }
    }
}
