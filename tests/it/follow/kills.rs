//! Killed while posts that are out are changed: after the next runs every post is what its source says, no field that a person
//! wrote in between is touched, and no post was made.

use std::collections::BTreeMap;

use serde_json::json;

use super::Stage;
use crate::support::site::wordpress;

/// Posts that nobody touches.
const FREE: usize = 4;

/// The numbered passes of a run, by kind.
fn passes(log: &str) -> BTreeMap<String, Vec<u64>> {
    let mut kinds: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for line in log.lines() {
        let (number, kind) = line.split_once(' ').expect("a number and a kind");
        kinds.entry(kind.to_owned()).or_default().push(number.parse().expect("a number"));
    }
    kinds
}

struct Play {
    stage: Stage,
    ids: BTreeMap<String, u64>,
    version: usize,
    /// Whose title a person wrote.
    theirs: BTreeMap<String, String>,
}

impl Play {
    /// The next version of every source.
    fn next(&mut self) {
        self.version += 1;
        let version = self.version;
        for (name, told) in &mut self.stage.entries {
            told.title = format!("{} {name} version {version}", self.stage.prefix);
            told.text =
                format!("Every word of this text is of version {version}, and none of it was there before, but for what is always there.");
            told.categories = vec![format!("{} topic {}", self.stage.prefix, version % 3)];
        }
        self.stage.write();
    }

    /// Runs until nothing is left to do.
    fn finish(&self) {
        for _ in 0..40 {
            match self.stage.run(&["once"]).code {
                0 => return,
                _ => std::thread::sleep(std::time::Duration::from_secs(1)),
            }
        }
        panic!("it never ends: {}", self.stage.run(&["once"]).stderr);
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let ids: Vec<u64> = self.ids.values().copied().collect();
        let posts: BTreeMap<u64, _> = self.stage.posts(&ids).into_iter().map(|post| (post["id"].as_u64().expect("an id"), post)).collect();
        for (name, id) in &self.ids {
            let post = &posts[id];
            let title = self.theirs.get(name).cloned().unwrap_or_else(|| self.stage.entries[name].title.clone());
            if post["title"]["raw"] != json!(title) {
                faults.push(format!("{name}: the title is {} and not {title}", post["title"]["raw"]));
            }
            let content = post["content"]["raw"].as_str().unwrap_or_default();
            if !content.contains(&format!("of version {},", self.version)) {
                faults.push(format!("{name}: the content is {content}"));
            }
            // it goes out alone, before the rest
            if post["meta"]["wirepress_source"] != json!(self.stage.entries[name].title) {
                faults.push(format!("{name}: the custom field is {}", post["meta"]["wirepress_source"]));
            }
            let tags = self.stage.tags(post);
            if tags != self.stage.entries[name].categories {
                faults.push(format!("{name}: the tags are {tags:?}"));
            }
        }
        let made = self.stage.site.posts_titled(&self.stage.prefix).len();
        if made != self.ids.len() {
            faults.push(format!("there are {made} posts"));
        }
        faults
    }
}

/// Kills the run that follows, so many times, at different doors.
#[cfg(feature = "killpoints")]
fn killed(user: &'static str, name: &str, kills: usize) {
    let mut stage = Stage::new(wordpress(), user, name, "");
    stage.configure_within("4s", "on_change = \"update\"\nstatus = \"publish\"\nmeta = { wirepress_source = \"{{ title }}\" }");
    let names: Vec<String> = (0..FREE).map(|n| format!("free{n}")).chain((0..kills).map(|n| format!("mixed{n:02}"))).collect();
    for name in &names {
        stage.tell(name, "The first version of a text that will be written anew again and again, and is long enough for that.");
    }
    stage.once();
    let mut play = Play { stage, ids: BTreeMap::new(), version: 0, theirs: BTreeMap::new() };
    play.finish();
    play.ids = play.stage.ids();
    assert_eq!(play.ids.len(), names.len());
    // an undisturbed one, which tells the doors
    play.next();
    let log = play.stage.home.file("passes");
    let run = crate::support::binary::Run::of(
        play.stage.command(&["once", "--feed", "paper"]).env("WIREPRESS_KILL_LOG", &log).output().expect("the binary runs"),
    );
    assert!(matches!(run.code, 0 | 5), "{}", run.stderr);
    play.finish();
    assert_eq!(play.faults(), Vec::<String>::new());
    let kinds = passes(&std::fs::read_to_string(&log).expect("the list of passes"));
    // those of a change first, then the rest by turns
    let is_ours = |kind: &str| ["change", "update", "want", "conflict", "terms"].iter().any(|word| kind.contains(word));
    let mut chosen: Vec<u64> = kinds.iter().filter(|(kind, _)| is_ours(kind)).map(|(_, numbers)| numbers[numbers.len() / 2]).collect();
    chosen.extend(kinds.iter().filter(|(kind, _)| !is_ours(kind)).map(|(_, numbers)| numbers[0]));
    println!("doors: {:?}", kinds.keys().collect::<Vec<_>>());
    let mut ended_before = 0;
    for (round, number) in chosen.into_iter().take(kills).enumerate() {
        play.next();
        let killed = play.stage.command(&["once", "--feed", "paper"]).env("WIREPRESS_KILL_AT", number.to_string()).output();
        // no two runs have as many passes: one may end before this one, and is judged as it is
        ended_before += usize::from(killed.expect("the binary runs").status.success());
        // a person is faster than the next run
        let name = format!("mixed{round:02}");
        let title = format!("{} {name} theirs", play.stage.prefix);
        play.stage.edit(play.ids[&name], &json!({ "title": title }));
        play.theirs.insert(name, title);
        play.finish();
        assert_eq!(play.faults(), Vec::<String>::new(), "killed at {number}");
    }
    assert!(ended_before * 4 <= kills, "{ended_before} of {kills} runs were not killed");
    let reviewed = play.stage.reviews();
    assert!(reviewed.iter().all(|review| review["kind"] == "conflict" && review["fields"][0]["field"] == "title"), "{reviewed:#?}");
}

#[test]
#[cfg(feature = "killpoints")]
fn killed_at_any_step_of_a_change_every_post_becomes_what_its_source_says() {
    killed("editor", "Killed changes", 14);
}

#[test]
#[cfg(feature = "killpoints")]
fn the_same_as_a_contributor_whose_posts_are_drafts() {
    killed("contributor", "Killed drafts", 6);
}
