//! What each kind of answer proves, and what is done about it: one table, of which the first row that fits counts.
//!
//! `docs/answers.md` shows the same table (a test holds them equal), and `tests/it/matrix.rs` has each row from a real WordPress
//! or, where none can be made to give it, from a script. The times behind [`Then`] are `publish::next`'s.

use super::account::ASKING;
use super::media::UPLOADING;
use super::posts::{CHANGING, LOOKING, MAKING, NEWEST, TRASHING, WALKING};
use super::terms::MAKING_A_TERM;

/// How a request is sent: it decides what no clear answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It changes nothing.
    Read,
    /// It changes the site: without a clear answer it may have.
    Write,
    /// Several writes in one (`batch/v1`), as a whole. Each one inside has an answer of its own, read as a [`Act::Write`].
    Batch,
}

/// What form an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Nothing was sent: no name, no connection, no TLS.
    NotSent,
    /// The request went out and no whole answer came.
    Cut,
    /// JSON of WordPress, no error; also behind a byte order mark or PHP's warnings.
    Result,
    /// WordPress' error object: `code`, `message`. Its own status counts, as a warning printed first makes the outer one 200.
    Error,
    /// A page, nothing at all, or JSON of somebody else's.
    Foreign,
}

/// Which requests a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Anything,
    Reading,
    /// Batches, too.
    Writing,
    ABatch,
    /// Those that are called so.
    These(&'static [&'static str]),
}

/// What is done about an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Then {
    /// It is what was wished.
    Done,
    /// It was there already: its id is taken.
    TakeId,
    /// Nobody knows: looked for after the settle time, made again only if it isn't there.
    Reconcile,
    /// Surely not done; it meets every request and passes: the site rests.
    Later,
    /// Surely not done; it is about this one request: the delivery's own next try.
    Retry,
    /// The post or the account isn't what it was: ask again what is so, then go on from there.
    LookAgain,
    /// Batches are blocked: each post goes out alone, at once.
    Singly,
    /// Never again, unless a person says so.
    #[default]
    GiveUp,
    /// The site does nothing for us until a person acts.
    Stop,
    /// The REST API isn't at this address any more: the site rests, and is then looked for anew.
    FindAgain,
}

/// One kind of answer.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// What it is, in words; no two rows have the same.
    pub came: &'static str,
    pub asked: Asked,
    pub shape: &'static [Shape],
    /// First and last of each range of HTTP statuses; empty: any, or none.
    pub status: &'static [(u16, u16)],
    /// WordPress' error codes; a `*` at the end stands for any rest. Empty: any.
    pub codes: &'static [&'static str],
    /// Only with `Retry-After`.
    pub waits: bool,
    pub then: Then,
}

const ANY: &[(u16, u16)] = &[];
const ALL: &[&str] = &[];
const FINE: &[(u16, u16)] = &[(200, 299)];
const REFUSED: &[(u16, u16)] = &[(400, 499)];
const BROKEN: &[(u16, u16)] = &[(500, 599)];
const ANSWER: &[Shape] = &[Shape::Error, Shape::Foreign];
const ERROR: &[Shape] = &[Shape::Error];
const FOREIGN: &[Shape] = &[Shape::Foreign];
const POSTS: &[&str] = &[LOOKING, NEWEST, WALKING];
const A_POST: &[&str] = &[MAKING, CHANGING, TRASHING];

const fn row(
    came: &'static str,
    asked: Asked,
    shape: &'static [Shape],
    status: &'static [(u16, u16)],
    codes: &'static [&'static str],
    then: Then,
) -> Row {
    Row { came, asked, shape, status, codes, waits: false, then }
}

