//! What can be wrong between us and a site, each with a name of its own.

/// The cause of a finding. `docs/check.md` has them all, each with its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    Dns,
    Connection,
    TimeLimit,
    Tls,
    NotHttps,
    PlainHttp,
    Redirects,
    OtherHost,
    WrongPath,
    NotWordPress,
    NoRest,
    PlainPermalinks,
    SecurityPlugin,
    Firewall,
    WritingBlocked,
    NoBatches,
    Maintenance,
    ServerError,
    ClockSkew,
    AppPasswordsOff,
    HeaderStripped,
    WrongPassword,
    Stranger,
    NoSecret,
    NoPosts,
    MayNotPost,
    MayNotPublish,
    Uploads,
    MayNotFile,
    MayNotAssign,
    OwnPostsOnly,
    NoTaxonomy,
    NoPostType,
    NoAuthor,
    MoreThanNeeded,
    Shared,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 36] = [
        Self::Dns,
        Self::Connection,
        Self::TimeLimit,
        Self::Tls,
        Self::NotHttps,
        Self::PlainHttp,
        Self::Redirects,
        Self::OtherHost,
        Self::WrongPath,
        Self::NotWordPress,
        Self::NoRest,
        Self::PlainPermalinks,
        Self::SecurityPlugin,
        Self::Firewall,
        Self::WritingBlocked,
        Self::NoBatches,
        Self::Maintenance,
        Self::ServerError,
        Self::ClockSkew,
        Self::AppPasswordsOff,
        Self::HeaderStripped,
        Self::WrongPassword,
        Self::Stranger,
        Self::NoSecret,
        Self::NoPosts,
        Self::MayNotPost,
        Self::MayNotPublish,
        Self::Uploads,
        Self::MayNotFile,
        Self::MayNotAssign,
        Self::OwnPostsOnly,
        Self::NoTaxonomy,
        Self::NoPostType,
        Self::NoAuthor,
        Self::MoreThanNeeded,
        Self::Shared,
    ];

    /// As JSON and the paper write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connection => "connection",
            Self::TimeLimit => "time_limit",
            Self::Tls => "tls",
            Self::NotHttps => "not_https",
            Self::PlainHttp => "plain_http",
            Self::Redirects => "redirects",
            Self::OtherHost => "other_host",
            Self::WrongPath => "wrong_path",
            Self::NotWordPress => "not_wordpress",
            Self::NoRest => "no_rest",
            Self::PlainPermalinks => "plain_permalinks",
            Self::SecurityPlugin => "security_plugin",
            Self::Firewall => "firewall",
            Self::WritingBlocked => "writing_blocked",
            Self::NoBatches => "no_batches",
            Self::Maintenance => "maintenance",
            Self::ServerError => "server_error",
            Self::ClockSkew => "clock_skew",
            Self::AppPasswordsOff => "app_passwords_off",
            Self::HeaderStripped => "header_stripped",
            Self::WrongPassword => "wrong_password",
            Self::Stranger => "stranger",
            Self::NoSecret => "no_secret",
            Self::NoPosts => "no_posts",
            Self::MayNotPost => "may_not_post",
            Self::MayNotPublish => "may_not_publish",
            Self::Uploads => "uploads",
            Self::MayNotFile => "may_not_file",
            Self::MayNotAssign => "may_not_assign",
            Self::OwnPostsOnly => "own_posts_only",
            Self::NoTaxonomy => "no_taxonomy",
            Self::NoPostType => "no_post_type",
            Self::NoAuthor => "no_author",
            Self::MoreThanNeeded => "more_than_needed",
            Self::Shared => "shared",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.name()).collect();
        assert_eq!(names.len(), Cause::ALL.len());
    }
}
