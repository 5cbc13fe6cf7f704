//! Clean HTML to WordPress' core blocks, as the blocks' own `save` of WordPress 6.1 to 7 writes them, or to classic HTML.
//!
//! Paragraph, heading, list, quote, pullquote, image, gallery, code, preformatted, table, separator, embed, audio and video;
//! what none of them can hold stands in a `wp:html` block as it is. `tests/blocks` asks the editors themselves. In classic HTML
//! an embed is its address on a line of its own (WordPress Developer Resources, Embeds).

mod classic;
mod media;
mod parts;
mod table;
mod text;
mod write;

#[cfg(test)]
mod tests;

use parts::{Element, Part, parts};
use write::Writer;

pub use classic::classic;

/// So many pictures in a row, with nothing between them, are a gallery.
const GALLERY: usize = 3;

/// Turns HTML as [`super::clean`] leaves it into blocks.
pub fn blocks(html: &str) -> String {
    let mut out = Writer::for_html(html);
    write(html, &mut out);
    out.finish()
}

/// The blocks of `html`, one after the other: a whole body, or what a quote holds.
fn write(html: &str, out: &mut Writer) {
    let parts = parts(html);
    let mut rest = parts.as_slice();
    while let Some(part) = rest.first() {
        let pictures = media::leading_pictures(rest);
        if pictures.len() >= GALLERY {
            out.container("gallery", "{\"linkTo\":\"none\"}", GALLERY_OPENS, "</figure>", |out| {
                pictures.iter().for_each(|picture| media::image(picture, out));
            });
            // white space between them belongs to the run
            let last = pictures[pictures.len() - 1].whole.as_ptr();
            let at = rest.iter().position(|part| part.starts_at(last)).unwrap_or_default();
            rest = &rest[at + 1..];
            continue;
        }
        match part {
            Part::Loose(text) if text.trim().is_empty() => {}
            Part::Loose(text) => out.block("paragraph", "", &["<p>", text.trim(), "</p>"]),
            Part::Element(element) => one(element, out),
        }
        rest = &rest[1..];
    }
}

const GALLERY_OPENS: &str = "<figure class=\"wp-block-gallery has-nested-images columns-default is-cropped\">";

/// One element as the block that it is; as it stands where there is none.
fn one(element: &Element<'_>, out: &mut Writer) {
    let before = out.mark();
    let written = match element.name {
        "p" => text::paragraph(element, out),
        "h2" | "h3" | "h4" | "h5" | "h6" => text::heading(element, out),
        "ul" | "ol" => text::list(element, out),
        "blockquote" => text::quote(element, out),
        "pre" => text::pre(element, out),
        "figure" => media::figure(element, out),
        "audio" | "video" => media::player(element, None, out),
        "table" => table::table(element, out),
        "hr" => {
            out.block("separator", "", &["<hr class=\"wp-block-separator has-alpha-channel-opacity\"/>"]);
            Some(())
        }
        _ => None,
    };
    if written.is_none() {
        out.back_to(before);
        match element.name {
            // so that a theme sees a table
            "table" => out.block("html", "", &["<figure class=\"wp-block-table\">", element.whole.trim(), "</figure>"]),
            _ => out.block("html", "", &[element.whole.trim()]),
        }
    }
}
