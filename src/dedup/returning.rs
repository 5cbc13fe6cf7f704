//! Which new entries are old ones under new keys: asked where a feed brings many at once that nothing on the ladder knows.
//!
//! The ladder wants proof for one entry. Here many speak for each other, so less will do for each: a link that is as it was, an
//! address that is as it was but for the host, a title of its own, a text that has the same runs of words. What a person would call chance
//! stays chance: a title that comes again and again, an address that says nothing, proves nothing.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::link::is_front_page;
use super::story::{same_text, same_title};
use super::text::fold;
use super::{canonical_link, guid};
use crate::domain::{Face, Returning, Rung, Timestamp};

/// Words of a run, and how many runs of a text are looked for: those with the least hashes, so that a text that was gone over
/// still has some of them.
const RUN: usize = 3;
const RUNS: usize = 8;
/// What more of the old entries have than this is a form: it names none of them, and comparing all of them would take long.
const FORM: usize = 8;
/// Dates that are so near are one: systems disagree about zones.
const NEAR: Duration = Duration::from_secs(14 * 3_600);
/// Letters of a text that are looked at.
const LETTERS: usize = 20_000;
/// Titles of so many words are hardly given twice.
const OWN_TITLE: usize = 4;
/// Letters and digits of an address without its host that say which entry it is.
const TELLS: usize = 5;
/// Of all words of two texts with one title, or one address, so many hundredths are in both; and where nothing else is the same.
const ALIKE: usize = 60;
const EQUAL: usize = 75;

/// How it is told; what is older than `past` would not have become a post at the feed's first poll.
pub fn returning(past: Option<Timestamp>) -> Returning {
    Returning { candidates, twins, past }
}

/// What one has that another may have, too.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Trait {
    Link(String),
    /// The link without its host.
    Tail(String),
    /// The GUID without its host.
    Path(String),
    Title(String),
    /// The second of its publication.
    Moment(i64),
    Run(u64),
}

/// The surest first.
fn traits(face: &Face<'_>) -> Vec<Trait> {
    let link = face.link.and_then(canonical_link).filter(|link| !is_front_page(link));
    let tail = link.as_deref().and_then(|link| link.find(['/', '?']).map(|at| link[at..].to_owned()));
    let path = face.guid.and_then(guid::split).map(|(_, rest)| rest.trim_end_matches('/').to_owned());
    let tells = |text: &String| text.chars().filter(|c| c.is_alphanumeric()).count() >= TELLS || has_number(text);
    let title = Some(fold(face.title)).filter(|title| !title.is_empty());
    let all = [
        link.map(Trait::Link),
        path.filter(tells).map(Trait::Path),
        tail.filter(tells).map(Trait::Tail),
        title.map(Trait::Title),
        face.published.map(|time| Trait::Moment(time.unix())),
    ];
    all.into_iter().flatten().chain(runs(face.body).into_iter().map(Trait::Run)).collect()
}

