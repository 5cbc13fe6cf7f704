//! The canonical form of a link: for keys only, never to be followed or shown.

use url::Url;

use crate::domain::{is_tracking, target};

/// Hosts of the same pages made for telephones, or without `www.`.
const TWINS: &[&str] = &["www.", "m.", "mobile.", "amp."];
/// What a folder's address may end in and mean the folder.
const INDEX: &[&str] = &["index.html", "index.htm", "index.php", "index.shtml", "default.asp", "default.aspx"];

/// A link's canonical form: `host/path?query`, as `docs/identity.md` describes it. `None` for what isn't http or https.
///
/// A redirect that carries its target is its target. The host in lower case without `www.`, `m.`, `mobile.` and `amp.`; no
/// scheme (http and https are one), no default port, no fragment (but `#!…` stays: it chose the page), no `/amp` and its
/// like, no `index.html`, no slash at the end; no tracking parameters, the others sorted; unreserved characters not escaped.
pub fn canonical_link(link: &str) -> Option<String> {
    let url = target(Url::parse(link.trim()).ok()?)?;
    let mut form = host(url.host_str()?);
    if let Some(port) = url.port().filter(|port| !matches!(port, 80 | 443)) {
        form.push_str(&format!(":{port}"));
    }
    let path = path(url.path());
    form.push_str(&path);
    let mut query: Vec<String> = url
        .query()
        .unwrap_or("")
        .split('&')
        .filter(|pair| !pair.is_empty() && !is_tracking(pair) && !is_twin(pair, &path))
        .map(unescape)
        .collect();
    query.sort_unstable();
    if !query.is_empty() {
        form.push('?');
        form.push_str(&query.join("&"));
    }
    if let Some(fragment) = url.fragment().filter(|fragment| fragment.starts_with('!')) {
        form.push('#');
        form.push_str(fragment);
    }
    Some(form)
}

/// Without what only says which twin it is: `www.example.org`, `m.example.org` and `en.m.example.org`.
fn host(host: &str) -> String {
    let mut host = host.trim_end_matches('.');
    while let Some(rest) = TWINS.iter().find_map(|twin| host.strip_prefix(twin)).filter(|rest| rest.contains('.')) {
        host = rest;
    }
    match host.split_once('.') {
        // en.m.wikipedia.org
        Some((language, rest)) if matches!(language.len(), 2 | 3) => match rest.strip_prefix("m.").filter(|rest| rest.contains('.')) {
            Some(rest) => format!("{language}.{rest}"),
            None => host.to_owned(),
        },
        _ => host.to_owned(),
    }
}

/// Without a session's id, without what makes it the AMP twin, without `index.html` and without a slash at the end.
fn path(path: &str) -> String {
    let path = unescape(path);
    let path = path.split(";jsessionid=").next().unwrap_or_default().trim_end_matches('/');
    let folder = |path: &str| match path.rsplit_once('/') {
        Some((folder, last)) if INDEX.iter().any(|index| last.eq_ignore_ascii_case(index)) => folder.trim_end_matches('/').to_owned(),
        _ => path.to_owned(),
    };
    let path = folder(path);
    let names_page = |path: &&str| path.len() > 1;
    if let Some(page) = path.strip_suffix("/amp").filter(names_page) {
        return folder(page.trim_end_matches('/'));
    }
    if let Some(page) = path.strip_prefix("/amp").filter(|page| page.starts_with('/')).filter(names_page) {
        return page.to_owned();
    }
    match path.strip_suffix(".amp.html").map(|page| format!("{page}.html")).or_else(|| path.strip_suffix(".amp").map(str::to_owned)) {
        Some(page) if page.len() > 1 && !page.ends_with('/') => page,
        _ => path,
    }
}

/// Whether a parameter only says which twin of the page it is: `?amp`, `?amp=1`, `?outputType=amp`, Blogger's `?m=1`.
fn is_twin(pair: &str, path: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    match name.to_ascii_lowercase().as_str() {
        "amp" => matches!(value, "" | "1" | "true"),
        "outputtype" | "output" => value == "amp",
        "m" => path.ends_with(".html") && matches!(value, "0" | "1"),
        _ => false,
    }
}

/// Whether a canonical link is a site's front page: it names no entry.
pub(super) fn is_front_page(canonical: &str) -> bool {
    !canonical.contains(['/', '?', '#'])
}

