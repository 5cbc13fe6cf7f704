//! What only time brings: sources that vanish, and posts whose time is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use wirepress::clock::Clock;
use wirepress::config;
use wirepress::domain::{Id, Timestamp};
use wirepress::pipeline::{Pipeline, Which};
use wirepress::store::Store;

use super::Stage;
use crate::support::server::{Answer, Server};
use crate::support::site::wordpress;

const DAY: Duration = Duration::from_secs(86_400);

/// A stage whose clock a test moves.
struct Days {
    stage: Stage,
    clock: Clock,
    pipeline: Pipeline,
}

impl Days {
    /// The entries lie at `base`; `more`: keys of the feed.
    async fn begin(name: &str, names: &[&str], base: &str, more: &str) -> Self {
        let stage = Stage::new(wordpress(), "editor", name, more);
        let items: String = names
            .iter()
            .map(|entry| {
                format!(
                    "<item><title>{} {entry}</title><link>{base}/{entry}</link><guid isPermaLink=\"false\">{}:{entry}</guid>\
                     <description>About {entry}, in a few words.</description></item>",
                    stage.prefix, stage.prefix
                )
            })
            .collect();
        let rss = format!("<rss version=\"2.0\"><channel><title>P</title><link>{base}/</link>{items}</channel></rss>");
        std::fs::write(stage.home.file("feed.xml"), rss).expect("a writable folder");
        std::fs::write(stage.home.file("password"), stage.site.password("editor")).expect("a writable folder");
        let path = stage.home.file("wirepress.toml");
        let text = std::fs::read_to_string(&path).expect("the configuration");
        let text = text.replace("{ env = \"BLOG_PASSWORD\" }", "{ file = \"password\" }");
        std::fs::write(&path, text).expect("a writable folder");
        let config = config::load(&path).unwrap_or_else(|problems| panic!("{problems}")).config;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
        let clock = Clock::set_to(Timestamp::from_unix(i64::try_from(now).expect("not so far")));
        let store = Store::memory().await.expect("a store");
        let pipeline = Pipeline::new(Arc::new(config), store, clock.clone(), Id::new(clock.now()), None, "days").await.expect("a pipeline");
        let days = Self { stage, clock, pipeline };
        days.pipeline.poll_pass(Which::Named(&["paper".to_owned()])).await.expect("a poll");
        days.pipeline.prepare_pass().await.expect("a pass");
        days.publish().await;
        assert_eq!(days.stage.ids().len(), names.len());
        days
    }

    async fn publish(&self) {
        let site = self.pipeline.sites().remove(0);
        let report = self.pipeline.publish_pass(&site, None).await.expect("a pass");
        assert_eq!((report.resting, report.refused), (None, None));
    }

    /// So much later everything that is due is done.
    async fn later(&self, span: Duration) {
        self.clock.advance(span);
        self.pipeline.follow_pass().await.expect("a pass");
        self.publish().await;
    }
}

/// Pages that go when the flag says so; `stays` never.
fn pages() -> (Server, Arc<AtomicBool>) {
    let gone = Arc::new(AtomicBool::new(false));
    let flag = gone.clone();
    let server = Server::start(move |request| match request.target.as_str() {
        "/stays" => Answer::new(200, "text/html", "<p>here</p>"),
        "/busy" => Answer::new(503, "text/plain", "later"),
        _ if flag.load(Ordering::SeqCst) => Answer::new(410, "text/plain", "gone"),
        _ => Answer::new(200, "text/html", "<p>here</p>"),
    });
    (server, gone)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_stays_gone_for_days_gets_its_post_a_note_once() {
    let (server, gone) = pages();
    let days = Days::begin("Gone note", &["goes", "stays", "busy"], &server.url(""), "on_gone = \"note\"\nstatus = \"publish\"").await;
    let ids = days.stage.ids();
    let noted = |name: &str| {
        let content = days.stage.post(ids[name])["content"]["raw"].as_str().expect("a content").to_owned();
        content.matches("has taken this article down").count()
    };
    days.later(DAY * 8).await;
    gone.store(true, Ordering::SeqCst);
    days.later(DAY * 7).await;
    days.later(DAY).await;
    // it was back for a day: counting begins anew
    gone.store(false, Ordering::SeqCst);
    days.later(DAY).await;
    gone.store(true, Ordering::SeqCst);
    days.later(DAY * 7).await;
    for _ in 0..2 {
        days.later(DAY).await;
        assert_eq!(noted("goes"), 0, "three times are not enough");
    }
    days.later(DAY).await;
    assert_eq!((noted("goes"), noted("stays"), noted("busy")), (1, 0, 0));
    days.later(DAY * 40).await;
    assert_eq!(noted("goes"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_of_a_vanished_source_goes_back_to_draft_unless_a_person_decided_its_status() {
    let (server, gone) = pages();
    let days = Days::begin("Gone draft", &["ours", "theirs"], &server.url(""), "on_gone = \"draft\"\nstatus = \"publish\"").await;
    let ids = days.stage.ids();
    days.stage.edit(ids["theirs"], &json!({ "status": "private" }));
    gone.store(true, Ordering::SeqCst);
    days.later(DAY * 8).await;
    for _ in 0..3 {
        days.later(DAY).await;
    }
    assert_eq!(days.stage.post(ids["ours"])["status"], "draft");
    assert_eq!(days.stage.post(ids["theirs"])["status"], "private");
    let reviews = days.pipeline.store.open_reviews().await.expect("reviews");
    assert_eq!(reviews.len(), 1, "{reviews:?}");
    // a person puts it out again: it stays out
    days.stage.edit(ids["ours"], &json!({ "status": "publish" }));
    days.later(DAY * 31).await;
    assert_eq!(days.stage.post(ids["ours"])["status"], "publish");
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_past_their_time_go_to_the_trash_and_what_a_person_touched_stays() {
    let more = "trash_after = \"30d\"\nstatus = \"publish\"";
    let days = Days::begin("Aged", &["ours", "text", "tags", "back"], "https://paper.example", more).await;
    let ids = days.stage.ids();
    let content = days.stage.post(ids["text"])["content"]["raw"].as_str().expect("a content").replace("About text", "Theirs");
    days.stage.edit(ids["text"], &json!({ "content": content }));
    days.stage.edit(ids["tags"], &json!({ "tags": [days.stage.tag(&format!("{} tag", days.stage.prefix))] }));
    days.stage.edit(ids["back"], &json!({ "status": "draft" }));
    let status = |name: &str| days.stage.post(ids[name])["status"].as_str().expect("a status").to_owned();
    days.later(DAY * 29).await;
    assert_eq!(status("ours"), "publish");
    for _ in 0..2 {
        days.later(DAY * 2).await;
        assert_eq!([status("ours"), status("text"), status("tags"), status("back")], ["trash", "publish", "publish", "draft"]);
    }
}
