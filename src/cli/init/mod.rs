//! `wirepress init`: finds the site and the feed, tries them, and writes configuration and secret.
//!
//! Nothing is written before everything was tried. `config::write_new` writes the secret first and never over anything; with
//! `--force` what is in the way is renamed to `….before`.

mod ask;
mod feed;
mod names;

pub use names::address;

use std::path::{Path, PathBuf};

use url::Url;

use self::ask::Asks;
use self::feed::Found;
use super::args::{Global, Init};
use super::exit::{Exit, Failure, Outcome};
use super::text::{count, from_now, plain};
use crate::clock::Clock;
use crate::config::{self, NewConfig, NewError, PasswordKept};
use crate::domain::{Secret, Status};
use crate::http;
use crate::poll::FoundFeed;
use crate::wordpress::{self, Base, DiscoverError, Level, Me, PlainHttp, Root, Wishes};

const DEFAULT_PATH: &str = "wirepress.toml";
/// Where the password may stand instead of being typed.
const PASSWORD_VARIABLE: &str = "WIREPRESS_PASSWORD";

/// Asks, or takes flags; tries each answer at once.
pub async fn init(global: &Global, args: &Init, clock: &Clock) -> Outcome {
    let path = path(global);
    if path.exists() && !args.force {
        return Err(Failure::new(
            Exit::Usage,
            format!("`{}` is already there\nhint: `--force` puts it aside and writes a new one", path.display()),
        ));
    }
    let asks = Asks::unless(args.no_input);
    let wanted = wanted_status(args)?;
    let (site_url, root) = site(args, asks).await?;
    let Account { user, password, me } = account(args, asks, &site_url, &root, wanted.unwrap_or_default(), clock).await?;
    let feed_url = feed(args, asks, clock).await?;
    let status = match wanted {
        Some(status) => status,
        None => status(asks, &me)?,
    };
    let new = NewConfig {
        site: names::short_name(&site_url, "blog"),
        site_url: site_url.to_string(),
        user,
        password: PasswordKept::File(password),
        feed: Some((names::short_name(&feed_url, "feed"), feed_url.to_string())),
        status,
    };
    for file in write(&path, &new, args.force)? {
        eprintln!("wrote `{}`", shown(&file));
    }
    eprintln!("next: `wirepress check`, then `wirepress once --dry-run`, then `wirepress once`; `wirepress run` stays and goes on");
    Ok(Exit::Ok)
}