/// The table. The last rows take whatever is left.
pub const ANSWERS: &[Row] = &[
    row("no connection", Asked::Anything, &[Shape::NotSent], ANY, ALL, Then::Later),
    row("a line cut, or no answer in time", Asked::Writing, &[Shape::Cut], ANY, ALL, Then::Reconcile),
    row("a line cut, or no answer in time, while reading", Asked::Reading, &[Shape::Cut], ANY, ALL, Then::Later),
    row("the wished JSON, also behind a BOM or PHP's warnings", Asked::Anything, &[Shape::Result], FINE, ALL, Then::Done),
    row("2xx that is empty, a page, or JSON without what was made", Asked::Writing, FOREIGN, FINE, ALL, Then::Reconcile),
    row("2xx that is empty or a page, while reading", Asked::Reading, FOREIGN, FINE, ALL, Then::Later),
    row("a redirect: another host, https, other permalinks", Asked::Anything, ANSWER, &[(300, 399)], ALL, Then::FindAgain),
    row("the server took too long for the request", Asked::Writing, ANSWER, &[(408, 408), (425, 425)], ALL, Then::Reconcile),
    row("the server took too long for the request, while reading", Asked::Reading, ANSWER, &[(408, 408), (425, 425)], ALL, Then::Later),
    row("too many requests", Asked::Anything, ANSWER, &[(429, 429)], ALL, Then::Later),
    row("nobody is logged in: wrong or revoked password, header stripped", Asked::Anything, ANSWER, &[(401, 401)], ALL, Then::Stop),
    row("batches refused: a plug-in, a firewall, too large", Asked::ABatch, ANSWER, REFUSED, ALL, Then::Singly),
    row("a term of that name is there", Asked::These(&[MAKING_A_TERM]), ERROR, ANY, &["term_exists"], Then::TakeId),
    row("a page past the end of the list", Asked::These(POSTS), ERROR, REFUSED, &["rest_post_invalid_page_number"], Then::Done),
    row(
        "no such route: REST or this post type is switched off",
        Asked::Anything,
        ERROR,
        &[(404, 404)],
        &["rest_no_route"],
        Then::FindAgain,
    ),
    row("no such address: other permalinks, another server", Asked::Anything, FOREIGN, &[(404, 404)], ALL, Then::FindAgain),
    row("the account may not see drafts", Asked::These(POSTS), ERROR, REFUSED, ALL, Then::Stop),
    row("who we are is not told", Asked::These(&[ASKING]), ERROR, &[(403, 403)], ALL, Then::Stop),
    row("the account may not make posts", Asked::These(&[MAKING]), ERROR, &[(403, 403)], &["rest_cannot_create"], Then::Stop),
    row(
        "the account lost a right, or the post is another's now",
        Asked::These(A_POST),
        ERROR,
        &[(403, 403)],
        &["rest_cannot_*", "rest_forbidden_*"],
        Then::LookAgain,
    ),
    row(
        "the role lacks the right to make this term or picture",
        Asked::Anything,
        ERROR,
        &[(403, 403)],
        &["rest_cannot_*", "rest_forbidden_*", "rest_user_cannot_view"],
        Then::GiveUp,
    ),
    row("a security plug-in refuses REST", Asked::Anything, ERROR, &[(403, 403)], ALL, Then::Stop),
    row("the post is gone, or lies in the trash", Asked::Anything, ERROR, &[(404, 404), (410, 410)], ALL, Then::LookAgain),
    row("too large for the server", Asked::Writing, ANSWER, &[(413, 414)], ALL, Then::GiveUp),
    row("the file arrived damaged", Asked::These(&[UPLOADING]), ERROR, &[(412, 412)], &["rest_upload_hash_mismatch"], Then::Retry),
    row("the request's JSON arrived damaged", Asked::Writing, ERROR, &[(400, 400)], &["rest_invalid_json"], Then::Retry),
    row("a firewall's page", Asked::Anything, FOREIGN, REFUSED, ALL, Then::Retry),
    row("WordPress refuses it: empty, wrong value, unknown author", Asked::Anything, ERROR, REFUSED, ALL, Then::GiveUp),
    row(
        "500 for a file type or name that it doesn't take",
        Asked::These(&[UPLOADING]),
        ERROR,
        BROKEN,
        &["rest_upload_sideload_error", "rest_upload_unknown_error"],
        Then::GiveUp,
    ),
    row(
        "500 for a term's name that is empty or too long",
        Asked::These(&[MAKING_A_TERM]),
        ERROR,
        BROKEN,
        &["empty_term_name", "db_insert_error"],
        Then::GiveUp,
    ),
    row("501: this kind of thing has no trash", Asked::Anything, ERROR, BROKEN, &["rest_trash_not_supported"], Then::GiveUp),
    Row {
        came: "maintenance: WordPress itself says until when",
        asked: Asked::Anything,
        shape: ERROR,
        status: &[(503, 503)],
        codes: &["wp_die"],
        waits: true,
        then: Then::Later,
    },
    row("the server failed: fatal error, database, gateway, overload", Asked::Writing, ANSWER, BROKEN, ALL, Then::Reconcile),
    row("the server failed, while reading", Asked::Reading, ANSWER, BROKEN, ALL, Then::Later),
    row("anything else", Asked::Writing, &[Shape::Result, Shape::Error, Shape::Foreign], ANY, ALL, Then::Reconcile),
    row("anything else, while reading", Asked::Reading, &[Shape::Result, Shape::Error, Shape::Foreign], ANY, ALL, Then::Later),
];

