//! Reads what came back: JSON behind warnings and byte order marks, errors in the shape of successes, pages instead of answers.

use std::sync::Arc;

use serde_json::Value;

use crate::http::{self, Response};

use super::failure::{Failure, Refusal, Wait};
pub use super::matrix::Act;
use super::matrix::{Came, Row, Shape, Then, row_of};

/// How much of an answer is looked through for the JSON that a PHP warning pushed away from its start.
const STARTS: usize = 200;

/// Characters of an address that an error shows.
const ADDRESS: usize = 120;

/// The JSON of a successful answer.
pub(super) fn read(what: &'static str, act: Act, response: &Response) -> Result<Value, Failure> {
    let (row, came) = judged(what, act, response);
    match came {
        Heard::Result(json) if row.then == Then::Done => Ok(json),
        Heard::Result(_) => Err(failure(row, Wait::of(&response.headers), foreign(what, response), false)),
        Heard::Error(refusal) => Err(failure(row, Wait::of(&response.headers), refusal, true)),
        Heard::Foreign(refusal) => Err(failure(row, Wait::of(&response.headers), refusal, false)),
    }
}

/// The row of the table that an answer to such a request falls under. `what` names the request: `making a post`.
pub fn row_for(what: &'static str, act: Act, response: &Response) -> &'static Row {
    judged(what, act, response).0
}

/// What an answer holds.
enum Heard {
    Result(Value),
    Error(Refusal),
    Foreign(Refusal),
}

fn judged(what: &'static str, act: Act, response: &Response) -> (&'static Row, Heard) {
    let status = response.status.as_u16();
    let heard = match json(&response.body) {
        Some(json) => match refusal(what, status, &json) {
            Some(refusal) => Heard::Error(refusal),
            None if (200..300).contains(&status) => Heard::Result(json),
            None => Heard::Foreign(foreign(what, response)),
        },
        None => Heard::Foreign(foreign(what, response)),
    };
    let (shape, status, code) = match &heard {
        Heard::Result(_) => (Shape::Result, status, ""),
        Heard::Error(refusal) => (Shape::Error, refusal.status, refusal.code.as_str()),
        Heard::Foreign(_) => (Shape::Foreign, status, ""),
    };
    (row_of(&Came { what, act, shape, status, code, waits: Wait::of(&response.headers).is_some() }), heard)
}

/// The outcome of one request inside a batch.
pub(super) fn read_inner(what: &'static str, inner: &Value) -> Result<Value, Failure> {
    let status = inner["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(0);
    let body = &inner["body"];
    let came = |shape, status, code| row_of(&Came { what, act: Act::Write, shape, status, code, waits: false });
    if let Some(refusal) = refusal(what, status, body) {
        let row = came(Shape::Error, refusal.status, &refusal.code);
        return Err(failure(row, None, refusal, true));
    }
    if (200..300).contains(&status) {
        return Ok(body.clone());
    }
    let message = format!("the batch's answer has no result for it (status {status})");
    Err(failure(came(Shape::Foreign, status, ""), None, Refusal { what, status, message, ..Refusal::default() }, false))
}

/// An answer that came as WordPress' JSON and doesn't hold what was asked for.
pub(super) fn without(what: &'static str, act: Act, because: &str) -> Failure {
    let row = row_of(&Came { what, act, shape: Shape::Foreign, status: 200, code: "", waits: false });
    failure(row, None, Refusal { what, status: 200, message: because.to_owned(), ..Refusal::default() }, false)
}

/// A request that brought no answer at all.
pub(super) fn unanswered(what: &'static str, act: Act, error: http::Error) -> Failure {
    let shape = if error.may_have_arrived() { Shape::Cut } else { Shape::NotSent };
    let row = row_of(&Came { what, act, shape, status: 0, code: "", waits: false });
    let refusal = Refusal { what, message: cut_short(&error.to_string()), ..Refusal::default() };
    let mut failure = failure(row, None, refusal, false);
    if let Failure::Unclear { cause, .. } | Failure::NotDone { cause, .. } = &mut failure {
        *cause = Some(Arc::new(error));
    }
    failure
}

/// An address at the start of an error, of a length that a person reads: a look names a hundred slugs.
fn cut_short(text: &str) -> String {
    let Some((address, rest)) = text.strip_prefix('`').and_then(|text| text.split_once('`')) else { return text.to_owned() };
    match address.char_indices().nth(ADDRESS) {
        Some((at, _)) => format!("`{}…`{rest}", &address[..at]),
        None => text.to_owned(),
    }
}

/// What a row makes of an answer. `words`: WordPress itself spoke.
fn failure(row: &Row, wait: Option<Wait>, refusal: Refusal, words: bool) -> Failure {
    let what = refusal.what;
    let because = || if words { format!("{} {}: {}", refusal.status, refusal.code, refusal.message) } else { refusal.message.clone() };
    match row.then {
        Then::Reconcile => Failure::Unclear { what, because: because(), wait, cause: None },
        Then::Later => Failure::NotDone { what, because: because(), wait, cause: None },
        Then::Retry => Failure::Blocked { what, because: because() },
        Then::Singly => Failure::NoBatch { what, because: because() },
        Then::Stop => Failure::Unwelcome(refusal),
        Then::FindAgain => Failure::Lost { what, because: because() },
        // the caller takes the id, or the end of the list
        Then::Done | Then::TakeId | Then::GiveUp => Failure::Refused(refusal),
        Then::LookAgain => Failure::Refused(Refusal { look_again: true, ..refusal }),
    }
}

/// WordPress' error shape: `{"code": …, "message": …, "data": {"status": …}}`. Its status counts, as a warning printed first
/// makes the outer one 200.
fn refusal(what: &'static str, status: u16, json: &Value) -> Option<Refusal> {
    let (code, message) = (json["code"].as_str()?, json["message"].as_str()?);
    if json.get("id").is_some() {
        return None;
    }
    let inner = json["data"]["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = match inner {
        Some(inner) if inner >= 300 => inner,
        _ if status >= 300 => status,
        _ => 500,
    };
    let mut message = plain(message);
    let mut names: Vec<String> = json["data"]["params"].as_object().map(|params| params.keys().cloned().collect()).unwrap_or_default();
    names.extend(custom_field(json));
    if let Some(params) = json["data"]["params"].as_object() {
        let params: Vec<String> = params.iter().map(|(name, why)| format!("{name}: {}", plain(why.as_str().unwrap_or("")))).collect();
        message.push_str(&format!(" ({})", params.join("; ")));
    }
    // newer WordPress goes on behind a custom field that it refuses
    for more in json["additional_errors"].as_array().into_iter().flatten() {
        names.extend(custom_field(more));
        let (code, words) = (more["code"].as_str().unwrap_or(""), plain(more["message"].as_str().unwrap_or("")));
        message.push_str(&format!("; {code}: {words}"));
    }
    let term = json["data"]["term_id"].as_u64().or_else(|| json["data"]["term_id"].as_str()?.parse().ok());
    Some(Refusal { what, status, code: code.to_owned(), message, term, params: names, look_again: false })
}

/// The custom field that an account may not change (`WP_REST_Meta_Fields`): `meta.price`.
fn custom_field(error: &Value) -> Option<String> {
    let is_of_one = matches!(error["code"].as_str()?, "rest_cannot_update" | "rest_cannot_delete");
    is_of_one.then_some(())?;
    Some(format!("meta.{}", error["data"]["key"].as_str()?))
}

/// An answer that isn't WordPress' JSON, in words.
fn foreign(what: &'static str, response: &Response) -> Refusal {
    let status = response.status;
    let start = plain(&String::from_utf8_lossy(&response.body[..response.body.len().min(4096)]));
    let start: String = start.chars().take(80).collect();
    let message = match (status.as_u16(), response.header("location")) {
        (300..=399, Some(to)) => format!("{status}: the address leads to `{to}`"),
        _ if response.body.is_empty() => format!("{status} with an empty answer"),
        _ if start.is_empty() => format!("{status} with something that isn't JSON"),
        _ => format!("{status} with something that isn't JSON: \"{start}\""),
    };
    Refusal { what, status: status.as_u16(), message, ..Refusal::default() }
}

/// Text without markup and entities, on one line, at most 300 characters.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        text.push(' ');
        rest = rest[open..].find('>').map_or("", |close| &rest[open + close + 1..]);
    }
    text.push_str(rest);
    let text = html_escape::decode_html_entities(&text);
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

/// The first JSON object or array in an answer: usually all of it, else what stands behind a byte order mark or PHP's warnings.
fn json(body: &[u8]) -> Option<Value> {
    if let Ok(json) = serde_json::from_slice::<Value>(body)
        && (json.is_object() || json.is_array())
    {
        return Some(json);
    }
    let starts = body.iter().enumerate().filter(|(_, byte)| matches!(byte, b'{' | b'[')).map(|(at, _)| at);
    starts.take(STARTS).find_map(|at| {
        let mut values = serde_json::Deserializer::from_slice(&body[at..]).into_iter::<Value>();
        let json = values.next()?.ok()?;
        let rest = &body[at + values.byte_offset()..];
        // `[0]` in a warning's text is JSON too: what we look for is the last thing in the answer, or an object with a body
        let last = rest.iter().all(u8::is_ascii_whitespace);
        (last || json.as_object().is_some_and(|object| object.len() > 1)).then_some(json)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HeaderMap, StatusCode};
    use crate::wordpress::media::UPLOADING;
    use crate::wordpress::terms::MAKING_A_TERM;

    fn response(status: u16, headers: &[(&'static str, &str)], body: &str) -> Response {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers: map,
            url: "http://blog.example/wp-json/wp/v2/posts".parse().unwrap(),
            hops: Vec::new(),
            body: body.as_bytes().to_vec(),
            wire: 0,
        }
    }

    fn kind(failure: &Failure) -> &'static str {
        match failure {
            Failure::Unclear { .. } => "unclear",
            Failure::NotDone { .. } => "not done",
            Failure::NoBatch { .. } => "no batch",
            Failure::Blocked { .. } => "blocked",
            Failure::Refused(_) => "refused",
            Failure::Unwelcome(_) => "unwelcome",
            Failure::Lost { .. } => "lost",
        }
    }

    #[test]
    fn an_answer_proves_what_it_proves_and_no_more() {
        let page = "<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>";
        for (status, body, writing, reading) in [
            (200, "", "unclear", "not done"),
            (200, page, "unclear", "not done"),
            (201, "<b>Warning</b>: x", "unclear", "not done"),
            (301, "", "lost", "lost"),
            (
                400,
                r#"{"code":"empty_content","message":"Content, title, and excerpt are empty.","data":{"status":400}}"#,
                "refused",
                "refused",
            ),
            (401, r#"{"code":"rest_cannot_create","message":"Sorry","data":{"status":401}}"#, "unwelcome", "unwelcome"),
            (403, r#"{"code":"rest_cannot_publish","message":"Sorry","data":{"status":403}}"#, "refused", "refused"),
            (403, r#"{"code":"rest_disabled","message":"Off","data":{"status":403}}"#, "unwelcome", "unwelcome"),
            (403, page, "blocked", "blocked"),
            (404, r#"{"code":"rest_no_route","message":"No route","data":{"status":404}}"#, "lost", "lost"),
            (404, r#"{"code":"rest_post_invalid_id","message":"Invalid","data":{"status":404}}"#, "refused", "refused"),
            (404, page, "lost", "lost"),
            (413, "<h1>413</h1>", "refused", "blocked"),
            (429, "", "not done", "not done"),
            (500, r#"{"code":"internal_server_error","message":"<p>critical</p>","data":{"status":500}}"#, "unclear", "not done"),
            (502, page, "unclear", "not done"),
            (503, r#"{"code":"wp_die","message":"Maintenance","data":{"status":503}}"#, "unclear", "not done"),
            // a warning printed first turns the status into 200; the JSON's own status counts
            (200, r#"<b>Warning</b> {"code":"rest_cannot_publish","message":"Sorry","data":{"status":403}}"#, "refused", "refused"),
        ] {
            let answer = response(status, &[], body);
            assert_eq!(kind(&read("x", Act::Write, &answer).unwrap_err()), writing, "writing: {status} {body}");
            assert_eq!(kind(&read("x", Act::Read, &answer).unwrap_err()), reading, "reading: {status} {body}");
        }
    }

    #[test]
    fn a_terms_name_or_a_file_that_doesnt_fit_is_refused_for_good_and_a_post_is_looked_for() {
        let words = |code| format!(r#"{{"code":"{code}","message":"Could not insert it.","data":{{"status":500}}}}"#);
        for (what, code, failure) in [
            (MAKING_A_TERM, "db_insert_error", "refused"),
            (MAKING_A_TERM, "empty_term_name", "refused"),
            (MAKING_A_TERM, "internal_server_error", "unclear"),
            ("making a post", "db_insert_error", "unclear"),
            (UPLOADING, "rest_upload_sideload_error", "refused"),
            (UPLOADING, "internal_server_error", "unclear"),
        ] {
            let answer = read(what, Act::Write, &response(500, &[], &words(code))).unwrap_err();
            assert_eq!(kind(&answer), failure, "{what} {code}");
            let inner = serde_json::from_str(&words(code)).map(|body: Value| serde_json::json!({"status": 500, "body": body})).unwrap();
            assert_eq!(kind(&read_inner(what, &inner).unwrap_err()), failure, "in a batch: {what} {code}");
        }
    }

    #[test]
    fn json_is_found_behind_a_byte_order_mark_and_warnings() {
        for body in [
            r#"{"id":7,"slug":"s"}"#,
            "\u{feff}{\"id\":7,\"slug\":\"s\"}",
            "<br />\n<b>Warning</b>: Undefined array key [0] in {main} on line <b>7</b><br />\n{\"id\":7,\"slug\":\"s\"}\n",
            "{\"id\":7,\"slug\":\"s\"}<!-- cached -->",
        ] {
            let json = read("x", Act::Write, &response(201, &[], body)).unwrap();
            assert_eq!(json["id"], 7, "{body}");
        }
        assert_eq!(read("x", Act::Read, &response(200, &[], "[]")).unwrap(), serde_json::json!([]));
    }

    #[test]
    fn a_refusal_keeps_the_sites_own_words() {
        let body = r#"{"code":"rest_invalid_param","message":"Ung&uuml;ltige Parameter: status","data":{"status":400,"params":{"status":"status is not one of <b>publish</b>."}}}"#;
        let failure = read("making a post", Act::Write, &response(400, &[], body)).unwrap_err();
        assert_eq!(
            failure.to_string(),
            "making a post: 400 rest_invalid_param: Ungültige Parameter: status (status: status is not one of publish .)"
        );
    }

    #[test]
    fn a_refusal_keeps_all_custom_fields_that_it_is_about() {
        let body = r#"{"code":"rest_cannot_update","message":"Sorry, not the price custom field.","data":{"key":"price","status":403},
            "additional_errors":[{"code":"rest_not_in_enum","message":"meta.size is not one of &quot;S&quot;.","data":{"status":400}},
            {"code":"rest_cannot_update","message":"Sorry, not the shelf custom field.","data":{"key":"shelf","status":403}}]}"#;
        let failure = read("changing a post", Act::Write, &response(403, &[], body)).unwrap_err();
        assert_eq!(failure.refusal().map(|refusal| refusal.params.join(" ")).as_deref(), Some("meta.price meta.shelf"));
        assert_eq!(
            failure.to_string(),
            "changing a post: 403 rest_cannot_update: Sorry, not the price custom field.; rest_not_in_enum: meta.size is not one of \"S\".; \
             rest_cannot_update: Sorry, not the shelf custom field."
        );
    }

    #[test]
    fn an_error_shows_as_much_of_an_address_as_a_person_reads() {
        let url = format!("https://blog.example/wp-json/wp/v2/posts?slug={}", "one-slug%2C".repeat(200));
        let error = http::Error::Cut { url, why: "connection closed".to_owned() };
        let failure = unanswered("looking for posts", Act::Read, error);
        let told = failure.to_string();
        assert!(told.starts_with("looking for posts: `https://blog.example/wp-json/wp/v2/posts?slug=one"), "{told}");
        assert!(told.ends_with("…`: the line was cut: connection closed") && told.chars().count() < 200, "{told}");
        assert_eq!(cut_short("`https://x/`: no connection"), "`https://x/`: no connection");
        assert_eq!(cut_short("no address"), "no address");
    }

    #[test]
    fn a_wish_to_be_left_alone_is_kept() {
        use crate::domain::Timestamp;
        let now = Timestamp::from_unix(1_000_000_000);
        let failure = read("x", Act::Write, &response(503, &[("retry-after", "600")], "")).unwrap_err();
        assert!(failure.may_have_been_done());
        assert_eq!(failure.not_before(now), Some(Timestamp::from_unix(1_000_000_600)));
    }
}
