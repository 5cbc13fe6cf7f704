//! `[[template]]`: each part compiled, from the configuration or from a file of its own, with what it includes put in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::problem::{Problem, nearest};
use super::super::raw::{self, TextOrFile};
use super::super::source::{At, Place, inside_string};
use super::Check;
use crate::rewrite::{self, Fault, Over, Slot, TemplateId, Templates};

/// Includes in includes go so deep.
const DEEPEST: usize = 20;
/// A template with all that it includes is at most so many bytes long.
const LONGEST: usize = 1 << 20;

/// Where a piece of text is written.
#[derive(Debug, Clone)]
enum Origin {
    /// Number of the file.
    File(usize),
    /// A string in a file.
    Text(At<String>),
}

/// A template's text with what it includes put in, and where each piece of it is written.
#[derive(Debug, Default)]
struct Whole {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    /// Its first byte in the whole text.
    at: usize,
    /// The same in its origin.
    from: usize,
    origin: Origin,
}

/// One text of several that include each other.
struct Part<'a> {
    text: &'a str,
    origin: &'a Origin,
    /// What its paths are relative to.
    folder: &'a Path,
}

impl Check {
    /// Compiles one template and remembers it by its name.
    pub(super) fn template(&mut self, template: &raw::Template) {
        let parts = [
            (&template.title, Slot::Title),
            (&template.body, Slot::Body),
            (&template.excerpt, Slot::Excerpt),
            (&template.slug, Slot::Slug),
        ];
        let [title, body, excerpt, slug] = parts.map(|(part, slot)| self.part(part.as_ref()?, Over::Entry, slot));
        let Some(name) = &template.name else { return };
        if parts.iter().all(|(part, _)| part.is_none()) {
            self.error(
                &template.at,
                format!("the template `{}` says nothing", name.value),
                "give it a `title`, `body`, `excerpt` or `slug`",
            );
        }
        self.templates.insert(name.value.clone(), Arc::new(Templates { name: name.value.clone(), title, body, excerpt, slug }));
    }

