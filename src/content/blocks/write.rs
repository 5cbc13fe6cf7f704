//! The text of blocks: comments that name them, as WordPress' own serialiser writes them.

/// Blocks under construction.
pub(super) struct Writer {
    out: String,
    /// Nothing stands before the next block in what holds it.
    first: bool,
}

impl Writer {
    pub fn for_html(html: &str) -> Self {
        Self { out: String::with_capacity(html.len() * 3 / 2), first: true }
    }

    /// A block; `attributes` is a JSON object or empty, `html` comes in pieces.
    pub fn block(&mut self, name: &str, attributes: &str, html: &[&str]) {
        self.container(name, attributes, "", "", |out| out.add(html));
    }

    /// A block that holds what `inside` writes, between `opens` and `closes`.
    pub fn container(&mut self, name: &str, attributes: &str, opens: &str, closes: &str, inside: impl FnOnce(&mut Self)) {
        self.begin(name, attributes);
        self.out.push_str(opens);
        inside(self);
        self.out.push_str(closes);
        self.end(name);
    }

    /// Opens a block; [`Self::end`] closes it.
    pub fn begin(&mut self, name: &str, attributes: &str) {
        if !self.first {
            self.out.push_str("\n\n");
        }
        self.add(&["<!-- wp:", name, if attributes.is_empty() { "" } else { " " }, attributes, " -->\n"]);
        self.first = true;
    }

    pub fn end(&mut self, name: &str) {
        self.add(&["\n<!-- /wp:", name, " -->"]);
        self.first = false;
    }

    /// Pieces of HTML within a block.
    pub fn add(&mut self, html: &[&str]) {
        html.iter().for_each(|piece| self.out.push_str(piece));
    }

    /// A list that begins within an item stands right behind its text.
    pub fn nested(&mut self) {
        self.first = true;
    }

    pub fn mark(&self) -> (usize, bool) {
        (self.out.len(), self.first)
    }

    /// Takes back what was written since.
    pub fn back_to(&mut self, (length, first): (usize, bool)) {
        self.out.truncate(length);
        self.first = first;
    }

    pub fn finish(self) -> String {
        self.out
    }
}

/// A JSON text for a block's attributes: what could end the comment or change under WordPress' filters is written by its number
/// (`serialize_block_attributes`, WordPress Code Reference).
pub(super) fn json(text: &str) -> String {
    let plain = serde_json::Value::from(text).to_string();
    let inner = &plain[1..plain.len() - 1];
    let safe = inner.replace("--", "\\u002d\\u002d").replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    format!("\"{}\"", safe.replace("\\\"", "\\u0022"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_attribute_ends_its_comment() {
        for (text, want) in [
            ("https://x.example/?a=1&b=2", r#""https://x.example/?a=1\u0026b=2""#),
            ("a --> b", r#""a \u002d\u002d\u003e b""#),
            ("\"q\" \\", r#""\u0022q\u0022 \\""#),
            ("ä€", "\"ä€\""),
        ] {
            assert_eq!(json(text), want);
        }
    }
}
