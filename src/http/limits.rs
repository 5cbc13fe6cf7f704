//! How long a request may take and how much it may bring.

use std::time::Duration;

/// A connection (name, TCP and TLS together) has to stand within this.
pub const CONNECT: Duration = Duration::from_secs(10);
/// Redirects that one request may follow.
pub const HOPS: usize = 5;
/// An unused connection is kept this long for the next request to the same host.
pub const IDLE: Duration = Duration::from_secs(30);
/// Unused connections kept for one host.
pub const IDLE_PER_HOST: usize = 8;

const MB: u64 = 1024 * 1024;

/// The limits of one request. [`CONNECT`] stands beside them and is the same for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the start of a hop (connecting and sending included) to the end of its response's headers.
    pub first_byte: Duration,
    /// From the start to the last byte, redirects included.
    pub total: Duration,
    /// Bytes of a response's body as they come over the line.
    pub wire: u64,
    /// Bytes of a response's body after all content codings are undone.
    pub decoded: u64,
}

impl Limits {
    /// A feed document. 10 MB of `<item/>` cost a parser 770 MB, so nothing larger comes near it; see also the caps of `poll`.
    pub const FEED: Self = Self { first_byte: Duration::from_secs(20), total: Duration::from_secs(60), wire: 10 * MB, decoded: 10 * MB };
    /// A picture.
    pub const IMAGE: Self = Self { first_byte: Duration::from_secs(20), total: Duration::from_secs(60), wire: 10 * MB, decoded: 10 * MB };
    /// A web page.
    pub const PAGE: Self = Self { first_byte: Duration::from_secs(20), total: Duration::from_secs(60), wire: 10 * MB, decoded: 10 * MB };
    /// A WordPress REST answer: a batch of 25 posts with their content, on a slow shared host, may take long and be large.
    pub const WORDPRESS: Self =
        Self { first_byte: Duration::from_secs(60), total: Duration::from_secs(60), wire: 32 * MB, decoded: 64 * MB };

    /// The same sizes with one time limit for all of the request.
    pub fn within(self, span: Duration) -> Self {
        Self { first_byte: span, total: span, ..self }
    }
}
