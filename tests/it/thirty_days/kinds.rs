//! The kinds of feeds, each made for one rule: it fails its check where the rule isn't kept.

use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::time::Duration;

use wirepress::domain::Timestamp;

use super::world::{Answer, Ask, DAY, Feed, Given, HOUR, START, Script};

/// All 200.
pub fn feeds() -> Vec<Feed> {
    let mut all = Makers::default();
    all.many(44, "calm", |feed| feed.entry_every = DAY * 2);
    all.many(10, "etag", |feed| feed.validators = Given::Etag);
    all.many(10, "modified", |feed| feed.validators = Given::Modified);
    all.many(5, "vanishing", |feed| feed.validators = Given::Vanishing);
    all.many(10, "max-age", |feed| {
        (feed.config, feed.entry_every) = ("every = \"3h\"", HOUR * 36);
        feed.on_200 = vec![("cache-control", "public, max-age=43200".to_owned())];
    });
    all.many(10, "max-age of a 304", |feed| {
        (feed.config, feed.entry_every) = ("every = \"3h\"", DAY * 5);
        feed.on_200 = vec![("cache-control", "max-age=7200".to_owned())];
        feed.on_304 = vec![("cache-control", "max-age=43200".to_owned())];
    });
    all.many(5, "expires", |feed| {
        (feed.config, feed.entry_every) = ("every = \"3h\"", HOUR * 36);
        feed.on_200 = vec![("date", "+0".to_owned()), ("expires", "+43200".to_owned())];
    });
    all.many(10, "ttl", |feed| {
        (feed.config, feed.entry_every, feed.channel) = ("every = \"3h\"", HOUR * 36, "<ttl>720</ttl>");
    });
    all.many(10, "skip hours", |feed| {
        feed.config = "every = \"6h\"";
        feed.channel = "<skipHours><hour>0</hour><hour>1</hour><hour>2</hour><hour>3</hour><hour>4</hour><hour>5</hour><hour>6</hour>\
                        <hour>7</hour><hour>8</hour><hour>9</hour><hour>10</hour><hour>11</hour></skipHours>";
    });
    all.many(10, "skip days", |feed| {
        feed.config = "every = \"12h\"";
        feed.channel = "<skipDays><day>Saturday</day><day>Sunday</day></skipDays>";
    });
    all.many(10, "sy from a base", |feed| {
        feed.config = "every = \"6h\"";
        feed.channel = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>\
                        <sy:updateBase>2000-01-01T06:00+00:00</sy:updateBase>";
    });
    all.many(5, "sy weekly", |feed| feed.channel = "<sy:updatePeriod>weekly</sy:updatePeriod>");
    all.host(
        10,
        "host with 429",
        |feed| feed.config = "every = \"12h\"",
        || {
            let until: Mutex<Option<Timestamp>> = Mutex::new(None);
            Box::new(move |ask| {
                let mut until = until.lock().expect("it");
                if ask.age() < DAY * 3 || until.is_some_and(|until| ask.at >= until) {
                    return None;
                }
                until.get_or_insert_with(|| ask.at.plus(DAY * 2));
                Some(Answer::new(429).with("retry-after", (DAY * 2).as_secs().to_string()))
            })
        },
    );
    all.many(5, "503 until a date", |feed| {
        feed.config = "every = \"12h\"";
        feed.script = once_from(DAY * 8, || Answer::new(503).with("retry-after", format!("+{}", 36 * 3_600)));
    });
    all.many(5, "503 for days", |feed| {
        feed.script = Box::new(|ask| (DAY * 10..DAY * 15).contains(&ask.age()).then(|| Answer::new(503)));
    });
    all.many(5, "moved", |feed| {
        feed.config = "every = \"12h\"";
        feed.script =
            Box::new(|ask| (!ask.target.ends_with("/new")).then(|| Answer::new(301).with("location", format!("{}/new", ask.target))));
    });
    all.many(5, "moved and back", |feed| {
        feed.config = "every = \"12h\"";
        feed.script = Box::new(|ask| match (ask.target.ends_with("/new"), ask.age() < DAY * 10) {
            (false, true) => Some(Answer::new(308).with("location", format!("{}/new", ask.target))),
            (true, false) => Some(Answer::new(500)),
            _ => None,
        });
    });
    all.many(5, "elsewhere for now", |feed| {
        feed.config = "every = \"12h\"";
        feed.script =
            Box::new(|ask| (!ask.target.ends_with("/new")).then(|| Answer::new(302).with("location", format!("{}/new", ask.target))));
    });
    all.many(5, "gone", |feed| {
        feed.config = "every = \"12h\"";
        feed.script = Box::new(|ask| (ask.age() >= DAY * 5).then(|| Answer::new(410)));
    });
    all.many(5, "delta", |feed| {
        (feed.config, feed.entry_every, feed.window, feed.validators) = ("every = \"12h\"", HOUR * 2, 5, Given::Etag);
    });
    all.many(5, "overrun", |feed| {
        (feed.config, feed.entry_every, feed.is_dated) = ("every = \"1d\"", Duration::from_secs(72 * 60), false);
    });
    all.many(1, "busy", |feed| (feed.entry_every, feed.window) = (Duration::from_secs(20 * 60), 20));
    all.many(1, "unknown", |feed| (feed.entry_every, feed.is_dated) = (DAY * 100, false));
    all.many(5, "insist", |feed| {
        (feed.config, feed.channel) = ("every = \"6h\"\ninsist = true", "<ttl>2880</ttl><skipDays><day>Sunday</day></skipDays>");
        feed.on_200 = vec![("cache-control", "max-age=172800".to_owned())];
        feed.script = once_from(DAY * 12, || Answer::new(503).with("retry-after", DAY.as_secs().to_string()));
    });
    all.host(4, "unreachable", |feed| feed.port = Some(9), || Box::new(|_| None));
    assert_eq!(all.0.len(), 200);
    all.0
}

