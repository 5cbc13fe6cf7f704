//! Behind a line that does what networks and shared hosts do: 30 items become 30 posts, with no twin.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::proxy::{Fault, Proxy};
use crate::support::server::Request;
use crate::support::site::wordpress;
use crate::support::trial::Trial;

/// Which requests a fault strikes.
fn is_creation(request: &Request) -> bool {
    request.method == "POST" && (request.target.contains("batch/v1") || request.target.contains("wp/v2/posts"))
}

fn is_upload(request: &Request) -> bool {
    request.method == "POST" && request.target.contains("wp/v2/media")
}

fn is_term(request: &Request) -> bool {
    request.method == "POST" && request.target.contains("wp/v2/tags")
        || (request.target.contains("batch/v1") && String::from_utf8_lossy(&request.body).contains("wp\\/v2\\/tags"))
        || (request.target.contains("batch/v1") && String::from_utf8_lossy(&request.body).contains("wp/v2/tags"))
}

/// Runs a trial in which `fault` strikes the first `times` requests that `which` picks, and checks what is in WordPress after it.
fn survives(name: &str, times: usize, fault: Fault, which: fn(&Request) -> bool) {
    let site = wordpress();
    let struck = AtomicUsize::new(0);
    let proxy =
        Proxy::start(site.address(), move |request, _| (which(request) && struck.fetch_add(1, Ordering::SeqCst) < times).then_some(fault));
    let trial = Trial::behind(name, site, &proxy.url());
    trial.finish();
    assert_eq!(trial.faults(), Vec::<String>::new());
    let struck = proxy.struck.lock().expect("the log").len();
    assert!(struck > 0, "the fault struck nothing");
}

#[test]
fn a_line_cut_120_ms_into_a_batch_makes_no_twins() {
    survives("cut early", 2, Fault::CutAfter(Duration::from_millis(120)), is_creation);
}

#[test]
fn a_line_cut_after_wordpress_has_committed_makes_no_twins() {
    survives("cut late", 2, Fault::CutAfterCommit, is_creation);
}

#[test]
fn a_500_after_the_work_was_done_makes_no_twins() {
    survives("done but 500", 2, Fault::DoneBut(500, "text/html", "<h1>Internal Server Error</h1>"), is_creation);
}

#[test]
fn a_500_before_any_work_loses_nothing() {
    survives(
        "500",
        3,
        Fault::NotDone(500, "application/json", r#"{"code":"internal_server_error","message":"There has been a critical error"}"#, None),
        is_creation,
    );
}

#[test]
fn an_empty_200_makes_no_twins() {
    survives("empty", 2, Fault::DoneBut(200, "application/json", ""), is_creation);
}

#[test]
fn a_page_instead_of_json_makes_no_twins() {
    survives("a page", 2, Fault::DoneBut(200, "text/html", "<!doctype html><title>Home</title>"), is_creation);
}

#[test]
fn a_503_with_retry_after_is_waited_for() {
    survives("busy", 2, Fault::NotDone(503, "text/html", "Briefly unavailable for scheduled maintenance.", Some(1)), is_creation);
}

#[test]
fn an_answer_that_never_comes_makes_no_twins() {
    survives("hang", 1, Fault::Hang, is_creation);
}

#[test]
fn an_upload_whose_answer_is_lost_is_not_uploaded_twice() {
    survives("upload cut", 3, Fault::CutAfterCommit, is_upload);
}

#[test]
fn a_term_whose_answer_is_lost_is_not_made_twice() {
    survives("term cut", 2, Fault::CutAfter(Duration::from_millis(20)), is_term);
}
