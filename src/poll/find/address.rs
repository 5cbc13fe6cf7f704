//! Pages whose feed can be told from their address alone: nobody is asked.

use url::Url;

use crate::poll::FoundFeed;

/// The feeds that belong to a page by the rules of the service it is on, the most likely first; empty where no rule is known, or
/// where the address is a feed's already.
pub fn feeds_of_address(page: &Url) -> Vec<FoundFeed> {
    Page::of(page).and_then(|page| page.feeds()).unwrap_or_default()
}

/// The channel whose page this is, as YouTube writes it into pages of handles (`/@name`) and old names (`/c/name`).
pub(in crate::poll) fn youtube_channel(page: &Url, html: &str) -> Option<FoundFeed> {
    if !Page::of(page)?.is_on("youtube.com") {
        return None;
    }
    let marks = ["\"externalId\":\"", "itemprop=\"identifier\" content=\"", "feeds/videos.xml?channel_id=", "\"channelId\":\""];
    let id = marks.iter().filter_map(|mark| html.split_once(mark)).map(|(_, rest)| rest.get(..24)).find_map(|id| id.filter(is_channel))?;
    Some(found(videos("channel_id", id), None))
}

/// The parts of an address that the rules look at.
struct Page<'u> {
    url: &'u Url,
    /// Without `www.` and `m.`, lower case.
    host: &'u str,
    path: Vec<&'u str>,
}

/// Feeds of one page, if the rule knows the page.
type Feeds = Option<Vec<FoundFeed>>;

impl<'u> Page<'u> {
    fn of(url: &'u Url) -> Option<Self> {
        let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https"))?;
        let host = host.strip_prefix("www.").or(host.strip_prefix("m.")).unwrap_or(host);
        Some(Self { url, host, path: url.path_segments()?.filter(|part| !part.is_empty()).collect() })
    }

    fn is_on(&self, domain: &str) -> bool {
        self.host == domain || self.under(domain).is_some()
    }

