//! A clean body as it goes out: what the operator replaces in its texts, and what links are to say.

use std::borrow::Cow;

use url::Url;

use super::clean::{Cleaned, Source, clean_from};
use super::tidy::{guard_into, quote_url};
use super::tokens::{Token, attribute, decode, tokens};
use crate::domain::{Affiliate, Boilerplate, Edits};

/// What `edits` make of a body, one after the other. `keep`: built-in rules that don't hold for its feed. The same body and the
/// same edits give the same; links that have been rewritten stay as they are when they are rewritten again.
pub fn edit(body: &Cleaned, edits: &[&Edits], keep: &[String]) -> Cleaned {
    let mut edited = body.clone();
    let remove: Vec<_> = edits.iter().flat_map(|edits| &edits.boilerplate.remove).cloned().collect();
    if !remove.is_empty() {
        edited = again(&edited, &edited.html, Boilerplate { remove, keep: keep.to_vec() });
    }
    if let Some(html) = replaced(&edited.html, edits) {
        // what became empty goes
        edited = again(&edited, &html, Boilerplate { remove: Vec::new(), keep: keep.to_vec() });
    }
    if edits.iter().any(|edits| !edits.links.is_empty()) {
        edited.html = linked(&edited.html, edits);
    }
    edited
}

fn again(body: &Cleaned, html: &str, boilerplate: Boilerplate) -> Cleaned {
    let cleaned = clean_from(html, &Source { boilerplate: Some(&boilerplate), ..Source::default() });
    let removed = [body.removed.clone(), cleaned.removed].concat();
    Cleaned { removed, ..cleaned }
}

/// The texts between the tags, replaced; `None`: nothing was found.
fn replaced(html: &str, edits: &[&Edits]) -> Option<String> {
    let all: Vec<_> = edits.iter().flat_map(|edits| &edits.replace).filter(|replacement| replacement.body).collect();
    let (mut out, mut copied) = (String::new(), 0);
    for (at, token) in tokens(html).filter(|_| !all.is_empty()) {
        let Token::Text(written) = token else { continue };
        let plain = decode(written);
        let mut text = Cow::Borrowed(plain.as_ref());
        for replacement in &all {
            if let Cow::Owned(changed) = replacement.apply(&text) {
                text = Cow::Owned(changed);
            }
        }
        if text != plain {
            out.push_str(&html[copied..at]);
            guard_into(&html_escape::encode_text(&text), &mut out);
            copied = at + written.len();
        }
    }
    (copied > 0).then(|| {
        out.push_str(&html[copied..]);
        out
    })
}

/// Links with their parameters and what they say of themselves.
fn linked(html: &str, edits: &[&Edits]) -> String {
    let mut rel: Vec<&str> = Vec::new();
    for word in edits.iter().flat_map(|edits| &edits.links.rel) {
        if !rel.contains(&word.as_str()) {
            rel.push(word);
        }
    }
    let rel = if rel.is_empty() { String::new() } else { format!(" rel=\"{}\"", rel.join(" ")) };
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    let mut copied = 0;
    for (at, token) in tokens(html) {
        let Token::Open("a", attributes) = token else { continue };
        let Some(mut url) = attribute(attributes, "href").and_then(|href| Url::parse(&href).ok()) else { continue };
        if !matches!(url.scheme(), "http" | "https") {
            continue;
        }
        for affiliate in edits.iter().flat_map(|edits| &edits.links.affiliate) {
            add(&mut url, affiliate);
        }
        out.push_str(&html[copied..at]);
        out.push_str(&format!("<a href=\"{}\"{rel}>", quote_url(url.as_str())));
        copied = at + "<a ".len() + attributes.len() + ">".len();
    }
    out.push_str(&html[copied..]);
    out
}

