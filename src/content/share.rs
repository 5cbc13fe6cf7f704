//! What asks readers to share, to follow or to subscribe: told by the names that plugins give their parts, and by where links lead.

use url::Url;

/// Classes and ids of elements that go with all that is in them; a `*` stands for any ending.
#[rustfmt::skip]
const PARTS: [&str; 62] = [
    "sharedaddy", "sd-sharing*", "sd-block", "jp-relatedposts*", "jetpack-likes*", "sharing_label", "addtoany_*", "a2a_*", "sociable*", "feedflare",
    "addthis_*", "sharethis*", "share-this*", "share-buttons*", "share_buttons*", "sharebuttons*", "social-share*", "social_share*", "social-sharing*",
    "socialshare*", "social-buttons*", "ssba*", "heateor*", "the_champ_*", "sfsi*", "shareaholic*", "mashsb*", "swp_social*", "swp-*",
    "simplesocialbuttons*", "essb_*", "dpsp-*", "wpusb*", "wp-biographia-*", "post-share*", "entry-share*", "shariff*", "rrssb*", "crp_related*",
    "yarpp*", "related-posts*", "relatedposts*", "related_posts*", "rp4wp*", "zem_rp*", "wp_rp*", "nrelate*", "outbrain*", "taboola*", "adsbygoogle*",
    "google-auto-placed*", "ad-container*", "advertisement", "mc4wp-form*", "mc_embed_signup*", "newsletter-signup*", "comment-respond", "comment-form*",
    "commentform", "screen-reader-text", "print-only", "wpcnt",
];

/// Whether an element with such a `class` or `id` is no content.
pub(super) fn is_widget(names: &str) -> bool {
    names.split_ascii_whitespace().any(|name| {
        PARTS.iter().any(|part| match part.strip_suffix('*') {
            Some(start) => name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)),
            None => name.eq_ignore_ascii_case(part),
        })
    })
}

/// Where a link leads that shares: its host (and those below it), and how its path begins.
const ENDPOINTS: [(&str, &str); 42] = [
    ("facebook.com", "/sharer"),
    ("facebook.com", "/share.php"),
    ("facebook.com", "/dialog/share"),
    ("facebook.com", "/dialog/feed"),
    ("twitter.com", "/intent/tweet"),
    ("twitter.com", "/share"),
    ("twitter.com", "/home"),
    ("x.com", "/intent/"),
    ("x.com", "/share"),
    ("linkedin.com", "/sharearticle"),
    ("linkedin.com", "/sharing/"),
    ("linkedin.com", "/cws/share"),
    ("pinterest.com", "/pin/create"),
    ("reddit.com", "/submit"),
    ("wa.me", "/"),
    ("whatsapp.com", "/send"),
    ("t.me", "/share"),
    ("telegram.me", "/share"),
    ("getpocket.com", "/save"),
    ("getpocket.com", "/edit"),
    ("tumblr.com", "/share"),
    ("tumblr.com", "/widgets/share"),
    ("bsky.app", "/intent/compose"),
    ("threads.net", "/intent/post"),
    ("news.ycombinator.com", "/submitlink"),
    ("del.icio.us", "/post"),
    ("delicious.com", "/save"),
    ("delicious.com", "/post"),
    ("digg.com", "/submit"),
    ("stumbleupon.com", "/submit"),
    ("technorati.com", "/faves"),
    ("google.com", "/bookmarks/mark"),
    ("google.com", "/buzz/post"),
    ("plus.google.com", "/share"),
    ("addtoany.com", "/"),
    ("addthis.com", "/bookmark"),
    ("feeds.wordpress.com", "/1.0/"),
    ("feeds.feedburner.com", "/~ff/"),
    ("res.feedsportal.com", "/"),
    ("share.flipboard.com", "/"),
    ("vk.com", "/share.php"),
    ("xing.com", "/spi/shares"),
];

/// Whether a link does nothing but share.
pub(super) fn shares(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        // a message to nobody in particular
        return url.scheme() == "mailto" && url.path().is_empty() && url.query().is_some();
    };
    ENDPOINTS.iter().any(|(known, path)| {
        let is_host = host == *known || host.strip_suffix(known).is_some_and(|before| before.ends_with('.'));
        is_host && url.path().get(..path.len()).is_some_and(|start| start.eq_ignore_ascii_case(path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widgets_are_told_by_their_names() {
        for (names, widget) in [
            ("sharedaddy sd-sharing-enabled", true),
            ("x addtoany_share_save_container y", true),
            ("A2A_kit", true),
            ("feedflare", true),
            ("shared", false),
            ("content share", false),
            ("", false),
        ] {
            assert_eq!(is_widget(names), widget, "{names}");
        }
    }

    #[test]
    fn links_that_share_are_told_from_links_to_profiles() {
        for (url, share) in [
            ("https://www.facebook.com/sharer/sharer.php?u=x", true),
            ("https://twitter.com/intent/tweet?text=x", true),
            ("https://twitter.com/someone/status/1", false),
            ("https://www.linkedin.com/shareArticle?mini=true", true),
            ("https://www.linkedin.com/in/someone", false),
            ("mailto:?subject=x", true),
            ("mailto:a@b.example", false),
            ("http://feeds.feedburner.com/~ff/x?a=1", true),
            ("https://notfacebook.com/sharer", false),
        ] {
            assert_eq!(shares(&Url::parse(url).expect("an address")), share, "{url}");
        }
    }
}
