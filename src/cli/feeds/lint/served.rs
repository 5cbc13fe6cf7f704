//! What a feed's server said with the document, and whether it answers 304.

use url::Url;

use crate::cli::feeds::document::{self, Unread};
use crate::domain::Validators;
use crate::http::{self, Client, Response, header};
use crate::poll::{self, Source};

/// A document's bytes, and what its server said of them.
pub struct Served {
    /// Where it came from, redirects followed.
    pub url: Url,
    /// Where it has moved to for good.
    pub moved: Option<String>,
    pub content_type: Option<String>,
    pub validators: Validators,
    /// The status of the second, conditional request, if there were validators to ask with.
    pub again: Option<u16>,
    pub is_packed: bool,
    pub says_freshness: bool,
    pub sets_cookies: bool,
    /// What its `Link` headers say it is linked to: `hub`, `self`.
    pub relations: Vec<String>,
    pub body: Vec<u8>,
}

impl Served {
    /// Asks for the document as a poll does, and once more whether it has changed.
    pub async fn ask(http: &Client, url: &Url) -> Result<Self, Unread> {
        let mut served = Self::of(document::ask(http, &Source::new(url.clone())).await?);
        if served.has_validators() {
            let source = Source { validators: served.validators.clone(), ..Source::new(served.url.clone()) };
            served.again = http.send(poll::request(&source)).await.ok().map(|response| response.status.as_u16());
        }
        Ok(served)
    }

    fn of(response: Response) -> Self {
        let text = |name: header::HeaderName| response.header(name).map(str::to_owned);
        let control = text(header::CACHE_CONTROL).unwrap_or_default().to_ascii_lowercase();
        let links = http::links(&response.headers, &response.url);
        Self {
            moved: response.moved_to().map(Url::to_string),
            content_type: text(header::CONTENT_TYPE),
            validators: Validators { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) },
            again: None,
            is_packed: response.headers.contains_key(header::CONTENT_ENCODING),
            says_freshness: control.contains("max-age") || control.contains("no-cache") || response.headers.contains_key(header::EXPIRES),
            sets_cookies: response.headers.contains_key(header::SET_COOKIE),
            relations: links.into_iter().flat_map(|link| link.relations).collect(),
            url: response.url,
            body: response.body,
        }
    }

    /// The media type in lower case; empty where the server names none.
    pub fn media(&self) -> &str {
        self.content_type.as_deref().and_then(|value| value.split(';').next()).map_or("", str::trim)
    }

    pub fn has_validators(&self) -> bool {
        self.validators != Validators::default()
    }
}
