//! Entries are filed on a real WordPress: by maps, under parents, in other taxonomies, and no more new terms than a site wants.

use serde_json::Value;

use crate::support::binary::{Home, Run};
use crate::support::server::{Answer, Server};
use crate::support::site::{Wordpress, wordpress};
use crate::wordpress::Bench;

struct Trial {
    site: Wordpress,
    home: Home,
    id: String,
    _feed: Server,
}

impl Trial {
    /// Entries with these categories; `{id}` is the trial's own in all of it.
    fn new(name: &str, entries: &[&[&str]], site_keys: &str, feed_keys: &str) -> Self {
        let site = wordpress();
        let id = format!("{name}{}", std::process::id());
        let entry = |(number, categories): (usize, &&[&str])| {
            let categories: String = categories.iter().map(|name| format!("<category>{}</category>", name.replace("{id}", &id))).collect();
            format!(
                "<item><title>Filed {id} {number}</title><link>https://paper.example/{id}/{number}</link><guid>{id}-{number}</guid>\
                 {categories}<description>About CVE-2026-{number} in short.</description></item>"
            )
        };
        let items: String = entries.iter().enumerate().map(entry).collect();
        let document =
            format!("<rss version=\"2.0\"><channel><title>The Paper</title><link>https://paper.example/</link>{items}</channel></rss>");
        let feed = Server::start(move |_| Answer::new(200, "application/rss+xml", document.clone()));
        let config = format!(
            "[defaults]\nbackfill = 50\nmax_terms = 0\nimage = \"none\"\n\n[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\n\
             password = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\n{}\n[[feed]]\nname = \"paper\"\nurl = \"{}\"\n{}\n",
            site.url,
            site_keys.replace("{id}", &id),
            feed.url("/feed.xml"),
            feed_keys.replace("{id}", &id),
        );
        Self { home: Home::new(&config), site, id, _feed: feed }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.home.command(arguments);
        command.env("BLOG_PASSWORD", self.site.password("editor"));
        Run::of(command.output().expect("the binary runs"))
    }

    /// The names of each post's terms, by taxonomy, in the order of the posts' titles.
    fn posts(&self) -> Vec<Value> {
        let mut posts = self.site.posts_titled(&format!("Filed {} ", self.id));
        posts.sort_by_key(|post| post["title"].as_str().map(str::to_owned));
        posts.into_iter().map(|post| post["terms"].clone()).collect()
    }

    /// The site's terms that carry the trial's own name: taxonomy, name, and the parent's name.
    fn terms(&self) -> Vec<(String, String, String)> {
        let all = self.site.test_route("terms");
        let all = all.as_array().expect("terms");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let parent = |term: &Value| all.iter().find(|other| other["id"] == term["parent"]).map(|other| text(&other["name"]));
        let ours = all.iter().filter(|term| text(&term["name"]).to_lowercase().contains(&self.id));
        ours.map(|term| {
            (text(&term["taxonomy"]), text(&term["name"]).replace(&self.id, "…"), parent(term).unwrap_or_default().replace(&self.id, "…"))
        })
        .collect()
    }
}