/// Hashes of some runs of words.
fn runs(body: &str) -> Vec<u64> {
    let text = fold(&body[..body.floor_char_boundary(LETTERS)]);
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let hash = |run: &[&str]| {
        let mut hasher = DefaultHasher::new();
        run.hash(&mut hasher);
        hasher.finish()
    };
    let mut hashes: Vec<u64> = words.windows(RUN).map(hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.truncate(RUNS);
    hashes
}

/// `?p=17`: two digits at least.
fn has_number(text: &str) -> bool {
    text.chars().filter(char::is_ascii_digit).count() >= 2
}

fn candidates(old: &[Face<'_>], new: &[Face<'_>]) -> Vec<usize> {
    let wanted: HashSet<Trait> = new.iter().flat_map(traits).collect();
    let is_one = |index: &usize| traits(&old[*index]).iter().any(|one| wanted.contains(one));
    (0..old.len()).filter(is_one).collect()
}

fn twins(old: &[Face<'_>], new: &[Face<'_>]) -> Vec<Option<(usize, Rung)>> {
    let known = index(old);
    let came = index(new);
    let mut taken = vec![false; old.len()];
    let mut found = vec![None; new.len()];
    // What shows more goes first: a link that is as it was is nobody else's because of a like title.
    let all: Vec<Vec<Trait>> = new.iter().map(traits).collect();
    for step in 0..6 {
        for (index, face) in new.iter().enumerate().filter(|(index, _)| found[*index].is_none()).collect::<Vec<_>>() {
            let twin = all[index].iter().filter(|one| one.step() == step).find_map(|shared| {
                let sharing = known.get(shared).filter(|sharing| !shared.is_form(sharing.len()))?;
                let is_own = sharing.len() == 1 && came.get(shared).is_some_and(|those| those.len() == 1);
                let proves = |at: &&usize| !taken[**at] && shared.proves(&old[**at], face, is_own);
                Some((*sharing.iter().find(proves)?, shared.rung()))
            });
            if let Some((at, rung)) = twin {
                taken[at] = true;
                found[index] = Some((at, rung));
            }
        }
    }
    found
}

fn index(faces: &[Face<'_>]) -> HashMap<Trait, Vec<usize>> {
    let mut index: HashMap<Trait, Vec<usize>> = HashMap::new();
    for (at, face) in faces.iter().enumerate() {
        for one in traits(face) {
            index.entry(one).or_default().push(at);
        }
    }
    index
}

impl Trait {
    /// Its place in the order of proofs.
    fn step(&self) -> usize {
        match self {
            Self::Link(_) => 0,
            Self::Path(_) => 1,
            Self::Tail(_) => 2,
            Self::Title(_) => 3,
            Self::Moment(_) => 4,
            Self::Run(_) => 5,
        }
    }

    fn rung(&self) -> Rung {
        match self {
            Self::Link(_) | Self::Tail(_) => Rung::Link,
            Self::Path(_) => Rung::Path,
            Self::Title(_) | Self::Moment(_) | Self::Run(_) => Rung::Text,
        }
    }

    /// So many of the old have it that it names none.
    fn is_form(&self, sharing: usize) -> bool {
        !matches!(self, Self::Link(_)) && sharing > FORM
    }

    /// Whether two that share it are one. `is_own`: no other of the old, nor of the new, has it.
    fn proves(&self, old: &Face<'_>, new: &Face<'_>, is_own: bool) -> bool {
        let same_moment = old.published.is_some() && old.published == new.published;
        let title = || same_title(old.title, new.title);
        let text = |hundredths| same_text(old.body, new.body, hundredths);
        match self {
            Self::Link(_) => is_own || title() || text(ALIKE),
            Self::Path(_) | Self::Tail(_) => title() || same_moment || text(ALIKE),
            Self::Title(_) if same_moment || text(ALIKE) => true,
            Self::Title(_) => {
                let has_own_title = is_own && old.title.split_whitespace().count() >= OWN_TITLE;
                let is_untold = old.body.trim().is_empty() || new.body.trim().is_empty();
                match (old.published, new.published) {
                    (Some(one), Some(two)) if one.since(two).max(two.since(one)) <= NEAR => is_own,
                    (Some(_), Some(_)) => has_own_title && is_untold,
                    _ => has_own_title,
                }
            }
            Self::Moment(_) => title() || text(ALIKE),
            Self::Run(_) => text(EQUAL),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "The harbour was closed on Monday after a storm had driven two trawlers onto the pier, and the pilots say \
                        that it will take a week until the channel can be used again by ferries and by the fishing boats of the coast";

    struct One {
        guid: String,
        link: String,
        title: String,
        body: String,
        published: Option<i64>,
    }

    impl One {
        fn face(&self) -> Face<'_> {
            Face {
                guid: (!self.guid.is_empty()).then_some(self.guid.as_str()),
                link: (!self.link.is_empty()).then_some(self.link.as_str()),
                title: &self.title,
                body: &self.body,
                published: self.published.map(Timestamp::from_unix),
            }
        }
    }

    /// Numbered: `{}` stands for the number in each text.
    fn some(count: usize, guid: &str, link: &str, title: &str, body: &str, published: Option<i64>) -> Vec<One> {
        let one = |number: usize| {
            let own =
                (0..40).map(|at| format!("{}{}", WORDS[(number * 7 + at * 3) % 13], "en".repeat((number + at) % 5))).collect::<Vec<_>>();
            let (own, word) = (own.join(" "), WORDS[number % WORDS.len()]);
            let texts = [("{text}", &*own), ("{edited}", &own.replace("alder", "older")), ("{word}", word), ("{}", &number.to_string())];
            let filled = |text: &str| texts.iter().fold(text.to_owned(), |text, (what, with)| text.replace(what, with));
            One {
                guid: filled(guid),
                link: filled(link),
                title: filled(title),
                body: filled(body),
                published: published.map(|at| at + 86_400 * number as i64),
            }
        };
        (10..10 + count).map(one).collect()
    }

    const WORDS: &[&str] =
        &["alder", "birch", "cedar", "elder", "hazel", "maple", "rowan", "larch", "aspen", "beech", "ebony", "ivory", "olive"];

    fn found(old: &[One], new: &[One]) -> Vec<Option<(usize, Rung)>> {
        let (old, new): (Vec<_>, Vec<_>) = (old.iter().map(One::face).collect(), new.iter().map(One::face).collect());
        let how = returning(None);
        let bare: Vec<Face<'_>> = old.iter().map(|face| Face { body: "", ..*face }).collect();
        let candidates = (how.candidates)(&bare, &new);
        let found = (how.twins)(&old, &new);
        for (at, rung) in found.iter().flatten() {
            // a text can't be looked for before it is read
            assert!(candidates.contains(at) || *rung == Rung::Text, "{at} is found and was no candidate");
        }
        found
    }

    #[test]
    fn entries_that_come_back_under_new_keys_are_the_old_ones() {
        let (body, edited) = ("Day {}: {text}.", "{edited}.");
        let was = |published| {
            some(12, "https://old.example/?p={}", "https://old.example/{word}-{}", "All about the {word} tree", body, published)
        };
        for (what, new, rung) in [
            (
                "other GUIDs",
                some(12, "urn:new:{}", "https://old.example/{word}-{}", "All about the {word} tree", body, Some(0)),
                Rung::Link,
            ),
            (
                "other GUIDs and titles",
                some(12, "urn:new:{}", "https://old.example/{word}-{}", "Quite another headline", "", Some(0)),
                Rung::Link,
            ),
            (
                "another host",
                some(12, "urn:new:{}", "https://new.example/{word}-{}", "The {word} tree: all about it", body, Some(0)),
                Rung::Link,
            ),
            (
                "another host in GUIDs",
                some(12, "https://new.example/?p={}", "https://new.example/a/{}", "All about the {word} tree", body, Some(0)),
                Rung::Path,
            ),
            (
                "another system",
                some(12, "new-{}", "https://new.example/2026/{word}", "All about the {word} tree", edited, Some(0)),
                Rung::Text,
            ),
            (
                "another system, dated anew",
                some(12, "new-{}", "https://new.example/2026/{word}", "All about the {word} tree", edited, Some(9_000_000)),
                Rung::Text,
            ),
            (
                "another system, undated",
                some(12, "new-{}", "https://new.example/2026/{word}", "All about the {word} tree", "", None),
                Rung::Text,
            ),
            (
                "other titles, the text edited",
                some(12, "new-{}", "https://new.example/2026/{word}", "{}", edited, Some(9_000_000)),
                Rung::Text,
            ),
            ("other titles, one text", some(12, "new-{}", "https://new.example/2026/{word}", "{}", body, Some(9_000_000)), Rung::Text),
            ("a title edited, the date as it was", some(12, "new-{}", "", "All about that {word} tree!", "", Some(0)), Rung::Text),
        ] {
            let found = found(&was(Some(0)), &new);
            assert_eq!(found, (0..12).map(|number| Some((number, rung))).collect::<Vec<_>>(), "{what}");
        }
    }

    #[test]
    fn what_is_new_is_not_an_old_one() {
        let body = format!("{{word}} {{}} {BODY}");
        let old = some(12, "https://a.example/?p={}", "https://a.example/{word}", "All about the {word} tree", &body, Some(0));
        let other =
            "Parliament has voted on {} for the third time in {word}, and nobody knows what will become of the budget now that it failed";
        for (what, old, new) in [
            (
                "other stories",
                &old,
                some(12, "https://a.example/?p=9{}", "https://a.example/new/{word}", "Vote number {} on {word}", other, Some(1)),
            ),
            (
                "a column of one title",
                &some(12, "c{}", "https://a.example/c{}", "Open thread today", "Talk about {word}.", Some(0)),
                some(12, "d{}", "https://a.example/d{}", "Open thread today", "Talk about {}.", Some(86_400 * 12)),
            ),
            (
                "hourly, of one title",
                &some(12, "c{}", "https://a.example/c{}", "The weather now for you", "It is {word}.", Some(0)),
                some(12, "d{}", "https://a.example/d{}", "The weather now for you", "It is {}.", Some(3_600)),
            ),
            (
                "a form with a number",
                &some(
                    12,
                    "c{}",
                    "https://a.example/c{}",
                    "Earthquake {} near {word}",
                    "Magnitude {}, depth {} km, no damage was told of.",
                    Some(0),
                ),
                some(
                    12,
                    "d{}",
                    "https://a.example/d{}",
                    "Earthquake 7{} near {word}",
                    "Magnitude 7{}, depth 7{} km, no damage was told of.",
                    Some(1),
                ),
            ),
            (
                "posts of two blogs",
                &some(12, "https://a.example/?p={}", "https://a.example/?p={}", "All about the {word} tree", &body, Some(0)),
                some(12, "https://b.example/?p={}", "https://b.example/?p={}", "Vote number {} on {word}", other, Some(1)),
            ),
            (
                "one live page",
                &some(12, "a{}", "https://a.example/live", "{word} at noon", "", None),
                some(12, "b{}", "https://a.example/live", "Rain on day {}", "", None),
            ),
            (
                "texts with one half",
                &some(12, "a{}", "", "", &format!("{BODY} {{word}}"), Some(0)),
                some(12, "b{}", "", "", &format!("{BODY} {}", other.repeat(3)), Some(1)),
            ),
        ] {
            assert_eq!(found(old, &new), [None; 12], "{what}");
        }
    }

    #[test]
    fn no_old_entry_is_two_new_ones_and_the_surer_proof_goes_first() {
        let old = some(1, "a", "https://a.example/one", "All about the alder tree", BODY, Some(0));
        let mut new = some(1, "b", "https://a.example/two", "All about the alder tree", BODY, Some(0));
        new.extend(some(1, "c", "https://a.example/one", "All about it", "", Some(0)));
        assert_eq!(found(&old, &new), [None, Some((0, Rung::Link))]);
    }
}
