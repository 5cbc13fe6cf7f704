//! The drawing is a test: `ARCHITECTURE.md` says who may use whom, and the sources are held to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;

struct Room {
    floor: u32,
    uses: BTreeSet<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn drawing() -> String {
    std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there")
}

/// The rows `| floor | `module` | may use | … |`.
fn rooms() -> BTreeMap<String, Room> {
    let row = Regex::new(r"(?m)^\| (\d+) \| `(\w+)` \|([^|]*)\|").expect("a regex");
    let drawing = drawing();
    row.captures_iter(&drawing)
        .map(|found| {
            let uses = found[3].split_whitespace().map(str::to_owned).collect();
            (found[2].to_owned(), Room { floor: found[1].parse().expect("a floor"), uses })
        })
        .collect()
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

/// Each source file with its room: `src/http/guard.rs` → `http`, `src/clock.rs` → `clock`.
fn files() -> Vec<(String, PathBuf, String)> {
    let source = root().join("src");
    let mut found = Vec::new();
    sources(&source, &mut found);
    found
        .into_iter()
        .map(|path| {
            let below = path.strip_prefix(&source).expect("below src");
            let room = below.components().next().expect("a name").as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
            let text = std::fs::read_to_string(&path).expect("readable source");
            // Comments may name any room.
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            (room, path, code.join("\n"))
        })
        .filter(|(room, _, _)| room != "lib" && room != "main")
        .collect()
}

fn rooms_named_in(code: &str) -> BTreeSet<String> {
    let direct = Regex::new(r"\bcrate::(\w+)").expect("a regex");
    let grouped = Regex::new(r"\bcrate::\{([^;]*)\};").expect("a regex");
    let head = Regex::new(r"^\s*(\w+)").expect("a regex");
    let mut named: BTreeSet<String> = direct.captures_iter(code).map(|found| found[1].to_owned()).collect();
    for group in grouped.captures_iter(code) {
        let mut depth = 0;
        let mut part = String::new();
        for c in group[1].chars().chain(",".chars()) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if c == ',' && depth == 0 {
                named.extend(head.captures(&part).map(|found| found[1].to_owned()));
                part.clear();
            } else {
                part.push(c);
            }
        }
    }
    named
}

#[test]
fn every_room_of_the_sources_is_in_the_drawing_and_the_other_way_round() {
    let drawn: BTreeSet<String> = rooms().into_keys().collect();
    let built: BTreeSet<String> = files().into_iter().map(|(room, _, _)| room).collect();
    assert_eq!(drawn, built);
}

#[test]
fn no_room_may_use_its_own_floor_or_a_higher_one() {
    let rooms = rooms();
    for (name, room) in &rooms {
        for used in &room.uses {
            let below = rooms.get(used).unwrap_or_else(|| panic!("`{name}` may use `{used}`, which is no room"));
            assert!(below.floor < room.floor, "`{name}` on floor {} may not use `{used}` on floor {}", room.floor, below.floor);
        }
    }
}

#[test]
fn no_room_uses_what_the_drawing_does_not_allow() {
    let rooms = rooms();
    let mut wrong = Vec::new();
    for (room, path, code) in files() {
        for used in rooms_named_in(&code) {
            if used != room && rooms.contains_key(&used) && !rooms[&room].uses.contains(&used) {
                wrong.push(format!("{}: `{room}` uses `{used}`", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn packages_are_named_only_in_their_room() {
    let row = Regex::new(r"(?m)^\| `(\w+)` \| `(\w+)` \|$").expect("a regex");
    let drawing = drawing();
    let owners: Vec<(String, String)> = row.captures_iter(&drawing).map(|found| (found[1].to_owned(), found[2].to_owned())).collect();
    assert!(owners.iter().any(|(package, room)| package == "sqlx" && room == "store"), "the table of packages was read");
    let mut wrong = Vec::new();
    for (room, path, code) in files() {
        for (package, owner) in &owners {
            let named = Regex::new(&format!(r"\b{package}(::|!)")).expect("a regex");
            if room != *owner && named.is_match(&code) {
                wrong.push(format!("{}: `{room}` names `{package}`, which belongs to `{owner}`", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn uses_in_groups_are_seen() {
    let code = "use crate::{domain::Id, http::{Client, Error}, store};\nlet x = crate::clock::now();";
    let named: Vec<String> = rooms_named_in(code).into_iter().collect();
    assert_eq!(named, ["clock", "domain", "http", "store"]);
}
