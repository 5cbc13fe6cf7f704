//! What may be done with an entry beyond its excerpt and its link, and who says so (pure).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What a publisher may reserve. The excerpt with its link is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// The text of the entry's page in the post.
    PageText,
    /// Copies of its pictures.
    Images,
    /// Texts or pictures as a model's input.
    Ai,
}

impl Use {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::PageText, Self::Images, Self::Ai];

    /// As a person reads it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::PageText => "the page's text",
            Self::Images => "copied pictures",
            Self::Ai => "AI",
        }
    }
}

/// One thing that a publisher says of the use of its work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Signal {
    /// What rules know it by: `robots`, `noai`, `noimageai`, `tdm`, `rsl`, `cc-by-nc-nd`.
    pub name: String,
    /// Where it stands: `robots.txt of x.example`, `a meta element of the page`.
    pub from: String,
    /// What it limits.
    pub limits: BTreeSet<Use>,
}

/// What may be used of an entry: each use that is limited, with the signals that limit it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    limiting: Vec<Signal>,
    lifted_by: Option<String>,
}

impl Verdict {
    /// Of all that was said. `rights`: the feed's `rights` key; anything but `unknown` lifts every limit.
    pub fn of(signals: &[Signal], rights: &str) -> Self {
        let limiting: Vec<Signal> = signals.iter().filter(|signal| !signal.limits.is_empty()).cloned().collect();
        let lifted_by = (rights != "unknown" && !limiting.is_empty()).then(|| rights.to_owned());
        Self { limiting, lifted_by }
    }

    /// Whether it may be used.
    pub fn allows(&self, what: Use) -> bool {
        self.because(what).is_none()
    }

    /// Why it may not be used: `noai (a meta element of the page)`.
    pub fn because(&self, what: Use) -> Option<String> {
        if self.lifted_by.is_some() {
            return None;
        }
        let said: Vec<String> = self.limiting.iter().filter(|signal| signal.limits.contains(&what)).map(words).collect();
        (!said.is_empty()).then(|| said.join(", "))
    }

    /// What the operator's `rights` lifted, as a sentence for the decision.
    pub fn lifted(&self) -> Option<String> {
        let rights = self.lifted_by.as_ref()?;
        let said: Vec<String> = self.limiting.iter().map(words).collect();
        Some(format!("`rights = \"{rights}\"` lifts {}", said.join(", ")))
    }
}

fn words(signal: &Signal) -> String {
    format!("{} ({})", signal.name, signal.from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(name: &str, limits: &[Use]) -> Signal {
        Signal { name: name.to_owned(), from: "the page".to_owned(), limits: limits.iter().copied().collect() }
    }

    #[test]
    fn what_is_limited_says_by_what_and_the_rest_is_allowed() {
        let verdict = Verdict::of(&[signal("noai", &[Use::Ai]), signal("copyright", &[]), signal("tdm", &Use::ALL)], "unknown");
        assert_eq!(verdict.because(Use::Ai).as_deref(), Some("noai (the page), tdm (the page)"));
        assert_eq!(verdict.because(Use::Images).as_deref(), Some("tdm (the page)"));
        assert_eq!((verdict.allows(Use::PageText), verdict.lifted()), (false, None));
        assert!(Use::ALL.iter().all(|what| Verdict::of(&[signal("copyright", &[])], "unknown").allows(*what)));
    }

    #[test]
    fn rights_that_the_operator_has_lift_every_limit_and_that_is_told() {
        let verdict = Verdict::of(&[signal("noai", &[Use::Ai])], "licensed");
        assert!(Use::ALL.iter().all(|what| verdict.allows(*what)));
        assert_eq!(verdict.lifted().as_deref(), Some("`rights = \"licensed\"` lifts noai (the page)"));
        assert_eq!(Verdict::of(&[], "own").lifted(), None);
    }
}
