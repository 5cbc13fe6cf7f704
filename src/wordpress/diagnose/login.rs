//! Why we aren't let in: a wrong password and one that never arrives are answered alike, as strangers are.

use super::super::xmlrpc::{self, Told};
use super::super::{Failure, Root};
use super::{Account, Cause, Diagnosis};
use crate::http;

const STRIPPED: &str = "the web server drops the `Authorization` header: in Apache's .htaccess, before WordPress' lines, write \
                        `RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]` (or `CGIPassAuth On`); in nginx pass it to PHP \
                        with `fastcgi_param HTTP_AUTHORIZATION $http_authorization`";

/// WordPress' own codes where it knows that the password or the user is wrong; plug-ins that ask early make them come up.
const WRONG: [&str; 4] = ["incorrect_password", "invalid_username", "invalid_email", "application_passwords_disabled"];

/// Names why asking who we are failed.
pub(super) async fn refused(found: &mut Diagnosis, http: &http::Client, root: &Root, account: &Account<'_>, failure: Failure) {
    let refusal = match failure {
        Failure::Unwelcome(refusal) => refusal,
        Failure::Blocked { because, .. } => {
            let way_out = "allow this machine's address, or logged-in requests for `/wp-json/`, in its settings";
            return found.error(Cause::Firewall, format!("something in front of WordPress refuses us once we log in: {because}"), way_out);
        }
        Failure::Lost { because, .. } if because.contains("the address leads to") => {
            let way_out = "write the address to which it leads as `url`: the password is sent to no other";
            return found.error(Cause::OtherHost, format!("logged-in requests are redirected: {because}"), way_out);
        }
        Failure::Lost { because, .. } => {
            let way_out = "a security plug-in takes `/wp/v2/users` away: allow `/wp/v2/users/me` for logged-in users";
            return found.error(Cause::SecurityPlugin, format!("the site doesn't say who we are: {because}"), way_out);
        }
        failure => {
            found.temporary = true;
            let is_maintenance = matches!(&failure, Failure::NotDone { wait: Some(_), .. }) && failure.to_string().contains("503");
            let cause = if is_maintenance { Cause::Maintenance } else { Cause::ServerError };
            return found.error(cause, failure.to_string(), "try again later; the site's own error log may say more");
        }
    };
    let by_wordpress = refusal.code.starts_with("rest_not_logged_in") || refusal.code.starts_with("rest_cannot");
    if (refusal.status == 403 || !by_wordpress) && !WRONG.contains(&refusal.code.as_str()) {
        let what = format!("the REST API refuses us: {refusal}");
        if refusal.code.is_empty() {
            let way_out = "the web server itself asks for a password (`401`), before WordPress: take that off for `/wp-json/`";
            return found.error(Cause::Firewall, what, way_out);
        }
        return found.error(Cause::SecurityPlugin, what, "a security plug-in refuses the REST API: allow it for logged-in users");
    }
    if account.com.is_some() {
        let way_out = "make a new OAuth2 token for that site; see docs/publishing.md";
        return found.error(Cause::WrongPassword, format!("WordPress.com doesn't take the token: {refusal}"), way_out);
    }
    if !root.application_passwords {
        let way_out = if root.base.as_url().scheme() == "http" {
            "WordPress offers them over https only (or with `define('WP_ENVIRONMENT_TYPE', 'local')` in wp-config.php)"
        } else {
            "a security plug-in or a filter (`wp_is_application_passwords_available`) switches them off: switch them on"
        };
        return found.error(Cause::AppPasswordsOff, "application passwords are switched off on this site", way_out);
    }
    let (user, password) = (account.user, account.password);
    let authorize = root.authorize.as_deref().unwrap_or("the user's profile page in wp-admin");
    let wrong = format!("make a new application password for `{user}` at {authorize}; the password of the login page doesn't work");
    match xmlrpc::log_in(http, root, user, password).await {
        Told::Right if !is_application_password(password.reveal()) => {
            found.error(Cause::WrongPassword, "this is the password of the login page, which the REST API doesn't take", wrong)
        }
        Told::Right => {
            found.error(Cause::HeaderStripped, "the password is right, but the `Authorization` header doesn't reach WordPress", STRIPPED)
        }
        Told::Wrong => found.error(Cause::WrongPassword, format!("the user `{user}` or the application password is wrong"), wrong),
        Told::Nothing => found.error(
            Cause::Stranger,
            format!("WordPress takes us for a stranger ({refusal}): the user `{user}` or the password is wrong, or the header with them is stripped"),
            format!("either {wrong}; or {STRIPPED}"),
        ),
    }
}

/// WordPress makes them of 24 letters and digits, shown in groups of four (`WP_Application_Passwords::PW_LENGTH`).
fn is_application_password(password: &str) -> bool {
    let letters: Vec<char> = password.chars().filter(|letter| !letter.is_whitespace()).collect();
    letters.len() == 24 && letters.iter().all(char::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_password_is_known_by_its_form() {
        for (password, is) in [
            ("abcd EFGH 1234 ijkl MNOP 5678", true),
            ("abcdEFGH1234ijklMNOP5678", true),
            ("abcdEFGH1234ijklMNOP567", false),
            ("abcd-EFGH-1234-ijkl-MNOP-5678", false),
            ("editorpass", false),
            ("", false),
        ] {
            assert_eq!(is_application_password(password), is, "{password}");
        }
    }
}
