//! A small WebSub hub that does what the Recommendation asks of hubs: takes requests (5.1), verifies the intent (5.3) or denies
//! (5.2), and pushes what it is given, signed (7).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use url::{Url, form_urlencoded};

use super::server::{Answer, Request, Server};

/// What it does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Takes it, and verifies it with this lease in seconds.
    Verifies(u64),
    /// Takes it, and denies it then.
    Denies,
    /// Answers 503.
    IsDown,
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub mode: String,
    pub topic: String,
    pub callback: String,
    pub secret: Option<String>,
    pub at: Instant,
}

/// A running hub; it ends with the test's process.
pub struct Hub {
    server: Server,
    state: Arc<Mutex<State>>,
}

struct State {
    manner: Manner,
    asked: Vec<Asked>,
    /// Those whose intent was verified.
    subscribed: Vec<Asked>,
    /// What verifications were answered with.
    verified: Vec<(String, u16)>,
}

impl Hub {
    pub fn start(manner: Manner) -> Self {
        let state = Arc::new(Mutex::new(State { manner, asked: Vec::new(), subscribed: Vec::new(), verified: Vec::new() }));
        let inside = state.clone();
        let server = Server::start(move |request| answer(&inside, request));
        Self { server, state }
    }

    pub fn url(&self) -> String {
        self.server.url("/")
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().expect("the hub").asked.clone()
    }

    /// Those to whom it pushes.
    pub fn subscribed(&self) -> Vec<Asked> {
        self.state.lock().expect("the hub").subscribed.clone()
    }

    /// The mode of each verification, and the status that it was answered with.
    pub fn verified(&self) -> Vec<(String, u16)> {
        self.state.lock().expect("the hub").verified.clone()
    }

    /// Waits until this holds of the hub.
    pub fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < Duration::from_secs(60), "the hub never saw {what}: {:?}", self.asked());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Pushes a document to everyone who subscribed; the statuses that they answered with.
    pub fn push(&self, document: &str) -> Vec<u16> {
        let push =
            |to: Asked| push_to(&to, document.as_bytes(), &sign("sha256", to.secret.as_deref().unwrap_or(""), document.as_bytes())).0;
        self.subscribed().into_iter().map(push).collect()
    }
}

fn answer(state: &Arc<Mutex<State>>, request: &Request) -> Answer {
    let form: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
    let field = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let (Some(mode), Some(topic), Some(callback)) = (field("hub.mode"), field("hub.topic"), field("hub.callback")) else {
        return Answer::new(400, "text/plain", "hub.mode, hub.topic and hub.callback are required");
    };
    let asked = Asked { mode, topic, callback, secret: field("hub.secret"), at: Instant::now() };
    let manner = {
        let mut state = state.lock().expect("the hub");
        state.asked.push(asked.clone());
        state.manner
    };
    match manner {
        Manner::IsDown => return Answer::new(503, "text/plain", format!("no, {} is down", asked.callback)),
        Manner::Verifies(lease) => {
            let state = state.clone();
            thread::spawn(move || verify(&state, asked, lease));
        }
        Manner::Denies => {
            let query = [("hub.mode", "denied"), ("hub.topic", &asked.topic), ("hub.reason", "no such feed here")];
            let url = with_query(&asked.callback, &query);
            thread::spawn(move || call("GET", &url, &[], b""));
        }
    }
    Answer::new(202, "text/plain", "")
}

fn verify(state: &Mutex<State>, asked: Asked, lease: u64) {
    let challenge = format!("challenge {}", asked.callback.len());
    let lease = lease.to_string();
    let mut query = vec![("hub.mode", &*asked.mode), ("hub.topic", &*asked.topic), ("hub.challenge", &*challenge)];
    if asked.mode == "subscribe" {
        query.push(("hub.lease_seconds", &lease));
    }
    let (status, body) = call("GET", &with_query(&asked.callback, &query), &[], b"");
    let mut state = state.lock().expect("the hub");
    state.verified.push((asked.mode.clone(), status));
    if status == 200 && body == challenge {
        state.subscribed.retain(|known| known.callback != asked.callback);
        if asked.mode == "subscribe" {
            state.subscribed.push(asked);
        }
    }
}

/// The parameters behind those that are there.
pub fn with_query(callback: &str, query: &[(&str, &str)]) -> String {
    let mut url = Url::parse(callback).expect("a callback's address");
    url.query_pairs_mut().extend_pairs(query);
    url.into()
}

/// Pushes bytes to one callback.
pub fn push_to(to: &Asked, body: &[u8], signature: &str) -> (u16, String) {
    let links = format!("<https://hub.example/>; rel=\"hub\", <{}>; rel=\"self\"", to.topic);
    call("POST", &to.callback, &[("content-type", "application/rss+xml"), ("link", &links), ("x-hub-signature", signature)], body)
}

/// `X-Hub-Signature`'s value.
pub fn sign(method: &str, secret: &str, body: &[u8]) -> String {
    fn mac<M: Mac + KeyInit>(secret: &str, body: &[u8]) -> String {
        let mut mac = <M as KeyInit>::new_from_slice(secret.as_bytes()).expect("any key");
        mac.update(body);
        data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
    }
    let digits = match method {
        "sha1" => mac::<Hmac<Sha1>>(secret, body),
        "sha256" => mac::<Hmac<Sha256>>(secret, body),
        "sha384" => mac::<Hmac<Sha384>>(secret, body),
        _ => mac::<Hmac<Sha512>>(secret, body),
    };
    format!("{method}={digits}")
}

/// One request on a connection of its own; status 0 where there was no answer.
pub fn call(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, String) {
    let url = Url::parse(url).expect("an address");
    let address = (url.host_str().expect("a host"), url.port_or_known_default().expect("a port"));
    let target = &url[url::Position::BeforePath..];
    let mut head = format!("{method} {target} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n", address.0, body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let Ok(mut stream) = TcpStream::connect(address) else { return (0, String::new()) };
    // who refuses early closes before the body's end
    let _ = stream.write_all(format!("{head}\r\n").as_bytes()).and_then(|()| stream.write_all(body));
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned())
}
