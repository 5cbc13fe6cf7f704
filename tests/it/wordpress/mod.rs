//! `wordpress` and `publish` against a real WordPress: what was sent is read back from its own database.
//!
//! The tests share one site: each has a key of its own, and looks only at what carries it.

mod blocks;
mod doubt;
mod fields;
mod find;
mod finish;
mod look;
pub mod media;
mod roles;
mod terms;
mod versions;

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use url::Url;
use wirepress::domain::{Delivery, DeliveryState, Doubt, Draft, Id, Phase, Post, Secret, SlugStyle, Timestamp};
use wirepress::http::{Client, Options};
use wirepress::publish::{self, Made, Order, Seen, Unfinished, returned_hash};
use wirepress::wordpress::{Failure, Me, PlainHttp, Site, discover};

use crate::support::proxy::{Fault, Proxy};
use crate::support::site::{Wordpress, wordpress};

pub static NONE: BTreeMap<String, Vec<u64>> = BTreeMap::new();

pub static NO_FIELDS: BTreeMap<String, Value> = BTreeMap::new();
pub static NO_NAMES: BTreeMap<u64, String> = BTreeMap::new();

/// One account on the real site.
pub struct Bench {
    pub wp: Wordpress,
    pub site: Site,
    pub me: Me,
}

impl Bench {
    /// On the WordPress 6.8.
    pub async fn of(user: &str) -> Self {
        Self::at(wordpress(), user).await
    }

    pub async fn at(wp: Wordpress, user: &str) -> Self {
        let site = site_at(&wp.url, &wp, user, 60).await;
        let me = site.me().await.expect("the account");
        Self { wp, site, me }
    }

    /// The same account through a proxy that strikes every request to a path once.
    pub async fn behind(&self, user: &str, method: &'static str, path: &'static str, fault: Fault) -> (Site, Proxy) {
        let struck = std::sync::atomic::AtomicBool::new(false);
        let proxy = Proxy::start(self.wp.address(), move |request, _| {
            let fits = request.method == method && request.target.contains(path);
            (fits && !struck.swap(true, std::sync::atomic::Ordering::SeqCst)).then_some(fault)
        });
        (site_at(&proxy.url(), &self.wp, user, 5).await, proxy)
    }

    pub async fn look(&self, delivery: &Delivery) -> Seen {
        publish::look(&self.site, &self.me, &[delivery]).await.expect("a look").remove(0)
    }

    /// One post, as it comes off.
    pub async fn create(&self, delivery: &Delivery) -> Result<Made, Failure> {
        publish::create(&self.site, &self.me, &[order(delivery)]).await.remove(0)
    }

    pub async fn finish(&self, delivery: &Delivery, post: &Post) -> Result<Made, Failure> {
        let unfinished = Unfinished { order: order(delivery), post };
        publish::finish(&self.site, &self.me, &[unfinished], now()).await.remove(0)
    }

    pub async fn made(&self, delivery: &mut Delivery) -> Post {
        let post = self.create(delivery).await.expect("made").post;
        note(delivery, &post);
        post
    }

    /// Made and finished.
    pub async fn published(&self, delivery: &mut Delivery) -> Post {
        let post = self.made(delivery).await;
        let post = self.finish(delivery, &post).await.expect("finished").post;
        note(delivery, &post);
        post
    }

    /// The rows of the database whose title has the delivery's key, oldest first.
    pub fn rows(&self, key: &str) -> Vec<Value> {
        let posts = self.wp.test_route("posts");
        let posts = posts.as_array().expect("posts").iter();
        posts.filter(|post| post["title"].as_str().is_some_and(|title| title.contains(key))).cloned().collect()
    }

