//! Tables of what rules and templates are, do and refuse.

use std::sync::Arc;

use super::*;
use crate::domain::{DraftImage, Entry, FeedFacts, Hold, HoldKind, NewTerms, SlugStyle, Status, Term, Timestamp};

const NOW: Timestamp = Timestamp::from_unix(1_795_351_976);
const KEY: &str = "0123456789abc";

fn entry() -> Entry {
    Entry {
        guid: Some("https://lwn.example/Articles/1".to_owned()),
        link: Some("https://www.lwn.example/Articles/1/?a=1&b=2".to_owned()),
        title: "Kernel 7.0 & \"friends\" <released>".to_owned(),
        authors: vec!["Jonathan Corbet".to_owned()],
        published: Some(Timestamp::from_unix(NOW.unix() - 36_000)),
        categories: vec!["Kernel".to_owned(), "Releases".to_owned(), "kernel".to_owned()],
        language: Some("en".to_owned()),
        ..Entry::default()
    }
}

const TEXT: &str = "Linux 7.0 is out. It has [gallery] support & more.\n\nA second paragraph.";

fn view_of(entry: &Entry) -> View {
    let facts = FeedFacts { title: Some("LWN.net".to_owned()), home: Some("https://lwn.example/".to_owned()), ..FeedFacts::default() };
    let html = "<p>Linux 7.0 is out.</p>";
    View::new(&Told { feed: "lwn", facts: &facts, entry, html, text: TEXT, words: 12, summary: "Linux 7.0", first_seen: NOW, now: NOW })
}

fn prepared<'a>(view: &'a View, image: Option<&'a Result<DraftImage, String>>) -> Prepared<'a> {
    let blocks = "<!-- wp:paragraph -->\n<p>Linux 7.0 is out.</p>\n<!-- /wp:paragraph -->";
    Prepared {
        view,
        key: KEY,
        image,
        pictures: &[],
        excerpt: TEXT,
        excerpt_words: Words { taken: 12, of: 812 },
        blocks,
        licence: "",
        signals: &[],
        notes: &[],
        outgoing: None,
    }
}

fn ready(composed: Composed) -> Ready {
    match composed {
        Composed::Draft(ready) => *ready,
        Composed::Skip(decision) => panic!("skipped: {decision:?}"),
    }
}

fn rule(engine: &mut Engine, scope: Scope, line: usize, when: &str, then: Then) -> Arc<Rule> {
    let known = if then.site.is_some() { Known::Early } else { Known::Late };
    let when = engine.rule(when, known).expect("sound");
    Arc::new(Rule { at: format!("wirepress.toml:{line}"), scope, when, then })
}

