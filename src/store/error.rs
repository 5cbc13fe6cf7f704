//! What can go wrong with the store, and what a caller may do about it.

use crate::domain::Id;

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another daemon works on this SQLite file.
    #[error("the store `{0}` is in use by another wirepress; stop it first, or use a verb that works beside it")]
    InUse(String),
    /// A newer wirepress wrote it.
    #[error("the store `{store}` was written by a newer wirepress (schema {found}, this one knows {known}); use that version")]
    Newer { store: String, found: i64, known: i64 },
    /// An older wirepress wrote it, and it was opened for reading only.
    #[error("the store `{0}` is older than this wirepress; `wirepress once`, or a new start of the daemon, brings it up to date")]
    Older(String),
    /// It is damaged, or no store at all.
    #[error("the store `{store}` is broken: {cause}")]
    Broken { store: String, cause: String },
    /// The URL names no store.
    #[error("`{url}` names no store: {cause}; write `sqlite:///path/to/wirepress.db` or `postgres://user@host/name`")]
    Url { url: String, cause: String },
    /// It can't be reached or opened.
    #[error("the store `{store}` can't be opened: {cause}")]
    Open { store: String, cause: String },
    /// PostgreSQL can't be reached, or takes nobody in, for now.
    #[error("the store `{store}` can't be reached: {cause}; see whether PostgreSQL runs there, and try again")]
    Away { store: String, cause: String },
    /// PostgreSQL knows no such user, password or database.
    #[error("the store `{store}` doesn't let us in: {cause}; mend `[store] url`, or make the role and the database")]
    Denied { store: String, cause: String },
    /// This machine's clock and PostgreSQL's disagree, so that leases would lie.
    #[error("this machine's clock and PostgreSQL's differ by {0} s; leases need them within 5 s of each other")]
    Clocks(u64),
    /// The lease ran out and another holds the row, or the row went on without us. Nothing was changed.
    #[error("the lease on {0} is no longer ours")]
    StaleLease(Id),
    /// No row has this id or name.
    #[error("there is no {what} `{name}`")]
    Unknown { what: &'static str, name: String },
    /// The row is in a state from which this arrow doesn't start.
    #[error("{what} {id} is {state}, so it can't be {arrow}")]
    WrongState { what: &'static str, id: Id, state: String, arrow: &'static str },
    /// The text that would be needed was dropped after `[store] keep`.
    #[error("the text of item {0} was dropped after `[store] keep`")]
    Forgotten(Id),
    /// The same rows were wanted by others again and again.
    #[error("the store was too busy with the same rows: {0}")]
    Contended(&'static str),
    /// A row holds what no wirepress wrote.
    #[error("the store holds `{value}` in column `{column}`: {cause}")]
    Strange { column: &'static str, value: String, cause: String },
    /// The database's own words.
    #[error("the database said: {0}")]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// Trying again may help: the rows or the file were busy, or the server was away.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::InUse(_) | Self::Contended(_) | Self::Away { .. } => true,
            Self::Database(error) => is_contention(error) || matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut),
            _ => false,
        }
    }

    /// The lease is gone, and with it the right to go on with the row.
    pub fn is_stale_lease(&self) -> bool {
        matches!(self, Self::StaleLease(_))
    }

    /// The row isn't where the arrow starts (any more).
    pub fn is_wrong_state(&self) -> bool {
        matches!(self, Self::WrongState { .. })
    }

    /// The store is damaged or newer than this program: exit code 8.
    pub fn is_broken_or_newer(&self) -> bool {
        match self {
            Self::Broken { .. } | Self::Newer { .. } | Self::Older(_) | Self::Strange { .. } => true,
            Self::Database(error) => is_damage(error),
            _ => false,
        }
    }
}

/// Two writers met: SQLite's BUSY and LOCKED, PostgreSQL's serialization failure and deadlock.
pub(super) fn is_contention(error: &sqlx::Error) -> bool {
    database_code(error).is_some_and(|code| match code.parse::<i32>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6),
        _ => matches!(code.as_str(), "40001" | "40P01" | "55P03"),
    })
}

/// SQLite's CORRUPT and NOTADB, PostgreSQL's data_corrupted and index_corrupted.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    database_code(error).is_some_and(|code| match code.parse::<i32>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 11 | 26),
        _ => matches!(code.as_str(), "XX001" | "XX002"),
    })
}

/// A unique key was there already.
pub(super) fn is_taken(error: &Error) -> bool {
    matches!(error, Error::Database(sqlx::Error::Database(cause)) if cause.is_unique_violation())
}

fn database_code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(|code| code.into_owned())
}

pub(super) type Result<T> = std::result::Result<T, Error>;
