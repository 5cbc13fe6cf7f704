//! JSON Feed's objects, taken from whatever stands in their places.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::poll::layer::MAX_ENTRIES;

/// Names, tags or attachments that are read of one entry.
const MAX_LIST: usize = 100;

/// The outermost object, or the one in it that holds the items.
#[derive(Default)]
pub(super) struct Document {
    pub version: Loose,
    pub title: Loose,
    pub home_page_url: Loose,
    pub feed_url: Loose,
    pub next_url: Loose,
    pub language: Loose,
    pub authors: Vec<Author>,
    pub hubs: Vec<Hub>,
    pub items: Option<Items>,
    /// The items stood elsewhere than in `items` of the outermost object.
    pub is_elsewhere: bool,
}

#[derive(Default)]
pub(super) struct Items {
    pub items: Vec<Item>,
    /// There were more than are read.
    pub is_cut: bool,
}

#[derive(Default)]
pub(super) struct Item {
    pub id: Loose,
    pub url: Loose,
    pub external_url: Loose,
    pub title: Loose,
    pub content_html: Loose,
    pub content_text: Loose,
    pub summary: Loose,
    pub image: Loose,
    pub banner_image: Loose,
    pub date_published: Loose,
    pub date_modified: Loose,
    pub authors: Vec<Author>,
    pub tags: Vec<Loose>,
    pub language: Loose,
    pub attachments: Vec<Attachment>,
}

/// An object with a `name`, or the name alone.
#[derive(Default)]
pub(super) struct Author {
    pub name: Loose,
}

/// An object with a `url`, or the address alone.
#[derive(Default)]
pub(super) struct Hub {
    kind: Loose,
    url: Loose,
}

impl Hub {
    /// Its address, unless it is of a kind that nothing here speaks (`rssCloud`).
    pub(super) fn text(&self) -> Option<&str> {
        let is_websub = self.kind.text().is_none_or(|kind| !kind.eq_ignore_ascii_case("rssCloud"));
        self.url.text().filter(|_| is_websub)
    }
}

#[derive(Default)]
pub(super) struct Attachment {
    pub url: Loose,
    pub mime_type: Loose,
    pub size_in_bytes: Loose,
}

/// A text, or a number where a text belongs; anything else is nothing.
#[derive(Default)]
pub(super) struct Loose {
    text: Option<String>,
    /// It was a number.
    pub is_odd: bool,
}

impl Loose {
    pub(super) fn text(&self) -> Option<&str> {
        self.text.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
}

/// Something that is filled member by member; one that is there twice counts the last time.
trait Members: Default {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error>;

    /// What a mere text in its place means.
    fn of_text(_: &str) -> Option<Self> {
        None
    }
}

impl Members for Document {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "version" => self.version = map.next_value()?,
            "title" => self.title = map.next_value()?,
            "home_page_url" => self.home_page_url = map.next_value()?,
            "feed_url" => self.feed_url = map.next_value()?,
            "next_url" => self.next_url = map.next_value()?,
            "language" => self.language = map.next_value()?,
            "authors" | "author" => self.authors.append(&mut list(map)?),
            "hubs" => self.hubs = list(map)?,
            "items" => self.items = map.next_value::<Held<Items>>()?.0.or(self.items.take()),
            "entries" | "posts" | "articles" if self.items.is_none() => {
                self.items = map.next_value::<Held<Items>>()?.0;
                self.is_elsewhere = self.items.is_some();
            }
            "feed" | "channel" | "data" | "rss" if self.items.is_none() => {
                if let Some(inner) = map.next_value::<Held<Document>>()?.0.filter(|inner| inner.items.is_some()) {
                    *self = Self { is_elsewhere: true, ..inner };
                }
            }
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl Members for Item {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "id" | "guid" => self.id = map.next_value()?,
            "url" | "link" => self.url = map.next_value()?,
            "external_url" => self.external_url = map.next_value()?,
            "title" => self.title = map.next_value()?,
            "content_html" => self.content_html = map.next_value()?,
            "content_text" => self.content_text = map.next_value()?,
            "summary" => self.summary = map.next_value()?,
            "image" => self.image = map.next_value()?,
            "banner_image" => self.banner_image = map.next_value()?,
            "date_published" => self.date_published = map.next_value()?,
            "date_modified" => self.date_modified = map.next_value()?,
            "authors" | "author" => self.authors.append(&mut list(map)?),
            "tags" => self.tags = list(map)?,
            "language" => self.language = map.next_value()?,
            "attachments" => self.attachments = list(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl Members for Author {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "name" => self.name = map.next_value()?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }

    fn of_text(text: &str) -> Option<Self> {
        Some(Self { name: Loose { text: Some(text.to_owned()), is_odd: true } })
    }
}

impl Members for Hub {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "type" => self.kind = map.next_value()?,
            "url" => self.url = map.next_value()?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }

    fn of_text(text: &str) -> Option<Self> {
        Some(Self { kind: Loose::default(), url: Loose { text: Some(text.to_owned()), is_odd: true } })
    }
}

impl Members for Attachment {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "url" => self.url = map.next_value()?,
            "mime_type" => self.mime_type = map.next_value()?,
            "size_in_bytes" => self.size_in_bytes = map.next_value()?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl Members for Loose {
    fn member<'de, A: MapAccess<'de>>(&mut self, _: &str, map: &mut A) -> Result<(), A::Error> {
        map.next_value::<IgnoredAny>().map(drop)
    }

    fn of_text(text: &str) -> Option<Self> {
        Some(Self { text: Some(text.to_owned()), is_odd: false })
    }
}

/// A thing, if what stands there can be one.
struct Held<T>(Option<T>);

impl<'de, T: Members> Deserialize<'de> for Held<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything::<T>(PhantomData))
    }
}

