//! A lenient reading of XML as tokens: linear whatever comes, never an error.

use memchr::{memchr, memchr3, memmem};

/// One piece of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// Character data, entities not decoded. A `<` that opens no tag comes as text of its own.
    Text(&'t str),
    /// What stood between `<![CDATA[` and `]]>`.
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
    /// `<?xml …?>` and its like, its inside.
    Instruction(&'t str),
}

/// Reads tokens; comments are left out.
pub(super) struct Scanner<'t> {
    text: &'t str,
    /// What comes next begins here.
    at: usize,
    /// Where the last token begins.
    begin: usize,
    /// The next `]]>` as the last search found it, and whether there is another `-->` at all: many unclosed ones cost one search.
    cdata_end: CdataEnd,
    no_comment_end: bool,
}

#[derive(Clone, Copy)]
enum CdataEnd {
    Unsought,
    At(usize),
    Nowhere,
}

/// What stands between an element's start tag and its end, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Inside<'t> {
    pub raw: &'t str,
    pub has_cdata: bool,
    pub has_comment: bool,
    /// There are tags in it.
    pub has_tags: bool,
    pub end: End,
}

/// What ended an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum End {
    /// Its end tag.
    #[default]
    Own,
    /// The tag of another element, which is still to come.
    Implied,
    /// A `<![CDATA[` that was never closed ended with the element's end tag.
    Cdata,
    /// The document was over.
    Document,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, begin: 0, cdata_end: CdataEnd::Unsought, no_comment_end: false }
    }

    /// Where the last token begins, in bytes.
    pub(super) fn begin(&self) -> usize {
        self.begin
    }

    /// The last token as it stands in the text.
    pub(super) fn raw(&self) -> &'t str {
        &self.text[self.begin..self.at]
    }

    /// Reads on to the end of the element `name`, whose start tag was the last token. Tags inside are not told; one that `breaks`
    /// (called with its name, `/item` for an end tag) ends the element, too, and is read next. `nests` says that elements of the same name
    /// may stand inside.
    pub(super) fn inside(&mut self, name: &str, nests: bool, breaks: impl Fn(&str) -> bool) -> Inside<'t> {
        let (text, begin) = (self.text, self.at);
        let mut found = Inside::default();
        let mut depth = 0_u32;
        let mut at = begin;
        let (end, next) = loop {
            let Some(open) = memchr(b'<', &text.as_bytes()[at..]).map(|found| at + found) else {
                found.end = End::Document;
                break (text.len(), text.len());
            };
            let rest = &text[open..];
            if rest.starts_with("<![CDATA[") {
                found.has_cdata = true;
                match self.cdata_end(open + 9) {
                    Some(close) if !is_two(&text[open + 9..close], name) => at = close + 3,
                    _ => {
                        // the section was never closed: the next end tag of the element must be its own
                        let own = own_end(&text[open + 9..], name).map(|(end, next)| (open + 9 + end, open + 9 + next));
                        found.end = if own.is_some() { End::Cdata } else { End::Document };
                        break own.unwrap_or((text.len(), text.len()));
                    }
                }
                continue;
            }
            if rest.starts_with("<!--") {
                match self.comment_end(open + 4) {
                    Some(close) => {
                        found.has_comment = true;
                        at = close;
                    }
                    None => at = open + 4,
                }
                continue;
            }
            let tag = tag_name(&rest[1..]);
            at = open + 1 + tag.len();
            match tag.strip_prefix('/') {
                _ if tag.is_empty() => {}
                Some(closed) if closed.eq_ignore_ascii_case(name) => {
                    if depth == 0 {
                        let next = memchr(b'>', &text.as_bytes()[at..]).map_or(text.len(), |found| at + found + 1);
                        break (open, next);
                    }
                    depth -= 1;
                    found.has_tags = true;
                }
                None if tag.eq_ignore_ascii_case(name) => {
                    if !nests {
                        found.end = End::Implied;
                        break (open, open);
                    }
                    let close = memchr(b'>', &text.as_bytes()[at..]).map_or(text.len(), |found| at + found);
                    depth += u32::from(!text[at..close].ends_with('/'));
                    found.has_tags = true;
                }
                _ if breaks(tag) => {
                    found.end = End::Implied;
                    break (open, open);
                }
                _ => found.has_tags = true,
            }
        };
        found.raw = &text[begin..end];
        self.at = next;
        found
    }

    /// The end of the CDATA section that begins `from` here; calls come in order.
    fn cdata_end(&mut self, from: usize) -> Option<usize> {
        match self.cdata_end {
            CdataEnd::At(end) if end >= from => return Some(end),
            CdataEnd::Nowhere => return None,
            CdataEnd::At(_) | CdataEnd::Unsought => {}
        }
        let found = memmem::find(&self.text.as_bytes()[from..], b"]]>").map(|found| from + found);
        self.cdata_end = found.map_or(CdataEnd::Nowhere, CdataEnd::At);
        found
    }

    /// Behind the comment that begins `from` here.
    fn comment_end(&mut self, from: usize) -> Option<usize> {
        let found = if self.no_comment_end { None } else { memmem::find(&self.text.as_bytes()[from..], b"-->") };
        self.no_comment_end |= found.is_none();
        found.map(|found| from + found + 3)
    }

    /// The tag whose inside begins at `from`, without its brackets; quotes may hold a `>`. An unfinished one ends the document.
    fn tag(&mut self, from: usize) -> Option<&'t str> {
        let bytes = self.text.as_bytes();
        let mut at = from;
        let mut end = None;
        while let Some(found) = memchr3(b'>', b'"', b'\'', &bytes[at..]).map(|found| at + found) {
            if bytes[found] == b'>' {
                end = Some(found);
                break;
            }
            match memchr(bytes[found], &bytes[found + 1..]) {
                Some(close) => at = found + close + 2,
                None => break,
            }
        }
        // a quote that never closes can't be one: each kind of it gets here once
        let end = end.or_else(|| memchr(b'>', &bytes[from..]).map(|found| from + found));
        self.at = end.map_or(self.text.len(), |end| end + 1);
        end.map(|end| &self.text[from..end])
    }

    fn doctype(&mut self, from: usize) -> &'t str {
        let bytes = self.text.as_bytes();
        let mut depth = 0_u32;
        let mut at = from;
        while let Some(found) = memchr3(b'[', b']', b'>', &bytes[at..]).map(|found| at + found) {
            match bytes[found] {
                b'[' => depth += 1,
                b']' => depth = depth.saturating_sub(1),
                _ if depth == 0 => {
                    self.at = found + 1;
                    return &self.text[from..found];
                }
                _ => {}
            }
            at = found + 1;
        }
        self.at = self.text.len();
        &self.text[from..]
    }
}

