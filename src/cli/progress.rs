//! Progress of long work: on a terminal only, on standard error.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Work whose length nobody knows. Nothing is drawn where standard error is no terminal.
pub fn spinner(message: String) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(message);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Work of so many steps.
pub fn bar(steps: usize, message: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len}").expect("a constant template");
    ProgressBar::new(steps as u64).with_style(style.progress_chars("=> ")).with_message(message)
}
