//! The line that names everybody else who covers a post's story, in the site's language.

use super::digest::DigestEntry;
use super::filters::escape_html;
use super::markup::paragraph;
use super::recipe::Editor;
use super::view::is_web;
use crate::domain::{Also, Draft};

/// The class by which the line is found again; every role's post keeps it.
const CLASS: &str = "wirepress-also";
/// Others that are named at most.
const NAMED: usize = 20;

/// Language, and what stands before the names.
const WORDS: [(&str, &str); 25] = [
    ("en", "Also covered by: "),
    ("ar", "تناولها أيضًا: "),
    ("cs", "Píší o tom také: "),
    ("da", "Omtales også af: "),
    ("de", "Auch bei: "),
    ("el", "Επίσης από: "),
    ("es", "También en: "),
    ("fi", "Myös: "),
    ("fr", "Également chez\u{a0}: "),
    ("he", "סוקר גם על ידי: "),
    ("hu", "Erről ír még: "),
    ("id", "Juga diliput oleh: "),
    ("it", "Ne parlano anche: "),
    ("ja", "ほかの報道："),
    ("ko", "다른 보도: "),
    ("nb", "Også omtalt av: "),
    ("nl", "Ook bij: "),
    ("pl", "Piszą o tym także: "),
    ("pt", "Também em: "),
    ("ro", "Relatat și de: "),
    ("ru", "Об этом также: "),
    ("sv", "Även hos: "),
    ("tr", "Ayrıca: "),
    ("uk", "Про це також: "),
    ("zh", "其他报道："),
];

/// Names everybody else at the post's end, in place of the line that did so before.
pub fn also_covered(draft: &mut Draft, others: &[Also], language: Option<&str>) {
    let editor = if draft.content.contains("<!-- wp:") { Editor::Blocks } else { Editor::Classic };
    let body = without_line(&draft.content, editor, CLASS);
    draft.content = match line(editor, others, language) {
        None => body,
        Some(line) => format!("{}\n\n{line}", body.trim_end()),
    };
}

/// Names everybody else who covers the story of one entry of a digest, below its source line, in place of the line that did so before.
/// `entry`: what the digest shows of it, as it is stored. A digest whose template shows no source line stays as it is.
pub fn also_covered_in_digest(draft: &mut Draft, entry: &str, others: &[Also], language: Option<&str>) {
    let editor = if draft.content.contains("<!-- wp:") { Editor::Blocks } else { Editor::Classic };
    let entry = DigestEntry::from_json(entry);
    let Some(source) = entry.as_ref().and_then(DigestEntry::source_line) else { return };
    let (Some(at), Some(line)) = (draft.content.find(source), line(editor, others, language)) else { return };
    let (before, after) = draft.content.split_at(at + source.len());
    let (open, _) = bounds(editor, CLASS);
    let after = if after.trim_start().starts_with(&open) { without_line(after, editor, CLASS) } else { after.to_owned() };
    draft.content = format!("{before}\n\n{line}{after}");
}

/// The line itself; `None`: nobody else covers it.
pub(super) fn line(editor: Editor, others: &[Also], language: Option<&str>) -> Option<String> {
    let mut seen = std::collections::HashSet::new();
    let names = others.iter().filter(|other| seen.insert((&other.source, &other.link))).take(NAMED).map(name).collect::<Vec<_>>();
    (!names.is_empty()).then(|| paragraph(editor, CLASS, &format!("{}{}", words(language), names.join(", "))))
}

fn name(other: &Also) -> String {
    let name = escape_html(&other.source);
    match other.link.as_deref().filter(|link| is_web(link)) {
        Some(link) => format!("<a href=\"{}\">{name}</a>", escape_html(link).replace("&#91;", "%5B")),
        None => name,
    }
}

fn words(language: Option<&str>) -> &'static str {
    let first = language.unwrap_or("en").split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let first = if matches!(first.as_str(), "no" | "nn") { "nb" } else { first.as_str() };
    WORDS.iter().find(|(language, _)| *language == first).unwrap_or(&WORDS[0]).1
}

