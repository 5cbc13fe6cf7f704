//! Licences that are known: Creative Commons by address or by words.

use std::sync::LazyLock;

use regex::Regex;

use super::signal;
use crate::domain::{Signal, Use};

/// A licence that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// As the `rights` key writes it: `cc-by-sa`, `cc0`, `public-domain`.
    pub name: String,
}

impl Licence {
    /// What it limits: without a word of the operator's nobody knows that the use isn't a commercial one (`-nc`), and what a model
    /// makes of a text is a derivative (`-nd`).
    pub fn signal(&self, from: &str) -> Signal {
        let limits: &[Use] = match &self.name {
            name if name.contains("-nc") => &Use::ALL,
            name if name.contains("-nd") => &[Use::Ai],
            _ => &[],
        };
        signal(&self.name, from, limits)
    }
}

/// The licence at an address (`https://creativecommons.org/licenses/by-sa/4.0/`); `None` for one that isn't known.
pub fn licence(address: &str) -> Option<Licence> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^(?:https?:)?//(?:[a-z]+\.)?creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-nd|-sa)?|nc(?:-sa)?|nd|sa)|publicdomain/(zero|mark)|licenses/(publicdomain))\b")
            .expect("the pattern is a constant")
    });
    let address = address.trim();
    let Some(found) = ADDRESS.captures(address) else { return licence_in(address).filter(|_| !address.contains("://")) };
    let name = match (found.get(1), found.get(2).map(|which| which.as_str().to_ascii_lowercase())) {
        (Some(kind), _) => format!("cc-{}", kind.as_str().to_ascii_lowercase()),
        (None, Some(which)) if which == "zero" => "cc0".to_owned(),
        _ => "public-domain".to_owned(),
    };
    Some(Licence { name })
}

/// The licence that a line of text names: `Licensed under CC BY-NC 4.0`.
pub fn licence_in(line: &str) -> Option<Licence> {
    static SHORT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\bCC[ -](BY(?:[ -]NC)?(?:[ -](?:ND|SA))?)\b|\bCC[ -]?(0)\b|(creativecommons\.org/[a-z0-9./-]+)")
            .expect("the pattern is a constant")
    });
    static LONG: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)creative commons[^.;]{0,20}\battribution((?:[ ,-]+(?:non[ -]?commercial|share[ -]?alike|no[ -]?deriv\w*))*)")
            .expect("the pattern is a constant")
    });
    let named = |kind: &str| Licence { name: format!("cc-{}", kind.to_ascii_lowercase().replace(' ', "-")) };
    if let Some(found) = SHORT.captures(line) {
        if let Some(address) = found.get(3) {
            return licence(&format!("https://{}", address.as_str()));
        }
        return Some(found.get(1).map_or_else(|| Licence { name: "cc0".to_owned() }, |kind| named(kind.as_str())));
    }
    let more = LONG.captures(line)?.get(1)?.as_str().to_ascii_lowercase();
    let parts = [("comm", "-nc"), ("deriv", "-nd"), ("share", "-sa")];
    Some(named(&parts.iter().filter(|(word, _)| more.contains(word)).fold("by".to_owned(), |kind, (_, part)| kind + part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_is_known_by_its_address() {
        for (address, name) in [
            ("https://creativecommons.org/licenses/by-nc-nd/4.0/", Some("cc-by-nc-nd")),
            ("http://www.creativecommons.org/licenses/by/2.0/de/deed.de", Some("cc-by")),
            ("//creativecommons.org/licenses/by-sa/3.0", Some("cc-by-sa")),
            ("https://creativecommons.org/publicdomain/zero/1.0/", Some("cc0")),
            ("https://creativecommons.org/publicdomain/mark/1.0/", Some("public-domain")),
            ("https://x.example/terms?of=creativecommons", None),
            ("https://x.example/licenses/by-nc/", None),
            ("CC BY 4.0", Some("cc-by")),
        ] {
            assert_eq!(licence(address).map(|licence| licence.name).as_deref(), name, "{address}");
        }
    }

    #[test]
    fn a_licence_is_known_by_its_words() {
        for (line, name) in [
            ("© 2026 Ann, licensed under CC BY-NC-SA 4.0", Some("cc-by-nc-sa")),
            ("CC0", Some("cc0")),
            ("Creative Commons Attribution-NonCommercial-NoDerivs 3.0", Some("cc-by-nc-nd")),
            ("This work is under a Creative Commons Attribution Share Alike licence.", Some("cc-by-sa")),
            ("see http://creativecommons.org/licenses/by-nd/4.0/", Some("cc-by-nd")),
            ("Copyright 2026. All rights reserved.", None),
            ("cc: by mail to everyone", None),
        ] {
            assert_eq!(licence_in(line).map(|licence| licence.name).as_deref(), name, "{line}");
        }
    }

    #[test]
    fn what_may_not_be_changed_is_no_models_and_what_may_not_be_sold_is_nobodys_without_a_word() {
        for (name, limits) in
            [("cc-by-sa", &[][..]), ("cc0", &[]), ("cc-by-nd", &[Use::Ai]), ("cc-by-nc", &Use::ALL), ("cc-by-nc-nd", &Use::ALL)]
        {
            assert_eq!(Licence { name: name.to_owned() }.signal("the feed").limits.into_iter().collect::<Vec<_>>(), limits, "{name}");
        }
    }
}
