//! Which file is the configuration, and which others it includes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// No configuration was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no configuration: looked for {looked}\nhint: `wirepress init` writes one; `--config FILE` names one that lies elsewhere")]
pub struct NotFound {
    looked: String,
}

const HERE: &str = "./wirepress.toml";
const SYSTEM: &str = "/etc/wirepress/wirepress.toml";
const VARIABLE: &str = "WIREPRESS_CONFIG";

/// The configuration's path: what `--config` says, else `$WIREPRESS_CONFIG`, else `./wirepress.toml`, else
/// `/etc/wirepress/wirepress.toml`. The first two are taken at their word; whether they exist is seen when they are loaded.
pub fn find_path(option: Option<&Path>) -> Result<PathBuf, NotFound> {
    choose(option, std::env::var_os(VARIABLE), &[Path::new(HERE), Path::new(SYSTEM)])
}

fn choose(option: Option<&Path>, variable: Option<OsString>, places: &[&Path]) -> Result<PathBuf, NotFound> {
    let typed = option.map(Path::to_owned).or_else(|| variable.filter(|value| !value.is_empty()).map(PathBuf::from));
    if let Some(path) = typed.or_else(|| places.iter().find(|path| path.is_file()).map(|path| path.to_path_buf())) {
        // `wirepress.toml:3:1` reads better than `./wirepress.toml:3:1`
        return Ok(path.strip_prefix(".").map(Path::to_owned).unwrap_or(path));
    }
    let looked: Vec<String> = places.iter().map(|path| format!("`{}`", path.display())).collect();
    Err(NotFound { looked: format!("`--config`, `${VARIABLE}`, {}", looked.join(" and ")) })
}

/// The files in and below `folder` that fit a pattern with `*` and `?`, by name. A path without them must exist.
pub fn matching(folder: &Path, pattern: &str) -> std::io::Result<Vec<PathBuf>> {
    if !is_pattern(pattern) {
        let path = folder.join(pattern);
        return std::fs::metadata(&path).map(|_| vec![path]);
    }
    let start = if pattern.starts_with('/') { PathBuf::from("/") } else { folder.to_owned() };
    let mut found = vec![start];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        found = found.iter().flat_map(|folder| entries(folder, part)).collect();
    }
    found.retain(|path| path.is_file());
    found.sort();
    Ok(found)
}

/// It has a `*` or a `?`.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

fn entries(folder: &Path, part: &str) -> Vec<PathBuf> {
    if !is_pattern(part) {
        return vec![folder.join(part)];
    }
    // a folder that isn't there or can't be read holds no file that fits
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| (part.starts_with('.') || !name.starts_with('.')) && fits(name, part)).map(|name| folder.join(name)).collect()
}

/// Whether a name fits a pattern, `*` for any text and `?` for any character.
fn fits(name: &str, pattern: &str) -> bool {
    let (name, pattern): (Vec<char>, Vec<char>) = (name.chars().collect(), pattern.chars().collect());
    let (mut at, mut want, mut star) = (0, 0, None);
    while at < name.len() {
        match pattern.get(want) {
            Some('*') => {
                star = Some((at, want));
                want += 1;
            }
            Some(c) if *c == '?' || *c == name[at] => (at, want) = (at + 1, want + 1),
            _ => {
                let Some((from, place)) = star else { return false };
                star = Some((from + 1, place));
                (at, want) = (from + 1, place + 1);
            }
        }
    }
    pattern[want..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_wins_over_the_variable_and_both_over_the_usual_places() {
        let folder = tempfile::tempdir().unwrap();
        let usual = folder.path().join("wirepress.toml");
        let places = [Path::new("/no/such/place"), usual.as_path()];
        assert_eq!(choose(Some(Path::new("a")), Some("b".into()), &places), Ok("a".into()));
        assert_eq!(choose(None, Some("b".into()), &places), Ok("b".into()));
        let error = choose(None, Some("".into()), &places).unwrap_err().to_string();
        assert!(
            error.starts_with("there is no configuration: looked for `--config`, `$WIREPRESS_CONFIG`, `/no/such/place` and `/"),
            "{error}"
        );
        std::fs::write(&usual, "").unwrap();
        assert_eq!(choose(None, None, &places), Ok(usual));
    }

    #[test]
    fn a_pattern_finds_files_by_name_and_no_hidden_ones() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("feeds/more.toml")).unwrap();
        for name in ["feeds/b.toml", "feeds/a.toml", "feeds/.c.toml", "feeds/a.toml~", "other.toml"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = |pattern: &str| -> Vec<String> {
            let paths = matching(folder.path(), pattern).unwrap();
            paths.iter().map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string()).collect()
        };
        assert_eq!(found("feeds/*.toml"), ["feeds/a.toml", "feeds/b.toml"]);
        assert_eq!(found("*/?.toml"), ["feeds/a.toml", "feeds/b.toml"]);
        assert_eq!(found("other.toml"), ["other.toml"]);
        assert_eq!(found("none/*.toml"), [""; 0]);
        assert!(matching(folder.path(), "none.toml").is_err());
    }

    #[test]
    fn stars_and_question_marks_fit_as_in_a_shell() {
        for (name, pattern, wanted) in [
            ("a.toml", "*.toml", true),
            ("a.toml", "?.toml", true),
            ("ab.toml", "?.toml", false),
            ("aXbXc", "a*X*c", true),
            ("abc", "abc*", true),
            ("abc", "*d", false),
        ] {
            assert_eq!(fits(name, pattern), wanted, "{name} {pattern}");
        }
    }
}
