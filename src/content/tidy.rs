//! Safe HTML in one plain form, with its text and its pictures.
//!
//! Containers vanish, loose text and `<br><br>` become paragraphs, pictures stand in figures of their own, addresses are
//! absolute, empty things and tracking pixels are gone. Input is what `ammonia` wrote, so tags are balanced.

use url::Url;

use super::excerpt::count_words;
use super::pixel::is_tracker;
use super::tokens::{Token, attribute, decode, is_void, tokens};
use crate::domain::ImageRef;

/// Blocks inside of blocks go no deeper; what is deeper loses its own form and keeps its text.
const DEEPEST: usize = 24;

/// What a body became.
#[derive(Debug, Default)]
pub(super) struct Tidied {
    pub html: String,
    /// Plain text, blocks parted by an empty line.
    pub text: String,
    /// Of that the running text: paragraphs and list items, without headings, captions, code and the cells of tables.
    pub prose: String,
    pub images: Vec<ImageRef>,
}

/// A cell with so many words is no cell of data but a part of a page that is laid out by a table.
const LAYOUT_WORDS: usize = 20;

pub(super) fn tidy(html: &str, base: Option<&Url>) -> Tidied {
    let mut writer = Writer { base, out: String::with_capacity(html.len() + html.len() / 8), ..Writer::default() };
    for (_, token) in tokens(html) {
        match token {
            Token::Open(name, attributes) => writer.open(name, attributes),
            Token::Close(name) => writer.close(name),
            Token::Text(text) => writer.text(text),
        }
    }
    writer.finish()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Holds blocks; loose text becomes a paragraph: the body itself, quotes.
    Flow,
    /// Holds text: headings, list items, cells.
    Line,
    /// Holds its own parts: lists, tables.
    Parts,
    /// Keeps its white space.
    Pre,
}

fn form(name: &str) -> Option<Form> {
    Some(match name {
        "blockquote" | "details" => Form::Flow,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "li" | "td" | "th" | "dt" | "dd" | "caption" | "figcaption" | "summary" => Form::Line,
        "ul" | "ol" | "dir" | "dl" | "table" | "thead" | "tbody" | "tfoot" | "tr" => Form::Parts,
        "pre" => Form::Pre,
        _ => return None,
    })
}

/// Elements that only part what is in them from what is around them.
fn is_container(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "main"
            | "aside"
            | "nav"
            | "address"
            | "center"
            | "form"
            | "fieldset"
            | "hgroup"
            | "figure"
    )
}

/// One name for what means the same; a post's `h1` is its title.
fn called(name: &str) -> &str {
    match name {
        "h1" => "h2",
        "dir" => "ul",
        "strike" => "s",
        "tt" => "code",
        name => name,
    }
}

struct Block {
    name: String,
    form: Form,
    /// Where it begins in `out`.
    start: usize,
    /// And in `text`.
    text_start: usize,
    /// Something is in it.
    filled: bool,
    /// Too deep: only its text is kept.
    ghost: bool,
    /// A caption that was put into the figure before it.
    caption: bool,
}

struct Inline {
    name: String,
    /// The whole start tag; empty for one that is not written.
    tag: String,
    written: bool,
}

#[derive(Default)]
struct Writer<'a> {
    base: Option<&'a Url>,
    out: String,
    text: String,
    prose: String,
    images: Vec<ImageRef>,
    blocks: Vec<Block>,
    inline: Vec<Inline>,
    /// A paragraph is open.
    paragraph: Option<usize>,
    /// Where the text of the paragraph begins.
    paragraph_text: usize,
    /// And in `prose`.
    paragraph_prose: usize,
    /// Line breaks that the next text brings with it.
    breaks: usize,
    space: bool,
    /// Inside `video` or `audio`: its name and address.
    player: Option<(String, Option<String>)>,
}

