//! What one feed's requests have that others' don't: it reaches the feed's own server, by the way that was asked for, and no other.

use rcgen::ExtendedKeyUsagePurpose;

use crate::support::binary::{Home, Run};
use crate::support::secure::{Authority, SecureServer, Tunnel};
use crate::support::server::{Answer, Server};

const SITE: &str = "[[site]]\nname = \"blog\"\nurl = \"https://blog.example\"\nuser = \"wirepress\"\npassword = { env = \"BLOG\" }\n\n";

fn rss(title: &str) -> Answer {
    let item = format!("<item><title>{title}</title><link>https://news.example/1</link><description>Text.</description></item>");
    Answer::new(200, "application/rss+xml", format!("<rss version=\"2.0\"><channel><title>News</title>{item}</channel></rss>"))
}

/// A feed with these keys.
fn home(before: &str, url: &str, keys: &str) -> Home {
    Home::new(&format!("{before}\n{SITE}[[feed]]\nname = \"news\"\nurl = \"{url}\"\nimage = \"none\"\n{keys}\n"))
}

/// A dry run with the secrets that the tests use; none of them is ever said.
fn once(home: &Home) -> Run {
    let mut command = home.command(&["once", "--dry-run", "--json", "-v"]);
    command.env("BLOG", "hunter2").env("WORD", "hunter3").env("KEY", "hunter4").env("COOKIE", "hunter5");
    let run = Run::of(command.output().expect("the binary runs"));
    for secret in ["hunter2", "hunter3", "hunter4", "hunter5", "bWU6aHVudGVyMw"] {
        assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{run:?}");
    }
    run
}

const KEYS: &str = "auth = { basic = { user = \"me\", password = { env = \"WORD\" } } }\n\
                    headers = { \"X-Api-Key\" = { env = \"KEY\" }, \"User-Agent\" = \"reader\" }\n\
                    cookies = { session = { env = \"COOKIE\" }, theme = \"dark\" }";

#[test]
fn password_headers_and_cookies_go_to_the_feeds_own_server_and_stop_at_a_redirect_elsewhere() {
    let other = Server::start_on("127.0.0.2:0", |_| rss("Moved"));
    let to = other.url("/feed");
    let server = Server::start(move |request| match request.target.as_str() {
        "/feed" => Answer::new(302, "text/plain", "").with("location", "/same"),
        _ => Answer::new(302, "text/plain", "").with("location", &to),
    });
    let home = home("[http]\nallow_networks = [\"127.0.0.2/32\"]", &server.url("/feed"), KEYS);
    let run = once(&home).expect(0);
    assert_eq!(run.json()["posts"][0]["title"], "Moved");
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    for request in asked {
        assert_eq!(request.header("authorization"), Some("Basic bWU6aHVudGVyMw=="));
        assert_eq!(request.header("x-api-key"), Some("hunter4"));
        assert_eq!(request.header("cookie"), Some("session=hunter5; theme=dark"));
        assert_eq!(request.header("user-agent"), Some("reader"));
    }
    let request = other.asked().remove(0);
    for name in ["authorization", "x-api-key", "cookie"] {
        assert_eq!(request.header(name), None);
    }
    assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("wirepress/")), "{request:?}");
    let shown = home.run(&["config", "show"]).expect(0).stdout;
    assert!(shown.contains("headers = { X-Api-Key = { env = \"KEY\" }, User-Agent = \"***\" }"), "{shown}");
}

#[test]
fn a_bearer_token_goes_along_and_a_missing_one_is_told_before_anything_is_asked() {
    let server = Server::start(|request| match request.header("authorization") {
        Some("Bearer hunter3") => rss("Paid"),
        _ => Answer::new(401, "text/plain", "who are you?"),
    });
    let with = home("", &server.url("/feed"), "auth = { bearer = { env = \"WORD\" } }");
    assert_eq!(once(&with).expect(0).json()["posts"][0]["title"], "Paid");
    let without = home("", &server.url("/feed"), "");
    let run = once(&without).expect(4);
    assert!(run.stdout.contains("answered 401 (it wants to know who asks: see `auth`)"), "{run:?}");
    let missing = with.command(&["once"]).env("BLOG", "x").output().map(Run::of).expect("the binary runs").expect(3);
    assert_eq!(missing.stderr, "error: feed `news`: `auth`: the environment variable `WORD` is not set\n");
}

