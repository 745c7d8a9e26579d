//! A place in the primary's write-ahead log: how a client says what it has already seen (invariant 6).

use std::{fmt, str::FromStr};

/// How many bits the place in the log has. 2^52 bytes are 4.5 PB of log: 14 years at 10 MB/s.
const LSN_BITS: u32 = 52;

/// A timeline of Postgres and a place in it (`pg_lsn`). Opaque to clients, which only give back what they got.
///
/// Every promotion of a replica begins a timeline, and two timelines may hold different things under one number. So a position compares greater than every one
/// of an older timeline, and says nothing about servers on another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

impl Position {
    /// A place in a timeline. Of the timeline 12 bits are kept: 4,095 promotions.
    pub const fn new(timeline: u32, lsn: u64) -> Self {
        Self(((timeline as u64) << LSN_BITS) | (lsn & ((1 << LSN_BITS) - 1)))
    }

    /// The timeline.
    pub const fn timeline(self) -> u32 {
        (self.0 >> LSN_BITS) as u32
    }

    /// Whether a server that has come this far holds all that the log held at `after`. Known only within one timeline.
    pub const fn covers(self, after: Self) -> bool {
        self.timeline() == after.timeline() && self.0 >= after.0
    }
}

/// A text that is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a position is two hexadecimal numbers of 1 to 8 digits, separated by '/'")]
pub struct InvalidPosition;

impl fmt::Display for Position {
    /// In the form of Postgres: `100016/B374D848` is 16/B374D848 of timeline 1.
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

    #[test]
    fn a_position_covers_those_before_it_on_its_own_timeline() {
        let at = Position::new;
        assert_eq!(at(1, 0x16_b374_d848).to_string(), "100016/B374D848");
        assert!(at(1, 5).covers(at(1, 5)) && at(1, 6).covers(at(1, 5)) && !at(1, 4).covers(at(1, 5)));
        assert!(at(2, 4) > at(1, 5), "newer");
        assert!(
            !at(2, 9).covers(at(1, 5)) && !at(1, 9).covers(at(2, 5)),
            "the timelines may have parted before"
        );
        assert_eq!((at(4095, u64::MAX).timeline(), at(0, u64::MAX).timeline()), (4095, 0));
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
