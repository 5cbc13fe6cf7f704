//! Digests over made-up entries; templates that would not end, or would make too much.

use super::super::*;
use super::*;
use crate::domain::{Also, Entry, Extras, FeedFacts, Timestamp};

const KEY: &str = "abcdefghijklm";
const NOW: Timestamp = Timestamp::from_unix(1_795_351_976);

fn digest(engine: &mut Engine, body: Option<&str>) -> Digest {
    let body = body.map(|body| engine.template_over(Over::Digest, Slot::Body, body).expect("sound"));
    Digest {
        name: "weekly".to_owned(),
        at: "wirepress.toml:7".to_owned(),
        templates: Templates { name: "weekly".to_owned(), body, ..Templates::default() },
        sites: Vec::new(),
        also_posted: false,
        status: Status::Draft,
        author: None,
        categories: vec!["News".to_owned()],
        tags: vec!["week".to_owned()],
        image: Image::Featured,
        fallback: Fallback::default(),
        fields: Fields::default(),
        seo: None,
        has_password: false,
        slug_style: SlugStyle::Clean,
        order: Order::Newest,
        most: 0,
    }
}

/// An entry as a feed with this digest would put it in.
fn put(engine: &Engine, digest: &Digest, title: &str, hours: i64) -> DigestEntry {
    let entry = Entry {
        title: title.to_owned(),
        link: Some(format!("https://paper.example/{title}?a=1&b=2")),
        published: Some(Timestamp::from_unix(NOW.unix() - hours * 3600)),
        ..Entry::default()
    };
    let facts = FeedFacts { title: Some("The Paper".to_owned()), ..FeedFacts::default() };
    let text = "A text & more.";
    let told =
        Told { feed: "paper", facts: &facts, entry: &entry, html: "<p>x</p>", text, words: 3, summary: "", first_seen: NOW, now: NOW };
    let view = View::new(&told);
    let words = Words { taken: 3, of: 3 };
    let prepared = Prepared {
        view: &view,
        key: "0123456789abc",
        image: None,
        pictures: &[],
        excerpt: text,
        excerpt_words: words,
        blocks: "<p>x</p>",
        outgoing: None,
        licence: "",
        signals: &[],
        notes: &[],
    };
    let recipe = Recipe { site: "blog".to_owned(), digest: Some(Arc::new(digest.clone())), ..Recipe::default() };
    let Composed::Draft(ready) = compose(engine, &recipe, &prepared) else { panic!("skipped") };
    let in_digest = ready.digest.expect("it goes into the digest");
    assert_eq!((&*in_digest.digest, in_digest.also_posted), ("weekly", false));
    DigestEntry::from_json(&in_digest.entry.to_json()).expect("it reads back")
}

fn frame() -> Frame<'static> {
    let (from, until) = ("2026-11-20T17:00:00+01:00", "2026-11-27T17:00:00+01:00");
    Frame { site: "blog", language: Some("en"), editor: Editor::Blocks, key: KEY, from, until }
}

#[test]
fn a_digest_shows_each_entry_once_with_its_source_and_carries_its_own_mark_alone() {
    let mut engine = Engine::new();
    let digest = digest(&mut engine, None);
    let entries = [put(&engine, &digest, "<One>", 1), put(&engine, &digest, "Two", 2)];
    let ready = compose_digest(&engine, &digest, &frame(), &entries);
    assert_eq!((ready.draft.title.as_str(), ready.draft.slug.as_str()), ("weekly 2026-11-27", "weekly-2026-11-27"));
    assert_eq!(ready.hold, None);
    assert_eq!(crate::domain::marks(&ready.draft.content), [KEY], "{}", ready.draft.content);
    assert_eq!(ready.draft.terms.iter().map(|term| term.name.as_str()).collect::<Vec<_>>(), ["News", "week"]);
    insta::assert_snapshot!(ready.draft.content);
}

