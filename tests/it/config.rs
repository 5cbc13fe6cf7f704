//! Configurations: every wrong one with its whole message, every valid one with what is in force; the reference holds all
//! keys.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wirepress::config;

/// The files of a folder under `tests/configs`, by name, relative to the repository.
fn configs(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new("tests/configs").join(folder);
    let mut files: Vec<PathBuf> =
        folder.read_dir().expect("the folder is in the repository").map(|entry| entry.expect("it can be listed").path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_stem().expect("a file has a name").to_string_lossy().into_owned()
}

fn settings(folder: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(folder).join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

#[test]
fn every_wrong_configuration_is_told_whole() {
    let files = configs("invalid");
    assert!(files.len() >= 40, "{} wrong configurations", files.len());
    let mut quiet = Vec::new();
    for path in &files {
        match config::load(path) {
            Ok(_) => quiet.push(path),
            Err(problems) => settings("invalid").bind(|| insta::assert_snapshot!(name(path), problems.to_string())),
        }
    }
    assert_eq!(quiet, Vec::<&PathBuf>::new(), "wrong, but nobody noticed");
}

#[test]
fn every_problem_names_its_place_and_what_to_do() {
    for path in configs("invalid") {
        let Err(problems) = config::load(&path) else { continue };
        for problem in problems.iter() {
            let overall = problem.message.starts_with("there is no `[[") || problem.message.contains("can't be read");
            assert!(problem.shown.is_some() || overall, "{}: {problem}", path.display());
            assert!(problem.hint.is_some(), "{}: {problem}", path.display());
            assert!(
                problem.message.chars().next().is_some_and(|first| !first.is_uppercase() || problem.message.starts_with("TOML")),
                "{problem}"
            );
        }
    }
}

#[test]
fn no_message_shows_a_secret() {
    for path in configs("invalid") {
        let Err(problems) = config::load(&path) else { continue };
        assert!(!problems.to_string().contains("hunter2"), "{}:\n{problems}", path.display());
    }
}

#[test]
fn every_valid_configuration_is_taken_and_shown_as_it_is_in_force() {
    for path in configs("valid") {
        let loaded = config::load(&path).unwrap_or_else(|problems| panic!("{}:\n{problems}", path.display()));
        let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
        let shown = config::show(&loaded).replace(env!("CARGO_MANIFEST_DIR"), "/repository");
        let text = format!("{shown}\n--- warnings\n{}", warnings.join("\n\n"));
        settings("valid").bind(|| insta::assert_snapshot!(name(&path), text));
    }
}

#[test]
fn what_is_shown_as_in_force_reads_back_as_the_same() {
    for path in configs("valid") {
        let loaded = config::load(&path).expect("it is valid");
        let shown = config::show(&loaded);
        // beside the original, so that relative paths mean the same
        let again = path.with_extension(format!("shown-{}", std::process::id()));
        std::fs::write(&again, &shown).expect("it can be written");
        let result = config::load(&again);
        std::fs::remove_file(&again).expect("it was just written");
        let reread = result.unwrap_or_else(|problems| panic!("{}:\n{problems}", path.display()));
        let head = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(head(&config::show(&reread)), head(&shown), "{}", path.display());
    }
}

/// Every key that the schema knows, as `feed.rule.then.skip`.
fn keys(schema: &Value, path: &str, into: &mut BTreeSet<String>) {
    for (key, value) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        keys(value, &path, into);
        keys(&value["items"], &path, into);
        for form in value["anyOf"].as_array().into_iter().flatten() {
            keys(form, &path, into);
        }
        into.insert(path);
    }
}

/// Whether the reference has this key under its table: as a line, as a line behind `# `, or in an inline table.
fn documented(reference: &str, key: &str) -> bool {
    let parts: Vec<&str> = key.split('.').collect();
    let mut heading = "";
    reference.lines().map(|line| line.strip_prefix("# ").unwrap_or(line)).any(|line| {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            heading = name.trim_matches(['[', ']']);
            return heading == key;
        }
        let starts = |name: &str| line.starts_with(&format!("{name} = "));
        let holds = |name: &str| line.contains(&format!("{{ {name} = ")) || line.contains(&format!(", {name} = "));
        match parts.as_slice() {
            [name] => heading.is_empty() && starts(name),
            [table, name] => heading == *table && starts(name),
            [table, .., name] => heading == *table && holds(name) || key.strip_suffix(name) == Some(&format!("{heading}.")) && starts(name),
            [] => false,
        }
    })
}

