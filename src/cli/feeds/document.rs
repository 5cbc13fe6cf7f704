//! A feed document that was typed as a file, an address or `-`: where it comes from, and how it is read.

use std::io::Read;
use std::path::PathBuf;
use std::sync::LazyLock;

use url::Url;

use super::args::How;
use crate::http::{self, Limits};
use crate::poll::{self, ParseError, Parsed, Reading};

/// What a file's relative links are read against: a file has no address. Nothing is ever asked of it.
const NOBODY: &str = "https://relative.invalid";
static NOWHERE: LazyLock<Url> = LazyLock::new(|| Url::parse("https://relative.invalid/here/").expect("a constant address"));

/// Where a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Stdin,
    File(PathBuf),
    Url(Url),
}

/// Why a document could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("it is larger than {} MB", Limits::FEED.decoded / 1_048_576)]
    TooLarge,
    #[error("{0}")]
    Parse(#[from] ParseError),
    #[error(transparent)]
    Poll(Box<poll::Error>),
}

impl Place {
    /// Only `http://` and `https://` begin an address; everything else is a file's name.
    pub fn typed(text: &str) -> Self {
        let is_url =
            ["http://", "https://"].iter().any(|scheme| text.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme)));
        match Url::parse(text) {
            _ if text == "-" => Self::Stdin,
            Ok(url) if is_url => Self::Url(url),
            Ok(_) | Err(_) => Self::File(text.into()),
        }
    }

    /// Reads the document under the caps of a fetch.
    pub async fn read(&self, http: &http::Client, how: &How) -> Result<Parsed, Unread> {
        match self {
            Self::Url(url) => fetch(http, url, how).await,
            Self::Stdin | Self::File(_) => {
                let (place, how) = (self.clone(), how.clone());
                let work = move || Ok(poll::parse(&place.bytes()?, None, base(&how), &reading(&how))?);
                tokio::task::spawn_blocking(work).await.unwrap_or(Err(Unread::Parse(ParseError::Crashed)))
            }
        }
    }

    /// What a file or standard input holds, if it isn't larger than a fetched document may be.
    pub fn bytes(&self) -> Result<Vec<u8>, Unread> {
        let mut bytes = Vec::new();
        let most = Limits::FEED.decoded;
        match self {
            Self::Stdin => std::io::stdin().lock().take(most + 1).read_to_end(&mut bytes)?,
            Self::File(path) => std::fs::File::open(path)?.take(most + 1).read_to_end(&mut bytes)?,
            Self::Url(_) => 0,
        };
        if bytes.len() as u64 > most { Err(Unread::TooLarge) } else { Ok(bytes) }
    }
}

/// The door for documents that were typed: their hosts may be private, what they lead to may not.
pub fn door<'p>(places: impl IntoIterator<Item = &'p Place>) -> Result<http::Client, http::Error> {
    let typed = places.into_iter().filter_map(|place| if let Place::Url(url) = place { Some(url) } else { None });
    http::Client::new(typed.fold(http::Options::default(), http::Options::typed))
}

/// A feed's server's answer, whatever it may hold; as a poll asks for it.
pub async fn ask(http: &http::Client, source: &poll::Source) -> Result<http::Response, Unread> {
    let unread = |error: poll::Error| Unread::Poll(Box::new(error));
    let response = http.send(poll::request(source)).await.map_err(|error| unread(error.into()))?;
    let status = response.status.as_u16();
    match status {
        200..=299 | 304 => Ok(response),
        410 => Err(unread(poll::Error::Gone { url: response.url.into() })),
        _ => Err(unread(poll::Error::Status { url: response.url.into(), status, retry_after: None })),
    }
}

/// All that the document has, also what a poll would not take on.
async fn fetch(http: &http::Client, url: &Url, how: &How) -> Result<Parsed, Unread> {
    let response = ask(http, &poll::Source::new(url.clone())).await?;
    let content_type = response.header(http::header::CONTENT_TYPE).map(str::to_owned);
    let how = How { base: Some(how.base.clone().unwrap_or(response.url)), ..how.clone() };
    parse(response.body, content_type, &how).await
}

/// Reads bytes as a document without an address, or with that of `--base`.
pub async fn parse(bytes: Vec<u8>, content_type: Option<String>, how: &How) -> Result<Parsed, Unread> {
    let how = how.clone();
    let work = move || poll::parse(&bytes, content_type.as_deref(), base(&how), &reading(&how));
    Ok(tokio::task::spawn_blocking(work).await.unwrap_or(Err(ParseError::Crashed))?)
}

fn base(how: &How) -> &Url {
    how.base.as_ref().unwrap_or(&NOWHERE)
}

/// How a document is to be read, as typed.
fn reading(how: &How) -> Reading {
    Reading { charset: how.charset.clone(), date_format: how.date_format.clone() }
}

/// An address as the document has it, where it has no address itself.
pub fn as_written(url: &str) -> &str {
    url.strip_prefix(NOWHERE.as_str()).or_else(|| url.strip_prefix(NOBODY)).unwrap_or(url)
}

/// Whether a document without an address has written this relative.
pub fn is_relative(url: &str) -> bool {
    url.starts_with(NOBODY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_link_of_a_file_stays_as_it_is_written() {
        for written in ["a.html", "a/b?c#d", "/rooted", "https://x.example/y"] {
            assert_eq!(as_written(NOWHERE.join(written).unwrap().as_str()), written);
        }
    }

    #[test]
    fn what_was_typed_is_an_address_only_with_its_scheme() {
        for (typed, place) in [
            ("-", Place::Stdin),
            ("feed.xml", Place::File("feed.xml".into())),
            ("C:\\feed.xml", Place::File("C:\\feed.xml".into())),
            ("HTTP://x.example", Place::Url(Url::parse("http://x.example/").unwrap())),
        ] {
            assert_eq!(Place::typed(typed), place);
        }
    }
}
