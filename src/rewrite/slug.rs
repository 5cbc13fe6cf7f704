//! Readable slugs: `[a-z0-9-]`, as WordPress keeps them unchanged.

use unicode_normalization::UnicodeNormalization;

/// A slug's readable part is at most so long.
const LONGEST: usize = 80;

/// `[a-z0-9-]`, cut at a word; empty where nothing of the text can be written so. Never all digits: WordPress puts `-2`
/// behind such a slug.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    let mut gap = false;
    for c in text.nfkd().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            if gap && !slug.is_empty() {
                slug.push('-');
            }
            gap = false;
            slug.push(c);
        } else if let Some(letters) = latin(c) {
            if gap && !slug.is_empty() && !letters.is_empty() {
                slug.push('-');
            }
            gap = gap && letters.is_empty();
            slug.push_str(letters);
        } else if !unicode_normalization::char::is_combining_mark(c) && !matches!(c, '\'' | '’' | '\u{ad}') {
            gap = true;
        }
    }
    if slug.len() > LONGEST {
        let end = slug[..=LONGEST].rfind('-').filter(|end| *end > LONGEST / 2).unwrap_or(LONGEST);
        slug.truncate(end);
    }
    if !slug.is_empty() && slug.bytes().all(|c| c.is_ascii_digit() || c == b'-') {
        slug.insert_str(0, "post-");
    }
    slug
}

/// Letters that don't decompose to Latin ones.
fn latin(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ł' => "l",
        'ı' => "i",
        'ħ' => "h",
        'ŋ' => "n",
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'е' | 'э' => "e",
        'є' => "ye",
        'ж' => "zh",
        'з' => "z",
        'и' | 'і' => "i",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ы' => "y",
        'ю' => "yu",
        'я' => "ya",
        'ъ' | 'ь' => "",
        'α' => "a",
        'β' => "v",
        'γ' => "g",
        'δ' => "d",
        'ε' | 'η' | 'ι' | 'υ' => match c {
            'ε' => "e",
            'υ' => "y",
            _ => "i",
        },
        'ζ' => "z",
        'θ' => "th",
        'κ' => "k",
        'λ' => "l",
        'μ' => "m",
        'ν' => "n",
        'ξ' => "x",
        'ο' | 'ω' => "o",
        'π' => "p",
        'ρ' => "r",
        'σ' | 'ς' => "s",
        'τ' => "t",
        'φ' => "f",
        'χ' => "ch",
        'ψ' => "ps",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_has_only_what_wordpress_keeps() {
        for (text, want) in [
            ("Hello World", "hello-world"),
            ("ÄÖÜ straße", "aou-strasse"),
            ("a/b?c&d", "a-b-c-d"),
            ("x.y", "x-y"),
            ("12345", "post-12345"),
            ("2026 – 11", "post-2026-11"),
            ("It's what’s new", "its-whats-new"),
            ("Привет, мир", "privet-mir"),
            ("Łódź", "lodz"),
            ("Ελλάδα", "ellada"),
            ("日本語", ""),
            ("日本語 Linux 7", "linux-7"),
            ("  --  ", ""),
        ] {
            assert_eq!(slug(text), want, "{text}");
        }
    }

    #[test]
    fn a_long_slug_is_cut_at_a_word() {
        let cut = slug(&"several words ".repeat(20));
        assert_eq!(cut, "several-words-several-words-several-words-several-words-several-words-several");
        assert_eq!(slug(&"x".repeat(300)).len(), LONGEST);
    }
}
