//! Names: fields, and what was probably meant by a name that there isn't.

use minijinja::machinery::Span;

use super::super::digest::{DIGEST_FIELDS, digest_field, hidden};
use super::super::engine::Over;
use super::super::fields::{FIELDS, Kind, Known, field};
use super::Walk;
use super::kind::Type;

impl Walk<'_> {
    pub(super) fn var(&mut self, name: &str, span: Span) -> Option<Type> {
        if let Some(kind) = self.locals.iter().rev().find_map(|scope| scope.get(name)) {
            return *kind;
        }
        let Some((name, kind, known)) = self.kind_of(name) else {
            let names: Vec<&str> = match self.over {
                Over::Entry => FIELDS.iter().map(|field| field.name).collect(),
                Over::Digest => DIGEST_FIELDS.iter().map(|field| field.name).collect(),
            };
            let own: Vec<String> = self.locals.iter().flat_map(|scope| scope.keys().cloned()).collect();
            let near = nearest(name, names.iter().copied().chain(own.iter().map(String::as_str)));
            let near = near.map(|near| format!("did you mean `{near}`?"));
            let hint = match self.over {
                Over::Entry => near.or_else(|| elsewhere(name)),
                Over::Digest if field(name).is_some() => {
                    Some(format!("a digest shows many: `{{% for entry in entries %}}{{{{ entry.{name} }}}}{{% endfor %}}`"))
                }
                Over::Digest => near,
            };
            let hint = hint.unwrap_or_else(|| known("fields", names));
            self.fault(span, format!("unknown field `{name}`"), hint);
            return None;
        };
        if known > self.known {
            let hint = "a rule with `then = { site = … }` may read what the entry itself says; split it in two rules".to_owned();
            self.fault(span, format!("`{name}` is not known yet where the sites are chosen"), hint);
        }
        self.sound.reads.insert(name);
        Some(Type::of(kind))
    }

    /// A field of what this is over: its name, kind, and when it is known.
    pub(super) fn kind_of(&self, name: &str) -> Option<(&'static str, Kind, Known)> {
        match self.over {
            Over::Entry => field(name).map(|field| (field.name, field.kind, field.known)),
            Over::Digest => digest_field(name).map(|field| (field.name, field.kind, Known::Late)),
        }
    }

    /// A field of one of a digest's entries.
    pub(super) fn field_of_entry(&mut self, name: &str, on: Span, whole: Span) -> Option<Type> {
        if let Some(field) = field(name).filter(|field| !hidden(field.name)) {
            return Some(Type::of(field.kind));
        }
        let range = self.name_at(on.end_offset as usize, name, whole);
        let near = nearest(name, FIELDS.iter().map(|field| field.name)).filter(|near| !hidden(near));
        let near = near.map(|near| format!("did you mean `{near}`?")).or_else(|| elsewhere(name));
        let own = hidden(name).then(|| format!("`{name}` is the digest's own: write `{{{{ {name} }}}}`"));
        let hint = own.or(near).unwrap_or_else(|| known("fields", FIELDS.iter().map(|field| field.name).filter(|name| !hidden(name))));
        self.fault_at(range, format!("an entry has no field `{name}`"), hint);
        None
    }
}

/// The nearest of `names`, if it is near enough to be meant.
pub(super) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let best = names.into_iter().map(|other| (strsim::damerau_levenshtein(name, other), other)).min_by_key(|(distance, _)| *distance)?;
    (best.0 <= 1 + name.len() / 4).then_some(best.1)
}

/// All names of a kind.
pub(super) fn known<'a>(what: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().filter(|name| name.len() > 1).map(|name| format!("`{name}`")).collect();
    format!("the {what} are {}", quoted.join(", "))
}

/// What other languages call it.
pub(super) fn elsewhere(name: &str) -> Option<String> {
    let hint = match name {
        "contains" | "includes" | "has" | "contain" => "write `title is containing('word')`, or `'part' in title`",
        "startswith" | "starts_with" | "startsWith" => "write `title is startingwith('…')`",
        "endswith" | "ends_with" | "endsWith" => "write `title is endingwith('…')`",
        "match" | "matches" | "like" | "regex" | "search" | "test" | "regexp" => "write `title is matching('…')`",
        "truncate" | "limit" | "ellipsis" => "write `text|cut(200)`",
        "strftime" | "date_format" | "format_date" | "isoformat" => "write `published|date('%Y-%m-%d')`",
        "len" | "size" => "write `title|length`",
        "striptags" | "strip_tags" | "striphtml" => "`text` is the body without markup",
        "upcase" | "uppercase" | "toupper" | "to_upper" | "ucase" | "toUpperCase" => "did you mean `upper`? write `title|upper`",
        "downcase" | "lowercase" | "tolower" | "to_lower" | "lcase" | "toLowerCase" => "did you mean `lower`? write `title|lower`",
        "titlecase" | "title_case" | "ucwords" => "did you mean `title`? write `title|title`",
        "ucfirst" | "capfirst" => "did you mean `capitalize`? write `title|capitalize`",
        "strip" | "chomp" => "did you mean `trim`? write `title|trim`",
        "gsub" | "regex_replace" | "re_sub" | "sub" => "write `title|replaced('pattern', 'by')`",
        "remove" => "write `title|without('pattern')`",
        "empty" | "blank" => "write `not title`",
        "now" => "`age` is how many hours ago it appeared",
        "slugify" => "write `title|slug`",
        "body" | "content_html" | "description" | "article" => {
            "`html` is the body, `text` the same without markup, `summary` the feed's own summary"
        }
        "url" | "permalink" | "href" => "`link` is the permalink",
        "date" | "pubdate" | "pubDate" | "time" => "`published` is when it appeared, `age` how many hours ago",
        "category" => "`categories` is the list of them",
        "creator" => "`author` has the names, `authors` is the list of them",
        "lang" => "`language` is the entry's",
        "word_count" | "wordcount" | "length" => "`words` is the number of words of the body",
        "source" | "source_title" | "feed_name" => "`feed` is the name in the configuration, `feed_title` what it calls itself",
        "item" | "entry" | "post" => "fields stand by themselves: `title`, not `entry.title`",
        _ => return None,
    };
    Some(hint.to_owned())
}