/// The content without the paragraph that has this class.
pub(super) fn without_line(content: &str, editor: Editor, class: &str) -> String {
    let (open, close) = bounds(editor, class);
    let Some((before, rest)) = content.split_once(&open) else { return content.to_owned() };
    let after = rest.split_once(close).map_or("", |(_, after)| after);
    format!("{}{after}", before.trim_end())
}

/// What the paragraph of this class begins and ends with.
fn bounds(editor: Editor, class: &str) -> (String, &'static str) {
    match editor {
        Editor::Blocks => (format!("<!-- wp:paragraph {{\"className\":\"{class}\"}} -->"), "<!-- /wp:paragraph -->"),
        Editor::Classic => (format!("<p class=\"{class}\">"), "</p>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn other(source: &str, link: Option<&str>) -> Also {
        Also { source: source.to_owned(), title: "A title".to_owned(), link: link.map(str::to_owned), at: Timestamp::from_unix(0) }
    }

    #[test]
    fn the_line_names_everybody_once_and_is_replaced() {
        const BODY: &str = "<!-- wp:paragraph -->\n<p>Text.</p>\n<!-- /wp:paragraph -->";
        let mut draft = Draft { content: BODY.to_owned(), ..Draft::default() };
        let first = other("The <Paper>", Some("https://paper.example/a?b=1&c=2"));
        also_covered(&mut draft, std::slice::from_ref(&first), Some("de-AT"));
        let line = "<!-- wp:paragraph {\"className\":\"wirepress-also\"} -->\n<p class=\"wirepress-also\">Auch bei: \
                    <a href=\"https://paper.example/a?b=1&amp;c=2\">The &lt;Paper&gt;</a></p>\n<!-- /wp:paragraph -->";
        assert_eq!(draft.content, format!("{BODY}\n\n{line}"));
        also_covered(&mut draft, &[first.clone(), first, other("Radio", Some("javascript:alert(1)"))], None);
        assert!(draft.content.ends_with(
            "<p class=\"wirepress-also\">Also covered by: <a href=\"https://paper.example/a?b=1&amp;c=2\">The &lt;Paper&gt;</a>, Radio</p>\n\
             <!-- /wp:paragraph -->"
        ));
        assert_eq!(draft.content.matches("wirepress-also").count(), 2, "in its comment and its tag");
        also_covered(&mut draft, &[], None);
        assert_eq!(draft.content, BODY);
    }

    #[test]
    fn a_classic_post_gets_a_plain_paragraph() {
        let mut draft = Draft { content: "<p>Text.</p>".to_owned(), ..Draft::default() };
        also_covered(&mut draft, &[other("Radio", None)], Some("no"));
        assert_eq!(draft.content, "<p>Text.</p>\n\n<p class=\"wirepress-also\">Også omtalt av: Radio</p>");
        also_covered(&mut draft, &[], None);
        assert_eq!(draft.content, "<p>Text.</p>");
    }

    #[test]
    fn a_digest_names_them_below_the_entrys_own_source() {
        let source =
            |name: &str| format!("<!-- wp:paragraph {{\"className\":\"wirepress-source\"}} -->\n<p>{name}</p>\n<!-- /wp:paragraph -->");
        let entry = |name: &str| serde_json::json!({ "title": name, "fields": { "source_line": source(name) } }).to_string();
        let mut draft = Draft { content: format!("{}\n\n{}\n\nEnd.", source("One"), source("Two")), ..Draft::default() };
        also_covered_in_digest(&mut draft, &entry("Two"), &[other("Radio", None)], None);
        also_covered_in_digest(&mut draft, &entry("One"), &[other("Paper", None)], None);
        also_covered_in_digest(&mut draft, &entry("One"), &[other("Paper", None), other("Radio", None)], None);
        let line = |names: &str| {
            format!(
                "<!-- wp:paragraph {{\"className\":\"wirepress-also\"}} -->\n<p class=\"wirepress-also\">Also covered by: {names}</p>\n<!-- /wp:paragraph -->"
            )
        };
        let named = [source("One"), line("Paper, Radio"), source("Two"), line("Radio"), "End.".to_owned()].join("\n\n");
        assert_eq!(draft.content, named);
        // a template without it
        also_covered_in_digest(&mut draft, &entry("Three"), &[other("Radio", None)], None);
        assert_eq!(draft.content, named);
    }
}