#[test]
fn the_reference_holds_every_key() {
    let reference = std::fs::read_to_string("config/wirepress.toml").expect("the reference is there");
    let mut all = BTreeSet::new();
    keys(&config::schema(), "", &mut all);
    assert!(all.contains("feed.every") && all.contains("site.password.env") && all.contains("rule.then.skip"), "{all:?}");
    // `[[group]]` and `[[feed]]` hold the keys of `[defaults]`, and every kind of rule those of `[[rule]]`
    let defaults: Vec<String> = all.iter().filter_map(|key| key.strip_prefix("defaults.").map(str::to_owned)).collect();
    let shared = |key: &str| {
        ["group.", "feed."].iter().any(|table| key.strip_prefix(table).is_some_and(|key| defaults.iter().any(|known| known == key)))
            || key.contains(".rule.")
            // what a rule changes is written as for a feed
            || key.strip_prefix("rule.then.").is_some_and(|key| key.contains('.') && defaults.iter().any(|known| known == key))
            || key.ends_with(".rule") && reference.contains(&format!("[[{key}]]"))
            // the same as a site's password
            || key.starts_with("store.url.")
    };
    let missing: Vec<&String> = all.iter().filter(|key| !shared(key) && !documented(&reference, key)).collect();
    assert_eq!(missing, [""; 0], "not in config/wirepress.toml");
}

#[test]
fn the_reference_is_a_valid_configuration_that_shows_the_defaults() {
    let loaded = config::load(Path::new("config/wirepress.toml")).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.warnings, []);
    let least = config::load(Path::new("tests/configs/valid/least.toml")).expect("the least that works");
    let block = |text: String, heading: &str| -> Vec<String> {
        let lines = text.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.is_empty()).map(str::to_owned);
        lines
            .filter(|line| {
                !["name", "url", "user", "password", "site", "group", "renamed_from", "template", "language"]
                    .contains(&line.split(' ').next().unwrap_or_default())
            })
            .collect()
    };
    for heading in ["[store]", "[http]", "[[site]]", "[[feed]]"] {
        assert_eq!(
            block(config::show(&loaded), heading),
            block(config::show(&least), heading),
            "{heading}: what the reference says is the default"
        );
    }
}

#[test]
fn a_configuration_that_is_not_there_says_so() {
    let error = config::load(Path::new("no/such/file.toml")).expect_err("it isn't there").to_string();
    assert_eq!(
        error,
        "error: `no/such/file.toml` can't be read: No such file or directory (os error 2)\nhint: `wirepress init` writes a configuration\n\n1 error in the configuration"
    );
}

/// Loads a configuration from a folder of its own.
fn load_text(folder: &Path, text: &str) -> Result<config::Loaded, String> {
    let path = folder.join("wirepress.toml");
    std::fs::write(&path, text).expect("the folder can be written");
    config::load(&path).map_err(|problems| problems.to_string().replace(&folder.display().to_string(), "."))
}

const SITE: &str = "[[site]]\nname = 'blog'\nurl = 'http://127.0.0.1:8080/blog'\nuser = 'wirepress'\npassword = { file = 'secret' }\n";

#[test]
fn a_secret_that_everyone_can_read_is_a_warning_at_its_line() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "hunter2").expect("it can be written");
    let text = format!("{SITE}[[feed]]\nname = 'lwn'\nurl = 'https://lwn.net/headlines/rss'\n");
    let warnings = |mode: u32| {
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode)).expect("it is ours");
        let loaded = load_text(folder.path(), &text).expect("it is valid");
        loaded.warnings.iter().map(|warning| warning.to_string().replace(&folder.path().display().to_string(), ".")).collect::<Vec<_>>()
    };
    assert_eq!(warnings(0o600), [""; 0]);
    let wanted = "warning: everyone on this machine can read this secret
 --> ./wirepress.toml:5:21
  |
