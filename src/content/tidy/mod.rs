//! Safe HTML in one plain form, with its text and its pictures.
//!
//! Containers vanish, loose text and `<br><br>` become paragraphs, pictures stand in figures of their own, players have
//! their canonical form, addresses are absolute and straight; empty things, hidden ones, share buttons and tracking pixels
//! are gone. Input is what `ammonia` wrote, so tags are balanced. Whatever came, no other element or attribute is written
//! than this module names, and every text is escaped.

mod block;
mod form;
mod inline;
mod media;
mod write;

use std::ops::Range;

use url::Url;

use super::share::{has_profiles, is_profile, is_widget, shares};
use super::tokens::{Token, attribute, decode, is_void, tokens};
use crate::domain::ImageRef;
use block::is_heading;
use form::{Form, called, form, is_container};
pub(super) use write::{absolute, guard_into, is_space, quote, quote_url};

/// What a body became.
#[derive(Debug, Default)]
pub(super) struct Tidied {
    pub html: String,
    /// Plain text, blocks parted by an empty line.
    pub text: String,
    /// Of that the running text: paragraphs and list items, without headings, captions, code and the cells of tables.
    pub prose: String,
    pub images: Vec<ImageRef>,
    /// The blocks that stand side by side, in their order; together they are all of the above.
    pub pieces: Vec<Piece>,
    /// What players and embeds play.
    pub media: Vec<String>,
}

/// One of the blocks that stand side by side: which part of each text it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Piece {
    pub html: Range<usize>,
    pub text: Range<usize>,
    pub prose: Range<usize>,
    pub images: Range<usize>,
    pub media: Range<usize>,
}

/// `base` is what relative links are relative to, `own` where the entry itself is.
pub(super) fn tidy(html: &str, base: Option<&Url>, own: Option<&Url>) -> Tidied {
    let mut writer = Writer { base, own, out: String::with_capacity(html.len() + html.len() / 8), ..Writer::default() };
    // Behind a frame reading begins again: what is in it is raw text, in which anything may stand.
    let (mut from, mut framed) = (0, true);
    while std::mem::take(&mut framed) {
        for (at, token) in tokens(&html[from..]) {
            if matches!(token, Token::Open("iframe", _)) {
                if let Token::Open(name, attributes) = token
                    && writer.skipped == 0
                    && !writer.leaves_out(name, attributes, "")
                {
                    writer.open(name, attributes);
                }
                from = html[from + at..].find("</iframe>").map_or(html.len(), |end| from + at + end + "</iframe>".len());
                framed = true;
                break;
            }
            writer.take(token, &html[from + at..]);
        }
    }
    writer.finish()
}

impl Writer<'_> {
    /// One piece; `html` begins with it.
    fn take(&mut self, token: Token<'_>, html: &str) {
        let writer = self;
        match token {
            Token::Open(name, _) if writer.skipped > 0 => writer.skipped += usize::from(!is_void(name)),
            Token::Close(_) if writer.skipped > 0 => writer.skipped -= 1,
            Token::Text(_) if writer.skipped > 0 => {}
            Token::Open(name, attributes) if writer.leaves_out(name, attributes, html) => {
                writer.skipped = usize::from(!is_void(name));
            }
            Token::Open(name, attributes) => {
                if name == "figure" {
                    writer.pulled = holds_quote(html);
                }
                writer.open(name, attributes);
            }
            Token::Close(name) => {
                writer.pulled &= name != "figure";
                writer.close(name);
            }
            Token::Text(text) => writer.text(text),
        }
    }
}

struct Block {
    name: String,
    form: Form,
    /// Where it begins in `out`.
    start: usize,
    /// And what is in it.
    inside: usize,
    /// And in `text`.
    text_start: usize,
    /// Something is in it.
    filled: bool,
    /// Too deep: only its text is kept.
    ghost: bool,
    /// A caption that was put into the figure before it.
    caption: bool,
    /// A quote that is pulled out of the text: it stands in a figure of its own.
    pulled: bool,
    /// An item that nobody opened, for the list that is in it.
    implied: bool,
    /// The white space that `text` and `prose` ended with before this block ended them with an empty line; `None`: it had no need to.
    ended: [Option<String>; 2],
}

