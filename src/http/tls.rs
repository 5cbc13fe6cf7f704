//! TLS by rustls: the machine's own roots, or those built in where it has none.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::Error;
use super::access::Way;

/// A client's certificate with its chain, and its key.
type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// What all connections trust; read once.
#[derive(Clone)]
pub(super) struct Tls(Arc<RootCertStore>);

impl Tls {
    /// `SSL_CERT_FILE`, `SSL_CERT_DIR` and the system's folder are honoured, so that a company's own authority works; an image
    /// without certificates still reaches the public ones.
    pub(super) fn new() -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        Self(Arc::new(roots))
    }

    /// HTTP/2 where the server speaks it and `way` allows it, else HTTP/1.1.
    pub(super) fn config(&self, way: &Way) -> Result<ClientConfig, Error> {
        let setup = |why: String| Error::Setup { why };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| setup(error.to_string()))?
            .with_root_certificates(self.0.clone());
        let mut config = match &way.certificate {
            None => builder.with_no_client_auth(),
            Some(certificate) => {
                let (chain, key) = identity(certificate.0.reveal()).map_err(setup)?;
                builder.with_client_auth_cert(chain, key).map_err(|error| setup(error.to_string()))?
            }
        };
        config.alpn_protocols = if way.only_http1 { vec![b"http/1.1".to_vec()] } else { vec![b"h2".to_vec(), b"http/1.1".to_vec()] };
        Ok(config)
    }
}

/// Reads a certificate, its chain and its key from one PEM text; or says what is wrong with it.
pub(super) fn identity(pem: &str) -> Result<Identity, String> {
    let chain = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| format!("it is no PEM: {error}"))?;
    if chain.is_empty() {
        return Err("it holds no certificate (`-----BEGIN CERTIFICATE-----`)".to_owned());
    }
    // the parser's message may hold a piece of the key
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes());
    let key = key.map_err(|_| "it holds no private key that can be read (`-----BEGIN PRIVATE KEY-----`, not encrypted)".to_owned())?;
    rustls::crypto::ring::sign::any_supported_type(&key).map_err(|_| "its private key is of a kind that isn't supported".to_owned())?;
    Ok((chain, key))
}
