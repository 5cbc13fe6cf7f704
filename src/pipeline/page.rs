//! The entry's page: asked for politely, read, compared with the feed's own text, and limited by what its publisher says.
//!
//! Reads: the store's memory of what hosts say (robots.txt, tdmrep.json, RSL) and of hosts that rest. Writes: both. What it comes to
//! is stored by `prepare` in the item's steps before the next step begins; if the process dies before that, the page is asked for
//! again, and what its host said is still known.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::lanes::Turn;
use super::prepare::Subject;
use super::{Error, Feed, Pipeline};
use crate::content::page::{self, Judged, Picks, Read};
use crate::content::rights;
use crate::domain::{Entry, HostWishes, Page, Signal, Timestamp, Use, Verdict};
use crate::http::{self, HeaderValue, Limits, Request, Response, header};
use crate::poll;
use crate::rewrite::{self, Content, Early};
use crate::store::HostRest;

/// A small file of a host.
const FILE: Limits = Limits { first_byte: Duration::from_secs(10), total: Duration::from_secs(20), wire: 2 << 20, decoded: 2 << 20 };
/// Reading a page takes milliseconds; one that takes longer was made to.
const READING: Duration = Duration::from_secs(20);
/// A post waits no longer than this for a host that wants to be left alone.
const LONGEST_WAIT: Duration = Duration::from_secs(2 * 3600);
/// All of one entry's pages, with what their host says.
const SPAN: Duration = Duration::from_secs(120);
/// RSL documents of one host that are read.
const LICENCES: usize = 3;

/// Why there is no page.
#[derive(Debug)]
pub(super) struct NoPage {
    /// In a person's words.
    pub why: String,
    /// It may be had later: `Some(None)` soon, `Some(Some(time))` not before that.
    pub later: Option<Option<Timestamp>>,
}

impl NoPage {
    fn never(why: impl Into<String>) -> Self {
        Self { why: why.into(), later: None }
    }

    fn soon(why: impl Into<String>) -> Self {
        Self { why: why.into(), later: Some(None) }
    }
}

impl NoPage {
    /// When to try again, if that is worth it: after `wait`, and not before the host may be asked, where that isn't far.
    pub(super) fn try_again(&self, wait: Option<&Duration>, now: Timestamp) -> Option<Timestamp> {
        let (not_before, wait) = (self.later?, wait?);
        let due = now.plus(*wait).max(not_before.unwrap_or(now));
        (due.since(now) <= LONGEST_WAIT).then_some(due)
    }
}

impl From<NoPage> for String {
    fn from(none: NoPage) -> Self {
        none.why
    }
}

impl From<Error> for NoPage {
    fn from(error: Error) -> Self {
        Self::soon(error.to_string())
    }
}

impl From<crate::store::Error> for NoPage {
    fn from(error: crate::store::Error) -> Self {
        Self::soon(error.to_string())
    }
}

/// What a host says of one address.
struct Said {
    signals: Vec<Signal>,
    mining: Option<bool>,
}

impl Pipeline {
    /// Whether any site that the early rules choose wants the page's text.
    pub(super) fn wants_page(&self, feed: &Feed, subject: &Subject<'_>, now: Timestamp) -> bool {
        if feed.recipes().iter().all(|recipe| recipe.content != Content::Page) {
            return false;
        }
        let body = subject.feed_body(feed);
        match rewrite::early(&self.config.engine, &feed.recipes(), &super::prepare::view_of(feed, subject, body, now)) {
            Early::Skip(_) => false,
            Early::Go { sites, .. } => feed.recipes().iter().any(|recipe| sites.contains(&recipe.site) && recipe.content == Content::Page),
        }
    }

