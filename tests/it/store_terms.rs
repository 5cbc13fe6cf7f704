//! What the store knows of a site's terms, and how it keeps new ones few.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use wirepress::domain::{Folding, Id, NewTerms, SiteTerm, Term};
use wirepress::publish::{self, Budget, TermLimits, Vocabulary, WantedTerm};
use wirepress::store::{ConfiguredSite, Store, TermDay};
use wirepress::wordpress::Me;

use crate::store_stage::*;

fn term(id: u64, name: &str) -> SiteTerm {
    let slug = name.to_lowercase();
    SiteTerm { taxonomy: "tags".to_owned(), id, name: name.to_owned(), slug, parent: 0, gone: None }
}

fn path(name: &str) -> (String, String) {
    ("tags".to_owned(), name.to_owned())
}

on_both! {
    async fn terms_are_kept_as_they_were_seen_last(stage) {
        let site = stage.site("site").await;
        let lease = stage.store.claim_site(site, OWNER, at(0), SPAN).await.unwrap().unwrap();
        let many: Vec<SiteTerm> = (1..=250).map(|id| term(id, &format!("Term {id}"))).collect();
        stage.store.keep_terms(&lease, &many, &["tags".to_owned()]).await.unwrap();
        let renamed = SiteTerm { name: "Renamed".to_owned(), slug: String::new(), parent: 7, ..many[0].clone() };
        let gone = SiteTerm { gone: Some(at(5)), ..many[1].clone() };
        stage.store.keep_terms(&lease, &[renamed.clone(), gone.clone()], &["tags".to_owned()]).await.unwrap();
        let (mut known, whole) = stage.store.terms(site).await.unwrap();
        known.sort_by_key(|term| term.id);
        assert_eq!(known[0], SiteTerm { slug: "term 1".to_owned(), ..renamed }, "a slug that isn't told stays");
        assert_eq!((&known[1], &known[2..], whole), (&gone, &many[2..], vec!["tags".to_owned()]));
        let pruned = stage.store.prune(at(100), Duration::from_secs(50), 10).await.unwrap();
        assert_eq!(pruned.terms, 1);
        assert_eq!(stage.store.terms(site).await.unwrap().0.len(), 249);
        stage.store.release_site(lease).await.unwrap();
        let stale = stage.store.claim_site(site, OWNER, at(0), SPAN).await.unwrap().unwrap();
        stage.store.claim_site(site, OWNER, at(500), SPAN).await.unwrap().unwrap();
        assert!(stage.store.keep_terms(&stale, &many, &[]).await.unwrap_err().is_stale_lease());
    }

    async fn a_new_term_counts_once_for_its_day(stage) {
        let site = stage.site("site").await;
        let other = stage.site("other").await;
        let lease = stage.store.claim_site(site, OWNER, at(0), SPAN).await.unwrap().unwrap();
        stage.store.terms_begin(&lease, at(50), &[path("a"), path("b")], 7).await.unwrap();
        stage.store.terms_begin(&lease, at(50), &[path("b"), ("genres".to_owned(), "b".to_owned())], 7).await.unwrap();
        stage.store.terms_begin(&lease, at(50), &[path("a")], 8).await.unwrap();
        stage.store.terms_left_out(&lease, 8, 2).await.unwrap();
        stage.store.terms_left_out(&lease, 8, 3).await.unwrap();
        assert_eq!(stage.store.terms_of_day(site, 7).await.unwrap(), TermDay { made: 2, left_out: 0 });
        assert_eq!(stage.store.terms_of_day(site, 8).await.unwrap(), TermDay { made: 1, left_out: 5 });
        assert_eq!(stage.store.terms_of_day(other, 8).await.unwrap(), TermDay::default());
        let stale = lease;
        stage.store.claim_site(site, OWNER, at(500), SPAN).await.unwrap().unwrap();
        assert!(stage.store.terms_begin(&stale, at(50), &[path("c")], 8).await.unwrap_err().is_stale_lease());
        assert_eq!(stage.store.terms_of_day(site, 8).await.unwrap().made, 1, "a stale lease announces nothing");
    }

    async fn a_name_is_counted_once_an_item_until_it_is_a_term(stage) {
        let site = stage.site("site").await;
        let lease = stage.store.claim_site(site, OWNER, at(0), SPAN).await.unwrap().unwrap();
        let (a, b) = (Id::from_i64(1), Id::from_i64(2));
        let names = [path("a"), path("b")];
        assert_eq!(stage.store.terms_used(&lease, a, &names, at(1)).await.unwrap(), [1, 1]);
        assert_eq!(stage.store.terms_used(&lease, a, &names, at(2)).await.unwrap(), [1, 1]);
        assert_eq!(stage.store.terms_used(&lease, b, &names[..1], at(30)).await.unwrap(), [2]);
        stage.store.prune(at(100), Duration::from_secs(80), 10).await.unwrap();
        assert_eq!(stage.store.term_uses(site, &names).await.unwrap(), [1, 0], "what was seen long ago is forgotten");
        stage.store.terms_begin(&lease, at(50), &names, 7).await.unwrap();
        assert_eq!(stage.store.term_uses(site, &names).await.unwrap(), [0, 0]);
    }
}