impl Writer<'_> {
    fn open(&mut self, name: &str, attributes: &str) {
        if let Some((_, address)) = &mut self.player {
            if name == "source" && address.is_none() {
                *address = attribute(attributes, "src").and_then(|src| absolute(self.base, &src));
            }
            return;
        }
        match name {
            "br" if self.form() == Form::Pre => self.raw_text("\n", "\n"),
            "br" => self.breaks += 1,
            "hr" => {
                self.part();
                if self.blocks.is_empty() {
                    self.out.push_str("<hr>\n");
                }
            }
            "img" => self.image(attributes),
            "video" | "audio" => {
                let src = attribute(attributes, "src").and_then(|src| absolute(self.base, &src));
                self.player = Some((name.to_owned(), src));
            }
            _ if is_void(name) => {}
            _ if is_container(name) => self.part(),
            _ => match form(name) {
                Some(form) => self.open_block(called(name), form, attributes),
                None => self.open_inline(called(name), attributes),
            },
        }
    }

    fn close(&mut self, name: &str) {
        if let Some((player, address)) = self.player.take() {
            if player == name {
                self.end_player(&player, address);
            } else {
                self.player = Some((player, address));
            }
            return;
        }
        if is_container(name) {
            self.part();
        } else if form(name).is_some() {
            self.close_block(called(name));
        } else {
            self.close_inline(called(name));
        }
    }

    fn form(&self) -> Form {
        self.blocks.iter().rfind(|block| !block.ghost).map_or(Form::Flow, |block| block.form)
    }

    /// Ends a paragraph, or in a line begins a new one.
    fn part(&mut self) {
        self.end_inline();
        match self.form() {
            Form::Flow => self.end_paragraph(),
            Form::Line => {
                let block = self.blocks.iter().rfind(|block| !block.ghost);
                let (filled, lines) =
                    block.map_or((false, false), |block| (block.filled, matches!(block.name.as_str(), "li" | "td" | "th" | "dd")));
                match filled {
                    true if lines => self.breaks = self.breaks.max(1),
                    true => self.space = true,
                    false => {}
                }
            }
            Form::Parts | Form::Pre => {}
        }
    }

    fn end_inline(&mut self) {
        for inline in self.inline.iter_mut().rev().filter(|inline| inline.written) {
            self.out.push_str("</");
            self.out.push_str(&inline.name);
            self.out.push('>');
            inline.written = false;
        }
    }

    fn end_paragraph(&mut self) {
        (self.breaks, self.space) = (0, false);
        let Some(start) = self.paragraph.take() else { return };
        let text = &self.text[self.paragraph_text..];
        if text.trim().is_empty() || is_boilerplate(text) {
            self.out.truncate(start);
            self.text.truncate(self.paragraph_text);
            self.prose.truncate(self.paragraph_prose);
            return;
        }
        self.out.push_str("</p>\n");
        self.end_text();
    }

    fn end_text(&mut self) {
        for plain in [&mut self.text, &mut self.prose] {
            let kept = plain.trim_end().len();
            plain.truncate(kept);
            if !plain.is_empty() {
                plain.push_str("\n\n");
            }
        }
    }

    /// Adds to the plain text.
    fn say(&mut self, plain: &str) {
        self.text.push_str(plain);
        if !self.blocks.iter().any(|block| is_no_prose(&block.name)) {
            self.prose.push_str(plain);
        }
    }

    fn open_block(&mut self, name: &str, form: Form, attributes: &str) {
        self.end_inline();
        if self.form() == Form::Flow {
            self.end_paragraph();
        }
        if !matches!(name, "td" | "th" | "figcaption") {
            self.end_text();
        }
        let text_start = self.text.len();
        let ghost = self.blocks.len() >= DEEPEST;
        let mut start = self.out.len();
        let mut caption = false;
        if name == "figcaption" {
            // After a picture it is that picture's; elsewhere it is a paragraph.
            match self.out.strip_suffix("</figure>\n").map(str::len) {
                Some(end) if !ghost => {
                    self.out.truncate(end);
                    (start, caption) = (end, true);
                }
                _ => {
                    self.blocks.push(Block { name: name.to_owned(), form, start, text_start, filled: false, ghost: true, caption });
                    return;
                }
            }
        }
        if !ghost {
            self.out.push('<');
            self.out.push_str(name);
            for kept in ["colspan", "rowspan", "start", "reversed"] {
                if let Some(value) = attribute(attributes, kept) {
                    let digits: String = value.chars().filter(char::is_ascii_digit).take(6).collect();
                    self.out.push_str(&format!(" {kept}=\"{digits}\""));
                }
            }
            self.out.push('>');
            // In a list item or cell that has text already the parts begin on a new line.
            (self.breaks, self.space) = (0, false);
        }
        self.blocks.push(Block { name: name.to_owned(), form, start, text_start, filled: false, ghost, caption });
    }

    fn close_block(&mut self, name: &str) {
        let Some(at) = self.blocks.iter().rposition(|block| block.name == name) else { return };
        self.end_inline();
        if self.form() == Form::Flow {
            self.end_paragraph();
        }
        let Some(block) = self.blocks.drain(at..).next() else { return };
        (self.breaks, self.space) = (0, false);
        if block.ghost {
            self.part();
            return;
        }
        let keeps = block.filled || matches!(name, "td" | "th");
        if !keeps {
            self.out.truncate(block.start);
        } else {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
        if block.caption {
            self.out.push_str("</figure>");
        }
        if self.blocks.is_empty() || block.caption {
            self.out.push('\n');
        }
        match block.form {
            _ if !keeps => {}
            Form::Line if matches!(name, "td" | "th") => {
                if !self.blocks.iter().any(|block| is_no_prose(&block.name)) {
                    let cell = self.text.get(block.text_start..).unwrap_or_default().trim();
                    if count_words(cell) >= LAYOUT_WORDS {
                        self.prose.push_str(cell);
                        self.prose.push_str("\n\n");
                    }
                }
                self.text.push(' ');
            }
            _ => self.end_text(),
        }
    }

    fn open_inline(&mut self, name: &str, attributes: &str) {
        let known = self.inline.iter().any(|inline| inline.name == name);
        let tag = match name {
            _ if known => String::new(),
            "a" => match attribute(attributes, "href").and_then(|href| absolute(self.base, &href)) {
                Some(href) => format!("<a href=\"{}\">", quote_url(&href)),
                None => String::new(),
            },
            "abbr" => match attribute(attributes, "title") {
                Some(title) => format!("<abbr title=\"{}\">", quote(&title)),
                None => String::new(),
            },
            _ => format!("<{name}>"),
        };
        self.inline.push(Inline { name: name.to_owned(), tag, written: false });
    }

    fn close_inline(&mut self, name: &str) {
        let Some(at) = self.inline.iter().rposition(|inline| inline.name == name) else { return };
        for inline in self.inline.drain(at..).rev().filter(|inline| inline.written) {
            self.out.push_str("</");
            self.out.push_str(&inline.name);
            self.out.push('>');
        }
    }

    /// Opens what has to be open before text or a picture in a line can stand.
    fn begin(&mut self) {
        let form = self.form();
        if form == Form::Flow && self.breaks >= 2 {
            self.end_inline();
            self.end_paragraph();
        }
        if form == Form::Flow && self.paragraph.is_none() {
            self.end_text();
            self.paragraph = Some(self.out.len());
            (self.paragraph_text, self.paragraph_prose) = (self.text.len(), self.prose.len());
            self.out.push_str("<p>");
            (self.breaks, self.space) = (0, false);
        }
        let filled = self.paragraph.is_some_and(|start| self.out.len() > start + 3)
            || self.blocks.iter().rfind(|block| !block.ghost).is_some_and(|block| block.filled);
        if self.breaks > 0 && filled {
            self.out.push_str("<br>");
            self.say("\n");
        } else if self.space && filled {
            self.out.push(' ');
            self.say(" ");
        }
        (self.breaks, self.space) = (0, false);
        for inline in self.inline.iter_mut().filter(|inline| !inline.written && !inline.tag.is_empty()) {
            self.out.push_str(&inline.tag);
            inline.written = true;
        }
        for block in &mut self.blocks {
            block.filled = true;
        }
    }

    /// Text with its entities, as it stands.
    fn text(&mut self, text: &str) {
        if self.player.is_some() {
            return;
        }
        if self.form() == Form::Pre {
            let plain = decode(text);
            self.raw_text(text, &plain);
            return;
        }
        let mut words = text.split(is_space).filter(|word| !word.is_empty());
        let Some(first) = words.next() else {
            self.space = true;
            return;
        };
        if text.starts_with(is_space) {
            self.space = true;
        }
        self.begin();
        self.word(first);
        for word in words {
            self.out.push(' ');
            self.say(" ");
            self.word(word);
        }
        self.space = text.ends_with(is_space);
    }

    fn word(&mut self, word: &str) {
        guard_into(word, &mut self.out);
        // A caption is no part of the text.
        if self.blocks.iter().any(|block| block.caption) {
            return;
        }
        self.say(&decode(word));
    }

    fn raw_text(&mut self, html: &str, plain: &str) {
        if html.is_empty() {
            return;
        }
        self.begin();
        guard_into(html, &mut self.out);
        self.say(plain);
    }

    fn image(&mut self, attributes: &str) {
        let alt = attribute(attributes, "alt").unwrap_or_default();
        let class = attribute(attributes, "class").unwrap_or_default();
        if class.contains("smiley") || class.contains("emoji") {
            if alt.chars().count() <= 4 && !alt.is_empty() {
                self.text(&html_escape::encode_text(&alt));
            }
            return;
        }
        let size = |name: &str| attribute(attributes, name).and_then(|size| size.trim().trim_end_matches("px").parse::<u32>().ok());
        let (width, height) = (size("width"), size("height"));
        if width.is_some_and(|width| width <= 2) || height.is_some_and(|height| height <= 2) {
            return;
        }
        let Some(url) = self.source(attributes).filter(|url| !is_tracker(url)) else { return };
        let img = format!("<img src=\"{}\" alt=\"{}\"/>", quote_url(&url), quote(&alt));
        let alt = Some(alt.trim().to_owned()).filter(|alt| !alt.is_empty());
        self.images.push(ImageRef { url, alt, width, height, ..ImageRef::default() });
        if self.form() != Form::Flow {
            if matches!(self.form(), Form::Line) {
                self.begin();
                self.out.push_str(&img);
            }
            return;
        }
        self.end_inline();
        self.end_paragraph();
        for block in &mut self.blocks {
            block.filled = true;
        }
        let link = self.inline.iter().find(|inline| inline.name == "a" && !inline.tag.is_empty());
        let img = match link {
            Some(link) => format!("{}{img}</a>", link.tag),
            None => img,
        };
        self.out.push_str(&format!("<figure>{img}</figure>\n"));
    }

    /// The picture itself, not what stands in for it until a script has loaded it.
    fn source(&self, attributes: &str) -> Option<String> {
        let usable =
            |name: &str| attribute(attributes, name).filter(|url| !url.trim().is_empty() && !url.trim_start().starts_with("data:"));
        let set = |name: &str| usable(name).and_then(|set| largest(&set));
        let lazy = ["data-src", "data-lazy-src", "data-original"].into_iter().find_map(usable);
        let url = lazy.or_else(|| set("data-srcset")).or_else(|| usable("src")).or_else(|| set("srcset"))?;
        absolute(self.base, &url).filter(|url| !url.starts_with("mailto:"))
    }

    fn end_player(&mut self, name: &str, address: Option<String>) {
        let Some(address) = address.filter(|_| self.form() == Form::Flow) else { return };
        self.end_inline();
        self.end_paragraph();
        for block in &mut self.blocks {
            block.filled = true;
        }
        self.out.push_str(&format!("<{name} controls=\"\" src=\"{}\"></{name}>\n", quote_url(&address)));
    }

    fn finish(mut self) -> Tidied {
        self.end_inline();
        while let Some(name) = self.blocks.last().map(|block| block.name.clone()) {
            self.close_block(&name);
        }
        self.end_paragraph();
        let trimmed = |text: String| text.trim().to_owned();
        Tidied { html: trimmed(self.out), text: trimmed(self.text), prose: trimmed(self.prose), images: self.images }
    }
}

