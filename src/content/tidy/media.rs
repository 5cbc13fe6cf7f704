//! Pictures, players and frames.

use url::Url;

use super::super::allow::{LAZY, LAZY_SETS};
use super::super::embeds::{Embed, Player, embed, is_advert};
use super::super::links::straight;
use super::super::pixel::{is_formula, is_smiley, is_tracker};
use super::super::tokens::attribute;
use super::form::Form;
use super::{Inline, Writer, absolute, quote, quote_url};
use crate::domain::ImageRef;

/// A `video` or `audio` that is being read.
#[derive(Debug)]
pub(super) struct Playing {
    pub name: &'static str,
    pub address: Option<Url>,
    pub poster: Option<Url>,
    /// Open elements, itself among them.
    pub depth: usize,
}

impl Writer<'_> {
    pub(super) fn image(&mut self, attributes: &str) {
        let alt = attribute(attributes, "alt").unwrap_or_default();
        if is_sign(attributes) {
            if alt.chars().count() <= 4 && !alt.is_empty() && self.rescued == 0 {
                self.text(&escaped(&alt));
            }
            return;
        }
        let size = |name: &str| attribute(attributes, name).and_then(|size| size.trim().trim_end_matches("px").parse::<u32>().ok());
        let (width, height) = (size("width"), size("height"));
        let is_pixel = width.is_some_and(|width| width <= 2) || height.is_some_and(|height| height <= 2);
        if is_pixel || attribute(attributes, "style").is_some_and(|style| is_tiny(&style)) {
            return;
        }
        let Some(url) = self.source(attributes) else { return };
        if self.rescued > 0 && self.images.iter().any(|image| same_picture(&image.url, &url)) {
            return;
        }
        let img = format!("<img src=\"{}\" alt=\"{}\"/>", quote_url(&url), quote(&alt));
        if is_formula(&url) && !alt.trim().is_empty() && self.form() == Form::Flow {
            // a word of its sentence, which stands there already if this is for those without scripts
            if self.rescued > 0 {
                return;
            }
            self.begin();
            self.out.push_str(&img);
            self.say(alt.trim());
            return;
        }
        let alt = Some(alt.trim().to_owned()).filter(|alt| !alt.is_empty());
        let image = ImageRef { url, alt, width, height, ..ImageRef::default() };
        match self.form() {
            Form::Flow => {
                let link = self.inline.iter().find(|inline| inline.name == "a" && !inline.tag.is_empty());
                let img = match link {
                    Some(link) => format!("{}{img}</a>", link.tag),
                    None => img,
                };
                self.stand_alone(&format!("<figure>{img}</figure>\n"), Some(image));
            }
            Form::Line => {
                self.begin();
                self.out.push_str(&img);
                self.images.push(image);
            }
            Form::Parts | Form::Pre => self.images.push(image),
        }
    }

    /// A block between the paragraphs.
    fn stand_alone(&mut self, html: &str, image: Option<ImageRef>) {
        self.end_inline();
        self.end_paragraph();
        for block in &mut self.blocks {
            block.filled = true;
        }
        self.out.push_str(html);
        self.images.extend(image);
        self.end_piece();
    }

    /// The picture itself, not what stands in for it until a script has loaded it.
    fn source(&self, attributes: &str) -> Option<String> {
        let usable =
            |name: &str| attribute(attributes, name).filter(|url| !url.trim().is_empty() && !url.trim_start().starts_with("data:"));
        let real =
            |url: &str| absolute(self.base, url).filter(|url| url.scheme() != "mailto").map(String::from).filter(|url| !is_tracker(url));
        let set = |name: &str| usable(name).and_then(|set| largest(&set)).and_then(|url| real(&url));
        let one = |name: &str| usable(name).and_then(|url| real(&url));
        LAZY.into_iter()
            .find_map(one)
            .or_else(|| LAZY_SETS.into_iter().find_map(set))
            .or_else(|| one("src").filter(|url| !is_stand_in(url)))
            .or_else(|| set("srcset"))
            .or_else(|| self.sources.as_deref().and_then(real))
            .or_else(|| one("src").filter(|_| self.rescued == 0))
    }

    /// What a `source` of a `picture` names, for an `img` that names nothing.
    pub(super) fn picture_source(&mut self, attributes: &str) {
        if self.sources.is_none() {
            let set = ["data-srcset", "srcset"].into_iter().find_map(|name| attribute(attributes, name));
            self.sources = set.filter(|set| !set.trim_start().starts_with("data:")).and_then(|set| largest(&set));
        }
    }

    pub(super) fn begin_player(&mut self, name: &str, attributes: &str) {
        let named = |key: &str| attribute(attributes, key).and_then(|url| absolute(self.base, &url)).filter(|url| url.scheme() != "mailto");
        let name = if name == "audio" { "audio" } else { "video" };
        self.player = Some(Playing { name, address: named("src"), poster: named("poster").filter(|_| name == "video"), depth: 1 });
    }

    pub(super) fn end_player(&mut self) {
        let Some(Playing { name, address: Some(address), poster, .. }) = self.player.take() else { return };
        self.play(name, &address, poster.as_ref());
    }

    fn play(&mut self, name: &str, address: &Url, poster: Option<&Url>) {
        if address.scheme() == "mailto" {
            return;
        }
        if self.form() != Form::Flow {
            return self.link_to(address, "");
        }
        let poster = poster.map_or_else(String::new, |poster| format!(" poster=\"{}\"", quote_url(poster.as_str())));
        self.stand_alone_once(
            &format!("<{name} controls=\"\" src=\"{}\"{poster}></{name}>\n", quote_url(address.as_str())),
            address.as_str(),
        );
    }

    /// A block between the paragraphs that plays something, unless that is played already.
    fn stand_alone_once(&mut self, html: &str, plays: &str) {
        if self.media.iter().any(|known| known == plays) {
            return;
        }
        // the paragraph before it ends without it
        self.end_inline();
        self.end_paragraph();
        self.media.push(plays.to_owned());
        self.stand_alone(html, None);
    }

    /// What a paragraph plays that holds an address and nothing else: so WordPress writes embeds into feeds.
    pub(super) fn plays(&self, text: &str) -> Option<Embed> {
        if self.form() != Form::Flow || !text.starts_with("http") || text.len() > 200 || text.contains(char::is_whitespace) {
            return None;
        }
        embed(&Url::parse(text).ok()?).filter(|embed| !self.media.contains(&embed.url))
    }

    pub(super) fn embed(&mut self, embed: &Embed) {
        // What the paragraph before it plays is played first, as it would be if it were read again.
        if self.paragraph.is_some() && self.plays(self.text[self.paragraph_text..].trim()).is_some() {
            self.end_inline();
            self.end_paragraph();
        }
        match Url::parse(&embed.url) {
            Ok(url) if self.form() != Form::Flow => self.link_to(&url, ""),
            _ => {
                let url = quote_url(&embed.url);
                self.stand_alone_once(&format!("<figure data-embed=\"{}\" data-url=\"{url}\"></figure>\n", embed.provider), &embed.url);
            }
        }
    }

    /// An `iframe`: a player that is known, or a link to what it shows.
    pub(super) fn frame(&mut self, attributes: &str) {
        if attribute(attributes, "class").is_some_and(|class| class.contains("wp-embedded-content")) {
            // the quote before it says the same
            return;
        }
        let named = |key: &&str| attribute(attributes, key).filter(|url| !url.trim().is_empty() && !url.trim_start().starts_with("about:"));
        let address = ["data-src", "data-lazy-src", "src"].iter().find_map(named).and_then(|url| absolute(self.base, &url));
        let Some(url) = address.filter(|url| url.scheme() != "mailto" && !is_advert(url)) else { return };
        match embed(&url) {
            Some(embed) => self.embed(&embed),
            None => self.link_to(&url, &attribute(attributes, "title").unwrap_or_default()),
        }
    }

    /// An `embed`, an `object`, or our own figure.
    pub(super) fn plug_in(&mut self, attributes: &str, key: &str) {
        let Some(url) = attribute(attributes, key).and_then(|url| absolute(self.base, &url)).filter(|url| url.scheme() != "mailto") else {
            return;
        };
        match (embed(&url), Player::of(None, &url)) {
            (Some(embed), _) => self.embed(&embed),
            (None, Some(player)) => self.play(player.name(), &url, None),
            (None, None) if key == "data-url" => self.link_to(&url, ""),
            (None, None) => {}
        }
    }

    /// A `param` of an `object`.
    pub(super) fn parameter(&mut self, attributes: &str) {
        let is_address = attribute(attributes, "name").is_some_and(|name| matches!(name.to_ascii_lowercase().as_str(), "movie" | "src"));
        let url = attribute(attributes, "value").filter(|_| is_address).and_then(|url| absolute(self.base, &url));
        if let Some(embed) = url.and_then(|url| embed(&url)) {
            self.embed(&embed);
        }
    }

    /// A link in the place of what can't stand there.
    fn link_to(&mut self, url: &Url, title: &str) {
        let url = straight(url.clone(), self.own);
        let host = url.host_str().unwrap_or_default();
        let title = Some(title.trim()).filter(|title| !title.is_empty()).unwrap_or_else(|| host.strip_prefix("www.").unwrap_or(host));
        self.part();
        self.space = true;
        let known = self.inline.iter().any(|inline| inline.name == "a");
        let tag = if known { String::new() } else { format!("<a href=\"{}\">", quote_url(url.as_str())) };
        self.inline.push(Inline { name: "a".to_owned(), tag, here: false, written: false });
        self.text(&escaped(title));
        self.close_inline("a");
        self.part();
    }
}