struct Anything<T>(PhantomData<T>);

impl<'de, T: Members> Visitor<'de> for Anything<T> {
    type Value = Held<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Held<T>, A::Error> {
        let mut value = T::default();
        while let Some(name) = map.next_key::<String>()? {
            value.member(&name, &mut map)?;
        }
        Ok(Held(Some(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Held<T>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Held(None))
    }

    fn visit_str<E>(self, text: &str) -> Result<Held<T>, E> {
        Ok(Held(T::of_text(text)))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Held<T>, E> {
        Ok(Held(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Held<T>, E> {
        Ok(Held(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Held<T>, E> {
        Ok(Held(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Held<T>, E> {
        Ok(Held(None))
    }

    fn visit_unit<E>(self) -> Result<Held<T>, E> {
        Ok(Held(None))
    }
}

impl<'de> Deserialize<'de> for Document {
    /// An object, or a list, which can only be the items.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Outermost;
        impl<'de> Visitor<'de> for Outermost {
            type Value = Document;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Document, A::Error> {
                Ok(Anything::<Document>(PhantomData).visit_map(map)?.0.unwrap_or_default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Document, A::Error> {
                Ok(Document { items: Some(items(list)?), is_elsewhere: true, ..Document::default() })
            }
        }
        deserializer.deserialize_any(Outermost)
    }
}

impl<'de> Deserialize<'de> for Held<Items> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Some;
        impl<'de> Visitor<'de> for Some {
            type Value = Held<Items>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Held<Items>, A::Error> {
                Ok(Held(Option::Some(items(list)?)))
            }
            fn visit_unit<E>(self) -> Result<Held<Items>, E> {
                Ok(Held(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Held<Items>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Held(None))
            }
            fn visit_str<E>(self, _: &str) -> Result<Held<Items>, E> {
                Ok(Held(None))
            }
        }
        deserializer.deserialize_any(Some)
    }
}

fn items<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Items, A::Error> {
    let mut items = Vec::new();
    while items.len() < MAX_ENTRIES {
        match list.next_element::<Held<Item>>()? {
            Some(item) => items.extend(item.0),
            None => return Ok(Items { items, is_cut: false }),
        }
    }
    let mut is_cut = false;
    while list.next_element::<IgnoredAny>()?.is_some() {
        is_cut = true;
    }
    Ok(Items { items, is_cut })
}

/// The first of a list, or the one thing where a list belongs.
fn list<'de, A: MapAccess<'de>, T: Members>(map: &mut A) -> Result<Vec<T>, A::Error> {
    Ok(map.next_value::<List<T>>()?.0)
}

struct List<T>(Vec<T>);

impl<'de, T: Members> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct First<T>(PhantomData<T>);
        impl<'de, T: Members> Visitor<'de> for First<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<T>, A::Error> {
                let mut first = Vec::new();
                while let Some(item) = if first.len() < MAX_LIST { list.next_element::<Held<T>>()? } else { None } {
                    first.extend(item.0);
                }
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(List(first))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
                Ok(List(Held::<T>::deserialize(MapAccessDeserializer::new(map))?.0.into_iter().collect()))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<List<T>, E> {
                Ok(List(Held::<T>::deserialize(StrDeserializer::new(text))?.0.into_iter().collect()))
            }
            fn visit_unit<E>(self) -> Result<List<T>, E> {
                Ok(List(Vec::new()))
            }
            fn visit_bool<E>(self, _: bool) -> Result<List<T>, E> {
                Ok(List(Vec::new()))
            }
            fn visit_u64<E>(self, _: u64) -> Result<List<T>, E> {
                Ok(List(Vec::new()))
            }
        }
        deserializer.deserialize_any(First(PhantomData))
    }
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
                Ok(Loose { text: Some(text.to_owned()), is_odd: false })
            }
            fn visit_i64<E>(self, number: i64) -> Result<Loose, E> {
                Ok(Loose { text: Some(number.to_string()), is_odd: true })
            }
            fn visit_u64<E>(self, number: u64) -> Result<Loose, E> {
                Ok(Loose { text: Some(number.to_string()), is_odd: true })
            }
            fn visit_f64<E>(self, number: f64) -> Result<Loose, E> {
                Ok(Loose { text: Some(number.to_string()), is_odd: true })
            }
            fn visit_bool<E>(self, _: bool) -> Result<Loose, E> {
                Ok(Loose::default())
            }
            fn visit_unit<E>(self) -> Result<Loose, E> {
                Ok(Loose::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Loose, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Loose::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Loose::default())
            }
        }
        deserializer.deserialize_any(Any)
    }
}