/// An answer, as far as the table looks at it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Came<'a> {
    pub what: &'static str,
    pub act: Act,
    pub shape: Shape,
    /// The one inside WordPress' error where there is one; 0 where nothing came.
    pub status: u16,
    pub code: &'a str,
    /// With `Retry-After`.
    pub waits: bool,
}

/// The row that counts.
pub(super) fn row_of(came: &Came<'_>) -> &'static Row {
    ANSWERS.iter().find(|row| row.fits(came)).expect("the last rows take everything")
}

impl Row {
    fn fits(&self, came: &Came<'_>) -> bool {
        let asked = match self.asked {
            Asked::Anything => true,
            Asked::Reading => came.act == Act::Read,
            Asked::Writing => came.act != Act::Read,
            Asked::ABatch => came.act == Act::Batch,
            Asked::These(whats) => whats.contains(&came.what),
        };
        let status = self.status.is_empty() || self.status.iter().any(|(first, last)| (*first..=*last).contains(&came.status));
        let code = self.codes.is_empty() || self.codes.iter().any(|code| is_of(code, came.code));
        asked && status && code && self.shape.contains(&came.shape) && (!self.waits || came.waits)
    }
}

fn is_of(pattern: &str, code: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == code, |start| code.starts_with(start))
}

impl Then {
    /// All, in the order of `docs/answers.md`.
    pub const ALL: [Self; 10] = [
        Self::Done,
        Self::TakeId,
        Self::Reconcile,
        Self::Later,
        Self::Retry,
        Self::LookAgain,
        Self::Singly,
        Self::GiveUp,
        Self::Stop,
        Self::FindAgain,
    ];

    /// In words, as the table shows it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::TakeId => "done: take its id",
            Self::Reconcile => "reconcile",
            Self::Later => "try later: the site rests",
            Self::Retry => "try later: this one",
            Self::LookAgain => "look again",
            Self::Singly => "each alone",
            Self::GiveUp => "give up",
            Self::Stop => "stop the site",
            Self::FindAgain => "stop the site: find it again",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_answer_that_can_come_has_a_row() {
        for what in [MAKING, CHANGING, TRASHING, MAKING_A_TERM, UPLOADING, LOOKING, ASKING, "anything"] {
            for act in [Act::Read, Act::Write, Act::Batch] {
                for shape in [Shape::Result, Shape::Error, Shape::Foreign] {
                    for (status, waits) in (0..1000).flat_map(|status| [(status, false), (status, true)]) {
                        row_of(&Came { what, act, shape, status, code: "some_code", waits });
                    }
                }
                row_of(&Came { what, act, shape: Shape::Cut, status: 0, code: "", waits: false });
                row_of(&Came { what, act, shape: Shape::NotSent, status: 0, code: "", waits: false });
            }
        }
    }

    #[test]
    fn no_write_without_a_clear_answer_is_taken_for_a_no() {
        let unclear = |shape, status| {
            [Act::Write, Act::Batch].map(|act| row_of(&Came { what: MAKING, act, shape, status, code: "", waits: true }).then)
        };
        for status in (200..300).chain(500..600) {
            assert_eq!(unclear(Shape::Foreign, status), [Then::Reconcile; 2], "{status}");
        }
        assert_eq!(unclear(Shape::Cut, 0), [Then::Reconcile; 2]);
        for status in 500..600 {
            assert_eq!(unclear(Shape::Error, status), [Then::Reconcile; 2], "{status}");
        }
    }

    #[test]
    fn rows_have_names_of_their_own() {
        let names: BTreeSet<_> = ANSWERS.iter().map(|row| row.came).collect();
        assert_eq!(names.len(), ANSWERS.len());
        let thens: BTreeSet<_> = Then::ALL.iter().map(|then| then.name()).collect();
        assert_eq!(thens.len(), Then::ALL.len());
    }
}
