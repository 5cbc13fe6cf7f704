//! What a page says of itself: its pictures (Open Graph, JSON-LD, Twitter cards), its licence, and what it reserves.

use dom_query::Document;
use serde_json::Value;
use url::Url;

use super::super::rights;
use crate::domain::{ImageKind, ImageRef, Signal};

/// Pictures that are read of one page.
const IMAGES: usize = 12;
/// A longer address names nothing.
const ADDRESS: usize = 2_000;

/// The head of a page, and its structured data wherever it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// What relative addresses are relative to.
    pub base: Url,
    /// Plain text.
    pub title: String,
    /// Candidates in the order in which they are trusted: Open Graph, JSON-LD, Twitter.
    pub images: Vec<ImageRef>,
    /// The address of its licence.
    pub licence: Option<String>,
    pub signals: Vec<Signal>,
    /// What a `tdm-reservation` element says.
    pub mining: Option<bool>,
    /// Addresses of RSL licences.
    pub rsl: Vec<Url>,
    /// Its structured data say that it isn't free to read.
    pub is_paid: bool,
}

impl Default for Head {
    fn default() -> Self {
        let base = Url::parse("about:blank").expect("a constant");
        Self {
            base,
            title: String::new(),
            images: Vec::new(),
            licence: None,
            signals: Vec::new(),
            mining: None,
            rsl: Vec::new(),
            is_paid: false,
        }
    }
}

pub(super) fn read(document: &Document, url: &Url) -> Head {
    let based = document.select("base[href]").iter().find_map(|base| url.join(base.attr("href")?.trim()).ok());
    let base = based.filter(|base| matches!(base.scheme(), "http" | "https")).unwrap_or_else(|| url.clone());
    let mut head = Head { base, title: document.select_single("title").text().trim().to_owned(), ..Head::default() };
    let mut twitter = Vec::new();
    for meta in document.select("meta[content]").iter() {
        let (Some(content), name) = (meta.attr("content"), meta.attr("property").or_else(|| meta.attr("name"))) else { continue };
        let (content, name) = (content.trim(), name.map(|name| name.trim().to_ascii_lowercase()).unwrap_or_default());
        match name.as_str() {
            "og:image" | "og:image:url" | "og:image:secure_url" => {
                head.images.extend(picture(content, &head.base, ImageKind::OpenGraph).filter(|image| !has(&head.images, image)));
            }
            "og:image:width" => of_last(&mut head.images, |image| image.width = content.parse().ok()),
            "og:image:height" => of_last(&mut head.images, |image| image.height = content.parse().ok()),
            "og:image:alt" => of_last(&mut head.images, |image| image.alt = Some(content.to_owned())),
            "twitter:image" | "twitter:image:src" => twitter.extend(picture(content, &head.base, ImageKind::Twitter)),
            "twitter:image:alt" => of_last(&mut twitter, |image| image.alt = Some(content.to_owned())),
            "tdm-reservation" => head.mining = rights::Reservation::value(content),
            name => head.signals.extend(rights::of_meta(name, content)),
        }
    }
    let mut structured = Structured { base: &head.base, images: Vec::new(), licence: None, is_paid: false };
    for script in document.select("script[type='application/ld+json']").iter() {
        structured.read(&script.text());
    }
    let Structured { images, licence, is_paid, .. } = structured;
    head.is_paid = is_paid;
    for image in images.into_iter().chain(twitter) {
        if !has(&head.images, &image) {
            head.images.push(image);
        }
    }
    head.images.truncate(IMAGES);
    for link in document.select("link[rel~=license][href], a[rel~=license][href]").iter() {
        let Some(target) = link.attr("href").and_then(|href| head.base.join(href.trim()).ok()) else { continue };
        if link.attr("type").is_some_and(|media| media.to_ascii_lowercase().contains("rsl+xml")) {
            head.rsl.push(target);
        } else if head.licence.is_none() && target.as_str().len() <= ADDRESS {
            head.licence = Some(target.into());
        }
    }
    head.licence = head.licence.or(licence);
    head
}

fn has(images: &[ImageRef], image: &ImageRef) -> bool {
    images.iter().any(|other| other.url == image.url)
}

fn of_last(images: &mut [ImageRef], change: impl FnOnce(&mut ImageRef)) {
    if let Some(last) = images.last_mut() {
        change(last);
    }
}

fn picture(address: &str, base: &Url, kind: ImageKind) -> Option<ImageRef> {
    let url = base.join(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    (!address.trim().is_empty() && url.as_str().len() <= ADDRESS).then(|| ImageRef { url: url.into(), kind, ..ImageRef::default() })
}

/// JSON-LD of the article, wherever in the graph it stands.
struct Structured<'b> {
    base: &'b Url,
    images: Vec<ImageRef>,
    licence: Option<String>,
    is_paid: bool,
}

