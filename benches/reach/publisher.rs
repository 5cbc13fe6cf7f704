//! A publisher for many feeds: one listener for each address, answers made beforehand, ETags honoured.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is served under one path.
pub struct Document {
    pub kind: &'static str,
    pub body: Bytes,
}

/// Serves for as long as the program runs.
pub struct Publisher {
    pub port: u16,
    /// How often it sent a document, and how often it said 304.
    sent: AtomicUsize,
    unchanged: AtomicUsize,
    documents: HashMap<String, Document>,
}

/// All documents have the same: only sameness counts.
const ETAG: &str = "\"the only one\"";

impl Publisher {
    /// Listens on one free port of all these addresses.
    pub async fn start(addresses: &[Ipv4Addr], documents: impl FnOnce(u16) -> HashMap<String, Document>) -> Result<Arc<Self>> {
        let first = TcpListener::bind((addresses[0], 0)).await?;
        let port = first.local_addr()?.port();
        let mut listeners = vec![first];
        for address in &addresses[1..] {
            listeners.push(TcpListener::bind((*address, port)).await.with_context(|| format!("can't listen on {address}:{port}"))?);
        }
        let documents = documents(port);
        let publisher = Arc::new(Self { port, sent: AtomicUsize::new(0), unchanged: AtomicUsize::new(0), documents });
        for listener in listeners {
            let publisher = publisher.clone();
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let publisher = publisher.clone();
                    tokio::spawn(async move { publisher.serve(stream).await });
                }
            });
        }
        Ok(publisher)
    }

    /// Documents sent and 304s since the last time that this was asked.
    pub fn counted(&self) -> (usize, usize) {
        (self.sent.swap(0, Ordering::Relaxed), self.unchanged.swap(0, Ordering::Relaxed))
    }

    /// Answers requests without bodies until the line ends.
    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut read = Vec::new();
        loop {
            let end = loop {
                if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                    break at + 4;
                }
                if stream.read_buf(&mut read).await? == 0 {
                    return Ok(());
                }
            };
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            read.drain(..end);
            let path = head.split_whitespace().nth(1).unwrap_or_default();
            let Some(document) = self.documents.get(path) else {
                stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await?;
                continue;
            };
            if head.lines().any(|line| line.to_ascii_lowercase().starts_with("if-none-match:") && line.contains(ETAG)) {
                self.unchanged.fetch_add(1, Ordering::Relaxed);
                stream.write_all(format!("HTTP/1.1 304 Not Modified\r\nETag: {ETAG}\r\n\r\n").as_bytes()).await?;
                continue;
            }
            self.sent.fetch_add(1, Ordering::Relaxed);
            let Document { kind, body } = document;
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nETag: {ETAG}\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(body).await?;
        }
    }
}