/// Whether a picture is a letter in a line of text, as its class or its address says.
pub(super) fn is_sign(attributes: &str) -> bool {
    attribute(attributes, "class").is_some_and(|class| class.contains("smiley") || class.contains("emoji"))
        || attribute(attributes, "src").is_some_and(|url| is_smiley(&url))
}

/// Plain text as the sanitiser would write it.
fn escaped(plain: &str) -> String {
    html_escape::encode_text(plain).replace('\u{a0}', "&nbsp;")
}

/// The largest of a `srcset` (HTML, section 4.8.4.2.1).
fn largest(set: &str) -> Option<String> {
    let candidates = set.split(", ").filter_map(|candidate| {
        let mut parts = candidate.split_whitespace();
        let url = parts.next()?.trim_end_matches(',');
        let size = parts.next().and_then(|size| size.trim_end_matches(['w', 'x', ',']).parse::<f64>().ok()).unwrap_or(1.0);
        Some((url, size))
    });
    candidates.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(url, _)| url.to_owned())
}

/// `width:1px;height:1px`
fn is_tiny(style: &str) -> bool {
    style.split(';').filter_map(|rule| rule.split_once(':')).any(|(name, value)| {
        let size = value.trim().trim_end_matches("!important").trim().trim_end_matches("px").parse::<f32>();
        matches!(name.trim().to_ascii_lowercase().as_str(), "width" | "height") && size.is_ok_and(|size| size <= 2.0)
    })
}

