//! Every field that REST has, from the configuration into a real WordPress' own database; and what it can't hold is named.

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::support::binary::{Home, Run};
use crate::support::server::{Answer, Server};
use crate::support::site::{Wordpress, wordpress, wordpress_at};

fn unique(name: &str) -> String {
    format!("{name} {}", std::process::id())
}

/// A feed of these titles; the authors are `Jane Doe` and, of the second, `John Roe`.
fn feed(prefix: &str, names: &[&str]) -> Server {
    let item = |(at, name): (usize, &&str)| {
        let author = if at == 1 { "John Roe" } else { "Jane Doe" };
        format!(
            "<item><title>{prefix} {name}</title><link>https://paper.example/{at}/{name}?a=1&amp;b=2</link><guid>{prefix}-{name}</guid>\
             <dc:creator>{author}</dc:creator><description>&lt;p&gt;Words of {name} &amp;amp; more of it.&lt;/p&gt;</description></item>"
        )
    };
    let items: String = names.iter().enumerate().map(item).collect();
    let document = format!(
        "<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>The Paper</title>\
         <link>https://paper.example/</link><description>News</description>{items}</channel></rss>"
    );
    Server::start(move |_| Answer::new(200, "application/rss+xml", document.clone()))
}

fn settings(site: &Wordpress, user: &str, feed: &Server, more: &str) -> String {
    format!(
        "[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"{user}\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\n\n\
         [[feed]]\nname = \"paper\"\nurl = \"http://{}/feed\"\n{more}\n",
        site.url, feed.address
    )
}

fn run(home: &Home, site: &Wordpress, user: &str, arguments: &[&str]) -> Run {
    let mut command = home.command(arguments);
    command.env("BLOG_PASSWORD", site.password(user)).env("READERS_PASSWORD", "opens it");
    Run::of(command.output().expect("the binary runs"))
}

/// The rows of a type whose title begins so, with the fields that only some posts have.
fn rows(site: &Wordpress, kind: &str, prefix: &str) -> Vec<Value> {
    let prefix: String = prefix.bytes().map(|byte| format!("%{byte:02X}")).collect();
    site.test_route(&format!("rows?type={kind}&titled={prefix}")).as_array().expect("rows").clone()
}

const EVERY_FIELD: &str = r#"
status = "publish"
authors = { "jane doe" = "author", any = "contributor" }
post_format = "aside"
comment_status = "closed"
ping_status = "closed"
meta = { wirepress_views = "{{ words }}", wirepress_paid = true, wirepress_names = "[\"a\", \"b & c\"]", wirepress_source = "{{ link }}" }
terms = { genre = ["Jazz"], categories = "News > Tech" }

[[feed.rule]]
when = "title is containing('one')"
then = { sticky = true, post_format = "quote", meta = { wirepress_views = 7 }, terms = { wirepress-genres = "Jazz > Bebop" } }
"#;

