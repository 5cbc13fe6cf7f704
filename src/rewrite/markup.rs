//! What we ourselves put into a post, as the site's editor wants it: paragraphs, a picture, the mark.

use super::filters::escape_html;
use super::recipe::Editor;
use crate::domain::DraftImage;

/// One paragraph; `html` is safe already, `class` may be empty.
pub(super) fn paragraph(editor: Editor, class: &str, html: &str) -> String {
    let (attributes, of_class) = match class.is_empty() {
        true => (String::new(), String::new()),
        false => (format!("{{\"className\":\"{class}\"}} "), format!(" class=\"{class}\"")),
    };
    match editor {
        Editor::Blocks => format!("<!-- wp:paragraph {attributes}-->\n<p{of_class}>{html}</p>\n<!-- /wp:paragraph -->"),
        Editor::Classic => format!("<p{of_class}>{html}</p>"),
    }
}

/// Plain text whose paragraphs are parted by an empty line.
pub(super) fn paragraphs(editor: Editor, text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    let html = paragraphs.map(|text| paragraph(editor, "", &escape_html(text).replace('\n', "<br>")));
    html.collect::<Vec<_>>().join("\n\n")
}

/// A picture on its source's server.
pub(super) fn picture(editor: Editor, image: &DraftImage) -> String {
    let (url, alt) = (escape_html(&image.url).replace("&#91;", "%5B"), escape_html(&image.alt));
    let figure = format!("<figure class=\"wp-block-image\"><img src=\"{url}\" alt=\"{alt}\"/></figure>");
    match editor {
        Editor::Blocks => format!("<!-- wp:image -->\n{figure}\n<!-- /wp:image -->"),
        Editor::Classic => figure,
    }
}

/// `body` with the delivery's mark at its end, where no reader sees it and no editor minds.
pub(super) fn marked(editor: Editor, body: &str, key: &str) -> String {
    let mark = format!("<!-- wirepress:{key} -->");
    match editor {
        // Outside of a block the editor shows a comment as a stray Classic block.
        Editor::Blocks => format!("{body}\n\n<!-- wp:html -->\n{mark}\n<!-- /wp:html -->").trim_start().to_owned(),
        // Alone on a line WordPress would make an empty paragraph of it.
        Editor::Classic => match body.strip_suffix("</p>") {
            Some(rest) => format!("{rest}{mark}</p>"),
            None => format!("{body}{mark}"),
        },
    }
}
