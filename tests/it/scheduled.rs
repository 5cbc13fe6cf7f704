//! Posts go out when their schedules say so: the whole pipeline on a clock that is moved by hand, started anew at each step, against a
//! real WordPress whose own cron never runs.

use std::sync::Arc;
use std::time::Duration;

use wirepress::clock::Clock;
use wirepress::config;
use wirepress::domain::{DeliveryState, Id, Timestamp};
use wirepress::pipeline::{Pipeline, Which};
use wirepress::store::Store;

use crate::support::binary::{Home, Run};
use crate::support::feed::Illustrated;
use crate::support::server::Server;
use crate::support::site::{Wordpress, wordpress};

/// A feed, a site, a store, and a clock.
struct Days {
    site: Wordpress,
    prefix: String,
    home: Home,
    clock: Clock,
    _feed: Server,
}

fn now() -> Timestamp {
    Timestamp::from_unix(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs().cast_signed())
}

/// `more` stands in the site's table.
fn days(name: &str, entries: usize, more: &str) -> Days {
    let site = wordpress();
    let prefix = format!("{name} {}", std::process::id());
    let feed = Illustrated { images: false, ..Illustrated::new(&prefix, entries) }.serve();
    let home = Home::new(&format!(
        "[defaults]\nbackfill = 99\nfeed_categories = {{ to = \"categories\", new = \"create\" }}\n\n[[site]]\nname = \"blog\"\nurl = \"{}\"\n\
         user = \"editor\"\npassword = {{ file = \"secret\" }}\nsettle = \"1s\"\n{more}\n\n[[feed]]\nname = \"news\"\nurl = \"{}\"\n",
        site.url,
        feed.url("/feed.xml"),
    ));
    std::fs::write(home.file("secret"), site.password("editor")).expect("written");
    Days { site, prefix, home, clock: Clock::set_to(now()), _feed: feed }
}

impl Days {
    async fn store(&self) -> Store {
        let url = format!("sqlite://{}", self.home.file("wirepress.db").display());
        Store::open(&url, self.clock.now()).await.expect("a store")
    }

    /// Another process, from its start to its end: all that is due is done.
    async fn pass(&self) {
        let config = config::load(&self.home.file("wirepress.toml")).unwrap_or_else(|problems| panic!("{problems}")).config;
        let store = self.store().await;
        let owner = Id::new(self.clock.now());
        let pipeline = Pipeline::new(Arc::new(config), store.clone(), self.clock.clone(), owner, None, "test").await.expect("a pipeline");
        pipeline.poll_pass(Which::Due).await.expect("a poll");
        pipeline.prepare_pass().await.expect("prepared");
        for site in pipeline.sites() {
            pipeline.publish_pass(&site, None).await.expect("published");
        }
        store.close().await;
    }

    fn goes_to(&self, at: Timestamp) {
        self.clock.advance(at.since(self.clock.now()));
    }

    /// The moments that its deliveries have, each with its reason and its state.
    async fn plan(&self) -> Vec<(Timestamp, String, DeliveryState)> {
        let store = self.store().await;
        let all = store.deliveries(None, None, 99).await.expect("deliveries");
        store.close().await;
        let told = |delivery: wirepress::domain::Delivery| delivery.planned.map(|planned| (planned.at, planned.because, delivery.state));
        let mut plan: Vec<_> = all.into_iter().filter_map(told).collect();
        plan.sort_by_key(|(at, ..)| *at);
        plan
    }

