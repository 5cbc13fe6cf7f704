//! The papers say what the program does.

use wirepress::content::TAILS;
use wirepress::rewrite::{DIGEST_FIELDS, FIELDS, Kind, Known};

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Markup => "markup",
        Kind::Number => "number",
        Kind::Time => "time",
        Kind::List => "list",
        Kind::Entries => "entries",
    }
}

#[test]
fn the_table_of_a_digests_fields_is_the_one_that_its_templates_read() {
    let text = std::fs::read_to_string("docs/rules.md").expect("the paper is in the repository");
    let (_, table) = text.split_once("| field of a digest | holds | |\n|---|---|---|\n").expect("the table of fields");
    let told: Vec<&str> = table.lines().take_while(|line| !line.is_empty()).collect();
    let line = |name: &str, kind: Kind, doc: &str| format!("| `{name}` | {} | {} |", word(kind), doc.replace('|', "\\|"));
    let want: Vec<String> = DIGEST_FIELDS.iter().map(|field| line(field.name, field.kind, field.doc)).collect();
    assert_eq!(told, want);
}

#[test]
fn the_table_of_fields_is_the_one_that_rules_and_templates_read() {
    let text = std::fs::read_to_string("docs/rules.md").expect("the paper is in the repository");
    let (_, table) = text.split_once("| field | holds | known | |\n|---|---|---|---|\n").expect("the table of fields");
    let want: Vec<String> = FIELDS
        .iter()
        .map(|field| {
            let kind = word(field.kind);
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
