//! Authors, custom fields and what search engines are told follow their source, each on its own, as texts do.

use serde_json::{Value, json};

use super::Stage;
use crate::support::site::{wordpress, wordpress_at};

const TEXT: &str = "The harbour is quiet this week, and the ferries wait for a wind that nobody has promised them.";
const MORE: &str = "on_change = \"update\"\nstatus = \"publish\"\nauthors = { \"Jane Doe\" = \"author\", \"John Roe\" = \"contributor\" }\n\
                    meta = { wirepress_source = \"from {{ title }}\", wirepress_views = \"{{ words }}\" }\n";

/// The fields of each open review, by the name of its entry.
fn conflicts(stage: &Stage) -> Vec<(String, Vec<String>)> {
    let field = |field: &Value| field["field"].as_str().expect("a name").to_owned();
    let mut all: Vec<(String, Vec<String>)> = stage
        .reviews()
        .iter()
        .map(|review| {
            let title = review["title"].as_str().expect("a title");
            let name = title[stage.prefix.len() + 1..].split(' ').next().expect("a word").to_owned();
            (name, review["fields"].as_array().expect("fields").iter().map(field).collect())
        })
        .collect();
    all.sort();
    all
}

fn one(name: &str, field: &str) -> (String, Vec<String>) {
    (name.to_owned(), vec![field.to_owned()])
}

fn play(mut stage: Stage) {
    let gives = stage.user == "editor";
    for name in ["free", "field", "given", "agreed"] {
        stage.tell(name, TEXT);
        stage.entries.get_mut(name).unwrap().author = Some("Jane Doe".to_owned());
    }
    stage.once().expect(0);
    let ids = stage.ids();
    let user = |name: &str| stage.site.user_id(name);
    let (first, second, own) = (user("author"), user("contributor"), user(stage.user));
    let made = stage.post(ids["free"]);
    assert_eq!(made["author"], json!(if gives { first } else { own }));
    assert_eq!(made["meta"]["wirepress_source"], json!(format!("from {}", stage.entries["free"].title)));
    assert_eq!(made["meta"]["wirepress_views"], json!(18), "{made}");

    let admin = user("admin");
    stage.edit(ids["field"], &json!({ "meta": { "wirepress_source": "theirs" } }));
    stage.edit(ids["given"], &json!({ "author": admin }));
    stage.edit(ids["agreed"], &json!({ "author": second }));
    for told in stage.entries.values_mut() {
        told.title += " corrected";
        told.text += " So it was said at the quay.";
        told.author = Some("John Roe".to_owned());
    }
    let run = stage.once().expect(0);
    let post = |name: &str| stage.post(ids[name]);
    for (name, id) in &ids {
        if stage.user != "editor" && ["given", "agreed"].contains(&name.as_str()) {
            // it is another's, and none of this account's business any more
            continue;
        }
        let post = stage.post(*id);
        assert_eq!(post["title"]["raw"], json!(stage.entries[name].title), "{name}: {}", run.stderr);
        assert_eq!(post["meta"]["wirepress_views"], json!(25), "{name}: {post}");
        let source = if name == "field" { "theirs".to_owned() } else { format!("from {}", stage.entries[name].title) };
        assert_eq!(post["meta"]["wirepress_source"], json!(source), "{name}");
    }
    if !gives {
        assert_eq!(post("free")["author"], json!(own));
        assert!(run.stderr.contains("this account may not give posts to others"), "{}", run.stderr);
        return;
    }
    assert_eq!([&post("free")["author"], &post("field")["author"], &post("agreed")["author"]], [&json!(second); 3]);
    assert_eq!(post("given")["author"], json!(admin), "a person gave it away");
    assert_eq!(conflicts(&stage), [one("field", "meta.wirepress_source"), one("given", "author")]);

    // nobody's name any more: who wrote it is who wrote it; and a person takes the source's side after all
    let id = stage.reviews().iter().find(|review| review["fields"][0]["field"] == "meta.wirepress_source").expect("a review")["id"].clone();
    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    let shown = stage.run(&["reviews", "show", &id]).expect(0).stdout;
    assert!(shown.contains("- theirs") && shown.contains("+ from "), "{shown}");
    stage.run(&["reviews", "resolve", &id, "--take"]).expect(0);
    assert_eq!(post("field")["meta"]["wirepress_source"], json!(format!("from {}", stage.entries["field"].title)));
    for told in stage.entries.values_mut() {
        told.title += " twice";
        told.author = None;
    }
    stage.once().expect(0);
    let post = |name: &str| stage.post(ids[name]);
    for name in ["free", "field", "agreed"] {
        assert_eq!(post(name)["author"], json!(second), "{name}");
        assert_eq!(post(name)["meta"]["wirepress_source"], json!(format!("from {}", stage.entries[name].title)), "{name}");
    }
    assert_eq!(conflicts(&stage), [one("given", "author")]);
}

#[test]
fn an_author_and_custom_fields_follow_where_no_person_was_first() {
    play(Stage::new(wordpress(), "editor", "Fields follow", MORE));
}

#[test]
fn the_same_by_an_account_that_may_not_give_posts_away_and_on_other_wordpresses() {
    play(Stage::new(wordpress_at("WIREPRESS_TEST_WP61"), "author", "Fields follow author", MORE));
    if std::env::var_os("WIREPRESS_TEST_WP7").is_some() {
        play(Stage::new(wordpress_at("WIREPRESS_TEST_WP7"), "editor", "Fields follow new", MORE));
    }
}

