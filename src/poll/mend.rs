//! What was mended in a document, named for its publisher.

use std::collections::BTreeMap;

/// One kind of fault that is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mend {
    /// An `&` that begins no reference.
    BareAmpersand,
    /// A name that HTML defines and XML doesn't (`&nbsp;`).
    UndefinedEntity,
    /// The number of no character, or of a control character, or a number without its `;`.
    IllegalReference,
    /// A character that XML doesn't allow.
    ControlCharacter,
    /// HTML tags in an element that holds text.
    UnescapedMarkup,
    /// An element without an end tag.
    UnclosedElement,
    /// An end tag that closes nothing.
    StrayEndTag,
    /// `<![CDATA[` without `]]>`.
    UnclosedCdata,
    /// The document ends before it is finished.
    Truncated,
    /// Something else than a feed before the feed.
    JunkBeforeRoot,
    /// Something else than a feed behind the feed.
    JunkAfterRoot,
    /// White space or a comment before the XML declaration.
    LateDeclaration,
    /// An element's name in other letters than its format's.
    UpperCaseName,
    /// `<rss>` without its version.
    MissingVersion,
    /// An RSS version that there isn't.
    OddVersion,
    /// A namespace that is almost the right one.
    OddNamespace,
    /// A prefix that no `xmlns:` declares.
    UndeclaredPrefix,
    /// An item outside the channel, or within another item.
    MisplacedItem,
    /// No `<rss>`, `<feed>` or `<rdf:RDF>` around it all.
    MissingRoot,
    /// A `type` that Atom doesn't have.
    UnknownContentType,
    /// Content that is said to be base64 and isn't.
    WrongBase64,
    /// Elements nest deeper than is read.
    TooDeep,
    /// A date in a form that nobody reads.
    UnreadableDate,
    /// There is more than is read: entries, or fields of one.
    TooLong,
    /// JSON that isn't quite JSON.
    JsonSyntax,
    /// JSON Feed without its version, or with another address for it.
    JsonVersion,
    /// A number or a list where JSON Feed has a text.
    JsonType,
    /// Items under another name or at another place.
    JsonShape,
    /// Written in another encoding than UTF-8, and nothing says which.
    UndeclaredEncoding,
    /// Written in another encoding than the declaration or the `Content-Type` says.
    WrongEncoding,
    /// The declaration names an encoding that doesn't exist.
    UnknownEncoding,
    /// Bytes that are no text in the document's encoding; they became U+FFFD.
    BrokenBytes,
    /// UTF-8 that was taken for windows-1252 and written as UTF-8 once more (`FlÃ¼che`).
    EncodedTwice,
    /// It looks like that, and may be meant; it is left as it is.
    MaybeEncodedTwice,
}

