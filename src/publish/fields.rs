//! What a draft has beside texts, terms and pictures becomes what the site can hold of it (pure); what it can't is named.
//!
//! WordPress refuses a whole post for one field that it doesn't like, drops others without a word, and refuses custom fields only
//! when the post is made already. So what goes out is what the site's schema lists; custom fields go out alone, once the post's id is
//! stored; what WordPress refuses all the same ([`super::refused`]) is left out; and the answers are compared with what was sent.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::{Extras, Post, Secret};
use crate::wordpress::{PostType, Property, Schema, SeoParts};

/// What goes out of a draft's extras.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields {
    /// With the post itself.
    pub first: BTreeMap<String, Value>,
    /// Once the post is made: custom fields, and what plug-ins added.
    pub later: BTreeMap<String, Value>,
    /// What can't go out, for a person.
    pub warnings: Vec<String>,
    /// Why the post must not be more than a draft.
    pub hold_back: Option<String>,
}

/// What the site's side of a draft's extras is.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub kind: &'a PostType,
    pub schema: &'a Schema,
    /// The formats that the theme has; `None`: it doesn't say.
    pub formats: Option<&'a [String]>,
}

/// What of these extras goes out. `parent`: the id that the draft's parent has become. `password`: what opens the post, where the
/// draft wants one. `seo`: what is sent of it with the post.
pub fn fields(extras: &Extras, place: &Place<'_>, parent: Option<u64>, password: Option<&Secret>, seo: &SeoParts) -> Fields {
    let mut out = Fields::default();
    let Place { kind, schema, formats } = *place;
    let texts = [
        ("format", "post_format", &extras.format),
        ("comment_status", "comment_status", &extras.comment_status),
        ("ping_status", "ping_status", &extras.ping_status),
        ("template", "page_template", &extras.template),
    ];
    for (field, key, text) in texts.into_iter().filter_map(|(field, key, text)| Some((field, key, text.as_ref()?))) {
        let known = schema.writable(field);
        if known.is_none() {
            out.warnings.push(lacks(kind, key));
        } else if let Some(formats) = formats.filter(|all| field == "format" && text != "standard" && !all.contains(text)) {
            out.warnings.push(format!("without `post_format`: the site's theme has no `{text}`, only {}", formats.join(", ")));
        } else if let Some(known) = known.filter(|known| !known.allowed.is_empty() && !known.allowed.contains(text)) {
            out.warnings.push(format!("without `{key}`: the site doesn't take `{text}`, only {}", known.allowed.join(", ")));
        } else {
            out.first.insert(field.to_owned(), json!(text));
        }
    }
    if let Some(sticky) = extras.sticky {
        match schema.writable("sticky") {
            Some(_) => drop(out.first.insert("sticky".to_owned(), json!(sticky))),
            None if sticky => out.warnings.push(lacks(kind, "sticky")),
            None => {}
        }
    }
    match (&extras.parent, parent) {
        (None, _) => {}
        (Some(_), _) if schema.writable("parent").is_none() => out.warnings.push(lacks(kind, "parent")),
        (Some(_), Some(id)) => drop(out.first.insert("parent".to_owned(), json!(id))),
        (Some(name), None) => out.warnings.push(format!("without `parent`: there is no `{name}` among the site's {}", kind.rest_base)),
    }
    match (&extras.password_of, password) {
        (None, _) => {}
        (Some(_), _) if schema.writable("password").is_none() => {
            out.hold_back = Some(format!("{}: left as a draft, as everybody could read it", lacks(kind, "post_password")));
        }
        (Some(_), Some(password)) => drop(out.first.insert("password".to_owned(), json!(password.reveal()))),
        (Some(feed), None) => {
            out.hold_back = Some(format!("the `post_password` of `{feed}` can't be had: left as a draft, as everybody could read it"));
        }
    }
    let mut meta = seo.meta.clone();
    for (key, text) in &extras.meta {
        match schema.meta(key).map(|known| value(known, text)) {
            None => out.warnings.push(format!(
                "without the custom field `{key}`: the site doesn't have it open to REST for its {} (`register_post_meta` with `show_in_rest`)",
                kind.rest_base
            )),
            Some(None) => out.warnings.push(format!("without the custom field `{key}`: the site wants {}, not `{}`", wanted(schema, key), short(text))),
            Some(Some(value)) => drop(meta.insert(key.clone(), value)),
        }
    }
    if !meta.is_empty() {
        out.later.insert("meta".to_owned(), json!(meta));
    }
    out.later.extend(seo.fields.clone());
    out
}