/// Sets the parameter on a link to its host.
fn add(url: &mut Url, affiliate: &Affiliate) {
    let of_host = url.host_str().is_some_and(|host| {
        host == affiliate.host || host.strip_suffix(affiliate.host.as_str()).is_some_and(|before| before.ends_with('.'))
    });
    if !of_host {
        return;
    }
    let is_own = |pair: &&str| pair.split('=').next() == Some(affiliate.name.as_str());
    let mut query: Vec<String> =
        url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !is_own(pair)).map(str::to_owned).collect();
    query.push(format!("{}={}", affiliate.name, affiliate.value));
    url.set_query(Some(&query.join("&")));
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::super::{Limits, clean};
    use super::*;
    use crate::domain::{Links, Replacement};

    fn replace(find: &str, with: &str, literal: bool) -> Replacement {
        Replacement { find: Regex::new(find).expect("a pattern"), with: with.to_owned(), literal, title: true, body: true, excerpt: true }
    }

    fn body(html: &str) -> Cleaned {
        clean(html, Some("https://x.example/"), &Limits::default())
    }

    #[test]
    fn texts_are_replaced_and_markup_never() {
        for (html, find, with, literal, want) in [
            (
                "<p>Big Corp and <b>Big Corp</b></p>",
                "Big Corp",
                "Big & <Co>",
                true,
                "<p>Big &amp; &lt;Co&gt; and <b>Big &amp; &lt;Co&gt;</b></p>",
            ),
            ("<p>2 a &amp; b</p>", r"(\w) & (\w)", "$2 & $1", false, "<p>2 b &amp; a</p>"),
            ("<p>a $1</p>", r"a", "$1", true, "<p>$1 $1</p>"),
            ("<p><a href=/href>href</a> p</p>", "href|p|a", "x", false, "<p><a href=\"https://x.example/href\">x</a> x</p>"),
            ("<p>gone</p><p>stays</p><ul><li>gone</li></ul>", "gone", "", true, "<p>stays</p>"),
            ("<p>a</p>", "a", "[gallery] <script>x</script>", true, "<p>&#91;gallery] &lt;script&gt;x&lt;/script&gt;</p>"),
            ("<p>a</p>", "b", "c", true, "<p>a</p>"),
        ] {
            let edits = Edits { replace: vec![replace(find, with, literal)], ..Edits::default() };
            assert_eq!(edit(&body(html), &[&edits], &[]).html, want, "{html}");
        }
        let edits = Edits { replace: vec![replace("one", "two", true), replace("two", "three", true)], ..Edits::default() };
        let edited = edit(&body("<p>one two</p>"), &[&edits], &[]);
        assert_eq!((edited.html.as_str(), edited.text.as_str()), ("<p>three three</p>", "three three"));
    }

    #[test]
    fn links_get_their_parameters_once() {
        let affiliate = |host: &str, name: &str| Affiliate { host: host.to_owned(), name: name.to_owned(), value: "me-21".to_owned() };
        let links = Links { rel: vec!["nofollow".to_owned(), "sponsored".to_owned()], affiliate: vec![affiliate("shop.example", "tag")] };
        let edits = Edits { links, ..Edits::default() };
        let only_rel =
            Edits { links: Links { rel: vec!["nofollow".to_owned(), "ugc".to_owned()], ..Links::default() }, ..Edits::default() };
        for (html, want) in [
            (
                "<a href=https://www.shop.example/x?a=1&tag=you#f>x</a>",
                "<p><a href=\"https://www.shop.example/x?a=1&amp;tag=me-21#f\" rel=\"nofollow sponsored ugc\">x</a></p>",
            ),
            ("<a href=https://myshop.example/x>x</a>", "<p><a href=\"https://myshop.example/x\" rel=\"nofollow sponsored ugc\">x</a></p>"),
            ("<a href=mailto:a@b.example>x</a>", "<p><a href=\"mailto:a@b.example\">x</a></p>"),
            (
                "<a href=/l><img src=/i.jpg></a>",
                "<figure><a href=\"https://x.example/l\" rel=\"nofollow sponsored ugc\"><img src=\"https://x.example/i.jpg\" alt=\"\"/></a></figure>",
            ),
        ] {
            let once = edit(&body(html), &[&edits, &only_rel], &[]);
            assert_eq!(once.html, want, "{html}");
            assert_eq!(edit(&once, &[&edits, &only_rel], &[]).html, want, "{html}");
        }
    }

    #[test]
    fn a_rule_may_leave_paragraphs_out() {
        let boilerplate = Boilerplate { remove: vec![Regex::new("^Buy").expect("a pattern")], keep: Vec::new() };
        let edits = Edits { boilerplate, ..Edits::default() };
        let edited = edit(&body("<p>One.</p><p>Buy now!</p>"), &[&edits], &[]);
        assert_eq!((edited.html.as_str(), edited.words), ("<p>One.</p>", 1));
        assert_eq!(edited.removed.len(), 1);
    }
}
