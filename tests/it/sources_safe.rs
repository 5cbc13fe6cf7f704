//! What came out of a feed reaches no private address: the feed's own redirects, and the pictures that it names.

use crate::support::binary::Home;
use crate::support::feed::png;
use crate::support::server::{Answer, Server};

/// A feed whose entry names this picture.
fn rss(picture: &str) -> Answer {
    let item = format!(
        "<item><title>One</title><link>https://news.example/1</link><description>Text.</description>\
         <enclosure url=\"{picture}\" type=\"image/png\" length=\"300\"/></item>"
    );
    Answer::new(200, "application/rss+xml", format!("<rss version=\"2.0\"><channel><title>News</title>{item}</channel></rss>"))
}

fn home(url: &str, http: &str) -> Home {
    Home::new(&format!(
        "{http}\n[[site]]\nname = \"blog\"\nurl = \"https://blog.example\"\nuser = \"x\"\npassword = {{ env = \"HOME\" }}\n\n\
         [[feed]]\nname = \"news\"\nurl = \"{url}\"\n"
    ))
}

#[test]
fn a_picture_at_a_private_address_is_not_fetched_named_or_redirected_to_unless_it_is_allowed() {
    let inside = Server::start_on("127.0.0.6:0", |_| Answer::new(200, "image/png", png("inside", 1)));
    let (named, to) = (inside.url("/a.png"), inside.url("/b.png"));
    let own = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let base = own.clone();
    let server = Server::start(move |request| match request.target.as_str() {
        "/named" => rss(&named),
        "/redirected" => rss(&format!("{}/picture.png", base.get().expect("it is set"))),
        _ => Answer::new(302, "text/plain", "").with("location", &to),
    });
    own.set(server.url("")).expect("set once");
    for path in ["/named", "/redirected"] {
        let post = home(&server.url(path), "").run(&["once", "--dry-run", "--json"]).expect(0).json()["posts"][0].clone();
        assert!(post["image"].is_null(), "{post}");
        assert!(post["no_image"].as_str().is_some_and(|why| why.contains("allow_networks = [\"127.0.0.6/32\"]")), "{post}");
    }
    assert_eq!(inside.asked().len(), 0);
    let allowed = home(&server.url("/redirected"), "[http]\nallow_networks = [\"127.0.0.6/32\"]");
    let post = allowed.run(&["once", "--dry-run", "--json"]).expect(0).json()["posts"][0].clone();
    assert!(!post["image"].is_null(), "{post}");
    assert_eq!(inside.asked().len(), 1);
}