impl<'t> Iterator for Scanner<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        let text = self.text;
        loop {
            let at = self.at;
            self.begin = at;
            let rest = &text[at..];
            if rest.is_empty() {
                return None;
            }
            if !rest.starts_with('<') {
                self.at = memchr(b'<', rest.as_bytes()).map_or(text.len(), |found| at + found);
                return Some(Token::Text(&text[at..self.at]));
            }
            let begins_name = |at: usize| rest.as_bytes().get(at).copied().is_some_and(begins_name);
            if begins_name(1) {
                let tag = self.tag(at + 1)?;
                let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
                let (name, attributes) = tag.split_at(name_end(tag));
                return Some(Token::Open { name, attributes, empty });
            } else if rest.starts_with("</") && begins_name(2) {
                let name = self.tag(at + 2)?;
                return Some(Token::Close { name: &name[..name_end(name)] });
            } else if rest.starts_with("<![CDATA[") {
                let Some(end) = self.cdata_end(at + 9) else {
                    self.at = at + 9;
                    return Some(Token::Text(&rest[..9]));
                };
                self.at = end + 3;
                return Some(Token::Cdata(&text[at + 9..end]));
            } else if rest.starts_with("<!--") {
                match self.comment_end(at + 4) {
                    Some(end) => self.at = end,
                    None => {
                        self.at = at + 4;
                        return Some(Token::Text(&rest[..4]));
                    }
                }
            } else if rest.starts_with("<?") {
                // not at `?>`: declarations end in a mere `>` too often
                let end = memchr(b'>', rest.as_bytes());
                self.at = end.map_or(text.len(), |end| at + end + 1);
                let inside = &rest[2..end.unwrap_or(rest.len())];
                return Some(Token::Instruction(inside.strip_suffix('?').unwrap_or(inside)));
            } else if rest.starts_with("<!") {
                return Some(Token::Doctype(self.doctype(at + 2)));
            } else {
                self.at += 1;
                return Some(Token::Text(&rest[..1]));
            }
        }
    }
}

