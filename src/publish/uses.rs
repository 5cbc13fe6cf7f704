//! What uses pictures and terms that are about to be deleted for good: asked of the site itself, post by post.
//!
//! WordPress can't be asked which posts show a picture or have it as their featured one, and a term's own count leaves drafts out.
//! So one walk goes through all posts of all types, in any status and in the trash.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use crate::wordpress::{Everything, Failure, Site};

/// What a walk looks for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Pictures: WordPress' id and the slug that the names of their files begin with.
    pub media: Vec<(u64, String)>,
    /// Terms: the taxonomy's `rest_base` and WordPress' id.
    pub terms: Vec<(String, u64)>,
    /// Posts whose uses don't count: those that go, too.
    pub except: HashSet<u64>,
}

/// Who uses what; what isn't here is used by nothing that this account can see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    media: HashMap<u64, Use>,
    terms: HashMap<(String, u64), Use>,
    /// Why nothing can be said of the rest.
    pub unsure: Option<String>,
}

/// The first post that uses something, and how many more do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub post: u64,
    /// `post`, `page`, …
    pub kind: String,
    pub more: u64,
}

impl Uses {
    /// Who uses a picture.
    pub fn of_media(&self, id: u64) -> Option<&Use> {
        self.media.get(&id)
    }

    /// Who has a term.
    pub fn of_term(&self, taxonomy: &str, id: u64) -> Option<&Use> {
        self.terms.get(&(taxonomy.to_owned(), id))
    }
}

impl std::fmt::Display for Use {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { post, kind, more } = self;
        match more {
            0 => write!(f, "{kind} {post} uses it"),
            more => write!(f, "{kind} {post} and {more} more use it"),
        }
    }
}

