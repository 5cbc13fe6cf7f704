//! `[[site]]`: an address that a password may be sent to, an account, and the site's own times.

use std::sync::Arc;

use url::{Host, Url};

use super::super::source::At;
use super::super::{SiteConfig, raw};
use super::Check;
use crate::schedule::Both;

impl Check {
    /// One site; what is not said is filled in. `template`: that of `[defaults]`, which is looked at elsewhere.
    pub(super) fn site(&mut self, site: &mut raw::Site, usual: &raw::Site, template: Option<&At<String>>) -> Option<SiteConfig> {
        site.kind = site.kind.take().or_else(|| usual.kind.clone());
        site.settle = site.settle.take().or_else(|| usual.settle.clone());
        site.timeout = site.timeout.take().or_else(|| usual.timeout.clone());
        site.dedup = site.dedup.take().or_else(|| usual.dedup.clone());
        site.near_duplicates = site.near_duplicates.take().or_else(|| usual.near_duplicates.clone());
        site.editor = site.editor.take().or_else(|| usual.editor.clone());
        site.allow_plain_http = site.allow_plain_http.take().or_else(|| usual.allow_plain_http.clone());
        site.terms = Some(site.terms.take().unwrap_or_default().over(usual.terms.as_ref()?));
        let (governor, terms) = self.terms(site.terms.as_ref()?)?;
        if let Some(own) = &site.template {
            self.template_named(own);
        }
        site.template = site.template.take().or_else(|| template.cloned());
        let template = site.template.as_ref().and_then(|name| self.templates.get(&name.value).cloned());
        let schedule = site.schedule.as_ref().map(|keys| Arc::new(self.schedule(keys)));
        if let (Some(keys), Some(schedule)) = (&site.schedule, &schedule) {
            self.possible(&keys.at, Both { site: Some(schedule), feed: None });
        }
        let allow_plain_http = site.allow_plain_http.as_ref()?.value;
        let password = site.password.clone().and_then(|password| self.secret(&password));
        if let Some(url) = &site.url {
            self.site_url(url, allow_plain_http);
        }
        let kind = site.kind.as_ref()?.value;
        if let Some(api) = &site.api {
            self.site_url(api, allow_plain_http);
            if kind == raw::SiteKind::Wordpress {
                self.error(&api.at, "`api` is for sites at WordPress.com", "add `kind = \"wordpress.com\"`, or take the line out");
            }
        }
        if let Some(user) = site.user.as_ref().filter(|user| user.value.contains(':')) {
            // what follows the colon may be a password
            self.sources.hide(&user.at);
            self.error(&user.at, "a user's name can't hold a colon", "the login name alone; the password comes from `password`");
        }
        if let Some(language) = site.language.as_ref().filter(|language| !is_language(&language.value)) {
            self.error(&language.at, format!("`{}` is no language", language.value), "a code such as `en`, `de` or `pt-BR`");
        }
        Some(SiteConfig {
            name: site.name.as_ref()?.value.clone(),
            url: site.url.as_ref()?.value.0.clone(),
            kind,
            api: match &site.api {
                Some(api) => api.value.0.clone(),
                None => Url::parse("https://public-api.wordpress.com/").expect("an address that is tested"),
            },
            user: site.user.as_ref()?.value.clone(),
            password: password?,
            settle: site.settle.as_ref()?.value,
            timeout: site.timeout.as_ref()?.value,
            dedup: site.dedup.as_ref()?.value,
            near_duplicates: site.near_duplicates.as_ref()?.value,
            editor: site.editor.as_ref()?.value,
            allow_plain_http,
            language: site.language.as_ref().map(|language| language.value.clone()),
            governor,
            terms,
            template,
            status: site.status.as_ref().map(|status| status.value),
            schedule,
            renamed_from: site.renamed_from.as_ref().map(|name| name.value.clone()),
        })
    }

    fn site_url(&mut self, At { value: raw::WebUrl(url), at }: &At<raw::WebUrl>, allow_plain_http: bool) {
        if url.scheme() == "http" && !allow_plain_http && !is_this_machine(url) {
            let hint = format!(
                "write `https://{}`; where the network between is trusted: allow_plain_http = true",
                &url.as_str()["http://".len()..]
            );
            self.error(at, "the password would go over the network unencrypted", hint);
        }
        if let Some(end) = ["/wp-admin", "/wp-login.php", "/wp-json", "/xmlrpc.php"].into_iter().find_map(|part| url.path().find(part)) {
            let mut home = url.clone();
            home.set_query(None);
            home.set_path(&url.path()[..end]);
            self.error(at, "this is not the site's own address", format!("as a visitor types it: \"{home}\""));
        } else if url.query().is_some() || url.fragment().is_some() {
            self.error(
                at,
                "a site's address ends before `?` and `#`",
                "the address as a visitor types it; how to reach its REST API is found out",
            );
        }
    }
}

/// Only this machine is meant: no network lies between.
pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// It looks like a language tag of BCP 47 (RFC 5646, section 2.1).
fn is_language(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    let first = parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic()));
    first && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}
