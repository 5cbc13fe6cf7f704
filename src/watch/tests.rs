//! Feeds that stay themselves through changes, and feeds that don't.

use super::*;
use crate::domain::ImageRef;

/// A feed as a test draws it.
#[derive(Clone)]
struct Drawn {
    title: &'static str,
    language: &'static str,
    host: &'static str,
    subject: &'static [&'static str],
    words: usize,
    illustrated: bool,
}

const COAST: &[&str] = &[
    "harbour",
    "fishing",
    "boats",
    "storm",
    "tides",
    "lighthouse",
    "sailors",
    "coast",
    "ferry",
    "pilot",
    "anchor",
    "quay",
    "nets",
    "cargo",
    "waves",
    "captain",
    "beacon",
    "island",
    "crew",
    "shore",
    "weather",
    "docks",
    "bridge",
    "marina",
    "vessel",
    "current",
    "rescue",
    "buoy",
    "trawler",
    "channel",
    "estuary",
    "pier",
    "regatta",
    "compass",
    "mooring",
    "swell",
];
const KASINO: &[&str] = &[
    "perjudian",
    "taruhan",
    "kemenangan",
    "permainan",
    "daftar",
    "bonus",
    "deposito",
    "terpercaya",
    "jackpot",
    "mesin",
    "situs",
    "resmi",
    "gacor",
    "pemain",
    "kartu",
    "meja",
    "undian",
    "hadiah",
    "uang",
    "cepat",
    "menang",
    "setiap",
    "hari",
    "bandar",
    "agen",
    "mudah",
];

const OLD: Drawn =
    Drawn { title: "Harbour News", language: "en-GB", host: "harbour.example", subject: COAST, words: 800, illustrated: true };
const NEW: Drawn =
    Drawn { title: "Situs Kasino Resmi", language: "id", host: "kasino.example", subject: KASINO, words: 800, illustrated: true };

impl Drawn {
    fn facts(&self) -> FeedFacts {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        FeedFacts { title: some(self.title), language: some(self.language), ..FeedFacts::default() }
    }

    fn entry(&self, number: usize) -> Entry {
        let word = |at: usize| self.subject[(number * 7 + at) % self.subject.len()];
        Entry {
            title: format!("{} {} {}", word(0), word(3), word(9)),
            link: (!self.host.is_empty()).then(|| format!("https://{}/{number}", self.host)),
            content: Some((0..self.words).map(word).collect::<Vec<_>>().join(" ")),
            images: if self.illustrated { vec![ImageRef::default()] } else { vec![] },
            ..Entry::default()
        }
    }

    fn entries(&self, count: usize) -> Vec<Entry> {
        (0..count).map(|number| self.entry(number)).collect()
    }
}

/// The verdict on a document's entries, each with whether it is new.
fn judged<'e>(known: Option<&Profile>, facts: &FeedFacts, entries: impl Iterator<Item = (&'e Entry, bool)>) -> Judged {
    let (entries, new): (Vec<&Entry>, Vec<bool>) = entries.unzip();
    let watch = watch(facts, entries.into_iter());
    (watch.judge)(known, &watch.facts, &watch.looks.iter().zip(new).collect::<Vec<_>>())
}

/// What was learnt of the old feed, from 20 entries.
fn known(old: &Drawn) -> Profile {
    let entries = old.entries(20);
    match judged(None, &old.facts(), entries.iter().map(|entry| (entry, true))) {
        Judged::Same(profile) => profile,
        Judged::Other(because) => panic!("{because}"),
    }
}

/// The document that comes next: so many entries, so many of them new.
fn next(known: &Profile, now: &Drawn, count: usize, new: usize) -> Judged {
    let entries = now.entries(count);
    judged(Some(known), &now.facts(), entries.iter().enumerate().map(|(at, entry)| (entry, at >= count - new)))
}

#[test]
fn a_feed_of_which_everything_changes_at_once_is_another_and_one_that_keeps_anything_is_not() {
    let known = known(&OLD);
    for (what, now, is_other) in [
        ("everything", NEW.clone(), true),
        ("nothing", OLD, false),
        ("only the title", Drawn { title: NEW.title, ..OLD }, false),
        ("only the host", Drawn { host: NEW.host, ..OLD }, false),
        ("only the language's name", Drawn { language: "en", ..OLD }, false),
        ("a new name and a new host", Drawn { title: NEW.title, host: NEW.host, ..OLD }, false),
        ("all but the subject", Drawn { subject: COAST, ..NEW }, false),
        ("all but the title", Drawn { title: OLD.title, ..NEW }, false),
        ("all but the title, nearly", Drawn { title: "Harbour News Weekly", ..NEW }, false),
        ("all but the host", Drawn { host: "www.harbour.example", ..NEW }, false),
        ("all, and the language's name stays", Drawn { language: OLD.language, ..NEW }, true),
        ("all, and no language is named", Drawn { language: "", ..NEW }, true),
        ("all, and no title and no language", Drawn { language: "", title: "", ..NEW }, false),
    ] {
        assert_eq!(matches!(next(&known, &now, 10, 10), Judged::Other(_)), is_other, "{what}");
        assert_eq!(matches!(next(&known, &now, 10, 1), Judged::Other(_)), is_other, "{what}, one new entry");
    }
    assert_eq!(
        next(&known, &NEW, 10, 10),
        Judged::Other(
            "it looks taken over: its title was `Harbour News` and is `Situs Kasino Resmi`, its entries led to `harbour.example` and lead to \
             `kasino.example`, its language was `en-GB` and is `id`; it writes of other things (0 of 100 words are known)"
                .to_owned()
        )
    );
}