    /// What the templates may lack, told once each. A piece that others include need not name the source itself.
    pub(super) fn tell_notes(&mut self, templates: &[raw::Template]) {
        let place = |part: &TextOrFile| match part {
            TextOrFile::Text(text) => text.at.clone(),
            TextOrFile::File(path) => path.at.clone(),
        };
        let included = templates.iter().filter(|template| template.name.as_ref().is_some_and(|name| self.included.contains(&name.value)));
        let pieces: Vec<Place> = included.filter_map(|template| template.body.as_ref().map(place)).collect();
        for (at, problem) in std::mem::take(&mut self.notes) {
            let is_a_piece = problem.message == rewrite::NO_SOURCE && pieces.contains(&at);
            if !is_a_piece && !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    /// One part, over an entry or a digest.
    pub(super) fn part(&mut self, part: &TextOrFile, over: Over, slot: Slot) -> Option<TemplateId> {
        let (at, origin, folder) = match part {
            TextOrFile::Text(text) => (&text.at, Origin::Text(text.clone()), self.folder_of(text.at.file)),
            TextOrFile::File(written) => {
                let path = self.path(written);
                match self.file(&path, self.shown(written), &written.value) {
                    Ok(file) => (&written.at, Origin::File(file), super::parent(&path).to_owned()),
                    Err(error) => {
                        let shown = self.shown(written);
                        self.error(
                            &written.at,
                            format!("the template `{shown}` can't be read: {error}"),
                            "paths are relative to the file that names them",
                        );
                        return None;
                    }
                }
            }
        };
        let text = self.text_of(&origin);
        let mut whole = Whole::default();
        let before = self.problems.len();
        self.put(&mut whole, &Part { text: &text, origin: &origin, folder: &folder }, &mut Vec::new());
        if self.problems.len() > before {
            return None;
        }
        match self.engine.template_over(over, slot, &whole.text) {
            Ok(template) => {
                for note in self.engine.notes(template).to_vec() {
                    let problem = self.problem(&whole, note).warning().lint();
                    self.notes.push((at.clone(), problem));
                }
                Some(template)
            }
            Err(faults) => {
                for fault in faults {
                    let problem = self.problem(&whole, fault);
                    self.problems.push(problem);
                }
                None
            }
        }
    }

    /// Appends a text, with what it includes in the places of its includes. `within`: what includes it, from the outermost.
    fn put(&mut self, whole: &mut Whole, part: &Part<'_>, within: &mut Vec<String>) {
        let includes = match rewrite::includes(part.text) {
            Ok(includes) => includes,
            Err(faults) => return faults.into_iter().for_each(|fault| self.fault(part, fault)),
        };
        let mut copied = 0;
        for include in includes {
            whole.add(part, copied..include.whole.start);
            copied = include.whole.end;
            let fault = |message: String, hint: String| Fault { range: include.at.clone(), message, hint: Some(hint) };
            let (origin, folder, key) = match self.what_is_named(&include.name, part.folder) {
                Ok(found) => found,
                Err((message, hint)) => {
                    self.fault(part, fault(message, hint));
                    continue;
                }
            };
            if within.contains(&key) {
                let chain: Vec<&str> = within.iter().chain([&key]).map(String::as_str).collect();
                let hint = format!("take one out of the circle {}", chain.join(" → "));
                self.fault(part, fault(format!("`{}` includes itself", include.name), hint));
                continue;
            }
            if within.len() >= DEEPEST || whole.text.len() > LONGEST {
                let hint = format!("{DEEPEST} in each other, and {LONGEST} bytes in all, are the most");
                self.fault(part, fault("too much is included".to_owned(), hint));
                return;
            }
            let text = self.text_of(&origin);
            let inner = Part { text: &text, origin: &origin, folder: &folder };
            if let Err(fault) = rewrite::parses(&text) {
                self.fault(&inner, fault);
                continue;
            }
            whole.text.push_str(include.around.0);
            within.push(key);
            self.put(whole, &inner, within);
            within.pop();
            whole.text.push_str(include.around.1);
        }
        whole.add(part, copied..part.text.len());
    }

    /// What an include names: a template with a body, or a file beside the one that names it. Its text, its folder, its name.
    fn what_is_named(&mut self, name: &str, folder: &Path) -> Result<(Origin, PathBuf, String), (String, String)> {
        self.included.insert(name.to_owned());
        let (path, shown) = match self.bodies.get(name).cloned() {
            Some(TextOrFile::Text(text)) => {
                let folder = self.folder_of(text.at.file);
                return Ok((Origin::Text(text), folder, name.to_owned()));
            }
            Some(TextOrFile::File(written)) => (self.path(&written), self.shown(&written)),
            None => (folder.join(name), folder.strip_prefix(&self.folder).unwrap_or(folder).join(name).display().to_string()),
        };
        match self.file(&path, shown, name) {
            Ok(file) => Ok((Origin::File(file), super::parent(&path).to_owned(), path.display().to_string())),
            Err(error) => {
                let near = nearest(name, self.bodies.keys().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
                let hint = near.unwrap_or_else(|| format!("a `[[template]]` with a body, or a file beside this one ({error})"));
                Err((format!("there is no template and no file `{name}`"), hint))
            }
        }
    }

    /// The number of a template's file, read once.
    fn file(&mut self, path: &Path, shown: String, short: &str) -> std::io::Result<usize> {
        if let Some(file) = self.template_files.get(path) {
            return Ok(*file);
        }
        let text = std::fs::read_to_string(path)?;
        let file = self.sources.add(shown, short.to_owned(), text);
        self.template_files.insert(path.to_owned(), file);
        Ok(file)
    }

    fn text_of(&self, origin: &Origin) -> String {
        match origin {
            Origin::File(file) => self.sources.text(*file).to_owned(),
            Origin::Text(text) => text.value.clone(),
        }
    }

    /// The folder of a configuration's file; absolute.
    fn folder_of(&self, file: usize) -> PathBuf {
        let folder = super::parent(Path::new(self.sources.name(file)));
        std::path::absolute(folder).unwrap_or_else(|_| self.folder.clone())
    }

    /// A path as messages call it.
    fn shown(&self, written: &At<String>) -> String {
        let folder = super::parent(Path::new(self.sources.name(written.at.file)));
        folder.join(&written.value).display().to_string()
    }

    /// What was compiled from a text of the configuration; its faults are noted where they stand in the file.
    pub(super) fn compiled<T>(&mut self, result: Result<T, Vec<Fault>>, text: &At<String>) -> Option<T> {
        let faults = match result {
            Ok(compiled) => return Some(compiled),
            Err(faults) => faults,
        };
        let origin = Origin::Text(text.clone());
        let part = Part { text: &text.value, origin: &origin, folder: Path::new("") };
        faults.into_iter().for_each(|fault| self.fault(&part, fault));
        None
    }

    fn fault(&mut self, part: &Part<'_>, fault: Fault) {
        let at = self.place(part.origin, fault.range);
        let problem = Problem::at(&self.sources, &at, fault.message).perhaps(fault.hint);
        self.problems.push(problem);
    }

    fn problem(&self, whole: &Whole, fault: Fault) -> Problem {
        let at = match whole.origin(&fault.range) {
            Some((origin, range)) => self.place(origin, range),
            None => Place::default(),
        };
        Problem::at(&self.sources, &at, fault.message).perhaps(fault.hint)
    }

    /// Where a range of a text stands in its file.
    fn place(&self, origin: &Origin, range: std::ops::Range<usize>) -> Place {
        match origin {
            Origin::File(file) => Place { file: *file, span: range },
            Origin::Text(text) => {
                let token = &self.sources.text(text.at.file)[text.at.span.clone()];
                let span = match inside_string(token, &text.value, &range) {
                    Some(inside) => text.at.span.start + inside.start..text.at.span.start + inside.end,
                    None => text.at.span.clone(),
                };
                Place { file: text.at.file, span }
            }
        }
    }
}

impl Whole {
    fn add(&mut self, part: &Part<'_>, range: std::ops::Range<usize>) {
        self.pieces.push(Piece { at: self.text.len(), from: range.start, origin: part.origin.clone() });
        self.text.push_str(&part.text[range]);
    }

    /// In which text a range begins, and where there. What reaches into another text ends with its own.
    fn origin(&self, range: &std::ops::Range<usize>) -> Option<(&Origin, std::ops::Range<usize>)> {
        let number = self.pieces.iter().rposition(|piece| piece.at <= range.start)?;
        let piece = &self.pieces[number];
        let end = self.pieces.get(number + 1).map_or(self.text.len(), |next| next.at);
        let place = |at: usize| piece.from + at.min(end) - piece.at;
        Some((&piece.origin, place(range.start)..place(range.end.max(range.start))))
    }
}
