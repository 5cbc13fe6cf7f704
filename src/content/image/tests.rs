//! Pictures of a scripted server: what is taken, what is not and why, and that a dead server delays nobody else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use super::super::format::Format;
use super::made;
use super::*;
use crate::domain::{DraftImage, Entry, ImageKind, Timestamp};
use crate::http::{Client, Options};

const NOW: Timestamp = Timestamp::from_unix(1_795_000_000);
const LIMITS: ImageLimits = ImageLimits { side: 600, bytes: 100_000 };

/// A server of pictures, and how often it was asked.
struct Server {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port of loopback");
        let address = listener.local_addr().expect("bound");
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut line, _)) = listener.accept().await {
                let count = count.clone();
                tokio::spawn(async move {
                    let mut request = vec![0; 4096];
                    let length = line.read(&mut request).await.unwrap_or(0);
                    let request = String::from_utf8_lossy(&request[..length]).into_owned();
                    count.fetch_add(1, Ordering::SeqCst);
                    let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
                    if path == "hangs" {
                        std::future::pending::<()>().await;
                    }
                    let (status, body) = answer(&path, &request);
                    let more = if status == 429 { "retry-after: 100\r\n" } else { "" };
                    let head = format!("HTTP/1.1 {status} -\r\n{more}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
                    let _ = line.write_all(&[head.as_bytes(), &body].concat()).await;
                });
            }
        });
        Self { address, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    fn images(&self) -> Images {
        let options = Options { allow_networks: vec!["127.0.0.1/32".parse().expect("a network")], ..Options::default() };
        Images::new(Client::new(options).expect("a client"), 1_000_000)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn answer(path: &str, request: &str) -> (u16, Vec<u8>) {
    match path {
        "photo.jpg" => (200, made::picture(Format::Jpeg, 400, 300)),
        // a name tells nothing
        "page.html" => (200, made::picture(Format::Webp, 400, 300)),
        "small.png" => (200, made::picture(Format::Png, 120, 90)),
        "smaller.png" => (200, made::picture(Format::Png, 104, 80)),
        "large.jpg" => (200, made::picture(Format::Jpeg, 1200, 300)),
        "pixel.jpg" => (200, made::picture(Format::Gif, 1, 1)),
        "tiny.jpg" => (200, made::picture(Format::Png, 16, 16)),
        "text.jpg" => (200, b"<!doctype html><p>no".to_vec()),
        "drawing.jpg" => (200, b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()),
        "huge.jpg" => (200, vec![0xff; 1_100_000]),
        "referred.jpg" if request.contains("referer: https://x.example/story") => (200, made::picture(Format::Jpeg, 400, 300)),
        "referred.jpg" => (403, Vec::new()),
        "busy.jpg" => (500, Vec::new()),
        "often.jpg" => (429, Vec::new()),
        _ => (404, Vec::new()),
    }
}

fn named(url: String, kind: ImageKind) -> ImageRef {
    ImageRef { url, kind, ..ImageRef::default() }
}

fn chosen(images: Vec<ImageRef>) -> Vec<Candidate> {
    candidates(&Entry { images, ..Entry::default() }, None, "")
}

fn errand(referer: Option<&Url>) -> Errand<'_> {
    Errand { referer, title: "A title", limits: LIMITS, now: NOW }
}

#[tokio::test]
async fn the_first_that_is_a_good_picture_is_taken_and_says_why() {
    let server = Server::start().await;
    let images = server.images();
    let referer = Url::parse("https://x.example/story").expect("an address");
    let of = |paths: &[&str]| chosen(paths.iter().map(|path| named(server.url(path), ImageKind::Content)).collect());
    let (image, bytes) =
        images.best(&of(&["gone.jpg", "text.jpg", "pixel.jpg", "referred.jpg"]), &errand(Some(&referer))).await.expect("the last");
    assert_eq!(made::pixels(Format::Jpeg, &bytes).dimensions(), (400, 300));
    assert_eq!((image.url, image.alt, image.mime), (server.url("referred.jpg"), "A title".to_owned(), "image/jpeg".to_owned()));
    assert_eq!((image.width, image.height, image.size), (400, 300, bytes.len() as u64));
    assert_eq!((image.from.as_str(), image.why.as_str()), ("the feed's own image", "the feed's own image: 400 x 300 pixels (52 points)"));
    let (image, _) = images.best(&of(&["page.html"]), &errand(None)).await.expect("a picture");
    assert_eq!(image.mime, "image/webp", "told by its bytes");
}

#[tokio::test]
async fn a_small_picture_is_taken_only_where_no_better_one_is_found() {
    let server = Server::start().await;
    let images = server.images();
    let of = |paths: &[&str]| chosen(paths.iter().map(|path| named(server.url(path), ImageKind::Content)).collect());
    let (image, _) = images.best(&of(&["smaller.png", "small.png", "photo.jpg"]), &errand(None)).await.expect("a picture");
    assert_eq!(image.url, server.url("photo.jpg"));
    let (image, _) = images.best(&of(&["smaller.png", "small.png"]), &errand(None)).await.expect("a picture");
    assert_eq!(image.url, server.url("smaller.png"), "the first of two that are equally good");
    let before = server.asked();
    images.best(&of(&["photo.jpg", "small.png"]), &errand(None)).await.expect("a picture");
    assert_eq!(server.asked() - before, 1, "a good one is enough");
}

#[tokio::test]
async fn why_there_is_no_picture_is_told_of_each() {
    let server = Server::start().await;
    let images = server.images();
    let of = |paths: &[&str]| chosen(paths.iter().map(|path| named(server.url(path), ImageKind::Content)).collect());
    let none =
        images.best(&of(&["gone.jpg", "text.jpg", "drawing.jpg", "tiny.jpg", "photo.jpg"]), &errand(None)).await.expect_err("four tries");
    let why = none.why.replace(&format!("http://{}", server.address), "http://host");
    assert_eq!(
        why,
        "`http://host/gone.jpg`: 404 Not Found; `http://host/text.jpg` is HTML, not a picture that WordPress takes; \
         `http://host/drawing.jpg` is SVG, not a picture that WordPress takes; `http://host/tiny.jpg` shows no story: 16 x 16 pixels"
    );
    assert!(!none.is_temporary);
    assert!(images.best(&of(&["huge.jpg"]), &errand(None)).await.expect_err("too large").why.contains("larger than"));
    assert!(images.best(&of(&["busy.jpg"]), &errand(None)).await.expect_err("busy").is_temporary);
    let nothing = images.best(&of(&["img/logo.png"]), &errand(None)).await;
    assert_eq!(nothing.map(|_| ()).map_err(|none| none.is_temporary), Err(false));
    assert_eq!(images.best(&[], &errand(None)).await.map(|_| ()).map_err(String::from), Err(DraftImage::NONE_NAMED.to_owned()));
}

#[tokio::test]
async fn a_picture_that_a_feed_names_may_not_lie_on_a_private_address() {
    let images = Images::new(Client::new(Options::default()).expect("a client"), 1_000_000);
    let image = named("http://127.0.0.1:9/x.png".to_owned(), ImageKind::Content);
    let none = images.best(&chosen(vec![image]), &errand(None)).await.expect_err("refused");
    assert!(none.why.contains("allow_networks") && !none.is_temporary, "{none:?}");
}

#[tokio::test]
async fn the_same_picture_comes_again_the_same() {
    let server = Server::start().await;
    let images = server.images();
    let first = images.best(&chosen(vec![named(server.url("large.jpg"), ImageKind::Content)]), &errand(None)).await.expect("a picture");
    assert_eq!((first.0.width, first.0.height), (600, 150), "made smaller");
    assert_eq!(images.again(&first.0, &errand(None)).await, Ok(first.1));
    let other = DraftImage { sha256: "0".repeat(64), ..first.0 };
    let why = images.again(&other, &errand(None)).await.expect_err("changed").why;
    assert_eq!(why, "the picture has changed since the draft was made");
}

#[tokio::test]
async fn the_pictures_of_a_body_are_copied_once_each_and_known_ones_not_again() {
    let server = Server::start().await;
    let images = server.images();
    let html = format!(
        "<figure><img src=\"{photo}\" alt=\"A ferry\"/><figcaption>At sea.</figcaption></figure><p>Text</p>\
         <figure><img src=\"{gone}\" alt=\"\"/></figure><figure><img src=\"{tiny}\" alt=\"\"/></figure><figure><img src=\"{photo}\" alt=\"\"/></figure>",
        photo = server.url("photo.jpg"),
        gone = server.url("gone.jpg"),
        tiny = server.url("tiny.jpg"),
    );
    let named = pictures_of(&html);
    let kept = std::sync::Mutex::new(Vec::new());
    let keep = |sha256: &str, _: &[u8]| kept.lock().expect("one at a time").push(sha256.to_owned());
    let copies = images.copies(&named, &[], &errand(None), &keep).await;
    let got: Vec<_> = copies.pictures.iter().map(|(url, copy)| (url.rsplit('/').next().unwrap_or_default(), copy.is_ok())).collect();
    assert_eq!(got, [("photo.jpg", true), ("gone.jpg", false), ("tiny.jpg", true)]);
    let photo = copies.pictures[0].1.as_ref().expect("a copy");
    assert_eq!((photo.alt.as_str(), photo.caption.as_str()), ("A ferry", "At sea."));
    assert_eq!(copies.pictures[2].1.as_ref().map(|tiny| tiny.alt.as_str()), Ok(""), "an ornament has no description");
    assert_eq!(kept.lock().expect("one at a time").len(), 2);
    let before = server.asked();
    let again = images.copies(&named, &copies.pictures, &errand(None), &keep).await;
    assert_eq!((server.asked() - before, again.pictures), (1, copies.pictures), "only what failed is asked for again");
}

#[tokio::test]
async fn a_server_that_asked_for_a_pause_is_left_alone() {
    let server = Server::start().await;
    let images = server.images();
    let one = |path: &str| chosen(vec![named(server.url(path), ImageKind::Content)]);
    assert!(images.best(&one("often.jpg"), &errand(None)).await.expect_err("429").is_temporary);
    let before = server.asked();
    let none = images.best(&one("photo.jpg"), &errand(None)).await.expect_err("left alone");
    assert!(none.is_temporary && none.why.contains("left alone until"), "{none:?}");
    assert_eq!(server.asked(), before);
    let later = Errand { now: NOW.plus(std::time::Duration::from_secs(101)), ..errand(None) };
    assert!(images.best(&one("photo.jpg"), &later).await.is_ok());
}

#[tokio::test]
async fn a_server_that_hangs_delays_no_other_and_only_the_first_who_ask_it() {
    let (dead, well) = (Server::start().await, Server::start().await);
    let images = Arc::new(dead.images());
    let began = tokio::time::Instant::now();
    let of_dead = chosen(vec![named(dead.url("hangs"), ImageKind::Content)]);
    let waiting: Vec<_> = (0..6)
        .map(|_| {
            let (images, of_dead) = (images.clone(), of_dead.clone());
            tokio::spawn(async move { images.best(&of_dead, &errand(None)).await })
        })
        .collect();
    let good = images.best(&chosen(vec![named(well.url("photo.jpg"), ImageKind::Content)]), &errand(None)).await;
    assert!(good.is_ok() && began.elapsed() < std::time::Duration::from_secs(5));
    for task in waiting {
        let none = task.await.expect("no panic").expect_err("dead");
        assert!(none.is_temporary, "{none:?}");
    }
    assert_eq!(dead.asked(), 2, "the others are told that it is dead");
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
}
