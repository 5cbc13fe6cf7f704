//! What systemd hears of us (sd_notify(3)); elsewhere nothing listens, and nothing is said.

use sd_notify::NotifyState;

/// Started, or done with reading the configuration again.
pub(super) fn ready() {
    say(&[NotifyState::Ready]);
}

/// The scheduler went round.
pub(super) fn alive(status: &str) {
    say(&[NotifyState::Watchdog, NotifyState::Status(status)]);
}

/// The configuration is being read again.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(since) => say(&[NotifyState::Reloading, since]),
        Err(_) => say(&[NotifyState::Reloading]),
    }
}

/// On the way out.
pub(super) fn stopping() {
    say(&[NotifyState::Stopping]);
}

fn say(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "systemd could not be told");
    }
}
