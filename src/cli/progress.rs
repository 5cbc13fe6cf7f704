//! Progress of long work: on a terminal only, on standard error; log lines go above it.

use std::io::Write;
use std::sync::LazyLock;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

use crate::store::Store;

/// Everything that is drawn. Nothing is, where standard error is no terminal.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);
/// How often a bar asks the store how far the work is.
const TICK: Duration = Duration::from_millis(500);

/// Work whose length nobody knows; not drawn where `shown` is false.
pub fn spinner(shown: bool, message: String) -> ProgressBar {
    if !shown {
        return ProgressBar::hidden();
    }
    let bar = BARS.add(ProgressBar::new_spinner().with_message(message));
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Work of so many steps.
pub fn bar(steps: usize, message: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len}").expect("a constant template");
    BARS.add(ProgressBar::new(steps as u64).with_style(style.progress_chars("=> ")).with_message(message))
}

/// Shows how many posts are out, of those that are known to be wanted, until it is dropped.
pub struct Publishing {
    bar: ProgressBar,
    asks: JoinHandle<()>,
}

impl Publishing {
    /// Begins; `None` where nothing would be seen of it.
    pub fn begin(store: Store, shown: bool) -> Option<Self> {
        if !shown || BARS.is_hidden() {
            return None;
        }
        let bar = spinner(true, "polling feeds".to_owned());
        let asks = tokio::spawn(ask(store, bar.clone()));
        Some(Self { bar, asks })
    }
}

async fn ask(store: Store, bar: ProgressBar) {
    let mut before = None;
    // where the store can't answer, the work itself will say so
    while let Ok(counts) = store.counts().await {
        let number = |state: &str| counts.deliveries.get(state).copied().unwrap_or(0);
        let published = number("published");
        let done = published.saturating_sub(*before.get_or_insert(published));
        let all = done + number("ready") + number("publishing");
        let coming = counts.items.get("seen").copied().unwrap_or(0) + counts.items.get("preparing").copied().unwrap_or(0);
        match (all, coming) {
            (0, 0) => {}
            (_, 0) => bar.set_message(format!("{done} of {all} posts published")),
            (_, _) => bar.set_message(format!("{done} of {all} posts published, {coming} more being prepared")),
        }
        tokio::time::sleep(TICK).await;
    }
}

impl Drop for Publishing {
    fn drop(&mut self) {
        self.asks.abort();
        self.bar.finish_and_clear();
    }
}

/// A log line on its way to standard error: bars step aside for it.
pub struct LogLine;

impl Write for LogLine {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        BARS.suspend(|| std::io::stderr().write_all(line)).map(|()| line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