5 | password = { file = 'secret' }
  |                     ^^^^^^^^
hint: `chmod 600 ./secret`";
    assert_eq!(warnings(0o644), [wanted]);
}

#[test]
fn a_feed_says_more_than_its_group_and_that_more_than_the_defaults() {
    let loaded = config::load(Path::new("tests/configs/valid/most.toml")).expect("it is valid");
    let (lwn, intranet) = (loaded.config.feed("lwn").expect("it is there"), loaded.config.feed("intranet").expect("it is there"));
    assert_eq!((lwn.every, intranet.every), (config::Every::Fixed(std::time::Duration::from_secs(1_800)), config::Every::Auto));
    assert_eq!((lwn.insist, intranet.insist), (false, true));
    assert_eq!((lwn.sites.as_slice(), intranet.sites.as_slice()), (&["blog".to_owned()][..], &["news".to_owned()][..]));
    let chosen = |feed: &config::FeedConfig| feed.recipes.iter().map(|recipe| (recipe.site.clone(), recipe.chosen)).collect::<Vec<_>>();
    assert_eq!(chosen(lwn), [("blog".to_owned(), true), ("news".to_owned(), false)], "a rule may send it to the other one, too");
    let recipe = &lwn.recipes[0];
    assert_eq!(recipe.status, wirepress::domain::Status::Pending, "from the group");
    assert_eq!(recipe.feed_categories.to, ["categories"], "from the group");
    assert_eq!(recipe.feed_categories.new, wirepress::domain::NewTerms::Create, "from the feed");
    assert_eq!((recipe.rights.as_str(), recipe.language.as_deref(), recipe.templates.name.as_str()), ("cc-by", Some("de"), "short"));
}

#[test]
fn rules_run_from_the_general_to_the_special_and_know_their_lines() {
    let loaded = config::load(Path::new("tests/configs/valid/most.toml")).expect("it is valid");
    let rules = |site: usize| {
        loaded.config.feed("lwn").expect("it is there").recipes[site].rules.iter().map(|rule| rule.at.clone()).collect::<Vec<_>>()
    };
    assert_eq!(rules(0), ["most.toml:38", "most.toml:42", "most.toml:53", "most.toml:29", "feeds/lwn.toml:10"]);
    assert_eq!(rules(1), ["most.toml:38", "most.toml:42", "most.toml:29", "feeds/lwn.toml:10"], "without the first site's own");
}

#[test]
fn what_the_operator_typed_may_be_private_and_nothing_else() {
    let loaded = config::load(Path::new("tests/configs/valid/most.toml")).expect("it is valid");
    let typed: Vec<String> = loaded.config.http.typed.iter().map(|(host, port)| format!("{host}:{port}")).collect();
    assert_eq!(typed, ["blog.example:443", "127.0.0.1:8080", "lwn.net:443", "10.1.2.3:80"]);
    assert_eq!(loaded.config.http.allow_networks.len(), 2);
    assert!(loaded.config.http.user_agent.ends_with(" (feed reader for WordPress; +feeds@blog.example)"));
    assert_eq!(loaded.config.spacing, wirepress::schedule::Spacing { at_once: 4, gap: std::time::Duration::from_secs(1) });
}

#[test]
fn a_file_from_a_windows_editor_is_read_with_right_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!("\u{feff}{SITE}\n[[rule]]\nwhen = \"\"\"\nwords < 30 and\ntitel == 'x'\"\"\"\nthen = {{ skip = 'short' }}\n")
        .replace('\n', "\r\n");
    let wanted = "error: unknown field `titel`
  --> ./wirepress.toml:10:1
   |
10 | titel == 'x'\"\"\"
   | ^^^^^
hint: did you mean `title`?

warning: there is no `[[feed]]`, so there is nothing to post";
    let told = load_text(folder.path(), &text).expect_err("there is no such field");
    assert!(told.starts_with("error: unknown field `titel`"), "{told}");
    let told: Vec<&str> = told.lines().take(6).collect();
    assert_eq!(told, wanted.lines().take(6).collect::<Vec<_>>());
}

