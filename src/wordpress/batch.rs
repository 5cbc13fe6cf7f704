//! `batch/v1`: up to 25 requests in one (WordPress REST handbook, Batch). Not transactional: a killed one leaves a prefix done.

use serde_json::{Value, json};

use crate::http::Method;

use super::answer::{Act, read_inner, without};
use super::site::{Body, Call};
use super::{BATCH, Failure, Site};

/// Where batches go.
pub(super) const BATCH_ROUTE: &str = "/batch/v1";

/// One request inside a batch; always a POST.
pub(super) struct Part {
    /// Relative, `_fields` included: `/wp/v2/posts?_fields=id`.
    pub path: String,
    pub body: Value,
}

impl Site {
    /// Sends up to 25 requests as one; WordPress does them in order. `Err`: nothing is known of any, or nothing was done at all.
    pub(super) async fn batch_of(
        &self,
        what: &'static str,
        label: &'static str,
        parts: Vec<Part>,
    ) -> Result<Vec<Result<Value, Failure>>, Failure> {
        assert!(parts.len() <= BATCH, "WordPress refuses more than {BATCH} requests in one");
        let count = parts.len();
        let requests: Vec<Value> = parts.into_iter().map(|part| json!({"method": "POST", "path": part.path, "body": part.body})).collect();
        let body = Some(Body::Json(json!({"validation": "normal", "requests": requests})));
        let call = Call { what, label, method: Method::POST, route: BATCH_ROUTE, query: &[], body };
        let reply = match self.call(call).await {
            // no single request in it was looked at
            Err(failure @ Failure::NoBatch { .. }) => {
                self.no_batch();
                return Err(failure);
            }
            reply => reply?,
        };
        let answers = reply.json["responses"].as_array().filter(|answers| answers.len() == count);
        let Some(answers) = answers else {
            return Err(without(what, Act::Batch, "the batch's answer doesn't say what became of each"));
        };
        Ok(answers.iter().map(|answer| read_inner(what, answer)).collect())
    }
}
