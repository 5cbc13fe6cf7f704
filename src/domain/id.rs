//! Ids that are made here, not by the database: 63 bits, growing with time, short to type.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use data_encoding::Encoding;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Timestamp;

/// 2020-01-01T00:00:00Z: 32 bits of seconds from here reach to the year 2156.
const EPOCH: i64 = 1_577_836_800;

/// A row's id: 32 bits of seconds since 2020, then 31 bits that count up from a random start.
///
/// Two processes that make ids in the same second share no counter; at 10,000 ids each the chance of a
/// clash is about one in 100,000, and the store's primary keys would refuse it. Shown as 13 characters
/// of lower-case base32 (`0-9a-v`), in which the order of ids is the order of the text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(i64);

impl Id {
    /// A new id for something that came to be at `now`.
    pub fn new(now: Timestamp) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        static START: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
        let start = START.get_or_init(|| {
            use std::hash::{BuildHasher, RandomState};
            RandomState::new().hash_one(std::process::id()) as u32
        });
        let low = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) & 0x7fff_ffff;
        let seconds = (now.unix() - EPOCH).clamp(0, i64::from(u32::MAX));
        Self((seconds << 31) | i64::from(low))
    }

    /// Every id that was made at this moment or later is at least this one.
    pub fn floor(at: Timestamp) -> Self {
        Self((at.unix() - EPOCH).clamp(0, i64::from(u32::MAX)) << 31)
    }

    /// When it was made.
    pub const fn time(self) -> Timestamp {
        Timestamp::from_unix((self.0 >> 31) + EPOCH)
    }

    /// The id as the store holds it.
    pub const fn from_i64(value: i64) -> Self {
        Self(value)
    }

    /// The id as the store holds it.
    pub const fn to_i64(self) -> i64 {
        self.0
    }
}

fn base32() -> Encoding {
    data_encoding::BASE32HEX_NOPAD
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&base32().encode(&self.0.to_be_bytes()).to_ascii_lowercase())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

/// The text is no id: 13 characters of `0-9a-v` are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id (13 characters of 0-9 and a-v)")]
pub struct ParseIdError(String);

impl FromStr for Id {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseIdError(text.to_owned());
        let bytes = base32().decode(text.to_ascii_uppercase().as_bytes()).map_err(|_| wrong())?;
        let bytes: [u8; 8] = bytes.try_into().map_err(|_| wrong())?;
        Ok(Self(i64::from_be_bytes(bytes)))
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text() {
        let id = Id::new(Timestamp::from_unix(1_795_000_000));
        assert_eq!(id.to_string().len(), 13);
        assert_eq!(id.to_string().parse::<Id>(), Ok(id));
        assert_eq!(id.time(), Timestamp::from_unix(1_795_000_000));
    }

    #[test]
    fn ids_of_later_seconds_sort_later_also_as_text() {
        let early = Id::new(Timestamp::from_unix(1_795_000_000));
        let late = Id::new(Timestamp::from_unix(1_795_000_001));
        assert!(early < late);
        assert!(early.to_string() < late.to_string());
    }

    #[test]
    fn ten_thousand_ids_of_one_second_are_all_different() {
        let now = Timestamp::from_unix(1_795_000_000);
        let ids: std::collections::HashSet<_> = (0..10_000).map(|_| Id::new(now)).collect();
        assert_eq!(ids.len(), 10_000);
    }

    #[test]
    fn text_that_is_no_id_is_refused_with_its_own_words() {
        for text in ["", "x", "0123456789abc!", "zzzzzzzzzzzzz"] {
            assert_eq!(text.parse::<Id>(), Err(ParseIdError(text.to_owned())));
        }
    }
}
