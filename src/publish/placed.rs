//! A post's content with the site's own copies of its pictures, as the block editor would have written it.

use serde_json::{Map, Value, json};

/// A picture that the site holds now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placed {
    /// The address under which the content names it.
    pub source: String,
    /// WordPress' id of the attachment.
    pub media: u64,
    /// The address of the site's own file.
    pub url: String,
}

/// Puts each picture's own address, id and class in place of its source's, and the id into the image block around it
/// (`<!-- wp:image {"id":7,"sizeSlug":"full"} -->`). What isn't among `placed` stays as it is.
pub fn with_pictures(content: &str, placed: &[Placed]) -> String {
    let mut out = String::with_capacity(content.len() + placed.len() * 64);
    let mut rest = content;
    while let Some(start) = rest.find("<img") {
        let (before, tag) = rest.split_at(start);
        out.push_str(before);
        let Some(end) = tag_end(tag) else {
            rest = tag;
            break;
        };
        let (tag, after) = tag.split_at(end);
        let source = value(tag, "src").map(|(from, to)| html_escape::decode_html_entities(&tag[from..to]).into_owned());
        match placed.iter().find(|picture| source.as_deref() == Some(picture.source.as_str()) && !picture.url.is_empty()) {
            Some(picture) => {
                around(&mut out, picture);
                out.push_str(&own_tag(tag, picture));
            }
            None => out.push_str(tag),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Behind the `>` that ends a tag; one in a quoted value doesn't.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quoted = false;
    let end = tag.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b'>' && !quoted
    })?;
    Some(end + 1)
}

/// Where the value of an attribute stands in a tag.
fn value(tag: &str, name: &str) -> Option<(usize, usize)> {
    let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    Some((from, from + tag[from..].find('"')?))
}

fn own_tag(tag: &str, picture: &Placed) -> String {
    let mut tag = tag.to_owned();
    if let Some((from, to)) = value(&tag, "src") {
        tag.replace_range(from..to, &html_escape::encode_double_quoted_attribute(&picture.url));
    }
    let class = format!("wp-image-{}", picture.media);
    match value(&tag, "class") {
        Some((from, to)) if from == to => tag.insert_str(to, &class),
        Some((_, to)) => tag.insert_str(to, &format!(" {class}")),
        None => {
            let at = tag.strip_suffix("/>").or_else(|| tag.strip_suffix('>')).map_or(tag.len(), |tag| tag.trim_end().len());
            tag.insert_str(at, &format!(" class=\"{class}\""));
        }
    }
    tag
}

const OPEN: &str = "<!-- wp:image";

/// Changes what stands right before the picture: the image block's comment, its figure, a link to the picture itself.
fn around(out: &mut String, picture: &Placed) {
    let Some(block) = out.rfind(OPEN).filter(|at| !out[*at..].contains("<!-- /wp:image")) else { return };
    let Some(end) = out[block..].find("-->").map(|end| block + end) else { return };
    let written = out[block + OPEN.len()..end].trim();
    let mut attributes: Map<String, Value> =
        if written.is_empty() { Map::new() } else { serde_json::from_str(written).unwrap_or_default() };
    let mut inner = out[end + 3..].to_owned();
    let mut destination = "none";
    if let Some(link) = inner.rfind("<a ").filter(|at| !inner[*at..].contains("</a>")) {
        destination = "custom";
        let is_itself = |(from, to): &(usize, usize)| html_escape::decode_html_entities(&inner[link + from..link + to]) == picture.source;
        if let Some((from, to)) = value(&inner[link..], "href").filter(is_itself) {
            inner.replace_range(link + from..link + to, &html_escape::encode_double_quoted_attribute(&picture.url));
            destination = "media";
        }
    }
    if !attributes.contains_key("sizeSlug") {
        attributes.insert("sizeSlug".to_owned(), json!("full"));
        if let Some((from, to)) = inner.find("<figure").and_then(|at| value(&inner[at..], "class").map(|(from, to)| (at + from, at + to))) {
            let first = inner[from..to].starts_with("wp-block-image");
            let at = if first { from + "wp-block-image".len() } else { to };
            inner.insert_str(at, " size-full");
        }
    }
    attributes.insert("id".to_owned(), json!(picture.media));
    attributes.entry("linkDestination").or_insert_with(|| json!(destination));
    let comment = format!("{OPEN} {} -->", serialized(&attributes));
    out.truncate(block);
    out.push_str(&comment);
    out.push_str(&inner);
}

