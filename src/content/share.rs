//! What asks readers to share, to follow or to subscribe: told by the names that plugins give their parts, and by where links lead.

use url::Url;

use super::tokens::attribute;

/// Classes and ids of elements that go with all that is in them; a `*` stands for any ending.
#[rustfmt::skip]
const PARTS: [&str; 67] = [
    "sharedaddy", "sd-sharing*", "sd-block", "jp-relatedposts*", "jetpack-likes*", "sharing_label", "addtoany_*", "a2a_*", "sociable*", "feedflare",
    "addthis_*", "sharethis*", "share-this*", "share-buttons*", "share_buttons*", "sharebuttons*", "social-share*", "social_share*", "social-sharing*",
    "socialshare*", "social-buttons*", "ssba*", "heateor*", "the_champ_*", "sfsi*", "shareaholic*", "mashsb*", "swp_social*", "swp-*",
    "simplesocialbuttons*", "essb_*", "dpsp-*", "wpusb*", "wp-biographia-*", "post-share*", "entry-share*", "shariff*", "rrssb*", "crp_related*",
    "yarpp*", "related-posts*", "relatedposts*", "related_posts*", "rp4wp*", "zem_rp*", "wp_rp*", "nrelate*", "outbrain*", "taboola*", "adsbygoogle*",
    "google-auto-placed*", "ad-container*", "advertisement", "mc4wp-form*", "mc_embed_signup*", "newsletter-signup*", "comment-respond", "comment-form*",
    "commentform", "screen-reader-text", "print-only", "wpcnt", "kg-bookmark-metadata", "kg-bookmark-thumbnail", "kg-audio-thumbnail",
    // the name and size of a file that Trix, the editor of Rails, shows as a picture
    "attachment__name", "attachment__size",
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

/// Sites where people have profiles, and what their buttons are called.
const PROFILES: [(&str, &str); 16] = [
    ("facebook.com", "facebook"),
    ("twitter.com", "twitter"),
    ("x.com", "twitter"),
    ("x.com", "x"),
    ("linkedin.com", "linkedin"),
    ("instagram.com", "instagram"),
    ("pinterest.com", "pinterest"),
    ("youtube.com", "youtube"),
    ("tumblr.com", "tumblr"),
    ("tiktok.com", "tiktok"),
    ("threads.net", "threads"),
    ("bsky.app", "bluesky"),
    ("t.me", "telegram"),
    ("alpha.app.net", "adn"),
    ("plus.google.com", "google"),
    ("flattr.com", "flattr"),
];

/// Whether a link leads to a site where people have profiles.
pub(super) fn has_profiles(url: &Url) -> bool {
    PROFILES.iter().any(|(site, _)| is_at(url, site))
}

fn is_at(url: &Url, site: &str) -> bool {
    let Some(host) = url.host_str() else { return false };
    host == site || host.strip_suffix(site).is_some_and(|before| before.ends_with('.'))
}

/// Whether a link that holds a picture and no word is a button that leads to somebody's profile: the picture's file or its alt
/// text says the site's name and nothing else. `picture`: the attributes of its `img`.
pub(super) fn is_profile(url: &Url, picture: &str) -> bool {
    // a film or a post is no profile
    let is_work = |path: &str| ["/watch", "/shorts/", "/embed/", "/video/", "/p/", "/reel/"].iter().any(|work| path.contains(work));
    if is_work(url.path()) || url.path().contains("/status") {
        return false;
    }
    let src = attribute(picture, "src").unwrap_or_default();
    let file = src.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let file = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let alt = attribute(picture, "alt").unwrap_or_default();
    PROFILES.iter().any(|(site, name)| is_at(url, site) && [file, &alt].iter().any(|said| says_only(said, name)))
}

/// `icon-facebook_32x32`, `Facebook`
fn says_only(said: &str, name: &str) -> bool {
    const BESIDE: [&str; 14] =
        ["icon", "icons", "logo", "button", "badge", "small", "round", "square", "white", "black", "color", "social", "follow", "us"];
    let said = said.to_ascii_lowercase();
    let mut words = said.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty() && !BESIDE.contains(word)).peekable();
    // `x` parts the numbers of a size
    words.peek().is_some() && words.all(|word| word == name || word == "x") && said.contains(name)
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
    fn buttons_that_lead_to_profiles_are_told_from_pictures_that_link() {
        for (url, picture, button) in [
            ("https://www.linkedin.com/in/someone", r#"src="https://x.example/32x32/linkedin.png" alt="linkedin""#, true),
            ("https://twitter.com/someone", r#"src="https://x.example/icon-twitter_32x32.png""#, true),
            ("https://facebook.com/someone", r#"src="https://x.example/a7.png" alt="Facebook""#, true),
            ("https://twitter.com/someone", r#"src="https://x.example/portrait.jpg" alt="Someone""#, false),
            ("https://twitter.com/someone/status/1", r#"src="https://x.example/twitter.png""#, false),
            ("https://www.youtube.com/watch?v=1", r#"src="https://x.example/t.jpg" alt="YouTube""#, false),
            ("https://x.example/about-facebook", r#"src="https://x.example/facebook.png""#, false),
        ] {
            assert_eq!(is_profile(&Url::parse(url).expect("an address"), picture), button, "{url} {picture}");
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
