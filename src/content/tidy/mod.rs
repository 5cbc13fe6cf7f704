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

use super::share::{is_widget, shares};
use super::tokens::{Token, attribute, is_void, tokens};
use crate::domain::ImageRef;
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
            let url = attribute(attributes, "href").and_then(|href| absolute(self.base, &href));
            // longer ones are words of the article that a reader may pass on
            return url.is_some_and(|url| shares(&url)) && words_in_link(html) <= 4;
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

/// How many words the link at the start of `html` holds.
fn words_in_link(html: &str) -> usize {
    let inside = tokens(html).skip(1).map(|(_, token)| token).take_while(|token| !matches!(token, Token::Close("a")));
    inside.map(|token| if let Token::Text(text) = token { text.split_whitespace().count() } else { 0 }).sum()
}
