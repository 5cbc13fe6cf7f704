//! What is wrong with a configuration: every problem with its place, the line, a caret and a hint.

use std::fmt;

use super::source::{Place, Shown, Sources};

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The configuration can't be used.
    Error,
    /// It can, but somebody should look.
    Warning,
}

/// One thing that is wrong. `Display` gives the whole message: several lines, the last without a line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    /// One sentence in lower case without a full stop.
    pub message: String,
    /// Where, unless it is about the whole file.
    pub shown: Option<Shown>,
    /// Another place that belongs to it: `first named at wirepress.toml:3`.
    pub note: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    /// It is about what a sound template may still lack.
    pub is_lint: bool,
    order: (usize, usize),
}

impl Problem {
    /// An error at a place.
    pub fn at(sources: &Sources, at: &Place, message: impl Into<String>) -> Self {
        let shown = Some(sources.show(at));
        Self {
            severity: Severity::Error,
            message: message.into(),
            shown,
            note: None,
            hint: None,
            is_lint: false,
            order: (at.file, at.span.start),
        }
    }

    /// An error about the configuration as a whole.
    pub fn overall(message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, message: message.into(), shown: None, note: None, hint: None, is_lint: false, order: (0, 0) }
    }

    /// It is about something inside this place.
    pub fn within(&self, at: &Place) -> bool {
        self.shown.is_some() && self.order.0 == at.file && at.span.contains(&self.order.1)
    }

    /// The same place, with another message.
    pub fn saying(self, message: impl Into<String>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// The same, with what to do about it.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same, with what to do about it, where something is known.
    pub fn perhaps(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }

    /// The same, with what else belongs to it.
    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }

    /// The same, as something that a template lacks.
    pub fn lint(self) -> Self {
        Self { is_lint: true, ..self }
    }

    /// The same, as a warning.
    pub fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}", self.message)?;
        if let Some(Shown { file, line, column, text, indent, carets }) = &self.shown {
            let number = line.to_string();
            let gutter = " ".repeat(number.len());
            write!(f, "\n{gutter}--> {file}:{line}:{column}")?;
            write!(f, "\n{gutter} |\n{number} | {text}\n{gutter} | {indent}{}", "^".repeat(*carets))?;
        }
        if let Some(note) = &self.note {
            write!(f, "\nnote: {note}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

/// Everything that is wrong, in the order of the files; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Puts them in order; equal ones are said once.
    pub fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.order);
        problems.dedup();
        Self(problems)
    }

    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// The same, without their wrapping.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            write!(f, "{problem}\n\n")?;
        }
        let count = |severity, one: &str| match self.0.iter().filter(|problem| problem.severity == severity).count() {
            0 => None,
            1 => Some(format!("1 {one}")),
            many => Some(format!("{many} {one}s")),
        };
        let counts: Vec<String> = [count(Severity::Error, "error"), count(Severity::Warning, "warning")].into_iter().flatten().collect();
        write!(f, "{} in the configuration", counts.join(" and "))
    }
}

/// The known name nearest to what was written: case, `-` for `_` and a few slips forgiven.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let wanted = fold(written);
    let allowed = (wanted.chars().count() / 3).max(1);
    let known: Vec<&str> = known.into_iter().collect();
    let near = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&wanted, &fold(name)), *name))
        .filter(|(distance, name)| *distance <= allowed && *distance < name.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name);
    // or the only one that begins so
    let mut longer = known.iter().filter(|name| wanted.len() > 3 && fold(name).starts_with(&wanted));
    near.or_else(|| longer.next().filter(|_| longer.next().is_none()).copied())
}

/// `` `a`, `b` or `c` ``
pub fn one_of<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_forgives_slips_but_not_everything() {
        let known = ["every", "backfill", "backfill_age", "url"];
        for (written, wanted) in [
            ("evry", Some("every")),
            ("Every", Some("every")),
            ("backfill-age", Some("backfill_age")),
            ("backfillAge", Some("backfill_age")),
            ("bakcfill", Some("backfill")),
            ("ulr", Some("url")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, known), wanted, "{written}");
        }
    }
}
