//! Tables of what bodies become.

use super::*;

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
            "<p>x</p>\n<p>f</p>",
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
    ] {
        let once = cleaned(html);
        assert_eq!(cleaned(&once.html), once, "{html}");
    }
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
