//! Which of the fields that went out WordPress refuses (pure): its answer names them in one of four ways, or in none.
//!
//! Parameters of the post stand in `data.params`. Custom fields are refused one by one while the post is saved: a right that is missing
//! names the field in `data.key`, a wrong value only in the message (`meta.price is not of type integer.`). Newer WordPress tells all of
//! them at once (`additional_errors`), 6.1 the first; a plug-in's own refusal often names none.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::wordpress::{Failure, Refusal};

/// Fields that a post can go without, where WordPress refuses it for them.
const DISPENSABLE: [&str; 6] = ["format", "sticky", "comment_status", "ping_status", "template", "parent"];
/// Fields that go out in a request of their own: whatever it is refused for is about them.
const ALONE: [&str; 2] = ["meta", "aioseo_meta_data"];

/// What a refusal is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Something else, which the post can't go without; or it is no refusal.
    Other,
    /// These, which the post can go without.
    These(Vec<Part>),
    /// Some of those that went out alone, and nobody says which: each is tried by itself.
    Unnamed,
}

/// A field, or one custom field, of what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Part {
    /// `sticky`, `meta`.
    pub name: String,
    /// The custom field's own name.
    pub key: Option<String>,
}

impl Part {
    fn whole(name: &str) -> Self {
        Self { name: name.to_owned(), key: None }
    }

    fn custom(key: &str) -> Self {
        Self { name: "meta".to_owned(), key: Some(key.to_owned()) }
    }

    /// What was sent of it.
    pub fn value<'s>(&self, sent: &'s BTreeMap<String, Value>) -> Option<&'s Value> {
        let whole = sent.get(&self.name)?;
        self.key.as_ref().map_or(Some(whole), |key| whole.get(key))
    }

    /// What is sent of it, alone.
    pub fn alone(&self, sent: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        let value = self.value(sent).cloned().unwrap_or_default();
        let value = self.key.as_ref().map_or(value.clone(), |key| json!({ key.clone(): value }));
        [(self.name.clone(), value)].into()
    }

    /// Leaves it out.
    pub fn take_out(&self, fields: &mut BTreeMap<String, Value>) {
        let Some(key) = &self.key else { return drop(fields.remove(&self.name)) };
        if let Some(Value::Object(all)) = fields.get_mut(&self.name) {
            all.remove(key);
            if all.is_empty() {
                fields.remove(&self.name);
            }
        }
    }

    /// As the configuration calls it.
    pub fn told(&self) -> String {
        let name = match (self.name.as_str(), &self.key) {
            (_, Some(key)) => return format!("the custom field `{key}`"),
            ("format", _) => "post_format",
            ("template", _) => "page_template",
            ("aioseo_meta_data", _) => "seo",
            (other, _) => other,
        };
        format!("`{name}`")
    }
}

/// All that can be refused by itself.
pub fn parts(sent: &BTreeMap<String, Value>) -> Vec<Part> {
    let part = |(name, value): (&String, &Value)| match value {
        Value::Object(all) if name == "meta" => all.keys().map(|key| Part::custom(key)).collect(),
        _ => vec![Part::whole(name)],
    };
    sent.iter().flat_map(part).collect()
}

/// Of what was sent, what a refusal is about and what the post can go without.
pub fn refused(sent: &BTreeMap<String, Value>, failure: &Failure) -> Refused {
    let Some(refusal) = failure.refusal() else { return Refused::Other };
    let is_alone = !sent.is_empty() && sent.keys().all(|name| ALONE.contains(&name.as_str()));
    if !is_alone {
        return of_the_post(sent, refusal);
    }
    let is_about_fields = matches!(refusal.code.as_str(), "rest_cannot_update" | "rest_cannot_delete");
    // the post is gone, or another's now; or nobody is let in at all
    if (refusal.look_again && !is_about_fields) || matches!(failure, Failure::Unwelcome(_)) {
        return Refused::Other;
    }
    let parts = parts(sent);
    let custom = sent.get("meta").and_then(Value::as_object);
    let named: Vec<Part> = custom.into_iter().flat_map(|custom| named(custom, refusal)).map(Part::custom).collect();
    match parts.as_slice() {
        _ if !named.is_empty() => Refused::These(named),
        [one] => Refused::These(vec![one.clone()]),
        _ => Refused::Unnamed,
    }
}

/// Of a request that makes a post: it tells the parameters.
fn of_the_post(sent: &BTreeMap<String, Value>, refusal: &Refusal) -> Refused {
    let named: Vec<&str> = match refusal.code.as_str() {
        "rest_cannot_assign_sticky" | "rest_invalid_field" => vec!["sticky"],
        "rest_post_invalid_id" => vec!["parent"],
        _ => refusal.params.iter().map(|name| name.split(['.', '[']).next().unwrap_or(name)).collect(),
    };
    let parts: Vec<Part> =
        named.into_iter().filter(|name| sent.contains_key(*name) && DISPENSABLE.contains(name)).map(Part::whole).collect();
    if parts.is_empty() { Refused::Other } else { Refused::These(parts) }
}

/// Of these custom fields, those that the answer names: `meta.price`, `meta[price][0]`.
fn named<'s>(custom: &'s Map<String, Value>, refusal: &Refusal) -> Vec<&'s str> {
    let told: Vec<&str> = refusal.params.iter().map(String::as_str).chain([refusal.message.as_str()]).collect();
    let all = custom.keys().filter(|key| told.iter().any(|text| names(text, key)));
    all.map(String::as_str).collect()
}