/// Walks through the site. Changes nothing.
pub async fn uses(site: &Site, wanted: &Wanted) -> Result<Uses, Failure> {
    let mut uses = Uses::default();
    if wanted.media.is_empty() && wanted.terms.is_empty() {
        return Ok(uses);
    }
    let taxonomies: BTreeSet<&str> = wanted.terms.iter().map(|(taxonomy, _)| taxonomy.as_str()).collect();
    let fields = taxonomies
        .iter()
        .fold("featured_media,content.raw,excerpt.raw,meta,acf,post".to_owned(), |fields, taxonomy| fields + "," + taxonomy);
    let asked: HashSet<(&str, u64)> = wanted.terms.iter().map(|(taxonomy, id)| (taxonomy.as_str(), *id)).collect();
    for kind in site.types().await? {
        let walk = site.every(Everything { of: kind, fields: &fields, context: "edit" }, |row| {
            let post = row["id"].as_u64().unwrap_or(0);
            let note = |known: Option<&mut Use>| match known {
                Some(known) => {
                    known.more += 1;
                    None
                }
                None => Some(Use { post, kind: kind.name.clone(), more: 0 }),
            };
            if wanted.except.contains(&post) {
                return;
            }
            for taxonomy in &taxonomies {
                for id in row[*taxonomy].as_array().into_iter().flatten().filter_map(Value::as_u64) {
                    if asked.contains(&(*taxonomy, id)) {
                        let key = ((*taxonomy).to_owned(), id);
                        if let Some(new) = note(uses.terms.get_mut(&key)) {
                            uses.terms.insert(key, new);
                        }
                    }
                }
            }
            let featured = row["featured_media"].as_u64().unwrap_or(0);
            let texts = [&row["content"]["raw"], &row["excerpt"]["raw"]].map(|text| text.as_str().unwrap_or(""));
            for (id, slug) in &wanted.media {
                // a picture is no use of itself
                if post != *id
                    && (featured == *id
                        || texts.iter().any(|text| shows(text, *id, slug))
                        || keeps(&row["meta"], slug)
                        || holds(&row["acf"], *id, slug))
                    && let Some(new) = note(uses.media.get_mut(id))
                {
                    uses.media.insert(*id, new);
                }
            }
        });
        match walk.await {
            Ok(walked) if walked.is_whole() || kind.is_design() => {}
            Ok(walked) => {
                let unseen = walked.there - walked.shown;
                uses.unsure.get_or_insert(format!("this account doesn't see {unseen} of {} ({})", walked.there, kind.name));
            }
            Err(Failure::Refused(_) | Failure::Unwelcome(_) | Failure::Lost { .. }) if kind.is_design() => {}
            Err(Failure::Refused(refusal) | Failure::Unwelcome(refusal)) => {
                uses.unsure.get_or_insert(format!("this account can't look through all `{}` ({})", kind.name, refusal.code));
            }
            Err(Failure::Lost { because, .. }) => {
                uses.unsure.get_or_insert(format!("`{}` can't be looked through: {because}", kind.name));
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(uses)
}

/// Whether custom fields name a picture's file, however deep. Its number alone may be any number there.
fn keeps(fields: &Value, slug: &str) -> bool {
    match fields {
        Value::String(text) => text.contains(slug),
        Value::Array(all) => all.iter().any(|one| keeps(one, slug)),
        Value::Object(all) => all.values().any(|one| keeps(one, slug)),
        _ => false,
    }
}

/// The same of Advanced Custom Fields, which keep pictures by their numbers: rather one that stays than one that is missed.
fn holds(fields: &Value, id: u64, slug: &str) -> bool {
    match fields {
        Value::Number(number) => number.as_u64() == Some(id),
        Value::Array(all) => all.iter().any(|one| holds(one, id, slug)),
        Value::Object(all) => all.values().any(|one| holds(one, id, slug)),
        other => keeps(other, slug),
    }
}

/// Whether a content shows a picture: by the name of its file, by the editor's class, or by its id in a block or a shortcode.
fn shows(content: &str, id: u64, slug: &str) -> bool {
    if content.is_empty() {
        return false;
    }
    if content.contains(slug) {
        return true;
    }
    let id = id.to_string();
    let stands = |before: &str| {
        let mut found = content.match_indices(before);
        found.any(|(at, _)| {
            let rest = content[at + before.len()..].trim_start_matches([' ', '[', '"', '\'', ',']);
            // a list of ids: `[gallery ids="1,2"]`, `"ids":[1,2]`
            let list = rest.split([']', '"', '\'', '}']).next().unwrap_or("");
            let first = |text: &str| text.trim().bytes().take_while(u8::is_ascii_digit).count();
            match before.ends_with("ids\":") || before.ends_with("ids=") {
                true => list.split(',').any(|one| one.trim() == id),
                false => rest[..first(rest)] == id,
            }
        })
    };
    ["wp-image-", "\"id\":", "\"mediaId\":", "\"ids\":", " ids=", "attachment_"].iter().any(|before| stands(before))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{holds, keeps, shows};

    #[test]
    fn a_picture_is_found_in_custom_fields_by_its_file_and_where_they_keep_numbers_by_its_number() {
        let url = "https://x.example/wp-content/uploads/2026/11/wpm-abc.jpg";
        for (fields, by_file, by_either) in [
            (json!({ "hero": url }), true, true),
            (json!({ "gallery": [{ "src": url }] }), true, true),
            (json!({ "hero": 57, "views": "57" }), false, true),
            (json!({ "rows": [{ "picture": { "id": 57 } }] }), false, true),
            (json!({ "hero": 571, "text": "wpm-abd" }), false, false),
            (json!([]), false, false),
            (json!(null), false, false),
        ] {
            assert_eq!((keeps(&fields, "wpm-abc"), holds(&fields, 57, "wpm-abc")), (by_file, by_either), "{fields}");
        }
    }

    #[test]
    fn a_picture_is_found_in_a_content_by_file_class_block_and_gallery() {
        for (content, shown) in [
            ("", false),
            ("<p>57</p>", false),
            (r#"<img src="https://x.example/wp-content/uploads/2026/11/wpm-abc-300x200.jpg">"#, true),
            (r#"<img class="size-full wp-image-57">"#, true),
            (r#"<img class="wp-image-571">"#, false),
            (r#"<!-- wp:image {"id":57,"sizeSlug":"full"} -->"#, true),
            (r#"<!-- wp:image {"id":5} -->"#, false),
            (r#"<!-- wp:media-text {"mediaId":57} -->"#, true),
            (r#"<!-- wp:gallery {"ids":[5,57,6]} -->"#, true),
            (r#"<!-- wp:gallery {"ids":[5,571]} -->"#, false),
            (r#"[gallery ids="5,57"]"#, true),
            (r#"[gallery columns="57" ids="5,6"]"#, false),
            (r#"[caption id="attachment_57" width="300"]"#, true),
        ] {
            assert_eq!(shows(content, 57, "wpm-abc"), shown, "{content}");
        }
    }
}
