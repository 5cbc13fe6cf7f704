//! The mark in a post's content that says which delivery it is of.

/// Characters of a key.
const KEY: usize = 13;

/// The keys of all marks in a content (HTML), in their order.
///
/// A mark is a whole comment `<!-- wirepress:KEY -->`, or `wirepress-KEY` among the class names of a tag. The same words in a
/// text, in any other attribute or in a longer comment are somebody's words: a feed may have them.
pub fn marks(content: &str) -> Vec<&str> {
    let (mut keys, mut rest) = (Vec::new(), content);
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            let Some((comment, behind)) = comment.split_once("-->") else { break };
            keys.extend(comment.trim().strip_prefix("wirepress:").filter(|key| is_key(key)));
            rest = behind;
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let Some((class, behind)) = tag(rest) else { break };
            keys.extend(class.split_ascii_whitespace().filter_map(|name| name.strip_prefix("wirepress-")).filter(|key| is_key(key)));
            rest = behind;
        }
    }
    keys
}

fn is_key(text: &str) -> bool {
    text.len() == KEY && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// A tag's class attribute, and what stands behind the tag (HTML standard, 13.2.5.32 to 39). `None`: it doesn't end.
fn tag(html: &str) -> Option<(&str, &str)> {
    let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>');
    let (mut class, mut rest) = (None, &html[html.find(ends)?..]);
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(behind) = rest.strip_prefix('>') {
            return Some((class.unwrap_or(""), behind));
        }
        // an equals sign that comes first belongs to the name
        let first = rest.chars().next()?.len_utf8();
        let end = first + rest[first..].find(|c| ends(c) || c == '=')?;
        let name = &rest[..end];
        rest = rest[end..].trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(behind) = rest.strip_prefix('=') else { continue };
        let behind = behind.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let value;
        (value, rest) = match behind.chars().next()? {
            quote @ ('"' | '\'') => behind[1..].split_once(quote)?,
            _ => behind.split_at(behind.find(|c: char| c.is_ascii_whitespace() || c == '>')?),
        };
        // of two the first counts
        if name.eq_ignore_ascii_case("class") {
            class = class.or(Some(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [&str; 0] = [];

    #[test]
    fn only_the_forms_that_we_write_are_marks() {
        for content in [
            "<!-- wirepress:abcdefghijklm -->",
            "<p>a</p>\n\n<!-- wp:html -->\n<!-- wirepress:abcdefghijklm -->\n<!-- /wp:html -->",
            r#"<p class="wirepress-source wirepress-abcdefghijklm">x</p>"#,
            r#"<!-- wp:paragraph {"className":"wirepress-abcdefghijklm"} --><p class="wirepress-abcdefghijklm">x</p>"#,
            "<p id=a hidden class='wirepress-abcdefghijklm'>x",
            "<br/><P title=\"a > b\" CLASS = wirepress-abcdefghijklm>x",
            "a < b <p class=\"wirepress-abcdefghijklm\">",
        ] {
            assert_eq!(marks(content), ["abcdefghijklm"], "{content}");
        }
    }

    #[test]
    fn a_feeds_own_words_are_no_mark() {
        for content in [
            "wirepress:abcdefghijklm wirepress-abcdefghijklm",
            "<p>wirepress-abcdefghijklm</p>",
            "&lt;!-- wirepress:abcdefghijklm --&gt; &lt;p class=\"wirepress-abcdefghijklm\"&gt;",
            "<a href=\"https://news.example/wirepress-abcdefghijklm\">x</a>",
            "<a href=\"https://news.example/ wirepress-abcdefghijklm \">x</a>",
            "<img alt=\"<!-- wirepress:abcdefghijklm -->\" src=\"x\"/>",
            "<img alt='<p class=\"wirepress-abcdefghijklm\">' src=\"x\"/>",
            "<img alt=\" class='wirepress-abcdefghijklm' \"/>",
            "<p data-class=\"wirepress-abcdefghijklm\">x</p>",
            "<p class=\"a\" class=\"wirepress-abcdefghijklm\">x</p>",
            "<!-- wp:paragraph {\"className\":\"wirepress-abcdefghijklm\"} -->",
            "<!-- it is wirepress:abcdefghijklm -->",
            "<!-- wp:x {\"a\":\"<!-- wirepress:abcdefghijklm -->\"} -->",
            "<p class=\"wirepress-source wirepress-abcdefghijklmn x-wirepress-abcdefghijklm\">x</p>",
            "<!-- wirepress:abcdefghijklm",
            "<p class=\"wirepress-abcdefghijklm",
            "<",
            "<p",
            "<p =",
        ] {
            assert_eq!(marks(content), NONE, "{content}");
        }
    }
}
