//! The picture that a theme shows above the text and the body would show once more.

use std::borrow::Cow;

use super::super::excerpt::count_words;
use super::super::tokens::{Token, attribute, tokens};

/// After so many words of text a picture doesn't stand on top any more.
const WORDS: usize = 100;

/// A cleaned body without its first picture, where that stands in a figure on top and `is_double` says so of its address.
pub fn without_double(html: &str, is_double: impl Fn(&str) -> bool) -> Cow<'_, str> {
    let mut text = String::new();
    let mut figure = None;
    let mut doubled = false;
    for (at, token) in tokens(html) {
        match token {
            Token::Open("figure", _) => figure = Some(at),
            Token::Open("img", attributes) => {
                let says = attribute(attributes, "src").is_some_and(|address| is_double(&address));
                if figure.is_none() || !says {
                    return Cow::Borrowed(html);
                }
                doubled = true;
            }
            Token::Close("figure") => {
                if let (true, Some(start)) = (doubled, figure) {
                    let end = at + "</figure>".len();
                    return Cow::Owned(format!("{}{}", &html[..start], html[end..].trim_start_matches('\n')));
                }
                figure = None;
            }
            Token::Text(words) => {
                text.push_str(words);
                text.push(' ');
                if !doubled && count_words(&text) > WORDS {
                    return Cow::Borrowed(html);
                }
            }
            _ => {}
        }
    }
    Cow::Borrowed(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_picture_on_top_that_is_the_featured_one_goes() {
        let is_it = |url: &str| url.contains("it.jpg");
        let figure = |url: &str| {
            format!(
                "<figure><a href=\"https://x.example/\"><img src=\"https://x.example/{url}\" alt=\"\"/></a><figcaption>It</figcaption></figure>\n"
            )
        };
        let (it, other) = (figure("it.jpg"), figure("other.jpg"));
        let long = format!("<p>{}</p>", "word ".repeat(101));
        for (html, want) in [
            (format!("{it}<p>Text.</p>"), "<p>Text.</p>".to_owned()),
            (format!("<p>A lead.</p>\n{it}{other}"), format!("<p>A lead.</p>\n{other}")),
            (format!("{other}{it}"), format!("{other}{it}")),
            (format!("{long}{it}"), format!("{long}{it}")),
            (
                "<p>In line <img src=\"https://x.example/it.jpg\" alt=\"\"/></p>".to_owned(),
                "<p>In line <img src=\"https://x.example/it.jpg\" alt=\"\"/></p>".to_owned(),
            ),
            ("<p>None.</p>".to_owned(), "<p>None.</p>".to_owned()),
        ] {
            assert_eq!(without_double(&html, is_it), want, "{html}");
        }
    }
}
