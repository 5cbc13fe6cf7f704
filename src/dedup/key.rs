//! The keys that rows and slugs are named by.

use data_encoding::BASE32_NOPAD;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::hash::{digest, first_64, positive};
use crate::domain::{FEED_KEY_BITS, Id, Keys, Timestamp, feed_key_start};

/// The readable part of a slug is cut to so many bytes, at a word.
pub const SLUG_WORDS: usize = 48;

/// A key inside one feed: 63 bits, positive, of which 51 are its own: that two of a feed's `n` keys are one has the likelihood n²/2⁵²
/// (one in ten million for 5,000 entries).
pub fn in_feed(key: i64, feed: Id) -> i64 {
    feed_key_start(feed) | (scoped(key, feed) & ((1 << FEED_KEY_BITS) - 1))
}

/// A key inside one site: 63 bits, positive.
pub fn scoped(key: i64, scope: Id) -> i64 {
    positive(&digest("scope", &[&scope.to_i64().to_be_bytes(), &key.to_be_bytes()]))
}

/// What names a delivery on its site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryKey {
    /// For the store.
    pub hash: i64,
    /// For slug and mark: 13 characters of `a-z2-7`, 64 bits.
    pub text: String,
}

/// The key of an item's delivery to a site: of the item's first rung, the site's name, and how often it was made before.
/// `site` is the site's first name ever; `feed` is the feed's, only where the site counts entries by feed (`dedup = "feed"`).
pub fn delivery_key(keys: &Keys, site: &str, feed: Option<&str>, generation: u32) -> DeliveryKey {
    let first = keys.first().unwrap_or(0).to_be_bytes();
    let generation = generation.to_be_bytes();
    let mut parts: Vec<&[u8]> = vec![&first, site.as_bytes(), &generation];
    parts.extend(feed.map(str::as_bytes));
    let digest = digest("delivery", &parts);
    let text = BASE32_NOPAD.encode(&first_64(&digest).to_be_bytes()).to_ascii_lowercase();
    DeliveryKey { hash: positive(&digest), text }
}

/// The key of a digest's delivery to a site: of the site's first name ever, the digest's name, and when its window ended.
pub fn digest_key(site: &str, name: &str, end: Timestamp) -> DeliveryKey {
    let digest = digest("digest", &[site.as_bytes(), name.as_bytes(), &end.unix().to_be_bytes()]);
    let text = BASE32_NOPAD.encode(&first_64(&digest).to_be_bytes()).to_ascii_lowercase();
    DeliveryKey { hash: positive(&digest), text }
}

/// The key that this text is, as it stands in slugs and marks. `None`: it is no key.
pub fn key_of_text(text: &str) -> Option<DeliveryKey> {
    let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
    let number = u64::from_be_bytes(bytes.try_into().ok()?);
    Some(DeliveryKey { hash: (number >> 1).cast_signed(), text: text.to_owned() })
}

/// The key of a post that another program made: no entry has it.
pub fn foreign_key(site: &str, post_type: &str, post: u64) -> DeliveryKey {
    let digest = digest("foreign", &[site.as_bytes(), post_type.as_bytes(), &post.to_be_bytes()]);
    let text = BASE32_NOPAD.encode(&first_64(&digest).to_be_bytes()).to_ascii_lowercase();
    DeliveryKey { hash: positive(&digest), text }
}

/// Readable part, `-`, key: only `a-z`, `0-9` and `-`; `post-KEY` where nothing readable is left.
pub fn slug(readable: &str, key: &str) -> String {
    let mut words = String::new();
    for word in plain(readable).split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let room = SLUG_WORDS - words.len();
        match (words.is_empty(), word.len()) {
            (true, _) => words.push_str(&word[..word.len().min(room)]),
            (false, length) if length < room => {
                words.push('-');
                words.push_str(word);
            }
            (false, _) => break,
        }
    }
    format!("{}-{key}", if words.is_empty() { "post" } else { &words })
}