/// Names that say that the picture only holds the place of another.
fn is_stand_in(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    ["placeholder", "lazy", "loading", "loader", "grey.gif", "gray.gif", "empty.gif"].iter().any(|part| name.contains(part))
}

/// Whether two addresses are of one picture, perhaps in two sizes: `a.jpg?w=300`, `a-300x200.jpg`.
fn same_picture(a: &str, b: &str) -> bool {
    fn stem(url: &str) -> &str {
        let url = url.split_once("://").map_or(url, |(_, rest)| rest);
        let url = url.split(['?', '#']).next().unwrap_or(url);
        let url = url.rsplit_once('.').filter(|(_, ending)| ending.len() <= 4).map_or(url, |(stem, _)| stem);
        match url.rsplit_once('-') {
            Some((stem, size)) if size.contains('x') && size.bytes().all(|byte| byte.is_ascii_digit() || byte == b'x') => stem,
            _ => url,
        }
    }
    stem(a) == stem(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_picture_in_two_sizes_is_one() {
        for (a, b, same) in [
            ("https://x.example/a.jpg", "http://x.example/a.jpg?w=300", true),
            ("https://x.example/a-300x200.jpg", "https://x.example/a.webp", true),
            ("https://x.example/a-1.jpg", "https://x.example/a-2.jpg", false),
        ] {
            assert_eq!(same_picture(a, b), same, "{a} {b}");
        }
    }
}
