//! What late fields are made from: one item on its way to one site.

use minijinja::value::Value;

use super::compose::Prepared;
use super::fields::{FIELDS, Get};
use super::markup::{paragraphs, picture};
use super::recipe::{Content, Image, Recipe};
use super::source::source_line;
use super::terms::Terms;
use super::view::LateFields;
use crate::domain::{DraftImage, Score, Status};

/// An item as far as it is composed for a site.
#[derive(Debug)]
pub(super) struct Composing<'a> {
    pub recipe: &'a Recipe,
    pub prepared: &'a Prepared<'a>,
    pub terms: Terms<'a>,
    pub status: Status,
    pub score: Score,
}

impl<'a> Composing<'a> {
    /// Before any rule has run.
    pub fn new(recipe: &'a Recipe, prepared: &'a Prepared<'a>) -> Self {
        Self { recipe, prepared, terms: Terms::new(recipe, prepared.view), status: recipe.status, score: Score::default() }
    }

    /// All late fields.
    pub fn late(&self) -> LateFields {
        let value = |get: &Get| match get {
            Get::Early(_) => Value::UNDEFINED,
            Get::Late(make) => make(self),
        };
        FIELDS.iter().map(|field| value(&field.value)).collect()
    }

    /// Makes these fields anew.
    pub fn refresh(&self, late: &mut LateFields, names: &[&str]) {
        for (field, value) in FIELDS.iter().zip(late) {
            if let Get::Late(make) = field.value
                && names.contains(&field.name)
            {
                *value = make(self);
            }
        }
    }

    pub fn image(&self) -> Option<&DraftImage> {
        self.prepared.image.and_then(|image| image.as_ref().ok()).filter(|_| self.recipe.image == Image::Featured)
    }

    /// The chosen picture on its source's server.
    pub fn picture(&self) -> String {
        self.image().map(|image| picture(self.recipe.editor, image)).unwrap_or_default()
    }

    /// What the `content` key says.
    pub fn content(&self) -> String {
        match self.recipe.content {
            Content::Excerpt => paragraphs(self.recipe.editor, self.prepared.excerpt),
            Content::Feed | Content::Page => self.prepared.blocks.to_owned(),
        }
    }

    pub fn source_line(&self) -> String {
        source_line(self.prepared.view, self.recipe.editor, self.recipe.language.as_deref(), self.prepared.key)
    }
}