/// Whether a section that was left open swallowed the element's end and the next section.
fn is_two(section: &str, name: &str) -> bool {
    memmem::find(section.as_bytes(), b"<![CDATA[").is_some_and(|second| own_end(&section[..second], name).is_some())
}

/// Where the first end tag of the element begins, and what is behind it.
fn own_end(text: &str, name: &str) -> Option<(usize, usize)> {
    memmem::find_iter(text.as_bytes(), b"</").find_map(|at| {
        let closed = tag_name(&text[at + 1..]);
        closed.strip_prefix('/').is_some_and(|closed| closed.eq_ignore_ascii_case(name)).then(|| {
            let behind = at + 1 + closed.len();
            (at, memchr(b'>', &text.as_bytes()[behind..]).map_or(text.len(), |found| behind + found + 1))
        })
    })
}

fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn name_end(tag: &str) -> usize {
    tag.bytes().position(|byte| byte.is_ascii_whitespace() || byte == b'/').unwrap_or(tag.len())
}

/// The name of the tag whose inside begins here, with a `/` before it if it is an end tag; empty if it is no tag.
fn tag_name(text: &str) -> &str {
    let name = text.strip_prefix('/').unwrap_or(text);
    if !name.bytes().next().is_some_and(begins_name) {
        return "";
    }
    let end = name.bytes().position(|byte| matches!(byte, b'>' | b'/' | b'<') || byte.is_ascii_whitespace()).unwrap_or(name.len());
    &text[..text.len() - name.len() + end]
}

/// `media:content` is `("media", "content")`; without a prefix the first is empty.
pub(super) fn split_name(name: &str) -> (&str, &str) {
    match memchr(b':', name.as_bytes()) {
        Some(at) => (&name[..at], &name[at + 1..]),
        None => ("", name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_in_order_and_comments_do_not() {
        let text = r#"<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><!-- <b> --><a:b c = "1>2" d='&amp;'>x &lt; < y<![CDATA[<z>]]><e/></a:b >"#;
        let tokens: Vec<_> = Scanner::new(text).collect();
        assert_eq!(
            tokens,
            [
                Token::Instruction("xml version=\"1.0\""),
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
    }

    #[test]
    fn a_document_may_end_anywhere() {
        for text in ["<", "<a", "<a b='", "<!--", "<![CDATA[x", "<!DOCTYPE [", "</", "</a", "<?", "&", "<!"] {
            assert!(Scanner::new(text).count() <= 2, "{text}");
        }
    }

    #[test]
    fn a_quote_that_never_closes_is_none() {
        let tokens: Vec<_> = Scanner::new("<a b=\"c><d>e</d>").collect();
        assert_eq!(tokens.len(), 4, "{tokens:?}");
    }

    #[test]
    fn an_element_ends_where_it_can() {
        let cases = [
            ("x</t>y", "x", End::Own, "y"),
            ("x</T >y", "x", End::Own, "y"),
            ("a<b>c</b></t>y", "a<b>c</b>", End::Own, "y"),
            ("<![CDATA[</t>]]></t>y", "<![CDATA[</t>]]>", End::Own, "y"),
            ("x<!-- </t> --></t>y", "x<!-- </t> -->", End::Own, "y"),
            ("x<!-- </t>y", "x<!-- ", End::Own, "y"),
            ("1 < 2</t>y", "1 < 2", End::Own, "y"),
            ("x</item>y", "x", End::Implied, "</item>"),
            ("x<t>y", "x", End::Implied, "<t>"),
            ("<![CDATA[x</t>y", "<![CDATA[x", End::Cdata, "y"),
            ("<![CDATA[x</t><t><![CDATA[z]]></t>y", "<![CDATA[x", End::Cdata, "<t>"),
            ("x<![CDATA[z", "x<![CDATA[z", End::Document, ""),
            ("x", "x", End::Document, ""),
        ];
        for (text, raw, end, next) in cases {
            let text = format!("<t>{text}");
            let mut scanner = Scanner::new(&text);
            scanner.next();
            let found = scanner.inside("t", false, |name| name == "/item");
            assert_eq!((found.raw, found.end), (raw, end), "{text}");
            scanner.next();
            assert_eq!(scanner.raw(), next, "{text}");
        }
        let mut scanner = Scanner::new("<t><t>x</t><t/></t>y");
        scanner.next();
        assert_eq!(scanner.inside("t", true, |_| false).raw, "<t>x</t><t/>");
    }
}
