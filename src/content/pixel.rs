//! Pictures that only count readers.

/// Hosts (and what stands before them) whose pictures nobody is meant to see.
const HOSTS: [&str; 16] = [
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
];

/// Parts of a path.
const PATHS: [&str; 10] =
    ["/b.gif", "/1x1.", "/pixel.gif", "/pixel.png", "/pixel?", "/spacer.gif", "/blank.gif", "/transparent.gif", "/~r/", "/~ff/"];

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
            ("https://notdoubleclick.net/photo.jpg", false),
            ("not a url", false),
        ] {
            assert_eq!(is_tracker(url), tracker, "{url}");
        }
    }
}