#[test]
fn a_digest_is_sorted_by_time_and_cut_to_its_most() {
    let mut engine = Engine::new();
    let newest = digest(&mut engine, None);
    let mut entries: Vec<(usize, DigestEntry)> =
        [("b", 2), ("a", 1), ("c", 3)].iter().enumerate().map(|(at, (title, hours))| (at, put(&engine, &newest, title, *hours))).collect();
    entries.push((9, DigestEntry { title: "no date".to_owned(), ..DigestEntry::default() }));
    let titles = |entries: &[(usize, DigestEntry)]| entries.iter().map(|(_, entry)| entry.title.clone()).collect::<Vec<_>>();
    newest.sort(&mut entries);
    assert_eq!(titles(&entries), ["a", "b", "c", "no date"]);
    let oldest = Digest { order: Order::Oldest, most: 2, ..newest };
    oldest.sort(&mut entries);
    assert_eq!(titles(&entries), ["c", "b", "a", "no date"]);
    let best = Digest { order: Order::Best, ..oldest.clone() };
    for (title, score) in [("c", 7), ("b", -1), ("no date", 3)] {
        let (_, entry) = entries.iter_mut().find(|(_, entry)| entry.title == title).expect("it is there");
        entry.fields.insert("score".to_owned(), score.into());
    }
    best.sort(&mut entries);
    assert_eq!(titles(&entries), ["c", "no date", "a", "b"]);
    assert_eq!((oldest.shows(5), oldest.shows(1), Digest { most: 0, ..oldest }.shows(5)), (2, 1, 5));
}

#[test]
fn an_entry_that_a_rule_holds_holds_its_digest() {
    let mut engine = Engine::new();
    let digest = digest(&mut engine, None);
    let entry = DigestEntry { hold: Some("looks like an advert".to_owned()), ..put(&engine, &digest, "One", 1) };
    let ready = compose_digest(&engine, &digest, &frame(), &[entry]);
    assert_eq!(ready.hold.map(|hold| hold.because).as_deref(), Some("its entry \"One\": looks like an advert"));
}

#[test]
fn beside_an_entrys_source_stand_all_others_who_cover_its_story() {
    let mut engine = Engine::new();
    let digest = digest(&mut engine, None);
    let mut first = put(&engine, &digest, "One", 1);
    let other = |source: &str| Also { source: source.to_owned(), title: "T".to_owned(), link: None, at: NOW };
    first.also = vec![other("Radio <North>"), other("The Evening")];
    assert!(!first.to_json().contains("Radio"), "they are known when the window ends, and not stored with the entry");
    let entries = [first, put(&engine, &digest, "Two", 2)];
    let ready = compose_digest(&engine, &digest, &frame(), &entries);
    let line = "<p class=\"wirepress-also\">Also covered by: Radio &lt;North&gt;, The Evening</p>";
    assert_eq!(ready.draft.content.matches(line).count(), 1, "{}", ready.draft.content);
    let german = Frame { language: Some("de"), editor: Editor::Classic, ..frame() };
    let ready = compose_digest(&engine, &digest, &german, &entries);
    assert!(ready.draft.content.contains("\n\n<p class=\"wirepress-also\">Auch bei: Radio"), "{}", ready.draft.content);
}

#[test]
fn a_digests_picture_is_made_again_as_it_was_made_for_its_entry() {
    let mut engine = Engine::new();
    let digest = digest(&mut engine, None);
    let mut entries = [put(&engine, &digest, "One", 1), put(&engine, &digest, "Two", 2)];
    entries[1].image = Some(DraftImage { url: "https://paper.example/a.jpg".to_owned(), ..DraftImage::default() });
    (entries[0].image_limits, entries[1].image_limits) = (Some((1, 1)), Some((800, 90_000)));
    let entries = entries.map(|entry| DigestEntry::from_json(&entry.to_json()).expect("it reads back"));
    assert_eq!(compose_digest(&engine, &digest, &frame(), &entries).draft.image_limits, Some((800, 90_000)));
}