    /// Statuses of its posts in WordPress' own table.
    fn statuses(&self) -> Vec<String> {
        let posts = self.site.posts_titled(&format!("{} number", self.prefix));
        posts.iter().map(|post| post["status"].as_str().expect("a status").to_owned()).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_go_out_at_their_slots_one_each_by_our_own_clock_and_none_is_ever_missed() {
    let days = days(
        "At its slot",
        4,
        "status = \"publish\"\nschedule = { zone = \"Europe/Berlin\", slots = [\"09:00\", \"17:30\"], max_per_day = 2, quiet = [\"22:00-06:00\"] }",
    );
    days.pass().await;
    let plan = days.plan().await;
    assert_eq!(plan.len(), 4);
    let slots: Vec<&str> = plan.iter().map(|(_, because, _)| because.split_once(": ").expect("a rule").1).collect();
    assert!(
        slots.iter().all(|rule| rule.starts_with("slot `09:00` of the site") || rule.starts_with("slot `17:30` of the site")),
        "{slots:?}"
    );
    let begun = days.statuses().len();
    assert_eq!(begun, usize::from(plan[0].0 == days.clock.now()), "nothing is on the site before its moment");
    for (number, (at, ..)) in plan.iter().enumerate() {
        days.goes_to(Timestamp::from_unix(at.unix() - 1));
        days.pass().await;
        assert_eq!(days.statuses().len(), number.max(begun), "a second before slot {number}");
        days.goes_to(*at);
        days.pass().await;
        assert_eq!(days.statuses(), vec!["publish"; number + 1], "at slot {number}");
    }
    let after = days.plan().await;
    assert!(after.iter().all(|(.., state)| *state == DeliveryState::Published), "{after:?}");
    assert_eq!(after.iter().map(|(at, ..)| at).collect::<Vec<_>>(), plan.iter().map(|(at, ..)| at).collect::<Vec<_>>(), "no slot moved");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_daemon_that_was_down_has_missed_goes_out_in_turn_and_breaks_no_rule() {
    let days = days("Missed", 3, "status = \"publish\"\nschedule = { spacing = \"20m\", max_per_day = 2 }");
    days.pass().await;
    assert_eq!(days.statuses().len(), 1, "the first goes out at once");
    let first = days.plan().await;
    // it sleeps over both others
    days.clock.advance(Duration::from_secs(3 * 86_400));
    days.pass().await;
    assert_eq!(days.statuses().len(), 2, "one of those that were missed");
    let second = days.plan().await;
    assert_eq!(second[0].0, first[0].0);
    assert_eq!(second[1].0, days.clock.now());
    assert_eq!(second[2].0.since(second[1].0), Duration::from_secs(20 * 60));
    days.goes_to(second[2].0);
    days.pass().await;
    assert_eq!(days.statuses(), vec!["publish"; 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wordpress_gets_posts_as_future_where_that_is_wished_and_they_are_ours_where_its_cron_never_ran() {
    let days = days("Future", 2, "status = \"publish\"\nschedule = { spacing = \"2h\", release = \"future\" }");
    days.pass().await;
    let mut statuses = days.statuses();
    statuses.sort();
    assert_eq!(statuses, ["future", "publish"], "it waits in WordPress");
    let plan = days.plan().await;
    assert!(plan.iter().all(|(.., state)| *state == DeliveryState::Published), "{plan:?}");
    let posts = days.site.posts_titled(&format!("{} number", days.prefix));
    let waiting = posts.iter().find(|post| post["status"] == "future").expect("one waits");
    assert_eq!(waiting["date_gmt"].as_str().map(|date| date.replace(' ', "T")), Some(plan[1].0.to_gmt()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_schedule_takes_the_place_of_the_old_one_for_all_that_waits() {
    let days = days("Rescheduled", 3, "status = \"publish\"\nschedule = { spacing = \"5h\" }");
    days.pass().await;
    assert_eq!(days.statuses().len(), 1);
    let config = std::fs::read_to_string(days.home.file("wirepress.toml")).expect("it");
    days.home.configure(&config.replace("spacing = \"5h\"", "spacing = \"10m\""));
    days.clock.advance(Duration::from_secs(11 * 60));
    days.pass().await;
    assert_eq!(days.statuses().len(), 2, "ten minutes are enough now");
    let plan = days.plan().await;
    assert_eq!(plan[2].0.since(plan[1].0), Duration::from_secs(600));
    days.home.configure(&config.replace("schedule = { spacing = \"5h\" }", ""));
    days.pass().await;
    assert_eq!(days.statuses(), vec!["publish"; 3], "without a schedule nothing waits");
}

/// Runs the real binary with this environment.
fn once(home: &Home, envs: &[(&str, String)]) -> Run {
    let mut command = home.command(&["once", "--json"]);
    command.envs(envs.iter().map(|(name, value)| (*name, value)));
    Run::of(command.output().expect("the binary runs"))
}

#[test]
fn a_cap_holds_however_often_the_run_is_killed() {
    let trial = |name: &str| days(name, 5, "status = \"publish\"\ntimeout = \"4s\"\nschedule = { max_per_day = 2 }");
    let undisturbed = trial("Capped");
    let log = undisturbed.home.file("passes");
    let run = once(&undisturbed.home, &[("WIREPRESS_KILL_LOG", log.display().to_string())]).expect(0);
    assert_eq!((run.json()["scheduled"].as_u64(), undisturbed.statuses().len()), (Some(3), 2), "{}", run.stdout);
    let passes = std::fs::read_to_string(&log).expect("the list of passes");
    let passes: Vec<&str> = passes.lines().collect();
    // where moments are given, and each kind of request and write around it
    let is_chosen = |number: usize, line: &str| line.contains("give_slots") || number.is_multiple_of(11);
    let last_third = passes.len() / 3;
    let chosen =
        passes.iter().enumerate().filter(|(number, line)| *number >= last_third && is_chosen(*number, line)).map(|(number, _)| number + 1);
    let chosen: Vec<usize> = chosen.collect();
    assert!(chosen.len() >= 3 && passes.iter().any(|line| line.contains("give_slots")), "{chosen:?} of {passes:#?}");
    let mut wrong = Vec::new();
    for number in chosen {
        let days = trial(&format!("Capped and killed at {number}"));
        assert_ne!(once(&days.home, &[("WIREPRESS_KILL_AT", number.to_string())]).code, 0, "{number}");
        // what is in doubt is waited for; what a lease holds is waited for by the next
        let ends = (0..40).any(|_| {
            let code = once(&days.home, &[]).code;
            if code != 0 {
                std::thread::sleep(Duration::from_secs(3));
            }
            code == 0
        });
        let statuses = days.statuses();
        if !ends || statuses != ["publish", "publish"] {
            wrong.push((number, passes[number - 1], ends, statuses));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
