//! Exit codes, a contract with scripts and service managers.

use crate::{pipeline, store};

/// Why the program ends. Where several apply, the first of 2, 3, 8, 7, 6, 1, 4, 5 is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, or nothing to do.
    Ok,
    /// 1: something unexpected.
    Unexpected,
    /// 2: the command line is wrong.
    Usage,
    /// 3: the configuration is wrong.
    Config,
    /// 4: all feeds failed (with `--strict`: any), or a feed has something to fix (`feeds lint`).
    Feeds,
    /// 5: try later: a server is busy or out of reach for now.
    Later,
    /// 6: a site refuses us.
    Refused,
    /// 7: another daemon uses the store.
    InUse,
    /// 8: the store is broken, or newer than this program.
    Store,
}

impl Exit {
    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Config => 3,
            Self::Feeds => 4,
            Self::Later => 5,
            Self::Refused => 6,
            Self::InUse => 7,
            Self::Store => 8,
        }
    }

    /// What an error that nobody named means.
    fn of(error: &anyhow::Error) -> Self {
        if let Some(error) = error.downcast_ref::<store::Error>() {
            return Self::of_store(error);
        }
        match error.downcast_ref::<pipeline::Error>() {
            Some(pipeline::Error::Store(error)) => Self::of_store(error),
            Some(pipeline::Error::Unknown { .. } | pipeline::Error::NotInForce { .. }) => Self::Usage,
            Some(_) | None => Self::Unexpected,
        }
    }

    /// What an error of the store means.
    fn of_store(error: &store::Error) -> Self {
        match error {
            store::Error::InUse(_) => Self::InUse,
            store::Error::Url { .. } | store::Error::Denied { .. } => Self::Config,
            store::Error::Unknown { .. } | store::Error::WrongState { .. } | store::Error::Forgotten(_) => Self::Usage,
            error if error.is_broken_or_newer() => Self::Store,
            error if error.is_temporary() => Self::Later,
            _ => Self::Unexpected,
        }
    }

    /// Of two reasons, the one that is told.
    pub fn and(self, other: Self) -> Self {
        const ORDER: [Exit; 9] =
            [Exit::Usage, Exit::Config, Exit::Store, Exit::InUse, Exit::Refused, Exit::Unexpected, Exit::Feeds, Exit::Later, Exit::Ok];
        ORDER.into_iter().find(|exit| *exit == self || *exit == other).unwrap_or(Self::Unexpected)
    }
}

/// An end that isn't `Ok`, with what to tell the operator.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub error: anyhow::Error,
}

impl Failure {
    /// A reason in words.
    pub fn new(exit: Exit, message: impl std::fmt::Display) -> Self {
        Self { exit, error: anyhow::anyhow!("{message}") }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        Self { exit: Exit::of(&error), error }
    }
}

/// What a verb answers.
pub type Outcome = Result<Exit, Failure>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_store_has_its_own_code() {
        let code = |error: store::Error| Failure::from(error).exit.code();
        assert_eq!(code(store::Error::InUse("w.db".into())), 7);
        assert_eq!(code(store::Error::Newer { store: "w.db".into(), found: 9, known: 1 }), 8);
        assert_eq!(code(store::Error::Unknown { what: "feed", name: "lwn".into() }), 2);
        assert_eq!(Failure::from(std::fmt::Error).exit.code(), 1);
    }

    #[test]
    fn the_first_of_2_3_8_7_6_1_4_5_is_told() {
        let told: Vec<u8> = [
            Exit::Later.and(Exit::Feeds),
            Exit::Feeds.and(Exit::Unexpected),
            Exit::Unexpected.and(Exit::Refused),
            Exit::Refused.and(Exit::InUse),
            Exit::InUse.and(Exit::Store),
            Exit::Store.and(Exit::Config),
            Exit::Config.and(Exit::Usage),
            Exit::Ok.and(Exit::Later),
        ]
        .map(Exit::code)
        .to_vec();
        assert_eq!(told, [4, 1, 6, 7, 8, 3, 2, 5]);
    }
}
