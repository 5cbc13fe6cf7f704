//! Blocks of media: image, embed, audio, video.

use super::super::tokens::attribute;
use super::parts::{Element, Part, elements, is_phrase};
use super::text::{Written, pullquote};
use super::write::{Writer, json};

/// A picture that its publisher shows narrower than this (in CSS pixels) stays so; wider ones fill the column anyway.
const NARROW: u32 = 600;

/// A figure: a picture, an embed, a player, or a quote that is pulled out.
pub(super) fn figure(element: &Element<'_>, out: &mut Writer) -> Written {
    if let Some(provider) = attribute(element.attributes, "data-embed") {
        return embed(&provider, element, out);
    }
    let inside = elements(element.inner)?;
    let caption = inside.iter().find(|part| part.name == "figcaption").map(|caption| caption.inner);
    match inside.first()? {
        first if first.name == "blockquote" => pullquote(first, caption, out),
        first if matches!(first.name, "audio" | "video") => player(first, caption, out),
        _ if picture(element).is_some() => {
            image(element, out);
            Some(())
        }
        _ => None,
    }
}

/// A picture with its parts: what it links to, its tag, its caption.
struct Picture<'a> {
    link: Option<&'a str>,
    img: Element<'a>,
    caption: Option<&'a str>,
}

/// The picture that a figure is: an `img`, perhaps linked, perhaps with a caption.
fn picture<'a>(figure: &Element<'a>) -> Option<Picture<'a>> {
    let inside = elements(figure.inner)?;
    let (first, caption) = match inside.as_slice() {
        [first] => (first, None),
        [first, caption] if caption.name == "figcaption" && is_phrase(caption.inner) => (first, Some(caption.inner)),
        _ => return None,
    };
    let linked = match (first.name, first.name == "a") {
        ("img", _) => return Some(Picture { link: None, img: *first, caption }),
        (_, true) => elements(first.inner)?,
        _ => return None,
    };
    match linked.as_slice() {
        [img] if img.name == "img" => Some(Picture { link: Some(first.attributes), img: *img, caption }),
        _ => None,
    }
}

/// The figures with pictures that `parts` begins with, when nothing stands between them.
pub(super) fn leading_pictures<'a>(parts: &[Part<'a>]) -> Vec<Element<'a>> {
    let mut pictures = Vec::new();
    for part in parts {
        match part {
            Part::Element(figure) if figure.name == "figure" && figure.attributes.is_empty() && picture(figure).is_some() => {
                pictures.push(*figure)
            }
            part if part.is_blank() => {}
            _ => break,
        }
    }
    pictures
}

/// A figure that [`picture`] knows.
pub(super) fn image(figure: &Element<'_>, out: &mut Writer) {
    let Some(Picture { link, img, caption }) = picture(figure) else { return };
    let value = |name: &str| attribute(img.attributes, name);
    let number = |name: &str| value(name).and_then(|number| number.parse::<u32>().ok());
    let size = number("width").zip(number("height")).filter(|(width, height)| (1..NARROW).contains(width) && *height > 0);
    let mut attributes = Vec::new();
    let (mut class, mut sized) = ("wp-block-image", String::new());
    if let Some((width, height)) = size {
        attributes.push(format!("\"width\":{width},\"height\":{height}"));
        (class, sized) = ("wp-block-image is-resized", format!(" width=\"{width}\" height=\"{height}\""));
    }
    if link.is_some() {
        attributes.push("\"linkDestination\":\"custom\"".to_owned());
    }
    let attributes = if attributes.is_empty() { String::new() } else { format!("{{{}}}", attributes.join(",")) };
    // as it stands: these two come first
    let (src, alt) = (raw(img.attributes, "src"), raw(img.attributes, "alt"));
    out.begin("image", &attributes);
    out.add(&["<figure class=\"", class, "\">"]);
    if let Some(link) = link {
        out.add(&["<a ", link, ">"]);
    }
    out.add(&["<img src=\"", src, "\" alt=\"", alt, "\"", &sized, "/>"]);
    if link.is_some() {
        out.add(&["</a>"]);
    }
    captioned(caption, out);
    out.add(&["</figure>"]);
    out.end("image");
}

/// An attribute's value with its entities.
fn raw<'a>(attributes: &'a str, name: &str) -> &'a str {
    let mut rest = attributes;
    while let Some((key, after)) = rest.split_once("=\"") {
        let Some((value, next)) = after.split_once('"') else { break };
        if key.trim() == name {
            return value;
        }
        rest = next;
    }
    ""
}

fn captioned(caption: Option<&str>, out: &mut Writer) {
    if let Some(caption) = caption.filter(|caption| !caption.trim().is_empty() && is_phrase(caption)) {
        out.add(&["<figcaption class=\"wp-element-caption\">", caption.trim(), "</figcaption>"]);
    }
}

/// `audio` or `video`.
pub(super) fn player(element: &Element<'_>, caption: Option<&str>, out: &mut Writer) -> Written {
    let (name, src, poster) = (element.name, raw(element.attributes, "src"), raw(element.attributes, "poster"));
    if src.is_empty() {
        return None;
    }
    out.begin(name, "");
    out.add(&["<figure class=\"wp-block-", name, "\"><", name, " controls"]);
    if name == "video" && !poster.is_empty() {
        out.add(&[" poster=\"", poster, "\""]);
    }
    out.add(&[" src=\"", src, "\"></", name, ">"]);
    captioned(caption, out);
    out.add(&["</figure>"]);
    out.end(name);
    Some(())
}

/// What another site shows: `provider` is its name among WordPress' embeds.
fn embed(provider: &str, figure: &Element<'_>, out: &mut Writer) -> Written {
    let url = attribute(figure.attributes, "data-url").filter(|url| url.starts_with("https://") || url.starts_with("http://"))?;
    let provider: String = provider.chars().filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-').collect();
    let kind = match provider.as_str() {
        "youtube" | "vimeo" | "dailymotion" | "ted" | "tiktok" | "videopress" | "wordpress-tv" => "video",
        _ => "rich",
    };
    let shape = match (kind, provider.as_str()) {
        (_, "tiktok") | ("rich", _) => "",
        _ => "wp-embed-aspect-16-9 wp-has-aspect-ratio",
    };
    let mut attributes = format!("{{\"url\":{},\"type\":\"{kind}\"", json(&url));
    let mut class = format!("wp-block-embed is-type-{kind}");
    if !provider.is_empty() {
        attributes.push_str(&format!(",\"providerNameSlug\":\"{provider}\""));
        class.push_str(&format!(" is-provider-{provider} wp-block-embed-{provider}"));
    }
    attributes.push_str(",\"responsive\":true");
    if !shape.is_empty() {
        attributes.push_str(&format!(",\"className\":\"{shape}\""));
        class.push_str(&format!(" {shape}"));
    }
    attributes.push('}');
    out.begin("embed", &attributes);
    let address = raw(figure.attributes, "data-url");
    out.add(&["<figure class=\"", &class, "\"><div class=\"wp-block-embed__wrapper\">\n", address, "\n</div>"]);
    let caption = elements(figure.inner).and_then(|inside| Some(inside.iter().find(|part| part.name == "figcaption")?.inner));
    captioned(caption, out);
    out.add(&["</figure>"]);
    out.end("embed");
    Some(())
}
