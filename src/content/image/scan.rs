//! The pictures that a body names, however it hides them: `srcset`, `picture`, `data-src*`, `noscript`; with their captions.
//!
//! Reads HTML as it came, tag by tag, in one walk; nothing here ends up in a post.

use url::Url;

use super::super::pixel::is_tracker;
use super::score::TINY;
use crate::domain::{ImageKind, ImageRef};

/// Bytes that are looked at.
const MOST: usize = 1_000_000;
/// Pictures that are found at most.
const PICTURES: usize = 60;
/// A caption is cut here, in characters.
const CAPTION: usize = 500;
/// Nothing wider is taken of a `srcset`.
const WIDEST: f64 = 2600.0;

/// The pictures of `html` in their order, each once; `base` is what relative addresses are relative to.
pub(super) fn scan(html: &str, base: Option<&Url>) -> Vec<ImageRef> {
    let html = &html[..html.floor_char_boundary(MOST)];
    let mut found = Found { base, ..Found::default() };
    let mut at = 0;
    while let Some(open) = html.get(at..).and_then(|rest| memchr::memchr(b'<', rest.as_bytes())).map(|open| at + open) {
        found.text(&html[at..open]);
        let rest = &html[open + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            at = open + 4 + comment.find("-->").map_or(comment.len(), |end| end + 3);
            continue;
        }
        let closes = rest.starts_with('/');
        let name_at = usize::from(closes);
        let name_end = rest[name_at..].bytes().position(|byte| !byte.is_ascii_alphanumeric()).map_or(rest.len(), |end| name_at + end);
        let name = rest[name_at..name_end].to_ascii_lowercase();
        let end = tag_end(&rest[name_end..]) + name_end;
        at = (open + 1 + end + 1).min(html.len());
        if !closes && matches!(name.as_str(), "script" | "style" | "template" | "textarea" | "iframe") {
            at = past(html, at, &name);
            continue;
        }
        found.tag(&name, closes, &rest[name_end..end.min(rest.len())]);
        if found.images.len() >= PICTURES {
            break;
        }
    }
    found.images
}

/// Behind the end tag of an element whose content is no HTML.
fn past(html: &str, from: usize, name: &str) -> usize {
    let mut at = from;
    while let Some(found) = html.get(at..).and_then(|rest| rest.find("</")).map(|found| at + found) {
        let after = &html[found + 2..];
        if after.get(..name.len()).is_some_and(|other| other.eq_ignore_ascii_case(name)) {
            return found;
        }
        at = found + 2;
    }
    html.len()
}

/// Where the `>` is that ends a tag; quotes hide it.
fn tag_end(rest: &str) -> usize {
    let mut quote = None;
    let mut after_equals = false;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at,
            (None, b'"' | b'\'') if after_equals => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
        after_equals = byte == b'=' || (after_equals && byte.is_ascii_whitespace());
    }
    rest.len()
}

/// The attributes of a tag, decoded, names in lower case.
fn attributes(tag: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = tag.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
    while !rest.is_empty() && found.len() < 60 {
        let end = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            (value, rest) = match quote {
                Some(quote) => {
                    let inner = &after[1..];
                    inner.split_once(quote).unwrap_or((inner, ""))
                }
                None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
            };
        }
        if !name.is_empty() {
            found.push((name, html_escape::decode_html_entities(value).into_owned()));
        }
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if end == 0 && value.is_empty() {
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    found
}

#[derive(Default)]
struct Found<'a> {
    base: Option<&'a Url>,
    images: Vec<ImageRef>,
    /// In a `picture`: the best address of its sources, with its width.
    sources: Option<Vec<(String, f64)>>,
    /// In a `figure`: which picture came first in it.
    figure: Option<usize>,
    /// In a `figcaption`: its text so far.
    caption: Option<String>,
}

