//! `[http]`: who we say we are, what may be reached, and how many requests one domain gets.

use super::super::raw;
use super::super::source::At;
use super::Check;
use crate::config::SiteConfig;
use crate::http;
use crate::schedule::Spacing;

impl Check {
    /// How many requests one domain gets; what is not said is filled in.
    pub(super) fn spacing(&mut self, http: &mut raw::Http, usual: raw::Http) -> Option<Spacing> {
        http.allow_networks.get_or_insert_default();
        http.domain_requests = http.domain_requests.take().or(usual.domain_requests);
        http.domain_gap = http.domain_gap.take().or(usual.domain_gap);
        http.image_mb = http.image_mb.take().or(usual.image_mb);
        if let Some(most) = http.image_mb.as_ref().filter(|most| most.value == 0 || most.value > 100) {
            self.error(&most.at.clone(), format!("`image_mb` can't be {}", most.value), "1 to 100");
        }
        for name in [&http.contact, &http.user_agent].into_iter().flatten() {
            self.header_text(name);
        }
        if let Some(agent) = http.user_agent.as_ref().filter(|agent| !agent.value.contains("://") && !agent.value.contains('@')) {
            let hint = "a web page or a mail address in it, as in \"blog.example reader (+https://blog.example/about)\"";
            self.warn(&agent.at.clone(), "publishers can't tell from this `user_agent` who asks", hint);
        }
        let requests = http.domain_requests.as_ref()?;
        if requests.value == 0 {
            self.error(&requests.at.clone(), "with `domain_requests` 0 no feed would ever be asked", "1 or more");
            return None;
        }
        Some(Spacing { at_once: requests.value as usize, gap: http.domain_gap.as_ref()?.value })
    }

    fn header_text(&mut self, text: &At<String>) {
        if text.value.trim().is_empty() || http::HeaderValue::from_str(&text.value).is_err() {
            self.error(&text.at, "this can't stand in a `User-Agent`", "one line of text, not empty");
        }
    }
}

/// The door's options, without the addresses that the operator typed.
pub(super) fn options(http: Option<&raw::Http>, sites: &[SiteConfig]) -> http::Options {
    let Some(http) = http else { return http::Options::default() };
    let text = |written: &Option<At<String>>| written.as_ref().map(|text| text.value.clone());
    let contact = text(&http.contact).or_else(|| sites.first().map(|site| site.url.to_string()));
    let agent = text(&http.user_agent).or_else(|| contact.map(|contact| http::user_agent(contact.trim_start_matches("mailto:"))));
    http::Options {
        allow_networks: http.allow_networks.iter().flatten().map(|network| network.value).collect(),
        user_agent: agent.unwrap_or_else(|| http::USER_AGENT.to_owned()),
        ..http::Options::default()
    }
}
