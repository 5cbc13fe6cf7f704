//! What else happens to posts that are out: notes, ignoring, both sides shown and one chosen, reviving, pictures that went.

use serde_json::json;

use super::Stage;
use crate::support::feed::png;
use crate::support::server::{Answer, Server};
use crate::support::site::wordpress;

const TEXT: &str = "The harbour is quiet this week, and the ferries wait for a wind that nobody has promised them.";
const OTHER: &str = "Rewritten from the first word to the last: the ferries went out at dawn and came home before the storm.";

#[test]
fn a_changed_source_is_ignored_unless_the_configuration_says_otherwise() {
    let mut stage = Stage::new(wordpress(), "editor", "Ignored", "");
    stage.tell("one", TEXT);
    stage.once().expect(0);
    let id = stage.ids()["one"];
    let before = stage.post(id);
    stage.entries.get_mut("one").unwrap().text = OTHER.to_owned();
    stage.once().expect(0);
    assert_eq!(stage.post(id), before);
    // from now on it counts: the post was made of what was said at first
    stage.configure("on_change = \"update\"");
    stage.tell("two", TEXT);
    stage.once().expect(0);
    assert!(stage.post(id)["content"]["raw"].as_str().unwrap().contains("Rewritten"));
}

#[test]
fn a_note_tells_readers_and_stands_there_once() {
    let mut stage = Stage::new(wordpress(), "editor", "Noted", "on_change = \"note\"\nstatus = \"publish\"");
    stage.tell("one", TEXT);
    stage.once().expect(0);
    let id = stage.ids()["one"];
    for text in [OTHER, "A third text, which has nothing to do with the first two and is as long as both of them, nearly."] {
        stage.entries.get_mut("one").unwrap().text = text.to_owned();
        stage.once().expect(0);
        let content = stage.post(id)["content"]["raw"].as_str().unwrap().to_owned();
        assert!(content.contains("harbour") && !content.contains("Rewritten"), "{content}");
        assert_eq!(content.matches("The source changed this article on").count(), 1, "{content}");
    }
}

#[test]
fn a_dry_run_shows_what_would_be_changed_and_changes_nothing() {
    let mut stage = Stage::new(wordpress(), "editor", "Dry change", "on_change = \"update\"");
    for name in ["one", "two"] {
        stage.tell(name, TEXT);
    }
    stage.once().expect(0);
    let ids = stage.ids();
    stage.edit(ids["two"], &json!({ "title": format!("{} theirs", stage.prefix) }));
    for told in stage.entries.values_mut() {
        told.title += " corrected";
    }
    stage.write();
    let before = stage.posts(&ids.values().copied().collect::<Vec<_>>());
    let preview = stage.run(&["once", "--dry-run", "--feed", "paper", "--json"]).expect(0).json();
    let updates = preview["updates"].as_array().expect("a list");
    assert_eq!(updates.len(), 2, "{preview:#}");
    let of = |name: &str| updates.iter().find(|update| update["post"] == json!(ids[name])).expect("an update");
    assert_eq!(of("one")["fields"][0]["field"], "title");
    assert_eq!(of("one")["fields"][0]["becomes"], json!(stage.entries["one"].title));
    assert_eq!(of("two")["fields"], json!([]));
    assert_eq!(of("two")["conflicts"][0]["was"], json!(format!("{} theirs", stage.prefix)));
    assert_eq!(stage.posts(&ids.values().copied().collect::<Vec<_>>()), before);
    assert_eq!(stage.reviews(), [] as [serde_json::Value; 0]);
    let text = stage.run(&["once", "--dry-run", "--feed", "paper"]).expect(0).stdout;
    assert!(text.contains("its source changed") && text.contains("left, as a person changed it"), "{text}");
}

fn title(stage: &Stage, id: u64) -> String {
    stage.post(id)["title"]["raw"].as_str().expect("a title").to_owned()
}

