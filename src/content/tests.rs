//! Tables of what bodies become.

use super::*;
use crate::domain::{Boilerplate, Enclosure};
use url::Url;

fn cleaned(html: &str) -> Cleaned {
    clean(html, Some("https://x.example/a/b.html"), &Limits::default())
}

#[test]
fn bodies_get_one_plain_form() {
    for (html, want) in [
        ("plain text", "<p>plain text</p>"),
        ("one<br><br>two<br/>three", "<p>one</p>\n<p>two<br>three</p>"),
        ("<div>one</div><div>two <span>three</span></div>", "<p>one</p>\n<p>two three</p>"),
        ("<p>one</p><p>&nbsp;</p><p></p><p>two</p>", "<p>one</p>\n<p>two</p>"),
        ("<b><p>one</p><p>two</p></b>", "<p><b>one</b></p>\n<p><b>two</b></p>"),
        ("<p>a <em>b</em>, <strong> c</strong>d</p>", "<p>a <em>b</em>, <strong>c</strong>d</p>"),
        ("<h1>Title</h1>text<h3>Sub</h3>", "<h2>Title</h2>\n<p>text</p>\n<h3>Sub</h3>"),
        (
            "<ul><li><p>one</p><p>more</p></li><li>two<ul><li>deep</li></ul></li></ul>",
            "<ul><li>one<br>more</li><li>two<ul><li>deep</li></ul></li></ul>",
        ),
        ("<ul></ul><h2> </h2><blockquote><p></p></blockquote><p>x</p>", "<p>x</p>"),
        ("<blockquote>quoted<br><br>again</blockquote>", "<blockquote><p>quoted</p>\n<p>again</p>\n</blockquote>"),
        ("<pre>  a\n  <b>b</b></pre>", "<pre>  a\n  <b>b</b></pre>"),
        ("a<hr>b", "<p>a</p>\n<hr>\n<p>b</p>"),
        ("<table><tr><td>1<td>2</table>", "<table><tbody><tr><td>1</td><td>2</td></tr></tbody></table>"),
        (
            "<a href='../c'>x</a> <a href='//y.example/?a=1&b=[2]'>y</a>",
            "<p><a href=\"https://x.example/c\">x</a> <a href=\"https://y.example/?a=1&amp;b=%5B2%5D\">y</a></p>",
        ),
        ("<a href='javascript:alert(1)'>x</a><a href='data:text/html,x'>y</a><a>z</a>", "<p>xyz</p>"),
        ("<a href='mailto:a@b.example'>x</a>", "<p><a href=\"mailto:a@b.example\">x</a></p>"),
        (
            "<script>alert(1)</script><style>p{}</style>x<iframe src=y>z</iframe><form>f<select><option>o</select></form>",
            "<p>x</p>\n<p><a href=\"https://x.example/a/y\">x.example</a></p>\n<p>f</p>",
        ),
        ("<p onclick=x style=y class=z id=w>a<!-- wp:html --></p>", "<p>a</p>"),
        ("[gallery] [1] [/x] [[y]] […]", "<p>&#91;gallery] [1] &#91;/x] &#91;&#91;y]] […]</p>"),
        ("&lt;script&gt; a &amp; b &amp;lt;", "<p>&lt;script&gt; a &amp; b &amp;lt;</p>"),
        ("<p>Story.</p><p>The post <a href=x>Story</a> appeared first on <a href=y>Site</a>.</p>", "<p>Story.</p>"),
        ("<p>Story.</p><p><a href=x>Read more…</a></p>", "<p>Story.</p>"),
        (
            "<video src=v.mp4 autoplay>no</video><audio><source src=a.mp3></audio>",
            "<video controls=\"\" src=\"https://x.example/a/v.mp4\"></video>\n<audio controls=\"\" src=\"https://x.example/a/a.mp3\"></audio>",
        ),
        ("<details><summary>s</summary>t</details>", "<details><summary>s</summary><p>t</p>\n</details>"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
        ("caf&eacute; &copy; ©\u{a0}« &notit; &amp &#60;b&#x3e; &#39; '", "<p>café © ©&nbsp;« &amp;notit; &amp;amp &lt;b&gt; ' '</p>"),
        ("<a href='java&#115;cript:x'>a</a><a href=x&#32;onclick=y>b</a>", "<p>a<a href=\"https://x.example/a/x\">b</a></p>"),
        ("<a href='/?q=a&amp;b&quot;'>x</a>", "<p><a href=\"https://x.example/?q=a&amp;b%22\">x</a></p>"),
        ("", ""),
        ("   \n ", ""),
    ] {
        assert_eq!(cleaned(html).html, want, "{html}");
    }
}

#[test]
fn what_a_page_needs_and_a_post_does_not_is_gone() {
    let source = Source { base: Some("https://x.example/feed"), link: Some("https://x.example/a"), ..Source::default() };
    for (html, want) in [
        // links that lead about in the page
        (
            "<h2 id=t><a href='#t'>Head</a> <a href='#t'>#</a></h2><p>Text<sup><a href='#fn1'>1</a></sup></p><ol><li>Note <a href='#fnref1'>↩︎</a></li></ol>",
            "<h2>Head</h2>\n<p>Text<sup><a href=\"https://x.example/a#fn1\">1</a></sup></p>\n<ol><li>Note</li></ol>",
        ),
        ("<a href='#t'><h2>Head</h2></a><p>Text <a href='#r'><img class=wp-smiley src=/e.png alt=↩></a></p>", "<h2>Head</h2>\n<p>Text</p>"),
        // what a site adds to its links, also to one in the place of a frame
        (
            "<a href='https://y.example/?ref=x.example'>y</a><iframe src='https://z.example/?utm_source=x' title='A\u{a0}film'></iframe>",
            "<p><a href=\"https://y.example/\">y</a></p>\n<p><a href=\"https://z.example/\">A&nbsp;film</a></p>",
        ),
        // buttons
        ("<p>Text</p><a href=https://twitter.com/me><img src=/32/twitter.png alt=twitter></a>", "<p>Text</p>"),
        (
            "<p>Text</p><blockquote class=wp-embedded-content><a href=/b>Other</a></blockquote><iframe class=wp-embedded-content src=/b/embed/ title=Other></iframe>",
            "<p>Text</p>\n<blockquote><p><a href=\"https://x.example/b\">Other</a></p>\n</blockquote>",
        ),
        (
            "<figure class=kg-bookmark-card><a href=/b><div>Title</div><div>Says it</div><div class=kg-bookmark-metadata><img src=/i.png><span>Site</span></div></a></figure>",
            "<p><a href=\"https://x.example/b\">Title</a></p>\n<p><a href=\"https://x.example/b\">Says it</a></p>",
        ),
        // what was escaped twice
        ("&lt;p&gt;One&amp;nbsp;two&lt;/p&gt;", "<p>One&nbsp;two</p>"),
    ] {
        let once = clean_from(html, &source).html;
        assert_eq!(once, want, "{html}");
        assert_eq!(clean_from(&once, &source).html, want, "{html}");
    }
}

#[test]
fn what_stands_in_a_line_stays_there() {
    for (html, want) in [
        (
            "<p>Let <img class=latex src='https://s0.wp.com/latex.php?latex=x' alt=x> be a number.</p>",
            "<p>Let <img src=\"https://s0.wp.com/latex.php?latex=x\" alt=\"x\"/> be a number.</p>",
        ),
        ("<p>Fine <img src=/img/smilies/tongue.png alt=tongue>!</p>", "<p>Fine !</p>"),
        (
            "<figure><img src=/i.jpg><figcaption><h3>Cap</h3><p>tion</p></figcaption></figure>",
            "<figure><img src=\"https://x.example/i.jpg\" alt=\"\"/><figcaption>Cap tion</figcaption></figure>",
        ),
        (
            "<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul><ul><ol><li>d</li></ol></ul>",
            "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>\n<ul><li><ol><li>d</li></ol></li></ul>",
        ),
        (
            "<ul><li>A<ul><li>x<section><li>y</li></section></li></ul></li></ul><dl><dd><figcaption><dt>z</dt></figcaption></dd></dl>",
            "<ul><li>A<ul><li>x</li><li>y</li></ul></li></ul>\n<dl><dt>z</dt></dl>",
        ),
        ("<ul><li>a</li><ul></ul></ul><ul><ul></ul></ul>", "<ul><li>a</li></ul>"),
        ("<figcaption><dl><dd>a<figcaption><dd>b", "<dl><dd>a</dd><dd>b</dd></dl>"),
        ("<ul><li>one<ul></ul>two</li></ul><ul>three<p>four</p></ul>", "<ul><li>one<br>two</li></ul>\n<ul>three four</ul>"),
        (
            "<pre><span>[</span><span>\"a\"]</span></pre><p>x[<i>0</i>] [<span>gallery]</span> [1]</p>",
            "<pre>[\"a\"]</pre>\n<p>x[<i>0</i>] &#91;gallery] [1]</p>",
        ),
        ("<p>[&#103;allery] &lsqb;gallery] &lbrack;<span>3d-book]</span></p>", "<p>&#91;gallery] &#91;gallery] &#91;3d-book]</p>"),
    ] {
        assert_eq!(cleaned(html).html, want, "{html}");
        assert_eq!(cleaned(want).html, want, "{html}");
    }
    assert_eq!(cleaned("<p>Let <img src='https://s0.wp.com/latex.php?latex=x' alt=x> be</p>").text, "Let x be");
}

/// The article that a page holds, beside what the feed says of it, as a post gets it.
fn article(page: &str, teaser: &str, title: &str) -> Cleaned {
    let url = Url::parse("https://harbour.example/2026/article/").expect("an address");
    let read = page::read(page, &url, &page::Picks::default()).1.expect("an article");
    let source = Source { base: Some(&read.base), link: Some(url.as_str()), title, ..Source::default() };
    let (full, feed) = (clean_from(&read.html, &source), clean_from(teaser, &source));
    assert_eq!(page::judge(&full, &feed, title, false).worse, None);
    full
}

fn count(article: &Cleaned) -> [usize; 4] {
    let blocks = blocks(&article.html);
    [
        article.html.matches("<p>").count(),
        article.html.matches("<h2>").count(),
        blocks.matches("<!-- wp:paragraph").count(),
        blocks.matches("<!-- wp:").count(),
    ]
}

#[test]
fn an_articles_advert_and_comment_form_go_and_all_its_text_stays() {
    let page = include_str!("../../tests/pages/advert-and-comment-form.html");
    let teaser = "<p>A ferry company is said to be close to an agreement over a tide clock that three people built in a boat shed. If it comes […]</p>";
    let article = article(page, teaser, "Could a Tide Clock From a Small Harbour Steer the Next Ferries?");
    assert_eq!(count(&article), [9, 4, 9, 13], "{}", article.html);
    assert!(article.html.starts_with("<p>A ferry company is said") && article.html.ends_with("knows when the water comes.</p>"));
    let removed: Vec<&str> = article.removed.iter().map(|removed| removed.rule).collect();
    for rule in ["further-reading", "advert", "comments"] {
        assert!(removed.contains(&rule), "{rule}: {removed:?}");
    }
}

/// The same of an article that was captured, where `$WIREPRESS_TEST_CORPUS` names a folder with `articles/*.txt`: a title, then
/// paragraphs and headings parted by empty lines, with what stood below them.
#[test]
fn a_captured_articles_advert_and_comment_form_go_and_all_its_text_stays() {
    let Some(folder) = std::env::var_os("WIREPRESS_TEST_CORPUS") else { return };
    let Ok(articles) = std::fs::read_dir(std::path::Path::new(&folder).join("articles")) else { return };
    let mut read = 0;
    for file in articles {
        let text = std::fs::read_to_string(file.expect("readable").path()).expect("a text");
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let is_heading = |line: &str| line.split(' ').count() <= 6 && !line.ends_with(['.', '*']);
        let part = |line: &&str| {
            let line = html_escape::encode_text(line);
            if is_heading(&line) { format!("<h2>{line}</h2>") } else { format!("<p>{line}</p>") }
        };
        let body: String = lines[1..].iter().map(part).collect();
        let page = format!(
            "<html><head><title>{0} - Site</title></head><body><nav><a href=/>Home</a></nav><article><h1>{0}</h1>{body}</article></body></html>",
            lines[0]
        );
        let article = article(&page, &format!("<p>{}</p>", lines[1]), lines[0]);
        assert_eq!(count(&article), [9, 4, 9, 13], "{}", article.html);
        assert_eq!(article.text, lines[1..=13].join("\n\n"));
        read += 1;
    }
    assert!(read > 0, "there is no article");
}

#[test]
fn players_have_one_form_and_frames_are_never_lost() {
    let youtube = "<figure data-embed=\"youtube\" data-url=\"https://www.youtube.com/watch?v=dQw4w9WgXcQ\"></figure>";
    for (html, want) in [
        ("<iframe width=560 src='https://www.youtube.com/embed/dQw4w9WgXcQ?rel=0' allowfullscreen></iframe>", youtube.to_owned()),
        ("<p>a</p><iframe src=//www.youtube-nocookie.com/embed/dQw4w9WgXcQ />b", format!("<p>a</p>\n{youtube}\n<p>b</p>")),
        ("<p>https://youtu.be/dQw4w9WgXcQ</p>", youtube.to_owned()),
        (
            "<figure class=wp-block-embed><div>https://www.youtube.com/watch?v=dQw4w9WgXcQ</div><figcaption>Cap</figcaption></figure>",
            youtube.replace("</figure>", "<figcaption>Cap</figcaption></figure>"),
        ),
        (
            "<object><param name=movie value=http://www.youtube.com/v/dQw4w9WgXcQ&hl=en><embed src=http://www.youtube.com/v/dQw4w9WgXcQ></object>",
            youtube.to_owned(),
        ),
        (
            "<iframe data-src=https://player.vimeo.com/video/76979871 src=about:blank></iframe>",
            "<figure data-embed=\"vimeo\" data-url=\"https://vimeo.com/76979871\"></figure>".to_owned(),
        ),
        (
            "<p>x <iframe src=https://maps.example/x title='A map'></iframe> y</p>",
            "<p>x</p>\n<p><a href=\"https://maps.example/x\">A map</a></p>\n<p>y</p>".to_owned(),
        ),
        ("<iframe src=/poll></iframe>", "<p><a href=\"https://x.example/poll\">x.example</a></p>".to_owned()),
        ("<iframe src='javascript:alert(1)'></iframe><iframe srcdoc='<script>x</script>'></iframe>x", "<p>x</p>".to_owned()),
        ("<iframe src=https://ad.doubleclick.net/x></iframe>x", "<p>x</p>".to_owned()),
        (
            "<iframe src=https://maps.example/x>it's a frame <img src=y onerror=alert(1)></iframe>",
            "<p><a href=\"https://maps.example/x\">maps.example</a></p>".to_owned(),
        ),
        (
            "<video poster=/p.jpg><source src=/v.mp4><p>Your browser is old.</p></video>",
            "<video controls=\"\" src=\"https://x.example/v.mp4\" poster=\"https://x.example/p.jpg\"></video>".to_owned(),
        ),
        (
            "<ul><li>a <iframe src=https://youtu.be/dQw4w9WgXcQ></iframe></li></ul>",
            "<ul><li>a<br><a href=\"https://www.youtube.com/watch?v=dQw4w9WgXcQ\">youtube.com</a></li></ul>".to_owned(),
        ),
    ] {
        assert_eq!(cleaned(html).html, want, "{html}");
    }
}

#[test]
fn what_is_attached_plays_at_the_top_unless_the_body_plays_it() {
    let attached = |url: &str, mime: &str| Enclosure { url: url.to_owned(), mime: Some(mime.to_owned()), length: None };
    let sound = attached("https://x.example/e.mp3?from=feed", "audio/mpeg");
    let player = "<audio controls=\"\" src=\"https://x.example/e.mp3?from=feed\"></audio>";
    for (html, enclosures, want) in [
        ("<p>Notes.</p>", vec![sound.clone()], format!("{player}\n<p>Notes.</p>")),
        ("", vec![sound.clone()], player.to_owned()),
        (
            "<img src=/c.jpg><p>Notes.</p>",
            vec![sound.clone()],
            format!("<figure><img src=\"https://x.example/c.jpg\" alt=\"\"/></figure>\n{player}\n<p>Notes.</p>"),
        ),
        ("<p>Notes.</p><audio src=/e.mp3?from=feed></audio>", vec![sound.clone()], format!("<p>Notes.</p>\n{player}")),
        ("<p>Notes.</p>", vec![sound.clone(), attached("https://x.example/e.ogg", "audio/ogg")], format!("{player}\n<p>Notes.</p>")),
        ("<p>Notes.</p>", vec![attached("https://x.example/e.pdf", "application/pdf")], "<p>Notes.</p>".to_owned()),
        ("<p>Notes.</p>", vec![attached("javascript:alert(1)", "audio/mpeg")], "<p>Notes.</p>".to_owned()),
        (
            "Text",
            vec![attached("https://www.youtube.com/v/dQw4w9WgXcQ?version=3", "application/x-shockwave-flash")],
            "<figure data-embed=\"youtube\" data-url=\"https://www.youtube.com/watch?v=dQw4w9WgXcQ\"></figure>\n<p>Text</p>".to_owned(),
        ),
    ] {
        let source = Source { base: Some("https://x.example/"), enclosures: &enclosures, ..Source::default() };
        let once = clean_from(html, &source);
        assert_eq!(once.html, want, "{html}");
        assert_eq!(clean_from(&once.html, &source).html, want, "{html}");
    }
}

#[test]
fn pictures_that_wait_for_a_script_are_rescued() {
    let figure = |url: &str| format!("<figure><img src=\"https://x.example/{url}\" alt=\"\"/></figure>");
    for (html, want) in [
        ("<img src=data:image/gif;base64,R0 data-src=/a.jpg><noscript><img src=/a.jpg></noscript>", figure("a.jpg")),
        (
            "<img src=data:image/gif;base64,R0><noscript><p>No script!</p><img src=/a.jpg></noscript><p>x</p>",
            format!("{}\n<p>x</p>", figure("a.jpg")),
        ),
        ("<p>a<noscript>Please turn JavaScript on.</noscript> b</p>", "<p>a b</p>".to_owned()),
        ("<img src=/lazy-placeholder.png data-lazy-srcset='/s.jpg 300w, /l.jpg 900w'>", figure("l.jpg")),
        ("<picture><source srcset='/a.webp 1x, /b.webp 2x'><img></picture>", figure("b.webp")),
        ("<picture><source srcset=/a.webp><img src=/a.jpg></picture>", figure("a.jpg")),
        ("<img style='display:none' data-src=/a.jpg>", figure("a.jpg")),
        ("<img style='width: 1px; height:1px' src=/a.jpg>x", "<p>x</p>".to_owned()),
        ("<amp-img src=/a.jpg></amp-img>", figure("a.jpg")),
    ] {
        assert_eq!(cleaned(html).html, want, "{html}");
    }
}

#[test]
fn links_lead_to_their_targets_and_buttons_that_share_are_gone() {
    for (html, want) in [
        ("<a href='https://y.example/?utm_source=rss&a=1'>y</a>", "<p><a href=\"https://y.example/?a=1\">y</a></p>"),
        ("<a href='https://www.google.com/url?q=https://y.example/a&sa=D'>y</a>", "<p><a href=\"https://y.example/a\">y</a></p>"),
        (
            "<p>Text.</p><p><a href='https://twitter.com/intent/tweet?text=x'>Tweet</a> <a href='https://www.facebook.com/sharer.php?u=x'><img src=/f.png></a></p>",
            "<p>Text.</p>",
        ),
        (
            "<p>Text.</p><div class='sharedaddy sd-sharing-enabled'><h3>Share this:</h3><ul><li><a href=/x>Click</a></li></ul></div>",
            "<p>Text.</p>",
        ),
        ("<p>Text.</p><div class=feedflare><a href=/x><img src=/y.png></a></div><p>More text.</p>", "<p>Text.</p>\n<p>More text.</p>"),
        ("<p>Text. <span style='display:none'>hidden</span><span hidden>too</span></p>", "<p>Text.</p>"),
        ("Vec<T> in <o:p>Word</o:p> and <foo>more</foo>", "<p>Vec in Word and more</p>"),
        (
            "<a href=https://twitter.com/intent/tweet?text=x>five words that are quoted</a>",
            "<p><a href=\"https://twitter.com/intent/tweet?text=x\">five words that are quoted</a></p>",
        ),
    ] {
        assert_eq!(cleaned(html).html, want, "{html}");
    }
}

#[test]
fn tails_go_and_articles_stay() {
    let advert = "<p>Discover the pinnacle of feeding with Example. Our cutting-edge tool seamlessly posts for you, saving you time. <a href=/buy>Learn More</a></p>";
    for (html, want) in [
        (
            format!(
                "<p>One.</p><p>Two.</p>{advert}<h3>Leave a Reply</h3><p>Your email address will not be published. Required fields are marked *</p><p>Name</p>"
            ),
            "<p>One.</p>\n<p>Two.</p>",
        ),
        ("<p>One.</p><p>Two. <a href=/x>Continue reading <span>One</span> →</a></p>".to_owned(), "<p>One.</p>\n<p>Two.</p>"),
        (
            "<p>One.</p><p>Two. <strong><a href=/x>Weiterlesen</a></strong> »</p>".to_owned(),
            "<p>One.</p>\n<p>Two. <strong><a href=\"https://x.example/x\">Weiterlesen</a></strong> »</p>",
        ),
        ("<p>One.</p><p>Two.<br><b><a href=/x>Read more</a></b></p>".to_owned(), "<p>One.</p>\n<p>Two.</p>"),
        (
            "<p>One.</p><p>To know why, <a href=/x>read more</a></p>".to_owned(),
            "<p>One.</p>\n<p>To know why, <a href=\"https://x.example/x\">read more</a></p>",
        ),
        ("<p>One.</p><h3>Related posts</h3><ul><li><a href=/1>First</a></li><li><a href=/2>Second</a></li></ul>".to_owned(), "<p>One.</p>"),
        (
            "<p>One.</p><h3>Further reading</h3><ul><li><a href=https://other.example/1>The manual of something</a></li></ul>".to_owned(),
            "<p>One.</p>\n<h3>Further reading</h3>\n<ul><li><a href=\"https://other.example/1\">The manual of something</a></li></ul>",
        ),
        (
            "<p>One.</p><h3>What do you think?</h3><p>I'd love to hear.</p>".to_owned(),
            "<p>One.</p>\n<h3>What do you think?</h3>\n<p>I'd love to hear.</p>",
        ),
        ("<p>One.</p><p>[…]</p><p>Two.</p><p><a href=/x>Read full topic</a></p>".to_owned(), "<p>One.</p>\n<p>[…]</p>\n<p>Two.</p>"),
        ("<p>One.</p><p>Two. <a href=/x>... Leggi tutto</a></p><p>19 posts - 5 participants</p>".to_owned(), "<p>One.</p>\n<p>Two.</p>"),
        ("<p>…</p>".to_owned(), ""),
        ("<p>One.</p><p>[contact-form]</p><p>Two.</p>".to_owned(), "<p>One.</p>\n<p>Two.</p>"),
        (
            "<p>One.</p><h3>Related work</h3><p>Others did it, too.</p>".to_owned(),
            "<p>One.</p>\n<h3>Related work</h3>\n<p>Others did it, too.</p>",
        ),
        ("<p>One.</p><p>Read also: <a href=/1>Another story of ours</a></p><p>Two.</p>".to_owned(), "<p>One.</p>\n<p>Two.</p>"),
        ("<p>One.</p><p>Follow us on <a href=/t>Twitter</a></p><hr>".to_owned(), "<p>One.</p>"),
        (
            advert.to_owned(),
            "<p>Discover the pinnacle of feeding with Example. Our cutting-edge tool seamlessly posts for you, saving you time. <a href=\"https://x.example/buy\">Learn More</a></p>",
        ),
    ] {
        let want = want.replace("time. <a href=\"https://x.example/buy\">Learn More</a>", "time.");
        assert_eq!(cleaned(&html).html, want, "{html}");
    }
}

#[test]
fn an_operator_sees_adds_and_keeps_what_is_left_out() {
    let html = "<h1>The  title</h1><p>One.</p><p>Call us at 555.</p><p>Share this:</p>";
    let own = Boilerplate { remove: vec![regex::Regex::new("^Call us").expect("a pattern")], keep: vec!["share".to_owned()] };
    let source = Source { title: "The Title", boilerplate: Some(&own), ..Source::default() };
    let cleaned = clean_from(html, &source);
    assert_eq!(cleaned.html, "<p>One.</p>\n<p>Share this:</p>");
    assert_eq!(cleaned.text, "One.\n\nShare this:");
    let lines: Vec<_> = cleaned.removed.iter().map(|removed| removed.line().into_owned()).collect();
    assert_eq!(lines, ["title-again: The title", "boilerplate: Call us at 555."]);
    assert_eq!(clean_from(html, &Source::default()).html, "<h2>The title</h2>\n<p>One.</p>\n<p>Call us at 555.</p>");
}

#[test]
fn places_without_markup_get_text_and_captions_a_line() {
    assert_eq!(plain("<p>a &amp; <b>b</b></p><script>x</script>"), "a & b");
    assert_eq!(plain(" a > b "), "a > b");
    assert_eq!(
        line("<p>By <a href=/a onclick=x>A</a></p><h2>B<script>x</script></h2>", Some("https://x.example/")),
        "By <a href=\"https://x.example/a\">A</a>B"
    );
}

#[test]
fn pictures_stand_alone_and_counters_are_gone() {
    let figure = |url: &str, alt: &str| format!("<figure><img src=\"https://x.example/{url}\" alt=\"{alt}\"/></figure>");
    for (html, want) in [
        ("<p>a <img src=i.jpg> b</p>", format!("<p>a</p>\n{}\n<p>b</p>", figure("a/i.jpg", ""))),
        ("<img src=/i.jpg alt='A \"b\" [c]'>", figure("i.jpg", "A &quot;b&quot; &#91;c]")),
        ("<a href=/l><img src=/i.jpg></a>", "<figure><a href=\"https://x.example/l\"><img src=\"https://x.example/i.jpg\" alt=\"\"/></a></figure>".to_owned()),
        (
            "<figure><a href=/l><img src=/i.jpg></a><figcaption>A <b>cap</b></figcaption></figure>",
            "<figure><a href=\"https://x.example/l\"><img src=\"https://x.example/i.jpg\" alt=\"\"/></a><figcaption>A <b>cap</b></figcaption></figure>".to_owned(),
        ),
        ("<figcaption>alone</figcaption>", "<p>alone</p>".to_owned()),
        ("x<img src=t.gif width=1 height=1>", "<p>x</p>".to_owned()),
        ("x<img src=https://pixel.wp.com/b.gif>", "<p>x</p>".to_owned()),
        ("x<img src=data:image/gif;base64,R0lGOD>", "<p>x</p>".to_owned()),
        ("<img src=data:image/gif;base64,R0lGOD data-src=/real.jpg>", figure("real.jpg", "")),
        ("<img srcset='/s.jpg 300w, /l.jpg 1200w, /m.jpg 600w'>", figure("l.jpg", "")),
        ("x <img class=wp-smiley src=/s.png alt=🙂> y", "<p>x 🙂 y</p>".to_owned()),
        ("<img src='javascript:x'><img>", String::new()),
        ("<ul><li>a <img src=/i.jpg></li></ul>", "<ul><li>a <img src=\"https://x.example/i.jpg\" alt=\"\"/></li></ul>".to_owned()),
    ] {
        assert_eq!(cleaned(html).html, want, "{html}");
    }
    let images = cleaned("<img src=/1.jpg alt=One width=640 height=480px><img src=t width=1><p>x<img src=/2.jpg></p>").images;
    assert_eq!(images.iter().map(|image| image.url.as_str()).collect::<Vec<_>>(), ["https://x.example/1.jpg", "https://x.example/2.jpg"]);
    assert_eq!((images[0].alt.as_deref(), images[0].width, images[0].height), (Some("One"), Some(640), Some(480)));
}

#[test]
fn the_text_has_what_a_reader_sees() {
    for (html, want) in [
        ("<p>one &amp; <b>two</b></p><p>three</p>", "one & two\n\nthree"),
        ("<h2>Head</h2><ul><li>a</li><li>b</li></ul>after", "Head\n\na\n\nb\n\nafter"),
        ("one<br>two", "one\ntwo"),
        ("<figure><img src=/i.jpg><figcaption>caption</figcaption></figure>body", "body"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n\n3"),
        ("<script>x</script>y", "y"),
        ("<ul><li>a<ol><li>b</li></ol></li></ul>", "a\n\nb"),
        ("<pre>a\n b</pre>", "a\n b"),
        ("<pre>\n\na</pre>", "a"),
    ] {
        assert_eq!(cleaned(html).text, want, "{html}");
    }
    assert_eq!(cleaned("<p>one two</p><p>three</p>").words, 3);
}

#[test]
fn cleaning_twice_changes_nothing() {
    for html in [
        "one<br><br>two <a href=x>y</a><img src=i.jpg>",
        "<blockquote><p>q</p></blockquote><ul><li>a<ul><li>b</li></ul></li></ul>",
        "<figure><img src=/i.jpg><figcaption>c</figcaption></figure>",
        "<table><tr><th>1</th></tr></table><pre><code>x [y]</code></pre>",
        "<dl><dt>a</dt><dd>b<p>c</dd></dl><details><summary>s</summary>t</details>",
        "<h1>a</h1><h4>b</h4><iframe src=https://maps.example/>x</iframe><iframe src=https://youtu.be/dQw4w9WgXcQ></iframe>",
        "<p>a. <a href=x>Read more</a> <a href=x>Read more</a></p><p>Share this:</p><h3>Leave a comment</h3><p>Name</p><hr>",
        "<pre><br></pre><pre><br><br>a<br></pre>",
        "<blockquote> </blockquote>a<blockquote>https://youtu.be/dQw4w9WgXcQ</blockquote>",
        "<div>https://youtu.be/dQw4w9WgXcQ<iframe src=//youtu.be/dQw4w9WgXcQ></iframe></div>",
        "<img src=/i.jpg><figcaption><blockquote>said</blockquote></figcaption>",
        "<figure class=wp-block-pullquote><blockquote><p>Pulled</p><cite>She</cite></blockquote></figure>after",
        "<figure><blockquote><p>Pulled</p></blockquote><figcaption>She</figcaption></figure><figure><blockquote></blockquote></figure>",
    ] {
        let once = Cleaned { removed: Vec::new(), ..cleaned(html) };
        assert_eq!(cleaned(&once.html), once, "{html}");
    }
}

#[test]
fn a_quote_in_a_figure_stays_in_it_and_becomes_a_pullquote() {
    let quote = cleaned("<p>a</p><figure class=wp-block-pullquote><blockquote><p>Pulled</p><cite>She</cite></blockquote></figure><p>b</p>");
    assert!(
        quote.html.contains("<figure><blockquote><p>Pulled</p>") && quote.html.contains("</blockquote></figure>\n<p>b</p>"),
        "{}",
        quote.html
    );
    assert!(blocks(&quote.html).contains("<!-- wp:pullquote -->"), "{}", blocks(&quote.html));
    let captioned = cleaned("<figure><blockquote>Pulled</blockquote><figcaption>She</figcaption></figure>");
    assert!(blocks(&captioned.html).contains("<p>Pulled</p><cite>She</cite></blockquote></figure>"), "{}", blocks(&captioned.html));
    let caption = cleaned("<figure><img src=/i.jpg><figcaption><details>told</details></figcaption></figure>");
    assert!(caption.html.contains("told"), "{}", caption.html);
}

#[test]
fn hostile_html_costs_no_more_than_its_length() {
    let deep = |tag: &str| format!("<{tag}>").repeat(50_000);
    let many = [
        deep("div"),
        deep("b"),
        deep("blockquote"),
        deep("ul><li"),
        deep("table><tr><td"),
        deep("p><b><i><a href=x"),
        format!("{}{}", deep("b"), "<p>x".repeat(20_000)),
        "<a href=x>".repeat(50_000),
        "<font><p>".repeat(30_000),
        format!("{}{}", (0..399).map(|n| format!("<font color={n}>")).collect::<String>(), "<p>x".repeat(100_000)),
        "<b><p>".repeat(100_000),
        "<div></zz>".repeat(50_000),
        "<b></zz>".repeat(50_000),
        "<ul><li></ul><blockquote></p>".repeat(20_000),
        "<".repeat(500_000),
        "&".repeat(500_000),
        "&amp; &copy;&notit;&#60;".repeat(20_000),
        "©".repeat(200_000),
        "[".repeat(500_000),
        "<!--".repeat(100_000),
        "<img src=x".repeat(50_000),
        "<p a=\"".repeat(80_000),
    ];
    let begun = std::time::Instant::now();
    for html in &many {
        let cleaned = cleaned(html);
        assert!(cleaned.html.len() < 16 * html.len(), "{} became {}", &html[..20], cleaned.html.len());
        assert!(!blocks(&cleaned.html).contains("<script"));
    }
    // 6 MB in a debug build; a quadratic reader would take minutes.
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

#[test]
fn an_excerpt_is_made_of_paragraphs_and_list_items() {
    let layout = "word ".repeat(25);
    for (html, want) in [
        (
            "<h1>Title</h1><ul><li>one</li><li>two</li></ul><p><b>bold</b></p><blockquote>quoted words</blockquote>\
             <pre>code\n  indent</pre><table><tr><th>Head 1<th>2</table><p>Jumps.</p>",
            "one\n\ntwo\n\nbold\n\nquoted words\n\nJumps.",
        ),
        ("<h2>Only a heading</h2>", "Only a heading"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n\n3"),
        (
            &format!("<table><tr><td><table><tr><td>{layout}</td></tr></table></td><td>menu</td></tr></table><p>Foot.</p>"),
            &format!("{}\n\nFoot.", layout.trim()),
        ),
        ("<p>one</p><p>Continue reading…</p><p>two</p>", "one\n\ntwo"),
    ] {
        assert_eq!(excerpt_of(&cleaned(html), 60).text, want, "{html}");
    }
    let excerpt = excerpt_of(&cleaned("<h2>Two words</h2><p>One.</p>"), 60);
    assert_eq!((excerpt.taken, excerpt.of), (1, 3));
}

#[test]
fn what_is_too_long_is_cut_at_a_character() {
    let limits = Limits { html: 4 };
    assert_eq!(clean("aäöü", None, &limits).html, "<p>aä</p>");
}

#[test]
fn blocks_are_those_of_the_editor() {
    let html = cleaned(
        "<h1>One</h1><p>Text with <a href=/l>a link</a>.</p><h3>Two</h3><ul><li>a</li><li>b<ol start=3><li>c</li></ol></li></ul>\
         <blockquote><p>quoted</p><ul><li>in it</li></ul></blockquote><figure><img src=/i.jpg alt=A><figcaption>Cap</figcaption></figure>\
         <pre><code>let x = [1];</code></pre><pre>kept  so</pre><table><thead><tr><th>h</th></tr></thead><tr><td>1</td></tr></table>\
         <table><tr><td colspan=2>wide</td></tr></table><hr><dl><dt>t</dt><dd>d</dd></dl><ul><li><pre>odd</pre></li></ul>",
    )
    .html;
    insta::assert_snapshot!(blocks(&html));
}

#[test]
fn blocks_survive_html_that_is_not_clean() {
    for (html, want) in [
        ("loose", "<!-- wp:paragraph -->\n<p>loose</p>\n<!-- /wp:paragraph -->"),
        ("<p>open", "<!-- wp:paragraph -->\n<p>open</p>\n<!-- /wp:paragraph -->"),
        ("</p>", ""),
        ("", ""),
    ] {
        assert_eq!(blocks(html), want, "{html}");
    }
}

#[test]
fn a_player_that_goes_with_a_comment_form_is_known_no_more() {
    let attached = Enclosure { url: "https://x.example/e.mp3".to_owned(), mime: Some("audio/mpeg".to_owned()), length: None };
    let source = Source { base: Some("https://x.example/"), enclosures: &[attached], ..Source::default() };
    let player = "<audio controls=\"\" src=\"https://x.example/e.mp3\"></audio>";
    for (html, want) in [
        ("<p>Text.</p><p>Leave a Reply</p><audio src=/e.mp3></audio>", format!("{player}\n<p>Text.</p>")),
        ("<p>Text.</p>Advertisement<audio src=/e.mp3></audio>", format!("<p>Text.</p>\n{player}")),
    ] {
        let once = clean_from(html, &source);
        assert_eq!(once.html, want, "{html}");
        assert_eq!(clean_from(&once.html, &source).html, want, "{html}");
    }
}

#[test]
fn the_plain_texts_are_those_of_what_stands_there_then() {
    for (html, text, prose) in [
        // a caption whose picture is gone is a paragraph
        ("<figure><svg></svg><figcaption>Told.</figcaption></figure><p>On.</p>", "Told.\n\nOn.", "Told.\n\nOn."),
        ("<table><caption>One <blockquote>two</blockquote></caption><tr><td>x</td></tr></table>", "One two\n\nx", ""),
        ("<ul><li>one<ol></ol>two</li></ul>", "one\ntwo", "one\ntwo"),
        ("<pre><br>\n<br>  a<h2></h2>b</pre>", "ab", ""),
    ] {
        let once = cleaned(html);
        assert_eq!((once.text.as_str(), once.prose.as_str()), (text, prose), "{html}: {}", once.html);
        let twice = cleaned(&once.html);
        assert_eq!((twice.html, twice.text, twice.prose), (once.html, once.text, once.prose), "{html}");
    }
}

#[test]
fn what_teasers_leave_behind_goes() {
    let paragraphs = "<p>A first paragraph that tells the whole story of a clock.</p>";
    for (html, want) in [
        // cut in the midst of a tag, with a link put behind it
        (
            "<p>The clock was built in a boat shed.</p><p>Its makers say that it <a...<a href=/on>Read More</a>",
            "<p>The clock was built in a boat shed.</p>\n<p>Its makers say that it …</p>",
        ),
        // cut in the midst of a quote
        (
            "<p>The makers say:</p><blockquote><p>It will steer the ferries.</p><p><a href=/on>To read this article in full, please click here</a></p>",
            "<p>The makers say:</p>\n<blockquote><p>It will steer the ferries.</p>\n</blockquote>",
        ),
        // announces what was left out
        (&format!("{paragraphs}<p><b>Previously on The Harbour Post:</b></p>"), paragraphs),
        (
            "<figure class=attachment><img src=/c.jpg><figcaption class=attachment__caption><span class=attachment__name>c.jpg</span> \
             <span class=attachment__size>7.79 KB</span></figcaption></figure>",
            "<figure><img src=\"https://x.example/c.jpg\" alt=\"\"/></figure>",
        ),
    ] {
        let once = cleaned(html);
        assert_eq!(once.html, want, "{html}");
        let twice = cleaned(&once.html);
        assert_eq!((twice.html, twice.text, twice.prose), (once.html, once.text, once.prose), "{html}");
    }
}