/// Kinds whose own signals, or whose operator, ask for more than hourly.
pub fn may_be_quick(kind: &str) -> bool {
    kind == "busy"
}

#[derive(Default)]
struct Makers(Vec<Feed>);

impl Makers {
    /// Feeds of a kind, each on an address of its own.
    fn many(&mut self, count: usize, kind: &'static str, change: impl Fn(&mut Feed)) {
        for number in 0..count {
            let place = self.0.len();
            let mut feed = plain(kind, number, place);
            change(&mut feed);
            self.0.push(feed);
        }
    }

    /// Feeds of a kind on one address, which answers for all of them.
    fn host(&mut self, count: usize, kind: &'static str, change: impl Fn(&mut Feed), script: impl Fn() -> Script) {
        let place = self.0.len();
        let shared = std::sync::Arc::new(script());
        for number in 0..count {
            let mut feed = plain(kind, number, place);
            feed.path = format!("/feed-{number}.xml");
            let shared = shared.clone();
            feed.script = Box::new(move |ask| shared(ask));
            change(&mut feed);
            self.0.push(feed);
        }
    }
}

fn plain(kind: &'static str, number: usize, place: usize) -> Feed {
    let place = u8::try_from(place).expect("200 feeds");
    Feed {
        name: format!("{} {number}", kind.replace(' ', "-")),
        kind,
        address: Ipv4Addr::new(127, 77, 0, place + 1),
        port: None,
        path: "/feed.xml".to_owned(),
        config: "",
        entry_every: DAY,
        window: 10,
        is_dated: true,
        channel: "",
        validators: Given::Both,
        on_200: Vec::new(),
        on_304: Vec::new(),
        script: Box::new(|_| None),
    }
}

/// The first request from then on is answered so.
fn once_from(age: Duration, answer: impl Fn() -> Answer + Send + Sync + 'static) -> Script {
    let done = Mutex::new(false);
    Box::new(move |ask| {
        let mut done = done.lock().expect("it");
        (ask.age() >= age && !std::mem::replace(&mut *done, ask.age() >= age)).then(&answer)
    })
}

