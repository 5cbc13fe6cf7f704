//! 500 text items with 3 categories each: the bare loop, wirepress with keyed slugs, wirepress with clean slugs, in turn.

use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::bare;
use crate::publisher::{Document, Publisher};
use crate::rounds::{median, say};
use crate::site::Site;
use crate::table::Row;
use crate::wirepress::Wirepress;

const ITEMS: usize = 500;
const CATEGORIES: usize = 70;

pub async fn measure(site: &Site, folder: &Path, rounds: usize) -> Result<Vec<Row>> {
    let site = Arc::new(Site::clone(site));
    let publisher = Publisher::start(&[Ipv4Addr::LOCALHOST], |port| {
        let body = document(ITEMS, port, &|_| String::new()).into();
        HashMap::from([("/feed.rss".to_owned(), Document { kind: "application/rss+xml", body })])
    })
    .await?;
    let config = |slug: &str| {
        format!(
            "{}\n[[feed]]\nname = \"news\"\nurl = \"http://127.0.0.1:{}/feed.rss\"\nslug = \"{slug}\"\ncontent = \"feed\"\nimage = \"none\"\n\
             backfill = {ITEMS}\nbackfill_age = \"3650d\"\nfeed_categories = {{ to = \"categories\", new = \"match\" }}\n",
            Wirepress::site_table(&site),
            publisher.port
        )
    };
    let folder = folder.join("texts");

    // the bodies of the bare loop are those that wirepress makes, read back from the database
    say("text: a first round, for the bodies");
    round(&site, &folder, &config("keyed")).await?;
    let bodies = bodies(&site).await?;

    let (mut bare, mut keyed, mut clean) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=rounds {
        bare.push(bare_round(&site, &bodies).await?);
        keyed.push(round(&site, &folder, &config("keyed")).await?);
        clean.push(round(&site, &folder, &config("clean")).await?);
        let last = |rates: &[f64]| rates.last().copied().unwrap_or_default();
        say(&format!("text: round {number}: bare {:.1}, keyed {:.1}, clean {:.1} items a second", last(&bare), last(&keyed), last(&clean)));
    }
    let peer = median(bare);
    let row = |what: &str, rates: Vec<f64>, least: f64| {
        let rate = median(rates);
        let what = format!("{ITEMS} text items, 3 categories each, `slug = \"{what}\"`");
        Row::beside_peer(what, format!("{rate:.1} items/s"), format!("bare loop {peer:.1} items/s"), rate / peer, least)
    };
    Ok(vec![row("keyed", keyed, 0.85), row("clean", clean, 0.5)])
}

/// An RSS document of `count` items of about 3 KB of HTML each, with 3 of the categories; `extra` adds elements to an item.
pub fn document(count: usize, port: u16, extra: &dyn Fn(usize) -> String) -> String {
    let words = ["harbour", "engine", "winter", "council", "garden", "signal", "market", "bridge", "letter", "summer", "window", "copper"];
    let names = categories();
    let items: String = (0..count)
        .map(|n| {
            let paragraphs: String = (0..8)
                .map(|p| {
                    let text: Vec<&str> = (0..55).map(|w| words[(n * 7 + p * 5 + w * w + w * (n % 11)) % words.len()]).collect();
                    format!("&lt;p&gt;Of {}.&lt;/p&gt;\n", text.join(" "))
                })
                .collect();
            let categories: String = (0..3).map(|c| format!("<category>{}</category>", names[(n * 3 + c * 23) % CATEGORIES])).collect();
            format!(
                "<item><title>Report number {n} on the {}</title><link>http://127.0.0.1:{port}/report/{n}</link>\
                 <guid isPermaLink=\"false\">report-{n}</guid>{categories}{}<description>{paragraphs}</description></item>\n",
                words[n % words.len()],
                extra(n)
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>Reports</title>\
         <link>http://127.0.0.1:{port}/</link><description>Made for a measurement</description><language>en</language>\n{items}</channel></rss>"
    )
}

/// The site has them before the clock starts, for both sides.
pub fn categories() -> Vec<String> {
    (0..CATEGORIES).map(|n| format!("Desk {n:02}")).collect()
}

/// wirepress, with a fresh store, into the emptied site: items a second.
async fn round(site: &Site, folder: &Path, config: &str) -> Result<f64> {
    site.reset().await?;
    site.make_categories(&categories()).await?;
    let wirepress = Wirepress::fresh(folder, config)?;
    let cost = wirepress.once(&site.password).await?;
    verify(site, ITEMS).await?;
    Ok(ITEMS as f64 / cost.wall.as_secs_f64())
}

async fn bare_round(site: &Arc<Site>, bodies: &[Value]) -> Result<f64> {
    site.reset().await?;
    let ids = site.make_categories(&categories()).await?;
    let ids: HashMap<String, u64> = categories().into_iter().zip(ids).collect();
    let mut bodies = bodies.to_vec();
    for body in &mut bodies {
        let names = body["categories"].as_array().context("categories")?;
        let own: Vec<u64> = names.iter().filter_map(|name| ids.get(name.as_str()?).copied()).collect();
        body["categories"] = json!(own);
    }
    let time = bare::create(site, &Arc::new(bodies)).await?;
    verify(site, ITEMS).await?;
    Ok(ITEMS as f64 / time.as_secs_f64())
}

/// As many different posts as items, each with its three categories.
pub async fn verify(site: &Site, count: usize) -> Result<()> {
    let posts = site.rows("posts").await?;
    let posts = posts.as_array().context("posts")?;
    let titles: HashSet<&str> = posts.iter().filter_map(|post| post["title"].as_str()).collect();
    ensure!(posts.len() == count && titles.len() == count, "{} posts with {} titles, not {count}", posts.len(), titles.len());
    for post in posts {
        let own = post["terms"]["category"].as_array().map_or(0, Vec::len);
        ensure!(own == 3, "`{}` has {own} categories", post["title"]);
    }
    Ok(())
}

/// What the last round made, as bodies for the bare loop; categories by name.
pub async fn bodies(site: &Site) -> Result<Vec<Value>> {
    let posts = site.rows("posts").await?;
    let posts = posts.as_array().context("posts")?.iter();
    Ok(posts
        .map(|post| {
            json!({"title": post["title"], "content": post["content"], "excerpt": post["excerpt"], "slug": post["slug"],
                "status": post["status"], "categories": post["terms"]["category"]})
        })
        .collect())
}
