//! `[websub]`: where hubs reach us, and where we listen for them.

use url::{Host, Url};

use super::super::Websub;
use super::super::raw;
use super::Check;

impl Check {
    /// Nothing is listened to and nothing subscribed unless the public address is said.
    pub(super) fn websub(&mut self, websub: &mut raw::Websub, usual: raw::Websub) -> Option<Websub> {
        let listen = websub.listen.take();
        let Some(public) = websub.public_url.clone() else {
            if let Some(listen) = listen.as_ref().filter(|listen| usual.listen.as_ref().is_none_or(|usual| usual.value != listen.value)) {
                let hint = "add public_url = \"https://…\", the address under which hubs reach it, or take the line out";
                self.warn(&listen.at, "nothing listens there as long as there is no `public_url`", hint);
            }
            websub.listen = listen.or(usual.listen);
            return None;
        };
        websub.listen = listen.or(usual.listen);
        let mut url = public.value.0.clone();
        if url.query().is_some() || url.fragment().is_some() {
            self.error(&public.at, "`public_url` can't have a query or a fragment", "take out all from the `?` or `#` on");
            return None;
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        if is_of_this_machine(&url) {
            self.warn(&public.at, "no hub out there reaches this machine by that address", "write the address that others see");
        } else if url.scheme() != "https" {
            let hint = "put a web server with TLS in front: docs/operations.md shows how";
            self.warn(&public.at, "over plain http everybody on the way sees what hubs send", hint);
        }
        Some(Websub { public_url: url, listen: websub.listen.as_ref()?.value.0 })
    }
}

/// An address that leads nowhere but here.
fn is_of_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        None => false,
    }
}
