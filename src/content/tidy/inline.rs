//! What stands in a line: words, emphasis, links.

use super::super::links::straight;
use super::super::tokens::{attribute, decode};
use super::form::{Form, is_no_prose, is_phrase};
use super::{Inline, Writer, guard_into, is_heading, is_space, quote, quote_url};

impl Writer<'_> {
    pub(super) fn end_inline(&mut self) {
        for inline in self.inline.iter_mut().rev().filter(|inline| inline.written) {
            self.out.push_str("</");
            self.out.push_str(&inline.name);
            self.out.push('>');
            inline.written = false;
        }
    }

    /// Adds to the plain text.
    pub(super) fn say(&mut self, plain: &str) {
        self.text.push_str(plain);
        // what is kept without its form is a part of what stands around it
        if !self.blocks.iter().any(|block| !block.ghost && is_no_prose(&block.name)) {
            self.prose.push_str(plain);
        }
    }

    pub(super) fn open_inline(&mut self, name: &str, attributes: &str) {
        let known = self.inline.iter().any(|inline| inline.name == name);
        let mut here = false;
        let tag = match name {
            _ if known => String::new(),
            "a" => match attribute(attributes, "href").and_then(|href| self.address(&href)) {
                Some(href) => {
                    here = self.is_here(&href);
                    format!("<a href=\"{}\">", quote_url(straight(href, self.own).as_str()))
                }
                None => String::new(),
            },
            "abbr" => match attribute(attributes, "title") {
                Some(title) => format!("<abbr title=\"{}\">", quote(&title)),
                None => String::new(),
            },
            _ if is_phrase(name) => format!("<{name}>"),
            _ => String::new(),
        };
        self.inline.push(Inline { name: name.to_owned(), tag, here, written: false });
    }

    pub(super) fn close_inline(&mut self, name: &str) {
        let Some(at) = self.inline.iter().rposition(|inline| inline.name == name) else { return };
        for inline in self.inline.drain(at..).rev().filter(|inline| inline.written) {
            self.out.push_str("</");
            self.out.push_str(&inline.name);
            self.out.push('>');
        }
    }

    /// Opens what has to be open before text or a picture in a line can stand.
    pub(super) fn begin(&mut self) {
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
        // a heading leads nowhere in its own page
        let in_heading = self.inline.iter().any(|inline| inline.here) && self.blocks.iter().any(|block| is_heading(&block.name));
        let is_left = |inline: &Inline| inline.written || inline.tag.is_empty() || (inline.here && in_heading);
        for inline in self.inline.iter_mut().filter(|inline| !is_left(inline)) {
            self.out.push_str(&inline.tag);
            inline.written = true;
        }
        for block in &mut self.blocks {
            block.filled = true;
        }
    }

    /// Text with its entities, as it stands.
    pub(super) fn text(&mut self, text: &str) {
        if self.player.is_some() || self.rescued > 0 {
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

    pub(super) fn word(&mut self, word: &str) {
        guard_into(word, &mut self.out);
        // A caption is no part of the text.
        if self.blocks.iter().any(|block| block.caption) {
            return;
        }
        self.say(&decode(word));
    }

    pub(super) fn raw_text(&mut self, html: &str, plain: &str) {
        if html.is_empty() {
            return;
        }
        self.begin();
        guard_into(html, &mut self.out);
        self.say(plain);
    }
}
