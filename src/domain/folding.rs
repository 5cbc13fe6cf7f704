//! When two names of terms are the same name: by letters alone, without accents, and as singular and plural.

use unicode_normalization::UnicodeNormalization;

/// A language whose plurals can be folded by simple rules on a word's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Plural {
    English,
    German,
    /// French.
    French,
    /// Spanish and Catalan.
    Spanish,
    Portuguese,
    Italian,
}

impl Plural {
    /// All of them, by their BCP 47 code.
    pub const ALL: [(&'static str, Self); 6] = [
        ("en", Self::English),
        ("de", Self::German),
        ("fr", Self::French),
        ("es", Self::Spanish),
        ("pt", Self::Portuguese),
        ("it", Self::Italian),
    ];
}

/// What of a name counts when names are compared. Upper and lower case, spaces, hyphens, underscores, quotation marks and a
/// leading `#` never do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folding {
    /// `Café` is `Cafe`.
    pub accents: bool,
    /// `kernels` is `kernel`; the rules are tried in this order, on every word, and the first that fits it holds.
    pub plurals: Vec<Plural>,
}

impl Default for Folding {
    fn default() -> Self {
        Self { accents: true, plurals: Vec::new() }
    }
}

impl Folding {
    /// What a name comes to; equal for names that are the same. Empty: nothing of it counts.
    pub fn fold(&self, name: &str) -> String {
        let mut folded = letters(name);
        if self.accents && !folded.is_ascii() {
            folded = without_accents(&folded);
        }
        if self.plurals.is_empty() {
            return folded;
        }
        let words: Vec<String> = folded.split(' ').map(|word| self.singular(word)).collect();
        words.join(" ")
    }

    fn singular(&self, word: &str) -> String {
        self.plurals.iter().find_map(|plural| plural.singular(word)).unwrap_or_else(|| word.to_owned())
    }
}

