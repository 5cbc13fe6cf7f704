//! Who we are on a site, and what we may.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Failure, Site};

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
}

impl Site {
    /// Who we are. A wrong password is [`Failure::Unwelcome`].
    pub async fn me(&self) -> Result<Me, Failure> {
        todo!()
    }

    /// The id of a user by login name (or the id itself); `None`: there is no such author.
    pub async fn author(&self, name: &str) -> Result<Option<u64>, Failure> {
        let _ = name;
        todo!()
    }
}
