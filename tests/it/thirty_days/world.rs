//! The scripted server: 200 feeds on addresses of their own, on a clock that the test moves, and a log of what was asked.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wirepress::clock::Clock;
use wirepress::domain::Timestamp;

pub const HOUR: Duration = Duration::from_secs(3_600);
pub const DAY: Duration = Duration::from_secs(86_400);
/// A Monday, 2026-06-01T00:00:00Z.
pub const START: Timestamp = Timestamp::from_unix(1_780_272_000);

/// One scripted feed.
pub struct Feed {
    pub name: String,
    /// What it shows; feeds of one kind are checked alike.
    pub kind: &'static str,
    pub address: Ipv4Addr,
    /// Another than the server's: nobody is there.
    pub port: Option<u16>,
    pub path: String,
    /// More lines of its `[[feed]]`.
    pub config: &'static str,
    /// Between two entries; each has a number, counted from [`START`].
    pub entry_every: Duration,
    /// Entries in its document.
    pub window: u64,
    pub is_dated: bool,
    /// What stands in the channel beside the entries.
    pub channel: &'static str,
    pub validators: Given,
    pub on_200: Vec<(&'static str, String)>,
    pub on_304: Vec<(&'static str, String)>,
    /// An answer of its own, where it has one.
    pub script: Script,
}

/// What an answer may be instead of the document.
pub type Script = Box<dyn Fn(&Ask) -> Option<Answer> + Send + Sync>;

/// Which validators its documents have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Given {
    Both,
    Etag,
    Modified,
    /// Both for five days, then none any more.
    Vanishing,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    pub feed: usize,
    pub at: Timestamp,
    pub method: String,
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub status: u16,
    /// The validators that the answer had.
    pub etag: Option<String>,
    pub modified: Option<String>,
}

impl Ask {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Since the simulation's beginning.
    pub fn age(&self) -> Duration {
        self.at.since(START)
    }
}

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Answer {
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

pub struct World {
    pub feeds: Vec<Feed>,
    pub clock: Clock,
    pub port: u16,
    log: Mutex<Vec<Ask>>,
    busy: Vec<AtomicUsize>,
    /// The most requests that were under way at once at one address that several feeds share.
    pub peak: AtomicUsize,
}

impl World {
    /// Serves all feeds until the test ends.
    pub async fn start(feeds: Vec<Feed>, clock: Clock) -> Arc<Self> {
        let listener = TcpListener::bind("0.0.0.0:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let busy = feeds.iter().map(|_| AtomicUsize::new(0)).collect();
        let world = Arc::new(Self { feeds, clock, port, log: Mutex::default(), busy, peak: AtomicUsize::new(0) });
        let serving = world.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(serving.clone(), stream));
            }
        });
        world
    }

    pub fn log(&self) -> Vec<Ask> {
        self.log.lock().expect("the log").clone()
    }

    /// The requests of one feed, in order.
    pub fn asked(&self, feed: usize) -> Vec<Ask> {
        self.log.lock().expect("the log").iter().filter(|ask| ask.feed == feed).cloned().collect()
    }

    pub fn count(&self) -> usize {
        self.log.lock().expect("the log").len()
    }

    pub fn config(&self) -> String {
        let feeds = self.feeds.iter().map(|feed| {
            let Feed { name, address, path, config, .. } = feed;
            let port = feed.port.unwrap_or(self.port);
            format!("[[feed]]\nname = \"{name}\"\nurl = \"http://{address}:{port}{path}\"\n{config}\n")
        });
        let site = "[[site]]\nname = \"blog\"\nurl = \"https://blog.example/\"\nuser = \"u\"\npassword = { env = \"X\" }\n";
        format!("[http]\ndomain_gap = \"1ms\"\n[defaults]\nbackfill = 0\n{site}{}", feeds.collect::<String>())
    }

    fn answer(&self, ask: &Ask) -> Answer {
        let feed = &self.feeds[ask.feed];
        let mut answer = (feed.script)(ask).unwrap_or_else(|| feed.document(ask));
        for (name, value) in &mut answer.headers {
            // `+3600` is the date an hour from now
            if let (true, Some(seconds)) = (matches!(*name, "date" | "expires" | "retry-after"), value.strip_prefix('+')) {
                *value = http_date(ask.at.plus(Duration::from_secs(seconds.parse().expect("seconds"))));
            }
        }
        answer
    }
}

impl Feed {
    /// The number of its newest entry.
    pub fn newest(&self, at: Timestamp) -> u64 {
        at.since(START).as_secs() / self.entry_every.as_secs() + self.window
    }

