//! Pictures from a feed to a real WordPress: what lies in its media library, and what a visitor sees.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, RgbImage, Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::support::binary::{Home, Run};
use crate::support::proxy::{Fault, Proxy};
use crate::support::server::{Answer, Server};
use crate::support::site::{Wordpress, wordpress, wordpress_at};

/// A picture whose colours depend on `seed`, so that no two tests upload the same.
fn picture(format: ImageFormat, width: u32, height: u32, seed: u32) -> Vec<u8> {
    let [a, b, c, _] = seed.wrapping_mul(2_654_435_761).to_be_bytes();
    let image = RgbImage::from_fn(width, height, |x, y| if (x / 40 + y / 40) % 2 == 0 { [a, b, c].into() } else { [c, a, b].into() });
    let mut bytes = Vec::new();
    DynamicImage::ImageRgb8(image).write_to(&mut Cursor::new(&mut bytes), format).expect("it can be written");
    bytes
}

fn moving(seed: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    {
        let [a, b, _, _] = seed.wrapping_mul(2_654_435_761).to_be_bytes();
        let frame = |n: u8| Frame::new(RgbaImage::from_pixel(60, 40, Rgba([n * 100, a, b, 255])));
        GifEncoder::new(&mut bytes).encode_frames((0..3).map(frame)).expect("it can be written");
    }
    bytes
}

/// A JPEG with a camera's word on where it was taken.
fn from_a_camera(plain: &[u8]) -> Vec<u8> {
    let data = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0GPS: 48.2 N";
    let mut all = plain[..2].to_vec();
    all.extend_from_slice(&[0xff, 0xe1]);
    all.extend_from_slice(&u16::try_from(data.len() + 2).expect("short").to_be_bytes());
    all.extend_from_slice(data);
    all.extend_from_slice(&plain[2..]);
    all
}

fn serve(prefix: &str) -> Server {
    let seed = prefix.bytes().fold(std::process::id(), |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let base = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let (known, prefix) = (base.clone(), prefix.to_owned());
    let server = Server::start(move |request| {
        let base = known.get().expect("the address is set before the first request");
        let referred = request.header("referer") == Some("https://news.example/ferry");
        match request.target.as_str() {
            "/feed.xml" => Answer::new(200, "application/rss+xml", rss(&prefix, base)),
            "/large.jpg" if referred => Answer::new(200, "text/plain", from_a_camera(&picture(ImageFormat::Jpeg, 900, 450, seed))),
            "/one.png" => Answer::new(200, "image/jpeg", picture(ImageFormat::Png, 300, 200, seed + 1)),
            "/two.gif" => Answer::new(200, "image/gif", moving(seed + 2)),
            "/logo.png" => Answer::new(200, "image/png", picture(ImageFormat::Png, 300, 200, seed + 3)),
            _ => Answer::new(404, "text/plain", "not here"),
        }
    });
    base.set(server.url("")).expect("set once");
    server
}

fn rss(prefix: &str, base: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>{prefix}</title><link>https://news.example/</link><description>made for a test</description>
<item><title>{prefix} ferry</title><link>https://news.example/ferry</link><guid isPermaLink="false">{prefix}-1</guid>
<media:thumbnail url="{base}/logo.png" width="60" height="60"/>
<media:content url="{base}/large.jpg" medium="image"><media:description>The ferry &amp; its crew</media:description><media:credit role="photographer">A. N. Other</media:credit></media:content>
<content:encoded><![CDATA[<figure><img src="{base}/large.jpg?w=300" alt="Again"></figure><p>The ferry left in the morning.</p>
<figure><img src="{base}/one.png" alt="A map"><figcaption>The way it takes.</figcaption></figure><p>It moves like this:</p>
<p><img src="{base}/two.gif" alt="Waves"></p><p>And it came back.</p><img src="{base}/gone.jpg" alt="Nothing">]]></content:encoded></item>
<item><title>{prefix} match</title><link>https://news.example/match</link><guid isPermaLink="false">{prefix}-2</guid><category>Sports</category>
<description>They played and somebody won, as it is with matches.</description></item>
<item><title>{prefix} council</title><link>https://news.example/council</link><guid isPermaLink="false">{prefix}-3</guid><category>sports</category>
<description>They met and talked, as it is with councils.</description><enclosure url="{base}/gone.png" type="image/png" length="1"/></item>
</channel></rss>"#
    )
}

