//! What a feed's requests have that others' don't, with its secrets still where they come from.

use std::sync::Arc;

use url::Url;

use super::secret::{SecretError, SecretSource};
use crate::domain::Secret;
use crate::http::{self, HeaderName};

/// A feed's way to be asked. The default is everybody's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AccessConfig {
    pub auth: Option<Auth>,
    pub headers: Vec<(HeaderName, Value)>,
    pub cookies: Vec<(String, Value)>,
    pub proxy: Option<Proxy>,
    /// PEM: the certificate, its chain and its key.
    pub client_certificate: Option<SecretSource>,
    pub only_http1: bool,
}

/// What proves who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    Basic { user: String, password: SecretSource },
    Bearer(SecretSource),
}

/// A header's or cookie's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(Secret),
    From(SecretSource),
}

/// A proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    pub url: Url,
    pub user: Option<(String, SecretSource)>,
}

/// Why a feed can't be asked as it is configured. It never shows a secret.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("`{key}`: {cause}")]
    Secret { key: String, cause: SecretError },
    #[error(transparent)]
    Unusable(#[from] http::Unusable),
}

impl AccessConfig {
    /// It is as everybody's.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads every secret; `None` where the feed has nothing of its own. May wait for a command: not for an async thread.
    pub fn resolve(&self) -> Result<Option<Arc<http::Access>>, AccessError> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut access = http::Access::default();
        match &self.auth {
            None => {}
            Some(Auth::Basic { user, password }) => access.basic(user, &read("auth", password)?),
            Some(Auth::Bearer(token)) => access.bearer(&read("auth", token)?)?,
        }
        for (name, value) in &self.headers {
            access.header(name.clone(), &value.read(&format!("headers.{name}"))?)?;
        }
        for (name, value) in &self.cookies {
            access.cookie(name, &value.read(&format!("cookies.{name}"))?)?;
        }
        if let Some(Proxy { url, user }) = &self.proxy {
            let user = user.as_ref().map(|(user, password)| Ok::<_, AccessError>((user.clone(), read("proxy", password)?))).transpose()?;
            access.proxy(url.clone(), user);
        }
        if let Some(pem) = &self.client_certificate {
            access.certificate(read("client_certificate", pem)?)?;
        }
        if self.only_http1 {
            access.only_http1();
        }
        Ok(Some(Arc::new(access)))
    }
}

impl Value {
    fn read(&self, key: &str) -> Result<Secret, AccessError> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::From(source) => read(key, source),
        }
    }
}

fn read(key: &str, source: &SecretSource) -> Result<Secret, AccessError> {
    source.resolve().map_err(|cause| AccessError::Secret { key: key.to_owned(), cause })
}