/// Lower case, accents off, a few Latin letters spelled out, apostrophes gone: `L’été à Łódź` is `lete a lodz`.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'þ' => out.push_str("th"),
            'ı' => out.push('i'),
            '\'' | '’' | '‘' | '\u{307}' => {}
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: Keys = Keys { guid: Some(7), link: Some(8), text: None };

    #[test]
    fn keys_are_the_same_for_ever() {
        assert_eq!(scoped(7, Id::from_i64(1)), SCOPED);
        assert_eq!(in_feed(7, Id::from_i64(1)), IN_FEED);
        assert_eq!(delivery_key(&KEYS, "blog", None, 0), DeliveryKey { hash: DELIVERY, text: TEXT.to_owned() });
    }

    // computed by another program from the definition: SHA-256 over (length, part) of each part
    const SCOPED: i64 = 6_351_807_721_365_194_940;
    const IN_FEED: i64 = 3_984_046_586_480_828;
    const DELIVERY: i64 = 2_815_223_400_983_041_289;
    const DIGEST: i64 = 8_603_424_296_236_547_214;
    const DIGEST_TEXT: &str = "53fqdiikjh4ry";
    const TEXT: &str = "jyrv3chv5qvbe";

    #[test]
    fn a_key_is_read_back_from_its_text() {
        for key in
            [delivery_key(&KEYS, "blog", None, 0), digest_key("blog", "weekly", Timestamp::from_unix(5)), foreign_key("blog", "post", 9)]
        {
            assert_eq!(key_of_text(&key.text), Some(key));
        }
        for text in ["", "international", "jyrv3chv5qvb", "jyrv3chv5qvb1", "jyrv3chv5qvbea"] {
            assert_eq!(key_of_text(text), None, "{text}");
        }
    }

    #[test]
    fn a_delivery_key_changes_with_entry_site_generation_and_feed_and_with_nothing_else() {
        let key = delivery_key(&KEYS, "blog", None, 0);
        assert_eq!(key, delivery_key(&Keys { link: None, ..KEYS }, "blog", None, 0));
        let others = [
            delivery_key(&Keys { guid: Some(9), ..KEYS }, "blog", None, 0),
            delivery_key(&KEYS, "other", None, 0),
            delivery_key(&KEYS, "blog", None, 1),
            delivery_key(&KEYS, "blog", Some("lwn"), 0),
        ];
        for other in &others {
            assert_ne!(key, *other);
            assert_ne!(key.text, other.text);
        }
    }

    #[test]
    fn a_digests_key_changes_with_site_name_and_window_and_is_the_same_for_ever() {
        let end = Timestamp::from_unix(1_795_796_400);
        let key = digest_key("blog", "weekly", end);
        assert_eq!(key, digest_key("blog", "weekly", end));
        // computed by another program from the definition
        assert_eq!((key.hash, &*key.text), (DIGEST, DIGEST_TEXT));
        for other in [
            digest_key("news", "weekly", end),
            digest_key("blog", "daily", end),
            digest_key("blog", "weekly", Timestamp::from_unix(end.unix() + 1)),
        ] {
            assert_ne!((key.hash, &key.text), (other.hash, &other.text));
        }
    }

    #[test]
    fn a_key_is_thirteen_characters_that_wordpress_leaves_alone() {
        for generation in 0..200 {
            let key = delivery_key(&KEYS, "blog", None, generation);
            assert_eq!(key.text.len(), 13);
            assert!(key.text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')), "{}", key.text);
            assert!(key.hash >= 0);
        }
    }

    #[test]
    fn a_slug_is_readable_and_ends_in_its_key() {
        let long = "a".repeat(200);
        for (readable, slug_of_it) in [
            ("Hello, World!", "hello-world-k".to_owned()),
            ("L’été à Łódź", "lete-a-lodz-k".to_owned()),
            ("Größe & Maß", "grosse-mass-k".to_owned()),
            ("東京で大雪", "post-k".to_owned()),
            ("", "post-k".to_owned()),
            ("2026", "2026-k".to_owned()),
            ("--x--", "x-k".to_owned()),
            ("one two three four five six seven eight nine ten eleven", "one-two-three-four-five-six-seven-eight-nine-ten-k".to_owned()),
            (&long, format!("{}-k", "a".repeat(48))),
        ] {
            assert_eq!(slug(readable, "k"), slug_of_it, "{readable}");
        }
    }
}
