//! The door against a scripted server: it says exactly what a test wants, byte for byte.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::domain::Secret;

/// What the server does with one request.
#[derive(Clone)]
enum Act {
    /// Sends these bytes and closes.
    Say(Vec<u8>),
    /// Sends these bytes and keeps the connection.
    Go(Vec<u8>),
    /// Never answers.
    Hang,
    /// Sends these bytes, then nothing more.
    Stall(Vec<u8>),
}

/// A server that answers its n-th request with its n-th act, and the requests that it saw.
struct Server {
    address: SocketAddr,
    acts: Arc<Mutex<std::collections::VecDeque<Act>>>,
    seen: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    async fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acts = Arc::new(Mutex::new(acts.into_iter().collect::<std::collections::VecDeque<_>>()));
        let (seen, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
        let (list, count, mine) = (seen.clone(), connections.clone(), acts.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock().unwrap() += 1;
                tokio::spawn(serve(stream, acts.clone(), list.clone()));
            }
        });
        Self { address, acts: mine, seen, connections }
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    /// One more answer, after all others.
    fn add(&self, act: Act) {
        self.acts.lock().unwrap().push_back(act);
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// A client whose operator typed this server.
    fn client(&self) -> Client {
        Client::new(Options::default().typed(&self.url("/"))).unwrap()
    }

    async fn get(&self, path: &str) -> Result<Response, Error> {
        self.client().send(Request::get("test", self.url(path), small())).await
    }
}

async fn serve(mut stream: TcpStream, acts: Arc<Mutex<std::collections::VecDeque<Act>>>, seen: Arc<Mutex<Vec<String>>>) {
    loop {
        let Some(request) = request(&mut stream).await else { return };
        seen.lock().unwrap().push(request);
        let act = acts.lock().unwrap().pop_front().unwrap_or(Act::Say(Vec::new()));
        match act {
            Act::Say(bytes) => return drop(stream.write_all(&bytes).await),
            Act::Go(bytes) => stream.write_all(&bytes).await.unwrap(),
            Act::Hang => std::future::pending::<()>().await,
            Act::Stall(bytes) => {
                stream.write_all(&bytes).await.unwrap();
                std::future::pending::<()>().await;
            }
        }
    }
}

/// One request: head, and as much body as its length says.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Some(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

