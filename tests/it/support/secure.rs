//! A TLS server that asks for a client's certificate, with an authority of its own; and proxies that note what they pass on.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::server::{Answer, read_headers, read_line, read_request};

/// An authority that signs for one test.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate");
        Self { issuer }
    }

    /// Its own certificate, as PEM.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for a name and its key, as one PEM text.
    pub fn sign(&self, name: &str, purpose: ExtendedKeyUsagePurpose) -> String {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        format!("{}{}", certificate.pem(), key.serialize_pem())
    }
}

/// What one connection to the TLS server was like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// The client showed a certificate.
    pub certified: bool,
    /// The protocol that was agreed on.
    pub protocol: String,
}

/// A TLS server on loopback for the name `localhost` that answers every request with the same bytes.
pub struct SecureServer {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Handshake>>>,
}

impl SecureServer {
    /// Asks for a certificate of this authority, and takes clients without one, too.
    pub fn start(authority: &Authority, answer: Answer) -> Self {
        let pem = authority.sign("localhost", ExtendedKeyUsagePurpose::ServerAuth);
        let chain = CertificateDer::pem_slice_iter(pem.as_bytes()).map(|der| der.expect("PEM")).collect();
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).expect("PEM");
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).expect("PEM")).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let clients = rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the protocols are known")
            .with_client_cert_verifier(clients.allow_unauthenticated().build().expect("a verifier"))
            .with_single_cert(chain, key)
            .expect("the key fits");
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, log, answer) = (config.clone(), log.clone(), answer.clone());
                thread::spawn(move || serve(stream, config, &log, &answer));
            }
        });
        Self { address, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    pub fn seen(&self) -> Vec<Handshake> {
        self.seen.lock().expect("the log").clone()
    }
}

fn serve(mut stream: TcpStream, config: Arc<rustls::ServerConfig>, log: &Mutex<Vec<Handshake>>, answer: &Answer) {
    let mut tls = rustls::ServerConnection::new(config).expect("a connection");
    while tls.is_handshaking() {
        if tls.complete_io(&mut stream).is_err() {
            return;
        }
    }
    let protocol = String::from_utf8_lossy(tls.alpn_protocol().unwrap_or_default()).into_owned();
    log.lock().expect("the log").push(Handshake { certified: tls.peer_certificates().is_some(), protocol: protocol.clone() });
    if protocol == "h2" {
        // this server can't speak it: a client that wanted it sees a cut line
        return;
    }
    let mut stream = BufReader::new(rustls::StreamOwned::new(tls, stream));
    while read_request(&mut stream).is_some() {
        let mut head = format!("HTTP/1.1 {} Status\r\n", answer.status);
        answer.headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        head.push_str(&format!("content-length: {}\r\n\r\n", answer.body.len()));
        let bytes = [head.as_bytes(), &answer.body].concat();
        if stream.get_mut().write_all(&bytes).and_then(|()| stream.get_mut().flush()).is_err() {
            return;
        }
    }
}

/// A proxy that connects where it is asked to, by `CONNECT` or SOCKS 5, and notes where that was and who asked; names all lead to
/// 127.0.0.1.
pub struct Tunnel {
    pub address: SocketAddr,
    /// `paper.example:443 as Basic bWU6…`
    seen: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    /// Speaks HTTP/1.1's `CONNECT`.
    pub fn http() -> Self {
        Self::start(connect)
    }

    /// Speaks SOCKS 5 (RFC 1928) with user and password (RFC 1929).
    pub fn socks() -> Self {
        Self::start(socks)
    }

    fn start(greet: fn(&mut TcpStream) -> Option<(String, u16, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let log = log.clone();
                thread::spawn(move || {
                    let (host, port, user) = greet(&mut stream)?;
                    log.lock().expect("the log").push(format!("{host}:{port} as {user}"));
                    join(stream, TcpStream::connect(("127.0.0.1", port)).ok()?);
                    Some(())
                });
            }
        });
        Self { address, seen }
    }

    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("the log").clone()
    }
}

fn connect(stream: &mut TcpStream) -> Option<(String, u16, String)> {
    let mut reader = BufReader::with_capacity(1, stream.try_clone().ok()?);
    let line = read_line(&mut reader)?;
    let headers = read_headers(&mut reader)?;
    let user = headers.iter().find(|(name, _)| name == "proxy-authorization").map(|(_, value)| value.clone()).unwrap_or_default();
    let (host, port) = line.strip_prefix("CONNECT ")?.split_once(' ')?.0.rsplit_once(':')?;
    stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").ok()?;
    Some((host.to_owned(), port.parse().ok()?, user))
}

fn socks(stream: &mut TcpStream) -> Option<(String, u16, String)> {
    let take = |stream: &mut TcpStream, count: usize| {
        let mut bytes = vec![0; count];
        stream.read_exact(&mut bytes).ok().map(|()| bytes)
    };
    let methods = usize::from(take(stream, 2)?[1]);
    take(stream, methods)?;
    stream.write_all(&[5, 2]).ok()?;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).ok();
    let length = usize::from(take(stream, 2)?[1]);
    let user = text(take(stream, length)?)?;
    let length = usize::from(take(stream, 1)?[0]);
    let password = text(take(stream, length)?)?;
    stream.write_all(&[1, 0]).ok()?;
    let head = take(stream, 5)?;
    // 3: a name, as it is for a proxy that resolves
    if head[3] != 3 {
        return None;
    }
    let host = text(take(stream, usize::from(head[4]))?)?;
    let port = take(stream, 2)?;
    stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).ok()?;
    Some((host, u16::from_be_bytes([port[0], port[1]]), format!("{user}:{password}")))
}

/// Copies both ways until both have ended.
fn join(client: TcpStream, server: TcpStream) {
    let (mut from_client, mut to_server) = (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
    thread::spawn(move || std::io::copy(&mut from_client, &mut to_server).map(|_| to_server.shutdown(std::net::Shutdown::Write)));
    let (mut from_server, mut to_client) = (server, client);
    std::io::copy(&mut from_server, &mut to_client).ok();
    to_client.shutdown(std::net::Shutdown::Write).ok();
}
