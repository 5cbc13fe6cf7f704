//! The release binary in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process::{self, Cost};
use crate::site::Site;

/// A configuration and a store.
pub struct Wirepress {
    folder: PathBuf,
}

impl Wirepress {
    /// Without a store yet.
    pub fn fresh(folder: &Path, config: &str) -> Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("wirepress.toml"), config)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// `[[site]]`, as all these configurations begin.
    pub fn site_table(site: &Site) -> String {
        let Site { url, user, .. } = site;
        format!("[[site]]\nname = \"bench\"\nurl = \"{url}\"\nuser = \"{user}\"\npassword = {{ env = \"BENCH_PASSWORD\" }}\n")
    }

    pub fn command(&self, verb: &str, password: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirepress"));
        command.arg("--config").arg(self.folder.join("wirepress.toml")).arg(verb);
        command.env("BENCH_PASSWORD", password).env_remove("STATE_DIRECTORY").env_remove("NOTIFY_SOCKET");
        command
    }

    /// Where what it prints goes.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// `once`, from its start to its end.
    pub async fn once(&self, password: &str) -> Result<Cost> {
        process::run(&mut self.command("once", password), &self.log()).await
    }
}
