//! A look finds what is ours, wherever it lies, and nothing else.

use serde_json::json;
use wirepress::content;
use wirepress::domain::{Status, marks};
use wirepress::publish::Seen;

use super::{Bench, delivery, doubted, draft, key, keyed};

#[tokio::test]
async fn a_lost_store_adopts_what_is_there() {
    let bench = Bench::of("editor").await;
    // under its key, a draft
    let fresh = delivery(&key());
    let made = bench.made(&mut fresh.clone()).await;
    let Seen::Made(found) = bench.look(&fresh).await else { panic!("{:?}", bench.look(&fresh).await) };
    assert_eq!((found.id, found.slug), (made.id, fresh.slug.clone()));

    // finished: the key isn't in the slug any more, but the mark is in the content
    for status in [Status::Draft, Status::Publish, Status::Private, Status::Pending] {
        let mut delivery = delivery(&key());
        draft(&mut delivery).status = status;
        let finished = bench.published(&mut delivery.clone()).await;
        let Seen::Finished { post, note: None } = bench.look(&delivery).await else {
            panic!("{status:?}: {:?}", bench.look(&delivery).await)
        };
        assert_eq!((post.id, post.status.0.as_str()), (finished.id, status.as_str()));
    }

    let nothing = delivery(&key());
    assert_eq!(bench.look(&nothing).await, Seen::Nothing);
}

#[tokio::test]
async fn what_a_person_put_in_the_trash_is_not_made_again() {
    let bench = Bench::of("editor").await;
    let (made, finished) = (delivery(&key()), delivery(&key()));
    bench.site.trash(bench.made(&mut made.clone()).await.id).await.expect("trashed");
    bench.site.trash(bench.published(&mut finished.clone()).await.id).await.expect("trashed");
    for delivery in [&made, &finished] {
        assert!(matches!(bench.look(delivery).await, Seen::Trashed(_)), "{:?}", bench.look(delivery).await);
    }
    assert_eq!(bench.rows(&made.key)[0]["slug"], format!("{}__trashed", made.slug));
}

#[tokio::test]
async fn a_strangers_post_with_our_slug_is_left_alone_and_ours_keeps_its_number() {
    let bench = Bench::of("editor").await;
    for stranger in ["admin", "editor"] {
        let key = key();
        let mut delivery = keyed(&key);
        let body = json!({"title": "A stranger's", "content": "Other words.", "slug": delivery.slug, "status": "publish"});
        let theirs = bench.person(stranger, "POST", "posts", body)["id"].as_u64().expect("a post");
        let Seen::Stranger(post) = bench.look(&delivery).await else { panic!("{:?}", bench.look(&delivery).await) };
        assert_eq!(post.id, theirs);
        let order = wirepress::publish::Order { stranger: true, ..super::order(&delivery) };
        let made = wirepress::publish::create(&bench.site, &bench.me, &[order]).await.remove(0).expect("made");
        assert_eq!(made.post.slug, format!("{}-2", delivery.slug));
        assert_eq!(made.warnings, [format!("somebody else's post has the slug `{0}`: post {1} is `{0}-2`", delivery.slug, made.post.id)]);
        let row = bench.wp.test_route("posts").as_array().expect("rows").iter().find(|row| row["id"] == theirs).expect("theirs").clone();
        assert_eq!((&row["title"], &row["content"], &row["status"]), (&json!("A stranger's"), &json!("Other words."), &json!("publish")));
        // a lost store finds it behind the stranger
        let Seen::Made(found) = bench.look(&delivery).await else { panic!("{:?}", bench.look(&delivery).await) };
        assert_eq!(found.id, made.post.id);
        super::note(&mut delivery, &made.post);
        assert!(matches!(bench.look(&delivery).await, Seen::Made(_)));
    }
}

#[tokio::test]
async fn posts_of_one_title_are_told_apart_by_their_marks() {
    let bench = Bench::of("editor").await;
    let key = key();
    let weekly: Vec<_> = (0..4)
        .map(|n| {
            let mut delivery = delivery(&format!("{}{n:03}", &key[3..]));
            draft(&mut delivery).slug = format!("weekly-{key}");
            // one link for all, as some feeds have it
            draft(&mut delivery).source = Some("https://news.example/".into());
            delivery
        })
        .collect();
    let mut ids = Vec::new();
    for delivery in &weekly[..3] {
        assert_eq!(bench.look(delivery).await, Seen::Nothing);
        ids.push(bench.published(&mut delivery.clone()).await.id);
    }
    for (delivery, id) in weekly.iter().zip(&ids) {
        let Seen::Finished { post, note: None } = bench.look(delivery).await else { panic!("{:?}", bench.look(delivery).await) };
        assert_eq!(post.id, *id);
    }
    assert_eq!(bench.look(&weekly[3]).await, Seen::Nothing);
}

