//! The labelled set, made of captured feeds by a fixed seed.
//!
//! *One story*: an entry and the same as another outlet would bring it (sentences dropped, swapped, words replaced, another dateline,
//! headline and tail, in three strengths; or its first 45 to 80 words). *Two stories*: two entries of one feed with different titles
//! and links, which share the outlet's phrases; two of one language; an entry and the same form filled in with other names and
//! numbers. Entries under 25 words are left out, as texts so short are never compared.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};
use url::Url;
use wirepress::alike::likeness;
use wirepress::content::{self, Limits};
use wirepress::poll::{self, Reading};

/// Files under this size are one-fault tests.
const SMALLEST: u64 = 8_000;

/// What was found, and what not.
#[derive(Debug, Default)]
pub struct Score {
    pub same: u32,
    pub different: u32,
    found: u32,
    wrong: u32,
}

impl Score {
    pub fn precision(&self) -> f64 {
        f64::from(self.found) / f64::from((self.found + self.wrong).max(1))
    }

    pub fn recall(&self) -> f64 {
        f64::from(self.found) / f64::from(self.same.max(1))
    }
}

#[derive(Debug, Clone)]
struct Story {
    title: String,
    link: String,
    text: String,
    language: String,
}

/// Builds the set and judges each pair.
pub fn score(corpus: &Path, seed: u64) -> Result<Score> {
    let feeds = read(corpus)?;
    let mut words: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let stories: Vec<&Story> = feeds.iter().flatten().collect();
    for story in &stories {
        words.entry(tongue(story)).or_default().extend(story.text.split_whitespace().take(40).map(str::to_owned));
    }
    if stories.len() < 100 {
        bail!("{} entries in {}: too few to say anything", stories.len(), corpus.display());
    }
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (mut score, mut missed) = (Score::default(), BTreeMap::<&str, u32>::new());
    let mut judge = |kind: &'static str, is_same: bool, one: &Story, other: &Story| {
        let found = alike(one, other);
        match is_same {
            true => score.same += 1,
            false => score.different += 1,
        }
        match (is_same, found) {
            (true, true) => score.found += 1,
            (false, true) => score.wrong += 1,
            _ => {}
        }
        if is_same != found {
            *missed.entry(kind).or_default() += 1;
        }
    };
    for _ in 0..1_500 {
        let story = dice.one(&stories);
        let (kind, strength) = *dice.one(&[("light edit", 0), ("medium edit", 1), ("heavy edit", 2)]);
        judge(kind, true, story, &edited(story, strength, &words[&tongue(story)], &mut dice));
    }
    for _ in 0..400 {
        let story = dice.one(&stories);
        if story.text.split_whitespace().count() >= 150 {
            let most = *dice.one(&[45, 60, 80]);
            let text = story.text.split_whitespace().take(most).collect::<Vec<_>>().join(" ");
            judge("teaser", true, story, &Story { text: format!("{text} […]"), ..(*story).clone() });
        }
    }
    for _ in 0..500 {
        let story = dice.one(&stories);
        let filled = filled(story, &words[&tongue(story)], &mut dice);
        // a text without names and numbers is no form
        let others = story.text.split_whitespace().zip(filled.text.split_whitespace()).filter(|(one, other)| one != other).count();
        if others >= 3 {
            judge("form filled in anew", false, story, &filled);
        }
    }
    for pair in feeds.iter().flat_map(|feed| feed.windows(2)) {
        if pair[0].title != pair[1].title && pair[0].link != pair[1].link {
            judge("neighbours in a feed", false, &pair[0], &pair[1]);
        }
    }
    for _ in 0..6_000 {
        let (one, other) = (*dice.one(&stories), *dice.one(&stories));
        let are_two = one.title != other.title && one.link != other.link && one.text.get(..60) != other.text.get(..60);
        if tongue(one) == tongue(other) && are_two {
            judge("two of one language", false, one, other);
        }
    }
    eprintln!("judged wrongly: {missed:?}");
    Ok(score)
}

fn alike(one: &Story, other: &Story) -> bool {
    let of = |story: &Story| likeness(&story.title, &story.text, &story.language, 1);
    let (Some(one), Some(other)) = (of(one), of(other)) else { return false };
    one.bands.iter().any(|band| other.bands.contains(band)) && (one.judge)(&one.sketch, &other.sketch).is_some()
}

