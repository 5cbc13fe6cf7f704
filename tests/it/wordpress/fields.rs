//! Every field that is sent is there, as it was meant.

use std::collections::BTreeMap;

use serde_json::json;
use wirepress::domain::{Status, Timestamp};
use wirepress::http::Bytes;
use wirepress::publish::{self, Order, Unfinished};
use wirepress::wordpress::NewMedia;

use super::{Bench, delivery, draft, key, keyed, now, order};

#[tokio::test]
async fn every_field_of_a_draft_is_in_the_database_as_it_was_sent() {
    let bench = Bench::of("editor").await;
    let key = key();
    let tags =
        bench.site.make_terms(&[("tags", &format!("R&D {key}"), 0), ("categories", &format!("News {key}"), 0)]).await.expect("terms");
    let ids: Vec<u64> = tags.into_iter().map(|made| made.expect("a term").id).collect();
    let media = NewMedia {
        bytes: super::media::png(key.as_bytes()),
        mime: "image/png".into(),
        slug: format!("wpm-{key}"),
        alt: "A \"red\" dot & more".into(),
        caption: "Red & <round>. Photo: A. N.".into(),
        title: "The dot".into(),
    };
    let media = bench.site.upload(&media).await.expect("an upload");
    let mut delivery = delivery(&key);
    {
        let draft = draft(&mut delivery);
        draft.title = format!("R&D <b>für</b> &amp; „alle“ 日本 {key}");
        draft.status = Status::Publish;
        draft.date = Some(Timestamp::from_unix(1_790_000_000));
    }
    let terms = BTreeMap::from([("tags".to_owned(), vec![ids[0]]), ("categories".to_owned(), vec![ids[1]])]);
    let author = bench.wp.user_id("author");
    let order = Order { terms: &terms, featured_media: Some(media.id), author: Some(author), ..order(&delivery) };
    let made = publish::create(&bench.site, &bench.me, &[order]).await.remove(0).expect("made");
    assert_eq!(made.warnings, Vec::<String>::new());

    let row = &bench.rows(&key)[0];
    let draft = delivery.draft.as_ref().expect("a draft");
    assert_eq!(row["id"], made.post.id);
    assert_eq!((&row["status"], &row["slug"]), (&json!("draft"), &json!(delivery.slug)), "nothing is public before its id is known");
    assert_eq!(row["title"], format!("R&D &lt;b&gt;für&lt;/b&gt; &amp;amp; „alle“ 日本 {key}"));
    assert_eq!(row["content"], draft.content);
    assert_eq!(row["excerpt"], draft.excerpt);
    assert_eq!(row["author"], "author");
    assert_eq!(row["date_gmt"], "2026-09-21 14:13:20");
    assert_eq!(row["featured_media"], media.id);
    assert_eq!(row["terms"]["post_tag"], json!([format!("R&D {key}")]));
    assert_eq!(row["terms"]["category"], json!([format!("News {key}")]));

    let finished =
        publish::finish(&bench.site, &bench.me, &[Unfinished { order, post: &made.post }], now()).await.remove(0).expect("finished");
    assert_eq!(finished.warnings, Vec::<String>::new());
    let row = &bench.rows(&key)[0];
    assert_eq!((&row["status"], &row["slug"]), (&json!("publish"), &json!(draft.slug)));
    assert_eq!(row["date_gmt"], "2026-09-21 14:13:20");
    assert_eq!((&row["content"], &row["featured_media"], &row["author"]), (&json!(draft.content), &json!(media.id), &json!("author")));
    assert!(finished.post.link.ends_with(&format!("/{}/", draft.slug)), "{}", finished.post.link);

    let attachments = bench.wp.test_route("attachments");
    let attachment = attachments.as_array().expect("rows").iter().find(|row| row["id"] == media.id).expect("the attachment");
    assert_eq!((&attachment["alt"], &attachment["title"]), (&json!("A \"red\" dot & more"), &json!("The dot")));
    assert_eq!((&attachment["slug"], &attachment["mime"]), (&json!(format!("wpm-{key}")), &json!("image/png")));
}