#[test]
fn a_review_shows_both_sides_and_either_may_have_it() {
    let mut stage = Stage::new(wordpress(), "editor", "Reviewed", "on_change = \"update\"\nstatus = \"publish\"");
    for name in ["kept", "taken", "again"] {
        stage.tell(name, TEXT);
    }
    stage.once().expect(0);
    let ids = stage.ids();
    let theirs = |id: u64| {
        let content = stage.post(id)["content"]["raw"].as_str().expect("a content").to_owned();
        content.replace("The harbour is quiet this week,", "Their words,")
    };
    for (name, id) in &ids {
        stage.edit(*id, &json!({ "title": format!("{} {name} theirs", stage.prefix), "content": theirs(*id) }));
    }
    for told in stage.entries.values_mut() {
        told.title += " corrected";
        told.text = OTHER.to_owned();
    }
    let run = stage.once().expect(0);
    assert!(run.stdout.contains("3 that a person and the source changed"), "{}", run.stdout);
    let reviews = stage.reviews();
    let of = |name: &str| {
        let review = reviews.iter().find(|review| review["title"].as_str().unwrap().ends_with(name)).expect("a review");
        review["id"].as_str().map_or_else(|| review["id"].to_string(), str::to_owned)
    };
    let shown = stage.run(&["reviews", "show", &of("kept")]).expect(0).stdout;
    assert!(shown.contains("- <p>Their words,") && shown.contains("Rewritten from the first word"), "{shown}");
    assert!(
        shown.contains(&format!("- {} kept theirs", stage.prefix)) && shown.contains(&format!("+ {} kept corrected", stage.prefix)),
        "{shown}"
    );
    stage.run(&["reviews", "resolve", &of("kept"), "--keep"]).expect(0);
    stage.run(&["reviews", "resolve", &of("taken"), "--take", "--field", "title"]).expect(0);
    assert_eq!(title(&stage, ids["taken"]), format!("{} taken corrected", stage.prefix));
    let content = stage.post(ids["taken"])["content"]["raw"].as_str().expect("a content").to_owned();
    assert!(content.contains("Their words,"), "only the title was given away: {content}");
    // somebody writes again after the review was looked at
    stage.edit(ids["again"], &json!({ "title": format!("{} again once more", stage.prefix) }));
    let refused = stage.run(&["reviews", "resolve", &of("again"), "--take"]).expect(2);
    assert!(refused.stderr.contains("was changed again in WordPress"), "{}", refused.stderr);
    assert_eq!(title(&stage, ids["again"]), format!("{} again once more", stage.prefix));
    stage.run(&["reviews", "resolve", &of("again"), "--take"]).expect(0);
    assert_eq!(title(&stage, ids["again"]), format!("{} again corrected", stage.prefix));
    assert_eq!(stage.reviews().len(), 0);
    stage.run(&["reviews", "resolve", &of("kept"), "--keep"]).expect(2);
    // what was decided isn't asked again, and what is the source's again follows it
    stage.once().expect(0);
    assert_eq!(stage.reviews().len(), 0);
    assert_eq!(title(&stage, ids["kept"]), format!("{} kept theirs", stage.prefix));
    stage.entries.get_mut("taken").unwrap().title += " twice";
    stage.once().expect(0);
    assert_eq!(title(&stage, ids["taken"]), format!("{} taken corrected twice", stage.prefix));
}