fn tongue(story: &Story) -> String {
    story.language.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_lowercase()
}

/// The stories of every feed, in its order.
fn read(corpus: &Path) -> Result<Vec<Vec<Story>>> {
    let (mut feeds, mut folders, mut seen) = (Vec::new(), vec![corpus.to_owned()], std::collections::HashSet::new());
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(&folder)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let meta = entry.metadata()?;
            if meta.is_dir() {
                folders.push(entry.path());
            } else if meta.len() >= SMALLEST {
                let base = Url::parse("https://feed.example/")?;
                let Ok(parsed) = poll::parse(&std::fs::read(entry.path())?, None, &base, &Reading::default()) else { continue };
                let language = parsed.facts.language.unwrap_or_default();
                let stories = parsed.entries.into_iter().filter_map(|entry| {
                    let text = content::clean(entry.body(), None, &Limits::default()).text;
                    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    let is_new = text.split(' ').count() >= 25 && seen.insert(text.clone());
                    let language = entry.language.unwrap_or_else(|| language.clone());
                    is_new.then(|| Story { title: entry.title, link: entry.link.unwrap_or_default(), text, language })
                });
                feeds.push(stories.collect());
            }
        }
    }
    Ok(feeds)
}

/// As another outlet brings it; `strength` from 0 to 2.
fn edited(story: &Story, strength: usize, words: &[String], dice: &mut Dice) -> Story {
    let (drop, replace) = ([0.05, 0.15, 0.25][strength], [0.005, 0.02, 0.04][strength]);
    let all: Vec<&str> = story.text.split_inclusive(['.', '!', '?', '。', '！', '？']).collect();
    let mut sentences: Vec<&str> =
        all.iter().enumerate().filter(|(at, _)| *at == 0 || dice.share() >= drop).map(|(_, text)| *text).collect();
    if strength > 0 && sentences.len() > 4 && dice.share() < 0.5 {
        let at = 1 + dice.below(sentences.len() - 2);
        sentences.swap(at, at + 1);
    }
    let replaced = |word: &str, dice: &mut Dice| if dice.share() < replace { dice.one(words).clone() } else { word.to_owned() };
    let mut text = sentences.concat().split_whitespace().map(|word| replaced(word, dice)).collect::<Vec<_>>().join(" ");
    if dice.share() < 0.7 {
        text = format!(
            "{}{text}",
            dice.one(&["(Agency) ", "LONDON, Nov 22 – ", "BERLIN (dpa) - ", "By our staff reporter. ", "Updated at 14:05. "])
        );
    }
    if dice.share() < 0.6 {
        text = format!(
            "{text} {}",
            dice.one(&[
                "This story first appeared in our morning edition and was updated with new details by our newsroom as they came in.",
                "Reporting by our own correspondents; editing by the desk. Read more of our coverage on the front page.",
                "Sign up for the newsletter to receive the most important stories of the day directly in your inbox.",
            ])
        );
    }
    let mut title: Vec<String> = story.title.split_whitespace().map(str::to_owned).collect();
    if title.len() > 3 && dice.share() < 0.6 {
        let at = dice.below(title.len());
        title[at].clone_from(dice.one(words));
        if dice.share() < 0.3 {
            title.truncate((title.len() * 2 / 3).max(3));
        }
    }
    Story { title: title.join(" "), link: String::new(), text, language: story.language.clone() }
}

/// Other numbers, and for most capitalised words others.
fn filled(story: &Story, words: &[String], dice: &mut Dice) -> Story {
    let names: Vec<&String> = words.iter().filter(|word| word.starts_with(char::is_uppercase)).collect();
    let mut fill = |text: &str| {
        let other = |word: &str| -> String {
            if word.bytes().any(|byte| byte.is_ascii_digit()) {
                word.chars().map(|letter| if letter.is_ascii_digit() { char::from(b'0' + dice.below(10) as u8) } else { letter }).collect()
            } else if word.starts_with(char::is_uppercase) && !names.is_empty() && dice.share() < 0.8 {
                (*dice.one(&names)).clone()
            } else {
                word.to_owned()
            }
        };
        text.split_whitespace().map(other).collect::<Vec<_>>().join(" ")
    };
    Story { title: fill(&story.title), link: String::new(), text: fill(&story.text), language: story.language.clone() }
}

/// The same numbers in each run (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.roll() >> 33) as usize % most.max(1)
    }

    fn share(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}
