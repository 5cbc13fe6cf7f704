//! Unclear answers: whatever came back or didn't, there is one post in the end.

use std::time::Duration;

use serde_json::json;
use wirepress::publish::{self, Seen, Twin};
use wirepress::wordpress::Failure;

use super::{Bench, delivery, doubted, draft, key, now, order};
use crate::support::proxy::Fault;

#[tokio::test]
async fn an_unclear_answer_is_never_taken_for_a_no() {
    let bench = Bench::of("editor").await;
    for fault in [
        Fault::CutAfterCommit,
        Fault::DoneBut(500, "text/html", "<h1>500</h1>"),
        Fault::DoneBut(502, "text/html", ""),
        Fault::DoneBut(200, "text/html", ""),
        Fault::DoneBut(200, "text/html", "<!DOCTYPE html><html><body>Welcome</body></html>"),
        Fault::Hang,
    ] {
        let (site, proxy) = bench.behind("editor", "POST", "/wp/v2/posts", fault).await;
        let delivery = delivery(&key());
        let floor = bench.site.newest_post_id(&bench.me).await.expect("a post id");
        let answer = publish::create(&site, &bench.me, &[order(&delivery)]).await.remove(0);
        assert!(matches!(answer, Err(Failure::Unclear { .. })), "{fault:?}: {answer:?}");
        assert_eq!(proxy.struck.lock().expect("the log").len(), 1);
        let rows = bench.wait_for_rows(&delivery.key, 1).await;
        let Seen::Made(post) = bench.look(&doubted(delivery.clone(), floor)).await else { panic!("{fault:?}") };
        assert_eq!(rows[0]["id"], post.id);
    }
}

#[tokio::test]
async fn an_answer_that_says_wait_is_obeyed() {
    let bench = Bench::of("editor").await;
    let fault = Fault::NotDone(503, "text/html", "<h1>Maintenance</h1>", Some(600));
    let (site, _proxy) = bench.behind("editor", "POST", "/wp/v2/posts", fault).await;
    let delivery = delivery(&key());
    let failure = publish::create(&site, &bench.me, &[order(&delivery)]).await.remove(0).expect_err("503");
    let asked = now();
    let publish::Next::Retry { at, doubt: Some(_) } = publish::next(&failure, 0, 0, Duration::from_secs(1), asked) else {
        panic!("{failure}")
    };
    assert!(at >= asked.plus(Duration::from_secs(600)));
    assert_eq!(bench.rows(&delivery.key).len(), 0);
}

#[tokio::test]
async fn a_batch_that_is_cut_in_its_middle_ends_in_one_post_each() {
    let bench = Bench::of("editor").await;
    let key = key();
    let mut deliveries: Vec<_> = (0..25).map(|n| delivery(&format!("{}{n:03}", &key[3..]))).collect();
    deliveries.iter_mut().for_each(|delivery| draft(delivery).title = format!("Cut {key}"));
    let floor = bench.site.newest_post_id(&bench.me).await.expect("a post id");
    let (site, _proxy) = bench.behind("editor", "POST", "/batch/v1", Fault::CutAfter(Duration::from_millis(120))).await;
    let orders: Vec<_> = deliveries.iter().map(order).collect();
    for answer in publish::create(&site, &bench.me, &orders).await {
        assert!(matches!(answer, Err(Failure::Unclear { .. })), "{answer:?}");
    }
    // the server is still at work: a look proves something only when it is done
    bench.wait_for_rows(&key, 25).await;
    let deliveries: Vec<_> = deliveries.into_iter().map(|delivery| doubted(delivery, floor)).collect();
    let seen = publish::look(&bench.site, &bench.me, &deliveries.iter().collect::<Vec<_>>()).await.expect("a look");
    assert!(seen.iter().all(|seen| matches!(seen, Seen::Made(_))), "{seen:?}");
    assert_eq!(publish::batches(&bench.site, deliveries, |delivery| delivery).len(), 25, "each goes on alone");
    assert_eq!(bench.rows(&key).len(), 25);
}

