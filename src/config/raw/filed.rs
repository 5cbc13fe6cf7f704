//! How entries are filed: `feed_categories`, `tags`, and a site's `terms`.

use serde_json::{Value as Json, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::source::At;
use super::leaf::quote;
use super::named::Taxonomy;
use super::node::{Leaf, Many, Node, Reading, Wrong, table};
use super::value::key;
use crate::domain::{NewTerms, Plural};

table! {
    /// `feed_categories`
    FeedCategories "" {
        /// What they become: `"tags"`, `"categories"`, a taxonomy, or a list of these.
        to: Many<Taxonomy>,
        /// What happens to those that the site lacks.
        new: At<NewTerms>,
        /// The same for names that `map` doesn't have. Default: as `new`.
        unmapped: At<NewTerms>,
        /// What names become instead: `"Tech News" = "News > Tech"`; `""` drops one.
        map: CategoryMap,
    }
}

impl FeedCategories {
    /// What it says itself, and `under` where it says nothing. Maps are joined, name by name.
    pub fn over(self, under: Option<&Self>) -> Self {
        let Some(under) = under else { return self };
        Self {
            at: self.at,
            to: self.to.or_else(|| under.to.clone()),
            // who says what becomes of all names means the unmapped ones, too
            unmapped: self.unmapped.or_else(|| if self.new.is_some() { None } else { under.unmapped.clone() }),
            new: self.new.or_else(|| under.new.clone()),
            map: match (self.map, &under.map) {
                (Some(own), Some(under)) => Some(own.over(under)),
                (own, under) => own.or_else(|| under.clone()),
            },
        }
    }
}

table! {
    /// `[site.terms]`
    SiteTerms "[site.terms]" {
        /// Names and what they are called here: `{ "ML" = "machine learning" }`.
        synonyms: Synonyms,
        /// Names of feeds that never become terms: names, with `*` for anything, or `{ regex = "…" }`.
        stop: StopList,
        /// Whether names that differ in accents alone are the same.
        fold_accents: At<bool>,
        /// The languages by whose rules singular and plural are the same: `"en"`, `"de"`, `"fr"`, `"es"`, `"pt"`, `"it"`, or a list.
        fold_plurals: Many<Plural>,
        /// How many terms a day are made on this site at most; 0: as many as are wanted.
        max_new_per_day: At<u32>,
        /// In how many entries a feed's name must have been seen before it is made a term.
        min_uses: At<u32>,
    }
}

impl SiteTerms {
    /// What it says itself, and `under` where it says nothing.
    pub fn over(self, under: &Self) -> Self {
        Self {
            at: self.at,
            synonyms: self.synonyms.or_else(|| under.synonyms.clone()),
            stop: self.stop.or_else(|| under.stop.clone()),
            fold_accents: self.fold_accents.or_else(|| under.fold_accents.clone()),
            fold_plurals: self.fold_plurals.or_else(|| under.fold_plurals.clone()),
            max_new_per_day: self.max_new_per_day.or_else(|| under.max_new_per_day.clone()),
            min_uses: self.min_uses.or_else(|| under.min_uses.clone()),
        }
    }
}

impl Leaf for Plural {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let text = value.as_str().ok_or_else(|| Wrong::kind("a language in quotes", value).hint("one or several of \"en\", \"de\", …"))?;
        let known = Self::ALL.iter().find(|(code, _)| *code == text);
        known.map(|(_, plural)| *plural).ok_or_else(|| {
            let codes: Vec<String> = Self::ALL.iter().map(|(code, _)| format!("\"{code}\"")).collect();
            Wrong::new(format!("has no rules for `{text}`")).hint(format!("the languages are {}", codes.join(", ")))
        })
    }

    fn write(&self) -> String {
        quote(code(*self))
    }

    fn schema() -> Json {
        json!({ "type": "string", "enum": Self::ALL.map(|(code, _)| code) })
    }
}

fn code(plural: Plural) -> &'static str {
    Plural::ALL.iter().find(|(_, known)| *known == plural).map_or("", |(code, _)| code)
}

/// Any text, also none.
#[derive(Debug, Clone, PartialEq)]
pub struct Path(pub String);

impl Leaf for Path {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let text = value.as_str().ok_or_else(|| {
            Wrong::kind("text, a list or a table", value).hint("the name on the site, `\"News > Tech\"`, or `\"\"` to drop it")
        })?;
        if text.trim().is_empty() {
            return Ok(Self(String::new()));
        }
        if text.split(" > ").any(|part| part.trim().is_empty()) {
            return Err(
                Wrong::new(format!("has an empty name in `{text}`")).hint("a parent, ` > `, and what lies under it: `\"News > Tech\"`")
            );
        }
        Ok(Self(text.to_owned()))
    }

    fn write(&self) -> String {
        quote(&self.0)
    }

    fn schema() -> Json {
        json!({ "type": "string" })
    }
}

