//! The picture of an entry: candidates in order, fetched, and told by their bytes.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use url::Url;

use super::clean::Cleaned;
use super::format::{Format, Look, look};
use super::pixel::is_tracker;
use crate::domain::{DraftImage, Entry, ImageRef};
use crate::http::{Client, HeaderValue, Limits, Request, header};

/// So many candidates are fetched at most.
const TRIES: usize = 4;

/// A picture with a side this short (in pixels) shows nothing.
const TINY: u32 = 2;

/// A picture that may become the featured image.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub image: ImageRef,
    /// Where it was named: `the feed's media`, `the first picture of the body`.
    pub from: &'static str,
}

/// The pictures to try, in their order: the feed's own media first, then the body's first picture. None twice.
pub fn candidates(entry: &Entry, body: &Cleaned) -> Vec<Candidate> {
    let media = entry.images.iter().map(|image| Candidate { image: image.clone(), from: "the feed's media" });
    let first = body.images.first().map(|image| Candidate { image: image.clone(), from: "the first picture of the body" });
    let mut seen = std::collections::HashSet::new();
    let shows = |image: &ImageRef| !is_tracker(&image.url) && ![image.width, image.height].into_iter().flatten().any(|side| side <= TINY);
    media.chain(first).filter(|candidate| shows(&candidate.image) && seen.insert(candidate.image.url.clone())).collect()
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoPicture {
    /// In a person's words, why each candidate is none.
    pub why: String,
    /// A server was busy, slow or not to be reached: one of them may be a picture later.
    pub is_temporary: bool,
}

impl From<NoPicture> for String {
    fn from(none: NoPicture) -> Self {
        none.why
    }
}

/// Fetches the first candidate that is a picture: what the draft says of it, and its bytes. `title` describes a picture
/// that nobody described.
///
/// Errors: why each of them is none, and whether that may change.
pub async fn picture(
    http: &Client,
    candidates: &[Candidate],
    referer: Option<&Url>,
    title: &str,
) -> Result<(DraftImage, Vec<u8>), NoPicture> {
    let (mut reasons, mut is_temporary) = (Vec::new(), false);
    for candidate in candidates.iter().take(TRIES) {
        match fetch(http, candidate, referer).await {
            Ok((format, bytes)) => {
                let alt = candidate.image.alt.as_deref().map(str::trim).filter(|alt| !alt.is_empty()).unwrap_or(title);
                let image = DraftImage {
                    url: candidate.image.url.clone(),
                    alt: alt.to_owned(),
                    mime: format.mime().to_owned(),
                    sha256: HEXLOWER.encode(&Sha256::digest(&bytes)),
                    size: bytes.len() as u64,
                    from: candidate.from.to_owned(),
                    ..DraftImage::default()
                };
                return Ok((image, bytes));
            }
            Err(none) => {
                reasons.push(none.why);
                is_temporary |= none.is_temporary;
            }
        }
    }
    let why = if reasons.is_empty() { DraftImage::NONE_NAMED.to_owned() } else { reasons.join("; ") };
    Err(NoPicture { why, is_temporary })
}

async fn fetch(http: &Client, candidate: &Candidate, referer: Option<&Url>) -> Result<(Format, Vec<u8>), NoPicture> {
    let never = |why: String| NoPicture { why, is_temporary: false };
    let address = &candidate.image.url;
    let url = Url::parse(address).map_err(|error| never(format!("`{address}` is no address: {error}")))?;
    let accept = HeaderValue::from_static("image/webp,image/png,image/jpeg,image/gif;q=0.9,image/avif;q=0.5");
    let mut request = Request::get("image", url, Limits::IMAGE).header(header::ACCEPT, accept);
    if let Some(referer) = referer.and_then(|referer| HeaderValue::from_str(referer.as_str()).ok()) {
        // Publishers that keep strangers from linking their pictures let their own pages do it.
        request = request.header(header::REFERER, referer);
    }
    let response = http.send(request).await.map_err(|error| NoPicture { why: error.to_string(), is_temporary: error.is_temporary() })?;
    if !response.status.is_success() {
        let is_temporary = response.status.is_server_error() || matches!(response.status.as_u16(), 408 | 425 | 429);
        return Err(NoPicture { why: format!("`{address}`: {}", response.status), is_temporary });
    }
    match look(&response.body) {
        Look::Picture(format, Some((width, height))) if width.min(height) <= TINY => {
            Err(never(format!("`{address}` is a {} of {width} x {height} pixels", format.mime())))
        }
        Look::Picture(format, _) => Ok((format, response.body)),
        Look::Other(what) => Err(never(format!("`{address}` is {what}, not a picture that WordPress takes"))),
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::http::Options;

    const GIF: &[u8] = b"GIF89a\x10\x00\x10\x00\x00\x00\x00;";
    const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;";

    /// Answers `/pixel`, `/html` and `/picture`; all else is 404.
    async fn serve() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port of loopback");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move {
            while let Ok((mut line, _)) = listener.accept().await {
                let mut asked = vec![0; 4096];
                let length = line.read(&mut asked).await.unwrap_or(0);
                let asked = String::from_utf8_lossy(&asked[..length]).into_owned();
                let (status, body) = match asked.split(' ').nth(1) {
                    Some("/pixel") => ("200 OK", PIXEL),
                    Some("/busy") => ("503 Service Unavailable", &b""[..]),
                    Some("/html") => ("200 OK", &b"<!doctype html><p>no"[..]),
                    Some("/picture") if asked.contains("referer: https://x.example/story") => ("200 OK", GIF),
                    _ => ("404 Not Found", &b""[..]),
                };
                let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                let _ = line.write_all(&[head.as_bytes(), body].concat()).await;
            }
        });
        address
    }

    fn named(url: String) -> Candidate {
        Candidate { image: ImageRef { url, ..ImageRef::default() }, from: "the feed's media" }
    }

    #[tokio::test]
    async fn the_first_candidate_that_is_a_picture_is_taken() {
        let at = serve().await;
        let options = Options { allow_networks: vec!["127.0.0.1/32".parse().expect("a network")], ..Options::default() };
        let http = Client::new(options).expect("a client");
        let referer = Url::parse("https://x.example/story").expect("an address");
        let all = ["gone", "pixel", "html", "picture"].map(|path| named(format!("http://{at}/{path}")));
        let (image, bytes) = picture(&http, &all, Some(&referer), "A title").await.expect("the last one");
        assert_eq!(bytes, GIF);
        assert_eq!(
            image,
            DraftImage {
                url: format!("http://{at}/picture"),
                alt: "A title".to_owned(),
                mime: "image/gif".to_owned(),
                sha256: HEXLOWER.encode(&Sha256::digest(GIF)),
                size: GIF.len() as u64,
                from: "the feed's media".to_owned(),
                ..DraftImage::default()
            }
        );
        let reasons = picture(&http, &all[..3], None, "A title").await.expect_err("no picture");
        let host = format!("http://{at}");
        assert_eq!(
            reasons.why.replace(&host, "http://host"),
            "`http://host/gone`: 404 Not Found; `http://host/pixel` is a image/gif of 1 x 1 pixels; `http://host/html` is HTML, not a picture that WordPress takes"
        );
        assert!(!reasons.is_temporary);
        let busy = picture(&http, &["gone", "busy"].map(|path| named(format!("http://{at}/{path}"))), None, "").await;
        assert!(busy.expect_err("no picture").is_temporary);
    }

    #[tokio::test]
    async fn a_picture_that_a_feed_names_may_not_lie_on_a_private_address() {
        let http = Client::new(Options::default()).expect("a client");
        let none = picture(&http, &[named("http://127.0.0.1:9/x.png".to_owned())], None, "").await.expect_err("refused");
        assert!(none.why.contains("allow_networks") && !none.is_temporary, "{none:?}");
        assert_eq!(picture(&http, &[], None, "").await.map_err(String::from), Err("the entry names none".to_owned()));
    }

    #[test]
    fn the_feeds_own_media_comes_before_the_body() {
        let image = |url: &str, width| ImageRef { url: url.to_owned(), width, ..ImageRef::default() };
        let entry =
            Entry { images: vec![image("https://x.example/t.gif", Some(1)), image("https://x.example/1.jpg", None)], ..Entry::default() };
        let body =
            Cleaned { images: vec![image("https://x.example/2.jpg", None), image("https://x.example/3.jpg", None)], ..Cleaned::default() };
        let urls: Vec<_> = candidates(&entry, &body).into_iter().map(|candidate| candidate.image.url).collect();
        assert_eq!(urls, ["https://x.example/1.jpg", "https://x.example/2.jpg"]);
    }
}