/// As `serialize_block_attributes` writes them: nothing in it may end the comment.
fn serialized(attributes: &Map<String, Value>) -> String {
    let text = Value::Object(attributes.clone()).to_string();
    let safe = [("--", "\\u002d\\u002d"), ("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\\\"", "\\u0022")];
    safe.iter().fold(text, |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed() -> Vec<Placed> {
        let picture = |n: u64| Placed {
            source: format!("https://x.example/{n}.jpg?a=1&b=2"),
            media: n,
            url: format!("https://blog.example/wp-content/uploads/{n}.jpg"),
        };
        vec![picture(7), picture(8)]
    }

    const SRC: &str = "https://x.example/7.jpg?a=1&amp;b=2";
    const OWN: &str = "https://blog.example/wp-content/uploads/7.jpg";

    #[test]
    fn pictures_stand_in_the_content_as_the_editor_writes_them() {
        for (content, want) in [
            (
                format!(
                    "<!-- wp:image -->\n<figure class=\"wp-block-image\"><img src=\"{SRC}\" alt=\"A > b\"/></figure>\n<!-- /wp:image -->"
                ),
                format!(
                    "<!-- wp:image {{\"id\":7,\"linkDestination\":\"none\",\"sizeSlug\":\"full\"}} -->\n<figure class=\"wp-block-image size-full\"><img src=\"{OWN}\" alt=\"A > b\" class=\"wp-image-7\"/></figure>\n<!-- /wp:image -->"
                ),
            ),
            (
                format!(
                    "<!-- wp:image {{\"align\":\"wide\"}} -->\n<figure class=\"wp-block-image alignwide\"><a href=\"{SRC}\"><img src=\"{SRC}\" alt=\"\"/></a><figcaption class=\"wp-element-caption\">C</figcaption></figure>\n<!-- /wp:image -->"
                ),
                format!(
                    "<!-- wp:image {{\"align\":\"wide\",\"id\":7,\"linkDestination\":\"media\",\"sizeSlug\":\"full\"}} -->\n<figure class=\"wp-block-image size-full alignwide\"><a href=\"{OWN}\"><img src=\"{OWN}\" alt=\"\" class=\"wp-image-7\"/></a><figcaption class=\"wp-element-caption\">C</figcaption></figure>\n<!-- /wp:image -->"
                ),
            ),
            (
                format!(
                    "<!-- wp:image -->\n<figure class=\"wp-block-image\"><a href=\"https://x.example/story\"><img src=\"{SRC}\" alt=\"\"/></a></figure>\n<!-- /wp:image -->"
                ),
                format!(
                    "<!-- wp:image {{\"id\":7,\"linkDestination\":\"custom\",\"sizeSlug\":\"full\"}} -->\n<figure class=\"wp-block-image size-full\"><a href=\"https://x.example/story\"><img src=\"{OWN}\" alt=\"\" class=\"wp-image-7\"/></a></figure>\n<!-- /wp:image -->"
                ),
            ),
            (
                format!("<p>In line <img src=\"{SRC}\" alt=\"\"/>.</p>"),
                format!("<p>In line <img src=\"{OWN}\" alt=\"\" class=\"wp-image-7\"/>.</p>"),
            ),
            (format!("<img class=\"alignleft\" src=\"{SRC}\">"), format!("<img class=\"alignleft wp-image-7\" src=\"{OWN}\">")),
            (
                "<img src=\"https://x.example/9.jpg\" alt=\"\"/><img".to_owned(),
                "<img src=\"https://x.example/9.jpg\" alt=\"\"/><img".to_owned(),
            ),
        ] {
            assert_eq!(with_pictures(&content, &placed()), want);
        }
    }

    #[test]
    fn each_block_gets_its_own_id_and_what_is_done_stays() {
        let block = |n: u64| {
            format!(
                "<!-- wp:image -->\n<figure class=\"wp-block-image\"><img src=\"https://x.example/{n}.jpg?a=1&amp;b=2\" alt=\"\"/></figure>\n<!-- /wp:image -->"
            )
        };
        let all = with_pictures(&[block(7), block(9), block(8)].join("\n\n"), &placed());
        assert_eq!(all.matches("\"id\":7").count(), 1);
        assert_eq!((all.matches("\"id\":8").count(), all.matches(&block(9)).count()), (1, 1));
        assert_eq!(with_pictures(&all, &placed()), all);
        let sly = Map::from_iter([("a".to_owned(), json!("--><script>&\""))]);
        assert!(!serialized(&sly).contains("--") && !serialized(&sly).contains('<'));
        assert_eq!(serde_json::from_str::<Map<String, Value>>(&serialized(&sly)).expect("JSON"), sly);
    }
}
