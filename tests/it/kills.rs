//! Killed at every step: a run that publishes 30 illustrated items with terms to a real WordPress is ended, as `kill -9`
//! would, at a numbered pass through the doors to network and store, and started again. After it there are 30 posts,
//! 30 featured images and 5 tags, and no twin of any; three of the posts show two copied pictures each.
//!
//! Each kind of door is taken once, then a seeded twenty; `scripts/test --all-kills` takes every number. With
//! `$WIREPRESS_KILL_TABLE` the table of `docs/kills.md` is written there.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::trial::Trial;

/// Every pass of an undisturbed run, with its kind.
fn passes() -> Vec<(u64, String)> {
    let trial = Trial::new("undisturbed");
    let log = trial.home.file("passes");
    trial
        .once(|command| {
            command.env("WIREPRESS_KILL_LOG", &log);
        })
        .expect(0);
    assert_eq!(trial.faults(), Vec::<String>::new());
    let text = std::fs::read_to_string(&log).expect("the list of passes");
    let line = |line: &str| line.split_once(' ').map(|(number, kind)| (number.parse().expect("a number"), kind.to_owned()));
    text.lines().filter_map(line).collect()
}

/// Kills a run at pass `number`, starts it again, and tells what is wrong then. No two runs have as many passes (leases are renewed
/// in their time): one that ended before its last ones is killed a little sooner.
fn kill_at(number: u64) -> Vec<String> {
    for sooner in [0, 10, 20, 40] {
        let trial = Trial::new(&format!("killed at {number} less {sooner}"));
        let run = trial.once(|command| {
            command.env("WIREPRESS_KILL_AT", number.saturating_sub(sooner).max(1).to_string());
        });
        if run.code != 0 {
            trial.finish();
            return trial.faults();
        }
        assert_eq!(trial.faults(), Vec::<String>::new(), "it was not killed");
    }
    vec![format!("it was not killed at {number}, nor a little sooner")]
}

/// A small generator (xorshift64*), so that a printed seed gives the same choice again.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).expect("31 bits") % limit
    }
}

fn seed() -> u64 {
    let given = std::env::var("WIREPRESS_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs())
}

#[test]
fn killed_at_any_step_every_item_becomes_one_post() {
    let passes = passes();
    let all = std::env::var_os("WIREPRESS_ALL_KILLS").is_some();
    let seed = seed();
    let mut random = Seeded(seed | 1);
    let mut chosen = BTreeSet::new();
    if all {
        chosen.extend(passes.iter().map(|(number, _)| *number));
    } else {
        let mut kinds: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for (number, kind) in &passes {
            kinds.entry(kind).or_default().push(*number);
        }
        for numbers in kinds.values() {
            chosen.insert(numbers[random.below(numbers.len())]);
        }
        let wanted = chosen.len() + 20;
        while chosen.len() < wanted.min(passes.len()) {
            chosen.insert(passes[random.below(passes.len())].0);
        }
    }
    println!("seed {seed}: {} of {} passes", chosen.len(), passes.len());

    let kind_of: BTreeMap<u64, &str> = passes.iter().map(|(number, kind)| (*number, kind.as_str())).collect();
    let numbers: Vec<u64> = chosen.into_iter().collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let results = std::sync::Mutex::new(Vec::new());
    // Three at a time: most of a trial is waiting for doubts to settle.
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(number) = numbers.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    let faults = kill_at(*number);
                    results.lock().expect("the results").push((*number, kind_of[number], faults));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("the results");
    results.sort();
    if let Ok(path) = std::env::var("WIREPRESS_KILL_TABLE") {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (_, kind, faults) in &results {
            let count = counts.entry(kind).or_default();
            count.0 += 1;
            count.1 += usize::from(!faults.is_empty());
        }
        let rows: String = counts.iter().map(|(kind, (killed, wrong))| format!("| {kind} | {killed} | {wrong} |\n")).collect();
        std::fs::write(path, format!("| door | killed | wrong afterwards |\n|---|---|---|\n{rows}")).expect("the table");
    }
    let wrong: Vec<_> = results.iter().filter(|(_, _, faults)| !faults.is_empty()).collect();
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
}
