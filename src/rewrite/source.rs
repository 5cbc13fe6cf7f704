//! The line that says whose text it is, in the site's language.

use super::filters::escape_html;
use super::markup::paragraph;
use super::recipe::Editor;
use super::view::View;

/// Language; what stands before the source's name; what stands around an author's.
const LINES: [(&str, &str, &str, &str); 25] = [
    ("en", "Source: ", ", by ", ""),
    ("ar", "المصدر: ", " – ", ""),
    ("cs", "Zdroj: ", ", autor: ", ""),
    ("da", "Kilde: ", ", af ", ""),
    ("de", "Quelle: ", ", von ", ""),
    ("el", "Πηγή: ", ", από ", ""),
    ("es", "Fuente: ", ", por ", ""),
    ("fi", "Lähde: ", ", kirjoittaja ", ""),
    ("fr", "Source\u{a0}: ", ", par ", ""),
    ("he", "מקור: ", ", מאת ", ""),
    ("hu", "Forrás: ", ", szerző: ", ""),
    ("id", "Sumber: ", ", oleh ", ""),
    ("it", "Fonte: ", ", di ", ""),
    ("ja", "出典：", "（", "）"),
    ("ko", "출처: ", " (", ")"),
    ("nb", "Kilde: ", ", av ", ""),
    ("nl", "Bron: ", ", door ", ""),
    ("pl", "Źródło: ", ", autor: ", ""),
    ("pt", "Fonte: ", ", por ", ""),
    ("ro", "Sursa: ", ", de ", ""),
    ("ru", "Источник: ", ", автор: ", ""),
    ("sv", "Källa: ", ", av ", ""),
    ("tr", "Kaynak: ", ", yazan: ", ""),
    ("uk", "Джерело: ", ", автор: ", ""),
    ("zh", "来源：", "（", "）"),
];

/// A paragraph with the source's name as a link, the authors, and the delivery's key as a class, which every
/// role's post keeps.
pub(super) fn source_line(view: &View, editor: Editor, language: Option<&str>, key: &str) -> String {
    let (_, before, by, after) = line(language.unwrap_or("en"));
    let name = escape_html(&view.feed_title);
    let link = view.link.as_deref().or(Some(view.feed_link.as_str()).filter(|home| !home.is_empty()));
    let name = match link {
        Some(link) => format!("<a href=\"{}\">{name}</a>", escape_html(link).replace("&#91;", "%5B")),
        None => name,
    };
    // a feed that names itself as the author says nothing new
    let authors: Vec<&str> = view.authors.iter().map(String::as_str).filter(|author| *author != view.feed_title).collect();
    let author = match authors.is_empty() {
        true => String::new(),
        false => format!("{by}{}{after}", escape_html(&authors.join(", "))),
    };
    let class = format!("wirepress-source wirepress-{key}");
    paragraph(editor, &class, &format!("{before}{name}{author}"))
}

/// Of a BCP 47 tag its first part; Norwegian by all its names; English where we don't speak it.
fn line(language: &str) -> &'static (&'static str, &'static str, &'static str, &'static str) {
    let first = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let first = if matches!(first.as_str(), "no" | "nn") { "nb" } else { first.as_str() };
    LINES.iter().find(|(language, ..)| *language == first).unwrap_or(&LINES[0])
}