fn home(site: &Wordpress, feed: &Server, more: &str) -> Home {
    let home = Home::new(&format!(
        "[defaults]\nstatus = \"publish\"\ncontent = \"feed\"\nimage_side = 600\n{more}\n\n[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\n\
         password = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\n\n[[feed]]\nname = \"news\"\nurl = \"{}\"\n",
        site.url,
        feed.url("/feed.xml")
    ));
    std::fs::write(home.file("ball.png"), picture(ImageFormat::Png, 200, 100, std::process::id())).expect("a writable folder");
    home
}

fn once(home: &Home, site: &Wordpress) -> Run {
    let mut command = home.command(&["once"]);
    command.env("BLOG_PASSWORD", site.password("editor"));
    Run::of(command.output().expect("the binary runs"))
}

fn titled<'a>(posts: &'a [Value], end: &str) -> &'a Value {
    posts.iter().find(|post| post["title"].as_str().is_some_and(|title| title.ends_with(end))).expect("the post")
}

#[test]
fn a_story_brings_its_pictures_along_with_all_that_is_said_of_them() {
    brings_its_pictures(&wordpress(), "Pictures");
}

#[test]
fn a_story_brings_its_pictures_along_to_wordpress_6_1() {
    brings_its_pictures(&wordpress_at("WIREPRESS_TEST_WP61"), "Pictures 6.1");
}

#[test]
fn a_story_brings_its_pictures_along_to_wordpress_6_5() {
    brings_its_pictures(&wordpress_at("WIREPRESS_TEST_WP65"), "Pictures 6.5");
}

fn brings_its_pictures(site: &Wordpress, name: &str) {
    let prefix = format!("{name} {}", std::process::id());
    let feed = serve(&prefix);
    let home = home(site, &feed, "images = \"copy\"\nfallback_image = { Sports = \"ball.png\" }");
    once(&home, site).expect(0);
    let posts = site.posts_titled(&prefix);
    let ferry = titled(&posts, "ferry");

    let featured = site.rest(&format!("wp/v2/media/{}?context=edit", ferry["featured_media"]), "editor");
    assert_eq!(featured["alt_text"], "The ferry & its crew");
    assert_eq!(featured["caption"]["raw"], "The ferry &amp; its crew (A. N. Other)");
    assert_eq!((&featured["media_details"]["width"], &featured["media_details"]["height"]), (&json!(600), &json!(300)));
    let file = site.visit(featured["source_url"].as_str().expect("an address"));
    assert!(!file.contains("GPS"), "what the camera wrote is gone");

    let content = ferry["content"].as_str().expect("text");
    assert!(!content.contains("large.jpg"), "the theme shows it: {content}");
    assert!(!content.contains("one.png") && !content.contains("two.gif"), "{content}");
    assert!(content.contains("/gone.jpg"), "what can't be copied is left: {content}");
    let ids: Vec<&str> = content.split("wp-image-").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.len(), 2, "{content}");
    for id in &ids {
        assert!(content.contains(&format!("\"id\":{id}")), "{content}");
    }
    let map = site.rest(&format!("wp/v2/media/{}?context=edit", ids[0]), "editor");
    assert_eq!(
        (&map["alt_text"], &map["caption"]["raw"], &map["mime_type"]),
        (&json!("A map"), &json!("The way it takes."), &json!("image/png"))
    );
    assert!(content.contains(map["source_url"].as_str().expect("an address")), "{content}");

    let page = site.visit(ferry["link"].as_str().unwrap_or(&format!("{}/?p={}", site.url, ferry["id"])));
    assert!(page.contains(&format!("wp-image-{}", ids[0])) && page.contains("The way it takes."), "a visitor sees the map");

    let (played, met) = (titled(&posts, "match"), titled(&posts, "council"));
    assert_eq!(played["featured_media"], met["featured_media"], "one picture for both");
    let ball = site.rest(&format!("wp/v2/media/{}?context=edit", played["featured_media"]), "editor");
    assert_eq!(ball["media_details"]["width"], 200);

    let why = home.run(&["why", "https://news.example/ferry", "--json"]).expect(0).stdout;
    assert!(why.contains("left on its source's server") && why.contains("gone.jpg"), "{why}");
    let why = home.run(&["why", "https://news.example/council"]).expect(0).stdout;
    assert!(why.contains("gone.png") && why.contains("fallback_image"), "{why}");

    // a second store finds what the first one brought
    std::fs::remove_file(home.file("wirepress.db")).expect("the store");
    once(&home, site).expect(0);
    assert_eq!(site.posts_titled(&prefix).len(), 3);
    let slugs: Vec<String> =
        ids.iter().map(|id| site.rest(&format!("wp/v2/media/{id}"), "editor")["slug"].as_str().expect("a slug").to_owned()).collect();
    for slug in slugs {
        let twins = site.rest(&format!("wp/v2/media?slug={slug},{slug}-2"), "editor");
        assert_eq!(twins.as_array().map(Vec::len), Some(1), "{slug}");
    }
}

