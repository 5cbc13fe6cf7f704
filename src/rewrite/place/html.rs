//! Where in a piece of HTML one stands: a reader that is fed literal text and is told where values stand between it.
//!
//! After the HTML standard's tokenizer (13.2.5), as far as it matters for what a value may do at a place.

/// A place for values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Between tags.
    Text,
    /// In an attribute's value.
    Attribute,
    /// At the beginning of an address: it says where it leads.
    Url,
    /// Behind its beginning.
    UrlPath,
    /// Behind its `?` or `#`.
    UrlQuery,
    /// In a string of a block's attributes: `<!-- wp:embed {"url":"…"} -->`.
    JsonText,
    /// A value of a block's attributes.
    JsonValue,
    Comment,
    /// Where no value is safe, and why.
    Nowhere(&'static str),
}

/// A tag or a block that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Open {
    /// `<p>` or `wp:paragraph`.
    pub name: String,
    /// Bytes of the source.
    pub at: (usize, usize),
}

/// What doesn't fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unbalanced {
    pub at: (usize, usize),
    pub message: String,
    pub hint: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// Behind `<`.
    TagOpen,
    TagName,
    InTag,
    AttributeName,
    AfterEquals,
    /// With this quote, or none.
    Value(Option<char>),
    Comment,
    /// `<!doctype …>`
    Other,
    /// In `<script>` or `<style>`.
    Raw,
}

/// One who reads.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    state: State,
    tag: String,
    closes: bool,
    slash: bool,
    attribute: String,
    /// Of an attribute or a comment, as far as it is literal.
    literal: String,
    /// A value has stood in the attribute.
    has_value: bool,
    began: usize,
    pub open: Vec<Open>,
    pub faults: Vec<Unbalanced>,
}

const VOID: [&str; 14] = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
const URLS: [&str; 13] = [
    "href",
    "src",
    "action",
    "formaction",
    "cite",
    "poster",
    "data",
    "background",
    "longdesc",
    "ping",
    "xlink:href",
    "data-url",
    "manifest",
];