fn skip(because: &str) -> Then {
    Then { skip: Some(because.to_owned()), ..Then::default() }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// `source` with the faulty part between `»` and `«`, then message and hint.
fn shown(source: &str, faults: Vec<Fault>) -> String {
    let mut text = String::new();
    for fault in faults {
        let Fault { range, message, hint } = fault;
        text.push_str(&format!("{}»{}«{}\n  {message}\n", &source[..range.start], &source[range.clone()], &source[range.end..]));
        if let Some(hint) = hint {
            text.push_str(&format!("  hint: {hint}\n"));
        }
    }
    text
}

#[test]
fn a_rule_matches_as_it_reads() {
    for (when, want) in [
        ("title is matching('(?i)KERNEL')", true),
        ("title is matching('(?i)sponsored') or words < 30", true),
        ("title is matching('(?i)sponsored') or words < 3", false),
        ("title is containing('kern*')", true),
        ("title is containing('kern')", false),
        ("categories is containing('releases')", true),
        ("categories is matching('^Rel')", true),
        ("'Releases' in categories", true),
        ("'7.0' in title", true),
        ("words > 10 and words <= 12", true),
        ("10 < words < 12", false),
        ("author == 'Jonathan Corbet'", true),
        ("authors|length == 1", true),
        ("host == 'lwn.example'", true),
        ("age > 9 and age < 11", true),
        ("published > '2026-11-01'", true),
        ("language is startingwith('en')", true),
        ("feed in ['lwn', 'other']", true),
        ("not (feed == 'lwn')", false),
        ("guid and link", true),
        ("copyright", false),
        ("site == 'blog' and rights == 'unknown'", true),
        ("tags is containing('kernel')", true),
        ("image", false),
        ("title|lower|length > 5", true),
        ("true", true),
    ] {
        let mut engine = Engine::new();
        let rule = rule(&mut engine, Scope::All, 1, when, skip("yes"));
        let recipe = Recipe { site: "blog".to_owned(), rules: vec![rule], ..Recipe::default() };
        let view = view_of(&entry());
        let skipped = matches!(compose(&engine, &recipe, &prepared(&view, None)), Composed::Skip(_));
        assert_eq!(skipped, want, "{when}");
    }
}

#[test]
fn what_is_wrong_with_a_rule_is_said_at_its_place() {
    let mut text = String::new();
    for when in [
        "titel == 'x'",
        "title = 'x'",
        "title == 'x' && words < 3",
        "title =~ 'x'",
        "title == 'x' || words < 3",
        "title == 'x' $",
        "words < 3 ? 1 : 2",
        "title == 'x') %}{% if (1",
        "title is matchin('x')",
        "title is matching('(x')",
        "title is matching('a(?=b)')",
        "title is matching(author)",
        "title is matching",
        "words is matching('3')",
        "title is containing()",
        "title is containing('…')",
        "words < '30'",
        "title > 30",
        "categories == 'Linux'",
        "categories > 3",
        "'x' in words",
        "words in title",
        "title + 1 > 3",
        "title|uper == 'X'",
        "title|truncate(3) == 'X'",
        "words|upper == 'X'",
        "html|safe",
        "feed.title == 'x'",
        "title.startswith('x')",
        "entry.title == 'x'",
        "matching(title, 'x')",
        "lower(title) == 'x'",
        "today() > published",
        "published|date('%Q') == 'x'",
        "'advert'",
        "title ==",
        "(title == 'x'",
        "titel == 'x' or wordz < 3",
        "",
    ] {
        let faults = Engine::new().rule(when, Known::Late).expect_err(when);
        text.push_str(&shown(when, faults));
    }
    text.push_str(&shown("image or title", Engine::new().rule("image or title", Known::Early).expect_err("late")));
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_wrong_with_a_template_is_said_at_its_place() {
    let mut text = String::new();
    for (slot, source) in [
        (Slot::Body, "<p>{{ titel }}</p>"),
        (Slot::Body, "{% for tag in tags %}{{ tagg }}{% endfor %}"),
        (Slot::Body, "{% if title %}x"),
        (Slot::Body, "{{ text|safe }}"),
        (Slot::Body, "{% autoescape false %}{{ text }}{% endautoescape %}"),
        (Slot::Body, "{% include 'other' %}"),
        (Slot::Body, "{% for word in words %}{% endfor %}"),
        (Slot::Body, "{% set title = 'x' %}"),
        (Slot::Body, "{{ title|cut }}"),
        (Slot::Title, "{{ html }}"),
        (Slot::Title, "{{ title"),
        (Slot::Body, "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}"),
    ] {
        let faults = Engine::new().template(slot, source).expect_err(source);
        text.push_str(&shown(source, faults));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn every_field_can_be_read_in_a_body() {
    let mut engine = Engine::new();
    for field in FIELDS {
        assert_eq!(engine.template(Slot::Body, &format!("{{{{ {} }}}}", field.name)).err(), None, "{}", field.name);
    }
}

#[test]
fn the_default_draft_has_excerpt_and_source_and_mark() {
    let view = view_of(&entry());
    let ready = ready(compose(&Engine::new(), &Recipe { site: "blog".to_owned(), ..Recipe::default() }, &prepared(&view, None)));
    assert_eq!(ready.words, Words { taken: 12, of: 812 });
    assert_eq!(ready.hold, None);
    insta::assert_json_snapshot!(ready.draft);
    insta::assert_snapshot!(ready.draft.content);
}

#[test]
fn a_template_escapes_what_comes_from_the_feed() {
    let mut engine = Engine::new();
    let body = "<p>{{ title }} {{ '<b>' }}</p>{{ html }}<a href=\"{{ link }}\">{{ authors|join(' und ') }}</a> {{ text|cut(30) }} {{ title|e }} {{ published|date('%d.%m.%Y') }} {{ updated|date }}{{ none }}";
    let body = engine.template(Slot::Body, body).expect("sound");
    let title = engine.template(Slot::Title, "{{ feed_title }}: {{ title|without('(?i)kernel ?') }}").expect("sound");
    let slug = engine.template(Slot::Slug, "{{ feed }} {{ title }}").expect("sound");
    let excerpt = engine.template(Slot::Excerpt, "{{ text|first_words(3) }}").expect("sound");
    let templates = Templates { name: "mine".to_owned(), title: Some(title), body: Some(body), excerpt: Some(excerpt), slug: Some(slug) };
    let recipe = Recipe { templates: Arc::new(templates), slug_style: SlugStyle::Keyed, ..Recipe::default() };
    let view = view_of(&entry());
    let draft = ready(compose(&engine, &recipe, &prepared(&view, None))).draft;
    assert_eq!(draft.title, "LWN.net: 7.0 & \"friends\" <released>");
    assert_eq!(draft.slug, "lwn-kernel-7-0-friends-released");
    assert_eq!(draft.slug_style, SlugStyle::Keyed);
    assert_eq!(draft.excerpt, "Linux 7.0 is…");
    insta::assert_snapshot!(draft.content);
}

#[test]
fn what_a_feed_says_leaves_no_place_of_a_body() {
    let mut engine = Engine::new();
    let source = "<a href=\"{{ guid }}\" title='{{ title }}'>x</a><a href=\"https://x.example/?q={{ title }}\">y</a>\
                  <!-- wp:embed {\"url\":\"{{ title }}\"} --><!-- /wp:embed --><p title=\"{{ html }}\">{{ source_line }}</p>";
    let body = engine.template(Slot::Body, source).expect("sound");
    assert_eq!(engine.notes(body), []);
    let recipe = Recipe { templates: Arc::new(Templates { body: Some(body), ..Templates::default() }), ..Recipe::default() };
    let title = "\"' --> onclick=\"x\" <script>alert(1)</script> & [gallery]".to_owned();
    let view = view_of(&Entry { guid: Some("JavaScript:alert(1)".to_owned()), title, ..entry() });
    insta::assert_snapshot!(ready(compose(&engine, &recipe, &prepared(&view, None))).draft.content);
}

#[test]
fn a_feed_that_writes_the_mark_doesnt_keep_it_from_being_put_in() {
    let mut engine = Engine::new();
    let body = engine.template(Slot::Body, "<p>{{ title }}</p><a href=\"{{ link }}\">x</a>").expect("sound");
    let recipe = Recipe { templates: Arc::new(Templates { body: Some(body), ..Templates::default() }), ..Recipe::default() };
    let words = format!("wirepress:{KEY} <!-- wirepress:{KEY} -->");
    let view = view_of(&Entry { title: words, link: Some(format!("https://lwn.example/wirepress-{KEY}")), ..entry() });
    let draft = ready(compose(&engine, &recipe, &prepared(&view, None))).draft;
    assert_eq!(crate::domain::marks(&draft.content), [KEY], "{}", draft.content);
}

#[test]
fn a_link_that_is_no_web_address_is_not_linked() {
    let view = view_of(&Entry { link: Some("javascript:alert(1)".to_owned()), ..entry() });
    let draft = ready(compose(&Engine::new(), &Recipe::default(), &prepared(&view, None))).draft;
    assert_eq!(draft.source, None);
    assert!(draft.content.contains("<a href=\"https://lwn.example/\">LWN.net</a>"), "{}", draft.content);
    assert!(!draft.content.contains("javascript"), "{}", draft.content);
}

#[test]
fn the_source_line_speaks_the_sites_language() {
    let view = view_of(&entry());
    let mut text = String::new();
    for language in ["en", "de-AT", "fr", "ja", "nn_NO", "zh-Hans", "tlh", ""] {
        let line = super::source::source_line(&view, Editor::Blocks, Some(language), KEY);
        text.push_str(&format!("{language}: {}\n", line.lines().nth(1).unwrap_or_default()));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn terms_come_best_first_and_none_twice() {
    let mut engine = Engine::new();
    let add = Then { add_tags: names(&["Open Source", "LINUX"]), categories: Some(names(&["Tech"])), ..Then::default() };
    let remove = Then { remove_tags: names(&["releases"]), categories: Some(names(&["News", "Computers"])), ..Then::default() };
    let rules = vec![
        rule(&mut engine, Scope::All, 10, "true", add),
        rule(&mut engine, Scope::Feed, 20, "tags is containing('linux') and tags is containing('open source')", remove),
    ];
    let linux = KeywordRule::new("linux", &names(&["linux", "kernel*"]), "wirepress.toml:3").expect("sound");
    let rust = KeywordRule::new("rust", &names(&["rust"]), "wirepress.toml:4").expect("sound");
    let support = KeywordRule::new("help", &names(&["support"]), "wirepress.toml:5").expect("sound");
    let recipe = Recipe { rules, tags: Arc::new(Keywords::new(vec![linux, rust, support])), max_terms: 5, ..Recipe::default() };
    let view = view_of(&entry());
    let ready = ready(compose(&engine, &recipe, &prepared(&view, None)));
    let term = |taxonomy: &str, name: &str, new, from: &str| Term {
        taxonomy: taxonomy.to_owned(),
        name: name.to_owned(),
        new,
        from: from.to_owned(),
        raw: from == "feed category",
        ..Term::default()
    };
    assert_eq!(
        ready.draft.terms,
        [
            term("categories", "News", NewTerms::Create, "wirepress.toml:20"),
            term("categories", "Computers", NewTerms::Create, "wirepress.toml:20"),
            term("tags", "Open Source", NewTerms::Create, "wirepress.toml:10"),
            term("tags", "LINUX", NewTerms::Create, "wirepress.toml:10"),
            term("tags", "help", NewTerms::Create, "wirepress.toml:5"),
            term("tags", "Kernel", NewTerms::Match, "feed category"),
        ]
    );
    assert_eq!(ready.draft.max_terms, 5);
    insta::assert_json_snapshot!(ready.decision);
}

#[test]
fn feed_categories_go_where_the_config_sends_them() {
    let view = view_of(&entry());
    for (to, new, want) in [
        ("tags", NewTerms::Match, vec!["tags Kernel", "tags Releases"]),
        ("categories", NewTerms::Create, vec!["categories Kernel", "categories Releases"]),
        ("genre", NewTerms::Create, vec!["genre Kernel", "genre Releases"]),
        ("tags", NewTerms::Ignore, vec![]),
    ] {
        let recipe = Recipe {
            feed_categories: FeedCategories { to: vec![to.to_owned()], new, unmapped: new, ..Default::default() },
            ..Recipe::default()
        };
        let terms = ready(compose(&Engine::new(), &recipe, &prepared(&view, None))).draft.terms;
        assert_eq!(terms.iter().map(|term| format!("{} {}", term.taxonomy, term.name)).collect::<Vec<_>>(), want);
        assert!(terms.iter().all(|term| term.new == new));
    }
}

#[test]
fn later_rules_win_for_what_is_set() {
    let mut engine = Engine::new();
    let set = |status, author: &str, hold: Option<&str>| Then {
        status: Some(status),
        author: Some(author.to_owned()),
        hold: hold.map(str::to_owned),
        ..Then::default()
    };
    let rules = vec![
        rule(&mut engine, Scope::All, 1, "true", set(Status::Publish, "ann", Some("look at it"))),
        rule(&mut engine, Scope::Site, 2, "status == 'publish'", set(Status::Pending, "bob", None)),
        rule(&mut engine, Scope::Feed, 3, "words > 1000", set(Status::Private, "eve", None)),
    ];
    let recipe = Recipe { rules, ..Recipe::default() };
    let view = view_of(&entry());
    let ready = ready(compose(&engine, &recipe, &prepared(&view, None)));
    assert_eq!((ready.draft.status, ready.draft.author.as_deref()), (Status::Pending, Some("bob")));
    assert_eq!(ready.hold, Some(Hold { kind: HoldKind::Review, because: "look at it".to_owned() }));
    assert_eq!(ready.decision.rules.iter().map(|rule| rule.at.as_str()).collect::<Vec<_>>(), ["wirepress.toml:1", "wirepress.toml:2"]);
}

#[test]
fn any_skip_ends_and_says_what_it_saw() {
    let mut engine = Engine::new();
    let rules = vec![
        rule(&mut engine, Scope::All, 1, "title is containing('kernel') and words < 30", skip("advert")),
        rule(&mut engine, Scope::Feed, 2, "true", Then { add_tags: names(&["x"]), ..Then::default() }),
    ];
    let recipe = Recipe { rules, ..Recipe::default() };
    let view = view_of(&entry());
    match compose(&engine, &recipe, &prepared(&view, None)) {
        Composed::Skip(decision) => insta::assert_json_snapshot!(decision),
        Composed::Draft(_) => panic!("not skipped"),
    }
}

#[test]
fn a_rule_that_fails_holds_the_draft_and_loses_nothing() {
    let mut engine = Engine::new();
    let rule = rule(&mut engine, Scope::All, 7, "title is matching('friends') and (title|int) > 3", skip("never"));
    let recipe = Recipe { rules: vec![rule], status: Status::Publish, ..Recipe::default() };
    let view = view_of(&entry());
    let ready = ready(compose(&engine, &recipe, &prepared(&view, None)));
    let hold = ready.hold.expect("held");
    assert!(hold.because.starts_with("the rule at wirepress.toml:7 failed: "), "{}", hold.because);
    assert_eq!(ready.draft.title, "Kernel 7.0 & \"friends\" <released>");
}

#[test]
fn dates_and_statuses_are_as_the_config_says() {
    let ago = |hours: i64| Some(Timestamp::from_unix(NOW.unix() - hours * 3600));
    for (status, date, published, want_status, want_date) in [
        (Status::Draft, DateFrom::Auto, ago(1), Status::Draft, None),
        (Status::Pending, DateFrom::Auto, ago(1), Status::Pending, None),
        (Status::Publish, DateFrom::Auto, ago(47), Status::Publish, ago(47)),
        (Status::Publish, DateFrom::Auto, ago(49), Status::Publish, None),
        (Status::Publish, DateFrom::Auto, ago(-5), Status::Publish, None),
        (Status::Publish, DateFrom::Auto, None, Status::Publish, None),
        (Status::Private, DateFrom::Auto, ago(1), Status::Private, ago(1)),
        (Status::Draft, DateFrom::Source, ago(99), Status::Draft, ago(99)),
        (Status::Draft, DateFrom::Now, ago(99), Status::Draft, Some(NOW)),
        (Status::Future, DateFrom::Auto, ago(-5), Status::Future, ago(-5)),
        (Status::Future, DateFrom::Auto, ago(5), Status::Draft, None),
        (Status::Future, DateFrom::Auto, None, Status::Draft, None),
    ] {
        let view = view_of(&Entry { published, ..entry() });
        let recipe = Recipe { status, date, ..Recipe::default() };
        let draft = ready(compose(&Engine::new(), &recipe, &prepared(&view, None))).draft;
        assert_eq!((draft.status, draft.date), (want_status, want_date), "{status:?} {date:?} {published:?}");
    }
}

#[test]
fn the_picture_gets_a_description_and_its_absence_a_reason() {
    let view = view_of(&entry());
    let image = Ok(DraftImage { url: "https://lwn.example/1.png".to_owned(), ..DraftImage::default() });
    let none = Err("404 Not Found".to_owned());
    let with = |recipe: &Recipe, image| ready(compose(&Engine::new(), recipe, &prepared(&view, image)));
    let alt = with(&Recipe::default(), Some(&image)).draft.image.map(|image| image.alt);
    assert_eq!(alt.as_deref(), Some("Kernel 7.0 & \"friends\" <released>"));
    assert_eq!(with(&Recipe::default(), Some(&none)).decision.warnings, ["no image: 404 Not Found"]);
    let unnamed = Err(DraftImage::NONE_NAMED.to_owned());
    assert_eq!(with(&Recipe::default(), Some(&unnamed)).decision.warnings, [""; 0]);
    assert_eq!(with(&Recipe { image: Image::None, ..Recipe::default() }, Some(&image)).draft.image, None);
}

#[test]
fn an_entry_without_a_title_gets_one_and_a_slug() {
    for (title, link, want_title, want_slug) in [
        (
            "",
            "https://x.example/2026/a-story.html",
            "Linux 7.0 is out. It has [gallery] support & more.",
            "linux-7-0-is-out-it-has-gallery-support-more",
        ),
        ("日本語", "https://x.example/2026/a-story.html", "日本語", "a-story"),
        ("日本語", "https://x.example/", "日本語", "post-012345"),
    ] {
        let view = view_of(&Entry { title: title.to_owned(), link: Some(link.to_owned()), ..entry() });
        let draft = ready(compose(&Engine::new(), &Recipe::default(), &prepared(&view, None))).draft;
        assert_eq!((draft.title.as_str(), draft.slug.as_str()), (want_title, want_slug));
    }
}

#[test]
fn the_early_pass_skips_and_chooses_sites() {
    let mut engine = Engine::new();
    let to = |sites: &[&str]| Then { site: Some(names(sites)), ..Then::default() };
    let all = rule(&mut engine, Scope::All, 1, "categories is containing('kernel')", to(&["tech", "blog"]));
    let late = rule(&mut engine, Scope::All, 2, "image", skip("pictures"));
    let own = rule(&mut engine, Scope::Site, 3, "words < 100", skip("too short for this site"));
    let feed = rule(&mut engine, Scope::Feed, 4, "title is containing('sponsored')", skip("advert"));
    let recipe = |site: &str, chosen, own: &[&Arc<Rule>]| Recipe {
        site: site.to_owned(),
        chosen,
        rules: [&all, &late].into_iter().chain(own.iter().copied()).chain([&feed]).cloned().collect(),
        ..Recipe::default()
    };
    let (blog, tech, news) = (recipe("blog", true, &[]), recipe("tech", false, &[&own]), recipe("news", true, &[]));
    let recipes = [&blog, &tech, &news];

    let Early::Go { sites, dropped, rules } = early(&engine, &recipes, &view_of(&entry())) else { panic!("skipped") };
    assert_eq!(sites, ["blog"]);
    assert_eq!(dropped[0].0, "tech");
    assert_eq!(dropped[0].1.because.as_deref(), Some("skipped by a rule: too short for this site"));
    assert_eq!(rules[0].at, "wirepress.toml:1");

    let plain = Entry { categories: Vec::new(), ..entry() };
    let Early::Go { sites, .. } = early(&engine, &recipes, &view_of(&plain)) else { panic!("skipped") };
    assert_eq!(sites, ["blog", "news"]);

    let advert = Entry { title: "Sponsored: buy".to_owned(), ..entry() };
    let Early::Skip(decision) = early(&engine, &recipes, &view_of(&advert)) else { panic!("not skipped") };
    assert_eq!(decision.because.as_deref(), Some("skipped by a rule: advert"));
    assert_eq!(decision.rules.last().map(|rule| rule.at.as_str()), Some("wirepress.toml:4"));

    let Early::Skip(decision) = early(&engine, &[&tech], &view_of(&plain)) else { panic!("not skipped") };
    assert_eq!(decision.because.as_deref(), Some("no rule chose a site for it"));
}

#[test]
fn the_same_inputs_give_the_same_draft() {
    let engine = Engine::new();
    let recipe = Recipe::default();
    let once = || compose(&engine, &recipe, &prepared(&view_of(&entry()), None));
    assert_eq!(once(), once());
}

#[test]
fn a_site_with_the_classic_editor_gets_html_and_keeps_the_mark() {
    let view = view_of(&entry());
    let image = Ok(DraftImage { url: "https://x.example/i.jpg".to_owned(), alt: "A".to_owned(), ..DraftImage::default() });
    let mut engine = Engine::new();
    let all = engine.template(Slot::Body, "{{ picture }}\n\n{{ content }}\n\n{{ source_line }}").expect("sound");
    let bare = engine.template(Slot::Body, "{{ content }}").expect("sound");
    let content = |body| {
        let templates = Arc::new(Templates { body: Some(body), ..Templates::default() });
        let recipe = Recipe { editor: Editor::Classic, templates, ..Recipe::default() };
        ready(compose(&engine, &recipe, &prepared(&view, Some(&image)))).draft.content
    };
    assert_eq!(
        content(all),
        format!(
            "<figure class=\"wp-block-image\"><img src=\"https://x.example/i.jpg\" alt=\"A\"/></figure>\n\n\
             <p>Linux 7.0 is out. It has &#91;gallery] support &amp; more.</p>\n\n<p>A second paragraph.</p>\n\n\
             <p class=\"wirepress-source wirepress-{KEY}\">Source: <a href=\"https://www.lwn.example/Articles/1/?a=1&amp;b=2\">LWN.net</a>, by Jonathan Corbet</p>"
        )
    );
    let content = content(bare);
    assert!(content.ends_with(&format!("<p>A second paragraph.<!-- wirepress:{KEY} --></p>")), "{content}");
    assert_eq!(crate::domain::marks(&content), [KEY]);
}