fn small() -> Limits {
    Limits { first_byte: Duration::from_secs(5), total: Duration::from_secs(5), wire: 10_000, decoded: 100_000 }
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

fn redirect(status: u16, to: &str) -> Act {
    Act::Say(answer(&format!("{status} Moved\r\nlocation: {to}"), b""))
}

async fn packed(coding: &str, body: &[u8]) -> Vec<u8> {
    use async_compression::tokio::bufread::{BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
    let mut out = Vec::new();
    match coding {
        "gzip" => GzipEncoder::new(body).read_to_end(&mut out).await,
        "br" => BrotliEncoder::new(body).read_to_end(&mut out).await,
        "zstd" => ZstdEncoder::new(body).read_to_end(&mut out).await,
        "zlib" => ZlibEncoder::new(body).read_to_end(&mut out).await,
        "raw" => DeflateEncoder::new(body).read_to_end(&mut out).await,
        other => panic!("{other}"),
    }
    .unwrap();
    out
}

#[tokio::test]
async fn an_answer_comes_whole_and_the_request_says_who_we_are_and_nothing_more() {
    let server = Server::new([Act::Say(answer("200 OK\r\nETag: \"x\"", b"hello"))]).await;
    let response = server.get("/a?b=c").await.unwrap();
    assert_eq!((response.status.as_u16(), response.body.as_slice(), response.wire), (200, &b"hello"[..], 5));
    assert_eq!(response.header(header::ETAG), Some("\"x\""));
    let seen = server.seen().remove(0).to_lowercase();
    assert!(seen.starts_with("get /a?b=c http/1.1\r\n"), "{seen}");
    assert!(seen.contains("user-agent: wirepress/"), "{seen}");
    assert!(seen.contains("accept-encoding: gzip, br, zstd, deflate\r\n"), "{seen}");
    for unwanted in ["cookie", "referer", "authorization"] {
        assert!(!seen.contains(unwanted), "{seen}");
    }
}

#[tokio::test]
async fn every_content_coding_is_undone() {
    let text = "wirepress ".repeat(500);
    for (coding, label) in [("gzip", "gzip"), ("gzip", "x-gzip"), ("br", "br"), ("zstd", "zstd"), ("zlib", "deflate"), ("raw", "Deflate")] {
        let body = packed(coding, text.as_bytes()).await;
        let server = Server::new([Act::Say(answer(&format!("200 OK\r\ncontent-encoding: {label}"), &body))]).await;
        let response = server.get("/").await.unwrap();
        assert_eq!(response.body, text.as_bytes(), "{label}");
        assert_eq!(response.wire, body.len() as u64);
    }
    let twice = packed("br", &packed("gzip", text.as_bytes()).await).await;
    let server = Server::new([
        Act::Say(answer("200 OK\r\ncontent-encoding: gzip, br", &twice)),
        Act::Say(answer("200 OK\r\ncontent-encoding: gzip", b"not packed at all")),
        Act::Say(answer("200 OK\r\ncontent-encoding: exi", b"x")),
    ])
    .await;
    assert_eq!(server.get("/").await.unwrap().body, text.as_bytes());
    assert_eq!(server.get("/").await.unwrap().body, b"not packed at all");
    assert!(matches!(server.get("/").await, Err(Error::Coding { coding, .. }) if coding == "exi"));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_announced_or_not() {
    let long = vec![b'x'; 20_000];
    let server = Server::new([
        Act::Say(answer("200 OK", &long)),
        Act::Say([&b"HTTP/1.1 200 OK\r\n\r\n"[..], &long].concat()),
        Act::Say(answer("200 OK", &long[..10_000])),
    ])
    .await;
    for _ in 0..2 {
        let error = server.get("/").await.unwrap_err();
        assert!(matches!(error, Error::TooLarge { size: Size::Wire, cap: 10_000, .. }), "{error}");
    }
    assert_eq!(server.get("/").await.unwrap().body.len(), 10_000);
}

#[tokio::test]
async fn a_bomb_is_refused_in_every_coding() {
    let zeros = vec![0; 5_000_000];
    for (coding, label) in [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("zlib", "deflate"), ("raw", "deflate")] {
        let body = packed(coding, &zeros).await;
        assert!(body.len() < 10_000, "{coding}: {}", body.len());
        let server = Server::new([Act::Say(answer(&format!("200 OK\r\ncontent-encoding: {label}"), &body))]).await;
        let error = server.get("/").await.unwrap_err();
        assert!(matches!(error, Error::TooLarge { size: Size::Decoded, cap: 100_000, .. }), "{coding}: {error}");
    }
}

#[tokio::test]
async fn redirects_are_followed_and_told() {
    let server = Server::new([redirect(301, "/b"), redirect(308, "c?x=1"), Act::Say(answer("200 OK", b"end"))]).await;
    let response = server.get("/a").await.unwrap();
    assert_eq!(response.url, server.url("/c?x=1"));
    assert_eq!(response.hops, [(301, server.url("/a")), (308, server.url("/b"))]);
    assert_eq!(response.moved_to(), Some(&server.url("/c?x=1")));

    let server = Server::new([redirect(301, "/b"), redirect(302, "/c"), Act::Say(answer("200 OK", b"end"))]).await;
    assert_eq!(server.get("/a").await.unwrap().moved_to(), None);
}

#[tokio::test]
async fn what_is_known_of_one_address_is_told_to_no_other_on_the_way_there() {
    let server = Server::new([redirect(301, "/new"), Act::Say(answer("304 Not Modified", b""))]).await;
    let mut request = Request::get("test", server.url("/old"), small()).header(header::IF_NONE_MATCH, HeaderValue::from_static("\"1\""));
    request.conditional_at = Some(server.url("/new"));
    assert_eq!(server.client().send(request).await.unwrap().status, StatusCode::NOT_MODIFIED);
    let told: Vec<bool> = server.seen().iter().map(|request| request.to_lowercase().contains("if-none-match: \"1\"")).collect();
    assert_eq!(told, [false, true]);
}

#[tokio::test]
async fn redirects_end_after_five_hops() {
    let server = Server::new((0..9).map(|_| redirect(302, "/again"))).await;
    let error = server.get("/").await.unwrap_err();
    assert!(matches!(error, Error::Redirect { .. }), "{error}");
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn the_redirect_of_a_post_is_its_answer() {
    let server = Server::new([redirect(302, "/b")]).await;
    let request = Request { follow: Follow::UpTo(5), ..Request::post("test", server.url("/"), small(), "body") };
    assert_eq!(server.client().send(request).await.unwrap().status, 302);
    assert!(server.seen()[0].ends_with("\r\n\r\nbody"));
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused_even_from_a_server_that_was_typed() {
    let target = Server::new([Act::Say(answer("200 OK", b"secret"))]).await;
    let server = Server::new([redirect(302, target.url("/").as_str())]).await;
    let error = server.get("/").await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert!(error.to_string().contains("allow_networks = [\"127.0.0.1/32\"]"), "{error}");
    assert!(!error.may_have_arrived());
    assert!(target.seen().is_empty());
}

#[tokio::test]
async fn no_redirect_leads_to_a_private_address_however_it_is_written() {
    let target = Server::new([]).await;
    let port = target.address.port();
    for host in [
        "127.0.0.1",
        "127.0.0.9",
        "localhost",
        "LOCALHOST",
        "0x7f.1",
        "2130706433",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "[fe80::1]",
        "[fc00::1]",
        "[ff02::1]",
    ] {
        // first a hop that is fine: every hop is looked at, not the first only
        let server = Server::new([redirect(302, "/again"), redirect(307, &format!("http://{host}:{port}/"))]).await;
        let error = server.get("/").await.unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{host}: {error}");
        assert!(error.to_string().contains("allow_networks = [\""), "{host}: {error}");
    }
    for scheme in ["file", "ftp", "gopher", "data"] {
        let server = Server::new([redirect(302, &format!("{scheme}://127.0.0.1/x"))]).await;
        assert!(matches!(server.get("/").await.unwrap_err(), Error::BadUrl { .. }), "{scheme}");
    }
    assert_eq!(*target.connections.lock().unwrap(), 0, "nobody even connected");
}

#[tokio::test]
async fn private_addresses_are_refused_by_number_and_by_name_unless_allowed() {
    let server = Server::new([Act::Say(answer("200 OK", b"x"))]).await;
    let closed = Client::new(Options::default()).unwrap();
    let port = server.address.port();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0.0.0.0"] {
        let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
        let error = closed.send(Request::get("test", url, small())).await.unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{host}: {error}");
    }
    assert!(server.seen().is_empty());
    let options = Options { allow_networks: vec!["127.0.0.0/8".parse().unwrap()], ..Options::default() };
    let url = Url::parse(&format!("http://localhost:{port}/")).unwrap();
    assert_eq!(Client::new(options).unwrap().send(Request::get("test", url, small())).await.unwrap().body, b"x");
}

#[tokio::test]
async fn a_connection_that_was_typed_is_not_lent_to_what_was_not() {
    let server = Server::new([Act::Go(answer("200 OK", b"1")), Act::Go(answer("200 OK", b"2"))]).await;
    let by_name = Url::parse(&format!("http://localhost:{}/", server.address.port())).unwrap();
    let client = server.client();
    client.send(Request::get("test", server.url("/"), small())).await.unwrap();
    let error = client.send(Request::get("test", by_name, small())).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
}

#[tokio::test]
async fn credentials_stay_with_their_server() {
    let other = Server::new([Act::Say(answer("200 OK", b"x")), Act::Say(answer("200 OK", b"x"))]).await;
    let server = Server::new([redirect(302, "/same"), redirect(302, other.url("/").as_str())]).await;
    let client = Client::new(Options::default().typed(&server.url("/")).typed(&other.url("/"))).unwrap();
    let mut url = server.url("/");
    url.set_username("ann").unwrap();
    url.set_password(Some("a%20b")).unwrap();
    let response = client.send(Request::get("test", url, small())).await.unwrap();
    assert_eq!(response.url, other.url("/"));
    for request in server.seen() {
        assert!(request.contains("authorization: Basic YW5uOmEgYg=="), "{request}");
    }
    assert_eq!(server.seen().len(), 2);
    assert!(!other.seen()[0].to_lowercase().contains("authorization"), "{}", other.seen()[0]);
}

#[tokio::test]
async fn a_server_that_says_nothing_costs_the_time_limit_and_may_have_acted() {
    let server = Server::new([Act::Hang, Act::Stall(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec())]).await;
    let limits = Limits { first_byte: Duration::from_millis(100), ..small() };
    let error = server.client().send(Request::get("test", server.url("/"), limits)).await.unwrap_err();
    assert!(matches!(error, Error::TimeLimit { limit: TimeLimit::FirstByte, .. }), "{error}");
    assert!(error.may_have_arrived() && error.is_temporary());
    let limits = Limits { total: Duration::from_millis(100), ..small() };
    let error = server.client().send(Request::get("test", server.url("/"), limits)).await.unwrap_err();
    assert!(matches!(error, Error::TimeLimit { limit: TimeLimit::Total, .. }), "{error}");
}

#[tokio::test]
async fn a_line_that_is_cut_is_told_from_one_that_never_stood() {
    let server = Server::new([
        Act::Say(Vec::new()),
        Act::Say(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
        Act::Say(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec()),
        Act::Say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n".to_vec()),
        Act::Say(b"this is no HTTP\r\n\r\n".to_vec()),
    ])
    .await;
    for number in 0..5 {
        let error = server.get("/").await.unwrap_err();
        assert!(matches!(error, Error::Cut { .. }), "{number}: {error}");
        assert!(error.may_have_arrived());
    }
    assert_eq!(server.seen().len(), 5, "nothing is asked twice");

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = Url::parse(&format!("http://{closed}/")).unwrap();
    let client = Client::new(Options::default().typed(&url)).unwrap();
    let error = client.send(Request::post("test", url, small(), "x")).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    assert!(!error.may_have_arrived() && error.is_temporary());
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_told_as_that() {
    let server = Server::new([]).await;
    let mut url = server.url("/");
    url.set_scheme("https").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        std::future::pending::<()>().await;
    });
    let client = Client::new(Options::default().typed(&url)).unwrap();
    let error = client.send(Request::post("test", url, small(), "x")).await.unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
    assert!(!error.may_have_arrived());
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_told_as_that() {
    let url = Url::parse("http://nowhere.invalid/").unwrap();
    for options in [Options::default(), Options::default().typed(&url)] {
        let error = Client::new(options).unwrap().send(Request::get("test", url.clone(), small())).await.unwrap_err();
        assert!(matches!(error, Error::Dns { .. }), "{error:?}");
        assert!(!error.may_have_arrived());
    }
}

#[tokio::test]
async fn only_http_and_https_are_fetched() {
    let client = Client::new(Options::default()).unwrap();
    for url in ["file:///etc/passwd", "ftp://x.example/", "data:text/plain,x"] {
        let error = client.send(Request::get("test", Url::parse(url).unwrap(), small())).await.unwrap_err();
        assert!(matches!(error, Error::BadUrl { .. }), "{error}");
    }
    let server = Server::new([redirect(302, "file:///etc/passwd")]).await;
    assert!(matches!(server.get("/").await, Err(Error::BadUrl { .. })));
}

#[tokio::test]
async fn connections_are_kept_or_closed_as_asked() {
    let answers = || (0..6).map(|_| Act::Go(answer("200 OK", b"x")));
    for (line, connections) in [(Line::Keep, 1), (Line::Close, 3)] {
        let server = Server::new(answers()).await;
        let client = server.client();
        for _ in 0..3 {
            client.send(Request { line, ..Request::get("test", server.url("/"), small()) }).await.unwrap();
        }
        assert_eq!(*server.connections.lock().unwrap(), connections, "{line:?}");
    }
}

#[test]
fn the_same_server_is_host_port_and_scheme_or_the_step_up_to_https() {
    for (from, to, is_same) in [
        ("https://a.example/x", "https://a.example/y", true),
        ("https://a.example/", "https://A.example:443/", true),
        ("http://a.example/", "https://a.example/", true),
        ("https://a.example/", "http://a.example/", false),
        ("http://a.example:8080/", "https://a.example/", false),
        ("https://a.example/", "https://a.example:8443/", false),
        ("https://a.example/", "https://www.a.example/", false),
        ("https://a.example/", "https://a.example.evil.example/", false),
        ("http://127.0.0.1/", "http://127.0.0.2/", false),
    ] {
        let url = |text: &str| Url::parse(text).unwrap();
        assert_eq!(same_server(&url(from), &url(to)), is_same, "{from} {to}");
    }
}

#[tokio::test]
async fn what_a_feed_sends_along_is_dropped_at_another_server_and_not_taken_up_again() {
    let other = Server::new([]).await;
    let server = Server::new([redirect(302, other.url("/").as_str()), Act::Say(answer("200 OK", b"home again"))]).await;
    other.add(redirect(302, server.url("/again").as_str()));
    let client = Client::new(Options::default().typed(&server.url("/")).typed(&other.url("/"))).unwrap();
    let mut access = Access::default();
    access.basic("ann", &Secret::new("word"));
    access.header(HeaderName::from_static("x-key"), &Secret::new("k3y")).unwrap();
    access.cookie("a", &Secret::new("b")).unwrap();
    let request = Request { access: Some(Arc::new(access)), ..Request::get("test", server.url("/"), small()) };
    assert!(!format!("{request:?}").contains("k3y"), "{request:?}");
    assert_eq!(client.send(request).await.unwrap().body, b"home again");
    let seen = [server.seen(), other.seen()].concat();
    let sent: Vec<bool> =
        seen.iter().map(|request| request.contains("k3y") && request.contains("a=b") && request.contains("YW5uOndvcmQ=")).collect();
    let any: Vec<bool> =
        seen.iter().map(|request| request.contains("k3y") || request.contains("a=b") || request.contains("Basic")).collect();
    assert_eq!((sent, any), (vec![true, false, false], vec![true, false, false]), "to the feed's server, back there again, to the other");
}

#[test]
fn what_can_not_stand_in_a_header_is_refused_without_being_shown() {
    let mut access = Access::default();
    let secret = Secret::new("hun\nter2");
    for error in [
        access.bearer(&secret).unwrap_err(),
        access.header(HeaderName::from_static("x-key"), &secret).unwrap_err(),
        access.cookie("a", &secret).unwrap_err(),
        access.cookie("a", &Secret::new("hunter2; b=c")).unwrap_err(),
        access.certificate(secret.clone()).unwrap_err(),
    ] {
        assert!(!error.to_string().contains("hun"), "{error}");
    }
    assert_eq!(access.away(), Access::default());
}