/// Names of feeds' categories, each with what it becomes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CategoryMap(pub Vec<(At<String>, Mapped)>);

/// What a category becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Mapped {
    /// These, in the taxonomies of `to`.
    Names(Many<Path>),
    /// By taxonomy.
    Places(Vec<(At<Taxonomy>, Many<Path>)>),
}

impl CategoryMap {
    fn over(self, under: &Self) -> Self {
        let inherited = under.0.iter().filter(|(name, _)| !self.0.iter().any(|(own, _)| own.value == name.value));
        let mut all: Vec<_> = inherited.cloned().collect();
        all.extend(self.0.clone());
        Self(all)
    }
}

impl Node for CategoryMap {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        let hint = "name each category with what it becomes: `map = { \"Tech News\" = \"News > Tech\" }`";
        let entries = entries(value, hint, reading)?;
        let read = |(name, value): (At<String>, &Spanned<DeValue<'_>>)| {
            reading.key = format!("map.{}", name.value);
            Some((name, Mapped::read(value, reading)?))
        };
        Some(Self(entries.into_iter().filter_map(read).collect()))
    }

    fn inline(&self) -> Option<String> {
        Some(written(self.0.iter().map(|(name, mapped)| (name.value.as_str(), mapped.inline()))))
    }

    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": Mapped::schema() })
    }
}

impl Node for Mapped {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        let DeValue::Table(places) = value.get_ref() else { return Many::read(value, reading).map(Self::Names) };
        let key = reading.key.clone();
        let mut read = Vec::new();
        for (to, names) in places {
            reading.key = format!("{key}.{}", to.get_ref());
            match Taxonomy::read(&DeValue::String(to.get_ref().clone())) {
                Ok(taxonomy) => {
                    let to = At { value: taxonomy, at: reading.place(to.span()) };
                    read.extend(Node::read(names, reading).map(|names: Many<Path>| (to, names)));
                }
                Err(wrong) => {
                    reading.key = key.clone();
                    reading.wrong(to.span(), wrong);
                }
            }
        }
        read.sort_by_key(|(to, _)| to.at.span.start);
        Some(Self::Places(read))
    }

    fn inline(&self) -> Option<String> {
        match self {
            Self::Names(names) => names.inline(),
            Self::Places(places) => Some(written(places.iter().map(|(to, names)| (to.value.0.as_str(), names.inline())))),
        }
    }

    fn schema() -> Json {
        let places = json!({ "type": "object", "additionalProperties": Many::<Path>::schema() });
        json!({ "anyOf": [Path::schema(), Vec::<At<Path>>::schema(), places] })
    }
}

/// Names, each with the one in its place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Synonyms(pub Vec<(At<String>, At<String>)>);

impl Node for Synonyms {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        let entries = entries(value, "name each name with the one in its place: `synonyms = { \"ML\" = \"machine learning\" }`", reading)?;
        let read = |(name, value): (At<String>, &Spanned<DeValue<'_>>)| {
            reading.key = format!("synonyms.{}", name.value);
            Some((name, Node::read(value, reading)?))
        };
        Some(Self(entries.into_iter().filter_map(read).collect()))
    }

    fn inline(&self) -> Option<String> {
        Some(written(self.0.iter().map(|(name, instead)| (name.value.as_str(), instead.inline()))))
    }

    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": String::schema() })
    }
}

table! {
    /// a pattern
    PatternKey "" {
        /// A regular expression (linear time: no look-around, no back-references).
        regex: At<String> = required,
    }
}

/// A name, or a pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    Name(At<String>),
    Pattern(At<String>),
}

/// Names and patterns: one, or a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StopList(pub Vec<Stop>);

