//! A place in the primary's write-ahead log: how a client says what it has already seen (invariant 6).

use std::{fmt, str::FromStr};

/// A log sequence number of Postgres (`pg_lsn`). Opaque to clients, which only give back what they got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

/// A text that is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a position is two hexadecimal numbers of 1 to 8 digits, separated by '/'")]
pub struct InvalidPosition;

impl fmt::Display for Position {
    /// As Postgres writes it: `16/B374D848`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xffff_ffff)
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;
    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let half = |digits: &str| {
            let plain = (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
            if plain {
                u64::from_str_radix(digits, 16).map_err(|_| InvalidPosition)
            } else {
                Err(InvalidPosition)
            }
        };
        let (high, low) = text.split_once('/').ok_or(InvalidPosition)?;
        Ok(Self(half(high)? << 32 | half(low)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_postgres_writes_is_read() {
        assert_eq!("16/B374D848".parse(), Ok(Position(0x16_b374_d848)));
        for wrong in ["", "/", "1", "1/", "/1", "1/2/3", "+1/2", "1/ 2", "123456789/0", "g/0", "1/é"] {
            assert_eq!(wrong.parse::<Position>(), Err(InvalidPosition), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_position_survives_its_text(n in any::<u64>()) {
            prop_assert_eq!(Position(n).to_string().parse(), Ok(Position(n)));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = text.parse::<Position>();
        }
    }
}