#[test]
fn a_feed_whose_pictures_or_words_are_gone_has_fallen_and_one_that_has_a_bad_day_has_not() {
    for (what, old, now, new, is_other) in [
        ("no pictures", OLD, Drawn { illustrated: false, ..OLD }, 10, true),
        ("no pictures, one new entry, but the whole document", OLD, Drawn { illustrated: false, ..OLD }, 1, true),
        ("teasers", OLD, Drawn { words: 40, ..OLD }, 10, true),
        ("teasers, one new entry, but the whole document", OLD, Drawn { words: 40, ..OLD }, 1, true),
        ("both", OLD, Drawn { words: 40, illustrated: false, ..OLD }, 10, true),
        ("half of the words", OLD, Drawn { words: 400, ..OLD }, 10, false),
        ("a quarter of them", OLD, Drawn { words: 200, ..OLD }, 10, false),
        ("more words", Drawn { words: 40, ..OLD }, OLD, 10, false),
        ("never long, and shorter", Drawn { words: 60, ..OLD }, Drawn { words: 5, ..OLD }, 10, false),
        ("never illustrated", Drawn { illustrated: false, ..OLD }, Drawn { illustrated: false, ..OLD }, 10, false),
    ] {
        assert_eq!(matches!(next(&known(&old), &now, 10, new), Judged::Other(_)), is_other, "{what}");
    }
    let told = |now: &Drawn| match next(&known(&OLD), now, 10, 10) {
        Judged::Other(because) => because,
        Judged::Same(_) => String::new(),
    };
    assert_eq!(
        [told(&Drawn { illustrated: false, ..OLD }), told(&Drawn { words: 40, ..OLD })],
        [
            "its quality fell: 100 of 100 entries had a picture, and of the last 10 none has",
            "its quality fell: entries had 800 words, and the last 10 have 40",
        ]
    );
}

#[test]
fn teasers_that_come_one_by_one_are_noticed_at_the_fifth() {
    let mut known = known(&Drawn { illustrated: false, ..OLD });
    let facts = OLD.facts();
    let old = OLD.entries(20);
    for number in 1..=5 {
        let teaser = Drawn { words: 40, illustrated: false, ..OLD }.entry(100 + number);
        let document = old.iter().map(|entry| (entry, false)).chain([(&teaser, true)]);
        match judged(Some(&known), &facts, document) {
            Judged::Same(learnt) => known = learnt,
            Judged::Other(because) => {
                assert_eq!(number, 5, "{because}");
                return;
            }
        }
    }
    panic!("it was not noticed");
}

#[test]
fn a_bare_entry_now_and_then_is_no_fall() {
    let mut known = known(&OLD);
    for number in 0..200 {
        let is_bare = number % 5 < 2;
        let entry = Drawn { illustrated: !is_bare, words: if is_bare { 30 } else { 800 }, ..OLD }.entry(number);
        match judged(Some(&known), &OLD.facts(), [(&entry, true)].into_iter()) {
            Judged::Same(learnt) => known = learnt,
            Judged::Other(because) => panic!("{number}: {because}"),
        }
    }
    assert!((0.5..0.7).contains(&known.illustrated), "{}", known.illustrated);
    assert!(serde_json::to_string(&known).unwrap().len() < 2_048);
}

#[test]
fn a_feed_of_which_little_is_known_is_not_judged() {
    let learnt = |count: usize| {
        let entries = OLD.entries(count);
        match judged(None, &OLD.facts(), entries.iter().map(|entry| (entry, true))) {
            Judged::Same(profile) => profile,
            Judged::Other(because) => panic!("{because}"),
        }
    };
    assert!(matches!(next(&learnt(2), &NEW, 10, 10), Judged::Same(_)));
    assert!(matches!(next(&learnt(3), &NEW, 10, 10), Judged::Other(_)));
    assert!(matches!(next(&learnt(7), &Drawn { words: 40, ..OLD }, 10, 10), Judged::Same(_)));
}