    /// `ann` of `ann.tumblr.com`
    fn under(&self, domain: &str) -> Option<&'u str> {
        self.host.strip_suffix(domain)?.strip_suffix('.').filter(|name| !name.is_empty())
    }

    /// An address on the page's own host.
    fn at(&self, path: &str) -> FoundFeed {
        let mut url = self.url.clone();
        url.set_fragment(None);
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        url.set_path(path);
        url.set_query(query);
        found(url.into(), None)
    }

    fn feeds(&self) -> Feeds {
        if self.path.last().is_some_and(|last| [".rss", ".atom", ".xml", ".json"].iter().any(|end| last.ends_with(end))) {
            return None;
        }
        match self.host {
            "youtube.com" => self.youtube(),
            "reddit.com" | "old.reddit.com" | "new.reddit.com" => self.reddit(),
            "github.com" => self.github(),
            "gist.github.com" => self.one(|user| format!("/{user}.atom")),
            "gitlab.com" => self.gitlab(),
            "codeberg.org" => self.codeberg(),
            "bsky.app" => match self.path[..] {
                ["profile", who] => Some(vec![self.at(&format!("/profile/{who}/rss"))]),
                _ => None,
            },
            "vimeo.com" => self.vimeo(),
            "medium.com" => self.medium(),
            "tumblr.com" => self.one(|blog| blog.to_owned()).map(|_| vec![found(format!("https://{}.tumblr.com/rss", self.path[0]), None)]),
            "news.ycombinator.com" if self.path.is_empty() => Some(vec![self.at("/rss")]),
            "letterboxd.com" => self.one(|user| format!("/{user}/rss/")),
            "pypi.org" => match self.path[..] {
                ["project", name, ..] => Some(vec![self.at(&format!("/rss/project/{name}/releases.xml"))]),
                _ => None,
            },
            "crates.io" => match self.path[..] {
                ["crates", name, ..] => Some(vec![found(format!("https://static.crates.io/rss/crates/{name}.xml"), None)]),
                _ => None,
            },
            "arxiv.org" => match self.path[..] {
                ["list", subject, ..] => Some(vec![found(format!("https://rss.arxiv.org/rss/{subject}"), None)]),
                _ => None,
            },
            _ => self.hosted().or_else(|| self.stack_exchange()).or_else(|| self.mastodon()),
        }
    }

    /// A page whose path is one word.
    fn one(&self, path: impl Fn(&str) -> String) -> Feeds {
        match self.path[..] {
            [word] => Some(vec![self.at(&path(word))]),
            _ => None,
        }
    }

    fn youtube(&self) -> Feeds {
        let list = self.url.query_pairs().find(|(name, _)| name == "list").map(|(_, id)| id.into_owned());
        let url = match self.path[..] {
            ["channel", id, ..] if is_channel(&id) => videos("channel_id", id),
            ["user", name, ..] => videos("user", name),
            ["playlist" | "watch"] => videos("playlist_id", &list?),
            _ => return None,
        };
        Some(vec![found(url, None)])
    }

    /// A subreddit, a user, a multireddit or a discussion; what it is sorted by stays.
    fn reddit(&self) -> Feeds {
        let is_listing = matches!(self.path[..], [] | ["r" | "u" | "user" | "domain", _, ..]);
        let query = self.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path: String = self.path.iter().map(|part| format!("/{part}")).collect();
        is_listing.then(|| vec![self.at(&format!("{path}/.rss{query}"))])
    }

    fn github(&self) -> Feeds {
        const OURS: [&str; 22] = [
            "about",
            "apps",
            "codespaces",
            "collections",
            "contact",
            "customer-stories",
            "enterprise",
            "events",
            "explore",
            "features",
            "join",
            "login",
            "marketplace",
            "new",
            "notifications",
            "orgs",
            "pricing",
            "search",
            "security",
            "settings",
            "sponsors",
            "topics",
        ];
        let named = |kind: &str, path: String| FoundFeed { title: Some(kind.to_owned()), ..self.at(&path) };
        let releases = |owner, repo| named("releases", format!("/{owner}/{repo}/releases.atom"));
        let tags = |owner, repo| named("tags", format!("/{owner}/{repo}/tags.atom"));
        let commits = |owner, repo| named("commits", format!("/{owner}/{repo}/commits.atom"));
        Some(match self.path[..] {
            [first, ..] if OURS.contains(&first) => return None,
            [owner, repo] => vec![releases(owner, repo), tags(owner, repo), commits(owner, repo)],
            [owner, repo, "releases", ..] => vec![releases(owner, repo)],
            [owner, repo, "tags"] => vec![tags(owner, repo)],
            [owner, repo, "commits"] => vec![commits(owner, repo)],
            [owner, repo, "commits" | "tree", ref branch @ ..] => {
                vec![named("commits", format!("/{owner}/{repo}/commits/{}.atom", branch.join("/")))]
            }
            [owner, repo, "discussions"] => vec![named("discussions", format!("/{owner}/{repo}/discussions.atom"))],
            [user] => vec![named("what the account does", format!("/{user}.atom"))],
            _ => return None,
        })
    }

    /// Groups may nest, so that a project's path ends where `/-/` begins.
    fn gitlab(&self) -> Feeds {
        let end = self.path.iter().position(|part| *part == "-").unwrap_or(self.path.len());
        let project = self.path[..end].join("/");
        let named = |kind: &str, path: String| FoundFeed { title: Some(kind.to_owned()), ..self.at(&path) };
        let releases = || named("releases", format!("/{project}/-/releases.atom"));
        let tags = || named("tags", format!("/{project}/-/tags?format=atom"));
        Some(match self.path.get(end + 1..).unwrap_or_default() {
            _ if end < 2 => return None,
            [] => vec![releases(), tags()],
            ["releases", ..] => vec![releases()],
            ["tags", ..] => vec![tags()],
            ["commits" | "tree", branch @ ..] if !branch.is_empty() => {
                vec![named("commits", format!("/{project}/-/commits/{}?format=atom", branch.join("/")))]
            }
            _ => return None,
        })
    }

    fn codeberg(&self) -> Feeds {
        match self.path[..] {
            [owner, repo] | [owner, repo, "releases", ..] => Some(vec![self.at(&format!("/{owner}/{repo}/releases.rss"))]),
            [owner, repo, "tags"] => Some(vec![self.at(&format!("/{owner}/{repo}/tags.rss"))]),
            _ => None,
        }
    }

    fn vimeo(&self) -> Feeds {
        match self.path[..] {
            // a number is one video
            [user] if user.bytes().any(|byte| !byte.is_ascii_digit()) => Some(vec![self.at(&format!("/{user}/videos/rss"))]),
            ["channels" | "groups", name] => Some(vec![self.at(&format!("/{}/{name}/videos/rss", self.path[0]))]),
            _ => None,
        }
    }

    fn medium(&self) -> Feeds {
        match self.path[..] {
            ["tag", tag, ..] => Some(vec![self.at(&format!("/feed/tag/{tag}"))]),
            ["feed", ..] => None,
            [who] => Some(vec![self.at(&format!("/feed/{who}"))]),
            _ => None,
        }
    }

    /// Services where each author has a host.
    fn hosted(&self) -> Feeds {
        let is_front = self.path.is_empty();
        if self.under("substack.com").is_some() && matches!(self.path[..], [] | ["archive" | "about"]) {
            return Some(vec![self.at("/feed")]);
        }
        if self.under("medium.com").is_some() && is_front {
            return Some(vec![self.at("/feed")]);
        }
        if self.under("wordpress.com").is_some() && is_front {
            return Some(vec![self.at("/feed/")]);
        }
        if self.under("tumblr.com").is_some() {
            return match self.path[..] {
                [] => Some(vec![self.at("/rss")]),
                ["tagged", tag] => Some(vec![self.at(&format!("/tagged/{tag}/rss"))]),
                _ => None,
            };
        }
        // blogspot.com, blogspot.de, blogspot.co.uk
        if self.host.split_once(".blogspot.").is_some_and(|(name, end)| !name.is_empty() && end.len() <= 6) {
            return match self.path[..] {
                [] => Some(vec![self.at("/feeds/posts/default")]),
                ["search", "label", label] => Some(vec![self.at(&format!("/feeds/posts/default/-/{label}"))]),
                _ => None,
            };
        }
        None
    }

    fn stack_exchange(&self) -> Feeds {
        const SITES: [&str; 6] =
            ["stackoverflow.com", "serverfault.com", "superuser.com", "askubuntu.com", "mathoverflow.net", "stackapps.com"];
        if !SITES.iter().any(|site| self.is_on(site)) && self.under("stackexchange.com").is_none() {
            return None;
        }
        let path = match self.path[..] {
            [] | ["questions"] => "/feeds".to_owned(),
            ["questions", "tagged", tag] => format!("/feeds/tag/{tag}"),
            ["questions", id, ..] => format!("/feeds/question/{}", number(id)?),
            ["users", id, ..] => format!("/feeds/user/{}", number(id)?),
            _ => return None,
        };
        Some(vec![self.at(&path)])
    }

    /// Large servers, and those that say it in their name; others are found by asking.
    fn mastodon(&self) -> Feeds {
        const SERVERS: [&str; 12] = [
            "chaos.social",
            "fosstodon.org",
            "hachyderm.io",
            "infosec.exchange",
            "mas.to",
            "mstdn.jp",
            "mstdn.social",
            "norden.social",
            "sigmoid.social",
            "social.lol",
            "techhub.social",
            "troet.cafe",
        ];
        let is_known =
            SERVERS.contains(&self.host) || self.host.split('.').any(|part| part == "mastodon") || self.host.starts_with("mstdn.");
        if is_known { profile(self.url).map(|url| vec![found(url.into(), None)]) } else { None }
    }
}