impl Reader {
    pub fn new() -> Self {
        Self {
            state: State::Text,
            tag: String::new(),
            closes: false,
            slash: false,
            attribute: String::new(),
            literal: String::new(),
            has_value: false,
            began: 0,
            open: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Between tags.
    pub fn is_in_text(&self) -> bool {
        self.state == State::Text
    }

    /// The same kind of place, whatever was read before it.
    pub fn is_where(&self, other: &Self) -> bool {
        self.state == other.state && self.place() == other.place()
    }

    /// Reads literal text that begins at byte `at` of the source.
    pub fn text(&mut self, text: &str, at: usize) {
        for (offset, c) in text.char_indices() {
            self.char(c, at + offset);
        }
    }

    /// Where a value would stand.
    pub fn place(&self) -> Place {
        match self.state {
            State::Text => Place::Text,
            State::TagOpen | State::TagName => Place::Nowhere("a tag's name is written out"),
            State::InTag | State::AttributeName => Place::Nowhere("attributes are written out; values stand in their quotes"),
            State::AfterEquals | State::Value(None) => Place::Nowhere("an attribute's value wants quotes around it"),
            State::Other => Place::Nowhere("it stands in a declaration"),
            State::Raw => Place::Nowhere("a text in a script or a style could do anything"),
            State::Comment => self.in_comment(),
            State::Value(Some(_)) => self.in_attribute(),
        }
    }

    /// A value stands here.
    pub fn value(&mut self) {
        self.has_value = true;
    }

    fn in_comment(&self) -> Place {
        let Some(json) = self.literal.trim_start().strip_prefix("wp:").and_then(|block| block.split_once('{')) else {
            return Place::Comment;
        };
        let quotes = json.1.replace("\\\\", "").replace("\\\"", "").matches('"').count();
        if quotes % 2 == 1 { Place::JsonText } else { Place::JsonValue }
    }

    fn in_attribute(&self) -> Place {
        let name = self.attribute.as_str();
        if name.starts_with("on") {
            return Place::Nowhere("a text in a script could do anything");
        }
        if matches!(name, "style" | "srcdoc") {
            return Place::Nowhere("a text in a style or a document could do anything");
        }
        if name == "srcset" {
            let is_first = self.literal.rsplit(',').next().is_none_or(|last| last.trim().is_empty());
            return if is_first { Place::Url } else { Place::Attribute };
        }
        if !URLS.contains(&name) {
            return Place::Attribute;
        }
        let written = self.literal.trim_start();
        if written.is_empty() && !self.has_value {
            return Place::Url;
        }
        let scheme = written.split(['/', '?', '#']).next().unwrap_or_default().split_once(':').map(|(scheme, _)| scheme);
        if scheme.is_some_and(|scheme| !super::is_safe_scheme(scheme)) {
            return Place::Nowhere("only http, https, mailto and tel lead to where a reader may go");
        }
        if written.contains(['?', '#']) { Place::UrlQuery } else { Place::UrlPath }
    }

    fn char(&mut self, c: char, at: usize) {
        let lower = c.to_ascii_lowercase();
        match self.state {
            State::Text if c == '<' => {
                self.state = State::TagOpen;
                self.began = at;
                (self.closes, self.slash) = (false, false);
                self.tag.clear();
            }
            State::Text => {}
            State::TagOpen => match c {
                '/' if !self.closes => self.closes = true,
                '!' | '?' if !self.closes => {
                    self.state = State::Other;
                    self.literal = String::from(c);
                }
                _ if c.is_ascii_alphabetic() => {
                    self.state = State::TagName;
                    self.tag.push(lower);
                }
                '<' => self.began = at,
                _ => self.state = State::Text,
            },
            State::TagName => match c {
                '>' => self.end_tag(at),
                '/' => (self.state, self.slash) = (State::InTag, true),
                _ if c.is_whitespace() => self.state = State::InTag,
                _ => self.tag.push(lower),
            },
            State::InTag => match c {
                '>' => self.end_tag(at),
                '/' => self.slash = true,
                _ if c.is_whitespace() => {}
                _ => {
                    self.slash = false;
                    self.attribute = String::from(lower);
                    self.state = State::AttributeName;
                }
            },
            State::AttributeName => match c {
                '>' => self.end_tag(at),
                '=' => {
                    self.literal.clear();
                    self.has_value = false;
                    self.state = State::AfterEquals;
                }
                '/' => (self.state, self.slash) = (State::InTag, true),
                _ if c.is_whitespace() => self.state = State::InTag,
                _ => self.attribute.push(lower),
            },
            State::AfterEquals => match c {
                '"' | '\'' => self.state = State::Value(Some(c)),
                '>' => self.end_tag(at),
                _ if c.is_whitespace() => {}
                _ => {
                    self.literal.push(c);
                    self.state = State::Value(None);
                }
            },
            State::Value(None) if c == '>' => self.end_tag(at),
            State::Value(None) if c.is_whitespace() => self.state = State::InTag,
            State::Value(Some(quote)) if c == quote => self.state = State::InTag,
            State::Value(_) => self.literal.push(c),
            State::Other => {
                self.literal.push(c);
                if self.literal == "!--" {
                    self.state = State::Comment;
                    self.literal.clear();
                } else if c == '>' {
                    self.state = State::Text;
                }
            }
            State::Comment => {
                self.literal.push(c);
                if self.literal.ends_with("-->") {
                    self.end_comment(at);
                }
            }
            State::Raw => {
                self.literal.push(lower);
                if self.literal.ends_with(&format!("</{}>", self.tag)) {
                    self.state = State::Text;
                    self.open.pop();
                }
            }
        }
    }

    fn end_tag(&mut self, at: usize) {
        self.state = State::Text;
        let (name, at) = (format!("<{}>", self.tag), (self.began, at + 1));
        if self.closes {
            self.close(&name, &format!("</{}>", self.tag), at);
        } else if !VOID.contains(&self.tag.as_str()) && !self.slash {
            if matches!(self.tag.as_str(), "script" | "style") {
                self.state = State::Raw;
                self.literal.clear();
            }
            self.open.push(Open { name, at });
        }
    }

    fn end_comment(&mut self, at: usize) {
        self.state = State::Text;
        let at = (self.began, at + 1);
        let comment = self.literal.trim_end_matches("-->").trim().to_owned();
        let word = |text: &str| text.split(|c: char| c.is_whitespace() || c == '{').next().unwrap_or_default().to_owned();
        if let Some(name) = comment.strip_prefix("/wp:") {
            self.close(&format!("wp:{}", word(name)), &format!("/wp:{}", word(name)), at);
        } else if let Some(name) = comment.strip_prefix("wp:").filter(|_| !comment.ends_with('/')) {
            self.open.push(Open { name: format!("wp:{}", word(name)), at });
        }
    }

    fn close(&mut self, name: &str, written: &str, at: (usize, usize)) {
        let Some(place) = self.open.iter().rposition(|open| open.name == name) else {
            let hint = format!("nothing of that name is open here: take it out, or open it with `{name}`");
            self.faults.push(Unbalanced { at, message: format!("`{written}` closes nothing"), hint });
            return;
        };
        for open in self.open.drain(place + 1..) {
            let hint = format!("close it before `{written}`");
            self.faults.push(Unbalanced { at: open.at, message: format!("`{}` is not closed", open.name), hint });
        }
        self.open.truncate(place);
    }
}
