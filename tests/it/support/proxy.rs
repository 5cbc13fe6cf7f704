//! A proxy in front of a real WordPress that does to requests what networks and shared hosts do.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::server::{Answer, Request};

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is passed on, and the line is cut this long after; WordPress works on.
    CutAfter(Duration),
    /// WordPress answers, and the answer is thrown away.
    CutAfterCommit,
    /// WordPress does it, and the answer is replaced.
    DoneBut(u16, &'static str, &'static str),
    /// WordPress never sees it.
    NotDone(u16, &'static str, &'static str, Option<u32>),
    /// WordPress does it, and no answer ever comes.
    Hang,
    /// A fault of the test plug-in's: WordPress itself gives the answer.
    Wordpress(&'static str),
}

type Choose = dyn Fn(&Request, usize) -> Option<Fault> + Send + Sync;

/// A running proxy.
pub struct Proxy {
    pub address: SocketAddr,
    /// Every fault that struck, with the request's first line.
    pub struck: Arc<Mutex<Vec<(String, Fault)>>>,
    count: Arc<AtomicUsize>,
    busy: Arc<AtomicUsize>,
}

impl Proxy {
    /// Passes everything on to `upstream` (`127.0.0.1:8068`) but for what `choose(request, count)` picks; `count` is how many
    /// requests came before this one.
    pub fn start(upstream: String, choose: impl Fn(&Request, usize) -> Option<Fault> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let choose: Arc<Choose> = Arc::new(choose);
        let count = Arc::new(AtomicUsize::new(0));
        let struck = Arc::new(Mutex::new(Vec::new()));
        let busy = Arc::new(AtomicUsize::new(0));
        let proxy = Self { address, struck: struck.clone(), count: count.clone(), busy: busy.clone() };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (upstream, choose, count, log) = (upstream.clone(), choose.clone(), count.clone(), struck.clone());
                let busy = busy.clone();
                thread::spawn(move || relay(stream, &Upstream { at: upstream, own: address, busy }, &*choose, &count, &log));
            }
        });
        proxy
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Waits until the site is at work on no request any more, whether or not anybody waits for its answer.
    pub fn wait_until_idle(&self) {
        while self.busy.load(Ordering::SeqCst) > 0 {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The site behind.
#[derive(Clone)]
struct Upstream {
    at: String,
    own: SocketAddr,
    /// Requests that it is at work on.
    busy: Arc<AtomicUsize>,
}

impl Upstream {
    /// One request more, until what this answers is dropped.
    fn begin(&self) -> Busy {
        self.busy.fetch_add(1, Ordering::SeqCst);
        Busy(self.busy.clone())
    }
}

struct Busy(Arc<AtomicUsize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn relay(stream: TcpStream, upstream: &Upstream, choose: &Choose, count: &AtomicUsize, log: &Mutex<Vec<(String, Fault)>>) {
    let cut = stream.try_clone().expect("a second handle");
    super::server::serve(stream, move |request| {
        let fault = choose(request, count.fetch_add(1, Ordering::SeqCst));
        if let Some(fault) = fault {
            log.lock().expect("the log").push((format!("{} {}", request.method, request.target), fault));
        }
        match fault {
            None => forward(request, upstream),
            Some(Fault::Wordpress(fault)) => {
                let mut request = request.clone();
                request.headers.push(("x-wirepress-test".into(), fault.into()));
                forward(&request, upstream)
            }
            Some(Fault::CutAfter(span)) => {
                let (request, upstream) = (request.clone(), upstream.clone());
                let begun = upstream.begin();
                thread::spawn(move || {
                    forward(&request, &upstream);
                    drop(begun);
                });
                thread::sleep(span);
                cut.shutdown(Shutdown::Both).ok();
                None
            }
            Some(Fault::CutAfterCommit) => {
                forward(request, upstream);
                cut.shutdown(Shutdown::Both).ok();
                None
            }
            Some(Fault::DoneBut(status, mime, body)) => {
                forward(request, upstream);
                Some(Answer::new(status, mime, body))
            }
            Some(Fault::NotDone(status, mime, body, retry_after)) => {
                let answer = Answer::new(status, mime, body);
                Some(match retry_after {
                    Some(seconds) => answer.with("retry-after", &seconds.to_string()),
                    None => answer,
                })
            }
            Some(Fault::Hang) => {
                forward(request, upstream);
                thread::sleep(Duration::from_secs(600));
                None
            }
        }
    });
}

/// Passes the request on; addresses of the site in the answer become the proxy's.
fn forward(request: &Request, upstream: &Upstream) -> Option<Answer> {
    let _busy = upstream.begin();
    let own = upstream.own;
    let upstream = upstream.at.as_str();
    let mut stream = TcpStream::connect(upstream).ok()?;
    let mut bytes = format!("{} {} HTTP/1.1\r\nhost: {upstream}\r\nconnection: close\r\n", request.method, request.target).into_bytes();
    for (name, value) in &request.headers {
        if !["host", "connection", "content-length", "transfer-encoding", "accept-encoding"].contains(&name.as_str()) {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", request.body.len()).as_bytes());
    bytes.extend_from_slice(&request.body);
    stream.write_all(&bytes).ok()?;
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw).ok()?;
    Some(rewrite(parse_answer(&raw)?, upstream, own))
}

fn parse_answer(raw: &[u8]) -> Option<Answer> {
    let split = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (status, mut headers) = parse_head(&raw[..split + 2])?;
    let mut body = raw[split + 4..].to_vec();
    if headers.iter().any(|(name, value)| name == "transfer-encoding" && value.contains("chunked")) {
        body = unchunk(&body)?;
    }
    headers.retain(|(name, _)| !["connection", "content-length", "transfer-encoding"].contains(&name.as_str()));
    Some(Answer { status: status.parse().ok()?, headers, body })
}

fn parse_head(head: &[u8]) -> Option<(String, Vec<(String, String)>)> {
    let mut reader = head;
    let first = super::server::read_line(&mut reader)?;
    let status = first.split(' ').nth(1)?.to_owned();
    let text = String::from_utf8_lossy(reader);
    let headers = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    Some((status, headers.collect()))
}

fn unchunk(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(bytes.get(end + 2..end + 2 + size)?);
        bytes = bytes.get(end + 4 + size..)?;
    }
}

fn rewrite(mut answer: Answer, upstream: &str, own: SocketAddr) -> Answer {
    let own = own.to_string();
    for (_, value) in &mut answer.headers {
        *value = value.replace(upstream, &own);
    }
    if let Ok(text) = std::str::from_utf8(&answer.body) {
        answer.body = text.replace(upstream, &own).into_bytes();
    }
    answer
}
