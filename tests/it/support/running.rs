//! The real binary as a daemon, and what it says.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::binary::Home;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A daemon; one that a failing test leaves behind is killed.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    /// Starts it in this home; `password` is the site's.
    pub fn start(home: &Home, password: &str) -> Self {
        let mut command = home.command(&["run", "--grace", "10s"]);
        command.env("BLOG_PASSWORD", password).stderr(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().expect("the binary runs");
        let errors = BufReader::new(child.stderr.take().expect("standard error"));
        let (send, lines) = channel();
        std::thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Self { child, lines }
    }

    /// Waits for a log line that holds `words`.
    pub fn says(&self, words: &str) -> String {
        let mut all = String::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => all.push_str(&format!("{line}\n")),
                Err(_) => panic!("it never said `{words}`:\n{all}"),
            }
        }
    }

    /// What it has said that nobody waited for.
    pub fn said(&self) -> String {
        self.lines.try_iter().map(|line| format!("{line}\n")).collect()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_some()
    }

    pub fn signal(&self, name: &str) {
        let status = std::process::Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(status.expect("kill").success());
    }

    /// Its exit code; -1 when a signal ended it.
    pub fn ends(mut self) -> i32 {
        self.child.wait().expect("its end").code().unwrap_or(-1)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