fn lacks(kind: &PostType, key: &str) -> String {
    format!("without `{key}`: the site's {} have none", kind.rest_base)
}

fn wanted(schema: &Schema, key: &str) -> String {
    schema.meta(key).map(|known| known.kinds.iter().cloned().collect::<Vec<_>>().join(" or ")).unwrap_or_default()
}

fn short(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A text as the kind of value that the site registered; `None`: it can't be one.
pub(super) fn value(known: &Property, text: &str) -> Option<Value> {
    let is = |kind: &str| known.kinds.contains(kind);
    let text = if is("string") { text } else { text.trim() };
    let from_json = || serde_json::from_str::<Value>(text).ok();
    let items = || known.items.is_empty() || known.items.contains("string");
    let value = match () {
        () if is("string") || known.kinds.is_empty() => Some(json!(text)),
        () if is("boolean") => match text {
            "true" | "1" | "yes" => Some(json!(true)),
            "false" | "0" | "no" => Some(json!(false)),
            _ => None,
        },
        () if is("integer") => text.parse::<i64>().ok().map(|number| json!(number)),
        () if is("number") => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| json!(number)),
        () if is("array") => from_json().filter(Value::is_array).or_else(|| items().then(|| json!([text]))),
        () if is("object") => from_json().filter(Value::is_object),
        () => None,
    };
    value.filter(|value| known.allowed.is_empty() || value.as_str().is_none_or(|text| known.allowed.iter().any(|known| known == text)))
}

/// What was sent and isn't in the answer, by name.
pub fn unkept(sent: &BTreeMap<String, Value>, post: &Post) -> Vec<String> {
    let mut warnings = Vec::new();
    for (name, value) in sent {
        match (name.as_str(), value) {
            ("password", _) => {
                if !post.is_protected {
                    warnings.push("WordPress didn't take the password".to_owned());
                }
            }
            (_, Value::Object(fields)) => {
                for (key, value) in fields {
                    let told = post.more.get(name).map_or(&Value::Null, |told| &told[key]);
                    let called = if name == "meta" { format!("the custom field `{key}`") } else { format!("`{name}.{key}`") };
                    warnings.extend(differs(&called, value, told));
                }
            }
            _ => {
                let told = post.more.get(name).unwrap_or(&Value::Null);
                let called = if name == "template" { "the theme's template".to_owned() } else { format!("`{name}`") };
                warnings.extend(differs(&called, value, told));
            }
        }
    }
    warnings
}

