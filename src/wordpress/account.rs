//! Who we are on a site, what we may, and who else writes there.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{self, Act};
use super::{Failure, Site};

/// What the question is called, in errors and in the table of answers.
pub(super) const ASKING: &str = "asking who we are";

/// The account whose application password we have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Me {
    pub id: u64,
    pub name: String,
    pub roles: Vec<String>,
    /// Those that are granted: `publish_posts`, `upload_files`, …
    pub capabilities: BTreeSet<String>,
}

impl Me {
    /// Whether the account has this capability.
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    /// Whether it sees and may change everybody's posts; else it knows of its own only.
    pub fn sees_all(&self) -> bool {
        self.can("edit_others_posts")
    }
}

impl Site {
    /// Who we are. A wrong password is [`Failure::Unwelcome`].
    pub async fn me(&self) -> Result<Me, Failure> {
        let what = ASKING;
        let query = [("context", "edit"), ("_fields", "id,name,roles,capabilities")];
        let json = self.get(what, "me", "/wp/v2/users/me", &query).await?.json;
        let me = Me {
            id: json["id"].as_u64().unwrap_or(0),
            name: json["name"].as_str().unwrap_or("").to_owned(),
            roles: strings(&json["roles"]),
            // `[]` where the account has none
            capabilities: match json["capabilities"].as_object() {
                Some(all) => all.iter().filter(|(_, granted)| is_true(granted)).map(|(name, _)| name.clone()).collect(),
                None => BTreeSet::new(),
            },
        };
        if me.id == 0 {
            return Err(answer::without(what, Act::Read, "the answer names no user"));
        }
        Ok(me)
    }

    /// The same, where an id is looked for, too; `None`: there is no such author, as far as our account sees them.
    pub async fn user(&self, name: &str) -> Result<Option<u64>, Failure> {
        let Ok(id) = name.parse::<u64>() else { return self.author(name).await };
        match self.get("looking for an author", "author", &format!("/wp/v2/users/{id}"), &[("_fields", "id")]).await {
            Err(Failure::Refused(refusal)) if refusal.status == 404 => Ok(None),
            // it is there, and our account may not look at it
            Err(Failure::Refused(_)) => Ok(Some(id)),
            reply => reply.map(|_| Some(id)),
        }
    }

    /// The id of a user by login name (or the id itself); `None`: there is no such author.
    pub async fn author(&self, name: &str) -> Result<Option<u64>, Failure> {
        if let Ok(id) = name.parse() {
            return Ok(Some(id));
        }
        // the slug is the login name in a form for addresses; `who` lifts the rule that only those with published posts show
        let slug = name.trim().to_lowercase().replace(|c: char| c.is_whitespace() || c == '.' || c == '@', "-");
        let query = [("slug", slug.as_str()), ("who", "authors"), ("_fields", "id,slug,name"), ("per_page", "100")];
        let reply = match self.get("looking for an author", "author", "/wp/v2/users", &query).await {
            Err(Failure::Refused(_)) => return Ok(None),
            reply => reply?,
        };
        let Some(users) = reply.json.as_array() else {
            return Err(answer::without("looking for an author", Act::Read, "the answer is no list of users"));
        };
        Ok(users.iter().find(|user| user["slug"] == *slug).and_then(|user| user["id"].as_u64()))
    }
}

fn strings(json: &Value) -> Vec<String> {
    // a list with a gap comes as an object
    match json {
        Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::Object(all) => all.values().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn is_true(json: &Value) -> bool {
    match json {
        Value::Bool(granted) => *granted,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty() && text != "0",
        _ => false,
    }
}