impl Node for StopList {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        let key = reading.key.clone();
        let mut one = |value: &Spanned<DeValue<'_>>| {
            reading.key.clone_from(&key);
            match value.get_ref() {
                DeValue::Table(_) => PatternKey::read(value, reading)?.regex.map(Stop::Pattern),
                _ => At::read(value, reading).map(Stop::Name),
            }
        };
        Some(Self(match value.get_ref() {
            DeValue::Array(values) => values.iter().filter_map(one).collect(),
            _ => one(value).into_iter().collect(),
        }))
    }

    fn inline(&self) -> Option<String> {
        let stops: Vec<String> = self
            .0
            .iter()
            .map(|stop| match stop {
                Stop::Name(name) => quote(&name.value),
                Stop::Pattern(pattern) => format!("{{ regex = {} }}", quote(&pattern.value)),
            })
            .collect();
        Some(format!("[{}]", stops.join(", ")))
    }

    fn schema() -> Json {
        let one = json!({ "anyOf": [String::schema(), PatternKey::schema()] });
        json!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

table! {
    /// a tag
    TagKeys "" {
        /// Whole words or phrases; `kernel*` for beginnings.
        words: Many<String>,
        /// Regular expressions, looked for in title and text as they are written.
        regex: Many<String>,
        /// Where the tag is filed when not among the tags.
        to: At<Taxonomy>,
        /// Tags of higher priority come first.
        priority: At<u32>,
        /// Take the tag away where this fits.
        remove: At<bool>,
    }
}

/// Tags and what gives them, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Keywords(pub Vec<(At<String>, Tag)>);

/// What gives a tag.
#[derive(Debug, Clone, PartialEq)]
pub enum Tag {
    Words(Many<String>),
    Keys(TagKeys),
}

impl Keywords {
    /// Its own tags, and those of `under` that it doesn't name.
    pub fn over(self, under: Option<&Self>) -> Self {
        let inherited =
            under.map_or(&[][..], |under| &under.0).iter().filter(|(tag, _)| !self.0.iter().any(|(own, _)| own.value == tag.value));
        let mut all: Vec<_> = inherited.cloned().collect();
        all.extend(self.0.clone());
        Self(all)
    }
}

impl Node for Keywords {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        let entries = entries(value, "name each tag with its words: `tags = { linux = [\"linux\", \"kernel*\"] }`", reading)?;
        let mut read = Vec::new();
        for (name, value) in entries {
            if name.value.trim().is_empty() {
                let hint = "write the tag before its words: `linux = [\"kernel*\"]`";
                reading.key = "tags".to_owned();
                reading.wrong(name.at.span.clone(), Wrong::new("holds a tag without a name").hint(hint));
            }
            reading.key = format!("tags.{}", name.value);
            let tag = match value.get_ref() {
                DeValue::Array(all) if all.iter().any(|one| matches!(one.get_ref(), DeValue::Table(_))) => {
                    let wrong = all.iter().filter(|one| matches!(one.get_ref(), DeValue::Table(_)));
                    let hint = "patterns stand beside the words: `{ words = [\"kernel*\"], regex = [\"CVE-[0-9]+\"] }`";
                    for one in wrong {
                        reading.wrong(one.span(), Wrong::kind("text in quotes", one.get_ref()).hint(hint));
                    }
                    None
                }
                DeValue::Table(_) => TagKeys::read(value, reading).map(Tag::Keys),
                _ => Many::read(value, reading).map(Tag::Words),
            };
            read.extend(tag.map(|tag| (name, tag)));
        }
        Some(Self(read))
    }

    fn inline(&self) -> Option<String> {
        Some(written(self.0.iter().map(|(name, tag)| {
            let told = match tag {
                Tag::Words(words) => words.inline(),
                Tag::Keys(keys) => keys.inline(),
            };
            (name.value.as_str(), told)
        })))
    }

    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": { "anyOf": [String::schema(), Vec::<At<String>>::schema(), TagKeys::schema()] } })
    }
}

/// The entries of a table whose keys are names, as they are written: the first are the best.
pub(super) fn entries<'a, 'b>(
    value: &'a Spanned<DeValue<'b>>,
    hint: &str,
    reading: &mut Reading<'_>,
) -> Option<Vec<(At<String>, &'a Spanned<DeValue<'b>>)>> {
    let DeValue::Table(table) = value.get_ref() else {
        reading.wrong(value.span(), Wrong::kind("a table", value.get_ref()).hint(hint));
        return None;
    };
    let table: &DeTable<'b> = table;
    let mut entries: Vec<_> =
        table.iter().map(|(name, value)| (At { value: name.get_ref().to_string(), at: reading.place(name.span()) }, value)).collect();
    entries.sort_by_key(|(name, _)| name.at.span.start);
    Some(entries)
}

pub(super) fn written<'a>(entries: impl Iterator<Item = (&'a str, Option<String>)>) -> String {
    let entries: Vec<String> = entries.map(|(name, told)| format!("{} = {}", key(name), told.unwrap_or_default())).collect();
    if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
}
