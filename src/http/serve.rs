//! A small HTTP/1.1 server for those who have to call us: one request a connection, all of it under limits.
//!
//! It is given what answers a request and what ends it. A request's body is read only when the one who answers asks for it, so
//! that a stranger's body costs nothing. Connections beyond the most are closed at once.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::body::unpack;
use super::limits::Limits;

/// Connections at once.
const MOST: usize = 128;
/// The request's head has to be there within this.
const HEAD: Duration = Duration::from_secs(10);
/// A connection ends after this, answered or not; besides the head and the body that is the time to answer.
const WHOLE: Duration = Duration::from_secs(90);
/// After the end is asked for, requests under way are given so long.
const GRACE: Duration = Duration::from_secs(5);
/// After an error of the listener (no file descriptors left), it rests.
const REST: Duration = Duration::from_millis(200);
/// Headers of one request, and bytes of its whole head.
const HEADERS: usize = 64;
const HEAD_BYTES: usize = 16 * 1024;

/// A socket that is listened at.
#[derive(Debug)]
pub struct Listener {
    inner: TcpListener,
    address: SocketAddr,
}

/// The address can't be listened at.
#[derive(Debug, thiserror::Error)]
#[error("`{address}` can't be listened at: {cause}")]
pub struct ListenError {
    address: SocketAddr,
    cause: std::io::Error,
}

/// A request as it came; its body is still on the line.
pub struct Call {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    body: Incoming,
}

/// A request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallBody {
    /// As it came, to which a signature belongs.
    pub raw: Bytes,
    /// All content codings undone.
    pub unpacked: Bytes,
}

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("it is too large")]
    TooLarge,
    #[error("it came too slowly")]
    TooSlow,
    #[error("the line was cut")]
    Cut,
    #[error("its content coding can't be undone")]
    Coding,
}

/// An answer: a status and a little plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: StatusCode,
    pub text: String,
}

impl Reply {
    /// A status with a text of its own words.
    pub fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }
}

impl Listener {
    /// Begins to listen; who calls waits until [`Listener::serve`].
    pub async fn bind(address: SocketAddr) -> Result<Self, ListenError> {
        let failed = |cause| ListenError { address, cause };
        let inner = TcpListener::bind(address).await.map_err(failed)?;
        let address = inner.local_addr().map_err(failed)?;
        Ok(Self { inner, address })
    }

    /// Where it listens: with port 0 the system has chosen one.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `stop` is done; then takes no new ones and gives those under way a moment.
    pub async fn serve<A, F>(self, answer: A, stop: impl Future<Output = ()>)
    where
        A: Fn(Call) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Reply> + Send + 'static,
    {
        let places = Arc::new(Semaphore::new(MOST));
        let mut connections = JoinSet::new();
        tokio::pin!(stop);
        loop {
            let stream = tokio::select! {
                () = &mut stop => break,
                _ = connections.join_next(), if !connections.is_empty() => continue,
                accepted = self.inner.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::debug!(%error, "a connection could not be taken");
                        tokio::time::sleep(REST).await;
                        continue;
                    }
                },
            };
            let Ok(place) = places.clone().try_acquire_owned() else { continue };
            let answer = answer.clone();
            connections.spawn(async move {
                if tokio::time::timeout(WHOLE, connection(stream, answer)).await.is_err() {
                    tracing::debug!("a caller's connection took too long");
                }
                drop(place);
            });
        }
        drop(self.inner);
        let ended = async { while connections.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(GRACE, ended).await;
        connections.shutdown().await;
    }
}