/// Blocks whose text is none to begin a post with.
fn is_no_prose(name: &str) -> bool {
    matches!(name, "h2" | "h3" | "h4" | "h5" | "h6" | "pre" | "td" | "th" | "dt" | "caption" | "figcaption" | "summary")
}

/// White space that HTML folds; a hard space is none.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\t' | '\r' | '\u{c}')
}

/// An address that a post may hold.
fn absolute(base: Option<&Url>, address: &str) -> Option<String> {
    let address = address.trim();
    let url = match base {
        Some(base) => base.join(address).ok()?,
        None => Url::parse(address).ok()?,
    };
    matches!(url.scheme(), "http" | "https" | "mailto").then(|| url.into())
}

/// The largest of a `srcset` (HTML, section 4.8.4.2.1).
fn largest(set: &str) -> Option<String> {
    let candidates = set.split(", ").filter_map(|candidate| {
        let mut parts = candidate.split_whitespace();
        let url = parts.next()?.trim_end_matches(',');
        let size = parts.next().and_then(|size| size.trim_end_matches(['w', 'x', ',']).parse::<f64>().ok()).unwrap_or(1.0);
        Some((url, size))
    });
    candidates.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(url, _)| url.to_owned())
}

fn quote(text: &str) -> String {
    let mut quoted = String::new();
    guard_into(&html_escape::encode_double_quoted_attribute(text), &mut quoted);
    quoted
}

fn quote_url(url: &str) -> String {
    html_escape::encode_double_quoted_attribute(url).replace('[', "%5B").replace(']', "%5D")
}

/// `[` before a name is written so that WordPress runs no shortcode that a feed brings.
fn guard_into(html: &str, out: &mut String) {
    let mut rest = html;
    while let Some(at) = rest.find('[') {
        let after = &rest[at + 1..];
        out.push_str(&rest[..at]);
        let named = after.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '[' | '_')) || after.is_empty();
        out.push_str(if named { "&#91;" } else { "[" });
        rest = after;
    }
    out.push_str(rest);
}

/// What a publisher's software puts under every entry of a feed.
fn is_boilerplate(paragraph: &str) -> bool {
    let text = paragraph.trim();
    let wordpress = text.starts_with("The post ") && (text.contains(" appeared first on ") || text.contains(" first appeared on "));
    let more = ["read more", "continue reading", "[…]", "[...]", "…", "read the full story", "read full article"];
    let bare = text.trim_end_matches(['…', '.', '→', '»', '>', ' ', ':']).to_lowercase();
    text.len() < 400 && (wordpress || more.contains(&bare.as_str()) || more.contains(&text))
}