impl Block {
    fn new(name: &str, form: Form, text_start: usize) -> Self {
        let name = name.to_owned();
        Self {
            name,
            form,
            start: 0,
            inside: 0,
            text_start,
            filled: false,
            ghost: false,
            caption: false,
            pulled: false,
            implied: false,
            ended: [None, None],
        }
    }
}

struct Inline {
    name: String,
    /// The whole start tag; empty for one that is not written.
    tag: String,
    /// A link to a part of the page that the body comes from.
    here: bool,
    written: bool,
}

#[derive(Default)]
struct Writer<'a> {
    base: Option<&'a Url>,
    own: Option<&'a Url>,
    out: String,
    text: String,
    prose: String,
    images: Vec<ImageRef>,
    pieces: Vec<Piece>,
    media: Vec<String>,
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
    /// Inside `video` or `audio`.
    player: Option<media::Playing>,
    /// Open elements of a part that is left out, itself among them.
    skipped: usize,
    /// The same of what a page shows where no script runs: only pictures and players are taken of it.
    rescued: usize,
    /// The next element is a quote in a figure.
    pulled: bool,
    /// What the sources of the `picture` that is open name.
    sources: Option<String>,
}

impl Writer<'_> {
    /// Whether nothing of an element is taken: it is hidden, or a share button; `html` begins with it.
    fn leaves_out(&self, name: &str, attributes: &str, html: &str) -> bool {
        if attributes.is_empty() || self.player.is_some() {
            return false;
        }
        if name == "a" {
            let Some(url) = attribute(attributes, "href").and_then(|href| self.address(&href)) else { return false };
            let (shares, here, profiles) = (shares(&url), self.is_here(&url), has_profiles(&url));
            if !(shares || here || profiles) {
                return false;
            }
            let link = Link::at(html);
            // longer ones are words of the article that a reader may pass on
            return shares && link.words <= 4
                // `↩`, `¶`: they lead about in the page that this was
                || here && link.words > 0 && !link.speaks && link.picture.is_none()
                || profiles && link.words == 0 && link.picture.is_some_and(|picture| is_profile(&url, picture));
        }
        let is_hidden = || {
            attribute(attributes, "hidden").is_some()
                || attribute(attributes, "style").is_some_and(|style| {
                    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
                    style.contains("display:none") || style.contains("visibility:hidden")
                })
        };
        let is_part = |key: &str| attribute(attributes, key).is_some_and(|names| is_widget(&names));
        // a picture is hidden until a script has loaded it
        let is_lazy = || name == "img" && attributes.contains("data-");
        is_part("class") || is_part("id") || is_hidden() && !is_lazy()
    }

    fn open(&mut self, name: &str, attributes: &str) {
        if let Some(playing) = &mut self.player {
            playing.depth += usize::from(!is_void(name) && name != "iframe");
            if name == "source" && playing.address.is_none() {
                playing.address = attribute(attributes, "src").and_then(|src| absolute(self.base, &src));
            }
            return;
        }
        if self.rescued > 0 {
            // a frame's end is never seen
            self.rescued += usize::from(!is_void(name) && name != "iframe");
            match name {
                "img" | "source" | "iframe" | "embed" => {}
                _ => return,
            }
        }
        match name {
            "br" if self.form() == Form::Pre => self.raw_text("\n", "\n"),
            "br" => self.breaks += 1,
            "hr" => self.rule(),
            "img" => self.image(attributes),
            "source" => self.picture_source(attributes),
            "picture" => self.sources = None,
            "video" | "audio" => self.begin_player(name, attributes),
            "iframe" => self.frame(attributes),
            "embed" => self.plug_in(attributes, "src"),
            "param" => self.parameter(attributes),
            "figure" if attributes.contains("data-embed") => {
                self.part();
                self.plug_in(attributes, "data-url");
            }
            "object" if attribute(attributes, "class").as_deref() == Some("x-noscript") => self.rescued = 1,
            "object" => self.plug_in(attributes, "data"),
            "span" => {}
            _ if is_void(name) => {}
            _ if is_container(name) => self.part(),
            _ => match form(name) {
                Some(form) => self.open_block(called(name), form, attributes),
                None => self.open_inline(called(name), attributes),
            },
        }
    }

    fn close(&mut self, name: &str) {
        if let Some(playing) = &mut self.player {
            playing.depth -= 1;
            if playing.depth == 0 {
                self.end_player();
            }
            return;
        }
        if self.rescued > 0 {
            self.rescued -= 1;
            return;
        }
        if is_container(name) {
            self.part();
        } else if form(name).is_some() {
            self.close_block(called(name));
        } else if name == "picture" {
            self.sources = None;
        } else {
            self.close_inline(called(name));
        }
    }

    /// A link's address; one that leads about in its page leads to the entry's, not to the feed's.
    fn address(&self, href: &str) -> Option<Url> {
        let base = if href.trim_start().starts_with('#') { self.own.or(self.base) } else { self.base };
        absolute(base, href)
    }

    /// A part of the page that the body comes from.
    fn is_here(&self, url: &Url) -> bool {
        url.fragment().is_some() && [self.own, self.base].into_iter().flatten().any(|here| page_of(here) == page_of(url))
    }

    fn form(&self) -> Form {
        self.blocks.iter().rfind(|block| !block.ghost).map_or(Form::Flow, |block| block.form)
    }

    /// Ends the block that stands beside the others, if it has come to its end.
    fn end_piece(&mut self) {
        if self.blocks.iter().any(|block| !block.ghost) || self.paragraph.is_some() {
            return;
        }
        let last = self.pieces.last().cloned().unwrap_or_default();
        if self.out.len() > last.html.end {
            self.pieces.push(Piece {
                html: last.html.end..self.out.len(),
                text: last.text.end..self.text.len(),
                prose: last.prose.end..self.prose.len(),
                images: last.images.end..self.images.len(),
                media: last.media.end..self.media.len(),
            });
        }
    }

    fn finish(mut self) -> Tidied {
        self.end_inline();
        while let Some(name) = self.blocks.last().map(|block| block.name.clone()) {
            self.close_block(&name);
        }
        self.end_paragraph();
        let Self { out: html, text, prose, images, pieces, media, .. } = self;
        Tidied { html, text, prose, images, pieces, media }
    }
}