impl Found<'_> {
    fn text(&mut self, text: &str) {
        if let Some(caption) = self.caption.as_mut().filter(|caption| caption.len() < 4 * CAPTION) {
            caption.push_str(text);
        }
    }

    fn tag(&mut self, name: &str, closes: bool, attributes_of: &str) {
        match (name, closes) {
            ("picture", false) => self.sources = Some(Vec::new()),
            ("picture", true) => self.sources = None,
            ("source", false) => {
                if let Some(sources) = &mut self.sources {
                    sources.extend(source(attributes_of));
                }
            }
            ("figure", false) => self.figure = Some(self.images.len()),
            ("figure", true) => self.figure = None,
            ("figcaption", false) => self.caption = Some(String::new()),
            ("figcaption", true) => self.end_caption(),
            // what parts words parts them here, too
            ("br" | "p" | "div", _) => self.text(" "),
            ("img", false) => {
                let attributes = attributes(attributes_of);
                self.image(&attributes);
            }
            _ => {}
        }
    }

    fn end_caption(&mut self) {
        let Some(caption) = self.caption.take() else { return };
        let caption = words(&html_escape::decode_html_entities(&caption));
        let Some(first) = self.figure.filter(|first| *first < self.images.len()) else { return };
        for image in &mut self.images[first..] {
            if image.caption.is_none() && !caption.is_empty() {
                image.caption = Some(caption.clone());
            }
        }
    }

    fn image(&mut self, attributes: &[(String, String)]) {
        let value =
            |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty());
        let class = value("class").unwrap_or_default();
        if ["smiley", "emoji", "avatar", "gravatar"].iter().any(|word| class.contains(word)) {
            return;
        }
        let side = |name: &str| value(name).and_then(|side| side.trim_end_matches("px").parse::<u32>().ok());
        let (width, height) = (side("width"), side("height"));
        if width.into_iter().chain(height).any(|side| side <= TINY) {
            return;
        }
        let usable =
            |name: &str| value(name).filter(|url| !url.starts_with("data:") && !url.starts_with("blob:") && !url.starts_with("about:"));
        // the largest that is named; what waits for a script comes before what stands in for it
        let mut sets: Vec<(String, f64)> = self.sources.clone().unwrap_or_default();
        for name in ["data-srcset", "data-lazy-srcset", "srcset"] {
            sets.extend(usable(name).map(candidates).unwrap_or_default());
        }
        let best = sets.into_iter().filter(|(_, width)| *width <= WIDEST).max_by(|(_, a), (_, b)| a.total_cmp(b));
        let whole = ["data-large-file", "data-full-url", "data-orig-file"].into_iter().find_map(usable);
        let lazy = ["data-src", "data-lazy-src", "data-original", "data-lazy", "data-url", "data-image"].into_iter().find_map(usable);
        let plain = lazy.or_else(|| usable("src"));
        let (url, told) = match (whole, best) {
            (Some(whole), _) => (whole.to_owned(), None),
            (None, Some((url, wide))) if wide > 1.0 || plain.is_none() => (url, (wide > 10.0).then_some(wide as u32)),
            _ => match plain {
                Some(plain) => (plain.to_owned(), None),
                None => return,
            },
        };
        let Some(url) = absolute(self.base, &url).filter(|url| !is_tracker(url)) else { return };
        let text = |name: &str| value(name).map(words).filter(|text| !text.is_empty());
        let is_same_size = told.is_none_or(|told| Some(told) == width);
        let image = ImageRef {
            kind: ImageKind::Body,
            alt: text("alt"),
            caption: text("data-caption").or_else(|| text("title").filter(|title| title.contains(' '))),
            credit: text("data-credit").or_else(|| text("data-copyright")),
            width: told.or(width),
            height: if is_same_size { height } else { None },
            url,
        };
        // a `noscript` after a lazy picture names it again
        match self.images.iter_mut().find(|known| known.url == image.url) {
            Some(known) => known.alt = known.alt.take().or(image.alt),
            None => self.images.push(image),
        }
    }
}

/// A `source` of a `picture`: its addresses, unless no site would take their kind.
fn source(tag: &str) -> Vec<(String, f64)> {
    let attributes = attributes(tag);
    let value = |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if value("type").is_some_and(|kind| matches!(kind.trim(), "image/avif" | "image/jxl" | "image/svg+xml" | "image/heic")) {
        return Vec::new();
    }
    value("srcset").or_else(|| value("data-srcset")).map(candidates).unwrap_or_default()
}

/// The candidates of a `srcset` with their widths, or densities (HTML, section 4.8.4.2.1).
fn candidates(set: &str) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    let mut rest = set.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    while !rest.is_empty() && found.len() < 40 {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (url, after) = rest.split_at(end);
        let (said, next) = match url.ends_with(',') {
            true => ("", after),
            false => after.split_once(',').unwrap_or((after, "")),
        };
        let size = said.trim().trim_end_matches(['w', 'x']).parse().unwrap_or(1.0);
        let url = url.trim_end_matches(',');
        if !url.is_empty() && !url.starts_with("data:") {
            found.push((url.to_owned(), size));
        }
        rest = next.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    }
    found
}

