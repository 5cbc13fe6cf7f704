//! A CSS selector that the operator wrote for pages.

use dom_query::Matcher;

/// Compiled when the configuration loads; a list of selectors fits what any of them fits.
#[derive(Debug, Clone)]
pub struct Selector {
    written: String,
    matcher: Matcher,
}

impl Selector {
    /// Reads it; or says what is wrong with it.
    pub fn parse(written: &str) -> Result<Self, String> {
        if written.trim().is_empty() {
            return Err("is empty".to_owned());
        }
        let matcher = Matcher::new(written).map_err(|_| format!("is no CSS selector: `{written}`"))?;
        Ok(Self { written: written.to_owned(), matcher })
    }

    /// As the operator wrote it.
    pub fn written(&self) -> &str {
        &self.written
    }

    pub(super) fn matcher(&self) -> &Matcher {
        &self.matcher
    }
}

impl PartialEq for Selector {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_selector_is_refused() {
        for (written, is_right) in [("article", true), ("div.text > p, h2", true), ("", false), ("div[", false), ("p:nonsense(", false)] {
            assert_eq!(Selector::parse(written).is_ok(), is_right, "{written}");
        }
    }
}
