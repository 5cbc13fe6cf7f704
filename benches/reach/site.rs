//! The real WordPress, emptied between rounds and read through its own database.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// A WordPress that `tests/wordpress/up` started.
#[derive(Clone)]
pub struct Site {
    pub url: String,
    pub user: String,
    pub password: String,
    http: reqwest::Client,
}

impl Site {
    /// The one of `$WIREPRESS_BENCH_WP`, a JSON file.
    pub fn given() -> Result<Self> {
        let path = std::env::var("WIREPRESS_BENCH_WP").context("WIREPRESS_BENCH_WP is not set: start scripts/bench")?;
        let about: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a text");
        Ok(Self {
            url: text(&about["url"])?,
            user: "editor".to_owned(),
            password: text(&about["users"]["editor"]["app_password"])?,
            http: reqwest::Client::builder().no_proxy().build()?,
        })
    }

    /// Deletes every post, attachment and term.
    pub async fn reset(&self) -> Result<()> {
        let answer = self.http.post(format!("{}/wp-json/wirepress-test/v1/reset", self.url)).send().await?.error_for_status()?;
        let counts: Value = serde_json::from_slice(&answer.bytes().await?)?;
        ensure!(counts["posts"] == 0 && counts["attachments"] == 0, "not empty after a reset: {counts}");
        Ok(())
    }

    /// A table of its database: `posts`, `terms`, `attachments`, `counts`.
    pub async fn rows(&self, table: &str) -> Result<Value> {
        let url = format!("{}/wp-json/wirepress-test/v1/{table}", self.url);
        let answer = self.http.get(url).send().await?.error_for_status()?;
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }

    /// Makes categories; their ids, in the same order.
    pub async fn make_categories(&self, names: &[String]) -> Result<Vec<u64>> {
        let mut ids = Vec::new();
        for names in names.chunks(25) {
            let requests: Vec<Value> = names
                .iter()
                .map(|name| json!({"method": "POST", "path": "/wp/v2/categories?_fields=id", "body": {"name": name}}))
                .collect();
            for answer in self.batch(&self.http, &requests).await? {
                ensure!(answer["status"] == 201, "a category was not made: {answer}");
                ids.push(answer["body"]["id"].as_u64().context("an id")?);
            }
        }
        Ok(ids)
    }

    /// One batch; the answer to each of its requests, as many as were asked.
    pub async fn batch(&self, http: &reqwest::Client, requests: &[Value]) -> Result<Vec<Value>> {
        let answer = http
            .post(format!("{}/wp-json/batch/v1", self.url))
            .basic_auth(&self.user, Some(&self.password))
            .header("Content-Type", "application/json")
            .body(serde_json::to_vec(&json!({"validation": "normal", "requests": requests}))?)
            .send()
            .await?;
        ensure!(answer.status() == 207, "a batch answered {}", answer.status());
        let mut body: Value = serde_json::from_slice(&answer.bytes().await?)?;
        let Value::Array(answers) = body["responses"].take() else { anyhow::bail!("no answers in it") };
        ensure!(answers.len() == requests.len(), "{} answers to {} requests", answers.len(), requests.len());
        Ok(answers)
    }
}
