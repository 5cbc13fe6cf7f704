//! The one question that XML-RPC answers and REST doesn't: is the password wrong, or does the header with it get lost?

use std::time::Duration;

use crate::domain::Secret;
use crate::http::{self, HeaderValue, Limits, Request, header};

use super::Root;

/// What XML-RPC says of a user and a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Right,
    Wrong,
    /// It is switched off, or says something else.
    Nothing,
}

/// Logs in with the password in the body, where no server strips it (`wp.getUsersBlogs`); changes nothing.
pub(super) async fn log_in(http: &http::Client, root: &Root, user: &str, password: &Secret) -> Told {
    let mut url = root.base.as_url().clone();
    let path = url.path().trim_end_matches('/');
    let folder = path.strip_suffix("/wp-json").or_else(|| path.strip_suffix("/index.php")).unwrap_or(path);
    let path = format!("{folder}/xmlrpc.php");
    url.set_path(&path);
    let text = |value: &str| format!("<param><value><string>{}</string></value></param>", html_escape::encode_text(value));
    let body = format!(
        "<?xml version=\"1.0\"?><methodCall><methodName>wp.getUsersBlogs</methodName><params>{}{}</params></methodCall>",
        text(user),
        text(password.reveal())
    );
    let limits = Limits::PAGE.within(Duration::from_secs(30));
    let request = Request::post("xmlrpc", url, limits, body).header(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    let Ok(response) = http.send(request).await else { return Told::Nothing };
    let answer = String::from_utf8_lossy(&response.body);
    if answer.contains("<methodResponse>") && answer.contains("isAdmin") {
        Told::Right
    } else if answer.contains("<fault>") && answer.contains("<int>403</int>") {
        Told::Wrong
    } else {
        Told::Nothing
    }
}
