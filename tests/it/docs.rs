//! The papers say what the program does.

use wirepress::content::TAILS;
use wirepress::rewrite::{FIELDS, Kind, Known};

#[test]
fn the_table_of_fields_is_the_one_that_rules_and_templates_read() {
    let text = std::fs::read_to_string("docs/rules.md").expect("the paper is in the repository");
    let (_, table) = text.split_once("| field | holds | known | |\n|---|---|---|---|\n").expect("the table of fields");
    let want: Vec<String> = FIELDS
        .iter()
        .map(|field| {
            let kind = match field.kind {
                Kind::Text => "text",
                Kind::Markup => "markup",
                Kind::Number => "number",
                Kind::Time => "time",
                Kind::List => "list",
            };
            let known = if field.known == Known::Early { "early" } else { "late" };
            format!("| `{}` | {kind} | {known} | {} |", field.name, field.doc)
        })
        .collect();
    assert_eq!(table.lines().collect::<Vec<_>>(), want);
}

#[test]
fn the_table_of_boilerplate_is_that_of_the_built_in_rules() {
    let text = std::fs::read_to_string("docs/content.md").expect("the paper is in the repository");
    let (_, table) = text.split_once("| rule | takes out | where |\n|---|---|---|\n").expect("the table of rules");
    let want: Vec<String> = TAILS.iter().map(|tail| format!("| `{}` | {} | {} |", tail.name, tail.says, tail.at.as_str())).collect();
    assert_eq!(table.lines().take(want.len()).collect::<Vec<_>>(), want);
}