/// `--config`, else `$WIREPRESS_CONFIG`, else `./wirepress.toml`.
fn path(global: &Global) -> PathBuf {
    let variable = || std::env::var_os("WIREPRESS_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
    global.config.clone().or_else(variable).unwrap_or_else(|| DEFAULT_PATH.into())
}

/// What `--status` says.
fn wanted_status(args: &Init) -> Result<Option<Status>, Failure> {
    let Some(text) = &args.status else { return Ok(None) };
    let wrong = || Failure::new(Exit::Usage, format!("`{text}` is no status\nhint: draft, pending, private, publish or future"));
    Status::parse(text).map(Some).ok_or_else(wrong)
}

/// Asks for one of those that the account may give; without a person, draft.
fn status(asks: Asks, me: &Me) -> Result<Status, Failure> {
    const ALL: [(Status, &str); 4] = [
        (Status::Draft, "draft: a person publishes"),
        (Status::Pending, "pending: waits for a review"),
        (Status::Private, "private: only for editors"),
        (Status::Publish, "publish: at once"),
    ];
    let may = if me.can("publish_posts") { &ALL[..] } else { &ALL[..2] };
    let options: Vec<String> = may.iter().map(|(_, told)| (*told).to_owned()).collect();
    Ok(may[asks.choose("the status of new posts", &options)?].0)
}

/// Finds the site's REST API. A person may try again.
async fn site(args: &Init, asks: Asks) -> Result<(Url, Root), Failure> {
    let mut given = args.site.clone();
    loop {
        let typed = match given.take() {
            Some(typed) => typed,
            None => asks.text("the WordPress site's address", "`--site`")?,
        };
        let failure = match find_site(&typed).await {
            Ok((url, root)) => {
                eprintln!("found `{}` at {}", plain(&root.name), plain(&root.home));
                return Ok((url, root));
            }
            Err(failure) => failure,
        };
        again(asks, failure)?;
    }
}

async fn find_site(typed: &str) -> Result<(Url, Root), Failure> {
    let url = names::address(typed).map_err(|error| Failure::new(Exit::Usage, error))?;
    let mut found = wordpress::discover(&client(&url)?, &url, PlainHttp::Refuse).await;
    if let (Err(DiscoverError::Unreachable(_)), Some(plain)) = (&found, names::plain_on_loopback(typed, &url)) {
        found = wordpress::discover(&client(&plain)?, &plain, PlainHttp::Refuse).await;
    }
    let root = found.map_err(not_found)?;
    Ok((front(&root), root))
}

/// The front page of the site that was found, whatever page of it was typed: WordPress' own path on the host that answered.
fn front(root: &Root) -> Url {
    let mut front = root.base.as_url().clone();
    front.set_query(None);
    let path = match (&root.base, Url::parse(&root.home)) {
        (Base::Pretty(_), Ok(home)) => home.path().to_owned(),
        // `/sub/wp-json/` and `/sub/index.php` are in `/sub/`
        (_, _) => {
            let path = front.path().trim_end_matches('/').trim_end_matches("/index.php").trim_end_matches("/wp-json");
            format!("{path}/")
        }
    };
    front.set_path(&path);
    front
}

/// 5 where it may pass, else 6.
fn not_found(error: DiscoverError) -> Failure {
    let exit = if error.is_temporary() { Exit::Later } else { Exit::Refused };
    let hint = match &error {
        DiscoverError::Unreachable(_) | DiscoverError::NotWordPress { .. } | DiscoverError::WrongPath { .. } => {
            "give the address that a visitor of the site types"
        }
        DiscoverError::Firewall { .. } => "allow this machine's address there, or requests for `/wp-json/` and `rest_route=`",
        DiscoverError::NoRest { .. } | DiscoverError::RestOff { .. } => {
            "a plug-in or the host has switched it off; it must be on for wirepress' account"
        }
        DiscoverError::Plain { .. } => {
            "use `https://…`; where there is none, write `allow_plain_http = true` into the `[[site]]` block by hand"
        }
        DiscoverError::OtherHost { .. } => "give the address of that host, if it is the site's own",
        DiscoverError::Unwell { .. } | DiscoverError::Maintenance { .. } => "try again later",
    };
    Failure::new(exit, format!("{error}\nhint: {hint}"))
}

/// An account that the site lets post.
struct Account {
    user: String,
    password: Secret,
    me: Me,
}

/// User and password that the site takes. A person may try again.
async fn account(args: &Init, asks: Asks, url: &Url, root: &Root, status: Status, clock: &Clock) -> Result<Account, Failure> {
    let mut given = args.user.clone();
    let mut password_given = password(args)?;
    eprintln!("an application password for wirepress is made at {}", authorize_link(root, url));
    loop {
        let user = match given.take() {
            Some(user) => user,
            None => asks.text("the WordPress user that posts", "`--user`")?,
        };
        let password = match password_given.take() {
            Some(password) => password,
            None => asks.secret("its application password", &format!("`--password-file` or `${PASSWORD_VARIABLE}`"))?,
        };
        let wishes = Wishes { statuses: vec![status], clean_slugs: true, pictures: true, ..Wishes::default() };
        let timeout = http::Limits::WORDPRESS.total;
        let account = wordpress::Account { url, user: &user, password: &password, plain: PlainHttp::Refuse, timeout, com: None };
        let diagnosis = wordpress::diagnose(&client(url)?, &account, &wishes, clock.now()).await;
        diagnosis.findings.iter().for_each(|finding| eprintln!("{}", super::check::finding(finding)));
        if diagnosis.level() < Level::Error {
            return Ok(Account { user, password, me: diagnosis.me.unwrap_or_default() });
        }
        let exit = if diagnosis.temporary { Exit::Later } else { Exit::Refused };
        again(asks, Failure::new(exit, "the site does not let this account post"))?;
    }
}

fn password(args: &Init) -> Result<Option<Secret>, Failure> {
    if let Some(path) = &args.password_file {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::new(Exit::Usage, format!("cannot read the password file `{}`: {error}", path.display())))?;
        return Ok(Some(Secret::new(text.trim())));
    }
    Ok(std::env::var(PASSWORD_VARIABLE).ok().filter(|text| !text.trim().is_empty()).map(|text| Secret::new(text.trim())))
}

/// WordPress' own page that makes an application password (`wp-admin/authorize-application.php`).
fn authorize_link(root: &Root, site: &Url) -> String {
    let said = root.authorize.as_deref().and_then(|address| Url::parse(address).ok());
    let usual = || {
        let mut home = Url::parse(&root.home).unwrap_or_else(|_| site.clone());
        home.set_query(None);
        home.set_path(&format!("{}/wp-admin/authorize-application.php", home.path().trim_end_matches('/')));
        home
    };
    let mut link = said.filter(|link| matches!(link.scheme(), "http" | "https")).unwrap_or_else(usual);
    link.query_pairs_mut().append_pair("app_name", "wirepress");
    link.to_string()
}