#[test]
fn by_default_the_pictures_of_a_text_stay_where_they_are_and_one_that_is_kept_is_shown_twice() {
    let site = wordpress();
    let prefix = format!("Left pictures {}", std::process::id());
    let feed = serve(&prefix);
    let home = home(&site, &feed, "image_in_text = \"keep\"");
    once(&home, &site).expect(0);
    let posts = site.posts_titled(&prefix);
    let content = titled(&posts, "ferry")["content"].as_str().expect("text");
    assert!(content.contains("/large.jpg?w=300") && content.contains("/one.png") && !content.contains("wp-image-"), "{content}");
    assert!(titled(&posts, "ferry")["featured_media"].as_u64().is_some_and(|id| id > 0));
    assert_eq!(titled(&posts, "match")["featured_media"], 0);
}

/// Of a month's first uploads WordPress refuses, with 500, those that lose the race for making its folder.
#[test]
fn a_picture_that_is_refused_once_with_500_is_offered_once_more() {
    let site = wordpress();
    let prefix = format!("Refused once {}", std::process::id());
    let feed = crate::support::feed::Illustrated::new(&prefix, 1).serve();
    let refused = std::sync::atomic::AtomicBool::new(false);
    let proxy = Proxy::start(site.address(), move |request, _| {
        let is_upload = request.method == "POST" && request.target.contains("wp/v2/media");
        let strikes = is_upload && !refused.swap(true, std::sync::atomic::Ordering::SeqCst);
        strikes.then_some(Fault::Wordpress("error=500,rest_upload_sideload_error"))
    });
    let home = Home::new(&format!(
        "[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\n\n\
         [[feed]]\nname = \"news\"\nurl = \"{}\"\n",
        proxy.url(),
        feed.url("/feed.xml")
    ));
    once(&home, &site).expect(0);
    let posts = site.posts_titled(&format!("{prefix} number"));
    assert_eq!(posts.len(), 1);
    assert!(posts[0]["featured_media"].as_u64().is_some_and(|id| id > 0), "{posts:?}");
    assert_eq!(proxy.struck.lock().expect("the log").len(), 1);
    assert_eq!(site.rows_titled("attachments", &prefix).len(), 1);
}

