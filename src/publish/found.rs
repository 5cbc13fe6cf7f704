//! What a post on a site tells of itself to who has no store: its key in its slug, its source in its content (pure).

/// Characters of a key.
const KEY: usize = 13;

/// The key at the end of a slug, also where WordPress put a number or the trash's mark behind it.
pub fn key_in_slug(slug: &str) -> Option<&str> {
    let slug = slug.split("__trashed").next().unwrap_or(slug);
    let key = super::slugs::without_number(slug).rsplit('-').next()?;
    (key.len() == KEY && key.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))).then_some(key)
}

/// Where the source line of a content leads: the first link behind the class `wirepress-source`.
pub fn source_of(content: &str) -> Option<String> {
    let at = content.match_indices("wirepress-source").find(|(at, _)| is_in_class(&content[..*at]))?.0;
    let line = &content[at..];
    let end = line.find("</p>").unwrap_or(line.len());
    links_of(&line[..end]).into_iter().next()
}

/// Whether a text ends within a tag's class attribute: not in a block's comment, which tells the same class.
fn is_in_class(before: &str) -> bool {
    let Some(tag) = before.rfind('<').map(|at| &before[at..]) else { return false };
    !tag.contains('>') && !tag.starts_with("<!--") && tag.to_ascii_lowercase().contains("class")
}

/// Where the links of a content lead, in their order; entities decoded.
pub fn links_of(content: &str) -> Vec<String> {
    let (mut links, mut rest) = (Vec::new(), content);
    while let Some(at) = rest.find("<a ") {
        rest = &rest[at + 2..];
        let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
        let Some(value) = tag.find("href=").map(|at| &tag[at + 5..]) else { continue };
        let value = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split(quote).next(),
            _ => value.split_whitespace().next(),
        };
        links.extend(value.map(|value| html_escape::decode_html_entities(value.trim()).into_owned()).filter(|link| !link.is_empty()));
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_at_the_end_of_a_slug_of_ours() {
        for (slug, key) in [
            ("a-quiet-harbour-jyrv3chv5qvbe", Some("jyrv3chv5qvbe")),
            ("a-quiet-harbour-jyrv3chv5qvbe-2", Some("jyrv3chv5qvbe")),
            ("a-quiet-harbour-jyrv3chv5qvbe__trashed", Some("jyrv3chv5qvbe")),
            ("a-quiet-harbour-jyrv3chv5qvbe__trashed-2", Some("jyrv3chv5qvbe")),
            ("a-quiet-harbour", None),
            ("a-jyrv3chv5qvb1", None),
            ("", None),
        ] {
            assert_eq!(key_in_slug(slug), key, "{slug}");
        }
    }

    #[test]
    fn the_source_line_tells_where_it_leads_and_nothing_else_does() {
        let line = "<!-- wp:paragraph {\"className\":\"wirepress-source wirepress-k\"} -->\n<p class=\"wirepress-source wirepress-k\">Source: \
                    <a href=\"https://news.example/1?a=1&amp;b=2\">News</a></p>\n<!-- /wp:paragraph -->";
        let words = "<p>wirepress-source <a href=\"https://other.example/\">x</a></p>\n";
        assert_eq!(source_of(&format!("{words}{line}")).as_deref(), Some("https://news.example/1?a=1&b=2"));
        assert_eq!(source_of(words), None);
        assert_eq!(source_of("<p class=\"wirepress-source\">no link</p><a href=\"https://x.example/\">x</a>"), None);
    }
}
