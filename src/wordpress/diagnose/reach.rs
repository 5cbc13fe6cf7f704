//! Why no REST API was found: the name, the line, the address, the server, or something in front of it.

use super::super::{DiscoverError, discover};
use super::{Account, Cause, Diagnosis};
use crate::http;

/// Folders where a WordPress that isn't at a host's root usually is.
const FOLDERS: [&str; 4] = ["/blog/", "/wordpress/", "/wp/", "/news/"];

/// Names the cause of a site that wasn't found, and the way out.
pub(super) async fn missed(found: &mut Diagnosis, http: &http::Client, account: &Account<'_>, error: DiscoverError) {
    let (mut cause, mut way_out) = told(&error);
    if account.com.is_some() && !found.temporary {
        way_out = "check `url`, and make a new OAuth2 token for that site; see docs/publishing.md".to_owned();
    } else if matches!(error, DiscoverError::NotWordPress { .. } | DiscoverError::WrongPath { .. })
        && let Some(elsewhere) = elsewhere(http, account).await
    {
        (cause, way_out) = (Cause::WrongPath, format!("WordPress answers at {elsewhere}: write that as `url`"));
    }
    found.error(cause, error.to_string(), way_out);
}

/// A WordPress at another address of the same host: at its root, or in one of the usual folders.
async fn elsewhere(http: &http::Client, account: &Account<'_>) -> Option<String> {
    let typed = account.url;
    let mut candidates: Vec<&str> = FOLDERS.to_vec();
    if typed.path() != "/" {
        candidates.insert(0, "/");
    }
    for path in candidates.into_iter().filter(|path| path.trim_end_matches('/') != typed.path().trim_end_matches('/')) {
        let mut url = typed.clone();
        url.set_path(path);
        url.set_query(None);
        if discover(http, &url, account.plain).await.is_ok() {
            return Some(url.into());
        }
    }
    None
}

fn told(error: &DiscoverError) -> (Cause, String) {
    let (cause, way_out) = match error {
        DiscoverError::Unreachable(error) => unreachable(error),
        DiscoverError::NotWordPress { .. } => (
            Cause::NotWordPress,
            "check `url`: it is the address of the site's front page; if it is right, see whether `/?rest_route=/` there shows JSON",
        ),
        DiscoverError::WrongPath { .. } => {
            (Cause::WrongPath, "check `url`: it is the address of the site's front page, folder included, as a visitor's browser shows it")
        }
        DiscoverError::NoRest { .. } => (
            Cause::NoRest,
            "`/?rest_route=/` there must show JSON: look for a plug-in or a rule of the web server that takes the REST API away, and save \
             Settings, Permalinks once",
        ),
        DiscoverError::RestOff { .. } => (
            Cause::SecurityPlugin,
            "a security plug-in switches the REST API off for strangers: let its index (`/wp-json/`) be read by everyone, and the rest by \
             logged-in users",
        ),
        DiscoverError::Firewall { .. } => {
            (Cause::Firewall, "allow this machine's address, or requests for `/wp-json/` and `rest_route=`, in its settings")
        }
        DiscoverError::Maintenance { .. } => (
            Cause::Maintenance,
            "nothing to do here: try again later; if it stays so after an update, the file `.maintenance` beside wp-config.php was left",
        ),
        DiscoverError::Unwell { .. } => (Cause::ServerError, "nothing to do here: try again later; the site's own error log says more"),
        DiscoverError::Plain { .. } => {
            (Cause::PlainHttp, "write `https://` in `url`; or, where the network is yours, `allow_plain_http = true`")
        }
        DiscoverError::OtherHost { .. } => (Cause::OtherHost, "write that host's address as `url`, if it is yours"),
    };
    (cause, way_out.to_owned())
}

fn unreachable(error: &http::Error) -> (Cause, &'static str) {
    if speaks_plainly(error) {
        return (
            Cause::NotHttps,
            "it seems that no https is spoken on this port: write `http://` in `url` (beyond this machine that also needs \
             `allow_plain_http = true`)",
        );
    }
    match error {
        http::Error::Dns { .. } => {
            (Cause::Dns, "check the host's name in `url` for a slip, and whether this machine resolves names (`getent hosts NAME`)")
        }
        http::Error::Tls { why, .. } if why.contains("Expired") || why.contains("NotValidYet") => (
            Cause::Tls,
            "the site's certificate isn't valid today: it must be renewed there; if a browser is content with it, this machine's clock is wrong",
        ),
        http::Error::Tls { why, .. } if why.contains("NotValidForName") => {
            (Cause::Tls, "the certificate is for another name: write that name in `url`, or have one made for this name")
        }
        http::Error::Tls { why, .. } if why.contains("UnknownIssuer") => (
            Cause::Tls,
            "nobody that this machine trusts has signed the certificate: the server must send its whole chain, or its authority must be \
             among this machine's own (`/etc/ssl/certs`)",
        ),
        http::Error::Tls { .. } => (Cause::Tls, "see what `openssl s_client -connect HOST:443` says of the site's TLS"),
        http::Error::TimeLimit { .. } => (
            Cause::TimeLimit,
            "the server takes too long: see whether it does in a browser, and whether a firewall drops this machine's packets",
        ),
        http::Error::Redirect { .. } => (
            Cause::Redirects,
            "the site redirects without end, often between http and https or with and without `www`: see its address settings",
        ),
        _ => (Cause::Connection, "check `url`, and whether a browser on this machine reaches it"),
    }
}

/// rustls' words where the answer to its greeting was no TLS, but most likely plain http, or where the line was closed on it.
fn speaks_plainly(error: &http::Error) -> bool {
    let (http::Error::Tls { why, .. } | http::Error::Connect { why, .. }) = error else { return false };
    ["InvalidContentType", "corrupt message", "wrong version", "handshake eof"].iter().any(|sign| why.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_not_to_reach_a_site_has_its_own_cause() {
        let url = || "https://blog.example/".to_owned();
        let tls = |why: &str| http::Error::Tls { url: url(), why: why.to_owned() };
        for (error, cause, words) in [
            (http::Error::Dns { url: url(), why: "no such name".into() }, Cause::Dns, "resolves names"),
            (http::Error::Connect { url: url(), why: "refused".into() }, Cause::Connection, "browser"),
            (tls("invalid peer certificate: Expired"), Cause::Tls, "clock"),
            (tls("invalid peer certificate: certificate not valid yet: NotValidYet"), Cause::Tls, "clock"),
            (tls("invalid peer certificate: UnknownIssuer"), Cause::Tls, "chain"),
            (tls("invalid peer certificate: NotValidForName"), Cause::Tls, "another name"),
            (tls("received fatal alert: HandshakeFailure"), Cause::Tls, "s_client"),
            (tls("received corrupt message of type InvalidContentType"), Cause::NotHttps, "http://"),
            (
                http::Error::TimeLimit { url: url(), limit: http::TimeLimit::Total, span: std::time::Duration::from_secs(30) },
                Cause::TimeLimit,
                "packets",
            ),
            (http::Error::Redirect { url: url(), why: "more than 5".into() }, Cause::Redirects, "www"),
        ] {
            let (told, way_out) = unreachable(&error);
            assert_eq!(told, cause, "{error}");
            assert!(way_out.contains(words), "{way_out}");
        }
    }
}
