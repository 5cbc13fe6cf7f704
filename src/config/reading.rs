//! From files to `raw`: reads the configuration and what it includes, and hands all of it to `check`.

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::problem::{Problem, Problems};
use super::raw::File;
use super::raw::node::{Reading, read_table};
use super::source::{Place, Sources};
use super::{Loaded, check, files, opml, raw};

const DEFAULTS: &str = include_str!("defaults.toml");

/// Everything that was read, and everything that is wrong so far.
#[derive(Default)]
pub struct Read {
    pub sources: Sources,
    pub problems: Vec<Problem>,
    /// The configuration with what it includes.
    pub file: File,
    /// What holds where it says nothing.
    pub defaults: File,
    /// Feeds that included OPML files name.
    outlines: Vec<opml::Outline>,
}

/// Reads and checks a configuration. All problems are told, those of the included files among them; warnings alone don't
/// stop it.
pub fn load(path: &Path) -> Result<Loaded, Problems> {
    let state = std::env::var_os("STATE_DIRECTORY");
    let mut read = Read::default();
    let Some(main) = read.text(path, path.file_name().map(Path::new).unwrap_or(path)) else { return Err(Problems::new(read.problems)) };
    let Some(file) = read.parse(main) else { return Err(Problems::new(read.problems)) };
    read.file = file;
    read.include();
    let lines = raw::feeds_of(read.file.group.as_deref_mut().unwrap_or_default());
    read.file.feed.get_or_insert_default().extend(lines);
    opml::add(std::mem::take(&mut read.outlines), &mut read.file);
    read.defaults = defaults(&mut read.sources);
    let folder = std::path::absolute(parent(path)).unwrap_or_else(|_| parent(path).to_owned());
    match check::check(read, &folder, state.as_deref()) {
        Ok((config, in_force, warnings)) => {
            Ok(Loaded { config, warnings: Problems::new(warnings).into_vec(), path: path.to_owned(), in_force })
        }
        Err(problems) => Err(Problems::new(problems)),
    }
}

/// What holds where the configuration says nothing.
pub fn defaults(sources: &mut Sources) -> File {
    let file = sources.add("built-in defaults", "built-in defaults", DEFAULTS);
    let mut problems = Vec::new();
    let table = DeTable::parse(DEFAULTS).expect("a test reads the built-in defaults");
    // a site's defaults lack what has none
    read_table(table.get_ref(), 0..0, &mut Reading { sources, file, problems: &mut problems, key: String::new() })
}

