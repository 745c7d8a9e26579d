//! Ids: one type an entity, so that a user's id can't stand where a room's belongs.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

use crate::time::Millis;

/// A text that is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: expected a UUID such as 0197f0c2-8d4e-7b3a-9c1d-2f5e6a7b8c9d")]
pub struct InvalidId;

/// UUIDv7 (RFC 9562 §5.7) from a time and 10 random bytes, which the caller draws.
fn uuid_v7(now: Millis, random: [u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(now.0.max(0) as u64, &random).into_uuid()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id: ordered by `now`, unique by `random`.
            pub fn new(now: Millis, random: [u8; 10]) -> Self {
                Self(uuid_v7(now, random))
            }
        }

        impl $name {
            /// When it was made: the time in it (RFC 9562 §5.7).
            pub fn made_at(&self) -> Millis {
                Millis((self.0.as_u128() >> 80) as i64)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            /// Only the hyphenated form: one id has one spelling, in URLs and in the database.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let id = Uuid::try_parse(text).map_err(|_| InvalidId)?;
                if id.hyphenated().to_string() == text { Ok(Self(id)) } else { Err(InvalidId) }
            }
        }
    };
}

id!(
    /// An account.
    UserId
);
id!(
    /// A sign-in: the family of refresh tokens that began with one password check.
    SessionId
);
id!(
    /// A room, the unit of placement, membership and the log.
    RoomId
);
id!(
    /// One ticket (`jti`).
    TicketId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_by_time_and_have_one_spelling() {
        let early = RoomId::new(Millis(1_000), [0xff; 10]);
        let late = RoomId::new(Millis(2_000), [0; 10]);
        assert_eq!(early.made_at(), Millis(1_000));
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(late.to_string().parse::<RoomId>(), Ok(late));
        assert_eq!(
            RoomId::new(Millis(2_000), [0xab; 10]).to_string().to_uppercase().parse::<RoomId>(),
            Err(InvalidId)
        );
        for bad in ["", "x", "0197f0c28d4e7b3a9c1d2f5e6a7b8c9d", "{0197f0c2-8d4e-7b3a-9c1d-2f5e6a7b8c9d}"] {
            assert_eq!(bad.parse::<RoomId>(), Err(InvalidId), "{bad}");
        }
    }
}