#[test]
fn another_byline_alone_is_change_enough() {
    let mut stage = Stage::new(wordpress(), "editor", "Byline", MORE);
    stage.tell("one", TEXT);
    stage.entries.get_mut("one").unwrap().author = Some("Jane Doe".to_owned());
    stage.once().expect(0);
    let id = stage.ids()["one"];
    stage.entries.get_mut("one").unwrap().author = Some("John Roe".to_owned());
    stage.once().expect(0);
    assert_eq!(stage.post(id)["author"], json!(stage.site.user_id("contributor")));
}

#[test]
fn a_custom_field_that_comes_and_goes_does_so_on_the_post_and_one_that_is_refused_holds_nothing_up() {
    let more = |meta: &str| format!("on_change = \"update\"\nstatus = \"publish\"\nmeta = {{ {meta} }}\n");
    let mut stage = Stage::new(wordpress(), "editor", "Refused field", &more("wirepress_views = \"5\""));
    stage.tell("one", TEXT);
    stage.once().expect(0);
    let id = stage.ids()["one"];
    assert_eq!(stage.post(id)["meta"]["wirepress_views"], 5);
    stage.configure(&more("wirepress_source = \"{{ title }}\", wirepress_locked = \"{{ title }}\", wirepress_hidden = \"{{ title }}\""));
    stage.entries.get_mut("one").unwrap().title += " corrected once";
    let run = stage.once().expect(0);
    let (title, post) = (stage.entries["one"].title.clone(), stage.post(id));
    assert_eq!(post["title"]["raw"], json!(title), "{}", run.stderr);
    assert_eq!([&post["meta"]["wirepress_source"], &post["meta"]["wirepress_locked"]], [&json!(title), &json!("")], "{}", run.stderr);
    assert_eq!(post["meta"]["wirepress_views"], 0, "what nobody says any more is as if it had never been said");
    assert!(run.stderr.contains("`meta.wirepress_locked` stays as it is"), "{}", run.stderr);
    assert_eq!(stage.reviews().len(), 0);
    // and what was written then is known to be ours
    stage.entries.get_mut("one").unwrap().title += " and twice";
    stage.once().expect(0);
    let post = stage.post(id);
    assert_eq!(post["meta"]["wirepress_source"], json!(stage.entries["one"].title));
    assert_eq!(stage.reviews().len(), 0);
}

#[test]
fn what_a_site_refused_when_the_post_was_made_is_nobody_s_edit() {
    let more =
        "on_change = \"update\"\nstatus = \"publish\"\nmeta = { wirepress_source = \"{{ title }}\", wirepress_locked = \"{{ title }}\" }\n";
    let mut stage = Stage::new(wordpress(), "editor", "Refused at first", more);
    stage.tell("one", TEXT);
    stage.once().expect(0);
    let id = stage.ids()["one"];
    assert_eq!(stage.post(id)["meta"]["wirepress_locked"], "");
    stage.entries.get_mut("one").unwrap().title += " corrected once";
    let run = stage.once().expect(0);
    let post = stage.post(id);
    assert_eq!(post["title"]["raw"], json!(stage.entries["one"].title), "{}", run.stderr);
    assert_eq!([&post["meta"]["wirepress_source"], &post["meta"]["wirepress_locked"]], [&json!(stage.entries["one"].title), &json!("")]);
    assert_eq!(stage.reviews().len(), 0, "{:#?}", stage.reviews());
    // what was refused is not tried again and again
    let again = stage.run(&["items", "render", "--again"]).expect(0);
    assert!(!again.stdout.contains(&stage.prefix), "{}", again.stdout);
}

#[test]
fn what_search_engines_are_told_follows_whichever_plug_in_keeps_it() {
    // nobody else asks this site for a plug-in
    let site = wordpress_at("WIREPRESS_TEST_WP65");
    for (plugin, key) in [("yoast", "_yoast_wpseo_title"), ("aioseo", "aioseo")] {
        super::send(&site, "wirepress-test/v1/seo", "admin", &json!({ "plugin": plugin }));
        let more = "on_change = \"update\"\nstatus = \"publish\"\nseo = { title = \"{{ title }} | Paper\" }\n";
        let mut stage = Stage::new(site.clone(), "editor", &format!("Seo follows {plugin}"), more);
        for name in ["free", "theirs"] {
            stage.tell(name, TEXT);
        }
        stage.once().expect(0);
        let ids = stage.ids();
        let body = match plugin {
            "yoast" => json!({ "meta": { "_yoast_wpseo_title": "A person's title" } }),
            _ => json!({ "aioseo_meta_data": { "title": "A person's title" } }),
        };
        stage.edit(ids["theirs"], &body);
        for told in stage.entries.values_mut() {
            told.title += " corrected";
        }
        let run = stage.once().expect(0);
        let rows = stage.site.test_route("rows?type=post");
        let told = |name: &str| {
            let row = rows.as_array().expect("rows").iter().find(|row| row["id"] == json!(ids[name])).expect("the post");
            row["meta"][key].as_str().unwrap_or_default().to_owned()
        };
        assert!(told("free").contains(&format!("{} | Paper", stage.entries["free"].title)), "{plugin}: {} {}", told("free"), run.stderr);
        assert!(told("theirs").contains("A person's title"), "{plugin}: {}", told("theirs"));
        assert_eq!(conflicts(&stage), [one("theirs", "seo.title")], "{plugin}");
    }
    super::send(&site, "wirepress-test/v1/seo", "admin", &json!({ "plugin": "" }));
}
