//! Which language a text is in, by its words and letters.

/// So many characters are enough to tell.
const ENOUGH: usize = 2_000;

/// What the text is written in, where that is certain enough: a two-letter code (ISO 639-1), else three letters.
pub(super) fn detect(title: &str, text: &str) -> Option<String> {
    let sample: String = title.chars().chain(std::iter::once('\n')).chain(text.chars()).take(ENOUGH).collect();
    let found = whatlang::detect(&sample).filter(whatlang::Info::is_reliable)?;
    let code = found.lang().code();
    Some(SHORT.iter().find(|(long, _)| *long == code).map_or(code, |(_, short)| short).to_owned())
}

/// ISO 639-3 to ISO 639-1, for what is detected.
const SHORT: [(&str, &str); 70] = [
    ("afr", "af"),
    ("aka", "ak"),
    ("amh", "am"),
    ("ara", "ar"),
    ("aze", "az"),
    ("bel", "be"),
    ("ben", "bn"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("ces", "cs"),
    ("cmn", "zh"),
    ("cym", "cy"),
    ("dan", "da"),
    ("deu", "de"),
    ("ell", "el"),
    ("eng", "en"),
    ("epo", "eo"),
    ("est", "et"),
    ("fin", "fi"),
    ("fra", "fr"),
    ("guj", "gu"),
    ("heb", "he"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("hye", "hy"),
    ("ind", "id"),
    ("ita", "it"),
    ("jav", "jv"),
    ("jpn", "ja"),
    ("kan", "kn"),
    ("kat", "ka"),
    ("khm", "km"),
    ("kor", "ko"),
    ("lat", "la"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("mal", "ml"),
    ("mar", "mr"),
    ("mkd", "mk"),
    ("mya", "my"),
    ("nep", "ne"),
    ("nld", "nl"),
    ("nob", "nb"),
    ("ori", "or"),
    ("pan", "pa"),
    ("pes", "fa"),
    ("pol", "pl"),
    ("por", "pt"),
    ("ron", "ro"),
    ("rus", "ru"),
    ("sin", "si"),
    ("slk", "sk"),
    ("slv", "sl"),
    ("sna", "sn"),
    ("spa", "es"),
    ("srp", "sr"),
    ("swe", "sv"),
    ("tam", "ta"),
    ("tel", "te"),
    ("tgl", "tl"),
    ("tha", "th"),
    ("tuk", "tk"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("urd", "ur"),
    ("uzb", "uz"),
    ("vie", "vi"),
    ("yid", "yi"),
    ("zul", "zu"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_told_where_it_is_certain() {
        for (text, want) in [
            ("The committee has published its report on the state of the forests, and nobody who read it was surprised.", Some("en")),
            ("Der Ausschuss hat seinen Bericht über den Zustand der Wälder vorgelegt, und niemand war überrascht.", Some("de")),
            (
                "Комитет опубликовал доклад о состоянии лесов, и никто из тех, кто его прочитал, не удивился тому, что было в нём \
                 написано: об этом говорили уже много лет, но ничего не было сделано.",
                Some("ru"),
            ),
            ("委員会は森林の状態に関する報告書を発表しました。", Some("ja")),
            ("ok", None),
            ("", None),
        ] {
            assert_eq!(detect("", text).as_deref(), want, "{text}");
        }
    }
}
