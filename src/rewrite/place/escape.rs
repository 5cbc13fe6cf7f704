//! Values as each place of a body wants them.

use minijinja::Environment;
use minijinja::value::{Value, ValueKind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::filters::escape_html;
use super::is_safe_scheme;

/// RFC 3986, section 2.3: these need no encoding anywhere.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// Puts the filters in with which the engine wraps values; no template can name them.
pub(in super::super) fn install(env: &mut Environment<'static>) {
    for (name, filter) in [
        ("_attribute", attribute as fn(&Value) -> String),
        ("_url", url),
        ("_url_path", |value| utf8_percent_encode(&value.to_string(), PATH).to_string()),
        ("_url_query", |value| utf8_percent_encode(&value.to_string(), QUERY).to_string()),
        ("_json_text", |value| json_text(&value.to_string())),
        ("_json_value", json_value),
        ("_comment", |value| escape_html(&value.to_string()).replace("--", "&#45;&#45;")),
    ] {
        env.add_filter(name, move |value: &Value| Value::from_safe_string(if is_nothing(value) { String::new() } else { filter(value) }));
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_none() || value.is_undefined()
}

/// Markup is escaped already, but for what ends an attribute.
fn attribute(value: &Value) -> String {
    let text = value.to_string();
    let text = if value.is_safe() { text.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;") } else { escape_html(&text) };
    text.replace('\'', "&#39;")
}

/// An address that leads nowhere else than a reader may go; else nothing.
fn url(value: &Value) -> String {
    let text = value.to_string();
    // browsers leave these out where they look for the scheme
    let text: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    let scheme = text.split(['/', '?', '#']).next().unwrap_or_default().split_once(':').map(|(scheme, _)| scheme);
    if scheme.is_some_and(|scheme| !is_safe_scheme(scheme)) {
        return String::new();
    }
    // `[` would begin a shortcode, and WordPress doesn't read entities in addresses before it looks for those
    escape_html(&text.replace('[', "%5B").replace(']', "%5D")).replace('\'', "%27")
}

/// As WordPress' own `serialize_block_attributes` writes it, so that nothing in it ends the comment.
fn json_text(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted[1..quoted.len() - 1].replace("\\\"", "\\u0022");
    inner.replace("--", "\\u002d\\u002d").replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('[', "\\u005b")
}

fn json_value(value: &Value) -> String {
    match value.kind() {
        ValueKind::Number | ValueKind::Bool => value.to_string().to_lowercase(),
        _ => format!("\"{}\"", json_text(&value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_nowhere_but_where_a_reader_may_go() {
        for (text, safe) in [
            ("https://a.example/?a=1&b=\"2\"", "https://a.example/?a=1&amp;b=&quot;2&quot;"),
            ("HTTP://a.example/it's", "HTTP://a.example/it%27s"),
            ("/path:with", "/path:with"),
            ("mailto:a@b.example", "mailto:a@b.example"),
            ("javascript:alert(1)", ""),
            (" \u{1}JavaScript:alert(1)", ""),
            ("java\nscript:alert(1)", ""),
            ("data:text/html,<script>", ""),
            ("vbscript:x", ""),
            ("https://a.example/[gallery]", "https://a.example/%5Bgallery%5D"),
        ] {
            assert_eq!(url(&Value::from(text)), safe, "{text}");
        }
    }

    #[test]
    fn nothing_ends_the_place_that_it_stands_in() {
        let nasty = "\" ' > --> <b> & \\ ] }";
        assert_eq!(attribute(&Value::from(nasty)), "&quot; &#39; &gt; --&gt; &lt;b&gt; &amp; \\ ] }");
        assert_eq!(json_text(nasty), "\\u0022 ' \\u003e \\u002d\\u002d\\u003e \\u003cb\\u003e \\u0026 \\\\ ] }");
        let back: String = serde_json::from_str(&format!("\"{}\"", json_text(nasty))).unwrap();
        assert_eq!(back, nasty);
        let markup = Value::from_safe_string("<b class=\"x\">a &amp; b</b>".to_owned());
        assert_eq!(attribute(&markup), "&lt;b class=&quot;x&quot;&gt;a &amp; b&lt;/b&gt;");
        assert_eq!(json_value(&Value::from(7)), "7");
    }
}
