//! Items with a JPEG of 100 KB each: bare upload and batch loop, and wirepress, in turn.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::bare::{self, Picture};
use crate::publisher::{Document, Publisher};
use crate::rounds::{median, say};
use crate::site::Site;
use crate::table::Row;
use crate::texts;
use crate::wirepress::Wirepress;

const ITEMS: usize = 120;

pub async fn measure(site: &Site, folder: &Path, rounds: usize) -> Result<Vec<Row>> {
    let site = Arc::new(Site::clone(site));
    let jpeg = std::fs::read(std::env::var("WIREPRESS_BENCH_JPEG").context("WIREPRESS_BENCH_JPEG: start scripts/bench")?)?;
    let pictures: Vec<Bytes> = (0..ITEMS).map(|n| different(&jpeg, n)).collect();
    let served = pictures.clone();
    let publisher = Publisher::start(&[Ipv4Addr::LOCALHOST], |port| {
        let extra =
            |n: usize| format!("<enclosure url=\"http://127.0.0.1:{port}/{n}.jpg\" type=\"image/jpeg\" length=\"{}\"/>", served[n].len());
        let body = texts::document(ITEMS, port, &extra).into();
        let jpegs = served.iter().enumerate().map(|(n, body)| (format!("/{n}.jpg"), Document { kind: "image/jpeg", body: body.clone() }));
        jpegs.chain([("/feed.rss".to_owned(), Document { kind: "application/rss+xml", body })]).collect()
    })
    .await?;
    let config = format!(
        "{}\n[[feed]]\nname = \"news\"\nurl = \"http://127.0.0.1:{}/feed.rss\"\nslug = \"keyed\"\ncontent = \"feed\"\n\
         backfill = {ITEMS}\nbackfill_age = \"3650d\"\nfeed_categories = {{ to = \"categories\", new = \"match\" }}\n",
        Wirepress::site_table(&site),
        publisher.port
    );
    let folder = folder.join("pictures");

    say("image: a first round, for the bodies");
    round(&site, &folder, &config).await?;
    let bodies = texts::bodies(&site).await?;
    let uploads = Arc::new(uploads(&site, &pictures).await?);

    let (mut peers, mut rates) = (Vec::new(), Vec::new());
    for number in 1..=rounds {
        peers.push(bare_round(&site, &bodies, &uploads).await?);
        rates.push(round(&site, &folder, &config).await?);
        let last = |rates: &[f64]| rates.last().copied().unwrap_or_default();
        say(&format!("image: round {number}: bare {:.1}, wirepress {:.1} items a second", last(&peers), last(&rates)));
    }
    let (peer, rate) = (median(peers), median(rates));
    let what = format!("{ITEMS} items with a {} KB image each", jpeg.len() / 1000);
    Ok(vec![Row::beside_peer(what, format!("{rate:.1} items/s"), format!("bare upload + batch {peer:.1} items/s"), rate / peer, 0.85)])
}

/// The same picture, other bytes: a comment segment (ITU T.81, B.2.4.5) behind the start of the image.
fn different(jpeg: &[u8], number: usize) -> Bytes {
    let comment = format!("number {number:06}");
    let length = u16::try_from(comment.len() + 2).expect("a short comment").to_be_bytes();
    [&jpeg[..2], &[0xff, 0xfe], &length, comment.as_bytes(), &jpeg[2..]].concat().into()
}

async fn round(site: &Site, folder: &Path, config: &str) -> Result<f64> {
    site.reset().await?;
    site.make_categories(&texts::categories()).await?;
    let cost = Wirepress::fresh(folder, config)?.once(&site.password).await?;
    verify(site).await?;
    Ok(ITEMS as f64 / cost.wall.as_secs_f64())
}

async fn bare_round(site: &Arc<Site>, bodies: &[Value], pictures: &Arc<Vec<Picture>>) -> Result<f64> {
    site.reset().await?;
    let ids: HashMap<String, u64> = texts::categories().into_iter().zip(site.make_categories(&texts::categories()).await?).collect();
    let mut bodies = bodies.to_vec();
    for body in &mut bodies {
        let names = body["categories"].as_array().context("categories")?;
        let own: Vec<u64> = names.iter().filter_map(|name| ids.get(name.as_str()?).copied()).collect();
        body["categories"] = json!(own);
    }
    let time = bare::upload(site, pictures, &mut bodies).await? + bare::create(site, &Arc::new(bodies)).await?;
    verify(site).await?;
    Ok(ITEMS as f64 / time.as_secs_f64())
}

/// Each post has a featured image of its own.
async fn verify(site: &Site) -> Result<()> {
    texts::verify(site, ITEMS).await?;
    let posts = site.rows("posts").await?;
    let featured: std::collections::HashSet<u64> =
        posts.as_array().context("posts")?.iter().filter_map(|post| post["featured_media"].as_u64()).filter(|id| *id > 0).collect();
    ensure!(featured.len() == ITEMS, "{} posts have a featured image of their own", featured.len());
    Ok(())
}

/// The pictures under the names that wirepress gave them.
async fn uploads(site: &Site, pictures: &[Bytes]) -> Result<Vec<Picture>> {
    let attachments = site.rows("attachments").await?;
    let attachments = attachments.as_array().context("attachments")?;
    ensure!(attachments.len() == ITEMS, "{} attachments", attachments.len());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let uploads = attachments.iter().zip(pictures);
    Ok(uploads.map(|(made, jpeg)| Picture { slug: text(&made["slug"]), alt: text(&json!(made["alt"])), jpeg: jpeg.clone() }).collect())
}