/// The same numbers at each run.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize
}

#[tokio::test]
async fn ten_thousand_items_with_four_thousand_raw_tags_stay_within_the_days_limit() {
    let store = Store::memory().await.unwrap();
    let configured = ConfiguredSite { name: "site".to_owned(), url: "https://site.example".to_owned(), renamed_from: None };
    let site = store.sync_sites(&[configured], at(0)).await.unwrap()["site"].id;
    let lease = store.claim_site(site, OWNER, at(0), Duration::from_secs(86_400)).await.unwrap().unwrap();
    let limits = TermLimits { folding: Folding::default(), max_new_per_day: 40, min_uses: 3 };
    let me = Me::default();
    let (mut vocabulary, mut made, mut state) = (Vocabulary::default(), HashSet::new(), 7);
    vocabulary.put(&WantedTerm { taxonomy: "tags".to_owned(), name: "there".to_owned(), parent: 0 }, 1);
    let mut raw: HashSet<String> = HashSet::new();
    for item in 0..10_000 {
        // a pass of a daemon that was started anew every now and then, over four days
        let day = item / 2_500;
        let mut budget = Budget::new(day, store.terms_made(site, day).await.unwrap());
        let wanted: Vec<Term> = (0..5)
            .map(|_| {
                let number = next(&mut state) % 4_000;
                let name = if item % 2 == 0 { format!("Raw Tag {number}") } else { format!("raw-tag {number}") };
                Term { taxonomy: "tags".to_owned(), name, raw: true, new: NewTerms::Create, ..Term::default() }
            })
            .collect();
        raw.extend(wanted.iter().map(|term| limits.folding.fold(&term.name)));
        let verdicts = vocabulary.verdicts(&me, &wanted);
        let counted = publish::to_be_counted(&limits, &wanted, &verdicts);
        let seen = store.terms_used(&lease, Id::from_i64(item + 1), &counted, at(item)).await.unwrap();
        let uses: HashMap<_, _> = counted.into_iter().zip(seen).collect();
        let chosen = publish::choose(&limits, &mut budget, &wanted, verdicts, &uses, 5);
        if chosen.over_limit > 0 {
            store.terms_left_out(&lease, day, chosen.over_limit).await.unwrap();
        }
        if !chosen.make.is_empty() {
            store.terms_begin(&lease, at(item), &chosen.announce, day).await.unwrap();
        }
        for term in &chosen.make {
            let missing = vocabulary.next_missing(term).expect("it isn't there");
            assert!(made.insert(limits.folding.fold(&missing.name)), "a twin of `{}`", missing.name);
            vocabulary.put(&missing, 1 + made.len() as u64);
        }
    }
    assert_eq!(raw.len(), 4_000);
    for day in 0..4 {
        let told = store.terms_of_day(site, day).await.unwrap();
        assert_eq!(told.made, 40, "day {day}");
        assert!(told.left_out > 0, "day {day}");
    }
    assert_eq!(made.len(), 160);
}