    /// Waits for the turn of the domain that an entry's page lies on; `None`: it has no page.
    pub(super) async fn page_turn(&self, entry: &Entry) -> Option<Turn<'_>> {
        Some(self.pages.turn(&page_domain(entry)?).await)
    }

    /// The page of an entry, within its turn.
    pub(super) async fn page(&self, feed: &Feed, subject: &Subject<'_>, turn: Option<&Turn<'_>>) -> Result<Page, NoPage> {
        let (Some(url), Some(turn)) = (address(subject.entry), turn) else { return Err(NoPage::never("the entry has no link to a page")) };
        let own = rights::signals(subject.entry, subject.facts, None);
        let verdict = Verdict::of(&own, feed.rights());
        if let Some(because) = verdict.because(Use::PageText) {
            return Ok(Page { url: url.into(), instead: Some(format!("its use is reserved: {because}")), ..Page::default() });
        }
        let reading = self.read_article(feed, subject, url, &own, turn);
        let late = |_| NoPage::soon(format!("its page took longer than {} s", SPAN.as_secs()));
        let read = tokio::time::timeout(SPAN, reading).await.map_err(late).and_then(|read| read);
        if let Ok(page) = &read {
            let all = rights::signals(subject.entry, subject.facts, Some(page));
            if let Some(lifted) = Verdict::of(&all, feed.rights()).lifted() {
                tracing::info!(feed = feed.name(), link = subject.entry.link, lifted, "what a publisher reserves is used all the same");
            }
        }
        read
    }

    async fn read_article(&self, feed: &Feed, subject: &Subject<'_>, url: Url, own: &[Signal], turn: &Turn<'_>) -> Result<Page, NoPage> {
        let may = |signals: &[Signal]| Verdict::of(&[own, signals].concat(), feed.rights()).because(Use::PageText);
        let said = self.said_of(&url, turn).await?;
        let mut page = Page { url: url.to_string(), signals: said.signals.clone(), ..Page::default() };
        page.signals.extend(rights::Reservation { file: said.mining, ..rights::Reservation::default() }.signal());
        if let Some(because) = may(&page.signals) {
            page.instead = Some(format!("its use is reserved: {because}"));
            return Ok(page);
        }
        let response = self.ask_for(&url, turn).await?;
        let came_from = response.url.clone();
        if came_from != url {
            // a redirect leads to an address that may have other rules
            let there = self.said_of(&came_from, turn).await?;
            page.url = came_from.to_string();
            page.signals = there.signals.clone();
            if let Some(because) = may(&there.signals) {
                page.instead = Some(format!("its use is reserved: {because}"));
                return Ok(page);
            }
            return self.take(subject, page, response, there, feed, turn).await;
        }
        page.signals = said.signals.clone();
        self.take(subject, page, response, said, feed, turn).await
    }

    /// Reads what came, and the pages that follow.
    async fn take(
        &self,
        subject: &Subject<'_>,
        mut page: Page,
        response: Response,
        said: Said,
        feed: &Feed,
        turn: &Turn<'_>,
    ) -> Result<Page, NoPage> {
        let (of_headers, mining, mut rsl) = rights::of_headers(&response.headers, &response.url);
        let first = response.url.clone();
        let (head, article) = read_in_time(response, feed.config().page.clone()).await?;
        page.signals.extend(of_headers);
        page.signals.extend(head.signals);
        page.signals.extend(rights::Reservation { meta: head.mining, header: mining, file: said.mining }.signal());
        rsl.extend(head.rsl);
        for document in rsl.into_iter().take(LICENCES) {
            let text = self.file(&document, turn).await.unwrap_or_default();
            page.signals.extend(of_rsl(&document, text.as_deref().unwrap_or_default(), &first));
        }
        page.images = head.images;
        page.licence = head.licence;
        let all = rights::signals(subject.entry, subject.facts, Some(&page));
        if let Some(because) = Verdict::of(&all, feed.rights()).because(Use::PageText) {
            page.instead = Some(format!("its use is reserved: {because}"));
            return Ok(page);
        }
        let article = match article {
            Ok(article) => article,
            Err(error) => {
                page.instead = Some(error.to_string());
                return Ok(page);
            }
        };
        page.base = article.base.clone();
        let (html, pages) = self.joined(article, first, feed, turn, &mut page.notes).await;
        let text = subject.page_body(feed, &page, &html);
        let Judged { worse, score, .. } = page::judge(&text, subject.feed_body(feed), &subject.entry.title, head.is_paid);
        tracing::debug!(feed = feed.name(), url = page.url, pages, words = text.words, score, worse, "a page was read");
        match worse {
            Some(worse) => page.instead = Some(worse),
            None => page.html = html,
        }
        Ok(page)
    }

    /// The article with the pages on which it goes on, and how many they were.
    async fn joined(&self, article: Read, first: Url, feed: &Feed, turn: &Turn<'_>, notes: &mut Vec<String>) -> (String, u32) {
        let most = feed.config().page.max_pages;
        let Read { mut html, mut next, .. } = article;
        let mut seen = HashSet::from([first]);
        let mut pages = 1;
        while let Some(url) = next.take() {
            if pages >= most {
                if most > 1 {
                    notes.push(format!("the article has more than {pages} pages (`max_pages`); the rest is missing"));
                }
                break;
            }
            if !seen.insert(url.clone()) {
                break;
            }
            match self.next_page(&url, feed, turn).await {
                Ok(read) if html.contains(read.html.trim()) => break,
                Ok(read) => {
                    html.push('\n');
                    html.push_str(&read.html);
                    next = read.next;
                    pages += 1;
                }
                Err(why) => {
                    notes.push(format!("page {} of the article could not be had, and what follows is missing: {why}", pages + 1));
                    break;
                }
            }
        }
        (html, pages)
    }

    async fn next_page(&self, url: &Url, feed: &Feed, turn: &Turn<'_>) -> Result<Read, String> {
        let said = self.said_of(url, turn).await.map_err(|no_page| no_page.why)?;
        if let Some(because) = Verdict::of(&said.signals, feed.rights()).because(Use::PageText) {
            return Err(format!("its use is reserved: {because}"));
        }
        let response = self.ask_for(url, turn).await.map_err(|no_page| no_page.why)?;
        if response.url.host_str() != url.host_str() {
            return Err(format!("it leads to another host, `{}`", response.url.host_str().unwrap_or_default()));
        }
        let (_, article) = read_in_time(response, feed.config().page.clone()).await.map_err(|no_page| no_page.why)?;
        article.map_err(|error| error.to_string())
    }

    /// What an address' host says of it: from the store, or asked now.
    async fn said_of(&self, url: &Url, turn: &Turn<'_>) -> Result<Said, NoPage> {
        let origin = url.origin().ascii_serialization();
        let now = self.clock.now();
        let wishes = match self.store.wishes(&origin, now).await? {
            Some(wishes) => wishes,
            None => {
                let wishes = self.ask_wishes(url, turn).await?;
                self.store.store_wishes(&origin, &wishes, now).await?;
                wishes
            }
        };
        let path = path_of(url);
        let host = http::host(url).unwrap_or_default();
        let robots = wishes.robots.as_deref().map(rights::Robots::parse).unwrap_or_default();
        let mut signals = Vec::new();
        if !robots.allows(&path) {
            signals.push(rights::signal("robots", format!("robots.txt of {host}"), &[Use::PageText]));
        }
        for (address, text) in &wishes.rsl {
            signals.extend(Url::parse(address).ok().and_then(|address| of_rsl(&address, text, url)));
        }
        Ok(Said { signals, mining: wishes.tdmrep.as_deref().and_then(|file| rights::tdmrep(file, &path)) })
    }

    /// Asks a host for what it says. A robots.txt that can't be had for its server's sake forbids everything for now (RFC 9309,
    /// section 2.3.1.4).
    async fn ask_wishes(&self, url: &Url, turn: &Turn<'_>) -> Result<HostWishes, NoPage> {
        let at = |path: &str| url.join(path).map_err(|error| NoPage::never(error.to_string()));
        let robots = self.file(&at("/robots.txt")?, turn).await?;
        let tdmrep = self.file(&at("/.well-known/tdmrep.json")?, turn).await.unwrap_or_default();
        let named = robots.as_deref().map(|text| rights::Robots::parse(text).licences).unwrap_or_default();
        let mut rsl = Vec::new();
        for address in named.iter().take(LICENCES).filter_map(|address| url.join(address).ok()) {
            let text = self.file(&address, turn).await.unwrap_or_default().unwrap_or_default();
            rsl.push((address.to_string(), text));
        }
        Ok(HostWishes { robots, tdmrep, rsl })
    }

    /// A small text file; `None`: there is none (4xx).
    async fn file(&self, url: &Url, turn: &Turn<'_>) -> Result<Option<String>, NoPage> {
        self.may_ask(url, turn).await?;
        let response = match self.send(Request::get("article file", url.clone(), FILE), turn).await {
            Ok(response) => response,
            Err(error) if error.is_temporary() => return Err(NoPage::soon(error.to_string())),
            // too long, or leading in circles: as good as none (RFC 9309, section 2.3.1.2)
            Err(error @ (http::Error::TooLarge { .. } | http::Error::Redirect { .. } | http::Error::Coding { .. })) => {
                tracing::debug!(%error, "a file of a host can't be read");
                return Ok(None);
            }
            Err(error) => return Err(NoPage::never(error.to_string())),
        };
        self.rest_if_told(&response).await?;
        match response.status.as_u16() {
            200..=299 => Ok(Some(String::from_utf8_lossy(&response.body).into_owned())),
            429 | 500..=599 => Err(NoPage::soon(format!("`{url}`: {}", response.status))),
            _ => Ok(None),
        }
    }

    /// Waits until the host may be asked; or says until when it wants to be left alone.
    async fn may_ask(&self, url: &Url, turn: &Turn<'_>) -> Result<(), NoPage> {
        if let Some(host) = http::host(url)
            && let Some(until) = self.store.resting_hosts(self.clock.now()).await?.get(&host)
        {
            return Err(NoPage { why: super::poll::left_alone(*until), later: Some(Some(*until)) });
        }
        if turn.is_silent() {
            return Err(NoPage::soon(format!("`{url}`: its host was not reached for another page just now")));
        }
        turn.next().await;
        Ok(())
    }

    async fn send(&self, request: Request, turn: &Turn<'_>) -> Result<Response, http::Error> {
        let sent = self.http.send(request).await;
        if sent.as_ref().is_err_and(http::Error::is_temporary) {
            turn.was_silent();
        }
        sent
    }

    /// The answer with a web page in it.
    async fn ask_for(&self, url: &Url, turn: &Turn<'_>) -> Result<Response, NoPage> {
        self.may_ask(url, turn).await?;
        let accept = HeaderValue::from_static("text/html,application/xhtml+xml;q=0.9,*/*;q=0.1");
        let request = Request::get("article", url.clone(), Limits::PAGE).header(header::ACCEPT, accept);
        let sent = self.send(request, turn).await;
        let response = sent.map_err(|error| NoPage { why: error.to_string(), later: error.is_temporary().then_some(None) })?;
        self.rest_if_told(&response).await?;
        let status = response.status;
        if !status.is_success() {
            let is_temporary = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
            return Err(NoPage { why: format!("`{url}`: {status}"), later: is_temporary.then_some(None) });
        }
        let media = response.header(header::CONTENT_TYPE).unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        let is_page = matches!(media.as_str(), "" | "text/html" | "application/xhtml+xml");
        if !is_page {
            return Err(NoPage::never(format!("`{url}` is {media}, not a web page")));
        }
        Ok(response)
    }

    /// A host that asks to be left alone is left alone, by pages and by feeds.
    async fn rest_if_told(&self, response: &Response) -> Result<(), NoPage> {
        let now = self.clock.now();
        if !matches!(response.status.as_u16(), 429 | 503) {
            return Ok(());
        }
        let (Some(until), Some(host)) = (http::retry_after(&response.headers, now), http::host(&response.url)) else { return Ok(()) };
        if until > now {
            let because = format!("`{}`: {}", response.url, response.status);
            self.store.rest_host(&HostRest { host, until, because: because.clone() }, now).await?;
            return Err(NoPage { why: because, later: Some(Some(until)) });
        }
        Ok(())
    }
}