async fn connection<A, F>(stream: TcpStream, answer: A)
where
    A: Fn(Call) -> F + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (head, body) = request.into_parts();
        let (path, query) = (head.uri.path().to_owned(), head.uri.query().unwrap_or("").to_owned());
        let reply = answer(Call { method: head.method, path, query, headers: head.headers, body });
        async move {
            let Reply { status, text } = reply.await;
            let mut response = hyper::Response::new(Full::new(Bytes::from(text)));
            *response.status_mut() = status;
            // what is told back is nobody's page, whatever it says
            for (name, value) in
                [(CONTENT_TYPE, "text/plain; charset=utf-8"), (X_CONTENT_TYPE_OPTIONS, "nosniff"), (CACHE_CONTROL, "no-store")]
            {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            Ok::<_, std::convert::Infallible>(response)
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_headers(HEADERS)
        .max_buf_size(HEAD_BYTES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a caller's connection ended early");
    }
}

impl Call {
    /// Reads the body, under the sizes of `limits` and its `total` time.
    pub async fn body(self, limits: Limits) -> Result<CallBody, BodyError> {
        tokio::time::timeout(limits.total, self.read(limits)).await.unwrap_or(Err(BodyError::TooSlow))
    }

    async fn read(mut self, limits: Limits) -> Result<CallBody, BodyError> {
        if self.body.size_hint().lower() > limits.wire {
            return Err(BodyError::TooLarge);
        }
        let mut raw = Vec::new();
        while let Some(frame) = self.body.frame().await {
            let Ok(data) = frame.map_err(|_| BodyError::Cut)?.into_data() else { continue };
            if (raw.len() + data.len()) as u64 > limits.wire {
                return Err(BodyError::TooLarge);
            }
            raw.extend_from_slice(&data);
        }
        let raw = Bytes::from(raw);
        let unpacked = unpack(&self.headers, &raw, limits.decoded).await?.map_or_else(|| raw.clone(), Bytes::from);
        Ok(CallBody { raw, unpacked })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    use super::*;

    const SMALL: Limits = Limits { first_byte: Duration::from_secs(1), total: Duration::from_millis(300), wire: 1_000, decoded: 2_000 };

    /// A server that tells what it was asked, and what ends it.
    async fn server() -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (address, (stop, stopped)) = (listener.address(), oneshot::channel());
        let answer = |call: Call| async move {
            let asked = format!("{} {}?{}", call.method, call.path, call.query);
            match call.body(SMALL).await {
                Ok(body) => Reply::new(StatusCode::OK, format!("{asked} {} {}", body.raw.len(), String::from_utf8_lossy(&body.unpacked))),
                Err(error) => Reply::new(StatusCode::BAD_REQUEST, error.to_string()),
            }
        };
        let running = tokio::spawn(listener.serve(answer, async { drop(stopped.await) }));
        (address, stop, running)
    }

    /// Sends these bytes and reads to the end of the connection.
    async fn said(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        // a connection that is cut has said what it had to say
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    fn body(answer: &str) -> &str {
        answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    #[tokio::test]
    async fn a_call_is_answered_as_plain_text_and_its_connection_closed() {
        let (address, _stop, _running) = server().await;
        let answer = said(address, b"GET /a/b?hub.mode=x HTTP/1.1\r\nhost: a\r\n\r\n").await.to_ascii_lowercase();
        assert!(answer.starts_with("http/1.1 200 ok\r\n"), "{answer}");
        for header in ["content-type: text/plain; charset=utf-8", "x-content-type-options: nosniff", "connection: close"] {
            assert!(answer.contains(header), "{answer}");
        }
        assert_eq!(body(&answer), "get /a/b?hub.mode=x 0 ");
    }

    #[tokio::test]
    async fn a_body_is_read_unpacked_and_kept_as_it_came() {
        use async_compression::tokio::write::GzipEncoder;
        let mut encoder = GzipEncoder::new(Vec::new());
        encoder.write_all(b"hello hello hello hello hello hello").await.unwrap();
        encoder.shutdown().await.unwrap();
        let packed = encoder.into_inner();
        let (address, _stop, _running) = server().await;
        let mut request =
            format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", packed.len()).into_bytes();
        request.extend_from_slice(&packed);
        let expected = format!("POST /? {} hello hello hello hello hello hello", packed.len());
        assert_eq!(body(&said(address, &request).await), expected);
    }

    #[tokio::test]
    async fn bodies_that_are_too_large_too_slow_or_broken_are_cut_off() {
        let (address, _stop, _running) = server().await;
        let mut bomb = async_compression::tokio::write::GzipEncoder::new(Vec::new());
        bomb.write_all(&[b'x'; 100_000]).await.unwrap();
        bomb.shutdown().await.unwrap();
        let bomb = bomb.into_inner();
        let chunk = "x".repeat(600);
        for (request, expected) in [
            ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1001\r\n\r\n".as_bytes().to_vec(), "it is too large"),
            (
                format!("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n258\r\n{chunk}\r\n258\r\n{chunk}\r\n0\r\n\r\n")
                    .into_bytes(),
                "it is too large",
            ),
            (
                [
                    format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", bomb.len()).as_bytes(),
                    &bomb,
                ]
                .concat(),
                "it is too large",
            ),
            (b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nslow".to_vec(), "it came too slowly"),
            (
                b"POST / HTTP/1.1\r\nhost: a\r\ncontent-encoding: lzma\r\ncontent-length: 1\r\n\r\nx".to_vec(),
                "its content coding can't be undone",
            ),
        ] {
            let answer = said(address, &request).await;
            assert_eq!(body(&answer), expected, "{answer}");
        }
    }

    #[tokio::test]
    async fn what_is_no_request_is_answered_by_nobody() {
        let (address, _stop, _running) = server().await;
        for request in [&b"\x16\x03\x01\x02\x00"[..], b"GET\r\n\r\n", &[b'x'; 40_000]] {
            let answer = said(address, request).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        }
        assert!(said(address, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.starts_with("HTTP/1.1 200"));
    }

    #[tokio::test]
    async fn connections_beyond_the_most_are_closed_and_the_others_served() {
        let (address, _stop, _running) = server().await;
        let mut held = Vec::new();
        for _ in 0..MOST {
            held.push(TcpStream::connect(address).await.unwrap());
        }
        assert_eq!(said(address, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await, "");
        held[0].write_all(b"GET /one HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        held[0].read_to_string(&mut answer).await.unwrap();
        assert_eq!(body(&answer), "GET /one? 0 ");
    }

    #[tokio::test]
    async fn an_end_is_an_end() {
        let (address, stop, running) = server().await;
        stop.send(()).unwrap();
        running.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
