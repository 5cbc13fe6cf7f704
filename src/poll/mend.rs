//! What was mended in a document, named for its publisher.

use std::collections::BTreeMap;

/// One kind of fault that is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mend {
    /// An `&` that begins no reference.
    BareAmpersand,
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

    /// Which, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (Mend, u32)> {
        self.0.iter().map(|(mend, count)| (*mend, *count))
    }

    /// Whether nothing had to be mended.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
