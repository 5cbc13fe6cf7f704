//! Accounts that may do less than an editor lose no post and make none twice.

use serde_json::json;
use wirepress::domain::{NewTerms, Status, Term};
use wirepress::publish::{self, Order, Seen, Verdict, Vocabulary};
use wirepress::wordpress::Failure;

use super::{Bench, delivery, doubted, draft, key, now, order};

#[tokio::test]
async fn a_contributors_posts_go_out_as_drafts_under_their_key() {
    let bench = Bench::of("contributor").await;
    for status in [Status::Draft, Status::Pending, Status::Publish, Status::Private, Status::Future] {
        let mut delivery = delivery(&key());
        (draft(&mut delivery).status, draft(&mut delivery).date) = (status, Some(now().plus(std::time::Duration::from_secs(86_400))));
        let made = bench.made(&mut delivery).await;
        assert_eq!((made.slug.as_str(), made.status.0.as_str()), (delivery.slug.as_str(), "draft"));
        let finished = bench.finish(&delivery, &made).await.expect("finished");
        assert_eq!(finished.warnings.is_empty(), status == Status::Draft, "{:?}", finished.warnings);
        let row = &bench.rows(&delivery.key)[0];
        assert_eq!((&row["status"], &row["slug"]), (&json!("draft"), &json!(delivery.draft.as_ref().expect("a draft").slug)));
    }
}

#[tokio::test]
async fn a_contributors_post_that_an_editor_published_is_still_known() {
    let bench = Bench::of("contributor").await;
    let mut delivery = delivery(&key());
    let lost = delivery.clone();
    let made = bench.made(&mut delivery).await;
    bench.edit("admin", made.id, json!({"status": "publish"}));
    // by its id, and by its slug where the store was lost: the account may not edit it any more, but it may read it
    for delivery in [&delivery, &lost] {
        let Seen::Finished { post, .. } = bench.look(delivery).await else { panic!("{:?}", bench.look(delivery).await) };
        assert_eq!((post.id, post.status.0.as_str()), (made.id, "publish"));
    }
}

#[tokio::test]
async fn an_author_cannot_give_posts_away_and_keeps_them() {
    let bench = Bench::of("author").await;
    let mut delivery = delivery(&key());
    draft(&mut delivery).status = Status::Publish;
    let order = Order { author: Some(bench.wp.user_id("editor")), ..order(&delivery) };
    let made = publish::create(&bench.site, &bench.me, &[order]).await.remove(0).expect("made");
    assert_eq!(made.post.author, bench.me.id);
    assert_eq!(made.warnings, [format!("the post's author is user {}: this account may not give posts to others", bench.me.id)]);
    let finished = bench.finish(&delivery, &made.post).await.expect("finished");
    assert_eq!(finished.post.status.0, "publish");
    let Seen::Finished { post, .. } = bench.look(&doubted(delivery, made.post.id - 1)).await else { panic!() };
    assert_eq!(post.id, made.post.id);
}

#[tokio::test]
async fn an_author_walks_through_its_own_posts_only_and_reaches_the_end() {
    let bench = Bench::of("author").await;
    let delivery = delivery(&key());
    let made = bench.made(&mut delivery.clone()).await;
    bench.edit("admin", made.id, json!({"slug": format!("moved-{}", delivery.key), "status": "draft"}));
    let newest = bench.site.newest_post_id(&bench.me).await.expect("a post id");
    assert!(newest >= made.id);
    let Seen::Finished { post, .. } = bench.look(&doubted(delivery, made.id - 1)).await else { panic!() };
    assert_eq!(post.id, made.id);
}

#[tokio::test]
async fn an_author_makes_tags_and_leaves_missing_categories_out() {
    let bench = Bench::of("author").await;
    let key = key();
    let term = |taxonomy: &str| Term {
        taxonomy: taxonomy.into(),
        name: format!("New {key}"),
        new: NewTerms::Create,
        from: "x".into(),
        ..Term::default()
    };
    let verdicts = Vocabulary::default().find(&bench.site, &bench.me, &[term("tags"), term("categories")], now()).await.expect("verdicts");
    assert_eq!(
        verdicts,
        [
            Verdict::Make(vec![format!("new {}", key.to_lowercase())]),
            Verdict::Without(Some(format!("this account may not make the category \"New {key}\"")))
        ]
    );
    let tag = publish::WantedTerm { taxonomy: "tags".into(), name: format!("New {key}"), parent: 0 };
    let category = publish::WantedTerm { taxonomy: "categories".into(), name: format!("New {key}"), parent: 0 };
    let made = publish::make_terms(&bench.site, &[category, tag]).await;
    assert!(matches!(&made[0], Err(Failure::Refused(refusal)) if refusal.code == "rest_cannot_create"), "{:?}", made[0]);
    assert!(made[1].as_ref().expect("a tag").id > 0);
}

#[tokio::test]
async fn markup_that_wordpress_takes_off_is_no_persons_edit() {
    let bench = Bench::of("author").await;
    let mut delivery = delivery(&key());
    draft(&mut delivery).content.push_str("\n\n<!-- wp:html -->\n<iframe src=\"https://video.example/\"></iframe>\n<!-- /wp:html -->");
    let made = bench.made(&mut delivery).await;
    assert!(!made.content.contains("iframe"));
    assert!(matches!(bench.look(&delivery).await, Seen::Made(_)));
}

#[tokio::test]
async fn an_account_without_rights_is_refused_as_a_whole() {
    let bench = Bench::of("subscriber").await;
    let delivery = delivery(&key());
    let looked = publish::look(&bench.site, &bench.me, &[&delivery]).await.expect_err("no look");
    assert!(matches!(looked, Failure::Unwelcome(_)), "{looked}");
    let single = bench.create(&delivery).await.expect_err("no post");
    assert!(matches!(single, Failure::Unwelcome(_)), "{single}");
    let two = [order(&delivery), order(&delivery)];
    for answer in publish::create(&bench.site, &bench.me, &two).await {
        assert!(matches!(answer, Err(Failure::Unwelcome(_))), "{answer:?}");
    }
}
