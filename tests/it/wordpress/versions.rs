//! The short list, on older WordPress: made, finished, found, in doubt, told apart from a person's.

use std::collections::BTreeMap;

use serde_json::json;
use wirepress::domain::Status;
use wirepress::publish::{self, Order, Seen, Unfinished};

use super::{Bench, delivery, doubted, draft, key, now, order};
use crate::support::proxy::Fault;
use crate::support::site::wordpress_at;

#[tokio::test]
async fn wordpress_6_5_takes_a_post_once_and_whole() {
    short_list("WIREPRESS_TEST_WP65").await;
}

#[tokio::test]
async fn wordpress_6_1_takes_a_post_once_and_whole() {
    short_list("WIREPRESS_TEST_WP61").await;
}

async fn short_list(variable: &str) {
    let bench = Bench::at(wordpress_at(variable), "editor").await;
    whole(&bench).await;
    lost_and_found(&bench).await;
    edited(&bench).await;
    let contributor = Bench::at(wordpress_at(variable), "contributor").await;
    let mut delivery = delivery(&key());
    draft(&mut delivery).status = Status::Pending;
    contributor.published(&mut delivery).await;
    let row = &contributor.rows(&delivery.key)[0];
    assert_eq!((&row["status"], &row["slug"]), (&json!("draft"), &json!(delivery.draft.as_ref().expect("a draft").slug)));
}

async fn whole(bench: &Bench) {
    let key = key();
    let made =
        bench.site.make_terms(&[("tags", &format!("R&D {key}"), 0), ("categories", &format!("News {key}"), 0)]).await.expect("terms");
    let ids: Vec<u64> = made.into_iter().map(|made| made.expect("a term").id).collect();
    let terms = BTreeMap::from([("tags".to_owned(), vec![ids[0]]), ("categories".to_owned(), vec![ids[1]])]);
    let picture = super::media::upload(bench, &key).await;
    let mut delivery = delivery(&key);
    draft(&mut delivery).status = Status::Publish;
    let order = Order { terms: &terms, featured_media: Some(picture.id), ..order(&delivery) };
    // two, so that it is a batch
    let mut second = super::delivery(&super::key());
    draft(&mut second).status = Status::Publish;
    let orders = [order, super::order(&second)];
    let made: Vec<_> = publish::create(&bench.site, &bench.me, &orders).await.into_iter().map(|made| made.expect("made")).collect();
    let unfinished: Vec<_> = orders.iter().zip(&made).map(|(order, made)| Unfinished { order: *order, post: &made.post }).collect();
    for finished in publish::finish(&bench.site, &bench.me, &unfinished, now()).await {
        assert_eq!(finished.expect("finished").warnings, Vec::<String>::new());
    }
    let row = &bench.rows(&key)[0];
    let draft = delivery.draft.as_ref().expect("a draft");
    assert_eq!((&row["slug"], &row["status"], &row["content"]), (&json!(draft.slug), &json!("publish"), &json!(draft.content)));
    assert_eq!((&row["excerpt"], &row["featured_media"]), (&json!(draft.excerpt), &json!(picture.id)));
    assert_eq!(row["terms"], json!({"post_tag": [format!("R&D {key}")], "category": [format!("News {key}")]}));
    assert!(matches!(bench.look(&delivery).await, Seen::Finished { note: None, .. }));
}

async fn lost_and_found(bench: &Bench) {
    let delivery = delivery(&key());
    let (site, _proxy) = bench.behind("editor", "POST", "/wp/v2/posts", Fault::CutAfterCommit).await;
    let failure = publish::create(&site, &bench.me, &[order(&delivery)]).await.remove(0).expect_err("a cut line");
    assert!(failure.may_have_been_done(), "{failure}");
    let found = bench.look(&doubted(delivery.clone(), 0)).await;
    let Seen::Made(post) = found else { panic!("{found:?}") };
    bench.site.trash(post.id).await.expect("trashed");
    assert!(matches!(bench.look(&delivery).await, Seen::Trashed(_)));
}

async fn edited(bench: &Bench) {
    let (mut ours, mut theirs) = (delivery(&key()), delivery(&key()));
    let made = bench.made(&mut ours).await;
    bench.finish(&ours, &made).await.expect("finished, but the answer is lost");
    assert!(matches!(bench.look(&ours).await, Seen::Made(_)), "{:?}", bench.look(&ours).await);
    let made = bench.made(&mut theirs).await;
    bench.edit("admin", made.id, json!({"content": "A person's words."}));
    assert!(matches!(bench.look(&theirs).await, Seen::Finished { note: Some(_), .. }));
}