#[test]
fn an_entry_can_be_held_as_it_is_stored() {
    let mut engine = Engine::new();
    let digest = digest(&mut engine, None);
    let stored = put(&engine, &digest, "One", 1).to_json();
    let held = DigestEntry::from_json(&hold_in_digest(&stored, "told before")).expect("it reads");
    assert_eq!((held.hold.as_deref(), held.title.as_str()), (Some("told before"), "One"));
    assert_eq!(hold_in_digest("{", "told before"), "{");
    // and goes on waiting when its feed tells it otherwise
    let anew = put(&engine, &digest, "One, corrected", 1).to_json();
    let again = DigestEntry::from_json(&told_again(&held.to_json(), &anew)).expect("it reads");
    assert_eq!((again.hold.as_deref(), again.title.as_str()), (Some("told before"), "One, corrected"));
    assert_eq!((told_again(&stored, &anew), told_again("{", &anew)), (anew.clone(), anew));
}

#[test]
fn a_digests_post_has_whatever_the_configuration_gives_it() {
    let mut engine = Engine::new();
    let mut text = |source: &str| engine.template_over(Over::Digest, Slot::Excerpt, source).expect("sound");
    let meta = vec![("stories".to_owned(), text("{{ count }}")), ("empty".to_owned(), text("{% if count > 9 %}many{% endif %}"))];
    let seo = SeoTemplates {
        title: Some(text("{{ sources|join }}\n: {{ count }}")),
        robots: vec!["nofollow".to_owned()],
        ..SeoTemplates::default()
    };
    let base = digest(&mut engine, None);
    let fields = Fields {
        post_type: Some("page".to_owned()),
        format: Some("aside".to_owned()),
        sticky: Some(true),
        parent: Some("archive".to_owned()),
        meta,
        terms: vec![("genres".to_owned(), vec!["Press > Week".to_owned()], "wirepress.toml:9".to_owned())],
        ..Fields::default()
    };
    let fallback =
        Fallback { any: Some("file:///any.png".to_owned()), by_category: vec![("news".to_owned(), "file:///news.png".to_owned())] };
    let digest = Digest { fields, seo: Some(seo), fallback, has_password: true, slug_style: SlugStyle::Keyed, ..base };
    let draft = compose_digest(&engine, &digest, &frame(), &[put(&engine, &digest, "One", 1)]).draft;
    assert_eq!((draft.post_type.as_deref(), draft.slug_style), (Some("page"), SlugStyle::Keyed));
    let Extras { format, sticky, parent, password_of, meta, seo, .. } = draft.extras;
    assert_eq!((format.as_deref(), sticky, parent.as_deref()), (Some("aside"), Some(true), Some("archive")));
    assert_eq!(password_of.as_deref(), Some("the digest weekly"));
    assert_eq!(meta.into_iter().collect::<Vec<_>>(), [("stories".to_owned(), "1".to_owned())]);
    assert_eq!((seo.title.as_str(), seo.robots), ("The Paper : 1", vec!["nofollow".to_owned()]));
    let terms: Vec<_> = draft.terms.iter().map(|term| (term.taxonomy.as_str(), term.path())).collect();
    assert_eq!(terms, [("categories", "News".to_owned()), ("tags", "week".to_owned()), ("genres", "Press > Week".to_owned())]);
    let image = draft.image.expect("the category's own picture");
    assert_eq!((image.url.as_str(), image.from.as_str()), ("file:///news.png", DraftImage::FALLBACK));
}

#[test]
fn an_entry_that_was_stored_before_a_field_was_there_reads_it_as_empty() {
    let mut engine = Engine::new();
    let digest = digest(
        &mut engine,
        Some(
            "{% for entry in entries %}{{ entry.title }}|{{ entry.words + 1 }}|{{ entry.tags|join }}|{{ entry.content }}|{{ entry.link }}{% endfor %}",
        ),
    );
    let old = DigestEntry::from_json("{\"title\":\"Old\"}").expect("it reads");
    let ready = compose_digest(&engine, &digest, &frame(), &[old]);
    assert_eq!(ready.hold, None);
    assert!(ready.draft.content.starts_with("|1|||"), "{}", ready.draft.content);
}

