//! The rules by name, and in words.

use std::fmt;
use std::time::Duration;

use super::USUAL;
use crate::domain::format_duration;

/// What decides when a feed is polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The operator's `every`.
    Every(Duration),
    /// The feed's own rhythm.
    Rhythm(Duration),
    /// The document's `ttl` or `sy:` rhythm, while its own is not known.
    Declared(Duration),
    /// Nothing is known yet.
    Unknown,
    /// Entries were lost between two polls.
    Overrun {
        span: Duration,
        usually: Duration,
    },
    /// Polls failed; `reached`: a server was asked.
    Failed {
        failures: u32,
        wait: Duration,
        reached: bool,
    },
    /// 410.
    Gone,
    RetryAfter,
    /// `Cache-Control: max-age` or `Expires`.
    Fresh,
    /// RSS `ttl`.
    Ttl(Duration),
    /// `sy:updatePeriod`, `sy:updateFrequency`, `sy:updateBase`.
    Updates(Duration),
    /// RSS `skipHours`.
    SkipHours,
    /// RSS `skipDays`.
    SkipDays,
}

impl Rule {
    /// As JSON names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Every(_) => "every",
            Self::Rhythm(_) => "rhythm",
            Self::Declared(_) => "declared",
            Self::Unknown => "unknown",
            Self::Overrun { .. } => "overrun",
            Self::Failed { .. } => "failed",
            Self::Gone => "gone",
            Self::RetryAfter => "retry-after",
            Self::Fresh => "fresh",
            Self::Ttl(_) => "ttl",
            Self::Updates(_) => "sy",
            Self::SkipHours => "skip-hours",
            Self::SkipDays => "skip-days",
        }
    }

    /// The interval of a rule that is one.
    pub(super) fn span(self) -> Duration {
        match self {
            Self::Every(span) | Self::Rhythm(span) | Self::Declared(span) => span,
            _ => USUAL,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_words = |span: &Duration| format_duration(*span);
        match self {
            Self::Every(span) => write!(f, "every {}, as configured", in_words(span)),
            Self::Rhythm(span) => write!(f, "every {}, by its own rhythm", in_words(span)),
            Self::Declared(span) => write!(f, "every {}, as its document says, until its rhythm is known", in_words(span)),
            Self::Unknown => write!(f, "every {}, until its rhythm is known", in_words(&USUAL)),
            Self::Overrun { span, usually } => {
                write!(f, "every {} instead of {}, as entries come faster than they were read", in_words(span), in_words(usually))
            }
            Self::Failed { failures, wait, .. } => {
                let polls = if *failures == 1 { "1 poll".to_owned() } else { format!("{failures} polls") };
                write!(f, "{polls} failed in a row; the next try is {} later", in_words(wait))
            }
            Self::Gone => f.write_str("its publisher has ended it (410)"),
            Self::RetryAfter => f.write_str("the publisher asks for it (`Retry-After`)"),
            Self::Fresh => f.write_str("the publisher says that it is fresh until then (`Cache-Control` or `Expires`)"),
            Self::Ttl(span) => write!(f, "the document says that it holds for {} (`ttl`)", in_words(span)),
            Self::Updates(span) => write!(f, "the document says that it is renewed every {} (`sy:updatePeriod`)", in_words(span)),
            Self::SkipHours => f.write_str("the document asks to skip the hours before (`skipHours`)"),
            Self::SkipDays => f.write_str("the document asks to skip the days before (`skipDays`)"),
        }
    }
}
