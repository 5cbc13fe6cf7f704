//! Names to addresses, with the guard's refusals left out.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::Guard;

/// Resolves by the system, and keeps only addresses that the guard lets through. As the connection is made to what comes out
/// here, a name can't turn to another address between the look and the use.
pub(super) struct Guarded(pub(super) Arc<Guard>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.0.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let mut refusal = None;
            let mut passed = Vec::with_capacity(found.len());
            for address in found {
                match guard.check(address.ip()) {
                    Ok(()) => passed.push(address),
                    Err(refused) => refusal = Some(refused),
                }
            }
            match refusal {
                Some(refusal) if passed.is_empty() => Err(refusal.into()),
                _ => Ok(Box::new(passed.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_gives_only_addresses_that_were_checked() {
        let resolve = |allow: &[&str]| {
            let guard = Guard::new(allow.iter().map(|net| net.parse().unwrap()).collect(), Vec::new());
            Guarded(Arc::new(guard)).resolve("localhost".parse().unwrap())
        };
        assert!(resolve(&[]).await.is_err(), "all that it means is private");
        // what comes out here is what is connected to: nobody resolves it again
        let passed: Vec<SocketAddr> = resolve(&["127.0.0.0/8"]).await.unwrap().collect();
        assert!(!passed.is_empty() && passed.iter().all(|address| address.ip().is_loopback() && address.is_ipv4()), "{passed:?}");
    }
}