#[tokio::test]
async fn each_status_comes_off_as_it_was_wished() {
    let bench = Bench::of("editor").await;
    let soon = Timestamp::from_unix(now().unix() + 86_400);
    for (status, date) in
        [(Status::Draft, None), (Status::Pending, None), (Status::Private, None), (Status::Publish, None), (Status::Future, Some(soon))]
    {
        let key = key();
        let mut delivery = delivery(&key);
        (draft(&mut delivery).status, draft(&mut delivery).date) = (status, date);
        bench.published(&mut delivery).await;
        let row = &bench.rows(&key)[0];
        assert_eq!(row["status"], status.as_str());
        assert_eq!(row["slug"], delivery.draft.as_ref().expect("a draft").slug, "{status:?}");
        if let Some(date) = date {
            assert_eq!(row["date_gmt"].as_str().expect("a date").replace(' ', "T"), date.to_gmt());
        }
    }
}

#[tokio::test]
async fn a_future_that_has_passed_stays_a_draft_and_a_date_to_come_is_kept_for_then() {
    let bench = Bench::of("editor").await;
    let (past, soon) = (Timestamp::from_unix(now().unix() - 3600), Timestamp::from_unix(now().unix() + 86_400));
    for (status, date, is, warned) in [
        (Status::Future, past, "draft", "has passed"),
        (Status::Publish, past, "publish", ""),
        (Status::Publish, soon, "future", "to come"),
    ] {
        let key = key();
        let mut delivery = delivery(&key);
        (draft(&mut delivery).status, draft(&mut delivery).date) = (status, Some(date));
        let post = bench.made(&mut delivery).await;
        let made = bench.finish(&delivery, &post).await.expect("finished");
        assert_eq!(bench.rows(&key)[0]["status"], is);
        assert!(made.warnings.join(" ").contains(warned) && made.warnings.is_empty() == warned.is_empty(), "{:?}", made.warnings);
    }
}

#[tokio::test]
async fn a_keyed_draft_needs_one_request_and_a_clean_one_a_second() {
    let bench = Bench::of("editor").await;
    for (mut delivery, finished) in [(keyed(&key()), true), (delivery(&key()), false)] {
        let post = bench.made(&mut delivery).await;
        assert_eq!(publish::is_finished(&bench.me, &Unfinished { order: order(&delivery), post: &post }, now()), finished);
    }
}

#[tokio::test]
async fn one_bad_post_in_a_batch_of_25_keeps_none_of_the_others() {
    let bench = Bench::of("editor").await;
    let key = key();
    let mut deliveries: Vec<_> = (0..25).map(|n| delivery(&format!("{}{n:03}", &key[3..]))).collect();
    deliveries.iter_mut().for_each(|delivery| draft(delivery).title = format!("Batch {key}"));
    {
        let bad = draft(&mut deliveries[7]);
        (bad.title, bad.content, bad.excerpt) = Default::default();
    }
    let orders: Vec<_> = deliveries.iter().map(order).collect();
    let made = publish::create(&bench.site, &bench.me, &orders).await;
    let refused: Vec<_> = made.iter().enumerate().filter_map(|(at, made)| Some((at, made.as_ref().err()?.to_string()))).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].0 == 7 && refused[0].1.contains("400 empty_content"), "{refused:?}");
    let unfinished: Vec<_> =
        orders.iter().zip(&made).filter_map(|(order, made)| Some(Unfinished { order: *order, post: &made.as_ref().ok()?.post })).collect();
    for finished in publish::finish(&bench.site, &bench.me, &unfinished, now()).await {
        assert_eq!(finished.expect("finished").warnings, Vec::<String>::new());
    }
    let slugs: Vec<String> = bench.rows(&key).iter().map(|row| row["slug"].as_str().expect("a slug").to_owned()).collect();
    let wanted: Vec<String> = unfinished.iter().map(|one| one.order.delivery.draft.as_ref().expect("a draft").slug.clone()).collect();
    assert_eq!(slugs, wanted);
}

#[tokio::test]
async fn what_wordpress_drops_without_a_word_is_told() {
    let bench = Bench::of("editor").await;
    let delivery = delivery(&key());
    let terms = BTreeMap::from([("tags".to_owned(), vec![99_999_999])]);
    let order = Order { terms: &terms, featured_media: Some(99_999_998), ..order(&delivery) };
    let made = publish::create(&bench.site, &bench.me, &[order]).await.remove(0).expect("made");
    assert_eq!(made.warnings, ["WordPress didn't take the featured image", "WordPress didn't take these tags: 99999999"]);
}

#[test]
fn the_test_picture_is_a_png() {
    let png: Bytes = super::media::png(b"x");
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
}
