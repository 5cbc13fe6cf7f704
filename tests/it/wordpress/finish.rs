//! Finishing in doubt: our own update is known again, and a person's edit wins.

use serde_json::json;
use wirepress::domain::Status;
use wirepress::publish::{self, Seen, Unfinished};
use wirepress::wordpress::Failure;

use super::{Bench, delivery, draft, key, now, order};
use crate::support::proxy::Fault;

#[tokio::test]
async fn a_made_post_that_nobody_touched_is_finished_later() {
    let bench = Bench::of("editor").await;
    let mut delivery = delivery(&key());
    draft(&mut delivery).status = Status::Publish;
    let made = bench.made(&mut delivery).await;
    let Seen::Made(post) = bench.look(&delivery).await else { panic!() };
    assert_eq!(post.id, made.id);
    assert_eq!(bench.finish(&delivery, &post).await.expect("finished").post.status.0, "publish");
}

#[tokio::test]
async fn our_own_finishing_is_known_again_when_its_answer_was_lost() {
    let bench = Bench::of("editor").await;
    for status in [Status::Draft, Status::Publish, Status::Pending] {
        let mut delivery = delivery(&key());
        draft(&mut delivery).status = status;
        let made = bench.made(&mut delivery).await;
        let (site, _proxy) = bench.behind("editor", "POST", "/wp/v2/posts/", Fault::CutAfterCommit).await;
        let unfinished = Unfinished { order: order(&delivery), post: &made };
        let answer = publish::finish(&site, &bench.me, &[unfinished], now()).await.remove(0);
        assert!(matches!(answer, Err(Failure::Unclear { .. })), "{answer:?}");
        let Seen::Made(post) = bench.look(&delivery).await else { panic!("{status:?}: {:?}", bench.look(&delivery).await) };
        assert_eq!(post.slug, delivery.draft.as_ref().expect("a draft").slug);
        assert!(publish::is_finished(&bench.me, &Unfinished { order: order(&delivery), post: &post }, now()), "no second update");
    }
}

#[tokio::test]
async fn a_persons_edit_between_making_and_finishing_wins() {
    let bench = Bench::of("editor").await;
    let tag = bench.person("admin", "POST", "tags", json!({"name": format!("person {}", key())}))["id"].clone();
    for (what, edit) in [
        ("words", json!({"content": "A person's words."})),
        ("title", json!({"title": "A person's title"})),
        ("slug", json!({"slug": format!("persons-{}", key()), "status": "draft"})),
        ("status", json!({"status": "private"})),
        ("publish", json!({"status": "publish"})),
        ("tags", json!({"tags": [tag]})),
    ] {
        let mut delivery = delivery(&key());
        let made = bench.made(&mut delivery).await;
        bench.edit("admin", made.id, edit);
        let after = bench.wp.test_route("posts").as_array().expect("rows").iter().find(|row| row["id"] == made.id).expect("it").clone();
        let Seen::Finished { post, note: Some(note) } = bench.look(&delivery).await else {
            panic!("{what}: {:?}", bench.look(&delivery).await)
        };
        assert_eq!(post.id, made.id);
        assert!(note.contains("left as it is"), "{note}");
        let later = bench.wp.test_route("posts").as_array().expect("rows").iter().find(|row| row["id"] == made.id).expect("it").clone();
        assert_eq!(later, after, "{what}");
    }
}

#[tokio::test]
async fn a_persons_edit_after_our_lost_finishing_wins_too() {
    let bench = Bench::of("editor").await;
    let mut delivery = delivery(&key());
    draft(&mut delivery).status = Status::Publish;
    let made = bench.made(&mut delivery).await;
    bench.finish(&delivery, &made).await.expect("finished, but the answer is lost");
    bench.edit("admin", made.id, json!({"status": "draft"}));
    let Seen::Finished { post, note: Some(_) } = bench.look(&delivery).await else { panic!() };
    assert_eq!(post.status.0, "draft");
}

#[tokio::test]
async fn a_made_post_in_the_trash_or_gone_for_good_is_not_made_again() {
    let bench = Bench::of("editor").await;
    let (mut trashed, mut purged) = (delivery(&key()), delivery(&key()));
    bench.made(&mut trashed).await;
    bench.made(&mut purged).await;
    bench.site.trash(trashed.post.expect("a post")).await.expect("trashed");
    bench.site.purge(purged.post.expect("a post")).await.expect("purged");
    assert!(matches!(bench.look(&trashed).await, Seen::Trashed(_)));
    assert_eq!(bench.look(&purged).await, Seen::Gone);
    let post = wirepress::domain::Post { id: purged.post.expect("a post"), ..Default::default() };
    let failure = bench.finish(&purged, &post).await.map(|made| made.warnings);
    let gone = failure.expect_err("it is gone");
    assert!(gone.is_gone(), "{gone}");
}