/// Whether a figure, which `html` begins with, begins with a quote.
fn holds_quote(html: &str) -> bool {
    html.split_once('>').is_some_and(|(_, rest)| rest.trim_start().starts_with("<blockquote"))
}

/// An address without what leads about in its page.
fn page_of(url: &Url) -> &str {
    url.as_str().split('#').next().unwrap_or_default()
}

/// What a link holds.
#[derive(Default)]
struct Link<'a> {
    words: usize,
    /// A letter or a digit is among them.
    speaks: bool,
    /// The attributes of its picture.
    picture: Option<&'a str>,
}

impl<'a> Link<'a> {
    /// The one that `html` begins with.
    fn at(html: &'a str) -> Self {
        let mut link = Self::default();
        for (_, token) in tokens(html).skip(1).take_while(|(_, token)| !matches!(token, Token::Close("a"))) {
            match token {
                Token::Text(text) => {
                    let text = decode(text);
                    link.words += text.split_whitespace().count();
                    link.speaks |= text.contains(char::is_alphanumeric);
                }
                // a sign counts as what it says
                Token::Open("img", attributes) if media::is_sign(attributes) => link.words += 1,
                Token::Open("img", attributes) => link.picture = Some(attributes),
                _ => {}
            }
        }
        link
    }
}
