//! `[[template]]`: each part compiled, from the configuration or from a file of its own.

use std::sync::Arc;

use super::super::problem::Problem;
use super::super::raw::{self, TextOrFile};
use super::super::source::{At, Place, inside_string};
use super::Check;
use crate::rewrite::{Fault, Slot, TemplateId, Templates};

impl Check {
    /// Compiles one template and remembers it by its name.
    pub(super) fn template(&mut self, template: &raw::Template) {
        let parts = [
            (&template.title, Slot::Title),
            (&template.body, Slot::Body),
            (&template.excerpt, Slot::Excerpt),
            (&template.slug, Slot::Slug),
        ];
        let [title, body, excerpt, slug] = parts.map(|(part, slot)| self.part(part.as_ref()?, slot));
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

    fn part(&mut self, part: &TextOrFile, slot: Slot) -> Option<TemplateId> {
        match part {
            TextOrFile::Text(text) => {
                let result = self.engine.template(slot, &text.value);
                self.compiled(result, text)
            }
            TextOrFile::File(written) => {
                let path = self.path(written);
                let text = match std::fs::read_to_string(&path) {
                    Ok(text) => text,
                    Err(error) => {
                        let shown = self.shown(written);
                        self.error(
                            &written.at,
                            format!("the template `{shown}` can't be read: {error}"),
                            "paths are relative to the file that names them",
                        );
                        return None;
                    }
                };
                let result = self.engine.template(slot, &text);
                let file = self.sources.add(self.shown(written), written.value.clone(), text);
                result
                    .map_err(|faults| faults.into_iter().for_each(|fault| self.fault(Place { file, span: fault.range.clone() }, fault)))
                    .ok()
            }
        }
    }

    /// A path as messages call it.
    fn shown(&self, written: &At<String>) -> String {
        let folder = super::parent(super::Path::new(self.sources.name(written.at.file)));
        folder.join(&written.value).display().to_string()
    }

    /// What was compiled from a text of the configuration; its faults are noted where they stand in the file.
    pub(super) fn compiled<T>(&mut self, result: Result<T, Vec<Fault>>, text: &At<String>) -> Option<T> {
        let faults = match result {
            Ok(compiled) => return Some(compiled),
            Err(faults) => faults,
        };
        for fault in faults {
            let token = &self.sources.text(text.at.file)[text.at.span.clone()];
            let span = match inside_string(token, &text.value, &fault.range) {
                Some(inside) => text.at.span.start + inside.start..text.at.span.start + inside.end,
                None => text.at.span.clone(),
            };
            self.fault(Place { file: text.at.file, span }, fault);
        }
        None
    }

    fn fault(&mut self, at: Place, fault: Fault) {
        let problem = Problem::at(&self.sources, &at, fault.message).perhaps(fault.hint);
        self.problems.push(problem);
    }
}
