//! What of a post that is out may follow its source: its fields, by name.

/// A field of a post, by the name that the REST API has for it; a taxonomy by its `rest_base`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Title,
    Content,
    Excerpt,
    FeaturedMedia,
    Status,
    Author,
    /// A custom field: `meta.price`.
    Meta(String),
    /// What search engines are told, whichever plug-in keeps it: `seo.title`, `seo.description`, `seo.canonical`, `seo.robots`.
    Seo(String),
    Taxonomy(String),
}

impl Field {
    /// As the REST API calls it, and as a person names it.
    pub fn name(&self) -> String {
        match self {
            Self::Title => "title".to_owned(),
            Self::Content => "content".to_owned(),
            Self::Excerpt => "excerpt".to_owned(),
            Self::FeaturedMedia => "featured_media".to_owned(),
            Self::Status => "status".to_owned(),
            Self::Author => "author".to_owned(),
            Self::Meta(key) => format!("meta.{key}"),
            Self::Seo(what) => format!("seo.{what}"),
            Self::Taxonomy(rest_base) => rest_base.clone(),
        }
    }

    /// The same field by that name.
    pub fn named(name: &str) -> Self {
        match name {
            "title" => Self::Title,
            "content" => Self::Content,
            "excerpt" => Self::Excerpt,
            "featured_media" => Self::FeaturedMedia,
            "status" => Self::Status,
            "author" => Self::Author,
            other => match other.split_once('.') {
                Some(("meta", key)) => Self::Meta(key.to_owned()),
                Some(("seo", what)) => Self::Seo(what.to_owned()),
                _ => Self::Taxonomy(other.to_owned()),
            },
        }
    }

    /// WordPress refuses it only when the rest of a change is done: it goes out alone.
    pub fn goes_alone(&self) -> bool {
        matches!(self, Self::Meta(_) | Self::Seo(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_again_by_its_name() {
        for name in ["title", "content", "excerpt", "featured_media", "status", "author", "meta.a.b", "seo.title", "tags", "genre"] {
            assert_eq!(Field::named(name).name(), name);
        }
        assert_eq!(Field::named("meta.a.b"), Field::Meta("a.b".to_owned()));
    }
}
