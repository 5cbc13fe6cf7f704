//! Escaping by place: what a value may do in a body depends on where it stands, and the template says where that is.
//!
//! The template's literal text is read as HTML while its statements are walked, both ways of an `if` and a loop's body once. A
//! value between tags is escaped as text (the engine does that by itself); one in an attribute, an address, a comment or a
//! block's attributes is wrapped in the filter for that place; where nothing could make it safe, the template is refused.
//! What doesn't fit together (tags, blocks) is noted on the way.

mod escape;
mod html;

use std::ops::Range;

use minijinja::machinery::ast::{Expr, Stmt};
use minijinja::machinery::{Token, parse, tokenize};

use super::engine::Fault;
pub(super) use escape::install;
use html::{Open, Place, Reader};

/// A template's source with its values wrapped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Placed {
    pub source: String,
    /// Where something was put in, in bytes of the original, and how much.
    shifts: Vec<(usize, usize)>,
    /// What doesn't fit together.
    pub notes: Vec<Fault>,
}

impl Placed {
    /// As it is written: nothing to wrap.
    pub fn plain(source: &str) -> Self {
        Self { source: source.to_owned(), ..Self::default() }
    }

    /// Where a byte of the wrapped source stands in the original.
    pub fn original(&self, at: usize) -> usize {
        let mut put_in = 0;
        for (place, length) in &self.shifts {
            if at < place + put_in {
                break;
            }
            if at < place + put_in + length {
                return *place;
            }
            put_in += length;
        }
        at - put_in
    }
}

/// Wraps the values of a body. The source has been read by `check` and is sound.
pub(super) fn body(source: &str) -> Result<Placed, Vec<Fault>> {
    let Ok(tree) = parse(source, "template", Default::default()) else { return Ok(Placed::plain(source)) };
    let mut walk = Walk { source, reader: Reader::new(), wraps: Vec::new(), faults: Vec::new(), notes: Vec::new() };
    walk.stmt(&tree);
    walk.settle();
    if !walk.reader.is_in_text() {
        let hint = "a `>`, a quote or a `-->` is missing".to_owned();
        let end = source.len()..source.len();
        walk.notes.push(Fault { range: end, message: "the body ends inside a tag or a comment".to_owned(), hint: Some(hint) });
    }
    let open = std::mem::take(&mut walk.reader.open);
    walk.unclosed(&open);
    if !walk.faults.is_empty() {
        return Err(walk.faults);
    }
    let mut placed = wrapped(source, &walk.wraps);
    placed.notes = walk.notes;
    Ok(placed)
}

/// A link may lead there.
fn is_safe_scheme(scheme: &str) -> bool {
    ["http", "https", "mailto", "tel"].iter().any(|safe| scheme.trim().eq_ignore_ascii_case(safe))
}

/// Puts the filters around the values, in the order in which they stand.
fn wrapped(source: &str, wraps: &[Option<&'static str>]) -> Placed {
    let mut placed = Placed::default();
    let (mut copied, mut number, mut first, mut last) = (0, 0, None, 0);
    let mut put_in = |placed: &mut Placed, at: usize, text: &str| {
        placed.source.push_str(&source[copied..at]);
        placed.source.push_str(text);
        placed.shifts.push((at, text.len()));
        copied = at;
    };
    let mut is_in_value = false;
    for (token, span) in tokenize(source, false, Default::default()).map_while(Result::ok) {
        match token {
            Token::VariableStart => (is_in_value, first) = (true, None),
            Token::VariableEnd => {
                is_in_value = false;
                if let (Some(Some(filter)), Some(first)) = (wraps.get(number), first) {
                    put_in(&mut placed, first, "(");
                    put_in(&mut placed, last, &format!(")|{filter}"));
                }
                number += 1;
            }
            _ if is_in_value => {
                first.get_or_insert(span.start_offset as usize);
                last = span.end_offset as usize;
            }
            _ => {}
        }
    }
    let rest = placed.shifts.last().map_or(0, |(at, _)| *at);
    placed.source.push_str(&source[rest..]);
    placed
}

struct Walk<'s> {
    source: &'s str,
    reader: Reader,
    /// For each value, in the order in which they stand.
    wraps: Vec<Option<&'static str>>,
    faults: Vec<Fault>,
    notes: Vec<Fault>,
}

