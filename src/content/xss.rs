//! Ways to get a script past a filter, after OWASP's cheat sheet on filter evasion and what was found in sanitisers since:
//! nothing that runs is left, neither in the clean body, nor in its blocks, nor when a browser reads and writes it again.

use scraper::{Html, Node};

use super::*;

const VECTORS: &[&str] = &[
    // script, as it is and in disguise
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://x.example/xss.js></SCRIPT>",
    "<sCrIpT>alert(1)</ScRiPt>",
    "<script/xss src=\"https://x.example/xss.js\"></script>",
    "<script\x0b>alert(1)</script>",
    "<script\n>alert(1)</script\n>",
    "<<script>alert(1);//<</script>",
    "<script src=https://x.example/xss.js?<b>",
    "<script src=//x.example/.j>",
    "</script><script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script a=\">\" src=\"https://x.example/x.js\"></script>",
    "<script =\">\" src=\"https://x.example/x.js\"></script>",
    "<script a=\">\" '' src=\"https://x.example/x.js\"></script>",
    "<script \"a='>'\" src=\"https://x.example/x.js\"></script>",
    "<script a=`>` src=\"https://x.example/x.js\"></script>",
    "<script>document.write(\"<scri\");</script>pt src=\"https://x.example/x.js\"></script>",
    "\x00<script>alert(1)</script>",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "+ADw-SCRIPT+AD4-alert(1)+ADw-/SCRIPT+AD4-",
    "<script type=text/vbscript>msgbox 1</script>",
    "<?xml version=\"1.0\"?><script xmlns=\"http://www.w3.org/1999/xhtml\">alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<!--[if gte IE 4]><script>alert(1);</script><![endif]-->",
    "<!-- --!><script>alert(1)</script> -->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!---><img src=x onerror=alert(1)>",
    "<!-- wp:html --><script>alert(1)</script><!-- /wp:html -->",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    // schemes
    "<a href=javascript:alert(1)>x</a>",
    "<a href=JaVaScRiPt:alert(1)>x</a>",
    "<a href=\"jav\tascript:alert(1)\">x</a>",
    "<a href=\"jav&#x09;ascript:alert(1)\">x</a>",
    "<a href=\"jav&#x0A;ascript:alert(1)\">x</a>",
    "<a href=\"jav&#x0D;ascript:alert(1)\">x</a>",
    "<a href=\" &#14;  javascript:alert(1)\">x</a>",
    "<a href=\"\x01javascript:alert(1)\">x</a>",
    "<a href=&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;&#97;&#108;&#101;&#114;&#116;&#40;&#49;&#41;>x</a>",
    "<a href=&#0000106&#0000097&#0000118&#0000097&#0000115&#0000099&#0000114&#0000105&#0000112&#0000116&#0000058alert(1)>x</a>",
    "<a href=&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A&#x61&#x6C&#x65&#x72&#x74&#x28&#x31&#x29>x</a>",
    "<a href=\"javascript&colon;alert(1)\">x</a>",
    "<a href=\"java&Tab;script&NewLine;:alert(1)\">x</a>",
    "<a href=\"javascript://x.example/%0Aalert(1)\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"livescript:alert(1)\">x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\">x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<a href=\"feed:javascript:alert(1)\">x</a>",
    "<a href=\"view-source:javascript:alert(1)\">x</a>",
    "<a href=\"blob:https://x.example/1\">x</a>",
    "<a href=\"file:///etc/passwd\">x</a>",
    "<a href=\"https://www.google.com/url?q=javascript:alert(1)\">x</a>",
    "<a href=\"//x.example\" onclick=alert(1)>x</a>",
    "<a href='https://x.example/\" onclick=\"alert(1)'>x</a>",
    "<a href=\"https://x.example/&quot; onclick=&quot;alert(1)\">x</a>",
    "<a href=`javascript:alert(1)`>x</a>",
    "<a xlink:href=javascript:alert(1)>x</a>",
    "<a href=https://x.example target=_blank ping=https://y.example>x</a>",
    "<base href=\"javascript:alert(1);//\"><a href=x>x</a>",
    "<area href=javascript:alert(1)>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<form><button formaction=javascript:alert(1)>x</button></form>",
    "<isindex action=javascript:alert(1) type=image>",
    "<blockquote cite=javascript:alert(1)>x</blockquote>",
    "<q cite=javascript:alert(1)>x</q>",
    // pictures and handlers
    "<img src=javascript:alert(1)>",
    "<img src=\"javascript:alert(1);\">",
    "<img src=`javascript:alert(\"1\")`>",
    "<img \"\"\"><script>alert(1)</script>\"\\>",
    "<img src=x onerror=alert(1)>",
    "<img src=x:alert(alt) onerror=eval(src) alt=1>",
    "<img src= onmouseover=\"alert(1)\">",
    "<img onmouseover=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src=x onerror\n=\nalert(1)>",
    "<img src=\"x\"onerror=alert(1)>",
    "<img src='x' alt='`><script>alert(1)</script>'>",
    "<img src=x alt='\" onerror=\"alert(1)'>",
    "<img src=x alt=\"&quot; onerror=&quot;alert(1)\">",
    "<img src=\"/\" =_=\" title=\"onerror='alert(1)'\">",
    "<img dynsrc=javascript:alert(1)>",
    "<img lowsrc=javascript:alert(1)>",
    "<img srcset='javascript:alert(1) 1x, x 2x' onload=alert(1)>",
    "<img data-src=javascript:alert(1)>",
    "<img src=data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+>",
    "<img src='vbscript:msgbox(1)'>",
    "<image src=x onerror=alert(1)>",
    "<input type=image src=javascript:alert(1)>",
    "<picture><source srcset=javascript:alert(1)><img onerror=alert(1)></picture>",
    "<body onload=alert(1)>",
    "<body onload!#$%&()*~+-_.,:;?@[/|\\]^`=alert(1)>",
    "<body background=javascript:alert(1)>",
    "<p onclick=alert(1) onpointerover=alert(1) style=x>x</p>",
    "<b/onmouseover=alert(1)>x</b>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<bgsound src=javascript:alert(1)>",
    "<br size=\"&{alert(1)}\">",
    "<xss onafterscriptexecute=alert(1)>",
    "<x onfocus=alert(1) autofocus tabindex=1>x</x>",
    "<select onfocus=alert(1) autofocus><option>x</select>",
    "<table background=javascript:alert(1)><td background=javascript:alert(1)>x</table>",
    "<td colspan='2\" onclick=alert(1)'>x</td>",
    "<table><tr><td colspan='\"><script>alert(1)</script>'>x</table>",
    "<ol start='1\" onclick=\"alert(1)'><li>x</ol>",
    "<abbr title='\" onmouseover=\"alert(1)'>x</abbr>",
    "<figure data-embed='\" onclick=\"alert(1)' data-url=javascript:alert(1)>x</figure>",
    "<figure data-embed=youtube data-url='https://www.youtube.com/watch?v=\"><script>alert(1)</script>'></figure>",
    // style
    "<style>@import'https://x.example/xss.css';</style>",
    "<style>li{list-style-image:url(\"javascript:alert(1)\")}</style><ul><li>x",
    "<link rel=stylesheet href=javascript:alert(1)>",
    "<link rel=import href=https://x.example/x.html>",
    "<div style=\"background-image:url(javascript:alert(1))\">x</div>",
    "<div style=\"width:expression(alert(1))\">x</div>",
    "<p style='-moz-binding:url(https://x.example/x.xml#xss)'>x</p>",
    "<xss style=\"behavior:url(xss.htc)\">",
    "<style><img src=\"</style><img src=x onerror=alert(1)>\">",
    // frames, plug-ins, players
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe src=# onmouseover=alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src=https://x.example title='<script>alert(1)</script>'></iframe>",
    "<iframe src=https://x.example title='&lt;img src=x onerror=alert(1)&gt;'></iframe>",
    "<iframe><img src=x onerror=alert(1)></iframe>",
    "<iframe></p><script>alert(1)</script><img src=x onerror=alert(1)></iframe>",
    "<iframe src=https://x.example></a></b><svg onload=alert(1)><ol </iframe>",
    "<iframe></><a title=\"</iframe><script>alert(1)</script>",
    "<iframe/src=\"data:text/html,<svg onload=alert(1)>\">",
    "<iframe src=https://x.example><img title='</iframe><img src=x onerror=alert(1)>'>",
    "<frameset><frame src=javascript:alert(1)></frameset>",
    "<object type=text/x-scriptlet data=https://x.example/x.html></object>",
    "<object data=javascript:alert(1)></object>",
    "<object data=data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==></object>",
    "<object><param name=url value=javascript:alert(1)></object>",
    "<object><param name=movie value='javascript:alert(1)//https://www.youtube.com/v/dQw4w9WgXcQ'></object>",
    "<embed src=javascript:alert(1)>",
    "<embed src=https://x.example/xss.swf allowscriptaccess=always>",
    "<embed src=\"data:image/svg+xml;base64,PHN2Zz4=\">",
    "<applet code=x></applet>",
    "<video src=x onerror=alert(1)></video>",
    "<video><source onerror=alert(1)></video>",
    "<video poster=javascript:alert(1) src=https://x.example/v.mp4></video>",
    "<audio src=javascript:alert(1)></audio>",
    "<audio src=x onloadstart=alert(1)>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<meta http-equiv=Link content=\"<https://x.example/xss.css>; REL=stylesheet\">",
    // SVG and MathML
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script href=data:,alert(1) /></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text y=20>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><set attributeName=onmouseover to=alert(1)></svg>",
    "<svg><a><animate attributeName=href values=javascript:alert(1) /><text y=20>x</text></a></svg>",
    "<svg><use href=\"data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><image href='1' onerror='alert(1)'/></svg>#x\"/></svg>",
    "<svg><foreignObject><iframe src=javascript:alert(1)></iframe></foreignObject></svg>",
    "<svg><desc><img src=x onerror=alert(1)></desc></svg>",
    "<svg><title><img src=x onerror=alert(1)></title></svg>",
    "<math><a xlink:href=javascript:alert(1)>x</a></math>",
    "<math href=javascript:alert(1)>x</math>",
    "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction></math>",
    // what becomes markup when it is read again
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<noscript><style></noscript><img src=x onerror=alert(1)>",
    "<noembed><img title=\"</noembed><img src=x onerror=alert(1)>\"></noembed>",
    "<noframes><img title=\"</noframes><img src=x onerror=alert(1)>\"></noframes>",
    "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\"></textarea>",
    "<title><img title=\"</title><img src=x onerror=alert(1)>\"></title>",
    "<xmp><img title=\"</xmp><img src=x onerror=alert(1)>\"></xmp>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<template><img src=x onerror=alert(1)></template>",
    "<template><s><template><s><img src=x onerror=alert(1)></s></template></s></template>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<svg><style><!--</style><a id=\"--!><img src=1 onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mtext><table><mglyph><style><math><img src onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<svg><annotation-xml><foreignobject><style><!--</style><p id=\"--><img src=x onerror=alert(1)>\">",
    "<math><mi><!--><img src onerror=alert(1)>--></mi></math>",
    "<select><template><img src=x onerror=alert(1)></template></select>",
    "<select><iframe></select><img src=x onerror=alert(1)>",
    "<table><caption><iframe srcdoc=x></caption></table><img src=x onerror=alert(1)>",
    "<p title='<img src=x onerror=alert(1)>'>x</p>",
    "<pre><code>&lt;script&gt;alert(1)&lt;/script&gt;</code></pre>",
    "<a href='https://x.example/<script>alert(1)</script>'>x</a>",
    "<a title='</a><script>alert(1)</script>' href=x>x</a>",
    "x<a\x0chref=javascript:alert(1)>y",
    "<img src=x alt='--&gt;&lt;!-- /wp:image --&gt;&lt;script&gt;alert(1)&lt;/script&gt;'>",
    "<p>&lt;!-- /wp:paragraph --&gt;&lt;!-- wp:html --&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "<p>[embed]javascript:alert(1)[/embed] [caption onclick=alert(1)]</p>",
    "<",
    "<img src=x onerror=alert(1)",
    "<img src=\"x\" onerror=\"alert(1)",
    "<a href=\"https://x.example/\" title=\"<",
    "\u{f8f1}script\u{f8f2}alert(1)\u{f8f1}/script\u{f8f2}",
    "\u{feff}<script>alert(1)</script>",
    "\u{ff1c}script\u{ff1e}alert(1)\u{ff1c}/script\u{ff1e}",
    "<ſcript>alert(1)</ſcript>",
    "<ıframe src=javascript:alert(1)>",
    "<amp-img src=x onerror=alert(1)></amp-img>",
    "<o:p onclick=alert(1)>x</o:p>",
];