#[test]
fn a_feed_goes_through_its_proxy_and_its_password_with_it() {
    // as a proxy is asked: with the whole address, and no name is resolved here
    let proxy = Server::start(|request| match request.target.as_str() {
        "http://paper.example/rss" => rss("By proxy"),
        "http://paper.example/inside" => Answer::new(302, "text/plain", "").with("location", "http://printer.local/"),
        _ => Answer::new(404, "text/plain", request.target.clone()),
    });
    let keys = format!("proxy = {{ url = \"{}\", user = \"me\", password = {{ env = \"WORD\" }} }}", proxy.url(""));
    let run = once(&home("", "http://paper.example/rss", &keys)).expect(0);
    assert_eq!(run.json()["posts"][0]["title"], "By proxy");
    assert_eq!(proxy.asked()[0].header("proxy-authorization"), Some("Basic bWU6aHVudGVyMw=="));
    let run = once(&home("", "http://paper.example/inside", &keys)).expect(4);
    assert!(run.stdout.contains("its name is one of a local network"), "{run:?}");
    assert_eq!(proxy.asked().len(), 2, "the local name was never asked for");
}

#[test]
fn a_tunnel_is_made_to_the_name_and_the_proxy_resolves_it() {
    let authority = Authority::new();
    let server = SecureServer::start(&authority, rss("Tunnelled"));
    for (scheme, tunnel, who) in [("http", Tunnel::http(), "Basic bWU6aHVudGVyMw=="), ("socks5", Tunnel::socks(), "me:hunter3")] {
        let keys = format!(
            "http_version = \"1.1\"\nproxy = {{ url = \"{scheme}://{}\", user = \"me\", password = {{ env = \"WORD\" }} }}",
            tunnel.address
        );
        let home = home("", &server.url("/rss"), &keys);
        std::fs::write(home.file("ca.pem"), authority.pem()).expect("written");
        let run = trusting(&home).expect(0);
        assert_eq!(run.json()["posts"][0]["title"], "Tunnelled");
        assert_eq!(tunnel.seen(), [format!("localhost:{} as {who}", server.address.port())]);
    }
}

/// A dry run that trusts the authority in `ca.pem`.
fn trusting(home: &Home) -> Run {
    let mut command = home.command(&["once", "--dry-run", "--json"]);
    command.env("SSL_CERT_FILE", home.file("ca.pem")).env("BLOG", "x").env("WORD", "hunter3");
    Run::of(command.output().expect("the binary runs"))
}

#[test]
fn a_client_certificate_is_shown_to_the_feeds_server_and_http_1_1_is_spoken_where_that_is_said() {
    let authority = Authority::new();
    let server = SecureServer::start(&authority, rss("Certified"));
    let keys = "client_certificate = { file = \"me.pem\" }\nhttp_version = \"1.1\"";
    let home = home("", &server.url("/rss"), keys);
    std::fs::write(home.file("ca.pem"), authority.pem()).expect("written");
    std::fs::write(home.file("me.pem"), authority.sign("reader", ExtendedKeyUsagePurpose::ClientAuth)).expect("written");
    assert_eq!(trusting(&home).expect(0).json()["posts"][0]["title"], "Certified");
    let seen = server.seen().remove(0);
    assert_eq!((seen.certified, seen.protocol.as_str()), (true, "http/1.1"));

    std::fs::write(home.file("me.pem"), authority.pem()).expect("written");
    let run = trusting(&home).expect(4);
    assert!(run.stdout.contains("the client certificate can't be used: it holds no private key"), "{run:?}");
}
