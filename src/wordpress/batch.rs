//! `batch/v1`: up to 25 requests in one (WordPress REST handbook, Batch). Not transactional: a killed one leaves a prefix done.

use serde_json::{Value, json};

use crate::http::Method;

use super::answer::read_inner;
use super::site::{Body, Call};
use super::{BATCH, Failure, Site};

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
        let call = Call { what, label, method: Method::POST, route: "/batch/v1", query: &[], body };
        let reply = self.call(call).await.map_err(|failure| self.without_batch(failure))?;
        let answers = reply.json["responses"].as_array().filter(|answers| answers.len() == count);
        let Some(answers) = answers else {
            let because = "the batch's answer doesn't say what became of each post".to_owned();
            return Err(Failure::Unclear { what, because, wait: None, cause: None });
        };
        Ok(answers.iter().map(|answer| read_inner(what, answer)).collect())
    }

    /// A refusal of the batch as a whole was about batches: no single request in it was looked at.
    fn without_batch(&self, failure: Failure) -> Failure {
        let (what, because) = match failure {
            Failure::Refused(refusal) => (refusal.what, refusal.to_string()),
            Failure::Blocked { what, because } | Failure::Lost { what, because } => (what, because),
            Failure::Unwelcome(refusal) if refusal.status == 403 => (refusal.what, refusal.to_string()),
            other => return other,
        };
        self.no_batch();
        Failure::NoBatch { what, because }
    }
}