#[test]
fn a_file_that_is_not_utf_8_says_where() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("wirepress.toml");
    std::fs::write(&path, b"# one\nname = \"Caf\xe9\"\n").expect("it can be written");
    let told = config::load(&path).expect_err("it isn't").to_string();
    assert!(told.contains("is not UTF-8: the first byte that isn't stands in line 2\nhint: save it as UTF-8"), "{told}");
}

#[test]
fn the_configurations_that_come_with_it_are_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in ["deploy/compose.toml", "demo/wirepress.toml"] {
        let text = std::fs::read_to_string(path).expect("it is in the repository");
        let text =
            text.replace("@SITE@", "http://127.0.0.1:8080").replace("@USER@", "wirepress").replace("@FEEDS@", "http://127.0.0.1:8081");
        if let Err(told) = load_text(folder.path(), &text) {
            panic!("{path}:\n{told}");
        }
    }
}

#[test]
fn a_hundred_and_fifty_feeds_on_three_sites_need_one_line_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = |name: &str| {
        format!("[[site]]\nname = '{name}'\nurl = 'https://{name}.example'\nuser = 'wirepress'\npassword = {{ env = 'PASSWORD' }}\n")
    };
    let group = |name: &str, site: &str, every: &str| format!("[[group]]\nname = '{name}'\nsite = {site}\nevery = '{every}'\n");
    let lines = |name: &str| (0..50).map(|n| format!("'{name} {n}' = 'https://{name}{n}.example/feed'\n")).collect::<String>();
    let outlines: String =
        (0..50).map(|n| format!("<outline type='rss' text='gamma {n}' xmlUrl='https://gamma{n}.example/feed'/>\n")).collect();
    let main = [
        "include = ['more/*.toml', 'mine.opml']\n".to_owned(),
        site("one"),
        site("two"),
        site("three"),
        group("alpha", "'one'", "1h"),
        "[group.feeds]\n".to_owned(),
        lines("alpha"),
        group("gamma", "['one', 'three']", "3h"),
    ];
    std::fs::create_dir(folder.path().join("more")).expect("a folder");
    let more = [group("beta", "'two'", "2h"), "[group.feeds]\n".to_owned(), lines("beta")];
    std::fs::write(folder.path().join("more/beta.toml"), more.concat()).expect("written");
    let opml = format!("<opml version='2.0'><body><outline text='Gamma'>\n{outlines}</outline></body></opml>");
    std::fs::write(folder.path().join("mine.opml"), opml).expect("written");
    let loaded = load_text(folder.path(), &main.concat()).expect("it is valid");
    assert_eq!(loaded.warnings, []);
    assert_eq!((loaded.config.feeds.len(), loaded.config.sites.len()), (150, 3));
    let told = |name: &str| {
        let feed = loaded.config.feed(name).expect("it is there");
        (feed.url.to_string(), feed.group.clone().unwrap_or_default(), feed.sites.join("+"), feed.every)
    };
    let every = |hours: u64| config::Every::Fixed(std::time::Duration::from_secs(hours * 3_600));
    for (kind, group, sites, hours) in [("alpha", "alpha", "one", 1), ("beta", "beta", "two", 2), ("gamma", "gamma", "one+three", 3)] {
        for n in [0, 49] {
            let url = format!("https://{kind}{n}.example/feed");
            assert_eq!(told(&format!("{kind} {n}")), (url, group.to_owned(), sites.to_owned(), every(hours)));
        }
    }
}

#[test]
fn a_sites_status_and_schedule_hold_where_the_feed_says_nothing() {
    let loaded = config::load(Path::new("tests/configs/valid/sites.toml")).expect("it is valid");
    let told = |name: &str| {
        let feed = loaded.config.feed(name).expect("it is there");
        let recipes = feed.recipes.iter().filter(|recipe| recipe.chosen);
        recipes.map(|recipe| format!("{} {} {}", recipe.site, recipe.status.as_str(), recipe.is_scheduled)).collect::<Vec<_>>()
    };
    assert_eq!(told("lwn"), ["blog publish true", "archive draft true"], "the site's own, and that of `[defaults]`");
    assert_eq!(told("own"), ["archive private true"], "the group's");
    assert_eq!(told("Planet & friends"), ["archive private true"]);
    assert_eq!(told("own (weather.example)"), ["blog publish true"]);
}
