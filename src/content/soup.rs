//! Soup: pieces of HTML thrown together at random, the same each time. Whatever comes, what is clean is safe, and to clean it
//! again changes nothing, neither the HTML nor the plain texts. `WIREPRESS_SOUP=100000` cooks more of it.

use super::*;
use crate::domain::Enclosure;

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "<p>", "</p>", "<div>", "</div>", "<b>", "</b>", "<i>", "</i>", "<a href=/x>", "<a href='https://y.example/?utm_source=a&b=1'>", "</a>", "<ul>", "</ul>",
    "<ol start=3>", "</ol>", "<li>", "</li>", "<blockquote>", "</blockquote>", "<table>", "</table>", "<tr>", "<td>", "<td colspan=2>", "</td>", "<th>", "<caption>",
    "</caption>", "<h1>", "</h1>", "<h2>", "</h2>", "<h4>", "</h4>", "<h6>", "</h6>", "<pre>", "</pre>", "<code>", "</code>", "<br>", "<br><br>", "<hr>",
    "<figure>", "</figure>", "<figcaption>", "</figcaption>", "<img src=/i.jpg>", "<img src=/i.jpg alt='[a] \"b\" <c>'>", "<img data-src=/l.jpg>", "<img width=1 src=/t.gif>",
    "<noscript>", "</noscript>", "<picture>", "</picture>", "<source srcset='/s.jpg 1x'>", "<iframe src=https://youtu.be/dQw4w9WgXcQ></iframe>",
    "<iframe src=https://maps.example/m title=Map>", "</iframe>", "<iframe src=/f />", "<video src=/v.mp4 poster=/p.jpg>", "</video>", "<audio>", "<source src=/a.mp3>", "</audio>",
    "<object>", "</object>", "<param name=movie value=https://www.youtube.com/v/dQw4w9WgXcQ>", "<embed src=/e.mp3>", "<figure data-embed=vimeo data-url=https://vimeo.com/1>",
    "<dl>", "<dt>", "<dd>", "</dl>", "<details>", "<summary>", "</summary>", "</details>", "<div class=sharedaddy>", "<span hidden>", "</span>", "<span>", "<svg>", "</svg>", "<math>",
    "<mtext>", "<mglyph>", "<style>", "</style>", "<script>", "</script>", "<template>", "</template>", "<textarea>", "</textarea>", "<title>", "</title>", "<xmp>", "</xmp>", "<form>",
    "</form>", "<select>", "<option>", "</select>", "<button>", "<foo>", "<o:p>", "</o:p>", "<amp-img src=/a.jpg>", "<!--", "-->", "<![CDATA[", "]]>", "<", ">", "\"", "'", "&", "&lt;",
    "&amp;", "&nbsp;", "&#91;", "&copy;", "[gallery]", "[", "]", " ", "\n", "word", "two words", "Read more", "Share this:", "Leave a Reply", "Advertisement", "A title", "Related posts",
    "A sentence.", "https://youtu.be/dQw4w9WgXcQ", "<a href=https://twitter.com/share>Tweet</a>", "<a href=/m>Read more</a>", "<p><b><a href=/m>Continue reading</a></b></p>", "<abbr title='a \"b'>",
    "</abbr>", "<sub>", "</sub>", "<ruby>", "<rt>", "</ruby>", "<center>", "<font>", "</font>", "<dir>", "<img class=wp-smiley alt=:)>", "\u{a0}", "日本語。", "é", "<tbody>", "<thead>", "</tr>",
    "<a href=javascript:x>", "<p style='display:none'>", "<img src=x onerror=alert(1)>", "<figure><blockquote><p>q</p></blockquote></figure>",
];

/// SplitMix64.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((z ^ (z >> 31)) & 0xffff_ffff).expect("32 bits")
}

fn bowl(seed: u64) -> String {
    let mut state = seed;
    let length = 1 + next(&mut state) % 24;
    (0..length).map(|_| PIECES[next(&mut state) % PIECES.len()]).collect()
}

/// The same without pieces that it fails without, too.
fn shortest(html: &str, fails: impl Fn(&str) -> bool) -> String {
    let mut html = html.to_owned();
    let mut width = html.len() / 2;
    while width > 0 {
        let mut at = 0;
        while at < html.len() {
            let end = html.ceil_char_boundary((at + width).min(html.len()));
            let start = html.floor_char_boundary(at);
            let without = format!("{}{}", &html[..start], &html[end..]);
            if fails(&without) {
                html = without;
            } else {
                at += width;
            }
        }
        width /= 2;
    }
    html
}

#[test]
fn soup_is_safe_and_cleaned_once() {
    let bowls: u64 = std::env::var("WIREPRESS_SOUP").ok().and_then(|bowls| bowls.parse().ok()).unwrap_or(1_500);
    let first: u64 = std::env::var("WIREPRESS_SOUP_FROM").ok().and_then(|from| from.parse().ok()).unwrap_or(1);
    let enclosures = [Enclosure { url: "https://x.example/e.mp3".to_owned(), mime: Some("audio/mpeg".to_owned()), length: None }];
    let source = Source { base: Some("https://x.example/a"), link: Some("https://x.example/a"), title: "A title", ..Source::default() };
    let changes = |html: &str, source: &Source<'_>| {
        let once = clean_from(html, source);
        let twice = clean_from(&once.html, source);
        (once.html, once.text, once.prose) != (twice.html, twice.text, twice.prose)
    };
    let mut found = Vec::new();
    for seed in first..first + bowls {
        let html = bowl(seed);
        let source = Source { enclosures: if seed % 2 == 0 { &enclosures } else { &[] }, ..source };
        if changes(&html, &source) {
            let html = shortest(&html, |html| changes(html, &source));
            let once = clean_from(&html, &source);
            let twice = clean_from(&once.html, &source);
            let said = |cleaned: &Cleaned| format!("{}\n    text: {:?}\n    prose: {:?}", cleaned.html, cleaned.text, cleaned.prose);
            found.push(format!("{html}\n  once:  {}\n  twice: {}", said(&once), said(&twice)));
        }
        let clean = clean_from(&html, &source).html;
        assert_eq!(super::xss::is_safe(&clean), Ok(()), "{html}\n{clean}");
        assert_eq!(super::xss::is_safe(&blocks(&clean)), Ok(()), "{html}\n{clean}");
        if found.len() > 15 {
            break;
        }
    }
    assert!(found.is_empty(), "{} of {bowls} change when they are cleaned again:\n{}", found.len(), found.join("\n"));
}