impl Mend {
    /// For JSON and tests: `bare-ampersand`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BareAmpersand => "bare-ampersand",
            Self::UndefinedEntity => "undefined-entity",
            Self::IllegalReference => "illegal-reference",
            Self::ControlCharacter => "control-character",
            Self::UnescapedMarkup => "unescaped-markup",
            Self::UnclosedElement => "unclosed-element",
            Self::StrayEndTag => "stray-end-tag",
            Self::UnclosedCdata => "unclosed-cdata",
            Self::Truncated => "truncated",
            Self::JunkBeforeRoot => "junk-before-root",
            Self::JunkAfterRoot => "junk-after-root",
            Self::LateDeclaration => "late-declaration",
            Self::UpperCaseName => "wrong-case",
            Self::MissingVersion => "missing-version",
            Self::OddVersion => "odd-version",
            Self::OddNamespace => "odd-namespace",
            Self::UndeclaredPrefix => "undeclared-prefix",
            Self::MisplacedItem => "misplaced-item",
            Self::MissingRoot => "missing-root",
            Self::UnknownContentType => "unknown-content-type",
            Self::WrongBase64 => "wrong-base64",
            Self::TooDeep => "too-deep",
            Self::UnreadableDate => "unreadable-date",
            Self::TooLong => "too-long",
            Self::JsonSyntax => "json-syntax",
            Self::JsonVersion => "json-version",
            Self::JsonType => "json-type",
            Self::JsonShape => "json-shape",
            Self::UndeclaredEncoding => "undeclared-encoding",
            Self::WrongEncoding => "wrong-encoding",
            Self::UnknownEncoding => "unknown-encoding",
            Self::BrokenBytes => "broken-bytes",
            Self::EncodedTwice => "encoded-twice",
            Self::MaybeEncodedTwice => "maybe-encoded-twice",
        }
    }

    /// What the publisher should do, in plain words.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::BareAmpersand => "write `&` as `&amp;`",
            Self::UndefinedEntity => {
                "write the character itself, or its number (`&#160;` for `&nbsp;`): XML knows only `&amp;`, `&lt;`, `&gt;`, `&quot;` and `&apos;`"
            }
            Self::IllegalReference => "use the numbers of Unicode, each with its `;` (`&#8211;`, not `&#150;`), and no control characters",
            Self::ControlCharacter => "leave out control characters: XML allows only tab and line ends",
            Self::UnescapedMarkup => "escape the HTML in `description` and `title` (`&lt;p&gt;`), or put it in a CDATA section",
            Self::UnclosedElement => "close every element that is opened, in order",
            Self::StrayEndTag => "leave out end tags of elements that aren't open, and spell the others as their start tags",
            Self::UnclosedCdata => "end every `<![CDATA[` with `]]>`",
            Self::Truncated => "the document ends in its midst: look for a time limit or an error where it is made",
            Self::JunkBeforeRoot => "send nothing but the feed: an error message or a page stands before it",
            Self::JunkAfterRoot => "send nothing but the feed: something follows it",
            Self::LateDeclaration => "let `<?xml` be the very first characters: often there is an empty line before a script's start",
            Self::UpperCaseName => "write the names of elements as the format does: case matters",
            Self::MissingVersion => "write `<rss version=\"2.0\">`",
            Self::OddVersion => "write `<rss version=\"2.0\">`",
            Self::OddNamespace => "write namespaces exactly as they are defined, slashes included; RSS itself has none",
            Self::UndeclaredPrefix => "declare every prefix with its `xmlns:` on the root element",
            Self::MisplacedItem => "put every `item` directly into the `channel`",
            Self::MissingRoot => "put it all into `<rss version=\"2.0\"><channel>`",
            Self::UnknownContentType => "say `text`, `html` or `xhtml` as the `type` of text",
            Self::WrongBase64 => "leave out the type of content that is text",
            Self::TooDeep => "don't nest elements so deep",
            Self::UnreadableDate => {
                "write dates as the format does: `Sun, 22 Nov 2026 12:52:56 GMT` in RSS, `2026-11-22T12:52:56Z` in Atom"
            }
            Self::TooLong => "offer fewer entries in one document: the newest 50 are enough",
            Self::JsonSyntax => "check the JSON: no comma behind the last member, no control characters in texts, nothing around it",
            Self::JsonVersion => "write `\"version\": \"https://jsonfeed.org/version/1.1\"`",
            Self::JsonType => "write ids, titles and addresses as texts: `\"id\": \"7\"`",
            Self::JsonShape => "put the entries into a list `items` of the outermost object",
            Self::UndeclaredEncoding => "write the document in UTF-8, or name its encoding in the XML declaration",
            Self::WrongEncoding => "name the encoding that the document is written in, or write it in UTF-8",
            Self::UnknownEncoding => "name an encoding that exists; `UTF-8` is best",
            Self::BrokenBytes => {
                "some bytes are no text in the document's encoding: don't cut text within a character, don't mix encodings"
            }
            Self::EncodedTwice => "text was turned into UTF-8 twice (`Ã¼` for `ü`): find the step that takes UTF-8 for another encoding",
            Self::MaybeEncodedTwice => "some text looks as if it was turned into UTF-8 twice (`Ã¼` for `ü`); it was left as it is",
        }
    }
}

/// The mends of one document, each with how often it was needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mends(BTreeMap<Mend, u32>);

impl Mends {
    /// Counts one more.
    pub fn note(&mut self, mend: Mend) {
        *self.0.entry(mend).or_default() += 1;
    }

    /// Counts so many more.
    pub fn count(&mut self, mend: Mend, times: u32) {
        if times > 0 {
            let counted = self.0.entry(mend).or_default();
            *counted = counted.saturating_add(times);
        }
    }

    /// Counts one more, if it was one.
    pub(super) fn note_if(&mut self, was: bool, mend: Mend) {
        if was {
            self.note(mend);
        }
    }

    /// Counts it the first time only.
    pub(super) fn note_once(&mut self, mend: Mend) {
        self.0.entry(mend).or_insert(1);
    }

    /// Takes back what turned out to be no fault.
    pub(super) fn forget(&mut self, mend: Mend) {
        self.0.remove(&mend);
    }

    /// Which, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (Mend, u32)> {
        self.0.iter().map(|(mend, count)| (*mend, *count))
    }

    /// Whether nothing had to be mended.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
