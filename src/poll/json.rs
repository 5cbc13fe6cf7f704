//! JSON Feed 1 and 1.1, read leniently: an id may be a number, a version may be missing.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use url::Url;

use super::layer::MAX_ENTRIES;
use super::parse::{ParseError, Parsed, Reading, absolute};
use super::{Format, date, plain};
use crate::domain::{Enclosure, Entry, FeedFacts, ImageRef};

/// Names, tags or attachments that are read of one entry.
const MAX_LIST: usize = 100;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Document {
    title: Loose,
    home_page_url: Loose,
    language: Loose,
    #[serde(deserialize_with = "list::<_, _, MAX_LIST>")]
    authors: Vec<Author>,
    author: Option<Author>,
    #[serde(deserialize_with = "some_list::<_, _, MAX_ENTRIES>")]
    items: Option<Vec<Item>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Item {
    id: Loose,
    url: Loose,
    external_url: Loose,
    title: Loose,
    content_html: Loose,
    content_text: Loose,
    summary: Loose,
    image: Loose,
    banner_image: Loose,
    date_published: Loose,
    date_modified: Loose,
    #[serde(deserialize_with = "list::<_, _, MAX_LIST>")]
    authors: Vec<Author>,
    author: Option<Author>,
    #[serde(deserialize_with = "list::<_, _, MAX_LIST>")]
    tags: Vec<Loose>,
    language: Loose,
    #[serde(deserialize_with = "list::<_, _, MAX_LIST>")]
    attachments: Vec<Attachment>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Author {
    name: Loose,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attachment {
    url: Loose,
    mime_type: Loose,
    size_in_bytes: Loose,
}

/// A text, or a number where a text belongs; anything else is nothing.
#[derive(Default)]
struct Loose(Option<String>);

impl Loose {
    fn text(&self) -> Option<&str> {
        self.0.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
}

/// Reads the document; `text` begins with `{`.
pub(super) fn parse(text: &str, base: &Url, reading: &Reading) -> Result<Parsed, ParseError> {
    let document: Document = serde_json::from_str(text).map_err(|error| ParseError::Json(error.to_string()))?;
    let items = document.items.ok_or_else(|| ParseError::Json("it has no list of `items`".to_owned()))?;
    let of_all = names(&document.authors, document.author.as_ref());
    let language = document.language.text().map(str::to_owned);
    let entries = items.iter().map(|item| entry(item, base, &of_all, language.as_deref(), reading)).collect();
    let facts = FeedFacts {
        title: document.title.text().map(plain::from_text),
        home: document.home_page_url.text().and_then(|home| absolute(home, base)),
        language,
        rights: None,
    };
    Ok(Parsed { facts, entries, format: Format::Json11, is_cut: items.len() == MAX_ENTRIES, ..Parsed::default() })
}

fn entry(item: &Item, base: &Url, of_all: &[String], language: Option<&str>, reading: &Reading) -> Entry {
    let date = |text| date::read(text, reading);
    let own = names(&item.authors, item.author.as_ref());
    let link = item.url.text().or(item.external_url.text()).and_then(|link| absolute(link, base));
    let as_html = |text: &str| html_escape::encode_text(text).replace("\n\n", "<br><br>");
    let mut entry = Entry {
        guid: item.id.text().map(str::to_owned),
        base: Some(link.clone().unwrap_or_else(|| base.to_string())),
        link,
        title: item.title.text().map(plain::from_text).unwrap_or_default(),
        authors: if own.is_empty() { of_all.to_vec() } else { own },
        published: item.date_published.text().and_then(date),
        updated: item.date_modified.text().and_then(date),
        summary: item.summary.text().map(as_html),
        content: item.content_html.text().map(str::to_owned).or_else(|| item.content_text.text().map(as_html)),
        categories: item.tags.iter().filter_map(Loose::text).map(plain::from_text).collect(),
        language: item.language.text().or(language).map(str::to_owned),
        ..Entry::default()
    };
    for picture in [&item.image, &item.banner_image].into_iter().filter_map(Loose::text).filter_map(|url| absolute(url, base)) {
        entry.images.push(ImageRef { url: picture, ..ImageRef::default() });
    }
    for attachment in &item.attachments {
        let Some(url) = attachment.url.text().and_then(|url| absolute(url, base)) else { continue };
        let mime = attachment.mime_type.text().map(str::to_owned);
        if mime.as_deref().is_some_and(|mime| mime.starts_with("image/")) {
            entry.images.push(ImageRef { url, ..ImageRef::default() });
        } else {
            entry.enclosures.push(Enclosure { url, mime, length: attachment.size_in_bytes.text().and_then(|size| size.parse().ok()) });
        }
    }
    entry
}

/// Version 1.1's `authors`, or version 1's `author`.
fn names(authors: &[Author], author: Option<&Author>) -> Vec<String> {
    authors.iter().chain(author.filter(|_| authors.is_empty())).filter_map(|author| author.name.text()).map(plain::from_text).collect()
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Loose;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_str<E>(self, text: &str) -> Result<Loose, E> {
                Ok(Loose(Some(text.to_owned())))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Loose, E> {
                Ok(Loose(Some(number.to_string())))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Loose, E> {
                Ok(Loose(Some(number.to_string())))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Loose, E> {
                Ok(Loose(Some(number.to_string())))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Loose, E> {
                Ok(Loose(None))
            }
            fn visit_unit<E>(self) -> Result<Loose, E> {
                Ok(Loose(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Loose, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Loose(None))
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Loose(None))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The first `N` of a list; a megabyte of `{},` would else become a gigabyte of empty items.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>, const N: usize>(deserializer: D) -> Result<Vec<T>, D::Error> {
    some_list::<D, T, N>(deserializer).map(Option::unwrap_or_default)
}

fn some_list<'de, D: Deserializer<'de>, T: Deserialize<'de>, const N: usize>(deserializer: D) -> Result<Option<Vec<T>>, D::Error> {
    struct First<T, const N: usize>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for First<T, N> {
        type Value = Option<Vec<T>>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("a list")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut first = Vec::new();
            while first.len() < N {
                match list.next_element()? {
                    Some(item) => first.push(item),
                    None => return Ok(Some(first)),
                }
            }
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Some(first))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    deserializer.deserialize_any(First::<T, N>(PhantomData))
}