    /// The document, or 304 to whoever knows it: both validators have to be right where both were given.
    pub fn document(&self, ask: &Ask) -> Answer {
        let newest = self.newest(ask.at);
        if let Some(delta) = self.delta(ask, newest) {
            return delta;
        }
        let (etag, modified) = self.validators_of(newest, ask.at);
        let given = |name: &str| ask.header(name).map(str::to_owned);
        let known = (etag.is_some() || modified.is_some()) && given("if-none-match") == etag && given("if-modified-since") == modified;
        let mut answer = if known { Answer::new(304) } else { Answer::new(200).with("content-type", "application/rss+xml") };
        if !known {
            answer.body = self.rss(newest.saturating_sub(self.window) + 1..=newest);
        }
        answer.headers.extend(if known { self.on_304.clone() } else { self.on_200.clone() });
        answer.headers.push(("set-cookie", "seen=1; path=/".to_owned()));
        // a 304 need not repeat them
        if !known {
            answer.headers.extend(etag.map(|etag| ("etag", etag)));
            answer.headers.extend(modified.map(|modified| ("last-modified", modified)));
        }
        answer
    }

    /// What came since the version that the request names, all of it, to whoever takes that (RFC 3229).
    fn delta(&self, ask: &Ask, newest: u64) -> Option<Answer> {
        if self.kind != "delta" || ask.header("a-im") != Some("feed") {
            return None;
        }
        let had: u64 = ask.header("if-none-match")?.strip_prefix("W/\"")?.split(' ').next()?.parse().ok()?;
        let mut answer = Answer::new(226).with("im", "feed").with("content-type", "application/rss+xml");
        answer.headers.extend(self.validators_of(newest, ask.at).0.map(|etag| ("etag", etag)));
        answer.body = self.rss(had + 1..=newest);
        (had < newest).then_some(answer)
    }

    pub fn validators_of(&self, newest: u64, at: Timestamp) -> (Option<String>, Option<String>) {
        // neither is as a careful program would write it
        let etag = Some(format!("W/\"{newest} {},x\"", self.name));
        let modified = Some(format!("Mon, {} Jun 2026 1:2:{newest} +0000", newest % 30 + 1));
        match self.validators {
            Given::Both => (etag, modified),
            Given::Etag => (etag, None),
            Given::Modified => (None, modified),
            Given::Vanishing if at.since(START) < DAY * 5 => (etag, modified),
            Given::Vanishing => (None, None),
        }
    }

    pub fn rss(&self, numbers: std::ops::RangeInclusive<u64>) -> String {
        let items = numbers.rev().map(|number| {
            let offset = self.entry_every * u32::try_from(number).expect("small");
            let at = START.plus(offset).minus(self.entry_every * u32::try_from(self.window).expect("small"));
            let date = if self.is_dated { format!("<pubDate>{}Z</pubDate>", at.to_gmt()) } else { String::new() };
            let name = &self.name;
            format!("<item><title>{name} tells story {number}</title><guid isPermaLink=\"false\">{name}:{number}</guid>{date}</item>")
        });
        let items: String = items.collect();
        format!(
            "<rss version=\"2.0\" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\"><channel><title>{}</title>{}{items}</channel></rss>",
            self.name, self.channel
        )
    }
}

async fn serve(world: Arc<World>, mut stream: TcpStream) {
    let Ok(IpAddr::V4(address)) = stream.local_addr().map(|address| address.ip()) else { return };
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let headers =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let here = |feed: &&Feed| feed.address == address;
    let of_path = world.feeds.iter().position(|feed| here(&feed) && target.starts_with(&feed.path));
    let Some(feed) = of_path.or_else(|| world.feeds.iter().position(|feed| here(&feed))) else { return };
    let mut ask = Ask { feed, at: world.clock.now(), method, target, headers, status: 0, etag: None, modified: None };
    let first_here = world.feeds.iter().position(|feed| here(&feed)).unwrap_or(feed);
    world.peak.fetch_max(world.busy[first_here].fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    let answer = world.answer(&ask);
    let find = |name: &str| answer.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    (ask.status, ask.etag, ask.modified) = (answer.status, find("etag"), find("last-modified"));
    world.log.lock().expect("the log").push(ask);
    let mut text = format!("HTTP/1.1 {} Status\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if answer.status != 304 {
        text.push_str(&format!("content-length: {}\r\n", answer.body.len()));
    }
    text.push_str("\r\n");
    text.push_str(&answer.body);
    world.busy[first_here].fetch_sub(1, Ordering::SeqCst);
    // who hung up is not served
    _ = stream.write_all(text.as_bytes()).await;
}

fn http_date(at: Timestamp) -> String {
    let (text, days) = (at.to_gmt(), at.unix().div_euclid(86_400));
    let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months[text[5..7].parse::<usize>().expect("a month") - 1];
    format!("{}, {} {month} {} {} GMT", names[days.rem_euclid(7) as usize], &text[8..10], &text[..4], &text[11..])
}