fn differs(called: &str, sent: &Value, told: &Value) -> Option<String> {
    if alike(sent, told) {
        return None;
    }
    let shown = |value: &Value| short(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    Some(match is_nothing(told) {
        true => format!("WordPress didn't take {called}: `{}`", shown(sent)),
        false => format!("WordPress made `{}` of {called}: `{}`", shown(told), shown(sent)),
    })
}

/// What WordPress tells of a field that nobody has filled.
pub(super) fn is_nothing(told: &Value) -> bool {
    told.is_null() || *told == json!("") || *told == json!([]) || *told == json!(0) || *told == json!(false)
}

/// Numbers and yes and no come back as texts where a plug-in stores them so, and texts with entities.
pub(super) fn alike(sent: &Value, told: &Value) -> bool {
    let plain = |value: &Value| match value {
        Value::String(text) => Some(html_escape::decode_html_entities(text.trim()).into_owned()),
        Value::Bool(yes) => Some(u8::from(*yes).to_string()),
        Value::Number(number) => Some(number.as_f64().map_or_else(|| number.to_string(), |number| number.to_string())),
        _ => None,
    };
    sent == told || (plain(sent).is_some() && plain(sent) == plain(told))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(kind: &str) -> Property {
        Property { kinds: [kind.to_owned()].into(), ..Property::default() }
    }

    fn schema() -> Schema {
        let meta =
            [("views", "integer"), ("score", "number"), ("paid", "boolean"), ("names", "array"), ("place", "object"), ("note", "string")];
        let properties = meta.map(|(name, kind)| (name.to_owned(), kinds(kind))).into();
        let format = Property { allowed: vec!["standard".to_owned(), "aside".to_owned()], ..kinds("string") };
        let fields = ["sticky", "comment_status", "template", "password"].map(|name| (name.to_owned(), kinds("string")));
        let mut fields: BTreeMap<String, Property> = fields.into();
        fields.insert("format".to_owned(), format);
        fields.insert("meta".to_owned(), Property { properties, ..kinds("object") });
        Schema { fields, batch: true }
    }

    fn out(extras: &Extras) -> Fields {
        let (kind, schema) = (PostType::default(), schema());
        fields(extras, &Place { kind: &kind, schema: &schema, formats: None }, None, None, &SeoParts::default())
    }

    #[test]
    fn only_what_the_site_can_hold_goes_out_and_the_rest_is_named() {
        let extras = Extras {
            format: Some("video".to_owned()),
            sticky: Some(true),
            comment_status: Some("closed".to_owned()),
            ping_status: Some("closed".to_owned()),
            parent: Some("about".to_owned()),
            ..Extras::default()
        };
        let out = out(&extras);
        assert_eq!(out.first, BTreeMap::from([("comment_status".to_owned(), json!("closed")), ("sticky".to_owned(), json!(true))]));
        assert_eq!(
            out.warnings,
            [
                "without `post_format`: the site doesn't take `video`, only standard, aside",
                "without `ping_status`: the site's posts have none",
                "without `parent`: the site's posts have none",
            ]
        );
    }

    #[test]
    fn a_text_becomes_the_kind_of_value_that_the_site_registered() {
        for (key, text, wanted) in [
            ("views", " 12 ", Some(json!(12))),
            ("views", "many", None),
            ("score", "1.5", Some(json!(1.5))),
            ("score", "NaN", None),
            ("paid", "yes", Some(json!(true))),
            ("paid", "perhaps", None),
            ("names", "[\"a\", \"b\"]", Some(json!(["a", "b"]))),
            ("names", "Jane", Some(json!(["Jane"]))),
            ("place", "{\"lat\": 1}", Some(json!({"lat": 1}))),
            ("place", "Vienna", None),
            ("note", "  12 ", Some(json!("  12 "))),
        ] {
            assert_eq!(value(schema().meta(key).expect("a field"), text), wanted, "{key} {text}");
        }
        let extras =
            Extras { meta: [("unknown".to_owned(), "x".to_owned()), ("views".to_owned(), "many".to_owned())].into(), ..Extras::default() };
        let out = out(&extras);
        assert!(out.later.is_empty());
        assert!(
            out.warnings[0].contains("`unknown`")
                && out.warnings[1] == "without the custom field `views`: the site wants integer, not `many`"
        );
    }

    #[test]
    fn a_post_whose_password_cant_be_had_is_no_more_than_a_draft() {
        let extras = Extras { password_of: Some("news".to_owned()), ..Extras::default() };
        assert!(out(&extras).hold_back.expect("a reason").contains("`news`"));
        let (kind, schema) = (PostType::default(), schema());
        let place = Place { kind: &kind, schema: &schema, formats: None };
        let secret = Secret::new("opens".to_owned());
        let out = fields(&extras, &place, None, Some(&secret), &SeoParts::default());
        assert_eq!((out.hold_back, &out.first["password"]), (None, &json!("opens")));
    }

    #[test]
    fn what_wordpress_dropped_is_named() {
        let sent = BTreeMap::from([
            ("template".to_owned(), json!("wide.php")),
            ("sticky".to_owned(), json!(true)),
            ("password".to_owned(), json!("x")),
            ("meta".to_owned(), json!({"views": 5, "note": "a & b", "gone": "x"})),
        ]);
        let more = BTreeMap::from([
            ("template".to_owned(), json!("")),
            ("sticky".to_owned(), json!(true)),
            ("meta".to_owned(), json!({"views": "5", "note": "a &amp; b"})),
        ]);
        let post = Post { more, ..Post::default() };
        assert_eq!(
            unkept(&sent, &post),
            [
                "WordPress didn't take the custom field `gone`: `x`",
                "WordPress didn't take the password",
                "WordPress didn't take the theme's template: `wide.php`",
            ]
        );
        let none = Post { more: BTreeMap::from([("meta".to_owned(), json!([]))]), ..Post::default() };
        assert_eq!(
            unkept(&BTreeMap::from([("meta".to_owned(), json!({"a": 1}))]), &none),
            ["WordPress didn't take the custom field `a`: `1`"]
        );
    }
}
