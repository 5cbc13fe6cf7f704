//! The operator's verbs, one file each.

pub mod args;
pub mod exit;
mod healthcheck;
mod items;
mod lives;
mod names;
mod progress;
pub mod show;
mod text;
mod why;

use std::io::Write;

/// Data goes to standard output. A reader that has heard enough, as `head` has, is no error.
fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// The same, as JSON on lines of its own.
fn print_json(value: &serde_json::Value) -> std::io::Result<()> {
    print(&format!("{value:#}\n"))
}
