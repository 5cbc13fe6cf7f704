//! A publisher's complaint, in a real WordPress: what goes, what stays and why, and that nothing new comes.

use crate::support::binary::{Home, Run};
use crate::support::server::{Answer, Server};
use crate::support::site::{Wordpress, wordpress};

fn rss(prefix: &str, entries: &[(&str, &str)]) -> String {
    let items: String = entries
        .iter()
        .map(|(name, link)| {
            format!(
                "<item><title>{prefix} {name}</title><link>{link}</link><guid isPermaLink=\"false\">{prefix}:{name}</guid>\
                 <description>About {name}, in short.</description></item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>The Paper</title><link>https://paper.example/</link>{items}</channel></rss>")
}

fn run(home: &Home, site: &Wordpress, arguments: &[&str]) -> Run {
    let mut command = home.command(arguments);
    Run::of(command.env("BLOG_PASSWORD", site.password("editor")).output().expect("the binary runs"))
}

#[test]
fn a_complaint_takes_back_what_came_from_there_leaves_what_was_edited_and_blocks_the_rest() {
    let site = wordpress();
    let prefix = format!("Complaint {}", std::process::id());
    let told = prefix.clone();
    let server = Server::start(move |request| {
        let mut entries = vec![
            ("untouched", "https://www.thief.example/1"),
            ("edited", "https://thief.example/2"),
            ("another's", "https://paper.example/3"),
        ];
        if request.target == "/later" {
            entries.extend([("late", "https://news.thief.example/4"), ("late and another's", "https://paper.example/5")]);
        }
        Answer::new(200, "application/rss+xml", rss(&told, &entries))
    });
    let config = |path: &str| {
        format!(
            "[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\n\
             [[feed]]\nname = \"paper\"\nurl = \"{}\"\n[[feed]]\nname = \"its own\"\nurl = \"https://feeds.thief.example/rss\"\nevery = \"30d\"\n",
            site.url,
            server.url(path)
        )
    };
    let home = Home::new(&config("/feed"));
    run(&home, &site, &["once", "--feed", "paper"]).expect(0);
    let posts = site.posts_titled(&prefix);
    assert_eq!(posts.len(), 3, "{posts:#?}");
    let of = |name: &str| posts.iter().find(|post| post["title"] == format!("{prefix} {name}")).expect(name)["id"].as_u64().expect("an id");
    site.edit(of("edited"), "editor", &format!("{prefix} edited by hand"));

    // a preview changes nothing, and nobody is there to ask
    let preview = run(&home, &site, &["blocklist", "add", "thief.example", "--dry-run", "--json"]).expect(0).json();
    assert_eq!((&preview["blocked"], &preview["feeds"]), (&false.into(), &serde_json::json!(["its own"])), "{preview}");
    run(&home, &site, &["blocklist", "add", "thief.example"]).expect(2);
    assert!(site.posts_titled(&prefix).iter().all(|post| post["status"] != "trash"));

    let receipt = run(&home, &site, &["blocklist", "add", "https://www.thief.example/", "--yes", "--json"]).expect(0).json();
    let fates: Vec<_> =
        receipt["posts"].as_array().expect("posts").iter().map(|post| (post["post"].as_u64(), post["fate"].clone())).collect();
    assert_eq!(fates.len(), 2, "{receipt}");
    assert!(
        fates.contains(&(Some(of("untouched")), "trashed".into())) && fates.contains(&(Some(of("edited")), "touched".into())),
        "{receipt}"
    );
    let status = |name: &str| {
        let id = of(name);
        site.posts_titled(&prefix).iter().find(|post| post["id"] == id).map(|post| post["status"].clone())
    };
    assert_eq!(
        (status("untouched"), status("edited"), status("another's")),
        (Some("trash".into()), Some("draft".into()), Some("draft".into()))
    );

    let list = run(&home, &site, &["blocklist", "list", "--json"]).expect(0).json();
    assert_eq!(list[0]["domain"], "thief.example");

    // nothing new comes from there
    home.configure(&config("/later"));
    run(&home, &site, &["once", "--feed", "paper"]).expect(0);
    assert_eq!(site.posts_titled(&format!("{prefix} late and")).len(), 1);
    let why = run(&home, &site, &["why", "https://news.thief.example/4"]).expect(0);
    assert!(why.stdout.contains("`thief.example` is blocked"), "{}", why.stdout);

    let all = run(&home, &site, &["blocklist", "add", "thief.example", "--yes", "--edited-too"]).expect(0);
    assert!(all.stdout.contains("in the trash"), "{}", all.stdout);
    assert_eq!(status("edited"), Some("trash".into()));

    run(&home, &site, &["blocklist", "remove", "thief.example"]).expect(0);
    assert_eq!(run(&home, &site, &["blocklist", "list", "--json"]).expect(0).json(), serde_json::json!([]));
}
