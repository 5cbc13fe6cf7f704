//! What an element is to the writer.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Holds blocks; loose text becomes a paragraph: the body itself, quotes.
    Flow,
    /// Holds text: headings, list items, cells.
    Line,
    /// Holds its own parts: lists, tables.
    Parts,
    /// Keeps its white space.
    Pre,
}

pub(super) fn form(name: &str) -> Option<Form> {
    Some(match name {
        "blockquote" | "details" => Form::Flow,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "li" | "td" | "th" | "dt" | "dd" | "caption" | "figcaption" | "summary" => Form::Line,
        "ul" | "ol" | "dir" | "dl" | "table" | "thead" | "tbody" | "tfoot" | "tr" => Form::Parts,
        "pre" => Form::Pre,
        _ => return None,
    })
}

/// Elements that only part what is in them from what is around them.
pub(super) fn is_container(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "main"
            | "aside"
            | "nav"
            | "address"
            | "center"
            | "form"
            | "fieldset"
            | "hgroup"
            | "figure"
    )
}

/// One name for what means the same.
pub(super) fn called(name: &str) -> &str {
    match name {
        "dir" => "ul",
        "strike" => "s",
        "tt" => "code",
        name => name,
    }
}

/// Blocks whose text is none to begin a post with.
pub(super) fn is_no_prose(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "pre" | "td" | "th" | "dt" | "caption" | "figcaption" | "summary")
}

/// What may stand in a line as it is; no other name is ever written.
pub(super) fn is_phrase(name: &str) -> bool {
    const PHRASES: [&str; 25] = [
        "b", "bdi", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "strong",
        "sub", "sup", "u", "var", "abbr", "a",
    ];
    PHRASES.contains(&name)
}
