//! The canonical form of a link: for keys only, never to be followed or shown.

use url::Url;

/// Query parameters that say where a reader came from, not what is shown. Prefixes end in `*`.
const TRACKING: &[&str] = &[
    "utm_*",
    "mtm_*",
    "pk_*",
    "piwik_*",
    "matomo_*",
    "hsa_*",
    "at_*",
    "_hs*",
    "vero_*",
    "fbclid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "gclsrc",
    "msclkid",
    "yclid",
    "ysclid",
    "twclid",
    "ttclid",
    "li_fat_id",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "oly_anon_id",
    "oly_enc_id",
    "rb_clickid",
    "s_cid",
    "wickedid",
    "ncid",
    "cmpid",
    "ocid",
    "xtor",
    "_openstat",
    "spm",
    "scm",
    "srsltid",
    "fb_action_ids",
    "fb_action_types",
    "fb_source",
    "fb_ref",
];

/// A link's canonical form: `host/path?query`. The host in lower case without `www.`, no scheme (http and https are one), no
/// default port, no fragment (but `#!…` stays: it chose the page), no tracking parameters, the others sorted, unreserved
/// characters not escaped, no slash at the end. `None` for what isn't http or https.
pub fn canonical_link(link: &str) -> Option<String> {
    let url = Url::parse(link.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?.trim_end_matches('.');
    let mut form = host.strip_prefix("www.").filter(|rest| rest.contains('.')).unwrap_or(host).to_owned();
    if let Some(port) = url.port().filter(|port| !matches!(port, 80 | 443)) {
        form.push_str(&format!(":{port}"));
    }
    form.push_str(unescape(url.path()).trim_end_matches('/'));
    let mut query: Vec<String> =
        url.query().unwrap_or("").split('&').filter(|pair| !pair.is_empty() && !is_tracking(pair)).map(unescape).collect();
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

/// Whether a canonical link is a site's front page: it names no entry.
pub(super) fn is_front_page(canonical: &str) -> bool {
    !canonical.contains(['/', '?', '#'])
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or("").to_ascii_lowercase();
    TRACKING.iter().any(|known| match known.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == *known,
    })
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
