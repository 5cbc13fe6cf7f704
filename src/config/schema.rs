//! A JSON Schema of the configuration, for editors.

use serde_json::{Map, Value, json};
use toml::de::{DeTable, DeValue};

use super::raw::File;
use super::raw::node::Node;

/// JSON Schema (draft 2020-12) of what may be written, with each key's sentence and default.
pub fn schema() -> Value {
    let mut schema = File::schema();
    let defaults = DeTable::parse(include_str!("defaults.toml")).expect("a test reads the built-in defaults");
    fill(&mut schema, defaults.get_ref());
    let keys = schema["properties"]["defaults"]["properties"].clone();
    for table in ["group", "feed"] {
        for (key, value) in keys.as_object().cloned().unwrap_or_default() {
            schema["properties"][table]["items"]["properties"][key] = value;
        }
    }
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("wirepress.toml");
    schema
}

/// Puts the defaults of a table beside its keys' types.
fn fill(schema: &mut Value, defaults: &DeTable<'_>) {
    for (key, value) in defaults {
        let key: &str = key.get_ref();
        let property = &mut schema["properties"][key];
        match value.get_ref() {
            DeValue::Table(table) if property["properties"].is_object() && key != "feed_categories" => fill(property, table),
            DeValue::Array(tables) if key == "site" => {
                for table in tables.iter().filter_map(|table| table.get_ref().as_table()) {
                    fill(&mut property["items"], table);
                }
            }
            other => property["default"] = plain(other),
        }
    }
}

/// A TOML value as JSON.
fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => json!(text),
        DeValue::Integer(number) => number.as_str().parse::<i64>().map_or(Value::Null, |number| json!(number)),
        DeValue::Boolean(value) => json!(value),
        DeValue::Array(values) => values.iter().map(|value| plain(value.get_ref())).collect(),
        DeValue::Table(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref()))).collect::<Map<_, _>>())
        }
        // no key has such a default
        DeValue::Float(_) | DeValue::Datetime(_) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_tells_editors_types_sentences_and_defaults() {
        let schema = schema();
        let feed = &schema["properties"]["feed"]["items"];
        assert_eq!(feed["required"], json!(["name", "url"]));
        assert_eq!(feed["additionalProperties"], json!(false));
        assert_eq!(feed["properties"]["backfill"]["default"], json!(3));
        assert_eq!(feed["properties"]["status"]["enum"], json!(["draft", "pending", "private", "publish", "future"]));
        assert_eq!(feed["properties"]["feed_categories"]["default"], json!({ "to": "tags", "new": "match" }));
        assert_eq!(schema["properties"]["site"]["items"]["properties"]["settle"]["default"], json!("2m"));
        assert_eq!(schema["properties"]["store"]["properties"]["keep"]["default"], json!("90d"));
    }
}
