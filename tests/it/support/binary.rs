//! The real binary, run in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with a configuration, where the binary runs.
pub struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    /// A fresh folder with this `wirepress.toml`.
    pub fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Self { folder };
        home.configure(config);
        home
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn configure(&self, config: &str) {
        std::fs::write(self.file("wirepress.toml"), config).expect("a writable folder");
    }

    /// The binary, not yet started; nothing of the caller's environment that it listens to is left.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirepress"));
        command.args(arguments).current_dir(self.path());
        for name in ["WIREPRESS_CONFIG", "STATE_DIRECTORY", "RUST_LOG", "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().expect("the binary runs"))
    }
}

/// What a run left.
#[derive(Debug)]
pub struct Run {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The run, if it ended with this code; else the test fails with all that it said.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}
