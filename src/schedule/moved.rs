//! Where a feed is asked (pure): a permanent redirect that held for several polls is learnt, and unlearnt when it was wrong.
//!
//! The configured address stays the feed's identity. While another is learnt, the configured one is looked at every [`LOOK`]: a
//! redirect that its publisher has taken back is noticed. A learnt address that fails [`REVERT`] times in a row is given up.

use std::time::Duration;

use crate::domain::{Manners, Moving, Timestamp};

/// Polls in a row that a permanent redirect (every hop a 301 or 308) has to lead to the same address before it is learnt.
pub const CONFIRMATIONS: u32 = 5;
/// How often the configured address is asked while another is learnt.
pub const LOOK: Duration = Duration::from_secs(7 * 86_400);
/// Failed polls in a row after which a learnt address is given up.
pub const REVERT: u32 = 3;

/// What a poll changed about where the feed is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// From now on it is asked at this address.
    Learnt(String),
    /// From now on it is asked at its configured address again.
    Back,
}

/// Whether the configured address is to be asked for once, although another is learnt.
pub fn is_look_due(manners: &Manners, now: Timestamp) -> bool {
    manners.learnt.is_some() && manners.looked.is_none_or(|looked| now.since(looked) >= LOOK)
}

/// After a good answer from `asked`; `moved_to`: where permanent redirects led, if there were any and all were permanent.
pub fn answered(manners: &mut Manners, configured: &str, asked: &str, moved_to: Option<&str>, now: Timestamp) -> Option<Move> {
    let moved_to = moved_to.filter(|to| may_learn(configured, to));
    if asked == configured && manners.learnt.is_some() {
        return looked(manners, moved_to, now);
    }
    let Some(to) = moved_to else {
        manners.moving = None;
        return None;
    };
    if to == configured {
        unlearn(manners);
        return Some(Move::Back);
    }
    match &mut manners.moving {
        Some(moving) if moving.to == to => moving.seen += 1,
        moving => *moving = Some(Moving { to: to.to_owned(), seen: 1 }),
    }
    let moving = manners.moving.take_if(|moving| moving.seen >= CONFIRMATIONS)?;
    manners.learnt = Some(moving.to.clone());
    manners.looked = Some(now);
    Some(Move::Learnt(moving.to))
}

/// The configured address was asked although another is learnt, and answered.
fn looked(manners: &mut Manners, moved_to: Option<&str>, now: Timestamp) -> Option<Move> {
    if moved_to.is_some() && moved_to == manners.learnt.as_deref() {
        manners.looked = Some(now);
        return None;
    }
    unlearn(manners);
    manners.moving = moved_to.map(|to| Moving { to: to.to_owned(), seen: 1 });
    Some(Move::Back)
}

/// After a failed poll, the `failures`-th in a row.
pub fn failed(manners: &mut Manners, failures: u32) -> Option<Move> {
    manners.moving = None;
    if manners.learnt.is_none() || failures < REVERT {
        return None;
    }
    unlearn(manners);
    Some(Move::Back)
}

fn unlearn(manners: &mut Manners) {
    (manners.learnt, manners.moving, manners.looked) = (None, None, None);
}

/// What was asked for over TLS is not given up for what isn't.
fn may_learn(configured: &str, to: &str) -> bool {
    to.starts_with("https://") || (to.starts_with("http://") && !configured.starts_with("https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_795_000_000);
    const OLD: &str = "http://old.example/feed";
    const NEW: &str = "https://new.example/feed";
    const OTHER: &str = "https://other.example/feed";

    fn learnt() -> Manners {
        let mut manners = Manners::default();
        for number in 1..=CONFIRMATIONS {
            let event = answered(&mut manners, OLD, OLD, Some(NEW), NOW);
            assert_eq!(event, (number == CONFIRMATIONS).then(|| Move::Learnt(NEW.to_owned())), "{number}");
        }
        manners
    }

    #[test]
    fn a_permanent_redirect_is_learnt_after_several_polls_that_it_led() {
        let manners = learnt();
        assert_eq!((manners.learnt.as_deref(), manners.moving), (Some(NEW), None));
    }

    #[test]
    fn what_leads_elsewhere_or_nowhere_in_between_begins_anew() {
        for between in [None, Some(OTHER)] {
            let mut manners = Manners::default();
            for to in [Some(NEW), Some(NEW), Some(NEW), Some(NEW), between, Some(NEW), Some(NEW), Some(NEW), Some(NEW)] {
                assert_eq!(answered(&mut manners, OLD, OLD, to, NOW), None);
            }
            assert_eq!(manners.moving, Some(Moving { to: NEW.to_owned(), seen: 4 }));
        }
        let mut manners = Manners::default();
        answered(&mut manners, OLD, OLD, Some(NEW), NOW);
        failed(&mut manners, 1);
        assert_eq!(manners.moving, None);
    }

    #[test]
    fn a_learnt_address_that_fails_repeatedly_is_given_up() {
        let mut manners = learnt();
        assert_eq!((failed(&mut manners, 1), failed(&mut manners, 2)), (None, None));
        assert_eq!(failed(&mut manners, REVERT), Some(Move::Back));
        assert_eq!((manners.learnt, manners.looked), (None, None));
        assert_eq!(failed(&mut Manners::default(), 50), None);
    }

    #[test]
    fn the_configured_address_is_looked_at_once_a_week_and_taken_again_when_it_answers() {
        let week = NOW.plus(LOOK);
        let mut manners = learnt();
        assert!(!is_look_due(&manners, week.minus(Duration::from_secs(1))) && is_look_due(&manners, week));
        assert_eq!(answered(&mut manners, OLD, OLD, Some(NEW), week), None);
        assert!(!is_look_due(&manners, week) && manners.learnt.as_deref() == Some(NEW));
        assert_eq!(answered(&mut manners, OLD, OLD, None, week), Some(Move::Back));
        assert_eq!(manners.learnt, None);

        let mut manners = learnt();
        assert_eq!(answered(&mut manners, OLD, OLD, Some(OTHER), week), Some(Move::Back));
        assert_eq!(manners.moving, Some(Moving { to: OTHER.to_owned(), seen: 1 }));
        assert!(!is_look_due(&Manners::default(), week));
    }

    #[test]
    fn an_address_that_leads_back_to_the_configured_one_is_given_up() {
        let mut manners = learnt();
        assert_eq!(answered(&mut manners, OLD, NEW, Some(OLD), NOW), Some(Move::Back));
        assert_eq!(manners.learnt, None);
    }

    #[test]
    fn tls_is_never_given_up_for_plain_http() {
        let mut manners = Manners::default();
        for _ in 0..10 {
            assert_eq!(answered(&mut manners, NEW, NEW, Some(OLD), NOW), None);
        }
        assert_eq!(manners.moving, None);
    }
}
