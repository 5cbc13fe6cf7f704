//! What the sanitiser lets through, for each place.

use std::sync::OnceLock;

use ammonia::{Builder, UrlRelative};

/// Elements that become text flow or blocks, and those that the writer makes something else of; everything else is
/// unwrapped, or dropped with all that is in it.
#[rustfmt::skip]
const BODY: [&str; 80] = [
    "a", "abbr", "address", "article", "aside", "audio", "b", "bdi", "blockquote", "br", "caption", "center", "cite", "code", "dd",
    "del", "details", "dfn", "dir", "div", "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hgroup", "hr", "i", "iframe", "img", "ins", "kbd", "li", "main", "mark", "nav", "object", "ol", "p", "param",
    "picture", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "source", "span", "strike", "strong", "sub", "summary", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var", "video",
];

/// What may stand in a line of text.
const LINE: [&str; 10] = ["a", "b", "code", "em", "i", "s", "strong", "sub", "sup", "span"];

/// They go with all that is in them.
const DROPPED: [&str; 17] = [
    "script", "style", "noscript", "template", "svg", "math", "select", "textarea", "button", "title", "head", "applet", "canvas",
    "datalist", "noembed", "noframes", "dialog",
];

/// Attributes that hold what a picture's `src` only stands in for until a script has run.
pub(super) const LAZY: [&str; 9] = [
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-orig-src",
    "data-actualsrc",
    "data-lazyload",
    "data-echo",
    "data-cfsrc",
    "data-pagespeed-lazy-src",
];

/// The same of `srcset`.
pub(super) const LAZY_SETS: [&str; 2] = ["data-srcset", "data-lazy-srcset"];

/// For bodies. The writer turns what comes through into one plain form and writes no other attributes than it knows.
pub(super) fn body() -> &'static Builder<'static> {
    static LIST: OnceLock<Builder<'static>> = OnceLock::new();
    LIST.get_or_init(|| {
        let image = ["src", "alt", "width", "height", "srcset"].into_iter().chain(LAZY).chain(LAZY_SETS).collect();
        let attributes = [
            ("a", &["href"][..]),
            ("abbr", &["title"]),
            ("td", &["colspan", "rowspan"]),
            ("th", &["colspan", "rowspan"]),
            ("ol", &["start", "reversed"]),
            ("video", &["src", "poster"]),
            ("audio", &["src"]),
            ("source", &["src", "srcset"]),
            ("figure", &["data-embed", "data-url"]),
            ("iframe", &["src", "title", "data-src", "data-lazy-src"]),
            ("embed", &["src"]),
            ("object", &["data"]),
            ("param", &["name", "value"]),
        ];
        let attributes = attributes.into_iter().map(|(tag, names)| (tag, names.iter().copied().collect()));
        let mut list = plain();
        list.tags(BODY.into_iter().collect())
            .tag_attributes(attributes.chain([("img", image)]).collect())
            // what they tell of is dropped or kept by them; none is written
            .generic_attributes(["class", "id", "style", "hidden"].into_iter().collect());
        list
    })
}

/// For a line of text with markup: a caption.
pub(super) fn line() -> &'static Builder<'static> {
    static LIST: OnceLock<Builder<'static>> = OnceLock::new();
    LIST.get_or_init(|| {
        let mut list = plain();
        list.tags(LINE.into_iter().collect()).tag_attributes([("a", ["href"].into_iter().collect())].into_iter().collect());
        list
    })
}

fn plain() -> Builder<'static> {
    let mut list = Builder::empty();
    list.clean_content_tags(DROPPED.into_iter().collect())
        .url_schemes(["http", "https", "mailto"].into_iter().collect())
        // The writer makes them absolute.
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true);
    list
}