/// The registrable domain that an entry's page lies on.
pub(super) fn page_domain(entry: &Entry) -> Option<String> {
    Some(http::registrable(&address(entry)?))
}

fn address(entry: &Entry) -> Option<Url> {
    let url = Url::parse(entry.link.as_deref()?).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

fn path_of(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

/// What a licence document says of an address; one that can't be read reserves all that one could reserve.
fn of_rsl(document: &Url, text: &str, url: &Url) -> Option<Signal> {
    let from = format!("the licence at {}{}", document.host_str().unwrap_or_default(), document.path());
    if text.trim().is_empty() {
        return Some(rights::signal("rsl", format!("{from}, which can't be read"), &Use::ALL));
    }
    rights::rsl(text, Some(&path_of(url)), &from)
}

/// Decodes and reads a page where nothing waits for it.
async fn read_in_time(response: Response, picks: Arc<Picks>) -> Result<(page::Head, Result<Read, page::Error>), NoPage> {
    let shown = response.url.to_string();
    let read = tokio::task::spawn_blocking(move || {
        let html = poll::text_of_page(&response.body, response.header(header::CONTENT_TYPE), &response.url);
        page::read(&html, &response.url, &picks)
    });
    match tokio::time::timeout(READING, read).await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(error)) => {
            tracing::error!(url = shown, %error, "reading a page ended by a panic; this is a bug in wirepress");
            Err(NoPage::never("reading the page ended by a panic; this is a bug in wirepress"))
        }
        Err(_) => Err(NoPage::never(format!("reading the page took longer than {} s", READING.as_secs()))),
    }
}
