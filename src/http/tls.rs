//! TLS by rustls: the machine's own roots, or those built in where it has none.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use super::Error;

/// HTTP/2 where the server speaks it, else HTTP/1.1.
pub(super) fn config() -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Setup { why: error.to_string() })?
        .with_root_certificates(roots())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// `SSL_CERT_FILE`, `SSL_CERT_DIR` and the system's folder are honoured, so that a company's own authority works; an image
/// without certificates still reaches the public ones.
fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}