impl Structured<'_> {
    fn read(&mut self, text: &str) {
        let text =
            text.trim().trim_start_matches("<!--").trim_start_matches("//<![CDATA[").trim_end_matches("//]]>").trim_end_matches("-->");
        if let Ok(data) = serde_json::from_str::<Value>(text) {
            self.node(&data, 0);
        }
    }

    fn node(&mut self, data: &Value, depth: usize) {
        if depth > 4 {
            return;
        }
        match data {
            Value::Array(all) => all.iter().take(50).for_each(|one| self.node(one, depth + 1)),
            Value::Object(thing) => {
                if let Some(graph) = thing.get("@graph") {
                    self.node(graph, depth + 1);
                }
                let kinds: Vec<&str> = match thing.get("@type") {
                    Some(Value::String(kind)) => vec![kind],
                    Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
                    _ => Vec::new(),
                };
                if kinds
                    .iter()
                    .any(|kind| kind.ends_with("Article") || kind.ends_with("Posting") || matches!(*kind, "Report" | "Review" | "Recipe"))
                {
                    self.article(thing);
                }
            }
            _ => {}
        }
    }

    fn article(&mut self, thing: &serde_json::Map<String, Value>) {
        for name in ["image", "thumbnailUrl"] {
            if let Some(image) = thing.get(name) {
                self.image(image);
            }
        }
        let is_false =
            |value: &Value| value.as_bool() == Some(false) || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("false"));
        self.is_paid |= thing.get("isAccessibleForFree").is_some_and(is_false);
        if self.licence.is_none() {
            self.licence = thing.get("license").and_then(Value::as_str).and_then(|address| self.base.join(address).ok()).map(String::from);
        }
    }

    fn image(&mut self, image: &Value) {
        let number = |value: Option<&Value>| {
            let value = value?;
            value.as_u64().and_then(|number| u32::try_from(number).ok()).or_else(|| value.as_str()?.trim_end_matches("px").parse().ok())
        };
        match image {
            Value::String(address) => self.images.extend(picture(address, self.base, ImageKind::JsonLd)),
            Value::Array(all) => all.iter().take(IMAGES).for_each(|one| self.image(one)),
            Value::Object(thing) => {
                let address = ["url", "contentUrl", "@id"].iter().find_map(|name| thing.get(*name)?.as_str());
                let found = address.and_then(|address| picture(address, self.base, ImageKind::JsonLd));
                self.images.extend(found.map(|found| ImageRef {
                    width: number(thing.get("width")),
                    height: number(thing.get("height")),
                    alt: thing.get("caption").and_then(Value::as_str).map(str::to_owned),
                    ..found
                }));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head_of(html: &str) -> Head {
        read(&Document::from(html), &Url::parse("https://x.example/news/1").unwrap())
    }

    #[test]
    fn pictures_are_named_by_open_graph_json_ld_and_twitter_in_this_order_and_none_twice() {
        let head = head_of(
            r#"<head><meta name="twitter:image" content="/t.jpg"><meta property="og:image" content="/og.jpg">
            <meta property="og:image:width" content="1200"><meta property="og:image:height" content="630"><meta property="og:image:alt" content="A boat">
            <meta property="og:image:secure_url" content="https://x.example/og.jpg"><meta property="og:image" content="">
            <script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"Organization","image":"/logo.png"},
            {"@type":["NewsArticle"],"image":{"@type":"ImageObject","url":"/ld.jpg","width":800,"height":"600px","caption":"Boats"}}]}</script>
            <script type="application/ld+json">{"broken</script></head>"#,
        );
        let found: Vec<_> =
            head.images.iter().map(|image| (image.url.as_str(), image.kind, image.width, image.height, image.alt.as_deref())).collect();
        assert_eq!(
            found,
            [
                ("https://x.example/og.jpg", ImageKind::OpenGraph, Some(1200), Some(630), Some("A boat")),
                ("https://x.example/ld.jpg", ImageKind::JsonLd, Some(800), Some(600), Some("Boats")),
                ("https://x.example/t.jpg", ImageKind::Twitter, None, None, None),
            ]
        );
    }

    #[test]
    fn what_a_page_reserves_is_read_wherever_it_stands() {
        let head = head_of(
            r#"<head><base href="/base/"><meta name="robots" content="max-image-preview:large, noai"><meta name="tdm-reservation" content="1">
            <link rel="license" type="application/rsl+xml" href="/license.xml">
            <script type="application/ld+json">[{"@type":"Article","isAccessibleForFree":"False","license":"https://x.example/l"}]</script></head>
            <body><a rel="license nofollow" href="https://creativecommons.org/licenses/by/4.0/">CC</a></body>"#,
        );
        assert_eq!(head.signals.iter().map(|signal| signal.name.as_str()).collect::<Vec<_>>(), ["noai"]);
        assert_eq!((head.mining, head.is_paid), (Some(true), true));
        assert_eq!(head.rsl.iter().map(Url::as_str).collect::<Vec<_>>(), ["https://x.example/license.xml"]);
        assert_eq!(head.licence.as_deref(), Some("https://creativecommons.org/licenses/by/4.0/"));
        assert_eq!(head.base.as_str(), "https://x.example/base/");
    }
}
