//! A lenient reading of XML as tokens: linear whatever comes, never an error.

/// One piece of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// Character data, entities not decoded. A `<` that opens no tag comes as text of its own.
    Text(&'t str),
    /// What stood between `<![CDATA[` and `]]>`, or the end of the document.
    Cdata(&'t str),
    /// A start tag. `attributes` is what stands after the name; `empty` says that it ended in `/>`.
    Open {
        name: &'t str,
        attributes: &'t str,
        empty: bool,
    },
    Close {
        name: &'t str,
    },
    /// `<!DOCTYPE …`, its inside.
    Doctype(&'t str),
}

/// Reads tokens; comments and processing instructions are left out.
pub(super) struct Scanner<'t> {
    whole: &'t str,
    rest: &'t str,
    /// Where the last token begins in the whole.
    begin: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { whole: text, rest: text, begin: 0 }
    }

    /// The last token as it stands in the text.
    pub(super) fn raw(&self) -> &'t str {
        &self.whole[self.begin..self.whole.len() - self.rest.len()]
    }

    /// What lies before `end`, which is passed over, too; where it is missing, all the rest.
    fn until(&mut self, skip: usize, end: &str) -> &'t str {
        let inside = &self.rest[skip..];
        let (found, rest) = inside.split_once(end).unwrap_or((inside, ""));
        self.rest = rest;
        found
    }

    /// The tag at the start of the rest, without its brackets; quotes may hold a `>`. An unfinished one ends the document.
    fn tag(&mut self, skip: usize) -> Option<&'t str> {
        let inside = &self.rest[skip..];
        let mut quote = None;
        for (at, byte) in inside.bytes().enumerate() {
            match (quote, byte) {
                (Some(open), _) if open == byte => quote = None,
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'>') => {
                    self.rest = &inside[at + 1..];
                    return Some(&inside[..at]);
                }
                _ => {}
            }
        }
        self.rest = "";
        None
    }

    fn doctype(&mut self) -> &'t str {
        let inside = &self.rest[2..];
        let mut depth = 0_u32;
        for (at, byte) in inside.bytes().enumerate() {
            match byte {
                b'[' => depth += 1,
                b']' => depth = depth.saturating_sub(1),
                b'>' if depth == 0 => {
                    self.rest = &inside[at + 1..];
                    return &inside[..at];
                }
                _ => {}
            }
        }
        self.rest = "";
        inside
    }
}

impl<'t> Iterator for Scanner<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        loop {
            let rest = self.rest;
            self.begin = self.whole.len() - rest.len();
            let begins_name =
                |at: usize| rest.as_bytes().get(at).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_' || *byte >= 0x80);
            if rest.is_empty() {
                return None;
            } else if !rest.starts_with('<') {
                let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
                self.rest = after;
                return Some(Token::Text(text));
            } else if rest.starts_with("<!--") {
                self.until(4, "-->");
            } else if rest.starts_with("<![CDATA[") {
                return Some(Token::Cdata(self.until(9, "]]>")));
            } else if rest.starts_with("<?") {
                self.until(2, "?>");
            } else if rest.starts_with("<!") {
                return Some(Token::Doctype(self.doctype()));
            } else if rest.starts_with("</") && begins_name(2) {
                let name = self.tag(2)?;
                return Some(Token::Close { name: name.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or(name) });
            } else if begins_name(1) {
                let tag = self.tag(1)?;
                let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
                let (name, attributes) = tag.split_at(tag.find(|c: char| c.is_ascii_whitespace() || c == '/').unwrap_or(tag.len()));
                return Some(Token::Open { name, attributes, empty });
            } else {
                self.rest = &rest[1..];
                return Some(Token::Text("<"));
            }
        }
    }
}

/// A tag's attributes: name and value, entities decoded. What isn't `name=value` is left out.
pub(super) fn attributes(text: &str) -> impl Iterator<Item = (&str, String)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/' || c == '=');
            if rest.is_empty() {
                return None;
            }
            let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let Some(value) = after.trim_start().strip_prefix('=') else {
                rest = after;
                continue;
            };
            let value = value.trim_start();
            let (raw, after) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
                _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
            };
            rest = after;
            return Some((name, html_escape::decode_html_entities(raw.trim()).into_owned()));
        }
    })
}

/// One attribute's value.
pub(super) fn attribute(text: &str, wanted: &str) -> Option<String> {
    attributes(text).find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

/// `media:content` is `("media", "content")`; without a prefix the first is empty.
pub(super) fn split_name(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_in_order_and_comments_and_instructions_do_not() {
        let text = r#"<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><!-- <b> --><a:b c = "1>2" d='&amp;'>x &lt; < y<![CDATA[<z>]]><e/></a:b >"#;
        let tokens: Vec<_> = Scanner::new(text).collect();
        assert_eq!(
            tokens,
            [
                Token::Doctype("DOCTYPE a [<!ENTITY x \"y\">]"),
                Token::Open { name: "a:b", attributes: " c = \"1>2\" d='&amp;'", empty: false },
                Token::Text("x &lt; "),
                Token::Text("<"),
                Token::Text(" y"),
                Token::Cdata("<z>"),
                Token::Open { name: "e", attributes: "", empty: true },
                Token::Close { name: "a:b" },
            ]
        );
        let Token::Open { attributes: list, .. } = tokens[1] else { panic!() };
        assert_eq!(attributes(list).collect::<Vec<_>>(), [("c", "1>2".to_owned()), ("d", "&".to_owned())]);
    }

    #[test]
    fn a_document_may_end_anywhere() {
        for text in ["<", "<a", "<a b='", "<!--", "<![CDATA[x", "<!DOCTYPE [", "</", "</a", "<?", "&", "<!"] {
            assert!(Scanner::new(text).count() <= 2, "{text}");
        }
    }

    #[test]
    fn attributes_without_values_or_quotes_are_survived() {
        let read: Vec<_> = attributes(r#" nowrap href=http://x.example/a title = 'b" "c=d"#).collect();
        assert_eq!(read, [("href", "http://x.example/a".to_owned()), ("title", "b\" \"c=d".to_owned())]);
    }
}
