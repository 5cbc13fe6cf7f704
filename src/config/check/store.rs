//! `[store]`: the store's address and how long it keeps bodies.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use super::super::StoreUrl;
use super::super::raw;
use super::super::source::{At, Place};
use super::Check;
use crate::domain::Secret;

const FORMS: &str = "`sqlite:///path/to/wirepress.db` or `postgres://user@host/database`";

impl Check {
    /// The store's address and `keep`; what is not said is filled in.
    pub(super) fn store(&mut self, store: &mut raw::Store, usual: raw::Store, state: Option<&OsStr>) -> Option<(StoreUrl, Duration)> {
        store.keep = store.keep.take().or(usual.keep);
        let url = match &store.url {
            None => {
                let url = usual_url(&self.folder, state);
                store.url = Some(raw::StoreUrl::Text(At { value: url.clone(), at: Place::default() }));
                StoreUrl::Plain(Secret::new(url))
            }
            Some(raw::StoreUrl::Secret(secret)) => StoreUrl::From(self.secret(&secret.clone())?),
            Some(raw::StoreUrl::Text(text)) => StoreUrl::Plain(Secret::new(self.store_url(&text.clone())?)),
        };
        Some((url, store.keep.as_ref()?.value))
    }

    fn store_url(&mut self, text: &At<String>) -> Option<String> {
        let At { value, at } = text;
        let (scheme, rest) = value.split_once(':').unwrap_or(("", value));
        match scheme {
            "sqlite" if rest.contains(":memory:") || rest.contains("mode=memory") => {
                self.error(at, "a store in memory forgets what was posted", "give it a file: `sqlite:///var/lib/wirepress/wirepress.db`");
                None
            }
            "sqlite" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() {
                    self.error(at, "`url` names no file", FORMS);
                    return None;
                }
                if path.starts_with('/') { Some(value.clone()) } else { Some(format!("sqlite://{}/{path}", encoded(&self.folder))) }
            }
            "postgres" | "postgresql" => match url::Url::parse(value) {
                Ok(url) => {
                    if url.password().is_some() {
                        let hint = "keep the whole address elsewhere: url = { env = \"DATABASE_URL\" }, or `file`, `credential`, `command`";
                        self.warn(at, "the store's password stands in the configuration", hint);
                    }
                    Some(value.clone())
                }
                Err(error) => {
                    self.error(at, format!("`url` is no address: {error}"), FORMS);
                    None
                }
            },
            "mysql" | "mariadb" => {
                self.error(
                    at,
                    "the store can't be MySQL or MariaDB",
                    format!("{FORMS}; wirepress talks to WordPress over REST, not to its database"),
                );
                None
            }
            _ => {
                self.error(at, "`url` must begin with `sqlite:` or `postgres:`", FORMS);
                None
            }
        }
    }
}

/// In the service's state folder, else beside the configuration.
fn usual_url(folder: &Path, state: Option<&OsStr>) -> String {
    let state = state.and_then(OsStr::to_str).and_then(|folders| folders.split(':').next()).filter(|folder| !folder.is_empty());
    format!("sqlite://{}/wirepress.db", encoded(state.map_or(folder, Path::new)))
}

/// The path, with what means something in a URL written as `%…`.
fn encoded(path: &Path) -> String {
    path.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23").trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_lies_in_the_state_folder_else_beside_the_configuration() {
        let folder = Path::new("/home/me/50% off?");
        assert_eq!(usual_url(folder, None), "sqlite:///home/me/50%25 off%3F/wirepress.db");
        assert_eq!(usual_url(folder, Some(OsStr::new(""))), "sqlite:///home/me/50%25 off%3F/wirepress.db");
        assert_eq!(usual_url(folder, Some(OsStr::new("/var/lib/wirepress:/var/lib/other"))), "sqlite:///var/lib/wirepress/wirepress.db");
        assert_eq!(usual_url(Path::new("/"), None), "sqlite:///wirepress.db");
    }
}