fn absolute(base: Option<&Url>, address: &str) -> Option<String> {
    let url = match base {
        Some(base) => base.join(address).ok()?,
        None => Url::parse(address).ok()?,
    };
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

fn words(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(CAPTION).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(html: &str) -> Vec<String> {
        let base = Url::parse("https://x.example/news/").expect("an address");
        scan(html, Some(&base)).into_iter().map(|image| image.url.replace("https://x.example/", "")).collect()
    }

    #[test]
    fn pictures_are_found_wherever_a_page_hides_them() {
        for (html, urls) in [
            ("<img src=a.jpg>", vec!["news/a.jpg"]),
            ("<IMG ALT='a > b' SRC='/a.jpg' />", vec!["a.jpg"]),
            ("<img src=\"data:image/gif;base64,R0\" data-src=\"/b.jpg\">", vec!["b.jpg"]),
            ("<img src='/tiny.jpg' data-lazy-src='/b.jpg'>", vec!["b.jpg"]),
            ("<img src='/s.jpg' srcset='/s.jpg 300w, /m.jpg 800w, /l.jpg 1600w, /xl.jpg 6000w'>", vec!["l.jpg"]),
            ("<img src='/s.jpg' srcset='/s.jpg, /d.jpg 2x'>", vec!["d.jpg"]),
            ("<img src='/c/w_200,h_100/s.jpg' srcset='/c/w_200,h_100/s.jpg 200w,/c/w_900,h_450/s.jpg 900w'>", vec!["c/w_900,h_450/s.jpg"]),
            (
                "<picture><source type='image/avif' srcset='/a.avif 900w'><source srcset='/a.webp 900w'><img src='/a.jpg'></picture>",
                vec!["a.webp"],
            ),
            ("<picture><img src='/a.jpg'></picture><img src='/b.jpg'>", vec!["a.jpg", "b.jpg"]),
            ("<img src='data:image/gif;x'><noscript><img src='/real.jpg'></noscript>", vec!["real.jpg"]),
            ("<img data-src='/r.jpg'><noscript><img src='/r.jpg' alt='A ferry'></noscript>", vec!["r.jpg"]),
            ("<img src='/w-300x200.jpg' data-orig-file='/w.jpg'>", vec!["w.jpg"]),
            ("<!-- <img src='/no.jpg'> --><script>'<img src=/no.jpg>'</script><style>x</style><img src='/yes.jpg'>", vec!["yes.jpg"]),
            ("<img src='/1.gif' width=1 height=1><img src='https://pixel.wp.com/b.gif'><img class='wp-smiley' src='/s.png'>", vec![]),
            ("<img src='javascript:alert(1)'><img src='//cdn.example/a.jpg'>", vec!["https://cdn.example/a.jpg"]),
            ("<img src='/a.jpg?a=1&amp;b=2'>", vec!["a.jpg?a=1&b=2"]),
        ] {
            assert_eq!(found(html), urls, "{html}");
        }
    }

    #[test]
    fn a_caption_goes_with_the_pictures_of_its_figure() {
        let html = "<figure><img src='https://x.example/1.jpg' alt=' A  ferry '><figcaption>The <b>ferry</b> &amp; its<br>crew. <i>Photo: A. N.</i></figcaption></figure>\
                    <img src='https://x.example/2.jpg' title='Out at sea' data-credit='B. O.'><figcaption>of nothing</figcaption>";
        let images = scan(html, None);
        assert_eq!(images[0].alt.as_deref(), Some("A ferry"));
        assert_eq!(images[0].caption.as_deref(), Some("The ferry & its crew. Photo: A. N."));
        assert_eq!((images[1].caption.as_deref(), images[1].credit.as_deref()), (Some("Out at sea"), Some("B. O.")));
    }

    #[test]
    fn broken_html_ends() {
        for html in
            ["<", "<img", "<img src", "<img src=", "<img src='", "<img =", "<!--", "<script>", "<img / / =x>", "<figure><figcaption>", "</"]
        {
            assert_eq!(scan(html, None), [], "{html}");
        }
        let long = "<img srcset='".to_owned() + &"a 1w,".repeat(100_000) + "'>" + &"<img src=x ".repeat(50_000);
        scan(&long, None);
    }
}
