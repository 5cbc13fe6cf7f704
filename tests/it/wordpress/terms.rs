//! Names become terms: the ones that are there, and new ones once.

use wirepress::domain::{NewTerms, Term};
use wirepress::publish::{Verdict, Vocabulary, WantedTerm, make_terms};
use wirepress::wordpress::Failure;

use super::{Bench, key, now};

fn wanted(taxonomy: &str, name: String, new: NewTerms) -> Term {
    Term { taxonomy: taxonomy.into(), name, new, from: "wirepress.toml:23".into(), ..Term::default() }
}

#[tokio::test]
async fn names_that_wordpress_keeps_in_another_form_are_found_again() {
    let bench = Bench::of("editor").await;
    let key = key();
    let names = [
        format!("R&D {key}"),
        format!("C++ {key}"),
        format!("C# {key}"),
        format!("C {key}"),
        format!("\"Über\" <b> {key}"),
        format!("日本 {key}"),
    ];
    let terms: Vec<WantedTerm> = names.iter().map(|name| WantedTerm { taxonomy: "tags".into(), name: name.clone(), parent: 0 }).collect();
    let ids: Vec<u64> = make_terms(&bench.site, &terms).await.into_iter().map(|id| id.expect("a term").id).collect();
    let again: Vec<u64> = make_terms(&bench.site, &terms).await.into_iter().map(|id| id.expect("the same term").id).collect();
    assert_eq!(again, ids);

    let wanted: Vec<Term> = names.iter().map(|name| wanted("tags", name.to_uppercase(), NewTerms::Match)).collect();
    let found = Vocabulary::default().find(&bench.site, &bench.me, &wanted, now()).await.expect("verdicts");
    let known: Vec<Verdict> = ids.iter().map(|id| Verdict::Id(*id)).collect();
    // markup in a name is taken off by WordPress: that one is known by what is left
    assert_eq!((&found[..4], &found[5]), (&known[..4], &known[5]));
    for (name, id) in names.iter().zip(&ids).take(4) {
        let found = bench.site.search_terms("tags", name).await.expect("a search");
        assert_eq!(found.iter().map(|term| (term.id, term.name.clone())).collect::<Vec<_>>(), [(*id, name.clone())]);
    }
}

#[tokio::test]
async fn what_isnt_there_is_made_left_out_or_never_asked_for() {
    let bench = Bench::of("editor").await;
    let name = format!("Nowhere {}", key());
    let verdicts = Vocabulary::default()
        .find(
            &bench.site,
            &bench.me,
            &[
                wanted("tags", name.clone(), NewTerms::Match),
                wanted("tags", name.clone(), NewTerms::Create),
                wanted("tags", name.clone(), NewTerms::Ignore),
                wanted("categories", "UNCATEGORIZED ".into(), NewTerms::Match),
                wanted("genres", name, NewTerms::Create),
                wanted("tags", "x".repeat(201), NewTerms::Create),
                // WordPress keeps `&amp;`
                wanted("tags", "&".repeat(41), NewTerms::Create),
                wanted("tags", "&".repeat(40), NewTerms::Create),
                wanted("tags", "  ".into(), NewTerms::Create),
            ],
            now(),
        )
        .await
        .expect("verdicts");
    let kinds: Vec<&str> = verdicts
        .iter()
        .map(|verdict| match verdict {
            Verdict::Id(_) => "id",
            Verdict::Make(_) => "make",
            Verdict::LeftOut(_) => "left out",
            Verdict::Without(None) => "without",
            Verdict::Without(Some(_)) => "without, told",
        })
        .collect();
    assert_eq!(kinds, ["left out", "make", "without", "id", "without, told", "without, told", "without, told", "make", "without"]);
}

#[tokio::test]
async fn many_terms_are_made_in_few_requests_and_once_each() {
    let bench = Bench::of("editor").await;
    let key = key();
    let terms: Vec<WantedTerm> =
        (0..60).map(|n| WantedTerm { taxonomy: "tags".into(), name: format!("many {n} {key}"), parent: 0 }).collect();
    let ids: std::collections::HashSet<u64> = make_terms(&bench.site, &terms).await.into_iter().map(|id| id.expect("a term").id).collect();
    assert_eq!(ids.len(), 60);
    let mut vocabulary = Vocabulary::default();
    let wanted: Vec<Term> = terms.iter().map(|term| wanted("tags", term.name.clone(), NewTerms::Create)).collect();
    let found = vocabulary.find(&bench.site, &bench.me, &wanted, now()).await.expect("verdicts");
    assert!(found.iter().all(|verdict| matches!(verdict, Verdict::Id(id) if ids.contains(id))));
}

#[tokio::test]
async fn a_name_that_doesnt_fit_is_refused_and_holds_no_other_up() {
    let bench = Bench::of("editor").await;
    let key = key();
    let term = |name: String| WantedTerm { taxonomy: "tags".into(), name, parent: 0 };
    let terms = [term(format!("{}{key}", "& ".repeat(60))), term(format!("fits {key}")), term("%20".into())];
    let made = make_terms(&bench.site, &terms).await;
    assert!(matches!(&made[0], Err(Failure::Refused(refusal)) if refusal.code == "db_insert_error"), "{made:?}");
    assert!(made[1].is_ok(), "{made:?}");
    assert!(matches!(&made[2], Err(Failure::Refused(refusal)) if refusal.code == "empty_term_name"), "{made:?}");
    let alone = make_terms(&bench.site, &terms[..1]).await;
    assert!(matches!(&alone[0], Err(Failure::Refused(_))), "{alone:?}");
}