/// Whether a text names this custom field, and not one whose name only begins or ends so.
fn names(text: &str, key: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '-'));
    // of `meta.a.b` it can't be told whether `a.b` is meant or the `b` in `a`: both are tried without
    let dotted = text.match_indices(&format!("meta.{key}")).any(|(at, found)| !goes_on(&text[at + found.len()..]));
    dotted || text.contains(&format!("meta[{key}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&str, Value)]) -> BTreeMap<String, Value> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn refusal(code: &str, message: &str, params: &[&str]) -> Refusal {
        let params = params.iter().map(|name| (*name).to_owned()).collect();
        Refusal { status: 400, code: code.to_owned(), message: message.to_owned(), params, ..Refusal::default() }
    }

    fn told(refused: Refused) -> Vec<String> {
        match refused {
            Refused::These(parts) => parts.iter().map(Part::told).collect(),
            Refused::Unnamed => vec!["each alone".to_owned()],
            Refused::Other => Vec::new(),
        }
    }

    #[test]
    fn only_what_a_post_can_go_without_is_left_out_after_a_refusal() {
        let sent = sent(&[("template", json!("wide.php")), ("sticky", json!(true)), ("password", json!("x"))]);
        for (code, params, wanted) in [
            ("rest_invalid_param", vec!["template"], vec!["`page_template`"]),
            ("rest_cannot_assign_sticky", vec![], vec!["`sticky`"]),
            ("rest_invalid_param", vec!["content"], vec![]),
            ("rest_invalid_param", vec!["password"], vec![]),
            ("rest_invalid_param", vec!["password", "template"], vec!["`page_template`"]),
            ("empty_content", vec![], vec![]),
        ] {
            assert_eq!(told(refused(&sent, &Failure::Refused(refusal(code, "", &params)))), wanted, "{code} {params:?}");
        }
        let unclear = Failure::Unclear { what: "x", because: String::new(), wait: None, cause: None };
        assert_eq!(refused(&sent, &unclear), Refused::Other);
    }

    #[test]
    fn of_custom_fields_only_those_are_refused_that_the_answer_names() {
        let sent = sent(&[("meta", json!({"price": 1, "price_old": 2, "a.b": 3, "list": []}))]);
        let (price, list) = ("the custom field `price`", "the custom field `list`");
        for (code, message, params, wanted) in [
            ("rest_cannot_update", "Sorry, you are not allowed to edit the price custom field.", vec!["meta.price"], vec![price]),
            ("rest_not_in_enum", "meta.price is not one of 2, 3.", vec![], vec![price]),
            ("rest_too_short", "meta[list][0] must be at least 2 characters long.", vec![], vec![list]),
            ("rest_invalid_type", "meta.price_old is not of type string.", vec![], vec!["the custom field `price_old`"]),
            ("rest_invalid_type", "meta.a.b is not of type string.", vec![], vec!["the custom field `a.b`"]),
            ("rest_cannot_update", "No.; rest_invalid_type: meta.list is not of type string.", vec!["meta.price"], vec![list, price]),
            ("rest_invalid_param", "Invalid parameter(s): meta", vec!["meta"], vec!["each alone"]),
            ("a_plug_in_says_no", "This can't be.", vec![], vec!["each alone"]),
        ] {
            assert_eq!(told(refused(&sent, &Failure::Refused(refusal(code, message, &params)))), wanted, "{code} {message}");
        }
        let both = self::sent(&[("aioseo_meta_data", json!({"title": "x"})), ("meta", json!({"price": 1}))]);
        let no = Failure::Refused(refusal("a_plug_in_says_no", "This can't be.", &[]));
        assert_eq!(refused(&both, &no), Refused::Unnamed);
        for part in parts(&both) {
            assert_eq!(told(refused(&part.alone(&both), &no)), [part.told()], "alone, it can only be this one");
        }
    }

    #[test]
    fn what_says_that_the_post_is_gone_or_nobody_is_let_in_is_about_no_field() {
        let sent = sent(&[("meta", json!({"price": 1}))]);
        let look = |code| Failure::Refused(Refusal { look_again: true, ..refusal(code, "meta.price", &[]) });
        assert_eq!(refused(&sent, &look("rest_post_invalid_id")), Refused::Other);
        assert_eq!(refused(&sent, &look("rest_cannot_edit")), Refused::Other);
        assert_eq!(told(refused(&sent, &look("rest_cannot_update"))), ["the custom field `price`"]);
        assert_eq!(refused(&sent, &Failure::Unwelcome(refusal("rest_disabled", "Off", &[]))), Refused::Other);
    }

    #[test]
    fn what_is_left_out_leaves_the_others() {
        let mut fields = sent(&[("sticky", json!(true)), ("meta", json!({"a": 1, "b": [2]}))]);
        Part::custom("a").take_out(&mut fields);
        assert_eq!(fields, sent(&[("sticky", json!(true)), ("meta", json!({"b": [2]}))]));
        Part::custom("b").take_out(&mut fields);
        assert_eq!(fields, sent(&[("sticky", json!(true))]));
        Part::whole("sticky").take_out(&mut fields);
        assert_eq!(fields, BTreeMap::new());
    }

    #[test]
    fn each_part_goes_out_alone_as_it_went_out_with_the_others() {
        let sent = sent(&[("aioseo_meta_data", json!({"title": "x"})), ("meta", json!({"a": 1, "b": [2]}))]);
        let alone: Vec<Value> = parts(&sent).iter().map(|part| json!(part.alone(&sent))).collect();
        assert_eq!(alone, [json!({"aioseo_meta_data": {"title": "x"}}), json!({"meta": {"a": 1}}), json!({"meta": {"b": [2]}})]);
    }
}