/// What may stand in a post; of each attribute, whether it leads somewhere.
pub(super) fn is_safe(html: &str) -> Result<(), String> {
    for node in Html::parse_fragment(html).tree.nodes() {
        let Node::Element(element) = node.value() else { continue };
        let name = element.name();
        let runs =
            ["script", "style", "iframe", "object", "embed", "svg", "math", "link", "meta", "base", "form", "input", "button", "template"];
        if runs.contains(&name) || name.contains(|c: char| !c.is_ascii_alphanumeric()) {
            return Err(format!("<{name}>"));
        }
        for (attribute, value) in element.attrs() {
            let known = [
                "href",
                "src",
                "poster",
                "data-url",
                "title",
                "alt",
                "controls",
                "data-embed",
                "colspan",
                "rowspan",
                "start",
                "reversed",
                "class",
            ];
            if !known.contains(&attribute) {
                return Err(format!("{attribute}={value}"));
            }
            let leads = ["href", "src", "poster", "data-url"].contains(&attribute);
            if leads && !["http://", "https://", "mailto:"].iter().any(|scheme| value.starts_with(scheme)) {
                return Err(format!("{attribute}={value}"));
            }
        }
    }
    Ok(())
}

#[test]
fn nothing_that_runs_survives() {
    for vector in VECTORS {
        for html in [(*vector).to_owned(), format!("<p>before {vector} after</p>"), format!("<ul><li>{vector}</ul><table><tr><td>{vector}")]
        {
            let clean = clean(&html, Some("https://base.example/a/"), &Limits::default()).html;
            assert_eq!(is_safe(&clean), Ok(()), "{html}\n{clean}");
            let again = Html::parse_fragment(&clean).root_element().inner_html();
            assert_eq!(is_safe(&again), Ok(()), "{html}\n{again}");
            let written = blocks(&clean);
            assert_eq!(is_safe(&written), Ok(()), "{html}\n{written}");
            assert!(!line(&html, None).contains("<script") && is_safe(&line(&html, None)).is_ok(), "{html}");
        }
    }
}

#[test]
fn what_is_not_safe_is_seen() {
    for html in
        ["<script>x</script>", "<img src=https://x.example/ onerror=x>", "<a href=javascript:x>x</a>", "<svg></svg>", "<p style=x>y</p>"]
    {
        assert!(is_safe(html).is_err(), "{html}");
    }
}

#[test]
fn cleaning_what_was_meant_to_confuse_it_changes_nothing_the_second_time() {
    for vector in VECTORS {
        let once = clean(vector, Some("https://base.example/a/"), &Limits::default()).html;
        assert_eq!(clean(&once, Some("https://base.example/a/"), &Limits::default()).html, once, "{vector}");
    }
}