/// `%7E` is `~` (RFC 3986, section 6.2.2.2); what stays escaped has its hex digits in upper case.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let hex = rest.get(at + 1..at + 3).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(hex) = hex else {
            out.push('%');
            rest = &rest[at + 1..];
            continue;
        };
        match u8::from_str_radix(hex, 16) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{}", hex.to_ascii_uppercase())),
        }
        rest = &rest[at + 3..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_to_one_page_have_one_canonical_form() {
        for (link, form) in [
            ("https://example.org/a/b", "example.org/a/b"),
            ("HTTP://WWW.Example.ORG:80/a/b/", "example.org/a/b"),
            ("https://example.org:8443/a", "example.org:8443/a"),
            ("https://example.org/a?utm_source=rss&utm_medium=feed", "example.org/a"),
            ("https://example.org/a?b=2&a=1&fbclid=x#comments", "example.org/a?a=1&b=2"),
            ("https://example.org/a?UTM_Source=rss&&x", "example.org/a?x"),
            ("https://example.org/?p=123", "example.org?p=123"),
            ("https://example.org/#!/post/7", "example.org#!/post/7"),
            ("https://example.org/%7euser/%c3%a9", "example.org/~user/%C3%A9"),
            ("https://example.org/100%", "example.org/100%"),
            ("https://bücher.example/x", "xn--bcher-kva.example/x"),
            ("https://www.com/x", "www.com/x"),
            ("https://example.org./x", "example.org/x"),
            (" https://example.org/x ", "example.org/x"),
            // twins
            ("https://m.example.org/a", "example.org/a"),
            ("https://mobile.example.org/a", "example.org/a"),
            ("https://www.m.example.org/a", "example.org/a"),
            ("https://amp.example.org/a", "example.org/a"),
            ("https://en.m.example.org/wiki/A", "en.example.org/wiki/A"),
            ("https://example.org/a/amp/", "example.org/a"),
            ("https://example.org/a/amp/index.html", "example.org/a"),
            ("https://example.org/amp/news/a", "example.org/news/a"),
            ("https://example.org/a.amp.html", "example.org/a.html"),
            ("https://example.org/a.amp", "example.org/a"),
            ("https://example.org/a?amp=1", "example.org/a"),
            ("https://example.org/a?amp", "example.org/a"),
            ("https://example.org/a?outputType=amp&b", "example.org/a?b"),
            ("https://example.blogspot.com/2026/01/a.html?m=1", "example.blogspot.com/2026/01/a.html"),
            // one page of many addresses
            ("https://example.org/a/index.html", "example.org/a"),
            ("https://example.org/Index.PHP?p=1", "example.org?p=1"),
            ("https://example.org/a;jsessionid=0A1B?x=1", "example.org/a?x=1"),
            // where the reader came from
            ("https://example.org/a?source=rss----3-4&b=1", "example.org/a?b=1"),
            ("https://example.org/a?partner=rss&emc=rss", "example.org/a"),
            ("https://example.org/a?mod=rss_whatsnews", "example.org/a"),
            ("https://example.org/a?mtm_campaign=x&gclid=1&wt.mc_id=2", "example.org/a"),
        ] {
            assert_eq!(canonical_link(link).as_deref(), Some(form), "{link}");
        }
    }

    #[test]
    fn links_to_two_pages_keep_two_forms() {
        for (link, form) in [
            ("https://m.com/x", "m.com/x"),
            ("https://amp.dev/x", "amp.dev/x"),
            ("https://mobile.de/x", "mobile.de/x"),
            ("https://example.org/amp", "example.org/amp"),
            ("https://example.org/guide-to-amp", "example.org/guide-to-amp"),
            ("https://example.org/ampere/a", "example.org/ampere/a"),
            ("https://example.org/?m=202601", "example.org?m=202601"),
            ("https://example.org/list?m=1", "example.org/list?m=1"),
            ("https://example.org/a?amp=12", "example.org/a?amp=12"),
            ("https://example.org/a?source=rsshub", "example.org/a?source=rsshub"),
            ("https://example.org/a?source=reuters", "example.org/a?source=reuters"),
            ("https://example.org/feedback?ref=2", "example.org/feedback?ref=2"),
            ("https://example.org/index.html.en", "example.org/index.html.en"),
            ("https://example.org/a.html", "example.org/a.html"),
            ("https://example.org/A", "example.org/A"),
            ("https://example.org/a?b=1", "example.org/a?b=1"),
            ("https://example.org/a?url=https://other.example/", "example.org/a?url=https://other.example/"),
        ] {
            assert_eq!(canonical_link(link).as_deref(), Some(form), "{link}");
        }
    }

    #[test]
    fn what_leads_nowhere_has_no_canonical_form() {
        for link in ["", "mailto:a@example.org", "urn:uuid:1", "/relative", "javascript:void(0)"] {
            assert_eq!(canonical_link(link), None, "{link}");
        }
    }

    #[test]
    fn a_front_page_is_one_and_a_query_is_not() {
        for (link, front) in
            [("https://www.example.org/", true), ("https://example.org/?utm_source=x", true), ("https://example.org/?p=1", false)]
        {
            assert_eq!(is_front_page(&canonical_link(link).unwrap()), front, "{link}");
        }
    }
}
