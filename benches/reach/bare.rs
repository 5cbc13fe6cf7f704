//! The peer: a bare loop that knows all bodies beforehand and does nothing but send them, over 4 connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::site::Site;

const CONNECTIONS: usize = 4;
const BATCH: usize = 25;

/// A picture to upload.
#[derive(Clone)]
pub struct Picture {
    pub slug: String,
    pub alt: String,
    pub jpeg: bytes::Bytes,
}

/// Creates the posts by batch/v1, 25 at a time. Each answer is looked into.
pub async fn create(site: &Arc<Site>, bodies: &Arc<Vec<Value>>) -> Result<Duration> {
    let start = Instant::now();
    let chunks = bodies.len().div_ceil(BATCH);
    spread(chunks, |chunk, http| {
        let (site, bodies) = (site.clone(), bodies.clone());
        async move {
            let bodies = &bodies[chunk * BATCH..bodies.len().min((chunk + 1) * BATCH)];
            let requests: Vec<Value> =
                bodies.iter().map(|body| json!({"method": "POST", "path": "/wp/v2/posts?_fields=id,slug,status", "body": body})).collect();
            for (answer, body) in site.batch(&http, &requests).await?.iter().zip(bodies) {
                let made = &answer["body"];
                ensure!(answer["status"] == 201 && made["id"].as_u64().is_some_and(|id| id > 0), "a post was not made: {answer}");
                ensure!(made["slug"] == body["slug"] && made["status"] == body["status"], "another post was made: {answer}");
            }
            Ok(())
        }
    })
    .await?;
    Ok(start.elapsed())
}

/// Uploads the pictures; their ids go into the bodies, in the same order, as featured images.
pub async fn upload(site: &Arc<Site>, pictures: &Arc<Vec<Picture>>, bodies: &mut [Value]) -> Result<Duration> {
    let start = Instant::now();
    let ids: Arc<Vec<AtomicUsize>> = Arc::new(pictures.iter().map(|_| AtomicUsize::new(0)).collect());
    spread(pictures.len(), |place, http| {
        let (site, pictures, ids) = (site.clone(), pictures.clone(), ids.clone());
        async move {
            let picture = &pictures[place];
            let mut url = reqwest::Url::parse(&format!("{}/wp-json/wp/v2/media", site.url))?;
            url.query_pairs_mut().extend_pairs([("slug", &*picture.slug), ("alt_text", &picture.alt), ("_fields", "id,slug")]);
            let answer = http
                .post(url)
                .basic_auth(&site.user, Some(&site.password))
                .header("Content-Type", "image/jpeg")
                .header("Content-Disposition", format!("attachment; filename=\"{}.jpg\"", picture.slug))
                .body(picture.jpeg.clone())
                .send()
                .await?;
            ensure!(answer.status() == 201, "an upload answered {}", answer.status());
            let made: Value = serde_json::from_slice(&answer.bytes().await?)?;
            ensure!(made["slug"] == *picture.slug, "another picture was made: {made}");
            ids[place].store(usize::try_from(made["id"].as_u64().context("an id")?)?, Ordering::Relaxed);
            Ok(())
        }
    })
    .await?;
    for (body, id) in bodies.iter_mut().zip(ids.iter()) {
        body["featured_media"] = json!(id.load(Ordering::Relaxed));
    }
    Ok(start.elapsed())
}

/// Does `count` jobs, at most one at a time on each of the connections.
async fn spread<F>(count: usize, job: impl Fn(usize, reqwest::Client) -> F) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    let next = AtomicUsize::new(0);
    let worker = async || {
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(1).build()?;
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= count {
                return anyhow::Ok(());
            }
            job(place, http.clone()).await?;
        }
    };
    futures_util::future::try_join_all((0..CONNECTIONS).map(|_| worker())).await?;
    Ok(())
}