/// What is wrong with how a feed of this kind was asked; nothing, if all is well. `awake`: before this nobody slept.
pub fn check(feed: &Feed, asked: &[Ask], awake: Timestamp) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: String| wrong.extend((!holds).then_some(what));
    let polls: Vec<&Ask> = asked.iter().filter(|ask| !matches!(ask.status, 301 | 302 | 308)).collect();
    let least = polls.windows(2).map(|pair| pair[1].at.since(pair[0].at)).min().unwrap_or(DAY);
    let between = |from: Duration, to: Duration| polls.iter().filter(|ask| (from..to).contains(&ask.age())).count();
    let days = |from: u32, to: u32| between(DAY * from, DAY * to);
    let unmodified = polls.iter().filter(|ask| ask.status == 304).count();
    let configured = asked.iter().filter(|ask| ask.target == feed.path).count();
    let hour = |ask: &&&Ask| ask.at.unix() % 86_400 / 3_600;
    let after = |status: u16, span: Duration| {
        let told = polls.iter().find(|ask| ask.status == status).map(|ask| ask.at);
        told.is_some_and(|told| {
            polls.iter().any(|ask| ask.at >= told.plus(span)) && !polls.iter().any(|ask| ask.at > told && ask.at < told.plus(span))
        })
    };
    match feed.kind {
        "calm" => must((26..=32).contains(&polls.len()) && unmodified > 8, format!("{} polls, {unmodified} times 304", polls.len())),
        "etag" | "modified" => must(unmodified > 20, format!("{unmodified} times 304 of {}", polls.len())),
        "vanishing" => {
            must(days(6, 25) > 20 && polls.last().is_some_and(|ask| ask.header("if-none-match").is_none()), "validators stay".to_owned())
        }
        "max-age" | "expires" | "ttl" => {
            must(least >= HOUR * 12, format!("asked again after {least:?}, though it holds for 12 hours"));
            must(polls.len() > 45 && unmodified > 15, format!("{} polls, {unmodified} times 304", polls.len()));
        }
        "max-age of a 304" => {
            let quick = polls.windows(2).filter(|pair| pair[0].status == 304 && pair[1].at.since(pair[0].at) < HOUR * 12).count();
            must(quick == 0 && unmodified > 30, format!("{quick} too early after a 304, {unmodified} times 304"));
        }
        "skip hours" => {
            must(polls.iter().skip(1).all(|ask| hour(&ask) >= 12) && polls.len() > 40, "asked in the hours from 0 to 11".to_owned())
        }
        "skip days" => {
            let weekend = polls.iter().filter(|ask| (ask.at.unix() - START.unix()) / 86_400 % 7 >= 5).count();
            must(weekend == 0 && polls.len() > 30, format!("{weekend} times at a weekend, {} polls", polls.len()));
        }
        "sy from a base" => {
            let off = polls.iter().skip(1).filter(|ask| ask.at < awake && hour(ask) != 6).count();
            must(off == 0 && polls.len() > 25, format!("{off} polls not just after 6, {} polls", polls.len()));
        }
        "sy weekly" => must((4..=6).contains(&polls.len()), format!("{} polls", polls.len())),
        "503 until a date" => must(after(503, HOUR * 36), "asked before the date of its Retry-After".to_owned()),
        "503 for days" => {
            let tries: Vec<_> = polls.iter().filter(|ask| ask.status == 503).map(|ask| ask.at).collect();
            let waits: Vec<_> = tries.windows(2).map(|pair| pair[1].since(pair[0])).collect();
            must((4..=7).contains(&tries.len()) && waits.is_sorted(), format!("{} tries, {waits:?}", tries.len()));
            must(days(16, 25) > 7, "it did not recover".to_owned());
        }
        "moved" => {
            must((5..=5 + 5).contains(&configured) && polls.len() > 50, format!("{configured} at the old address, {} polls", polls.len()))
        }
        "moved and back" => {
            let failed = polls.iter().filter(|ask| ask.status == 500).count();
            let last = asked.last().map(|ask| ask.target.as_str());
            must((1..=3).contains(&failed) && last == Some(&feed.path), format!("{failed} failures, last {last:?}"));
        }
        "elsewhere for now" => {
            must(configured == polls.len() && configured > 50, format!("{configured} of {} at its own address", polls.len()))
        }
        "gone" => must(polls.iter().filter(|ask| ask.status == 410).count() == 1, "asked again although it is gone".to_owned()),
        "delta" => must(polls.len() < 62 && polls.iter().filter(|ask| ask.status == 226).count() > 40, format!("{} polls", polls.len())),
        "overrun" => must((80..=220).contains(&polls.len()), format!("{} polls", polls.len())),
        "busy" => must(least >= HOUR / 4 && (500..2_900).contains(&polls.len()), format!("{} polls, after {least:?}", polls.len())),
        "unknown" => must((400..=720).contains(&polls.len()), format!("{} polls", polls.len())),
        "insist" => {
            must(after(503, DAY), "asked before its Retry-After, which nobody insists against".to_owned());
            must(polls.len() > 90, format!("{} polls", polls.len()));
        }
        "host with 429" | "unreachable" => {}
        other => unreachable!("{other} has no check"),
    }
    wrong
}