fn rows(rows: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    rows.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn categories_are_filed_under_their_parents_and_in_other_taxonomies() {
    let trial = Trial::new(
        "paths",
        &[&["Tech News", "drop me"], &["tech-news", "Kernel"], &["Other {id}"]],
        "",
        "feed_categories = { to = \"categories\", new = \"create\", unmapped = \"match\", map = { \"Tech News\" = \"News {id} > Tech {id}\", \"drop me\" = \"\", \
         Kernel = { genre = \"Systems {id} > Linux {id}\", tags = \"Linux {id}\" } } }\n\
         tags = { \"cve {id}\" = { regex = \"CVE-\\\\d{4}-1\\\\b\", to = \"wirepress-genres\" } }",
    );
    let bench = Bench::of("editor").await;
    // a namesake under another parent is another term
    let games =
        bench.site.make_terms(&[("categories", &format!("Games {}", trial.id), 0)]).await.expect("terms").remove(0).expect("a term").id;
    let namesake =
        bench.site.make_terms(&[("categories", &format!("Tech {}", trial.id), games)]).await.expect("terms").remove(0).expect("a term").id;
    assert!(namesake > 0);
    let preview = trial.run(&["once", "--dry-run", "--json"]).expect(0).json();
    let new: Vec<&Value> = preview["posts"].as_array().expect("posts").iter().map(|post| &post["new_terms"]).collect();
    let id = &trial.id;
    assert_eq!(
        serde_json::json!(new),
        serde_json::json!([
            [],
            [
                format!("wirepress-genres: cve {id}"),
                format!("categories: News {id} > Tech {id}"),
                format!("wirepress-genres: Systems {id} > Linux {id}"),
                format!("tags: Linux {id}"),
            ],
            [],
        ])
    );
    trial.run(&["once"]).expect(0);
    let name = |name: &str| format!("{name} {id}");
    assert_eq!(
        trial.posts(),
        [
            serde_json::json!({ "category": [name("Tech")] }),
            serde_json::json!({ "category": [name("Tech")], "post_tag": [name("Linux")], "genre": [name("cve"), name("Linux")] }),
            serde_json::json!({ "category": ["Uncategorized"] }),
        ]
    );
    let mut terms = trial.terms();
    terms.sort();
    assert_eq!(
        terms,
        rows(&[
            ("category", "Games …", ""),
            ("category", "News …", ""),
            ("category", "Tech …", "Games …"),
            ("category", "Tech …", "News …"),
            ("genre", "Linux …", "Systems …"),
            ("genre", "Systems …", ""),
            ("genre", "cve …", ""),
            ("post_tag", "Linux …", ""),
        ])
    );
    let why = trial.run(&["why", &format!("https://paper.example/{id}/2")]).expect(0).stdout;
    assert!(why.contains(&format!("left out Other {id}: the site lacks it")), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_twin_of_a_term_that_is_there_is_made() {
    let trial = Trial::new(
        "twins",
        &[&["open source {id}", "ML {id}", "Kernels {id}", "café {id}", "Sponsored {id}", "R&amp;D {id}", "Renamed-Slug {id}"]],
        "[site.terms]\nsynonyms = { \"ML {id}\" = \"machine learning {id}\", \"deep {id}\" = \"deep learning {id}\" }\nstop = \"sponsor*\"\nfold_plurals = \"en\"\n",
        "feed_categories = { to = \"tags\", new = \"create\" }\n[[feed.rule]]\nthen = { add_tags = \"deep learning {id}\" }",
    );
    let bench = Bench::of("editor").await;
    let id = &trial.id;
    let there = ["Open-Source", "Machine Learning", "kernel", "Cafe", "R&D", "Deep", "Renamed Slug"].map(|name| format!("{name} {id}"));
    let wanted: Vec<(&str, &str, u64)> = there.iter().map(|name| ("tags", name.as_str(), 0)).collect();
    let made = bench.site.make_terms(&wanted).await.expect("terms");
    let last = made[6].as_ref().expect("a term").id;
    // its name is another now; its address is what it was
    bench.person("admin", "POST", &format!("tags/{last}"), serde_json::json!({ "name": format!("Now called otherwise {id}") }));
    let before = trial.terms();
    trial.run(&["once"]).expect(0);
    assert_eq!(trial.terms(), before);
    let mut names: Vec<String> = there[..6].to_vec();
    names.push(format!("Now called otherwise {id}"));
    names.sort();
    let mut got: Vec<String> = serde_json::from_value(trial.posts()[0]["post_tag"].clone()).expect("names");
    got.sort();
    assert_eq!(got, names);
    let why = trial.run(&["why", &format!("https://paper.example/{id}/0")]).expect(0).stdout;
    assert!(why.contains(&format!("Sponsored {id}: the site's stop list has it (wirepress.toml:")), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_terms_stay_within_the_day_and_want_their_uses() {
    let lists: Vec<Vec<String>> =
        (0..12).map(|entry| (0..4).map(|tag| format!("raw {} {{id}}", (entry * 3 + tag) % 20)).collect()).collect();
    let lists: Vec<Vec<&str>> = lists.iter().map(|list| list.iter().map(String::as_str).collect()).collect();
    let entries: Vec<&[&str]> = lists.iter().map(Vec::as_slice).collect();
    let trial = Trial::new(
        "limit",
        &entries,
        "[site.terms]\nmax_new_per_day = 5\nmin_uses = 2\n",
        "feed_categories = { to = \"tags\", new = \"create\" }",
    );
    let dry = trial.run(&["once", "--dry-run", "--json"]).expect(0).json();
    let made: usize = dry["posts"].as_array().expect("posts").iter().map(|post| post["new_terms"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!(made, 5, "a dry run counts as a real one");
    assert_eq!(trial.terms(), [], "and makes nothing");
    trial.run(&["once"]).expect(0);
    assert_eq!(trial.terms().len(), 5);
    assert_eq!(trial.posts().len(), 12);
    let why = |number| trial.run(&["why", &format!("https://paper.example/{}/{number}", trial.id)]).expect(0).stdout;
    let told: String = (0..12).map(why).collect();
    assert!(told.contains("new, and today's 5 new terms are made (`max_new_per_day`)"), "{told}");
    assert!(told.contains("new, and seen in 1 of `min_uses = 2` entries"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feeds_tag_that_a_person_deleted_is_not_made_again() {
    let trial = Trial::new(
        "deleted",
        &[&["gone {id}", "kept {id}"], &["gone {id}", "kept {id}"]],
        "",
        "feed_categories = { to = \"tags\", new = \"create\" }\n[[feed.rule]]\nthen = { add_tags = \"typed {id}\" }",
    );
    trial.run(&["once", "--limit", "1"]).expect(0);
    let id = &trial.id;
    assert_eq!(trial.terms().len(), 3);
    let all = trial.site.test_route("terms");
    for name in ["gone", "typed"] {
        let term = all.as_array().expect("terms").iter().find(|term| term["name"] == format!("{name} {id}")).expect("it was made");
        trial.site.delete(&format!("wp/v2/tags/{}?force=true", term["id"]), "admin");
    }
    trial.run(&["once"]).expect(0);
    assert_eq!(trial.posts().len(), 2);
    let mut names: Vec<String> = trial.terms().into_iter().map(|(_, name, _)| name).collect();
    names.sort();
    assert_eq!(names, ["kept …", "typed …"]);
    let told = [0, 1].map(|number| trial.run(&["why", &format!("https://paper.example/{id}/{number}")]).expect(0).stdout).concat();
    assert!(told.contains(&format!("gone {id}: a person deleted it on the site")), "{told}");
}