#[test]
#[cfg(feature = "killpoints")]
fn a_fallback_picture_that_is_not_to_be_had_now_is_waited_for_as_a_feeds_is() {
    use std::sync::atomic::{AtomicU16, Ordering};

    let site = wordpress();
    let prefix = format!("Own picture {}", std::process::id());
    let answer = std::sync::Arc::new(AtomicU16::new(503));
    let (now, told) = (answer.clone(), prefix.clone());
    let feed = Server::start(move |request| match (request.target.as_str(), now.load(Ordering::SeqCst)) {
        ("/own.png", 200) => Answer::new(200, "image/png", picture(ImageFormat::Png, 300, 200, std::process::id() ^ 0x0e_57)),
        ("/own.png", status) => Answer::new(status, "text/plain", "not now"),
        (path, _) => {
            let name = path.trim_matches('/');
            let item = format!(
                "<item><title>{told} {name}</title><link>https://news.example/{name}</link><guid isPermaLink=\"false\">{told}-{name}</guid>\
                 <description>It has no picture of its own.</description></item>"
            );
            let rss = format!("<rss version=\"2.0\"><channel><title>News</title><link>https://news.example/</link>{item}</channel></rss>");
            Answer::new(200, "application/rss+xml", rss)
        }
    });
    let home = home(&site, &feed, &format!("fallback_image = {{ any = \"{}\" }}", feed.url("/own.png")));
    let config = std::fs::read_to_string(home.file("wirepress.toml")).expect("a configuration");
    let once = |name: &str, ahead: u32| {
        // waits of minutes are for another run
        let config = config.replace("settle = \"1s\"", "settle = \"1s\"\ntimeout = \"5s\"");
        let config = config.replace("/feed.xml", &format!("/{name}")).replace("\"news\"", &format!("\"{name}\""));
        std::fs::write(home.file("wirepress.toml"), config).expect("a writable folder");
        let mut command = home.command(&["once"]);
        command.env("BLOG_PASSWORD", site.password("editor")).env("WIREPRESS_CLOCK_AHEAD", ahead.to_string());
        Run::of(command.output().expect("the binary runs"))
    };
    let featured = |name: &str| {
        let posts = site.posts_titled(&format!("{prefix} {name}"));
        posts.iter().map(|post| post["featured_media"].as_u64().expect("a number")).collect::<Vec<u64>>()
    };
    // a minute, then five: it is back
    once("first", 0).expect(5);
    once("first", 100).expect(5);
    assert_eq!(featured("first"), [0_u64; 0], "it waits for its picture");
    answer.store(200, Ordering::SeqCst);
    once("first", 500).expect(0);
    assert!(matches!(featured("first")[..], [id] if id > 0), "{:?}", featured("first"));
    // it had come: the waits begin anew, and are all taken
    answer.store(503, Ordering::SeqCst);
    for ahead in [1000, 1100, 1500] {
        once("second", ahead).expect(5);
    }
    let said = once("second", 2500).expect(0);
    assert!(said.stderr.contains("no picture") && said.stderr.contains("503"), "{}", said.stderr);
    assert_eq!(featured("second"), [0]);
    // what is not there for good isn't waited for
    answer.store(404, Ordering::SeqCst);
    once("third", 3000).expect(0);
    assert_eq!(featured("third"), [0]);
}

#[test]
#[cfg(feature = "killpoints")]
fn a_picture_that_is_lost_on_its_way_and_not_to_be_had_now_is_waited_for() {
    let site = wordpress();
    let prefix = format!("Lost on the way {}", std::process::id());
    let up = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let (is_up, told) = (up.clone(), prefix.clone());
    let feed = Server::start(move |request| match request.target.as_str() {
        "/picture.png" if !is_up.load(std::sync::atomic::Ordering::SeqCst) => Answer::new(503, "text/plain", "later"),
        "/picture.png" => Answer::new(200, "image/png", picture(ImageFormat::Png, 300, 200, std::process::id() ^ 0x10_57)),
        _ => {
            let host = request.header("host").expect("HTTP/1.1");
            let item = format!(
                "<item><title>{told}</title><link>https://news.example/lost</link><guid isPermaLink=\"false\">{told}</guid>\
                 <enclosure url=\"http://{host}/picture.png\" type=\"image/png\" length=\"300\"/><description>Its picture.</description></item>"
            );
            let rss = format!("<rss version=\"2.0\"><channel><title>News</title><link>https://news.example/</link>{item}</channel></rss>");
            Answer::new(200, "application/rss+xml", rss)
        }
    });
    let home = home(&site, &feed, "");
    let once = |password: &str, ahead: &str| {
        let mut command = home.command(&["once"]);
        command.env("BLOG_PASSWORD", password).env("WIREPRESS_CLOCK_AHEAD", ahead);
        Run::of(command.output().expect("the binary runs"))
    };
    once("not this one", "0").expect(6);
    let folder = home.file("pictures");
    assert_eq!(std::fs::read_dir(&folder).expect("the picture is kept").count(), 1);
    std::fs::remove_dir_all(&folder).expect("a folder");
    up.store(false, std::sync::atomic::Ordering::SeqCst);
    once(&site.password("editor"), "3600").expect(5);
    assert_eq!(site.posts_titled(&prefix).len(), 0, "it waits for its picture");
    up.store(true, std::sync::atomic::Ordering::SeqCst);
    once(&site.password("editor"), "7200").expect(0);
    let posts = site.posts_titled(&prefix);
    assert_eq!(posts.len(), 1);
    assert!(posts[0]["featured_media"].as_u64().is_some_and(|id| id > 0), "{posts:?}");
}
