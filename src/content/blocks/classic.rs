//! Clean HTML for the classic editor.

use super::super::tokens::attribute;
use super::parts::{Element, Part, parts};

/// HTML as [`super::super::clean`] leaves it, for sites that edit with TinyMCE: each part parted from the next by an empty line,
/// and an embed as its address on a line of its own, which WordPress turns into the thing itself.
pub fn classic(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    for part in parts(html) {
        let embed = match &part {
            Part::Loose(text) if text.trim().is_empty() => continue,
            Part::Loose(_) => None,
            Part::Element(element) => embedded(element),
        };
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        match (embed, part) {
            (Some((address, caption)), _) => {
                out.push_str(&html_escape::encode_text(&address));
                if let Some(caption) = caption {
                    out.push_str(&format!("\n\n<p>{caption}</p>"));
                }
            }
            (None, Part::Loose(text)) => out.push_str(&format!("<p>{}</p>", text.trim())),
            (None, Part::Element(element)) => out.push_str(element.whole.trim()),
        }
    }
    out
}

/// Address and caption.
fn embedded<'a>(element: &Element<'a>) -> Option<(String, Option<&'a str>)> {
    attribute(element.attributes, "data-embed").filter(|_| element.name == "figure")?;
    let caption = parts(element.inner).into_iter().find_map(|part| match part {
        Part::Element(caption) if caption.name == "figcaption" => Some(caption.inner),
        _ => None,
    });
    Some((attribute(element.attributes, "data-url")?, caption))
}