#[tokio::test]
async fn of_twins_the_oldest_is_adopted_and_the_younger_goes_to_the_trash_unless_touched() {
    let bench = Bench::of("editor").await;
    for touched in [false, true] {
        let mut delivery = delivery(&key());
        let first = bench.made(&mut delivery.clone()).await;
        // the second try of a request that was thought lost
        let failure = bench.create(&delivery).await.expect_err("its slug is taken by one of ours");
        assert!(failure.may_have_been_done() && failure.to_string().contains("another post of ours"), "{failure}");
        let second = bench.rows(&delivery.key)[1]["id"].as_u64().expect("an id");
        if touched {
            bench.edit("admin", second, json!({"content": "A person's words."}));
        }
        delivery = doubted(delivery, first.id - 1);
        let Seen::Made(post) = bench.look(&delivery).await else { panic!() };
        assert_eq!(post.id, first.id);
        let finished = bench.finish(&delivery, &post).await.expect("finished").post;
        super::note(&mut delivery, &finished);

        let twins = publish::recheck(&bench.site, &bench.me, &delivery).await.expect("a second look");
        let rows = bench.rows(&delivery.key);
        assert_eq!(rows[0]["status"], "draft");
        match (touched, twins.as_slice()) {
            // a touched one has lost its mark with its words: it is a person's post now
            (true, []) => assert_eq!(rows[1]["status"], "draft"),
            (false, [Twin::Trashed(twin)]) => {
                assert_eq!(twin.id, second);
                assert_eq!(rows[1]["status"], "trash");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(publish::recheck(&bench.site, &bench.me, &delivery).await.expect("again"), []);
    }
}

#[tokio::test]
async fn a_twin_that_a_person_works_on_is_reported_and_left_alone() {
    let bench = Bench::of("editor").await;
    let mut delivery = delivery(&key());
    let first = bench.published(&mut delivery).await;
    // the key is free again once the first has its clean slug: a late request makes a twin under it
    let mut late = delivery.clone();
    late.post = None;
    let twin = bench.create(&late).await.expect("a twin").post;
    bench.edit("admin", twin.id, json!({"title": format!("A person's title {}", delivery.key)}));
    let delivery = doubted(delivery, first.id);
    let twins = publish::recheck(&bench.site, &bench.me, &delivery).await.expect("a second look");
    let [Twin::Report(reported)] = twins.as_slice() else { panic!("{twins:?}") };
    assert_eq!(reported.id, twin.id);
    assert_eq!(bench.rows(&delivery.key)[1]["status"], "draft");
}

#[tokio::test]
async fn what_was_cut_inside_one_post_is_made_whole() {
    let bench = Bench::of("editor").await;
    let key = key();
    let delivery = delivery(&key);
    let tag = bench.site.make_terms(&[("tags", &format!("whole {key}"), 0)]).await.expect("terms").remove(0).expect("a term").id;
    let picture = super::media::upload(&bench, &key).await;
    // a process that dies after the post is inserted leaves it without terms and picture
    let made = bench.made(&mut delivery.clone()).await;
    let terms = std::collections::BTreeMap::from([("tags".to_owned(), vec![tag])]);
    let Seen::Made(post) = bench.look(&doubted(delivery.clone(), made.id - 1)).await else { panic!() };
    let order = publish::Order { terms: &terms, featured_media: Some(picture.id), ..order(&delivery) };
    let unfinished = publish::Unfinished { order, post: &post };
    publish::finish(&bench.site, &bench.me, &[unfinished], now()).await.remove(0).expect("finished");
    let row = &bench.rows(&key)[0];
    assert_eq!((&row["featured_media"], &row["terms"]["post_tag"]), (&json!(picture.id), &json!([format!("whole {key}")])));
}

#[tokio::test]
async fn where_batches_are_blocked_posts_and_terms_go_out_singly() {
    let bench = Bench::of("editor").await;
    for (status, mime, body) in [
        (403, "text/html", "<h1>Forbidden</h1>"),
        (404, "application/json", r#"{"code":"rest_no_route","message":"No route","data":{"status":404}}"#),
        (403, "application/json", r#"{"code":"batch_disabled","message":"No batches here","data":{"status":403}}"#),
    ] {
        let (site, _proxy) = bench.behind("editor", "POST", "/batch/v1", Fault::NotDone(status, mime, body, None)).await;
        let two = [delivery(&key()), delivery(&key())];
        let answers = publish::create(&site, &bench.me, &[order(&two[0]), order(&two[1])]).await;
        for answer in answers {
            let failure = answer.expect_err("no batch");
            assert_eq!(publish::next(&failure, 0, 0, Duration::from_secs(1), now()), publish::Next::Singly, "{failure}");
        }
        assert_eq!(publish::batches(&site, two.to_vec(), |delivery| delivery).len(), 2);

        let (site, _proxy) = bench.behind("editor", "POST", "/batch/v1", Fault::NotDone(status, mime, body, None)).await;
        let key = key();
        let terms = [0, 1, 2].map(|n| publish::WantedTerm { taxonomy: "tags".into(), name: format!("single {n} {key}"), parent: 0 });
        let ids: Vec<u64> = publish::make_terms(&site, &terms).await.into_iter().map(|id| id.expect("a term").id).collect();
        assert!(ids[0] < ids[1] && ids[1] < ids[2]);
    }
}

#[tokio::test]
async fn terms_whose_answer_was_lost_are_not_made_twice() {
    let bench = Bench::of("editor").await;
    let (site, _proxy) = bench.behind("editor", "POST", "/batch/v1", Fault::CutAfterCommit).await;
    let key = key();
    let terms: Vec<_> =
        (0..30).map(|n| publish::WantedTerm { taxonomy: "tags".into(), name: format!("lost {n} {key}"), parent: 0 }).collect();
    let lost = publish::make_terms(&site, &terms).await;
    assert!(lost.iter().all(|answer| answer.as_ref().is_err_and(Failure::may_have_been_done)), "what is left waits too: {lost:?}");
    for answer in publish::make_terms(&bench.site, &terms).await {
        answer.expect("a term");
    }
    let rows = bench.wp.test_route("terms");
    let named = rows.as_array().expect("rows").iter().filter(|row| row["name"].as_str().is_some_and(|name| name.ends_with(&key)));
    assert_eq!(named.count(), 30);
}
