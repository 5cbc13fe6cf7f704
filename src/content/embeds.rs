//! Addresses of players that may stand in a post: known services in their canonical form, and what a file's name says.

use url::Url;

/// A service that WordPress embeds by the address of its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Embed {
    /// `youtube`, `vimeo`
    pub provider: &'static str,
    /// `https://www.youtube.com/watch?v=ID`
    pub url: String,
}

/// What an address of a frame, a page or an enclosure plays.
pub(super) fn embed(url: &Url) -> Option<Embed> {
    let host = url.host_str()?;
    let host = ["www.", "m.", "music."].iter().find_map(|twin| host.strip_prefix(twin)).unwrap_or(host);
    let mut path = url.path_segments()?.filter(|part| !part.is_empty());
    let (first, second) = (path.next().unwrap_or_default(), path.next());
    let query = |name: &str| url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    match host {
        "youtube.com" | "youtube-nocookie.com" => match (first, second) {
            ("embed" | "v" | "e", Some("videoseries")) | ("playlist", None) => youtube_list(&query("list")?),
            // Flash had its parameters behind a `&`: /v/ID&hl=en
            ("embed" | "v" | "e" | "shorts" | "live", Some(id)) => youtube(id.split(['&', '?']).next()?),
            ("watch", None) => youtube(&query("v")?),
            _ => None,
        },
        "youtu.be" => youtube(first),
        "vimeo.com" => vimeo(first, second),
        "player.vimeo.com" if first == "video" => vimeo(second?, query("h").as_deref()),
        _ => None,
    }
}

fn is_id(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn youtube(id: &str) -> Option<Embed> {
    (id.len() == 11 && is_id(id)).then(|| Embed { provider: "youtube", url: format!("https://www.youtube.com/watch?v={id}") })
}

fn youtube_list(id: &str) -> Option<Embed> {
    ((10..=64).contains(&id.len()) && is_id(id))
        .then(|| Embed { provider: "youtube", url: format!("https://www.youtube.com/playlist?list={id}") })
}

/// `hash`: what makes a video that is not listed known.
fn vimeo(id: &str, hash: Option<&str>) -> Option<Embed> {
    let digits = !id.is_empty() && id.len() < 16 && id.bytes().all(|byte| byte.is_ascii_digit());
    let hash = hash.filter(|hash| hash.len() <= 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) && !hash.is_empty());
    digits.then(|| Embed {
        provider: "vimeo",
        url: hash.map_or_else(|| format!("https://vimeo.com/{id}"), |hash| format!("https://vimeo.com/{id}/{hash}")),
    })
}

/// What plays a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Player {
    Audio,
    Video,
}

impl Player {
    /// The element's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }

    /// By its media type, or where that tells nothing, by how its name ends.
    pub fn of(mime: Option<&str>, url: &Url) -> Option<Self> {
        match mime.unwrap_or_default().trim().to_ascii_lowercase().split('/').next() {
            Some("audio") => return Some(Self::Audio),
            Some("video") => return Some(Self::Video),
            Some("image" | "text") => return None,
            _ => {}
        }
        let (_, ending) = url.path().rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "mp3" | "m4a" | "ogg" | "oga" | "opus" | "wav" | "flac" | "aac" => Some(Self::Audio),
            "mp4" | "m4v" | "webm" | "ogv" | "mov" => Some(Self::Video),
            _ => None,
        }
    }
}

/// Hosts of frames that show adverts, count readers or ask them to share; nobody misses them.
const ADVERTS: [&str; 14] = [
    "doubleclick.net",
    "googlesyndication.com",
    "googletagmanager.com",
    "amazon-adsystem.com",
    "adnxs.com",
    "taboola.com",
    "outbrain.com",
    "feedburner.com",
    "feedsportal.com",
    "platform.twitter.com",
    "addthis.com",
    "addtoany.com",
    "sharethis.com",
    "widgets.wp.com",
];

/// The frame is no content.
pub(super) fn is_advert(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let known = ADVERTS.iter().any(|known| host == *known || host.strip_suffix(known).is_some_and(|before| before.ends_with('.')));
    let likes = host.ends_with("facebook.com")
        && ["/plugins/like", "/plugins/share_button", "/plugins/follow"].iter().any(|plugin| url.path().starts_with(plugin));
    known || likes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn players_have_one_canonical_form() {
        let youtube = Some(("youtube", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"));
        for (url, want) in [
            ("https://www.youtube.com/embed/dQw4w9WgXcQ?rel=0&autoplay=1", youtube),
            ("http://youtube-nocookie.com/embed/dQw4w9WgXcQ", youtube),
            ("https://youtu.be/dQw4w9WgXcQ?t=42", youtube),
            ("https://m.youtube.com/shorts/dQw4w9WgXcQ", youtube),
            ("https://www.youtube.com/live/dQw4w9WgXcQ", youtube),
            ("http://www.youtube.com/v/dQw4w9WgXcQ&hl=en_US&fs=1", youtube),
            ("https://www.youtube.com/v/dQw4w9WgXcQ?version=3", youtube),
            ("https://www.youtube.com/watch?feature=x&v=dQw4w9WgXcQ", youtube),
            (
                "https://www.youtube.com/embed/videoseries?list=PL0123456789ABCDEF",
                Some(("youtube", "https://www.youtube.com/playlist?list=PL0123456789ABCDEF")),
            ),
            ("https://player.vimeo.com/video/76979871?h=8272103f6e&title=0", Some(("vimeo", "https://vimeo.com/76979871/8272103f6e"))),
            ("https://vimeo.com/76979871", Some(("vimeo", "https://vimeo.com/76979871"))),
            ("https://vimeo.com/channels/staffpicks", None),
            ("https://www.youtube.com/watch?v=short", None),
            ("https://www.youtube.com/embed/dQw4w9WgXc\"", None),
            ("https://youtube.com.evil.example/embed/dQw4w9WgXcQ", None),
            ("https://www.youtube.com/@someone", None),
        ] {
            let found = embed(&Url::parse(url).expect("an address"));
            assert_eq!(found.as_ref().map(|found| (found.provider, found.url.as_str())), want, "{url}");
            if let Some(found) = found {
                assert_eq!(embed(&Url::parse(&found.url).expect("an address")), Some(found), "{url}");
            }
        }
    }
}