#[test]
fn a_digests_templates_know_their_fields_and_those_of_entries() {
    let mut engine = Engine::new();
    let mut told = |source: &str| match engine.template_over(Over::Digest, Slot::Body, source) {
        Ok(_) => String::new(),
        Err(faults) => faults
            .into_iter()
            .map(|fault| format!("{} [{}] {}\n", &source[fault.range.clone()], fault.message, fault.hint.unwrap_or_default()))
            .collect(),
    };
    for source in [
        "{% for entry in entries %}{{ entry.source_line }}{% endfor %}",
        "{% for e in entries|sort(attribute='title')|reverse %}{{ loop.index }}{{ e.words + 1 }}{{ e.link }}{% endfor %}",
        "{{ (entries|first).title }}{{ entries[0].link }}{{ count }}{{ until|date('%H') }}{{ sources|join(', ') }}",
        "{% for e in entries[:3] %}{{ e.tags|join(', ') }}{{ e.published|date }}{{ e.source_line }}{% endfor %}",
        "{{ entries|map(attribute='link')|join(' ') }}",
    ] {
        assert_eq!(told(source), "", "{source}");
    }
    let wrong: String = [
        "{{ title }}",
        "{{ entires }}",
        "{{ entries }}",
        "{% for entry in entries %}{{ entry }}{% endfor %}",
        "{% for entry in entries %}{{ entry.titel }}{{ entry.key }}{{ entry.title + 1 }}{% endfor %}",
        "{{ count.x }}",
        "{% set entries = 1 %}",
    ]
    .map(|source| format!("{source}\n{}\n", told(source)))
    .concat();
    insta::assert_snapshot!(wrong);
}

/// Each of these ends by itself only after hours, or after the memory has ended.
const ENDLESS: [&str; 8] = [
    "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "{% set n = namespace(x='xxxxxxxxxxxxxxxx') %}{% for a in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
    "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}x{% endmacro %}{{ m(60) }}",
    "{% set x %}{% for a in range(99999) %}{{ range(99999)|join }}{% endfor %}{% endset %}{{ x }}",
    "{% set x = 'x' %}{{ x * 9999999999 }}",
    "{{ range(99999)|map('string')|map('replace', '', 'xxxxxxxxxxxxxxxxxxxx')|join|replace('x', 'xxxxxxxxxxxxxxxxxxxxxxxxxx')|replace('x', 'xxxxxxxxxxxxxxxxxxxxxxxxxx') }}",
    "{% for a in range(9999) recursive %}{{ loop(range(9999)) }}{% endfor %}",
];

#[test]
fn a_template_that_would_not_end_is_refused_in_a_moment() {
    let began = std::time::Instant::now();
    let mut told = String::new();
    for source in ENDLESS {
        let faults = Engine::new().template(Slot::Title, source).expect_err(source);
        told.push_str(&format!("{source}\n  {}\n", faults[0].message));
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(60), "{:?}", began.elapsed());
    insta::assert_snapshot!(told);
}

#[test]
fn a_digest_whose_template_would_not_end_on_its_entries_is_held_and_not_lost() {
    let mut engine = Engine::new();
    for source in ENDLESS {
        let digest = digest(&mut engine, Some(&format!("{{% if count > 2 %}}{source}{{% endif %}}{{{{ sources }}}}")));
        let entries: Vec<_> = (0..3).map(|hours| put(&engine, &digest, "One", hours)).collect();
        let ready = compose_digest(&engine, &digest, &frame(), &entries);
        assert!(ready.hold.is_some_and(|hold| hold.because.starts_with("a template of the digest `weekly` failed: ")), "{source}");
        assert_eq!(ready.draft.content.matches("One</h2>").count(), 3, "the built-in body stands in: {}", ready.draft.content);
    }
}
