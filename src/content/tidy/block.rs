//! Blocks: paragraphs, headings, lists, quotes, tables.

use super::super::excerpt::count_words;
use super::super::tokens::attribute;
use super::form::{Form, is_no_prose};
use super::{Block, Writer};

/// Blocks inside of blocks go no deeper; what is deeper loses its own form and keeps its text.
const DEEPEST: usize = 24;

/// A cell with so many words is no cell of data but a part of a page that is laid out by a table.
const LAYOUT_WORDS: usize = 20;

impl Writer<'_> {
    /// Ends a paragraph, or in a line begins a new one.
    pub(super) fn part(&mut self) {
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
            Form::Parts => self.space = true,
            Form::Pre => {}
        }
    }

    /// A line across; inside of other blocks it only parts.
    pub(super) fn rule(&mut self) {
        self.part();
        if self.blocks.is_empty() {
            self.out.push_str("<hr>\n");
            self.end_piece();
        }
    }

    pub(super) fn end_paragraph(&mut self) {
        (self.breaks, self.space) = (0, false);
        let Some(start) = self.paragraph.take() else { return };
        let text = self.text[self.paragraph_text..].trim();
        let plays = self.plays(text);
        // a caption's words are no part of the text, and stand all the same
        let is_caption = self.blocks.iter().any(|block| block.caption) && self.out.len() > start + "<p>".len();
        if (text.is_empty() && !is_caption) || plays.is_some() {
            self.out.truncate(start);
            self.text.truncate(self.paragraph_text);
            self.prose.truncate(self.paragraph_prose);
            if let Some(embed) = plays {
                self.embed(&embed);
            }
            return;
        }
        self.out.push_str("</p>\n");
        self.end_text();
        self.end_piece();
    }

    pub(super) fn end_text(&mut self) {
        for plain in [&mut self.text, &mut self.prose] {
            let kept = plain.trim_end().len();
            plain.truncate(kept);
            if !plain.is_empty() {
                plain.push_str("\n\n");
            }
        }
    }

    pub(super) fn open_block(&mut self, name: &str, form: Form, attributes: &str) {
        let around = match is_heading(name) {
            true => self.blocks.iter().find(|block| is_heading(&block.name)),
            false => self.item_around(name),
        };
        if let Some(outer) = around.map(|block| block.name.clone()) {
            // and all that is open in it
            while let Some(inner) = self.blocks.last().map(|block| block.name.clone()) {
                self.close_block(&inner);
                if inner == outer {
                    break;
                }
            }
        }
        self.end_inline();
        if self.form() == Form::Flow {
            self.end_paragraph();
        }
        if is_list(name) && self.blocks.iter().rfind(|block| !block.ghost).is_some_and(|block| is_list(&block.name)) {
            self.open_item();
        }
        let pulled = name == "blockquote" && std::mem::take(&mut self.pulled) && self.blocks.is_empty();
        let captions = self.blocks.iter().any(|block| !block.ghost && matches!(block.name.as_str(), "figcaption" | "caption" | "summary"));
        let ghost = captions || self.blocks.len() >= DEEPEST;
        let ended = [ended(&self.text), ended(&self.prose)];
        if !ghost && !matches!(name, "td" | "th" | "figcaption") {
            self.end_text();
        }
        let text_start = self.text.len();
        if captions {
            self.part();
        }
        let mut start = self.out.len();
        let mut caption = false;
        if name == "figcaption" {
            // After a picture it is that picture's; elsewhere it is a paragraph.
            match self.out.strip_suffix("</figure>\n").map(str::len) {
                Some(end) if !ghost => {
                    self.out.truncate(end);
                    if self.blocks.is_empty() {
                        self.pieces.pop();
                    }
                    (start, caption) = (end, true);
                }
                _ => {
                    self.blocks.push(Block { start, inside: start, ghost: true, pulled, ..Block::new(name, form, text_start) });
                    return;
                }
            }
        }
        if !ghost {
            self.out.push_str(if pulled { "<figure><" } else { "<" });
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
        let inside = self.out.len();
        self.blocks.push(Block { start, inside, ghost, caption, pulled, ended, ..Block::new(name, form, text_start) });
    }

    pub(super) fn close_block(&mut self, name: &str) {
        let Some(at) = self.blocks.iter().rposition(|block| block.name == name) else { return };
        if is_item(name) && self.blocks[at..].iter().any(|block| holds_items(&block.name)) {
            // its own item was closed by the one in it
            return;
        }
        // what its element held was closed before it, unless that was closed by something else
        while let Some(inner) = self.blocks.get(at + 1..).and_then(<[Block]>::last).map(|block| block.name.clone()) {
            self.close_block(&inner);
        }
        if self.blocks.len() <= at {
            return;
        }
        self.end_inline();
        if self.form() == Form::Flow {
            self.end_paragraph();
        }
        let Some(block) = self.blocks.pop() else { return };
        (self.breaks, self.space) = (0, false);
        if block.ghost {
            self.part();
            return;
        }
        if block.form == Form::Pre {
            self.begin_pre(&block);
        }
        // what was in it may have gone again
        let keeps = (block.filled && self.out.len() > block.inside) || matches!(name, "td" | "th");
        if !keeps {
            self.out.truncate(block.start);
            self.take_back(&block);
        } else {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
        if block.caption || (block.pulled && keeps) {
            self.out.push_str("</figure>");
        }
        if block.caption || keeps && self.blocks.iter().all(|block| block.ghost) {
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
        self.end_piece();
        if is_list(name) && self.blocks.last().is_some_and(|block| block.implied) {
            self.close_block("li");
        }
    }

    /// A block of which nothing is left parts the line that it stood in, no more.
    fn take_back(&mut self, block: &Block) {
        if self.form() == Form::Flow || self.text.len() != block.text_start {
            return;
        }
        for (plain, ended) in [&mut self.text, &mut self.prose].into_iter().zip(&block.ended) {
            if let Some(tail) = ended {
                plain.truncate(plain.trim_end().len());
                plain.push_str(tail);
            }
        }
        self.part();
    }

    /// The item of the same list that is still open when the next begins in it.
    fn item_around(&self, name: &str) -> Option<&Block> {
        let same = |block: &&Block| if name == "li" { block.name == "li" } else { matches!(block.name.as_str(), "dt" | "dd") };
        self.blocks.iter().rev().take_while(|block| !holds_items(&block.name)).find(same).filter(|_| is_item(name))
    }

    /// A list that stands between the items of another belongs to the item before it.
    fn open_item(&mut self) {
        if self.blocks.len() + 1 >= DEEPEST {
            return;
        }
        let (start, mut inside) = (self.out.len(), 0);
        match self.out.strip_suffix("</li>").map(str::len) {
            Some(end) => self.out.truncate(end),
            None => {
                self.out.push_str("<li>");
                inside = self.out.len();
            }
        }
        let filled = inside == 0;
        self.blocks.push(Block { start, inside, filled, implied: true, ..Block::new("li", Form::Line, self.text.len()) });
    }
}

impl Writer<'_> {
    /// Takes off the lines that preformatted text begins with and that are empty: a reader drops the first of them (HTML, section
    /// 13.2.6.4.7). What has no other lines is nothing.
    fn begin_pre(&mut self, block: &Block) {
        let text = &self.out[block.inside..];
        if text.trim().is_empty() {
            self.out.truncate(block.inside);
            self.text.truncate(block.text_start);
            return;
        }
        let lines = text.len() - text.trim_start_matches('\n').len();
        self.out.replace_range(block.inside..block.inside + lines, "");
        let plain = self.text.get(block.text_start..).unwrap_or_default();
        let lines = plain.len() - plain.trim_start_matches('\n').len();
        self.text.replace_range(block.text_start..block.text_start + lines, "");
    }
}

/// The white space that a text ends with; `None`: nothing, or an empty line.
fn ended(plain: &str) -> Option<String> {
    (!plain.is_empty() && !plain.ends_with("\n\n")).then(|| plain[plain.trim_end().len()..].to_owned())
}

fn is_item(name: &str) -> bool {
    matches!(name, "li" | "dt" | "dd")
}

fn holds_items(name: &str) -> bool {
    is_list(name) || matches!(name, "dl" | "td" | "th" | "blockquote")
}

fn is_list(name: &str) -> bool {
    matches!(name, "ul" | "ol")
}

pub(super) fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}