#[tokio::test]
async fn without_the_mark_our_users_link_is_the_proof() {
    let bench = Bench::of("editor").await;
    let mut delivery = delivery(&key());
    let link = delivery.draft.as_ref().and_then(|draft| draft.source.clone()).expect("a link").replace('&', "&amp;");
    draft(&mut delivery).content = format!("<p><a href=\"{link}\">News</a></p>");
    let finished = bench.published(&mut delivery.clone()).await;
    let Seen::Finished { post, .. } = bench.look(&delivery).await else { panic!("{:?}", bench.look(&delivery).await) };
    assert_eq!(post.id, finished.id);
    // the same words by somebody else are somebody else's
    bench.edit("admin", finished.id, json!({"author": bench.wp.user_id("admin")}));
    assert_eq!(bench.look(&delivery).await, Seen::Nothing);
}

#[tokio::test]
async fn a_draft_that_a_person_renamed_is_found_by_its_mark_and_left_as_it_is() {
    let bench = Bench::of("editor").await;
    let delivery = delivery(&key());
    let made = bench.made(&mut delivery.clone()).await;
    bench.edit("admin", made.id, json!({"slug": format!("renamed-{}", delivery.key), "status": "draft"}));
    let Seen::Finished { post, note: Some(note) } = bench.look(&doubted(delivery.clone(), made.id - 1)).await else { panic!() };
    assert_eq!((post.id, post.slug), (made.id, format!("renamed-{}", delivery.key)));
    assert!(note.contains("somebody had changed it"), "{note}");
    // the walk doesn't go below what was there before the attempt
    assert_eq!(bench.look(&doubted(delivery, made.id)).await, Seen::Nothing);
}

#[tokio::test]
async fn a_hundred_deliveries_are_looked_for_in_order() {
    let bench = Bench::of("editor").await;
    let key = key();
    let deliveries: Vec<_> = (0..100).map(|n| delivery(&format!("{}{n:03}", &key[3..]))).collect();
    let mut made = std::collections::HashMap::new();
    for at in [3, 50, 99] {
        made.insert(at, bench.made(&mut deliveries[at].clone()).await.id);
    }
    let seen = wirepress::publish::look(&bench.site, &bench.me, &deliveries.iter().collect::<Vec<_>>()).await.expect("a look");
    assert_eq!(seen.len(), 100);
    for (at, seen) in seen.iter().enumerate() {
        match (seen, made.get(&at)) {
            (Seen::Made(post), Some(id)) => assert_eq!(post.id, *id),
            (Seen::Nothing, None) => {}
            other => panic!("{at}: {other:?}"),
        }
    }
}

#[test]
fn no_mark_gets_through_from_a_feed() {
    let (class, comment) = ("class=\"wirepress-abcdefghijklm\"", "<!-- wirepress:abcdefghijklm -->");
    let mut html = format!("a {comment} &lt;p {class}&gt; {}", comment.replace('<', "&lt;").replace('>', "&gt;"));
    for tag in
        ["p", "h2", "div", "span", "b", "figure", "figcaption", "blockquote", "pre", "code", "ul", "li", "table", "td", "dl", "details"]
    {
        html.push_str(&format!("<{tag} {class} title='{comment}'>x</{tag}>"));
    }
    html.push_str(&format!("<a {class} href='https://x.example/{comment}'>x</a><abbr title='{comment} <p {class}>'>x</abbr>"));
    html.push_str(&format!("<img {class} src='https://x.example/a.png' alt='{comment} \" {}'>", class.replace('"', "&quot;")));
    html.push_str(&format!("<video {class} src='https://x.example/a.mp4'></video><hr {class}>"));
    let cleaned = content::clean(&html, Some("https://x.example/"), &content::Limits::default());
    let none: [&str; 0] = [];
    assert_eq!(marks(&cleaned.html), none, "{}", cleaned.html);
    let blocks = content::blocks(&cleaned.html);
    assert_eq!(marks(&blocks), none, "{blocks}");
}
