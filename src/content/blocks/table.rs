//! The table block: head, body and foot of plain cells.

use super::parts::{Element, elements, is_phrase};
use super::text::Written;
use super::write::Writer;

/// A table of plain cells. The editor of 6.1 finds a table with attributes, and cells that span others, invalid.
pub(super) fn table(element: &Element<'_>, out: &mut Writer) -> Written {
    let inside = elements(element.inner)?;
    out.begin("table", "");
    out.add(&["<figure class=\"wp-block-table\"><table>"]);
    let mut rows_at_all = false;
    for section in ["thead", "tbody", "tfoot"] {
        // several bodies are one: the block knows one of each
        let mut open = false;
        for part in inside.iter().filter(|part| part.name == section) {
            if !open {
                out.add(&["<", section, ">"]);
                open = true;
            }
            rows_at_all |= rows(part.inner, out)?;
        }
        if open {
            out.add(&["</", section, ">"]);
        }
    }
    out.add(&["</table>"]);
    for part in &inside {
        match part.name {
            "thead" | "tbody" | "tfoot" => {}
            "caption" if is_phrase(part.inner) => {
                out.add(&["<figcaption class=\"wp-element-caption\">", part.inner.trim(), "</figcaption>"])
            }
            _ => return None,
        }
    }
    out.add(&["</figure>"]);
    out.end("table");
    rows_at_all.then_some(())
}

/// Whether there are any.
fn rows(inner: &str, out: &mut Writer) -> Option<bool> {
    let rows = elements(inner)?;
    for row in &rows {
        if row.name != "tr" {
            return None;
        }
        out.add(&["<tr>"]);
        for cell in elements(row.inner)? {
            let plain = matches!(cell.name, "td" | "th") && cell.attributes.is_empty() && is_phrase(cell.inner);
            plain.then(|| out.add(&["<", cell.name, ">", cell.inner.trim(), "</", cell.name, ">"]))?;
        }
        out.add(&["</tr>"]);
    }
    Some(!rows.is_empty())
}