/// The feed's address: the one that was given, or one that the page there names. A person may try again.
async fn feed(args: &Init, asks: Asks, clock: &Clock) -> Result<Url, Failure> {
    let mut given = args.feed.clone();
    loop {
        let typed = match given.take() {
            Some(typed) => typed,
            None => asks.text("the first feed, or a page that has one", "`--feed`")?,
        };
        let failure = match find_feed(&typed, asks, clock).await {
            Ok(url) => return Ok(url),
            Err(failure) => failure,
        };
        again(asks, failure)?;
    }
}

async fn find_feed(typed: &str, asks: Asks, clock: &Clock) -> Result<Url, Failure> {
    let mut url = names::address(typed).map_err(|error| Failure::new(Exit::Usage, error))?;
    let mut found = match (feed::find(&client(&url)?, &url, clock.now()).await, names::plain_on_loopback(typed, &url)) {
        (Err(_), Some(plain)) => {
            url = plain;
            feed::find(&client(&url)?, &url, clock.now()).await?
        }
        (found, _) => found?,
    };
    if let Found::Page(named, by) = found {
        let told = |named: &FoundFeed| plain(&format!("{} {}", named.title.as_deref().unwrap_or_default(), named.url));
        let options: Vec<String> = named.iter().map(told).collect();
        eprintln!("{} {}", by.told(), count(options.len(), "feed"));
        let chosen = &named[asks.choose("which one?", &options)?].url;
        // it came out of a page: it may be private only where the page is, on the same host and port
        let door = client(&url)?;
        url = Url::parse(chosen)?;
        found = feed::find(&door, &url, clock.now()).await?;
    }
    match found {
        Found::Page(..) => Err(Failure::new(Exit::Feeds, format!("`{url}` is named as a feed, but it is a page"))),
        Found::Feed { title, entries, newest } => {
            let newest = newest.map(|at| format!(", the newest {}", from_now(at, clock.now()))).unwrap_or_default();
            eprintln!("found `{}` at {url}: {}{newest}", plain(&title.unwrap_or_default()), count(entries, "entry"));
            Ok(url)
        }
    }
}

/// What the person typed may be private: this host and port.
fn client(url: &Url) -> Result<http::Client, Failure> {
    Ok(http::Client::new(http::Options::default().typed(url))?)
}

/// A person hears what went wrong and is asked again; without one it is the end.
fn again(asks: Asks, failure: Failure) -> Result<(), Failure> {
    match asks {
        Asks::Nobody => Err(failure),
        Asks::Person => {
            eprintln!("{}", failure.error);
            Ok(())
        }
    }
}

fn write(path: &Path, new: &NewConfig, force: bool) -> Result<Vec<PathBuf>, Failure> {
    loop {
        match config::write_new(path, new) {
            Err(NewError::There(there)) if force => put_aside(&there)?,
            Ok(written) => return Ok(written),
            Err(error) => return Err(Failure::new(Exit::Unexpected, error)),
        }
    }
}

/// `wirepress.toml` reads better than `./wirepress.toml`.
fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}

/// `wirepress.toml` becomes `wirepress.toml.before`, an older `.before` is replaced.
fn put_aside(path: &Path) -> Result<(), Failure> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".before");
    std::fs::rename(path, &aside)?;
    eprintln!("put `{}` aside as `{}`", shown(path), shown(Path::new(&aside)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(home: &str, authorize: Option<&str>) -> Root {
        let base = Base::Query(Url::parse("https://blog.example/").expect("an address"));
        Root {
            base,
            name: "My Blog".into(),
            home: home.into(),
            language: None,
            gmt_offset: 0.0,
            timezone: String::new(),
            application_passwords: true,
            authorize: authorize.map(str::to_owned),
            namespaces: Vec::new(),
        }
    }

    #[test]
    fn the_link_to_a_password_is_the_sites_own_or_the_usual_one() {
        let site = Url::parse("https://blog.example/sub/").expect("an address");
        let said = root("https://blog.example", Some("https://blog.example/wp-admin/authorize-application.php"));
        assert_eq!(authorize_link(&said, &site), "https://blog.example/wp-admin/authorize-application.php?app_name=wirepress");
        for (home, link) in [
            ("https://blog.example/sub", "https://blog.example/sub/wp-admin/authorize-application.php?app_name=wirepress"),
            ("nonsense", "https://blog.example/sub/wp-admin/authorize-application.php?app_name=wirepress"),
        ] {
            assert_eq!(authorize_link(&root(home, None), &site), link);
            assert_eq!(authorize_link(&root(home, Some("javascript:alert(1)")), &site), link);
        }
    }
}
