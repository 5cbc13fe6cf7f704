//! `wirepress try`: what would be posted of a feed, without a configuration and without a site.

use std::sync::Arc;

use url::Url;

use super::args::Try;
use super::exit::{Exit, Failure, Outcome};
use super::{init, show};
use crate::clock::Clock;
use crate::config::{AccessConfig, Config, Dedup, Every, FeedConfig, FutureDates, SecretSource, SiteConfig, SiteKind, StoreUrl};
use crate::domain::{Id, NearDuplicates, Secret};
use crate::http;
use crate::pipeline::{Pipeline, Preview};
use crate::poll::{self, Found, FoundFeed, Source};
use crate::rewrite::{Editor, Engine, Recipe};
use crate::schedule;
use crate::store::Store;

/// Names in what is shown; nothing is sent anywhere.
const FEED: &str = "feed";
const SITE: &str = "site";
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// Reads the feed, or the first one that belongs to the page, and shows its newest entries as posts.
pub async fn try_url(args: &Try, clock: &Clock) -> Outcome {
    let url = place(&args.url)?;
    let mut preview = match poll::feeds_of_address(&url).first() {
        Some(found) => at(&url, found, poll::FoundBy::Address, args.last, clock).await?,
        None => render(config(url.clone(), &url), args.last, clock).await?,
    };
    let failed = |preview: &Preview| preview.feeds.iter().any(|feed| feed.error.is_some());
    if failed(&preview)
        && let Some((found, by)) = of_page(&url, clock).await?
    {
        preview = at(&url, &found, by, args.last, clock).await?;
    }
    show::show(&preview, &args.show, clock.now())?;
    Ok(if failed(&preview) { Exit::Feeds } else { Exit::Ok })
}

/// `-` is standard input; what begins as a path does is a file; all else is an address.
fn place(typed: &str) -> Result<Url, Failure> {
    let usage = |told: String| Failure::new(Exit::Usage, told);
    if typed == "-" {
        return Ok(Url::parse(poll::STDIN).expect("a constant address"));
    }
    if ["/", "./", "../", "file:"].iter().any(|start| typed.starts_with(start)) {
        let path = match Url::parse(typed) {
            Ok(url) => url.to_file_path().map_err(|()| usage(format!("`{typed}` is no path of this machine")))?,
            Err(_) => typed.into(),
        };
        let path = std::path::absolute(path).map_err(|error| usage(error.to_string()))?;
        return Url::from_file_path(&path).map_err(|()| usage(format!("`{typed}` is no path of this machine")));
    }
    init::address(typed).map_err(|error| usage(error.to_string()))
}

/// Says which feed it is, and shows that.
async fn at(page: &Url, found: &FoundFeed, by: poll::FoundBy, last: usize, clock: &Clock) -> Result<Preview, Failure> {
    eprintln!("`{page}` is a page; {} this feed: {}", by.told(), found.url);
    render(config(Url::parse(&found.url)?, page), last, clock).await
}

async fn render(config: Config, last: usize, clock: &Clock) -> Result<Preview, Failure> {
    let store = Store::memory().await?;
    let pipeline = Pipeline::new(Arc::new(config), store, clock.clone(), Id::new(clock.now()), None, "try").await?;
    Ok(pipeline.preview_last(&[FEED.to_owned()], last).await?)
}

/// The first feed of a page, where the address is a page's.
async fn of_page(url: &Url, clock: &Clock) -> Result<Option<(FoundFeed, poll::FoundBy)>, Failure> {
    let http = http::Client::new(http::Options::default().typed(url))?;
    Ok(match poll::find(&http, &Source::new(url.clone()), clock.now()).await {
        Ok(Found::Feeds(feeds, by)) if by != poll::FoundBy::Address => feeds.into_iter().next().map(|feed| (feed, by)),
        Ok(_) | Err(_) => None,
    })
}

/// One feed to one site that is never asked, with every default. Only what was typed may be private.
fn config(url: Url, typed: &Url) -> Config {
    let site_url = Url::parse("https://site.invalid/").expect("a constant address");
    let http = http::Options::default().typed(typed);
    let site = SiteConfig {
        name: SITE.to_owned(),
        url: site_url.clone(),
        kind: SiteKind::Wordpress,
        api: site_url,
        user: String::new(),
        password: SecretSource::Env(String::new()),
        settle: DAY,
        timeout: DAY,
        dedup: Dedup::Site,
        status: None,
        near_duplicates: NearDuplicates::Off,
        editor: Editor::default(),
        allow_plain_http: false,
        // nobody is asked for it
        language: Some("en".to_owned()),
        governor: Default::default(),
        terms: Default::default(),
        template: None,
        schedule: None,
        renamed_from: None,
    };
    let recipe = Recipe { site: SITE.to_owned(), ..Recipe::default() };
    let feed = FeedConfig {
        name: FEED.to_owned(),
        url,
        group: None,
        sites: vec![SITE.to_owned()],
        every: Every::Auto,
        insist: false,
        backfill: 0,
        backfill_age: DAY,
        reading: poll::Reading::default(),
        future_dates: FutureDates::Now,
        takeover: crate::config::Takeover::Ignore,
        follow: crate::config::Follow::NOTHING,
        image_limits: crate::content::ImageLimits::default(),
        renamed_from: None,
        access: AccessConfig::default(),
        kind: poll::Kind::Feed,
        boilerplate: std::sync::Arc::default(),
        page: Default::default(),
        post_password: None,
        schedule: None,
        recipes: vec![recipe],
        examples: Vec::new(),
    };
    Config {
        store: StoreUrl::Plain(Secret::new("sqlite::memory:")),
        keep: DAY,
        http,
        spacing: schedule::Spacing { at_once: 1, gap: DAY },
        websub: None,
        image_bytes: 10_000_000,
        sites: vec![site],
        feeds: vec![feed],
        digests: Vec::new(),
        rules: Vec::new(),
        engine: Engine::new(),
    }
}
