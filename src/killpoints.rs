//! Numbered passes through the doors to the network and the store, at any of which a test can kill the process.
//!
//! Built only with the feature `killpoints`; without it [`pass`] is nothing. `WIREPRESS_KILL_LOG=FILE` writes one line a
//! pass (`number kind`); `WIREPRESS_KILL_AT=N` ends the process at the N-th pass as `kill -9` would: no destructor, no flush.
//! `WIREPRESS_CLOCK_AHEAD=SECONDS` sets the clock forward, so that a test needn't wait while a site rests.

/// Passes a door. `kind` names which: `store before commit`, `http after POST batch`.
#[cfg(feature = "killpoints")]
pub fn pass(kind: &str) {
    use std::io::Write;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static PASSED: AtomicU64 = AtomicU64::new(0);
    static AT: OnceLock<Option<u64>> = OnceLock::new();
    static LOG: OnceLock<Option<std::fs::File>> = OnceLock::new();

    let number = PASSED.fetch_add(1, Ordering::SeqCst) + 1;
    let log = LOG.get_or_init(|| {
        let path = std::env::var_os("WIREPRESS_KILL_LOG")?;
        std::fs::OpenOptions::new().create(true).append(true).open(path).ok()
    });
    if let Some(mut file) = log.as_ref() {
        // A line lost here only makes the test's list of points shorter, which the test notices.
        let _ = file.write_all(format!("{number} {kind}\n").as_bytes());
    }
    let at = AT.get_or_init(|| std::env::var("WIREPRESS_KILL_AT").ok()?.parse().ok());
    if *at == Some(number) {
        std::process::abort();
    }
}

/// Passes a door: nothing, outside tests.
#[cfg(not(feature = "killpoints"))]
#[inline(always)]
pub fn pass(_kind: &str) {}

/// How far tests have set the clock forward, in seconds.
#[cfg(feature = "killpoints")]
pub fn clock_ahead() -> i64 {
    static AHEAD: std::sync::OnceLock<i64> = std::sync::OnceLock::new();
    *AHEAD.get_or_init(|| std::env::var("WIREPRESS_CLOCK_AHEAD").ok().and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Nobody sets the clock outside tests.
#[cfg(not(feature = "killpoints"))]
#[inline(always)]
pub const fn clock_ahead() -> i64 {
    0
}
