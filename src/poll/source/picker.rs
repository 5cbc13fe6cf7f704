//! One value of a page: a CSS selector, and the attribute that holds it.

use scraper::{ElementRef, Selector};

use crate::poll::plain;

/// `h2 a@href`: the attribute `href` of what the selector fits. Without an attribute: the text. Without a selector (`@href`, `.`): of
/// the item itself. Several stand with commas between: `time@datetime, .date`.
#[derive(Debug, Clone)]
pub struct Picker {
    written: String,
    ways: Vec<Way>,
}

#[derive(Debug, Clone)]
struct Way {
    selector: Option<Selector>,
    attribute: Option<String>,
}

/// An element that was picked, and the attribute that was asked of it.
#[derive(Clone, Copy)]
pub(super) struct Picked<'p> {
    pub element: ElementRef<'p>,
    attribute: Option<&'p str>,
}

impl PartialEq for Picker {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Way {
    fn parse(text: &str) -> Result<Self, String> {
        let (css, attribute) = attribute_of(text)?;
        let selector = match css {
            "" | "." if attribute.is_some() || css == "." => None,
            "" => return Err("is empty".to_owned()),
            css => Some(Selector::parse(css).map_err(|_| format!("is no CSS selector: `{css}`"))?),
        };
        Ok(Self { selector, attribute })
    }
}

/// The selector, and the attribute after its `@`. One within brackets or quotes is the selector's own.
fn attribute_of(text: &str) -> Result<(&str, Option<String>), String> {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte));
    match text.trim().rsplit_once('@') {
        Some((_, "")) => Err("names no attribute after its `@`".to_owned()),
        Some((css, name)) if is_name(name) => Ok((css.trim(), Some(name.to_ascii_lowercase()))),
        _ => Ok((text.trim(), None)),
    }
}

/// The parts between commas that stand in no brackets and no quotes.
fn parts(text: &str) -> Vec<&str> {
    let (mut found, mut begin, mut depth, mut quote) = (Vec::new(), 0, 0_u32, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                found.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[begin..]);
    found
}

impl Picker {
    /// Reads what the operator wrote; or says what is wrong with it.
    pub fn parse(written: &str) -> Result<Self, String> {
        let parts = parts(written);
        let has_attribute = |part: &&str| attribute_of(part).map_or(true, |(_, attribute)| attribute.is_some());
        // without attributes a list of selectors is one selector, and fits in the page's order
        let ways = if parts.iter().any(has_attribute) {
            parts.into_iter().map(Way::parse).collect()
        } else {
            Way::parse(written).map(|way| vec![way])
        };
        Ok(Self { written: written.to_owned(), ways: ways? })
    }

    /// As the operator wrote it.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// It picks elements, not an attribute of them.
    pub fn is_bare(&self) -> bool {
        self.ways.iter().all(|way| way.attribute.is_none())
    }

    /// It fits this very element.
    pub(super) fn fits(&self, element: ElementRef<'_>) -> bool {
        self.ways.iter().filter_map(|way| way.selector.as_ref()).any(|selector| selector.matches(&element))
    }

    /// What it fits in an element, in the page's order; of several, what the first fits comes first.
    pub(super) fn all<'p>(&'p self, within: ElementRef<'p>) -> impl Iterator<Item = Picked<'p>> + 'p {
        self.ways.iter().flat_map(move |way| {
            let attribute = way.attribute.as_deref();
            let found: Box<dyn Iterator<Item = ElementRef<'p>> + 'p> = match &way.selector {
                Some(selector) => Box::new(within.select(selector)),
                None => Box::new(std::iter::once(within)),
            };
            found.map(move |element| Picked { element, attribute })
        })
    }

    /// The first value, as plain text; where no attribute is named, `usual` ones come before the text.
    pub(super) fn text(&self, item: ElementRef<'_>, usual: &[&str]) -> Option<String> {
        self.texts(item, usual).next()
    }

    /// Every value that isn't empty.
    pub(super) fn texts<'p>(&'p self, item: ElementRef<'p>, usual: &'p [&'p str]) -> impl Iterator<Item = String> + 'p {
        self.all(item).filter_map(|picked| picked.text(usual)).filter(|text| !text.is_empty())
    }

    /// The first value as HTML: an attribute's text, or what stands inside the element.
    pub(super) fn html(&self, item: ElementRef<'_>) -> Option<String> {
        self.all(item).filter_map(|picked| picked.html()).find(|html| !html.trim().is_empty())
    }
}

impl Picked<'_> {
    /// As plain text; where no attribute was asked for, `usual` ones come before the element's text.
    pub(super) fn text(&self, usual: &[&str]) -> Option<String> {
        if let Some(attribute) = self.attribute {
            return self.element.attr(attribute).map(plain::from_text);
        }
        let usual = usual.iter().find_map(|name| self.element.attr(name)).map(plain::from_text);
        Some(usual.unwrap_or_else(|| text_of(self.element)))
    }

    fn html(&self) -> Option<String> {
        match self.attribute {
            Some(attribute) => self.element.attr(attribute).map(|text| html_escape::encode_text(text).into_owned()),
            None => Some(self.element.inner_html()),
        }
    }

    /// No attribute was asked for.
    pub(super) fn is_whole(&self) -> bool {
        self.attribute.is_none()
    }
}

/// The text of an element as a person reads it: no scripts, white space collapsed.
pub(super) fn text_of(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    for node in element.descendants() {
        let Some(piece) = node.value().as_text() else { continue };
        let holder = node.parent().and_then(ElementRef::wrap);
        if !holder.is_some_and(|holder| matches!(holder.value().name(), "script" | "style" | "template" | "noscript")) {
            text.push_str(piece);
            text.push(' ');
        }
    }
    // words that inline tags part are seldom; words that blocks part are everywhere
    plain::from_text(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picker_is_a_selector_an_attribute_or_both() {
        for (written, bare) in [
            ("h2", true),
            ("h2 a@href", false),
            ("@data-id", false),
            (".", true),
            ("a[href*='@x.example']", true),
            ("time@datetime, .date", false),
            ("h2, h3", true),
            ("a:not(.x, .y)@href", false),
        ] {
            assert_eq!(Picker::parse(written).map(|picker| picker.is_bare()), Ok(bare), "{written}");
        }
        for written in ["", "h2@", "h2 >", "a[", "::", "@@x y", "a@href, ", "h2, "] {
            assert!(Picker::parse(written).is_err(), "{written}");
        }
    }
}
