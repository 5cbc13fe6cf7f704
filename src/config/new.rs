//! A fresh configuration for `init`: the least that works, with comments, and the password in a file of its own.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::raw::quote;
use crate::domain::{Secret, Status};

/// What a fresh configuration says.
#[derive(Debug, Clone)]
pub struct NewConfig {
    pub site: String,
    pub site_url: String,
    pub user: String,
    pub password: PasswordKept,
    /// Name and address.
    pub feed: Option<(String, String)>,
    /// Written only where it isn't the default.
    pub status: Status,
}

/// Where the password is kept.
#[derive(Debug, Clone)]
pub enum PasswordKept {
    /// In the environment variable of this name; nothing is written.
    Env(String),
    /// In a new file beside the configuration, readable by its owner alone.
    File(Secret),
}

/// Why no configuration was written. Nothing that was there before is changed.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    #[error("`{0}` is already there; it is left as it is")]
    There(PathBuf),
    #[error("`{0}` can't be written: {1}")]
    Write(PathBuf, std::io::Error),
}

/// Writes the secret's file, then the configuration; neither may be there already. Dies the process between the two, a
/// secret lies there that nothing names, and the next try says so. Answers with the files that it wrote.
pub fn write_new(path: &Path, new: &NewConfig) -> Result<Vec<PathBuf>, NewError> {
    if path.exists() {
        return Err(NewError::There(path.to_owned()));
    }
    let mut written = Vec::new();
    let folder = super::reading::parent(path);
    std::fs::create_dir_all(folder).map_err(|error| NewError::Write(folder.to_owned(), error))?;
    let password = match &new.password {
        PasswordKept::Env(name) => format!("{{ env = {} }}", quote(name)),
        PasswordKept::File(secret) => {
            let name = format!("{}.password", file_name(&new.site));
            let file = folder.join(&name);
            create(&file, &format!("{}\n", secret.reveal()), 0o600)?;
            written.push(file);
            format!("{{ file = {} }}", quote(&name))
        }
    };
    if let Err(error) = create(path, &text(new, &password), 0o644) {
        for file in &written {
            // it is ours, and just made; what can't be removed is named by the error of the next try
            let _ = std::fs::remove_file(file);
        }
        return Err(error);
    }
    written.push(path.to_owned());
    Ok(written)
}

/// The configuration's text.
fn text(new: &NewConfig, password: &str) -> String {
    let mut text = String::from(
        "# wirepress: every key that is possible here is explained in config/wirepress.toml;\n# `wirepress config show` prints what is in force.\n\n",
    );
    if new.status != Status::default() {
        text += &format!("[defaults]\nstatus = {}\n\n", quote(new.status.as_str()));
    }
    text += "# where posts go\n[[site]]\n";
    text += &format!("name = {}\nurl = {}\nuser = {}\npassword = {password}\n", quote(&new.site), quote(&new.site_url), quote(&new.user));
    if let Some((name, url)) = &new.feed {
        text += &format!("\n# what is read; add a block like this for each feed\n[[feed]]\nname = {}\nurl = {}\n", quote(name), quote(url));
    }
    text
}

/// A site's name as a file's name.
fn file_name(site: &str) -> String {
    let name: String = site.chars().map(|c| if c.is_alphanumeric() || "-_".contains(c) { c } else { '-' }).collect();
    name.trim_matches('-').to_owned() + if name.trim_matches('-').is_empty() { "site" } else { "" }
}

fn create(path: &Path, text: &str, mode: u32) -> Result<(), NewError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => NewError::There(path.to_owned()),
        _ => NewError::Write(path.to_owned(), error),
    };
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn new(password: PasswordKept) -> NewConfig {
        NewConfig {
            site: "blog".into(),
            site_url: "https://blog.example".into(),
            user: "wirepress".into(),
            password,
            feed: Some(("lwn".into(), "https://lwn.net/headlines/rss".into())),
            status: Status::Draft,
        }
    }

    #[test]
    fn a_fresh_configuration_is_the_least_that_works() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wirepress.toml");
        write_new(&path, &new(PasswordKept::Env("BLOG_APP_PASSWORD".into()))).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        assert_eq!(
            lines,
            [
                "[[site]]",
                "name = \"blog\"",
                "url = \"https://blog.example\"",
                "user = \"wirepress\"",
                "password = { env = \"BLOG_APP_PASSWORD\" }",
                "[[feed]]",
                "name = \"lwn\"",
                "url = \"https://lwn.net/headlines/rss\"",
            ]
        );
        let loaded = super::super::load(&path).unwrap();
        assert_eq!((loaded.config.sites.len(), loaded.config.feeds.len(), loaded.warnings), (1, 1, vec![]));
    }

    #[test]
    fn the_password_goes_into_a_file_that_only_its_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("etc/wirepress.toml");
        let written = write_new(&path, &new(PasswordKept::File(Secret::new("abcd efgh")))).unwrap();
        assert_eq!(written, [folder.path().join("etc/blog.password"), path.clone()]);
        assert_eq!(std::fs::metadata(&written[0]).unwrap().permissions().mode() & 0o777, 0o600);
        let loaded = super::super::load(&path).unwrap();
        assert_eq!(loaded.warnings, []);
        assert_eq!(loaded.config.sites[0].password.resolve().unwrap().reveal(), "abcd efgh");
        assert!(!std::fs::read_to_string(&path).unwrap().contains("abcd"));
    }

    #[test]
    fn what_is_there_already_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wirepress.toml");
        std::fs::write(folder.path().join("blog.password"), "mine").unwrap();
        let error = write_new(&path, &new(PasswordKept::File(Secret::new("abcd")))).unwrap_err();
        assert!(matches!(error, NewError::There(file) if file.ends_with("blog.password")));
        assert_eq!(std::fs::read_to_string(folder.path().join("blog.password")).unwrap(), "mine");
        assert!(!path.exists(), "and no configuration that names it");
    }
}
