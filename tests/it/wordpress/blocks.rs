//! Blocks in a real WordPress: its own parser reads them, and no account's filters change them.

use serde_json::Value;

use super::{Bench, delivery, draft, key};
use crate::blocks::bodies;
use crate::support::site::wordpress_at;

/// All small bodies in one post.
fn content() -> String {
    let bodies: Vec<String> = bodies().into_iter().map(|post| post.content).filter(|content| !content.is_empty()).collect();
    bodies.join("\n\n")
}

async fn is_read_and_kept(variable: &str) {
    let content = content();
    let bench = Bench::at(wordpress_at(variable), "editor").await;
    let read = bench.wp.post_test_route("blocks", &content);
    assert_eq!(read["same"], true, "WordPress writes other blocks than it reads");
    let names = read["names"].as_array().expect("names");
    assert!(names.len() > 60 && names.iter().all(|name| name.as_str().is_some_and(|name| name.starts_with("core/"))), "{names:?}");
    for role in ["editor", "author", "contributor"] {
        let bench = Bench::at(wordpress_at(variable), role).await;
        let mut delivery = delivery(&key());
        draft(&mut delivery).content.clone_from(&content);
        bench.made(&mut delivery).await;
        let kept: &Value = &bench.rows(&delivery.key)[0]["content"];
        let kept = kept.as_str().expect("its content");
        for (sent, kept) in content.lines().zip(kept.lines()) {
            assert_eq!(as_kept(role, sent), kept, "{variable}: {role}");
        }
        assert_eq!(content.lines().count(), kept.lines().count(), "{variable}: {role}");
    }
}

/// What the filters of those who may not post any HTML write otherwise, for the same meaning: a space before the end of an empty
/// element, and characters that stand as numbers with three digits (`wp_kses_attr`, `wp_kses_normalize_entities2`).
fn as_kept(role: &str, line: &str) -> String {
    match role {
        "editor" => line.to_owned(),
        _ => line.replace("/>", " />").replace("&#91;", "&#091;").replace("&#47;", "&#047;"),
    }
}

#[tokio::test]
async fn wordpress_reads_our_blocks_and_every_role_keeps_them() {
    is_read_and_kept("WIREPRESS_TEST_WP").await;
}

#[tokio::test]
async fn so_does_the_oldest() {
    is_read_and_kept("WIREPRESS_TEST_WP61").await;
}
