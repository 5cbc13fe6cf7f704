//! `{% include "name" %}`: where a template wants another one's text. Who knows the files puts it in before anything is compiled.

use std::ops::Range;

use minijinja::machinery::{Token, tokenize};

use super::check;
use super::engine::{Fault, Slot};

/// One include of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// What is named.
    pub name: String,
    /// Bytes of the name, with its quotes.
    pub at: Range<usize>,
    /// Bytes of the whole statement.
    pub whole: Range<usize>,
    /// What stands in its place, before and behind the other's text: white space goes as it would at the statement.
    pub around: (&'static str, &'static str),
}

/// Whether a text is a template by itself.
pub fn parses(source: &str) -> Result<(), Fault> {
    check::parses(source, Slot::Body)
}

/// All includes of a template, in their order, as far as it can be read.
///
/// Errors: an include that names nothing, each at its place.
pub fn includes(source: &str) -> Result<Vec<Include>, Vec<Fault>> {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let mut statement: Vec<(Token<'_>, Range<usize>)> = Vec::new();
    for (token, span) in tokenize(source, false, Default::default()).map_while(Result::ok) {
        let range = span.start_offset as usize..span.end_offset as usize;
        match token {
            Token::BlockStart => statement = vec![(token, range)],
            Token::BlockEnd => {
                statement.push((token, range));
                match include(source, &statement) {
                    Some(Ok(one)) => found.push(one),
                    Some(Err(fault)) => faults.push(fault),
                    None => {}
                }
                statement.clear();
            }
            _ if !statement.is_empty() => statement.push((token, range)),
            _ => {}
        }
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

fn include(source: &str, statement: &[(Token<'_>, Range<usize>)]) -> Option<Result<Include, Fault>> {
    let [(_, start), (Token::Ident("include"), _), (named, at), .., (_, end)] = statement else { return None };
    let name = match named {
        Token::Str(name) => (*name).to_owned(),
        Token::String(name) => name.to_string(),
        _ => {
            let hint = "write it out: `{% include \"footer\" %}`".to_owned();
            return Some(Err(Fault { range: at.clone(), message: "`include` wants a name in quotes".to_owned(), hint: Some(hint) }));
        }
    };
    if statement.len() != 4 {
        let (_, more) = &statement[3];
        let hint = "what is named must be there: it is looked for when the configuration is read".to_owned();
        return Some(Err(Fault { range: more.clone(), message: "`include` takes a name and no more".to_owned(), hint: Some(hint) }));
    }
    let whole = start.start..end.end;
    let text = &source[whole.clone()];
    let around = (if text.starts_with("{%-") { "{#- #}" } else { "" }, if text.ends_with("-%}") { "{# -#}" } else { "" });
    Some(Ok(Include { name, at: at.clone(), whole, around }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_are_found_where_they_stand_and_nowhere_else() {
        let source =
            "a {%- include \"one\" -%} b {% raw %}{% include \"no\" %}{% endraw %} {# {% include \"no\" %} #}{% include 'two.html' %}";
        let found = includes(source).unwrap();
        let told: Vec<_> = found.iter().map(|one| (&*one.name, &source[one.whole.clone()], &source[one.at.clone()], one.around)).collect();
        assert_eq!(
            told,
            [
                ("one", "{%- include \"one\" -%}", "\"one\"", ("{#- #}", "{# -#}")),
                ("two.html", "{% include 'two.html' %}", "'two.html'", ("", "")),
            ]
        );
    }

    #[test]
    fn an_include_names_what_it_wants() {
        for (source, at) in
            [("{% include title %}", "title"), ("{% include \"a\" ignore missing %}", "ignore"), ("{% include ['a'] %}", "[")]
        {
            let faults = includes(source).unwrap_err();
            assert_eq!(&source[faults[0].range.clone()], at, "{source}");
        }
    }
}
