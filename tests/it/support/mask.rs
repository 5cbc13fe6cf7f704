//! What differs from run to run is replaced by its kind, so that the rest can be a snapshot.

use regex::Regex;

/// Replaces ids, moments, spans, addresses on loopback, folders and process ids.
pub fn mask(text: &str, home: &std::path::Path) -> String {
    let real = home.canonicalize().unwrap_or_else(|_| home.to_owned());
    let text = text.replace(&real.display().to_string(), "HOME").replace(&home.display().to_string(), "HOME");
    let id = Regex::new(r"\b[0-9a-v]{13}\b").expect("a pattern");
    // a word of 13 letters is no id
    let kind = |found: &regex::Captures<'_>| {
        if found[0].contains(|c: char| c.is_ascii_digit()) { "ID_OR_KEY".to_owned() } else { found[0].to_owned() }
    };
    let text = id.replace_all(&text, kind).into_owned();
    let rules = [
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?( UTC|Z)?", "TIME"),
        (r"\(?\b(in \d+[smhd]|\d+[smhd] ago|now)\b\)?", "SPAN"),
        (r"\?p=\d+|\bpost( +)\d+", "POST"),
        (r"(?m)^(blog +)\d+( +(to|in|was|stays))", "${1}POST$2"),
        // columns are as wide as what is masked in them was
        (r"(\S) {2,}", "$1  "),
        (r"wirepress/\d+\.\d+\.\d+", "wirepress/VERSION"),
    ];
    rules.iter().fold(text, |text, (pattern, kind)| Regex::new(pattern).expect("a pattern").replace_all(&text, *kind).into_owned())
}
