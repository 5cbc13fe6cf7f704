//! Every post of every type that is open to REST, page by page: for who must know what uses a picture or a term, or which posts
//! have come from where (WordPress REST handbook, Post Types, Pagination).

use serde_json::Value;

use super::answer::{self, Act};
use super::{Failure, PostType, Site};

/// Rows a page, at most.
const PAGE: usize = 100;
/// No site has more pages than this: an answer that never ends is cut.
const PAGES: u32 = 100_000;

impl PostType {
    /// Parts of the site's design, which only those see who may change it; no post of a person or a plug-in.
    pub fn is_design(&self) -> bool {
        let parts =
            ["nav_menu_item", "wp_template", "wp_template_part", "wp_global_styles", "wp_navigation", "wp_font_family", "wp_font_face"];
        parts.contains(&self.name.as_str())
    }
}

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walked {
    /// Rows that were shown.
    pub shown: u64,
    /// Rows that there are, also those that this account doesn't see.
    pub there: u64,
}

impl Walked {
    /// This account saw all of them.
    pub fn is_whole(&self) -> bool {
        self.shown >= self.there
    }
}

/// What a walk asks for.
#[derive(Debug, Clone, Copy)]
pub struct Everything<'a> {
    pub of: &'a PostType,
    /// `_fields`; the id comes always.
    pub fields: &'a str,
    /// As a reader sees it (`view`) or as who may change it (`edit`).
    pub context: &'a str,
}

impl Site {
    /// Goes through every post of a type, of any status and in the trash, by id; `each` gets the rows as JSON, each once.
    pub async fn every(&self, what: Everything<'_>, mut each: impl FnMut(&Value)) -> Result<Walked, Failure> {
        let Everything { of, fields, context } = what;
        let fields = format!("id,{fields}");
        // attachments have the status of the post that they hang on, and refuse to be asked for any other
        let status = if of.name == "attachment" { "inherit,private,trash" } else { "any,trash" };
        let (mut seen, mut there) = (std::collections::HashSet::new(), 0);
        for page in 1..=PAGES {
            let page = page.to_string();
            let query = [
                ("status", status),
                ("context", context),
                ("per_page", "100"),
                ("page", &page),
                ("orderby", "id"),
                ("order", "asc"),
                ("_fields", &fields),
            ];
            let reply = match self.get("looking through all posts", "walk", &of.route, &query).await {
                Err(Failure::Refused(refusal)) if refusal.code == "rest_post_invalid_page_number" => break,
                reply => reply?,
            };
            let Some(rows) = reply.json.as_array() else {
                return Err(answer::without("looking through all posts", Act::Read, "the answer is no list of posts"));
            };
            let number = |name: &str| reply.headers.get(name).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
            there = number("x-wp-total").unwrap_or(there);
            rows.iter().filter(|row| row["id"].as_u64().is_some_and(|id| seen.insert(id))).for_each(&mut each);
            let is_last = match number("x-wp-totalpages") {
                Some(pages) => page.parse::<u64>().is_ok_and(|page| page >= pages),
                None => rows.len() < PAGE,
            };
            if is_last {
                break;
            }
        }
        Ok(Walked { shown: seen.len() as u64, there })
    }
}
