//! The GUID's form for keys.

/// Trimmed, and without its scheme where that is http or https: sites that turn to https write the same GUIDs anew.
/// `None` where nothing is left.
pub(super) fn normal(guid: &str) -> Option<&str> {
    let guid = guid.trim();
    let bare = strip(guid, "https://").or_else(|| strip(guid, "http://")).unwrap_or(guid);
    (!bare.is_empty()).then_some(bare)
}

/// Whether the GUID means the same in every feed: a URL, or a URI made to be unique (`tag:`, `urn:`).
pub(super) fn is_global(guid: &str) -> bool {
    let guid = guid.trim();
    guid.contains("://") || strip(guid, "tag:").is_some() || strip(guid, "urn:").is_some()
}

/// The host that a GUID names, in lower case without `www.`, and what follows it: the same entry's, should the site move.
/// `None` where there is no host (`123`, `urn:uuid:…`) or nothing follows it.
pub(super) fn split(guid: &str) -> Option<(String, &str)> {
    let guid = guid.trim();
    let (host, rest) = match strip(guid, "https://").or_else(|| strip(guid, "http://")) {
        Some(bare) => bare.split_at(bare.find(['/', '?', '#'])?),
        // tag:host,date:specific (RFC 4151)
        None => {
            let bare = strip(guid, "tag:")?;
            bare.split_at(bare.find(',')?)
        }
    };
    let names_something = rest.contains(|c: char| c.is_alphanumeric());
    let host = host.to_ascii_lowercase();
    names_something.then(|| (host.strip_prefix("www.").unwrap_or(&host).to_owned(), rest))
}

fn strip<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_loses_white_space_and_scheme_and_nothing_else() {
        for (guid, bare) in [
            ("http://x.example/1", Some("x.example/1")),
            (" https://x.example/1\n", Some("x.example/1")),
            ("HTTPS://x.example/A", Some("x.example/A")),
            ("ftp://x.example/1", Some("ftp://x.example/1")),
            ("tag:x.example,2026:1", Some("tag:x.example,2026:1")),
            ("123", Some("123")),
            ("ключ", Some("ключ")),
            ("  ", None),
            ("http://", None),
        ] {
            assert_eq!(normal(guid), bare, "{guid}");
        }
    }

    #[test]
    fn a_guid_that_names_a_host_has_a_rest_that_stays_when_the_site_moves() {
        for (guid, parts) in [
            ("http://www.X.example/?p=123", Some(("x.example", "/?p=123"))),
            (" https://x.example/2026/a#b ", Some(("x.example", "/2026/a#b"))),
            ("https://x.example?p=1", Some(("x.example", "?p=1"))),
            ("tag:x.example,2026-01-01:/a", Some(("x.example", ",2026-01-01:/a"))),
            ("https://x.example/", None),
            ("https://x.example", None),
            ("https://x.example/#", None),
            ("123", None),
            ("urn:uuid:1-2", None),
            ("tag:x", None),
        ] {
            assert_eq!(split(guid), parts.map(|(host, rest)| (host.to_owned(), rest)), "{guid}");
        }
    }

    #[test]
    fn urls_and_uris_made_unique_count_over_feeds_and_numbers_do_not() {
        for guid in ["https://x.example/1", "tag:x.example,2026:1", "URN:uuid:1-2", "at://did:plc:x/app.bsky/1"] {
            assert!(is_global(guid), "{guid}");
        }
        for guid in ["123", "post-7", "abc:1", "я"] {
            assert!(!is_global(guid), "{guid}");
        }
    }
}
