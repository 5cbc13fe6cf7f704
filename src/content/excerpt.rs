//! The first whole sentences of a text.

use unicode_segmentation::UnicodeSegmentation;

use super::clean::Cleaned;

/// The beginning of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Plain text, paragraphs parted by an empty line.
    pub text: String,
    /// Words in it.
    pub taken: usize,
    /// Words in the whole text.
    pub of: usize,
}

/// The beginning of a body: of its paragraphs and list items, or where it has none, of all its text.
pub fn excerpt_of(body: &Cleaned, limit: usize) -> Excerpt {
    let source = if count_words(&body.prose) > 0 { &body.prose } else { &body.text };
    Excerpt { of: body.words, ..excerpt(source, limit) }
}

/// At most `limit` words of `text`, in whole sentences; a first sentence that is longer is cut at a word.
pub fn excerpt(text: &str, limit: usize) -> Excerpt {
    let of = count_words(text);
    let mut kept = String::new();
    let mut taken = Count::default();
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    'all: for paragraph in paragraphs {
        let mut fresh = true;
        for sentence in sentences(paragraph) {
            let with = taken.and(sentence);
            if with.words() > limit {
                break 'all;
            }
            if fresh && !kept.is_empty() {
                kept.truncate(kept.trim_end().len());
                kept.push_str("\n\n");
            }
            fresh = false;
            kept.push_str(sentence);
            taken = with;
        }
    }
    let kept = kept.trim_end();
    if !kept.is_empty() || of == 0 {
        return Excerpt { text: kept.to_owned(), taken: taken.words(), of };
    }
    let cut = cut_at_word(text.trim_start(), limit);
    Excerpt { taken: count_words(&cut), text: cut, of }
}

/// How many words a text has. Scripts without spaces are counted by their characters: two of Han or kana are a word,
/// four of Thai, Lao, Khmer or Burmese.
pub fn count_words(text: &str) -> usize {
    Count::default().and(text).words()
}

/// Words of a text, in quarters for what has no spaces.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    words: usize,
    quarters: usize,
}

impl Count {
    fn and(mut self, text: &str) -> Self {
        for piece in text.split_whitespace() {
            if piece.is_ascii() {
                self.words += usize::from(piece.bytes().any(|byte| byte.is_ascii_alphanumeric()));
                continue;
            }
            let mut spaced = false;
            for c in piece.chars() {
                match quarters(c) {
                    0 => spaced |= c.is_alphanumeric(),
                    quarters => {
                        self.quarters += quarters;
                        self.words += usize::from(std::mem::take(&mut spaced));
                    }
                }
            }
            self.words += usize::from(spaced);
        }
        self
    }

    fn words(self) -> usize {
        self.words + self.quarters.div_ceil(4)
    }
}

fn quarters(c: char) -> usize {
    match c {
        '\u{3041}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => 2,
        '\u{0e01}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => 1,
        _ => 0,
    }
}

/// The sentences of a paragraph (UAX 29), but for breaks after abbreviations and initials.
fn sentences(paragraph: &str) -> impl Iterator<Item = &str> {
    let mut bounds = paragraph.split_sentence_bound_indices().map(|(start, sentence)| start + sentence.len());
    let mut from = 0;
    std::iter::from_fn(move || {
        let mut end = bounds.next()?;
        while is_abbreviated(&paragraph[from..end]) {
            match bounds.next() {
                Some(later) => end = later,
                None => break,
            }
        }
        let sentence = &paragraph[from..end];
        from = end;
        Some(sentence)
    })
}

/// Words after which a point ends no sentence.
const ABBREVIATIONS: [&str; 36] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "gen", "sen", "rep", "gov", "rev", "hon", "vs", "e.g", "i.e", "etc", "approx", "no",
    "nr", "vol", "fig", "inc", "ltd", "corp", "co", "z.b", "d.h", "u.a", "bzw", "ca", "evtl", "mme", "mlle", "sra",
];

fn is_abbreviated(sentence: &str) -> bool {
    let Some(before) = sentence.trim_end().strip_suffix('.') else { return false };
    let last = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | '“' | '„')).next().unwrap_or_default();
    let initial = last.chars().count() == 1 && last.chars().all(char::is_uppercase);
    initial || ABBREVIATIONS.contains(&last.to_lowercase().as_str())
}

/// `limit` words and `…`; in scripts without spaces so many characters.
fn cut_at_word(text: &str, limit: usize) -> String {
    let mut count = Count::default();
    let mut end = 0;
    for (start, piece) in text.split_word_bound_indices() {
        let with = count.and(piece);
        if with.words() > limit {
            break;
        }
        count = with;
        end = start + piece.len();
    }
    let kept =
        text[..end].trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '–' | '—' | '(' | '、' | '，'));
    format!("{}…", kept.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_ends_with_a_whole_sentence() {
        for (text, limit, want, taken, of) in [
            ("One two three. Four five six. Seven.", 5, "One two three.", 3, 7),
            ("One two three. Four five six. Seven.", 6, "One two three. Four five six.", 6, 7),
            ("One two three.\n\nFour five six. Seven eight.", 6, "One two three.\n\nFour five six.", 6, 8),
            ("One two three four five, six seven.", 5, "One two three four five…", 5, 7),
            ("Dr. Smith met J. Doe. They spoke.", 5, "Dr. Smith met J. Doe.", 5, 7),
            ("Is it? Yes! Version 7.0 is out. Get it.", 6, "Is it? Yes!", 3, 9),
            ("今日は晴れです。明日は雨です。", 4, "今日は晴れです。", 4, 7),
            ("今日は晴れです", 2, "今日は晴…", 2, 4),
            ("Это первое предложение. Это второе.", 3, "Это первое предложение.", 3, 5),
            ("هذه جملة أولى. وهذه ثانية؟ نعم.", 4, "هذه جملة أولى.", 3, 6),
            ("هذه جملة أولى. وهذه ثانية؟ نعم.", 5, "هذه جملة أولى. وهذه ثانية؟", 5, 6),
            ("זה משפט ראשון. זה משפט שני!", 4, "זה משפט ראשון.", 3, 6),
            ("यह पहला वाक्य है। यह दूसरा है।", 4, "यह पहला वाक्य है।", 4, 7),
            ("یہ پہلا جملہ ہے۔ یہ دوسرا ہے۔", 5, "یہ پہلا جملہ ہے۔", 4, 7),
            ("他说：“好。”然后走了。", 2, "他说：“好。”", 2, 4),
            ("정말 그래요? 네, 그래요!", 3, "정말 그래요?", 2, 4),
            ("", 60, "", 0, 0),
            ("— … —", 60, "— … —", 0, 0),
            ("One.", 60, "One.", 1, 1),
        ] {
            assert_eq!(excerpt(text, limit), Excerpt { text: want.to_owned(), taken, of }, "{text}");
        }
    }

    #[test]
    fn words_are_counted_as_a_reader_would() {
        for (text, words) in [
            ("one two", 2),
            ("one — two", 2),
            ("don't stop", 2),
            ("日本語", 2),
            ("日本語 Linux", 3),
            ("Linux日本", 2),
            ("한국어 문장", 2),
            ("ภาษาไทย", 2),
            ("  ", 0),
        ] {
            assert_eq!(count_words(text), words, "{text}");
        }
    }
}
