//! A stranger's body, cleaned, and turned into blocks: nothing that runs is left, and to clean again changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wirepress::content::{self, Limits, Source};
use wirepress::domain::Enclosure;

/// Elements that the writer writes; whatever else begins with `<` is a finding.
const WRITTEN: &[&str] = &[
    "a", "abbr", "audio", "b", "bdi", "blockquote", "br", "caption", "cite", "code", "dd", "del", "details", "dfn", "dl", "dt", "em",
    "figcaption", "figure", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby",
    "s", "samp", "small", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var", "video",
];

const ATTRIBUTES: &[&str] = &[
    "href", "title", "src", "alt", "controls", "poster", "data-embed", "data-url", "colspan", "rowspan", "start", "reversed", "class",
];

fuzz_target!(|html: &str| {
    let enclosures = [Enclosure { url: "https://x.example/e.mp3".to_owned(), mime: Some("audio/mpeg".to_owned()), length: None }];
    let source = Source {
        base: Some("https://x.example/a/b"),
        link: Some("https://x.example/a/b"),
        title: "A title",
        enclosures: if html.len() % 2 == 0 { &enclosures } else { &[] },
        boilerplate: None,
        limits: Limits::default(),
    };
    let once = content::clean_from(html, &source);
    safe(&once.html);
    assert!(once.html.len() < 4_000 + 64 * html.len(), "grew to {}", once.html.len());
    let twice = content::clean_from(&once.html, &source);
    assert_eq!(twice.html, once.html);
    assert!(!content::plain(html).contains('\u{f8f0}'));
    let line = content::line(html, source.base);
    safe(&line);
    // an embed's address stands in a box of its own
    safe(&content::blocks(&once.html).replace("<div class=\"wp-block-embed__wrapper\">", "").replace("</div>", ""));
});

/// Tags are of the writer's own kind, with values in quotes, and lead to the web or to a mailbox.
fn safe(html: &str) {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!-- ") {
            assert!(comment.starts_with("wp:") || comment.starts_with("/wp:"), "{html}");
            rest = &comment[comment.find("-->").expect("a comment ends")..];
            continue;
        }
        let tag = rest.strip_prefix('/').unwrap_or(rest);
        let name = tag.find(|c: char| !c.is_ascii_alphanumeric()).map_or(tag, |end| &tag[..end]);
        assert!(WRITTEN.contains(&name), "<{name} in {html}");
        let mut inside = tag[name.len()..].trim_start();
        while !inside.starts_with('>') {
            inside = inside.strip_prefix('/').unwrap_or(inside);
            if inside.starts_with('>') {
                break;
            }
            let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).expect("a tag ends");
            let attribute = &inside[..end];
            assert!(ATTRIBUTES.contains(&attribute), "{attribute} in {html}");
            inside = &inside[end..];
            if let Some(value) = inside.strip_prefix("=\"") {
                let close = value.find('"').expect("a value ends");
                let said = &value[..close];
                assert!(!said.contains(['<', '>']), "{said} in {html}");
                if matches!(attribute, "href" | "src" | "poster" | "data-url") {
                    assert!(["http://", "https://", "mailto:"].iter().any(|scheme| said.starts_with(scheme)), "{said} in {html}");
                }
                inside = &value[close + 1..];
            }
            inside = inside.trim_start();
        }
        rest = inside;
    }
}
