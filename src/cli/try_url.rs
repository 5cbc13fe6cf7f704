//! `wirepress try`: what would be posted of a feed, without a configuration and without a site.

use std::sync::Arc;

use super::args::Try;
use super::exit::{Exit, Failure, Outcome};
use super::{init, show};
use crate::clock::Clock;
use crate::config::{AccessConfig, Config, Dedup, Every, FeedConfig, FutureDates, SecretSource, SiteConfig, StoreUrl};
use crate::domain::{Id, Secret};
use crate::http;
use crate::pipeline::{Pipeline, Preview};
use crate::poll::{self, Polled, Source};
use crate::rewrite::{Engine, Recipe};
use crate::store::Store;

/// Names in what is shown; nothing is sent anywhere.
const FEED: &str = "feed";
const SITE: &str = "site";
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// Reads the feed, or the first one that the page names, and shows its newest entries as posts.
pub async fn try_url(args: &Try, clock: &Clock) -> Outcome {
    let url = init::address(&args.url).map_err(|error| Failure::new(Exit::Usage, error))?;
    let mut preview = render(config(url.clone()), args.last, clock).await?;
    if preview.feeds.iter().any(|feed| feed.error.is_some())
        && let Some(named) = named(&url, clock).await?
    {
        eprintln!("`{url}` is a page; trying the feed that it names: {named}");
        preview = render(config(named), args.last, clock).await?;
    }
    show::show(&preview, &args.show, clock.now())?;
    Ok(if preview.feeds.iter().any(|feed| feed.error.is_some()) { Exit::Feeds } else { Exit::Ok })
}

async fn render(config: Config, last: usize, clock: &Clock) -> Result<Preview, Failure> {
    let store = Store::memory().await?;
    let pipeline = Pipeline::new(Arc::new(config), store, clock.clone(), Id::new(clock.now()), None, "try").await?;
    Ok(pipeline.preview_last(&[FEED.to_owned()], last).await?)
}

/// The first feed that a page names, where the address is a page's.
async fn named(url: &url::Url, clock: &Clock) -> Result<Option<url::Url>, Failure> {
    let http = http::Client::new(http::Options::default().typed(url))?;
    match poll::poll(&http, &Source::new(url.clone()), clock.now()).await {
        Err(poll::Error::Unreadable { feeds, .. }) => Ok(feeds.first().and_then(|feed| url::Url::parse(&feed.url).ok())),
        Ok(Polled::Document(_) | Polled::NotModified { .. }) | Err(_) => Ok(None),
    }
}

/// One feed to one site that is never asked, with every default.
fn config(url: url::Url) -> Config {
    let site_url = url::Url::parse("https://site.invalid/").expect("a constant address");
    let http = http::Options::default().typed(&url);
    let site = SiteConfig {
        name: SITE.to_owned(),
        url: site_url,
        user: String::new(),
        password: SecretSource::Env(String::new()),
        settle: DAY,
        timeout: DAY,
        dedup: Dedup::Site,
        allow_plain_http: false,
        // nobody is asked for it
        language: Some("en".to_owned()),
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
        renamed_from: None,
        access: AccessConfig::default(),
        recipes: vec![recipe],
    };
    Config {
        store: StoreUrl::Plain(Secret::new("sqlite::memory:")),
        keep: DAY,
        http,
        sites: vec![site],
        feeds: vec![feed],
        engine: Engine::new(),
    }
}