fn every_field_on(site: &Wordpress) {
    let prefix = unique("All fields");
    let feed = feed(&prefix, &["one", "two"]);
    let home = Home::new(&settings(site, "editor", &feed, EVERY_FIELD));
    let said = run(&home, site, "editor", &["once"]).expect(0);
    let rows = rows(site, "post", &prefix);
    assert_eq!(rows.len(), 2, "{said:?}");
    for (row, name, author, format, sticky, views) in [
        (rows.iter().find(|row| row["title"] == format!("{prefix} one")), "one", "author", "quote", true, "7"),
        (rows.iter().find(|row| row["title"] == format!("{prefix} two")), "two", "contributor", "aside", false, "6"),
    ] {
        let row = row.unwrap_or_else(|| panic!("{name}: {rows:#?}"));
        assert_eq!((&row["status"], &row["author"]), (&json!("publish"), &json!(author)), "{name}");
        // themes without formats are told apart, and so is what they don't have
        let format = if said.stderr.contains("the site's theme has no") { "standard" } else { format };
        assert_eq!((&row["format"], &row["sticky"]), (&json!(format), &json!(sticky)), "{name}: {said:?}");
        assert_eq!((&row["comment_status"], &row["ping_status"]), (&json!("closed"), &json!("closed")), "{name}");
        let at = usize::from(name == "two");
        assert_eq!(row["meta"]["wirepress_source"], format!("https://paper.example/{at}/{name}?a=1&b=2"));
        assert_eq!((&row["meta"]["wirepress_views"], &row["meta"]["wirepress_paid"]), (&json!(views), &json!("1")), "{name}");
        assert_eq!(row["meta"]["wirepress_names"], r#"a:2:{i:0;s:1:"a";i:1;s:5:"b & c";}"#);
        assert_eq!(row["terms"]["category"], json!(["Tech"]));
        let genres = if name == "one" { json!(["Bebop", "Jazz"]) } else { json!(["Jazz"]) };
        assert_eq!(row["terms"]["genre"], genres, "{name}");
        assert!(row["slug"].as_str().is_none_or(|slug| slug.len() <= prefix.len() + 5), "a clean slug: {}", row["slug"]);
    }
    let why = run(&home, site, "editor", &["why", rows[0]["id"].to_string().as_str()]);
    assert!(!why.stdout.contains("WordPress didn't"), "{}", why.stdout);
    run(&home, site, "editor", &["once", "--feed", "paper"]).expect(0);
    assert_eq!(self::rows(site, "post", &prefix).len(), 2);
}

#[test]
fn every_field_of_the_configuration_is_in_the_database() {
    every_field_on(&wordpress());
}

#[test]
fn every_field_of_the_configuration_is_in_the_database_of_other_versions() {
    let newest = std::env::var_os("WIREPRESS_TEST_WP7").map(|_| "WIREPRESS_TEST_WP7");
    for variable in ["WIREPRESS_TEST_WP65"].into_iter().chain(newest) {
        every_field_on(&wordpress_at(variable));
    }
}

#[test]
fn a_post_opens_by_the_feeds_password_and_without_it_stays_a_draft() {
    let site = wordpress();
    let prefix = unique("Password");
    let feed = feed(&prefix, &["one"]);
    let home = Home::new(&settings(&site, "editor", &feed, "status = \"publish\"\npost_password = { env = \"READERS_PASSWORD\" }"));
    let mut without = home.command(&["once"]);
    without.env("BLOG_PASSWORD", site.password("editor")).env_remove("READERS_PASSWORD");
    let said = Run::of(without.output().expect("the binary runs")).expect(0);
    assert_eq!((&rows(&site, "post", &prefix)[0]["status"], &rows(&site, "post", &prefix)[0]["password"]), (&json!("draft"), &json!("")));
    assert!(said.stderr.contains("left as a draft"), "{}", said.stderr);

    let prefix = unique("Opened");
    let feed = self::feed(&prefix, &["one"]);
    let home = Home::new(&settings(&site, "editor", &feed, "status = \"publish\"\npost_password = { env = \"READERS_PASSWORD\" }"));
    let said = run(&home, &site, "editor", &["once"]).expect(0);
    let row = &rows(&site, "post", &prefix)[0];
    assert_eq!((&row["status"], &row["password"]), (&json!("publish"), &json!("opens it")), "{}", said.stderr);
    assert!(!said.stderr.contains("opens it") && !said.stdout.contains("opens it"));
    let store = std::fs::read(home.file("wirepress.db")).expect("the store");
    assert!(!store.windows(8).any(|bytes| bytes == b"opens it"), "no password is in the store");
}

#[test]
fn pages_lie_under_their_parent_and_are_made_once_whatever_is_lost() {
    let site = wordpress();
    let prefix = unique("Pages");
    let about = feed(&prefix, &["about"]);
    let parent = Home::new(&settings(&site, "editor", &about, "status = \"publish\"\npost_type = \"page\""));
    run(&parent, &site, "editor", &["once"]).expect(0);
    let pages = rows(&site, "page", &prefix);
    assert_eq!((pages.len(), rows(&site, "post", &prefix).len()), (1, 0));
    let slug = pages[0]["slug"].as_str().expect("a slug");

    let feed = feed(&prefix, &["one", "two"]);
    let more =
        format!("post_type = \"pages\"\nparent = \"{slug}\"\npost_format = \"aside\"\nterms = {{ tags = [\"x\"], shelf = [\"Left\"] }}");
    let children = settings(&site, "editor", &feed, &more);
    let home = Home::new(&children);
    let said = run(&home, &site, "editor", &["once"]).expect(0);
    let made = || rows(&site, "page", &prefix).into_iter().filter(|row| row["parent"] == pages[0]["id"]).collect::<Vec<_>>();
    assert_eq!(made().len(), 2, "{said:?}");
    assert_eq!((&made()[0]["terms"]["shelf"], &made()[0]["status"]), (&json!(["Left"]), &json!("draft")));
    for told in ["without `post_format`: the site's pages have none", "without `x`: the site's pages have no taxonomy `tags`"] {
        assert!(said.stderr.contains(told), "{told}: {}", said.stderr);
    }
    let lost = run(&Home::new(&children), &site, "editor", &["once"]).expect(0);
    assert!(lost.stdout.contains("2 found on the site"), "{}", lost.stdout);
    assert_eq!(made().len(), 2);

    let undone = run(&home, &site, "editor", &["undo", "--last", "--yes"]).expect(0);
    assert!(made().iter().all(|row| row["status"] == "trash"), "{undone:?}");
    run(&Home::new(&children), &site, "editor", &["once"]).expect(0);
    assert_eq!(made().len(), 2, "what lies in the trash isn't made again");
}

#[test]
fn posts_of_any_type_are_made_once_with_or_without_a_content_and_batches() {
    let site = wordpress();
    for (kind, name, style) in [("movie", "movies", "clean"), ("note", "note", "clean"), ("leaflet", "leaflets", "keyed")] {
        let prefix = unique(&format!("Type {kind}"));
        let feed = feed(&prefix, &["one", "two", "three"]);
        let more = format!("status = \"publish\"\npost_type = \"{name}\"\nslug = \"{style}\"\nterms = {{ studios = [\"Ealing\"] }}");
        let settings = settings(&site, "editor", &feed, &more);
        let home = Home::new(&settings);
        let said = run(&home, &site, "editor", &["once"]).expect(0);
        let made = rows(&site, kind, &prefix);
        assert_eq!(made.len(), 3, "{kind}: {said:?}");
        assert!(made.iter().all(|row| row["status"] == "publish"), "{kind}: {said:?}");
        let studios = if kind == "movie" { json!(["Ealing"]) } else { Value::Null };
        assert!(made.iter().all(|row| row["terms"].get("studio").unwrap_or(&Value::Null) == &studios), "{kind}");
        let home_again = run(&home, &site, "editor", &["once", "--feed", "paper"]).expect(0);
        assert!(home_again.stdout.contains("nothing is new"), "{kind}: {}", home_again.stdout);
        let lost = run(&Home::new(&settings), &site, "editor", &["once"]).expect(0);
        assert!(lost.stdout.contains("3 found on the site"), "{kind}: {}", lost.stdout);
        assert_eq!(rows(&site, kind, &prefix).len(), 3, "{kind}");
        let undone = run(&home, &site, "editor", &["undo", "--last", "--yes"]).expect(0);
        assert!(rows(&site, kind, &prefix).iter().all(|row| row["status"] == "trash"), "{kind}: {undone:?}");
    }
}

#[test]
fn a_type_that_the_site_lacks_is_waited_for() {
    let site = wordpress();
    let prefix = unique("No type");
    let feed = feed(&prefix, &["one"]);
    let home = Home::new(&settings(&site, "editor", &feed, "post_type = \"opera\""));
    let said = run(&home, &site, "editor", &["once"]);
    assert!(said.stderr.contains("no post type `opera` over REST; it has `leaflet`, `movie`, `note`, `page`, `post`"), "{}", said.stderr);
    assert!(said.stdout.contains("more is due"), "{}", said.stdout);
    assert_eq!(rows(&site, "post", &prefix).len(), 0);
}

#[test]
fn what_a_site_does_not_take_is_left_out_and_named() {
    let site = wordpress();
    let prefix = unique("Dropped");
    let feed = feed(&prefix, &["one", "two"]);
    let more = r#"
status = "publish"
page_template = "nowhere.php"
post_format = "video"
parent = "nowhere"
meta = { wirepress_hidden = "x", wirepress_locked = "y", wirepress_short = "perhaps", wirepress_views = "many", wirepress_source = "kept" }
authors = { any = "nobody-is-called-so" }
"#;
    let home = Home::new(&settings(&site, "editor", &feed, more));
    let said = run(&home, &site, "editor", &["once"]).expect(0);
    let rows = rows(&site, "post", &prefix);
    assert_eq!(rows.len(), 2, "{said:?}");
    for row in &rows {
        // some themes have no formats
        let format = if said.stderr.contains("the site's theme has no") { "standard" } else { "video" };
        assert_eq!((&row["status"], &row["format"], &row["template"]), (&json!("publish"), &json!(format), &json!("")));
        let why = run(&home, &site, "editor", &["why", &row["id"].to_string()]).expect(0).stdout;
        for told in [
            "without `page_template`",
            "without `parent`: the site's posts have none",
            "without the custom field `wirepress_hidden`",
            "without the custom field `wirepress_locked`: changing",
            "without the custom field `wirepress_short`",
            "without the custom field `wirepress_views`: the site wants integer, not `many`",
            "the site has no author `nobody-is-called-so`",
        ] {
            assert!(why.contains(told), "{told}: {why}");
        }
        assert_eq!(row["meta"]["wirepress_source"], "kept", "one field that is refused takes no other with it");
    }
}

/// The custom fields that are refused: by their names in the answer, or found out one by one.
fn refused_custom_fields_on(site: &Wordpress) {
    let vague = ", wirepress_vague = \"v\"";
    for (name, vague) in [("Named", ""), ("Unnamed", vague), ("Named a second apart", ""), ("Unnamed a second apart", vague)] {
        let prefix = unique(name);
        let feed = feed(&prefix, &["one", "two"]);
        let more = format!(
            "status = \"publish\"\npost_type = \"movie\"\npost_format = \"aside\"\nmeta = {{ wirepress_code = \"small\", wirepress_locked = \"{{{{ title }}}}\", \
             wirepress_names = \"x\", wirepress_source = \"{{{{ link }}}}\", wirepress_views = 7{vague} }}"
        );
        let home = Home::new(&settings(site, "editor", &feed, &more));
        let said = run(&home, site, "editor", &["once"]).expect(0);
        let rows = rows(site, "movie", &prefix);
        assert_eq!(rows.len(), 2, "{name}: {said:?}");
        for row in &rows {
            let meta = &row["meta"];
            assert_eq!(row["status"], json!("publish"), "{name}: {said:?}");
            assert!(meta["wirepress_source"].is_string() && meta["wirepress_names"].is_string(), "{name}: {row:#?}\n{said:?}");
            assert_eq!((&meta["wirepress_views"], &meta["wirepress_locked"]), (&json!("7"), &Value::Null), "{name}");
            assert_eq!((&meta["wirepress_code"], &meta["wirepress_vague"]), (&Value::Null, &Value::Null), "{name}");
            let why = run(&home, site, "editor", &["why", &row["id"].to_string()]).expect(0).stdout;
            for (told, is_there) in
                [("code", true), ("locked", true), ("vague", name.starts_with("Unnamed")), ("source", false), ("views", false)]
            {
                assert_eq!(
                    why.contains(&format!("without the custom field `wirepress_{told}`: changing")),
                    is_there,
                    "{name} {told}: {why}"
                );
            }
            assert!(!why.contains("WordPress didn't take"), "{name}: {why}");
        }
        run(&home, site, "editor", &["once", "--feed", "paper"]).expect(0);
        assert_eq!(self::rows(site, "movie", &prefix).len(), 2, "{name}");
    }
}

#[test]
fn a_custom_field_that_wordpress_refuses_takes_no_other_with_it() {
    refused_custom_fields_on(&wordpress());
}

#[test]
fn a_custom_field_that_other_versions_refuse_takes_no_other_with_it() {
    for variable in ["WIREPRESS_TEST_WP61", "WIREPRESS_TEST_WP7"].into_iter().filter(|variable| std::env::var_os(variable).is_some()) {
        refused_custom_fields_on(&wordpress_at(variable));
    }
}

#[test]
fn authors_and_contributors_give_what_they_may() {
    let site = wordpress();
    for (user, status) in [("author", "publish"), ("contributor", "draft")] {
        let prefix = unique(&format!("Role {user}"));
        let feed = feed(&prefix, &["one", "two"]);
        let more = "status = \"publish\"\nsticky = true\ncomment_status = \"closed\"\nauthors = { any = \"editor\" }\n\
                    meta = { wirepress_source = \"{{ link }}\" }";
        let home = Home::new(&settings(&site, user, &feed, more));
        let said = run(&home, &site, user, &["once"]).expect(0);
        let made = rows(&site, "post", &prefix);
        assert_eq!(made.len(), 2, "{user}: {said:?}");
        for row in &made {
            assert_eq!(
                (&row["status"], &row["author"], &row["comment_status"]),
                (&json!(status), &json!(user), &json!("closed")),
                "{user}"
            );
            assert!(row["meta"]["wirepress_source"].is_string(), "{user}: {row}");
        }
        assert!(said.stderr.contains("may not give posts to others"), "{user}: {}", said.stderr);
    }
}

/// The SEO stand-in is one setting of the whole site.
static SEO: Mutex<()> = Mutex::new(());

fn seo_plugin(site: &Wordpress, name: &str) {
    let output = std::process::Command::new("curl")
        .args(["-sS", "--fail", "-H", "Content-Type: application/json", "-d", &json!({ "plugin": name }).to_string()])
        .arg(format!("{}/wp-json/wirepress-test/v1/seo", site.url))
        .output()
        .expect("curl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn each_seo_plug_in_is_told_and_read_back_and_what_it_does_not_take_is_said_once() {
    let _alone = SEO.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let site = wordpress();
    let source = |at: usize, name: &str| format!("https://paper.example/{at}/{name}?a=1&b=2");
    let more = "status = \"publish\"\nseo = { title = \"{{ title }} | Paper\", description = \"About {{ title }}\", canonical = \"source\", \
                robots = [\"nofollow\", \"noarchive\"] }";
    for plugin in ["yoast", "yoast-old", "rankmath", "aioseo", "seopress", ""] {
        seo_plugin(&site, plugin);
        let prefix = unique(&format!("Seo by {}", if plugin.is_empty() { "nobody" } else { plugin }));
        let feed = feed(&prefix, &["one", "two"]);
        let home = Home::new(&settings(&site, "editor", &feed, more));
        let said = run(&home, &site, "editor", &["once"]).expect(0);
        let made = rows(&site, "post", &prefix);
        assert_eq!(made.len(), 2, "{plugin}: {said:?}");
        let row = made.iter().find(|row| row["title"] == format!("{prefix} one")).expect("the first");
        let meta = |key: &str| row["meta"][key].as_str().unwrap_or("").to_owned();
        let title = format!("{prefix} one | Paper");
        let times = |told: &str| said.stderr.matches(told).count();
        match plugin {
            "yoast" => {
                assert_eq!((meta("_yoast_wpseo_title"), meta("_yoast_wpseo_canonical")), (title, source(0, "one")), "{said:?}");
                assert_eq!(
                    (meta("_yoast_wpseo_meta-robots-nofollow"), meta("_yoast_wpseo_meta-robots-adv")),
                    ("1".into(), "noarchive".into())
                );
                assert_eq!(times("search engines"), 0, "{}", said.stderr);
            }
            "yoast-old" => {
                assert_eq!((meta("_yoast_wpseo_title"), meta("_yoast_wpseo_canonical")), (title, String::new()));
                assert_eq!(times("Yoast SEO takes no canonical, robots for search engines over REST"), 1, "{}", said.stderr);
            }
            "rankmath" => {
                assert_eq!((meta("rank_math_title"), meta("rank_math_canonical_url")), (title, source(0, "one")), "{said:?}");
                assert!(meta("rank_math_robots").contains("noarchive"), "{row}");
                assert_eq!(times("Rank Math took what search engines are told, and doesn't show it"), 1, "{}", said.stderr);
            }
            "aioseo" => {
                let told = meta("aioseo");
                assert!(told.contains(&source(0, "one")) && told.contains(&title) && told.contains("robots_noarchive"), "{told}: {said:?}");
                assert_eq!(times("WordPress"), 0, "{}", said.stderr);
            }
            "seopress" => {
                assert_eq!((meta("_seopress_titles_title"), meta("_seopress_robots_canonical")), (title, source(0, "one")), "{said:?}");
                assert_eq!((meta("_seopress_robots_follow"), meta("_seopress_robots_index")), ("yes".into(), String::new()));
                assert_eq!(times("SEOPress"), 0, "{}", said.stderr);
            }
            _ => assert_eq!(times("the site has no SEO plug-in that takes canonical, description, robots, title"), 1, "{}", said.stderr),
        }
    }
}

#[test]
fn noindex_and_a_canonical_address_elsewhere_are_refused_together() {
    let site = Wordpress::at("https://blog.example");
    let feed = feed("x", &[]);
    let home = Home::new(&settings(&site, "editor", &feed, "seo = { canonical = \"source\", robots = [\"noindex\"] }"));
    let said = home.run(&["check", "--offline"]);
    assert!(said.code == 3 && said.stderr.contains("`noindex` contradicts `canonical = \"source\"`"), "{said:?}");
}

/// WordPress.com as its documentation says it: one host for all sites, a token, no batches.
#[test]
fn a_site_at_wordpress_com_is_reached_by_its_own_address_with_a_token() {
    let posts: Mutex<Vec<Value>> = Mutex::new(Vec::new());
    let com = Server::start(move |request| {
        let json = |status: u16, body: Value| Answer::new(status, "application/json", body.to_string());
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        if request.header("authorization") != Some("Bearer the-token") {
            return json(401, json!({"code": "rest_not_logged_in", "message": "no", "data": {"status": 401}}));
        }
        let mut posts = posts.lock().expect("posts");
        let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let raw = |text: &Value| json!({ "raw": text });
        match (request.method.as_str(), path) {
            ("GET", "/rest/v1.1/sites/blog.wordpress.com") => json(
                200,
                json!({"ID": 4711, "name": "Blog", "URL": "https://blog.wordpress.com", "lang": "en",
                    "options": {"gmt_offset": 1, "timezone": "Europe/Vienna"}}),
            ),
            ("GET", "/wp/v2/sites/4711/users/me") => json(
                200,
                json!({"id": 9, "name": "Me", "roles": ["editor"],
                    "capabilities": {"edit_posts": true, "publish_posts": true, "edit_others_posts": true, "upload_files": true}}),
            ),
            ("GET", "/wp/v2/sites/4711/posts") => {
                let found: Vec<&Value> = posts.iter().filter(|post| query.contains(post["slug"].as_str().unwrap_or("-"))).collect();
                json(200, json!(found)).with("X-WP-TotalPages", "1")
            }
            ("POST", "/wp/v2/sites/4711/posts") => {
                let id = posts.len() + 1;
                posts.push(
                    json!({"id": id, "slug": body["slug"], "status": body["status"], "link": format!("https://blog.wordpress.com/{id}"),
                    "author": 9, "title": raw(&body["title"]), "content": raw(&body["content"]), "modified_gmt": "2026-11-22T12:00:00",
                    "featured_media": 0, "tags": [], "categories": [1]}),
                );
                json(201, posts[id - 1].clone())
            }
            ("POST", path) if path.starts_with("/wp/v2/sites/4711/posts/") => {
                let id: usize = path.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
                for field in ["slug", "status"] {
                    if !body[field].is_null() {
                        posts[id - 1][field] = body[field].clone();
                    }
                }
                json(200, posts[id - 1].clone())
            }
            _ => json(404, json!({"code": "rest_no_route", "message": request.target, "data": {"status": 404}})),
        }
    });
    let prefix = unique("Com");
    let feed = feed(&prefix, &["one", "two"]);
    let settings = format!(
        "[[site]]\nname = \"blog\"\nkind = \"wordpress.com\"\napi = \"http://{}\"\nurl = \"https://blog.wordpress.com\"\nuser = \"me\"\n\
         password = {{ env = \"TOKEN\" }}\nsettle = \"1s\"\n\n[[feed]]\nname = \"paper\"\nurl = \"http://{}/feed\"\nstatus = \"publish\"\n",
        com.address, feed.address
    );
    let home = Home::new(&settings);
    let once = |token: &str| {
        let mut command = home.command(&["once", "--feed", "paper"]);
        command.env("TOKEN", token);
        Run::of(command.output().expect("the binary runs"))
    };
    let refused = once("another-token");
    assert!(refused.code != 0 && !refused.stderr.contains("another-token"), "{refused:?}");
    let said = once("the-token").expect(0);
    let asked = com.asked();
    let made = asked.iter().filter(|request| request.method == "POST" && request.target.starts_with("/wp/v2/sites/4711/posts?")).count();
    let finished =
        asked.iter().filter(|request| request.method == "POST" && request.target.starts_with("/wp/v2/sites/4711/posts/")).count();
    assert_eq!((made, finished), (2, 2), "{said:?}");
    assert!(asked.iter().all(|request| !request.target.contains("batch")), "there are no batches");
    once("the-token").expect(0);
    assert_eq!(com.asked().iter().filter(|request| request.method == "POST").count(), 4);
}

/// Killed at every kind of door, a run with custom fields, a type of its own and a plug-in's routes makes each post once, whole.
#[test]
fn killed_at_any_door_posts_of_any_type_are_there_once_and_whole() {
    let site = wordpress();
    let more = "status = \"publish\"\npost_type = \"movie\"\npost_format = \"aside\"\nterms = { studios = [\"Ealing\"] }\n\
                meta = { wirepress_source = \"{{ link }}\", wirepress_names = \"x\" }";
    let killed_at = |number: u64| {
        let prefix = unique(&format!("Killed {number}"));
        let feed = feed(&prefix, &["one", "two", "three"]);
        let home = Home::new(&settings(&site, "editor", &feed, more));
        let log = home.file("passes");
        let mut command = home.command(&["once"]);
        command.env("BLOG_PASSWORD", site.password("editor"));
        match number {
            0 => command.env("WIREPRESS_KILL_LOG", &log),
            number => command.env("WIREPRESS_KILL_AT", number.to_string()),
        };
        let first = Run::of(command.output().expect("the binary runs"));
        // how many passes a run has hangs on what the site was asked before; one that ends sooner is judged like the undisturbed one
        let is_killed = first.code != 0;
        assert!(number > 0 || !is_killed, "{number}: {first:?}");
        let mut said = run(&home, &site, "editor", &["once", "--feed", "paper"]).expect(0);
        if said.stdout.contains("wait") {
            said = run(&home, &site, "editor", &["once", "--feed", "paper"]).expect(0);
        }
        let made = rows(&site, "movie", &prefix);
        assert_eq!(made.len(), 3, "{number}: {made:#?}\n{said:?}");
        for row in &made {
            assert_eq!((&row["status"], &row["format"]), (&json!("publish"), &json!("aside")), "{number}: {row:#?}\n{said:?}");
            assert_eq!(row["terms"]["studio"], json!(["Ealing"]), "{number}");
            assert!(
                row["meta"]["wirepress_source"].is_string() && row["meta"]["wirepress_names"].is_string(),
                "{number}: {row:#?}\n{said:?}"
            );
        }
        (std::fs::read_to_string(log).unwrap_or_default(), is_killed)
    };
    let mut kinds = std::collections::BTreeMap::new();
    for line in killed_at(0).0.lines() {
        let (number, kind) = line.split_once(' ').expect("a number and a kind");
        // the other doors are those of any run, which `kills` takes
        const OWN: [&str; 9] =
            ["posts batch", "updates batch", "schema", "types", "begin", "mark_made", "mark_published", "claim_deliveries", "terms_begin"];
        if !OWN.iter().any(|own| kind.ends_with(own)) {
            continue;
        }
        kinds.insert(kind.to_owned(), number.parse::<u64>().expect("a number"));
    }
    let numbers: Vec<u64> = kinds.into_values().collect();
    assert!(numbers.len() >= 16, "{numbers:?}");
    let (next, killed) = (std::sync::atomic::AtomicUsize::new(0), std::sync::atomic::AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(number) = numbers.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    killed.fetch_add(usize::from(killed_at(*number).1), std::sync::atomic::Ordering::SeqCst);
                }
            });
        }
    });
    let killed = killed.into_inner();
    assert!(killed >= numbers.len() / 2, "only {killed} of {numbers:?} were reached");
}