impl Walk<'_> {
    fn bodies(&mut self, body: &[Stmt<'_>]) {
        body.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &Stmt<'_>) {
        match stmt {
            Stmt::Template(template) => self.bodies(&template.children),
            Stmt::EmitRaw(raw) => {
                // a slice of the source
                let at = (raw.raw.as_ptr() as usize).saturating_sub(self.source.as_ptr() as usize);
                self.reader.text(raw.raw, at);
            }
            Stmt::EmitExpr(emit) => self.value(&emit.expr),
            Stmt::ForLoop(each) => {
                let before = self.fork();
                self.bodies(&each.body);
                self.meet(&before, range(&each.iter), "`for`");
                self.reader = before;
                self.bodies(&each.else_body);
            }
            Stmt::IfCond(cond) => {
                let before = self.fork();
                self.bodies(&cond.true_body);
                self.settle();
                let yes = std::mem::replace(&mut self.reader, before);
                self.bodies(&cond.false_body);
                self.meet(&yes, range(&cond.expr), "`if`");
                self.reader = yes;
            }
            Stmt::WithBlock(with) => self.bodies(&with.body),
            Stmt::SetBlock(set) => self.apart(&set.body),
            Stmt::Macro(one) => self.apart(&one.body),
            Stmt::FilterBlock(block) => {
                self.text_only(range(&block.filter));
                self.apart(&block.body);
            }
            Stmt::CallBlock(block) => {
                self.text_only(block.call.span().start_offset as usize..block.call.span().end_offset as usize);
                self.apart(&block.macro_decl.body);
            }
            _ => {}
        }
    }

    fn value(&mut self, expr: &Expr<'_>) {
        let wrap = match self.reader.place() {
            Place::Text => None,
            Place::Attribute => Some("_attribute"),
            Place::Url => Some("_url"),
            Place::UrlPath => Some("_url_path"),
            Place::UrlQuery => Some("_url_query"),
            Place::JsonText => Some("_json_text"),
            Place::JsonValue => Some("_json_value"),
            Place::Comment => Some("_comment"),
            Place::Nowhere(because) => {
                let hint = "a value stands between tags, or in the quotes of an attribute that is no script and no style".to_owned();
                self.faults.push(Fault { range: range(expr), message: format!("no value can stand here: {because}"), hint: Some(hint) });
                None
            }
        };
        self.reader.value();
        self.wraps.push(wrap);
    }

    /// What captures its output begins and ends between tags.
    fn apart(&mut self, body: &[Stmt<'_>]) {
        self.settle();
        let outside = std::mem::replace(&mut self.reader, Reader::new());
        self.bodies(body);
        self.settle();
        let open = std::mem::take(&mut self.reader.open);
        self.unclosed(&open);
        self.reader = outside;
    }

    fn text_only(&mut self, range: Range<usize>) {
        if !self.reader.is_in_text() {
            let hint = "put it between tags, or `{% set %}` it to a name before".to_owned();
            self.faults.push(Fault { range, message: "this can't stand inside a tag".to_owned(), hint: Some(hint) });
        }
    }

    fn fork(&mut self) -> Reader {
        self.settle();
        self.reader.clone()
    }

    /// The ways come together again.
    fn meet(&mut self, other: &Reader, range: Range<usize>, what: &str) {
        self.settle();
        if !self.reader.is_where(other) {
            let hint = "open and close tags, quotes and comments within it alike".to_owned();
            self.faults.push(Fault { range, message: format!("the ways through this {what} end in different places"), hint: Some(hint) });
            return;
        }
        let names = |open: &[Open]| open.iter().map(|open| open.name.clone()).collect::<Vec<_>>();
        if names(&self.reader.open) != names(&other.open) {
            let longer = if self.reader.open.len() > other.open.len() { &self.reader.open } else { &other.open };
            let shared = self.reader.open.iter().zip(&other.open).take_while(|(a, b)| a.name == b.name).count();
            let name = longer.get(shared).map_or_else(String::new, |open| format!(": `{}`", open.name));
            let hint = "what is opened in one way through it is closed there, too".to_owned();
            self.notes.push(Fault {
                range,
                message: format!("the ways through this {what} leave different tags open{name}"),
                hint: Some(hint),
            });
        }
    }

    /// Notes what was found so far.
    fn settle(&mut self) {
        for fault in self.reader.faults.drain(..) {
            self.notes.push(Fault { range: fault.at.0..fault.at.1, message: fault.message, hint: Some(fault.hint) });
        }
    }

    fn unclosed(&mut self, open: &[Open]) {
        for open in open {
            let close = match open.name.strip_prefix("wp:") {
                Some(block) => format!("<!-- /wp:{block} -->"),
                None => open.name.replace('<', "</"),
            };
            let hint = format!("it wants its `{close}`");
            self.notes.push(Fault { range: open.at.0..open.at.1, message: format!("`{}` is not closed", open.name), hint: Some(hint) });
        }
    }
}

fn range(expr: &Expr<'_>) -> Range<usize> {
    expr.span().start_offset as usize..expr.span().end_offset as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_wrapped_for_its_place_and_found_again() {
        let source = "<a href=\"{{ link }}\" title='{{ title }}'>{{ title }}</a><a href=\"https://x.example/{{ a }}?b={{ b }}\">\
                      <!-- wp:x {\"n\":{{ n }},\"t\":\"{{- t -}}\"} --><!-- /wp:x --></a><!-- {{ key }} -->";
        let placed = body(source).unwrap();
        assert_eq!(
            placed.source,
            "<a href=\"{{ (link)|_url }}\" title='{{ (title)|_attribute }}'>{{ title }}</a>\
             <a href=\"https://x.example/{{ (a)|_url_path }}?b={{ (b)|_url_query }}\">\
             <!-- wp:x {\"n\":{{ (n)|_json_value }},\"t\":\"{{- (t)|_json_text -}}\"} --><!-- /wp:x --></a><!-- {{ (key)|_comment }} -->"
        );
        assert_eq!(placed.notes, []);
        for (wrapped, written) in
            [("link)", "link }"), ("title)", "title }}'"), ("a)|", "a }}?"), ("key)", "key }"), ("<!-- wp", "<!-- wp")]
        {
            let found = placed.source.find(wrapped).unwrap();
            assert_eq!(placed.original(found), source.find(written).unwrap(), "{written}");
        }
    }

    #[test]
    fn a_value_where_nothing_makes_it_safe_is_refused() {
        for source in [
            "<a {{ x }}>y</a>",
            "<{{ x }}>y",
            "<a href={{ x }}>y</a>",
            "<p onclick=\"{{ x }}\">y</p>",
            "<p style=\"color: {{ x }}\">y</p>",
            "<script>{{ x }}</script>",
            "<a href=\"javascript:{{ x }}\">y</a>",
            "<iframe srcdoc=\"{{ x }}\"></iframe>",
            "{% if a %}<a href=\"{% else %}<p title=\"{% endif %}{{ x }}\">",
            "{% for a in x %}<p title=\"{% endfor %}\">",
            "<p title=\"{% filter upper %}x{% endfilter %}\">",
        ] {
            assert!(body(source).is_err(), "{source}");
        }
        for source in [
            "<p {% if a %}title=\"{{ x }}\"{% endif %}>y</p>",
            "{% if a %}<b>{{ x }}</b>{% else %}<i>{{ x }}</i>{% endif %}",
            "<p>a < b and {{ x }}</p>",
            "<textarea>{{ x }}</textarea>",
            "<script>var a = 1 < 2;</script>{{ x }}",
        ] {
            assert_eq!(body(source).map(|placed| placed.notes), Ok(vec![]), "{source}");
        }
    }

    #[test]
    fn what_does_not_fit_together_is_noted_where_it_stands() {
        for (source, at, message) in [
            ("<p>a<b>c</p>", "<b>", "`<b>` is not closed"),
            ("<p>a</b></p>", "</b>", "`</b>` closes nothing"),
            ("<!-- wp:quote --><p>a</p>", "<!-- wp:quote -->", "`wp:quote` is not closed"),
            ("<!-- wp:a --><!-- /wp:b --><!-- /wp:a -->", "<!-- /wp:b -->", "`/wp:b` closes nothing"),
            ("{% if x %}<p>{% endif %}a</p>", "x", "the ways through this `if` leave different tags open: `<p>`"),
            ("{% macro m() %}<p>{% endmacro %}", "<p>", "`<p>` is not closed"),
        ] {
            let notes = body(source).unwrap().notes;
            let told: Vec<(&str, &str)> = notes.iter().map(|note| (&source[note.range.clone()], &*note.message)).collect();
            assert_eq!(told.first(), Some(&(at, message)), "{source}");
        }
        for source in ["<br><img src=\"x\"/><!-- wp:spacer /--><p>a</p>", "<!--more--><!doctype html><p>a</p>"] {
            assert_eq!(body(source).unwrap().notes, [], "{source}");
        }
    }
}