/// The feed of a profile, as Mastodon and its kin have it: `/@ann` and `/users/ann` with `.rss`. Whose home is elsewhere has the
/// feed there.
pub(super) fn profile(page: &Url) -> Option<Url> {
    let path: Vec<&str> = page.path_segments()?.filter(|part| !part.is_empty()).collect();
    let mut url = page.clone();
    url.set_query(None);
    url.set_fragment(None);
    match path[..] {
        [user, ..] if user.len() > 1 && user.starts_with('@') && !user.ends_with(".rss") => match user[1..].split_once('@') {
            Some((name, home)) => return Url::parse(&format!("https://{home}/@{name}.rss")).ok(),
            None => url.set_path(&format!("/{user}.rss")),
        },
        ["users", user] => url.set_path(&format!("/users/{user}.rss")),
        ["tags", tag] => url.set_path(&format!("/tags/{tag}.rss")),
        _ => return None,
    }
    Some(url)
}

fn videos(key: &str, id: &str) -> String {
    format!("https://www.youtube.com/feeds/videos.xml?{key}={id}")
}

fn is_channel(id: &&str) -> bool {
    id.len() == 24 && id.starts_with("UC") && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn number(text: &str) -> Option<&str> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)
}

fn found(url: String, title: Option<&str>) -> FoundFeed {
    FoundFeed { url, title: title.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_known_service_has_its_feed_by_address() {
        for (page, feed) in [
            (
                "https://www.youtube.com/channel/UCBR8-60-B28hp2BmDPdntcQ",
                "https://www.youtube.com/feeds/videos.xml?channel_id=UCBR8-60-B28hp2BmDPdntcQ",
            ),
            (
                "https://m.youtube.com/channel/UCBR8-60-B28hp2BmDPdntcQ/videos",
                "https://www.youtube.com/feeds/videos.xml?channel_id=UCBR8-60-B28hp2BmDPdntcQ",
            ),
            ("https://www.youtube.com/user/NAME/videos", "https://www.youtube.com/feeds/videos.xml?user=NAME"),
            ("https://www.youtube.com/playlist?list=PLabc", "https://www.youtube.com/feeds/videos.xml?playlist_id=PLabc"),
            ("https://www.youtube.com/watch?v=x&list=PLabc", "https://www.youtube.com/feeds/videos.xml?playlist_id=PLabc"),
            ("https://www.reddit.com/", "https://www.reddit.com/.rss"),
            ("https://www.reddit.com/r/rust", "https://www.reddit.com/r/rust/.rss"),
            ("https://old.reddit.com/r/rust/top/?t=week", "https://old.reddit.com/r/rust/top/.rss?t=week"),
            ("https://www.reddit.com/user/ann/", "https://www.reddit.com/user/ann/.rss"),
            ("https://github.com/rust-lang/rust", "https://github.com/rust-lang/rust/releases.atom"),
            ("https://github.com/rust-lang/rust/releases/tag/1.0", "https://github.com/rust-lang/rust/releases.atom"),
            ("https://github.com/rust-lang/rust/tags", "https://github.com/rust-lang/rust/tags.atom"),
            ("https://github.com/rust-lang/rust/commits/beta", "https://github.com/rust-lang/rust/commits/beta.atom"),
            ("https://github.com/rust-lang/rust/tree/a/b", "https://github.com/rust-lang/rust/commits/a/b.atom"),
            ("https://github.com/ann", "https://github.com/ann.atom"),
            ("https://gist.github.com/ann", "https://gist.github.com/ann.atom"),
            ("https://gitlab.com/a/b/c", "https://gitlab.com/a/b/c/-/releases.atom"),
            ("https://gitlab.com/a/b/-/tags", "https://gitlab.com/a/b/-/tags?format=atom"),
            ("https://gitlab.com/a/b/-/commits/main", "https://gitlab.com/a/b/-/commits/main?format=atom"),
            ("https://codeberg.org/a/b", "https://codeberg.org/a/b/releases.rss"),
            ("https://mastodon.social/@ann", "https://mastodon.social/@ann.rss"),
            ("https://mastodon.social/@ann/1234", "https://mastodon.social/@ann.rss"),
            ("https://mastodon.social/@ann@other.example", "https://other.example/@ann.rss"),
            ("https://fosstodon.org/tags/rust", "https://fosstodon.org/tags/rust.rss"),
            ("https://bsky.app/profile/ann.example", "https://bsky.app/profile/ann.example/rss"),
            ("https://medium.com/@ann", "https://medium.com/feed/@ann"),
            ("https://medium.com/tag/rust/latest", "https://medium.com/feed/tag/rust"),
            ("https://ann.medium.com/", "https://ann.medium.com/feed"),
            ("https://ann.substack.com/archive", "https://ann.substack.com/feed"),
            ("https://ann.tumblr.com/", "https://ann.tumblr.com/rss"),
            ("https://ann.tumblr.com/tagged/cats", "https://ann.tumblr.com/tagged/cats/rss"),
            ("https://www.tumblr.com/ann", "https://ann.tumblr.com/rss"),
            ("https://ann.blogspot.co.uk/", "https://ann.blogspot.co.uk/feeds/posts/default"),
            ("https://ann.blogspot.com/search/label/cats", "https://ann.blogspot.com/feeds/posts/default/-/cats"),
            ("https://ann.wordpress.com", "https://ann.wordpress.com/feed/"),
            ("https://vimeo.com/ann", "https://vimeo.com/ann/videos/rss"),
            ("https://vimeo.com/channels/cats", "https://vimeo.com/channels/cats/videos/rss"),
            ("https://stackoverflow.com/questions/tagged/rust", "https://stackoverflow.com/feeds/tag/rust"),
            ("https://stackoverflow.com/questions/123/how", "https://stackoverflow.com/feeds/question/123"),
            ("https://unix.stackexchange.com/", "https://unix.stackexchange.com/feeds"),
            ("https://news.ycombinator.com/", "https://news.ycombinator.com/rss"),
            ("https://pypi.org/project/feedparser/", "https://pypi.org/rss/project/feedparser/releases.xml"),
            ("https://crates.io/crates/serde", "https://static.crates.io/rss/crates/serde.xml"),
            ("https://arxiv.org/list/cs.AI/recent", "https://rss.arxiv.org/rss/cs.AI"),
        ] {
            let found = feeds_of_address(&Url::parse(page).unwrap());
            assert_eq!(found.first().map(|feed| feed.url.as_str()), Some(feed), "{page}");
            let again = feeds_of_address(&Url::parse(feed).unwrap());
            assert!(again.iter().all(|found| found.url == feed), "{feed} is a feed already: {again:?}");
        }
    }

    #[test]
    fn other_pages_have_none_by_address() {
        for page in [
            "https://blog.example/",
            "https://www.youtube.com/@name",
            "https://www.youtube.com/channel/nonsense",
            "https://www.youtube.com/watch?v=x",
            "https://www.reddit.com/settings",
            "https://github.com/features",
            "https://github.com/rust-lang/rust/issues",
            "https://gitlab.com/explore",
            "https://vimeo.com/123456",
            "https://notyoutube.com/user/x",
            "https://youtube.com.evil.example/user/x",
            "https://stackoverflow.com/questions/ask",
            "https://blog.example/@ann",
            "ftp://github.com/a/b",
        ] {
            assert_eq!(feeds_of_address(&Url::parse(page).unwrap()), [], "{page}");
        }
    }

    #[test]
    fn a_handles_page_tells_its_channel() {
        let page = Url::parse("https://www.youtube.com/@name").unwrap();
        let html = r#"<script>var x = {"externalId":"UCBR8-60-B28hp2BmDPdntcQ"}</script>"#;
        let feed = "https://www.youtube.com/feeds/videos.xml?channel_id=UCBR8-60-B28hp2BmDPdntcQ";
        assert_eq!(youtube_channel(&page, html).map(|found| found.url).as_deref(), Some(feed));
        assert_eq!(youtube_channel(&page, r#"{"externalId":"short"}"#), None);
        assert_eq!(youtube_channel(&Url::parse("https://blog.example/").unwrap(), html), None);
    }
}
