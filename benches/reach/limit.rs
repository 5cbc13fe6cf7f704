//! The limit: threads that do nothing but send a request made beforehand and read the answer to its end.

use std::io::{Read, Write};
use std::net::{SocketAddrV4, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::server::{ETAG, address};

const THREADS: usize = 16;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    Document,
    Unchanged,
}

/// What becomes of connections.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// A new one for each request.
    New,
    /// One for each thread.
    Kept,
}

/// Requests a second, over all feeds.
pub fn measure(port: u16, feeds: usize, ask: Ask, lines: Lines) -> Result<f64> {
    let next = AtomicUsize::new(0);
    let worker = || -> Result<()> {
        let mut kept: Option<TcpStream> = None;
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= feeds {
                return Ok(());
            }
            let mut stream = match kept.take() {
                Some(stream) => stream,
                None => TcpStream::connect(SocketAddrV4::new(address(n), port))?,
            };
            let condition = if ask == Ask::Unchanged { format!("If-None-Match: {ETAG}\r\n") } else { String::new() };
            stream.write_all(format!("GET /feed HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n{condition}\r\n").as_bytes())?;
            exchange(&mut stream, &mut buffer, ask)?;
            if lines == Lines::Kept {
                kept = Some(stream);
            }
        }
    };
    let start = Instant::now();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("a loop without panics"))
    })?;
    Ok(feeds as f64 / start.elapsed().as_secs_f64())
}

/// Reads one answer to its end.
fn exchange(stream: &mut TcpStream, buffer: &mut [u8], ask: Ask) -> Result<()> {
    let mut filled = 0;
    let end = loop {
        let count = stream.read(&mut buffer[filled..])?;
        ensure!(count > 0, "the server closed the line");
        filled += count;
        if let Some(at) = buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let head = std::str::from_utf8(&buffer[..end])?;
    if ask == Ask::Unchanged {
        ensure!(head.starts_with("HTTP/1.1 304"), "it said {head}");
        return Ok(());
    }
    let (_, length) = head.split_once("Content-Length: ").context("a length")?;
    let length: usize = length.split("\r\n").next().context("a length")?.parse()?;
    while filled < end + length {
        let count = stream.read(&mut buffer[filled..])?;
        ensure!(count > 0, "the server closed the line");
        filled += count;
    }
    Ok(())
}
