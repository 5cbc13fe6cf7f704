//! The status that a draft may get: never more than the configuration says, never more than the account may.

use std::time::Duration;

use crate::domain::{Draft, Status, Timestamp};
use crate::wordpress::Me;

/// WordPress publishes at once what is less than a minute ahead; the request may take another.
const AHEAD: Duration = Duration::from_secs(120);

/// The status to ask for, and why it isn't the draft's own.
pub fn allowed(draft: &Draft, me: &Me, now: Timestamp) -> (Status, Option<String>) {
    let wanted = draft.status;
    if wanted == Status::Draft {
        return (Status::Draft, None);
    }
    if !me.can("publish_posts") {
        // `pending` too: WordPress takes the slug, which is our key, off a contributor's pending post
        let why = format!("this account may not publish: left as a draft instead of `{}`", wanted.as_str());
        return (Status::Draft, Some(why));
    }
    if wanted == Status::Future && draft.date.is_none_or(|date| date < now.plus(AHEAD)) {
        let why = "the moment of its status `future` has passed, and WordPress would publish it at once: left as a draft".to_owned();
        return (Status::Draft, Some(why));
    }
    (wanted, None)
}

#[cfg(test)]
mod tests {
    use super::super::tests::me;
    use super::*;

    #[test]
    fn a_status_is_never_raised_beyond_what_was_wished_and_what_is_allowed() {
        let now = Timestamp::from_unix(1_000_000);
        let (author, contributor) = (me(&["edit_posts", "publish_posts"]), me(&["edit_posts"]));
        let asked = |status, date: Option<i64>, me: &Me| {
            let draft = Draft { status, date: date.map(Timestamp::from_unix), ..Draft::default() };
            allowed(&draft, me, now).0
        };
        for status in [Status::Draft, Status::Pending, Status::Private, Status::Publish, Status::Future] {
            assert_eq!(asked(status, Some(2_000_000), &contributor), Status::Draft);
            assert_eq!(asked(status, Some(2_000_000), &author), status);
        }
        for (date, status) in
            [(None, Status::Draft), (Some(900_000), Status::Draft), (Some(1_000_060), Status::Draft), (Some(1_000_200), Status::Future)]
        {
            assert_eq!(asked(Status::Future, date, &author), status, "{date:?}");
        }
        assert_eq!(asked(Status::Publish, Some(900_000), &author), Status::Publish);
    }
}