/// A name as WordPress compares it: trimmed, single spaces, lower case, NFC. Accents and hyphens count.
pub fn same_name(name: &str) -> String {
    let lower = name.nfc().flat_map(char::to_lowercase).collect::<String>();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lower case, compatibility forms composed, hyphens and the like as spaces, marks that only adorn taken out.
fn letters(name: &str) -> String {
    let lower: String = name.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    let plain = lower.chars().filter(|c| !matches!(c, '\'' | '"' | '’' | '‘' | '`' | '´' | '“' | '”' | '„' | '«' | '»'));
    let spaced: String = plain.map(|c| if matches!(c, '-' | '_' | '‐' | '‑' | '–' | '—') { ' ' } else { c }).collect();
    let joined = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    // a hashtag's; `#` alone stays, and so does the one of `c#`
    match joined.strip_prefix('#') {
        Some(rest) if rest.chars().next().is_some_and(char::is_alphanumeric) => rest.to_owned(),
        _ => joined,
    }
}

/// Latin and Greek letters without their marks; in other scripts a mark makes another letter (`й`, `が`).
fn without_accents(text: &str) -> String {
    let mut is_bare = false;
    let kept = text.nfd().filter(|c| {
        if matches!(c, '\u{300}'..='\u{36f}') {
            return !is_bare;
        }
        is_bare = c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{1e00}'..='\u{1fff}');
        true
    });
    kept.flat_map(unlatin).nfc().collect()
}

/// Letters that have no decomposition, as people write them without.
fn unlatin(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'ø' => ('o', None),
        'ł' => ('l', None),
        'đ' | 'ð' => ('d', None),
        'þ' => ('t', Some('h')),
        'ı' => ('i', None),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
}

/// English words that end like a plural and are none.
const SINGULAR: [&str; 12] =
    ["news", "https", "windows", "series", "species", "always", "texas", "paris", "canvas", "kubernetes", "sales", "maths"];

impl Plural {
    /// What singular and plural have in common; `None`: no rule fits. The stem need be no word.
    fn singular(self, word: &str) -> Option<String> {
        let stem = |word: &str, least: usize| (word.chars().count() >= least).then(|| word.to_owned());
        let without = |end: &str, least: usize| word.strip_suffix(end).and_then(|word| stem(word, least));
        match self {
            Self::English if SINGULAR.contains(&word) || ["ss", "us", "is", "'s"].iter().any(|end| word.ends_with(end)) => {
                Some(word.to_owned())
            }
            Self::English => {
                let y = without("ies", 2).or_else(|| without("ie", 2)).map(|word| format!("{word}y"));
                let es = || ["sses", "shes", "ches", "xes", "zzes"].iter().find(|end| word.ends_with(**end)).and_then(|_| without("es", 3));
                y.or_else(es).or_else(|| without("s", 3))
            }
            Self::German => ["en", "er", "es", "n", "e", "s"].iter().find_map(|end| without(end, 4)),
            Self::French => {
                let al = without("aux", 3).filter(|word| !word.ends_with('e')).map(|word| format!("{word}al"));
                al.or_else(|| without("s", 3)).or_else(|| without("x", 3))
            }
            Self::Spanish => {
                let consonant = |word: &String| !word.ends_with(['a', 'e', 'i', 'o', 'u']);
                let es = without("ces", 2).map(|word| format!("{word}z")).or_else(|| without("es", 3).filter(consonant));
                es.or_else(|| without("s", 3))
            }
            Self::Portuguese => {
                let ao = without("oes", 2).map(|word| format!("{word}ao"));
                let m = || without("ns", 2).map(|word| format!("{word}m"));
                let es = || without("es", 3).filter(|word| word.ends_with(['r', 'z']));
                ao.or_else(m).or_else(es).or_else(|| without("s", 3))
            }
            Self::Italian => {
                let end = ["che", "chi"].iter().find_map(|end| without(end, 3)).map(|word| format!("{word}c"));
                let h = || ["ghe", "ghi"].iter().find_map(|end| without(end, 3)).map(|word| format!("{word}g"));
                end.or_else(h).or_else(|| ["a", "e", "i", "o"].iter().find_map(|end| without(end, 4)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_take_for_one_fold_to_one() {
        let folding = Folding::default();
        for names in [
            &["Open-Source", "open source", "OPEN_SOURCE", " Open  Source ", "#Open-Source", "“Open Source”"][..],
            &["Café", "cafe\u{301}", "CAFE"],
            &["Straße", "STRASSE", "strasse"],
            &["Łódź", "lodz"],
            &["Ünïcode", "unicode"],
            &["日本", "日本"],
            &["Ｌｉｎｕｘ", "linux"],
        ] {
            let folded: Vec<String> = names.iter().map(|name| folding.fold(name)).collect();
            assert!(folded.windows(2).all(|pair| pair[0] == pair[1]), "{names:?}: {folded:?}");
        }
    }

    #[test]
    fn names_that_people_tell_apart_stay_apart() {
        let folding = Folding::default();
        for (a, b) in [("C", "C++"), ("C", "C#"), (".NET", "NET"), ("kernel", "kernels"), ("R&D", "RD"), ("й", "и"), ("が", "か")] {
            assert_ne!(folding.fold(a), folding.fold(b), "{a} and {b}");
        }
        let accents = Folding { accents: false, plurals: Vec::new() };
        assert_ne!(accents.fold("Café"), accents.fold("Cafe"));
        assert_eq!(accents.fold("CAFÉ"), accents.fold("café"));
    }

    #[test]
    fn plurals_fold_by_the_rules_of_their_language() {
        for (code, pairs) in [
            (
                "en",
                &[
                    ("kernels", "kernel"),
                    ("Open Sources", "open source"),
                    ("Policies", "policy"),
                    ("boxes", "box"),
                    ("classes", "class"),
                    ("branches", "branch"),
                    ("databases", "database"),
                    ("Cookies", "cookie"),
                ][..],
            ),
            (
                "de",
                &[("Nachrichten", "Nachricht"), ("Kategorien", "Kategorie"), ("Bücher", "Buch"), ("Autos", "Auto"), ("Spiele", "Spiel")],
            ),
            ("fr", &[("journaux", "journal"), ("jeux", "jeu"), ("réseaux", "réseau"), ("logiciels libres", "logiciel libre")]),
            ("es", &[("redes neuronales", "red neuronal"), ("canciones", "canción"), ("luces", "luz"), ("noticias", "noticia")]),
            ("pt", &[("eleições", "eleição"), ("imagens", "imagem"), ("notícias", "notícia"), ("mulheres", "mulher")]),
            ("it", &[("notizie", "notizia"), ("giochi", "gioco"), ("libri", "libro"), ("banche", "banca")]),
        ] {
            let plural = Plural::ALL.iter().find(|(name, _)| *name == code).expect("a language").1;
            let folding = Folding { accents: true, plurals: vec![plural] };
            for (many, one) in pairs {
                assert_eq!(folding.fold(many), folding.fold(one), "{code}: {many} and {one}");
            }
        }
        let english = Folding { accents: true, plurals: vec![Plural::English] };
        for (a, b) in [("news", "new"), ("HTTPS", "HTTP"), ("Windows", "window"), ("status", "statu"), ("AWS", "AW"), ("iOS", "io")] {
            assert_ne!(english.fold(a), english.fold(b), "{a} and {b}");
        }
    }
}
