//! The line that tells a post's readers what became of its source, in the site's language.

use super::markup::paragraph;
use super::recipe::Editor;
use crate::domain::{Draft, Timestamp};

/// The class by which the line is found again; every role's post keeps it.
const CLASS: &str = "wirepress-note";

/// What became of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Its text changed after the post came out.
    Changed,
    /// Its page is gone.
    Gone,
}

/// Language, what stands there when the source changed, and when it is gone; `{}` is the day.
const WORDS: [(&str, &str, &str); 14] = [
    ("en", "The source changed this article on {}.", "The source has taken this article down ({})."),
    ("cs", "Zdroj tento článek {} změnil.", "Zdroj tento článek stáhl ({})."),
    ("da", "Kilden ændrede denne artikel den {}.", "Kilden har fjernet denne artikel ({})."),
    ("de", "Die Quelle hat diesen Artikel am {} geändert.", "Die Quelle hat diesen Artikel entfernt ({})."),
    ("es", "La fuente modificó este artículo el {}.", "La fuente ha retirado este artículo ({})."),
    ("fi", "Lähde muutti tätä artikkelia {}.", "Lähde on poistanut tämän artikkelin ({})."),
    ("fr", "La source a modifié cet article le {}.", "La source a retiré cet article ({})."),
    ("it", "La fonte ha modificato questo articolo il {}.", "La fonte ha rimosso questo articolo ({})."),
    ("nb", "Kilden endret denne artikkelen {}.", "Kilden har fjernet denne artikkelen ({})."),
    ("nl", "De bron heeft dit artikel op {} gewijzigd.", "De bron heeft dit artikel verwijderd ({})."),
    ("pl", "Źródło zmieniło ten artykuł {}.", "Źródło usunęło ten artykuł ({})."),
    ("pt", "A fonte alterou este artigo em {}.", "A fonte retirou este artigo ({})."),
    ("ru", "Источник изменил эту статью {}.", "Источник удалил эту статью ({})."),
    ("sv", "Källan ändrade den här artikeln {}.", "Källan har tagit bort den här artikeln ({})."),
];

/// Says it at the post's end, in place of the line that did so before.
pub fn note(draft: &mut Draft, note: Note, now: Timestamp, language: Option<&str>) {
    let editor = if draft.content.contains("<!-- wp:") || draft.content.is_empty() { Editor::Blocks } else { Editor::Classic };
    let body = super::also::without_line(&draft.content, editor, CLASS);
    let day = now.to_gmt().chars().take(10).collect::<String>();
    let line = paragraph(editor, CLASS, &words(note, language).replace("{}", &day));
    draft.content = format!("{}\n\n{line}", body.trim_end());
}

fn words(note: Note, language: Option<&str>) -> &'static str {
    let first = language.unwrap_or("en").split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let first = if matches!(first.as_str(), "no" | "nn") { "nb" } else { first.as_str() };
    let (_, changed, gone) = WORDS.iter().find(|(language, ..)| *language == first).unwrap_or(&WORDS[0]);
    match note {
        Note::Changed => changed,
        Note::Gone => gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_stands_at_the_end_once_in_the_sites_language() {
        const NOW: Timestamp = Timestamp::from_unix(1_795_305_600);
        const BODY: &str = "<!-- wp:paragraph -->\n<p>Text.</p>\n<!-- /wp:paragraph -->";
        let mut draft = Draft { content: BODY.to_owned(), ..Draft::default() };
        note(&mut draft, Note::Changed, NOW, Some("de-AT"));
        let line = "<!-- wp:paragraph {\"className\":\"wirepress-note\"} -->\n<p class=\"wirepress-note\">Die Quelle hat diesen Artikel am \
                    2026-11-22 geändert.</p>\n<!-- /wp:paragraph -->";
        assert_eq!(draft.content, format!("{BODY}\n\n{line}"));
        note(&mut draft, Note::Gone, NOW, Some("xx"));
        assert!(
            draft
                .content
                .ends_with("<p class=\"wirepress-note\">The source has taken this article down (2026-11-22).</p>\n<!-- /wp:paragraph -->")
        );
        assert_eq!(draft.content.matches("wirepress-note").count(), 2, "in its comment and its tag");
        let mut classic = Draft { content: "<p>Text.</p>".to_owned(), ..Draft::default() };
        note(&mut classic, Note::Changed, NOW, None);
        assert_eq!(classic.content, "<p>Text.</p>\n\n<p class=\"wirepress-note\">The source changed this article on 2026-11-22.</p>");
    }
}