#[test]
fn a_late_telling_of_a_story_is_named_in_the_post_that_is_out_unless_a_person_wrote_there() {
    let more = "status = \"publish\"\n\n[[feed]]\nname = \"other\"\nurl = \"./other.xml\"\nbackfill = 9\ncontent = \"feed\"\n";
    let mut stage = Stage::new(wordpress(), "editor", "Late telling", more);
    let path = stage.home.file("wirepress.toml");
    let config = std::fs::read_to_string(&path).expect("the configuration");
    std::fs::write(path, config.replace("settle = \"1s\"", "settle = \"1s\"\nnear_duplicates = \"also\"")).expect("a writable folder");
    let stories = [
        (
            "ferry",
            "The harbour authority of Port Ellen said on Tuesday that the ferry will be out of service until March, after divers found cracks \
                   in both propeller shafts. Islanders who depend on the crossing were offered seats on a smaller boat that sails twice a day.",
        ),
        (
            "school",
            "Parliament in Vienna voted on Thursday for a law that lets cities keep cars out of streets in front of schools. The minister \
                    of transport called it a great day for children, while drivers announced that they would go to court in April.",
        ),
    ];
    for (name, text) in stories {
        stage.tell(name, &format!("{text} So {} heard.", stage.prefix));
    }
    stage.once().expect(0);
    let ids = stage.ids();
    let content = |id: u64| stage.post(id)["content"]["raw"].as_str().expect("a content").to_owned();
    let theirs = content(ids["school"]).replace("a great day", "a day");
    stage.edit(ids["school"], &json!({ "content": theirs }));
    let mut items = String::new();
    for (name, text) in stories {
        items += &format!(
            "<item><title>{} {name}</title><link>https://other.example/{name}</link><guid isPermaLink=\"false\">other:{name}</guid>\
             <description>{text} So {} heard.</description></item>",
            stage.prefix, stage.prefix
        );
    }
    let rss = format!(
        "<rss version=\"2.0\"><channel><title>The Other</title><link>https://other.example/</link><language>en</language>{items}</channel></rss>"
    );
    std::fs::write(stage.home.file("other.xml"), rss).expect("a writable folder");
    let run = stage.run(&["once", "--feed", "other"]).expect(0);
    assert!(content(ids["ferry"]).contains("https://other.example/ferry"), "{} {}", content(ids["ferry"]), run.stderr);
    assert_eq!(content(ids["school"]), theirs, "a person has written there");
    let reviews = stage.reviews();
    assert_eq!((reviews.len(), &reviews[0]["fields"][0]["field"]), (1, &json!("content")), "{reviews:#?}");
    assert_eq!(stage.site.posts_titled(&stage.prefix).len(), 2, "each story once");
}

#[test]
fn what_a_contributor_could_not_change_is_brought_once_it_is_a_draft_again() {
    let mut stage = Stage::new(wordpress(), "contributor", "Out of reach", "on_change = \"update\"\nstatus = \"publish\"");
    stage.tell("one", TEXT);
    stage.once().expect(0);
    let id = stage.ids()["one"];
    stage.edit(id, &json!({ "status": "publish" }));
    stage.entries.get_mut("one").unwrap().text = OTHER.to_owned();
    stage.once().expect(0);
    let content = || stage.post(id)["content"]["raw"].as_str().expect("a content").to_owned();
    assert!(content().contains("harbour"), "{}", content());
    let reviews = stage.reviews();
    assert_eq!((reviews.len(), &reviews[0]["kind"]), (1, &json!("refused")), "{reviews:#?}");
    stage.edit(id, &json!({ "status": "draft" }));
    let run = stage.run(&["items", "render", "--again", "--yes"]).expect(0);
    assert!(content().contains("Rewritten"), "{} {}", content(), run.stdout);
}

#[test]
fn a_draft_that_a_person_published_still_follows_its_source() {
    let mut stage = Stage::new(wordpress(), "editor", "Approved", "on_change = \"update\"");
    stage.tell("one", TEXT);
    stage.once().expect(0);
    let id = stage.ids()["one"];
    stage.edit(id, &json!({ "status": "publish" }));
    stage.entries.get_mut("one").unwrap().text = OTHER.to_owned();
    stage.once().expect(0);
    let post = stage.post(id);
    assert_eq!(post["status"], "publish");
    assert!(post["content"]["raw"].as_str().unwrap().contains("Rewritten"), "{post}");
    assert_eq!(stage.reviews().len(), 0);
}