/// The folder that a file lies in.
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Read {
    /// Reads a file; answers with its number.
    fn text(&mut self, path: &Path, short: &Path) -> Option<usize> {
        let name = path.display().to_string();
        match std::fs::read(path).map(String::from_utf8) {
            Ok(Ok(text)) => Some(self.sources.add(name, short.display().to_string(), text)),
            Ok(Err(error)) => {
                let at = error.utf8_error().valid_up_to();
                let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
                let problem = Problem::overall(format!("`{name}` is not UTF-8: the first byte that isn't stands in line {line}"));
                self.problems.push(problem.hint("save it as UTF-8 in your editor"));
                None
            }
            Err(error) => {
                let problem = Problem::overall(format!("`{name}` can't be read: {error}"));
                self.problems.push(match error.kind() {
                    std::io::ErrorKind::NotFound => problem.hint("`wirepress init` writes a configuration"),
                    std::io::ErrorKind::PermissionDenied => problem.hint("give the user that runs wirepress the right to read it"),
                    _ => problem.hint("name a file with `--config`"),
                });
                None
            }
        }
    }

    /// Reads the tables of a file; `None` when it is no TOML.
    fn parse(&mut self, file: usize) -> Option<File> {
        let (table, errors) = DeTable::parse_recoverable(self.sources.text(file));
        if errors.is_empty() {
            let mut reading = Reading { sources: &self.sources, file, problems: &mut self.problems, key: String::new() };
            return Some(read_table(table.get_ref(), 0..0, &mut reading));
        }
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            self.problems.push(syntax(&self.sources, &Place { file, span }, error.message()));
        }
        None
    }

    /// Adds the tables of all files that `include` names.
    fn include(&mut self) {
        let mut seen: Vec<PathBuf> = Vec::new();
        for pattern in self.file.include.clone().map(|many| many.0).unwrap_or_default() {
            let folder = parent(Path::new(self.sources.name(pattern.at.file))).to_owned();
            let found = match files::matching(&folder, &pattern.value) {
                Ok(found) => found,
                Err(error) => {
                    let problem = Problem::at(
                        &self.sources,
                        &pattern.at,
                        format!("`{}` can't be read: {error}", folder.join(&pattern.value).display()),
                    );
                    self.problems.push(problem.hint("paths are relative to the file that names them; `*` stands for any name"));
                    continue;
                }
            };
            if found.is_empty() {
                let problem = Problem::at(&self.sources, &pattern.at, format!("no file fits `{}`", folder.join(&pattern.value).display()));
                self.problems.push(problem.warning());
            }
            for path in found {
                if !seen.contains(&path) {
                    self.add(&path, &folder);
                    seen.push(path);
                }
            }
        }
    }

    fn add(&mut self, path: &Path, folder: &Path) {
        let short = path.strip_prefix(folder).unwrap_or(path).to_owned();
        let Some(file) = self.text(path, &short) else { return };
        if opml::is_opml(self.sources.text(file)) {
            self.outlines.extend(opml::read(&self.sources, file, &mut self.problems));
            return;
        }
        let Some(more) = self.parse(file) else { return };
        let only_once = [
            (more.store.as_ref().map(|table| &table.at), "store"),
            (more.http.as_ref().map(|table| &table.at), "http"),
            (more.defaults.as_ref().map(|table| &table.at), "defaults"),
            (more.include.as_ref().and_then(|many| many.0.first()).map(|first| &first.at), "include"),
        ];
        for (at, name) in only_once {
            if let Some(at) = at {
                let problem = Problem::at(&self.sources, at, format!("`{name}` can't stand in an included file"));
                self.problems.push(problem.hint(format!("move it to `{}`", self.sources.name(0))));
            }
        }
        join(&mut self.file.group, more.group);
        join(&mut self.file.rule, more.rule);
        join(&mut self.file.template, more.template);
        join(&mut self.file.digest, more.digest);
        join(&mut self.file.site, more.site);
        join(&mut self.file.feed, more.feed);
    }
}

fn join<T>(all: &mut Option<Vec<T>>, more: Option<Vec<T>>) {
    all.get_or_insert_default().extend(more.unwrap_or_default());
}

/// What the TOML parser says, with a hint where beginners stumble.
fn syntax(sources: &Sources, at: &Place, message: &str) -> Problem {
    let message = message.lines().next().unwrap_or("this is no TOML");
    let problem = Problem::at(sources, at, format!("this is no TOML: {message}"));
    let text = sources.text(at.file);
    let start = text.floor_char_boundary(at.span.start.min(text.len()));
    let line = text[text[..start].rfind('\n').map_or(0, |newline| newline + 1)..].lines().next().unwrap_or_default().trim();
    let (key, value) = line.split_once('=').map_or((line, ""), |(key, value)| (key.trim(), value.trim()));
    if message.contains("duplicate key") {
        problem.hint(if line.starts_with('[') {
            "a table in single brackets can stand there only once; feeds, sites, groups and rules want double brackets".to_owned()
        } else {
            "keep one of them".to_owned()
        })
    } else if message.contains("invalid basic string") || message.contains("invalid literal string") {
        problem.hint("the closing quote is missing, or a \\ that is meant stands there once instead of twice")
    } else if value.starts_with(|c: char| c.is_alphabetic()) && !value.starts_with("true") && !value.starts_with("false") {
        problem.hint(format!("text wants quotes: `{key} = \"…\"`"))
    } else if line.contains(['“', '”', '„', '’']) {
        problem.hint("these are typographic quotes; TOML wants plain ones: \" or '")
    } else if message.contains("key with no value") {
        problem.hint("a line is `key = value`; text wants quotes")
    } else {
        problem.hint("a line is `key = value`, a heading `[table]` or `[[list]]`, a remark begins with `#`")
    }
}