    /// Waits until so many rows are there: a request whose line was cut is still at work.
    pub async fn wait_for_rows(&self, key: &str, count: usize) -> Vec<Value> {
        let start = Instant::now();
        loop {
            let rows = self.rows(key);
            if rows.len() >= count {
                return rows;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{} of {count} rows with {key}", rows.len());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// What a person does in wp-admin, over REST with their own account.
    pub fn person(&self, user: &str, method: &str, route: &str, body: Value) -> Value {
        let output = std::process::Command::new("curl")
            .args(["-sS", "--max-time", "60", "-X", method, "-u", &format!("{user}:{}", self.wp.password(user))])
            .args(["-H", "Content-Type: application/json", "-H", "Accept: application/json", "-d", &body.to_string()])
            .arg(format!("{}/wp-json/wp/v2/{route}", self.wp.url))
            .output()
            .expect("curl");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stdout)))
    }

    /// A person changes a post.
    pub fn edit(&self, user: &str, id: u64, body: Value) -> Value {
        let answer = self.person(user, "POST", &format!("posts/{id}"), body);
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }
}

async fn site_at(url: &str, wp: &Wordpress, user: &str, timeout: u64) -> Site {
    let url = Url::parse(url).expect("an address");
    let http = Client::new(Options::default().typed(&url)).expect("a client");
    let root = discover(&http, &url, PlainHttp::Refuse).await.expect("a WordPress");
    Site::new(http, root, user.to_owned(), Secret::new(wp.password(user)), Duration::from_secs(timeout))
}

pub fn now() -> Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    Timestamp::from_unix(i64::try_from(seconds).expect("before the end of time"))
}

/// A key that no other test and no other run has: 13 characters.
pub fn key() -> String {
    Id::new(now()).to_string()
}

/// A delivery with a draft that carries its mark.
pub fn delivery(key: &str) -> Delivery {
    let mark = format!(
        "<!-- wp:paragraph {{\"className\":\"wirepress-source wirepress-{key}\"}} -->\n<p class=\"wirepress-source wirepress-{key}\"><a href=\"https://news.example/{key}?a=1&amp;b=2\">News</a></p>\n<!-- /wp:paragraph -->"
    );
    let draft = Draft {
        title: format!("News {key}"),
        content: format!("<!-- wp:paragraph -->\n<p>Words &amp; more words.</p>\n<!-- /wp:paragraph -->\n\n{mark}"),
        excerpt: "Words & more words.".to_owned(),
        slug: format!("clean-{key}"),
        source: Some(format!("https://news.example/{key}?a=1&b=2")),
        ..Draft::default()
    };
    let now = now();
    Delivery {
        id: Id::new(now),
        site: Id::new(now),
        item: Id::new(now),
        state: DeliveryState::Publishing,
        hold: None,
        key: key.to_owned(),
        slug: format!("news-{key}"),
        phase: Phase::Unmade,
        doubt: Doubt::default(),
        draft: Some(draft),
        decision: Default::default(),
        post: None,
        post_type: None,
        post_slug: None,
        returned_hash: None,
        modified_gmt: None,
        post_link: None,
        attempts: 0,
        due: now,
        planned: None,
        error: None,
        run: None,
        published_at: None,
    }
}

/// One that keeps its key as its slug.
pub fn keyed(key: &str) -> Delivery {
    let mut delivery = delivery(key);
    draft(&mut delivery).slug_style = SlugStyle::Keyed;
    delivery
}

/// The same after an unclear answer whose doubt is over.
pub fn doubted(mut delivery: Delivery, floor: u64) -> Delivery {
    delivery.doubt = Doubt { until: None, ever: true, floor: Some(floor) };
    delivery
}

pub fn draft(delivery: &mut Delivery) -> &mut Draft {
    delivery.draft.as_mut().expect("a draft")
}

/// What the store keeps of an answer.
pub fn note(delivery: &mut Delivery, post: &Post) {
    delivery.phase = Phase::Made;
    delivery.post = Some(post.id);
    delivery.post_slug = Some(post.slug.clone());
    delivery.returned_hash = Some(returned_hash(post));
    delivery.modified_gmt = Some(post.modified_gmt.clone());
}

pub fn order(delivery: &Delivery) -> Order<'_> {
    Order {
        delivery,
        terms: &NONE,
        content: None,
        featured_media: None,
        author: None,
        fields: &NO_FIELDS,
        hold_back: None,
        names: &NO_NAMES,
        stranger: false,
    }
}
