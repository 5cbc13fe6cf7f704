//! One site and our account on it: every request of this room that carries the password goes out here.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Mutex, OnceCell};

use crate::domain::Secret;
use crate::http::{self, Bytes, Follow, HeaderMap, HeaderName, HeaderValue, Limits, Line, Method, Request, header};

use super::answer::{self, Act};
use super::batch::BATCH_ROUTE;
use super::wpcom::bearer;
use super::{BATCH, Base, Failure, PostType, Root, Schema};

/// After so many writes that went through singly a batch is tried again: what refused it may have been about one post in it.
const SINGLY: usize = 100;

/// A site that we are to post to, and the type of posts that it is asked for. Cheap to clone; clones share what was learned.
#[derive(Clone)]
pub struct Site {
    inner: Arc<Inner>,
    kind: Arc<PostType>,
    /// Posts of this type may go out in batches.
    in_batches: bool,
}

struct Inner {
    http: http::Client,
    root: Root,
    user: String,
    password: Secret,
    timeout: Duration,
    batch: AtomicUsize,
    types: OnceCell<Vec<PostType>>,
    schemas: Mutex<HashMap<String, Schema>>,
    /// Writes that went through singly since a batch was refused.
    singly: AtomicUsize,
}

/// One request to a route.
pub(super) struct Call<'a> {
    /// In words, for errors: `making a post`.
    pub what: &'static str,
    /// For kill points: `posts batch`.
    pub label: &'static str,
    pub method: Method,
    pub route: &'a str,
    pub query: &'a [(&'a str, &'a str)],
    pub body: Option<Body>,
}

/// What a request carries.
pub(super) enum Body {
    Json(Value),
    /// A file: its media type, its name, its bytes.
    File(String, String, Bytes),
}

/// A JSON answer.
pub(super) struct Reply {
    pub json: Value,
    pub headers: HeaderMap,
}

impl Site {
    /// `timeout` is for each whole request, uploads too.
    pub fn new(http: http::Client, root: Root, user: String, password: Secret, timeout: Duration) -> Self {
        let batch = AtomicUsize::new(if matches!(root.base, Base::Shared { .. }) { 1 } else { BATCH });
        let inner = Inner {
            http,
            root,
            user,
            password,
            timeout,
            batch,
            singly: AtomicUsize::new(0),
            types: OnceCell::new(),
            schemas: Mutex::default(),
        };
        Self { inner: Arc::new(inner), kind: Arc::default(), in_batches: true }
    }

    /// The type of posts that it is asked for: ordinary ones unless [`Site::of_type`] says another.
    pub fn kind(&self) -> &PostType {
        &self.kind
    }

    pub(super) fn with_type(&self, kind: PostType, in_batches: bool) -> Self {
        Self { inner: Arc::clone(&self.inner), kind: Arc::new(kind), in_batches }
    }

    pub(super) fn known_types(&self) -> &OnceCell<Vec<PostType>> {
        &self.inner.types
    }

    pub(super) fn known_schemas(&self) -> &Mutex<HashMap<String, Schema>> {
        &self.inner.schemas
    }

    /// What the site said of itself when it was found.
    pub fn root(&self) -> &Root {
        &self.inner.root
    }

    /// The time limit of each request.
    pub fn timeout(&self) -> Duration {
        self.inner.timeout
    }

    /// How many posts may go into one request; 1 where `batch/v1` turned out to be blocked, or this type of posts isn't for it.
    pub fn batch(&self) -> usize {
        if self.in_batches { self.inner.batch.load(Ordering::Relaxed) } else { 1 }
    }

    /// Batches are blocked on this site.
    pub(super) fn no_batch(&self) {
        self.inner.singly.store(0, Ordering::Relaxed);
        self.inner.batch.store(1, Ordering::Relaxed);
    }

    pub(super) async fn get(&self, what: &'static str, label: &'static str, route: &str, query: &[(&str, &str)]) -> Result<Reply, Failure> {
        self.call(Call { what, label, method: Method::GET, route, query, body: None }).await
    }

    /// Sends one request, once, and reads its answer. Redirects aren't followed: the password is for this address only.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Reply, Failure> {
        let Inner { http, root, user, password, timeout, batch, singly, .. } = &*self.inner;
        let act = match (&call.method, call.route) {
            (&Method::GET | &Method::OPTIONS, _) => Act::Read,
            (_, BATCH_ROUTE) => Act::Batch,
            _ => Act::Write,
        };
        // without it maintenance and fatal errors come as pages
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let body = match call.body {
            None => None,
            Some(Body::Json(json)) => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                Some(Bytes::from(json.to_string()))
            }
            Some(Body::File(mime, name, bytes)) => {
                let disposition = format!("attachment; filename=\"{name}\"");
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&mime).expect("a media type that we told by the bytes"));
                // WordPress refuses a file that arrives with another sum (412)
                let sum = HeaderValue::from_str(&md5(&bytes)).expect("hexadecimal digits");
                headers.insert(HeaderName::from_static("content-md5"), sum);
                headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).expect("a name that is a slug"));
                Some(bytes)
            }
        };
        let request = Request {
            label: call.label,
            method: call.method,
            url: root.base.url(call.route, call.query),
            headers,
            body,
            limits: Limits::WORDPRESS.within(*timeout),
            follow: Follow::No,
            line: Line::Keep,
            conditional_at: None,
            access: None,
        };
        let request = match root.base {
            Base::Shared { .. } => request.header(header::AUTHORIZATION, bearer(password)),
            Base::Pretty(_) | Base::Query(_) => request.basic(user, password.reveal()),
        };
        let response = http.send(request).await.map_err(|error| answer::unanswered(call.what, act, error))?;
        let json = answer::read(call.what, act, &response)?;
        let has_batches = !matches!(root.base, Base::Shared { .. });
        if act == Act::Write && has_batches && batch.load(Ordering::Relaxed) == 1 && singly.fetch_add(1, Ordering::Relaxed) + 1 >= SINGLY {
            batch.store(BATCH, Ordering::Relaxed);
        }
        Ok(Reply { json, headers: response.headers })
    }
}

/// In hexadecimal, as WordPress reads `Content-MD5` (RFC 1864 has it in base64).
fn md5(bytes: &[u8]) -> String {
    use md5::Digest;
    data_encoding::HEXLOWER.encode(&md5::Md5::digest(bytes))
}
