//! Notices: what a server tells a client of `meridian.v1` in words (message type 112).

use serde::{Deserialize, Serialize};

use crate::{ids::UserId, limits::Limits, role::Role};

/// Why a message was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Viewers change nothing.
    ReadOnly,
    /// Over the limit of its kind of message.
    TooLarge,
    /// The document is at its limit.
    DocumentFull,
    /// Bytes that are no update; the close follows.
    MalformedUpdate,
    /// Too much waits for missing predecessors.
    TooMuchPending,
    /// The awareness state is over its limit.
    PresenceTooLarge,
    /// The log does not accept commits and the room's memory for what waits is full.
    Stalled,
}

impl Refusal {
    /// The name on the wire and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Refusal::ReadOnly => "read_only",
            Refusal::TooLarge => "too_large",
            Refusal::DocumentFull => "document_full",
            Refusal::MalformedUpdate => "malformed_update",
            Refusal::TooMuchPending => "too_much_pending",
            Refusal::PresenceTooLarge => "presence_too_large",
            Refusal::Stalled => "stalled",
        }
    }

    /// What the person at the client should know.
    pub fn message(self) -> &'static str {
        match self {
            Refusal::ReadOnly => "You can view this board but not change it.",
            Refusal::TooLarge => "This change is too large to be sent at once.",
            Refusal::DocumentFull => "This board is full. Delete something, or go on in a new board.",
            Refusal::MalformedUpdate => "This change could not be read.",
            Refusal::TooMuchPending => "Too many changes wait for earlier ones that never came.",
            Refusal::PresenceTooLarge => "The presence state is too large.",
            Refusal::Stalled => "Changes can't be saved at the moment. They are kept here and sent again.",
        }
    }
}

/// The person behind a connection, as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The account.
    pub id: UserId,
    /// The name.
    pub name: String,
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Notice {
    /// The first message on a connection.
    Welcome {
        /// What this connection may do.
        role: Role,
        /// The newest sequence of the room's log.
        seq: u64,
        /// Who the server takes the client for.
        user: Person,
        /// When the right of this connection ends, RFC 3339.
        expires_at: String,
        /// The limits in force.
        limits: Limits,
    },
    /// A message was not accepted.
    Refused {
        /// Why.
        reason: Refusal,
        /// Which document message of this connection, from 1.
        #[serde(skip_serializing_if = "Option::is_none")]
        index: Option<u64>,
        /// Why, for people.
        message: String,
    },
    /// The log does not accept commits; nothing is lost, nothing is shown.
    Stalled {
        /// For people.
        message: String,
    },
    /// The log accepts commits again.
    Resumed {
        /// For people.
        message: String,
    },
    /// The right of this connection ends soon.
    Expiring {
        /// When, RFC 3339.
        expires_at: String,
    },
    /// A *reauth* was accepted, or the membership changed.
    Reauthenticated {
        /// What this connection may do from now on.
        role: Role,
        /// When its right ends, RFC 3339.
        expires_at: String,
    },
    /// The node is about to close for a restart.
    Restarting {
        /// How long to wait before coming back, ms.
        retry_after_ms: u64,
    },
}

impl Notice {
    /// The notice of a refusal.
    pub fn refused(reason: Refusal, index: Option<u64>) -> Self {
        Notice::Refused { reason, index, message: reason.message().to_owned() }
    }
}
