//! The publisher of 2,000 feeds, in a process of its own: what it costs is not wirepress's.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use async_compression::tokio::bufread::GzipEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::corpus::Corpus;

/// The argument that makes this program the server; the number of feeds follows.
pub const VERB: &str = "serve";
/// Larger ones are left out: half of what would cross the line would be a handful of documents.
const LARGEST: usize = 150_000;

/// All documents have the same: only sameness counts.
pub const ETAG: &str = "\"the only one\"";

/// The address of feed `n`: a loopback address of its own, as spacing and back-off count by host.
pub fn address(n: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 10, (n / 250) as u8, (n % 250 + 1) as u8)
}

/// The running server.
pub struct Server {
    child: Child,
    pub port: u16,
    /// Bytes of all feeds' documents, as they are read.
    pub bytes: usize,
    pub origin: String,
}

impl Server {
    pub fn start(feeds: usize) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.args([VERB, &feeds.to_string()]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("its output")?).read_line(&mut line)?;
        let mut words = line.trim().splitn(3, ' ');
        let mut next = || words.next().with_context(|| format!("the server said `{line}`"));
        Ok(Self { child, port: next()?.parse()?, bytes: next()?.parse()?, origin: next()?.to_owned() })
    }

    /// Documents sent and 304s since the last time that this was asked.
    pub fn counted(&self) -> Result<(usize, usize)> {
        let mut stream = TcpStream::connect(SocketAddrV4::new(address(0), self.port))?;
        stream.write_all(b"GET /counted HTTP/1.1\r\n\r\n")?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        let (sent, unchanged) = line.trim().split_once(' ').context("two numbers")?;
        Ok((sent.parse()?, unchanged.parse()?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // nothing more can be done about one that doesn't end
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Every answer, made beforehand.
struct Answers {
    /// Head and packed document; feed `n` has the `n % len`th.
    documents: Vec<Vec<u8>>,
    unchanged: Vec<u8>,
    sent: AtomicUsize,
    not_modified: AtomicUsize,
}

/// Is the server, until it is killed.
pub async fn serve(feeds: usize) -> Result<()> {
    let corpus = Corpus::load()?;
    let mut documents = Vec::new();
    let mut sizes = Vec::new();
    for feed in corpus.feeds.iter().filter(|feed| feed.text.len() <= LARGEST) {
        let mut packed = Vec::new();
        GzipEncoder::new(&*feed.text).read_to_end(&mut packed).await?;
        let kind = if feed.text.trim_ascii_start().starts_with(b"{") { "application/feed+json" } else { "application/xml" };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nETag: {ETAG}\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            packed.len()
        );
        documents.push([head.into_bytes(), packed].concat());
        sizes.push(feed.text.len());
    }
    let bytes: usize = (0..feeds).map(|n| sizes[n % sizes.len()]).sum();
    let unchanged = format!("HTTP/1.1 304 Not Modified\r\nETag: {ETAG}\r\n\r\n").into_bytes();
    let answers = Arc::new(Answers { documents, unchanged, sent: AtomicUsize::new(0), not_modified: AtomicUsize::new(0) });

    let first = TcpListener::bind((address(0), 0)).await?;
    let port = first.local_addr()?.port();
    let mut listeners = vec![first];
    for n in 1..feeds {
        let address = address(n);
        listeners.push(TcpListener::bind((address, port)).await.with_context(|| format!("can't listen on {address}:{port}"))?);
    }
    for (n, listener) in listeners.into_iter().enumerate() {
        let answers = answers.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answers = answers.clone();
                tokio::spawn(async move { answers.talk(n, stream).await });
            }
        });
    }
    println!("{port} {bytes} {}", corpus.origin);
    std::future::pending().await
}

impl Answers {
    /// Answers requests without bodies until the line ends.
    async fn talk(&self, n: usize, mut stream: tokio::net::TcpStream) -> std::io::Result<()> {
        let mut read = Vec::with_capacity(1024);
        loop {
            while !read.ends_with(b"\r\n\r\n") {
                if stream.read_buf(&mut read).await? == 0 {
                    return Ok(());
                }
            }
            if read.starts_with(b"GET /counted ") {
                let counts = (self.sent.swap(0, Ordering::Relaxed), self.not_modified.swap(0, Ordering::Relaxed));
                return stream.write_all(format!("{} {}\n", counts.0, counts.1).as_bytes()).await;
            }
            if read.windows(ETAG.len()).any(|part| part == ETAG.as_bytes()) {
                self.not_modified.fetch_add(1, Ordering::Relaxed);
                stream.write_all(&self.unchanged).await?;
            } else {
                self.sent.fetch_add(1, Ordering::Relaxed);
                stream.write_all(&self.documents[n % self.documents.len()]).await?;
            }
            read.clear();
        }
    }
}
