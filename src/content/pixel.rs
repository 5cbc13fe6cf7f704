//! Pictures that only count readers.

/// Hosts (and what stands before them) whose pictures nobody is meant to see.
const HOSTS: [&str; 25] = [
    "pixel.wp.com",
    "stats.wordpress.com",
    "feeds.wordpress.com",
    "doubleclick.net",
    "google-analytics.com",
    "googlesyndication.com",
    "scorecardresearch.com",
    "quantserve.com",
    "pixel.quantserve.com",
    "facebook.com",
    "feedsportal.com",
    "feedburner.com",
    "feedblitz.com",
    "pheedo.com",
    "pi.feedsportal.com",
    "rss.buysellads.com",
    // what affiliate networks put beside their links
    "impactradius-go.com",
    "amazon-adsystem.com",
    "assoc-amazon.com",
    "linksynergy.com",
    "awltovhc.com",
    "ftjcfx.com",
    "lduhtrp.net",
    "tqlkg.com",
    "api.flattr.com",
];

/// Parts of a path.
#[rustfmt::skip]
const PATHS: [&str; 12] = [
    "/b.gif", "/1x1.", "/pixel.gif", "/pixel.png", "/pixel?", "/spacer.gif", "/blank.gif", "/transparent.gif", "/~r/", "/~ff/", "/flattr-badge",
    "/favicon.ico",
];

/// The picture only counts readers, or shows nothing.
pub(super) fn is_tracker(url: &str) -> bool {
    let Some((host, path)) = url.split_once("://").map(|(_, rest)| rest.split_at(rest.find('/').unwrap_or(rest.len()))) else {
        return false;
    };
    let host = host.to_ascii_lowercase();
    let known = HOSTS.iter().any(|known| host == *known || host.strip_suffix(known).is_some_and(|before| before.ends_with('.')));
    // Facebook serves its pictures elsewhere; on this host they are counters.
    known || PATHS.iter().any(|part| path.contains(part))
}

/// The picture is a sign in a line of text, and its alt text says the same.
pub(super) fn is_smiley(url: &str) -> bool {
    ["/smilies/", "/smileys/", "/emoticons/", "/images/core/emoji/"].iter().any(|part| url.contains(part))
}

/// The picture is a formula in a line of text.
pub(super) fn is_formula(url: &str) -> bool {
    const WHERE: [&str; 7] =
        ["/latex.php?", "latex.codecogs.com/", "/mathtex.cgi?", "/mimetex.cgi?", "quicklatex.com/", "/math/render/", "cht=tx&"];
    WHERE.iter().any(|part| url.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_told_from_pictures() {
        for (url, tracker) in [
            ("https://pixel.wp.com/b.gif?v=noscript", true),
            ("http://feeds.feedburner.com/~r/slashdot/~4/abc", true),
            ("https://ad.doubleclick.net/x.png", true),
            ("https://x.example/images/1x1.gif", true),
            ("https://x.example/photos/1.jpg", false),
            ("https://a.impactradius-go.com/display-ad/1-2", true),
            ("https://x.example/favicon.ico", true),
            ("https://notdoubleclick.net/photo.jpg", false),
            ("not a url", false),
        ] {
            assert_eq!(is_tracker(url), tracker, "{url}");
        }
    }
}