#[test]
fn what_a_person_threw_away_is_made_again_only_when_somebody_says_so() {
    let mut stage = Stage::new(wordpress(), "editor", "Thrown away", "on_change = \"update\"");
    for name in ["trashed", "deleted", "there"] {
        stage.tell(name, TEXT);
    }
    stage.once().expect(0);
    let ids = stage.ids();
    stage.site.delete(&format!("wp/v2/posts/{}", ids["trashed"]), "admin");
    stage.site.delete(&format!("wp/v2/posts/{}?force=true", ids["deleted"]), "admin");
    for told in stage.entries.values_mut() {
        told.text = OTHER.to_owned();
    }
    stage.once().expect(0);
    stage.once().expect(0);
    let count = || stage.site.posts_titled(&stage.prefix).len();
    assert_eq!(count(), 2, "the trash and the one that is there");
    let slug = stage.prefix.to_lowercase().replace(' ', "-");
    let link = |name: &str| format!("https://paper.example/{slug}/{name}");
    for name in ["trashed", "deleted"] {
        stage.run(&["items", "revive", &link(name)]).expect(0);
    }
    let refused = stage.run(&["items", "revive", &link("there")]).expect(2);
    assert!(refused.stderr.contains("is out on `blog`"), "{}", refused.stderr);
    stage.once().expect(0);
    assert_eq!(count(), 4, "both once more, and the old one still in the trash");
    stage.once().expect(0);
    assert_eq!(count(), 4);
    let posts = stage.site.posts_titled(&stage.prefix);
    let living = posts.iter().filter(|post| post["status"] == "draft").count();
    assert_eq!(living, 3, "{posts:#?}");
}

#[test]
fn a_picture_that_two_posts_show_goes_up_once_and_again_when_somebody_deleted_it() {
    let site = wordpress();
    let prefix = format!("Shared picture {}", std::process::id());
    let told = prefix.clone();
    let server = Server::start(move |_| Answer::new(200, "image/png", png(&told, 1)));
    let stage = Stage::new(site, "editor", "Shared picture", "image = \"featured\"");
    let write = |names: &[&str]| {
        let item = |name: &&str| {
            format!(
                "<item><title>{prefix} {name}</title><link>https://paper.example/{id}/{name}</link><guid isPermaLink=\"false\">{prefix}:{name}</guid>\
                 <enclosure url=\"{}\" type=\"image/png\" length=\"300\"/><description>{TEXT}</description></item>",
                server.url("/1.png"),
                id = std::process::id()
            )
        };
        let items: String = names.iter().map(item).collect();
        let rss = format!("<rss version=\"2.0\"><channel><title>P</title><link>https://paper.example/</link>{items}</channel></rss>");
        std::fs::write(stage.home.file("feed.xml"), rss).expect("a writable folder");
        stage.run(&["once", "--feed", "paper"]).expect(0);
    };
    write(&["one", "two"]);
    let ids = stage.ids();
    let media = |name: &str| stage.post(stage.ids()[name])["featured_media"].as_u64().expect("a picture");
    let first = media("one");
    assert_ne!(first, 0);
    assert_eq!(media("two"), first);
    stage.site.delete(&format!("wp/v2/media/{first}?force=true"), "admin");
    write(&["one", "two", "three"]);
    let second = media("three");
    assert!(second != 0 && second != first, "{second}");
    assert_eq!(stage.post(ids["one"])["featured_media"], 0, "a person took it off");
}

#[test]
fn the_daemon_follows_by_itself() {
    let mut stage = Stage::new(wordpress(), "editor", "Daemon follows", "on_change = \"update\"");
    stage.tell("one", TEXT);
    stage.once().expect(0);
    let id = stage.ids()["one"];
    let running = crate::support::running::Running::start(&stage.home, &stage.site.password("editor"));
    running.says("running");
    stage.entries.get_mut("one").unwrap().text = OTHER.to_owned();
    stage.write();
    stage.run(&["feeds", "poll", "paper"]).expect(0);
    running.says("a source tells something else");
    running.says("a post was changed");
    running.signal("TERM");
    assert_eq!(running.ends(), 0);
    assert!(stage.post(id)["content"]["raw"].as_str().unwrap().contains("Rewritten"));
}
