//! What may be written: every table and key of the configuration, each value with its place. `check` makes of it what
//! the stages want; there is no third form.

mod access;
mod address;
mod edits;
mod example;
mod fields;
mod filed;
mod leaf;
mod lines;
mod named;
pub mod node;
mod page;
mod schedule;
mod source;
mod value;

use std::time::Duration;

use ipnet::IpNet;

use super::source::{At, Place};
use crate::domain::{NearDuplicates, SlugStyle, Status};
use crate::rewrite::{Content, DateFrom, Editor, Image, Images, InText, Order, Window};
use crate::schedule::{Every, Period};
pub use access::{AccessKeys, Auth, HttpVersion, Named, Proxy, TextOrSecret};
pub use address::{FeedUrl, Socket, WebUrl};
pub use edits::{Affiliate, Boilerplate, InPlace, Links, Listed, Plain, Replacement, RuleBoilerplate};
pub use example::{Example, Expect, SkipWish};
pub use fields::{ByName, Format, MetaText, Openness, PostTypeName, SeoKeys, TermLists};
pub use filed::{FeedCategories, Keywords, Mapped, Path, SiteTerms, Stop, Tag, TagKeys};
pub use leaf::quote;
pub use leaf::{Dedup, FutureDates, OnChange, OnGone, Rest, SiteKind, Takeover};
use lines::FeedLines;
pub use lines::feeds_of;
pub use named::{Author, Charset, DateFormat, Rights};
use node::{Many, Table, table};
pub use page::PageKeys;
pub use schedule::ScheduleKeys;
pub use source::{JsonKeys, SelectKeys, SitemapKey};
pub use value::{ANY, Command, FallbackImage, Password, SecretKeys, StoreUrl, TextOrFile};

/// A name, or a list of them.
pub type Names = Many<String>;

impl Names {
    /// One name.
    pub fn one(value: String, at: Place) -> Self {
        Self(vec![At { value, at }])
    }
}

table! {
    /// the configuration
    File "" {
        /// More files with the same tables, or OPML: paths relative to this file, `*` and `?` allowed.
        include: Many<String>,
        /// Where the daemon remembers what it has seen and posted.
        store: Store,
        /// The door to the network.
        http: Http,
        /// What hubs push (WebSub).
        websub: Websub,
        /// What every feed has that says nothing else.
        defaults: Defaults,
        /// Keys that several feeds share; a feed joins by `group = "…"`.
        group: Vec<Group>,
        /// What to do with entries of all feeds, by what they are like.
        rule: Vec<Rule>,
        /// How posts are written.
        template: Vec<Template>,
        /// Posts of many entries.
        digest: Vec<Digest>,
        /// The WordPress sites.
        site: Vec<Site>,
        /// What is read.
        feed: Vec<Feed>,
    }
}

table! {
    /// Where the daemon remembers.
    Store "[store]" {
        /// `sqlite:///path` or `postgres://…`. Default: the service's state folder, else `wirepress.db` beside the configuration.
        url: StoreUrl,
        /// How long bodies and drafts are kept; what is needed to never post twice is kept for ever.
        keep: At<Duration>,
    }
}

table! {
    /// The door to the network.
    Http "[http]" {
        /// Private networks that links, images and redirects may reach; sites and feeds named here may be private anyway.
        allow_networks: Vec<At<IpNet>>,
        /// Where a publisher finds who asks: a web page or a mail address, sent with every request. Default: the first site's address.
        contact: At<String>,
        /// The whole `User-Agent`, in place of the usual one with `contact` in it.
        user_agent: At<String>,
        /// How many requests for feeds one domain gets at the same time.
        domain_requests: At<u32>,
        /// How far apart the beginnings of two such requests are.
        domain_gap: At<Duration>,
        /// The largest picture that is read, in MB.
        image_mb: At<u32>,
    }
}

table! {
    /// What hubs push: off unless `public_url` is there.
    Websub "[websub]" {
        /// Under which address hubs reach `listen`, through a web server with TLS; path and all. Without it nothing is subscribed to.
        public_url: At<WebUrl>,
        /// Where the daemon listens for hubs: an address and a port of this machine.
        listen: At<Socket>,
    }
}

table! {
    /// What a feed may have beside its name and address.
    FeedKeys "" {
        /// Where the posts go: a site's name or a list of them. With one site it need not be said.
        site: Many<String>,
        /// How often to look: `"auto"` follows the feed's rhythm, or a duration.
        every: At<Every>,
        /// Ask as often as `every` says, even where the publisher asks for longer pauses.
        insist: At<bool>,
        /// How many entries at most become posts at a feed's first poll; the rest is only remembered.
        backfill: At<u32>,
        /// No entry older than this becomes a post at a feed's first poll.
        backfill_age: At<Duration>,
        /// The encoding that documents are read in, whatever they say themselves.
        charset: At<Charset>,
        /// The strftime pattern that dates are tried with first.
        date_format: At<DateFormat>,
        /// What becomes of entries dated more than a day ahead: published `"now"`, or `"keep"` their date.
        future_dates: At<FutureDates>,
        /// What becomes of new entries where the feed looks taken over or its quality falls: `"hold"` them, or `"ignore"` it.
        takeover: At<Takeover>,
        /// What becomes of a post when its source changes: `"ignore"` it, `"update"` what no person touched, or add a `"note"`.
        on_change: At<OnChange>,
        /// From how many changed words on the source counts as changed: misprints don't count, a title's words and numbers threefold.
        change_threshold: At<u32>,
        /// What becomes of a post when its source's page is gone for good: `"nothing"`, a `"note"`, or back to `"draft"`.
        on_gone: At<OnGone>,
        /// Posts that are older than this and that nobody touched go to the trash; without it they stay.
        trash_after: At<Duration>,
        /// The status that posts are given.
        status: At<Status>,
        /// How much of the entry is posted: 60 words in whole sentences, all that the feed has, or the page's text.
        content: At<Content>,
        /// The post's date: `"auto"`: drafts without one, published ones the source's if under 48 h, else now.
        date: At<DateFrom>,
        /// `"clean"`: a readable address; `"keyed"`: one that carries the key, for one request less.
        slug: At<SlugStyle>,
        /// Whether the entry's picture becomes the featured image.
        image: At<Image>,
        /// The featured picture where the text shows it on top, too: `"once"` it goes there, `"keep"` it stays.
        image_in_text: At<InText>,
        /// The pictures of the text: `"leave"` them on their source's server, or `"copy"` them to the site.
        images: At<Images>,
        /// A picture for posts that have none: a file or an address, or one for each category.
        fallback_image: FallbackImage,
        /// A picture's longer side, in pixels; larger ones are made smaller.
        image_side: At<u32>,
        /// A picture's file, in KB; larger ones are made smaller.
        image_kb: At<u32>,
        /// What becomes of the feed's own categories.
        feed_categories: FeedCategories,
        /// Tags by words and patterns: each tag with what gives it: words (`kernel*` for beginnings), or `{ regex = "…" }`. An empty list takes an inherited tag away.
        tags: Keywords,
        /// How many terms a post gets at most.
        max_terms: At<u32>,
        /// What becomes of entries by their score: published as wanted, shown to a person, or dropped.
        scores: Scores,
        /// Of all entries of an hour, a day or a week, only the best by score go out, when it ends.
        best: Best,
        /// What you may do with the texts.
        rights: At<Rights>,
        /// How the article is found in the entry's page.
        page: PageKeys,
        /// The entry's authors and the WordPress users that they are; `any` for all others. Users are never made.
        authors: ByName<At<Author>>,
        /// The kind of post: `"page"`, or any type that the site shows over REST, by its name or `rest_base`.
        post_type: At<PostTypeName>,
        /// The post format: `"aside"`, `"gallery"`, `"link"`, …
        post_format: At<Format>,
        /// Whether it stays on top of the front page.
        sticky: At<bool>,
        /// Whether readers may comment: `"open"` or `"closed"`.
        comment_status: At<Openness>,
        /// Whether other sites may ping it: `"open"` or `"closed"`.
        ping_status: At<Openness>,
        /// The theme's template that shows it.
        page_template: At<String>,
        /// The id or slug of the post that it lies under.
        parent: At<Author>,
        /// Where the password comes from that readers need; never the password itself.
        post_password: Password,
        /// Custom fields: each key with its text, a template.
        meta: ByName<At<MetaText>>,
        /// Terms that posts get, by taxonomy; made on the site if missing.
        terms: TermLists,
        /// What search engines are told, through the site's SEO plug-in.
        seo: SeoKeys,
        /// The template that posts are written with.
        template: At<String>,
        /// What is no part of an article, beside what the built-in rules know, and which of those don't hold.
        boilerplate: Boilerplate,
        /// What is replaced in titles, bodies and excerpts before they go out.
        replace: Listed<Replacement>,
        /// What becomes of the body's links before it goes out.
        links: Links,
        /// The digest that the entries go into, instead of posts of their own; `"none"` takes an inherited one away.
        digest: At<String>,
        /// When posts go out: slots, spacing, quiet hours and caps a day, beside those of the site.
        schedule: ScheduleKeys,
        ..access: AccessKeys,
    }
}

table! {
    /// What every feed has that says nothing else.
    Defaults "[defaults]" {
        ..keys: FeedKeys,
    }
}

table! {
    /// Keys that several feeds share.
    Group "[[group]]" {
        /// What feeds call it.
        name: At<String> = required,
        /// Feeds of one line each: name and address.
        feeds: FeedLines,
        /// Rules for the feeds of this group; they run after the site's.
        rule: Vec<GroupRule>,
        ..keys: FeedKeys,
    }
}

table! {
    /// A feed.
    Feed "[[feed]]" {
        /// What you call it; the store knows the feed by this name.
        name: At<String> = required,
        /// The address of the RSS, Atom or JSON feed, or a file on this machine.
        url: At<FeedUrl> = required,
        /// The group whose keys it takes over.
        group: At<String>,
        /// The name that it had before, so that nothing is posted again.
        renamed_from: At<String>,
        /// The address is a sitemap's: `true`, or `{ under = "/news/" }` for some of its pages.
        sitemap: SitemapKey,
        /// The address is a page's without a feed: CSS selectors pick its entries.
        select: SelectKeys,
        /// The address holds JSON that is no JSON Feed: paths pick its entries.
        json: JsonKeys,
        /// Rules for this feed alone; they run last.
        rule: Vec<FeedRule>,
        /// Made-up entries with what shall become of them; `check` tries them.
        example: Vec<Example>,
        ..keys: FeedKeys,
    }
}

table! {
    /// A WordPress site.
    Site "[[site]]" {
        /// What feeds call it; the store knows the site by this name.
        name: At<String> = required,
        /// The site's address, as a visitor types it.
        url: At<WebUrl> = required,
        /// `"wordpress"`, or `"wordpress.com"` for a site that is reached through WordPress.com.
        kind: At<SiteKind>,
        /// Where WordPress.com's API is.
        api: At<WebUrl>,
        /// The WordPress user's login name; best an account of the daemon's own.
        user: At<String> = required,
        /// Where the user's application password comes from; never the password itself.
        password: Password = required,
        /// How long an unclear answer may still be at work on the server.
        settle: At<Duration>,
        /// How long one request may take in all.
        timeout: At<Duration>,
        /// Where the same entry counts as the same: once on the `"site"`, or once for each `"feed"`.
        dedup: At<Dedup>,
        /// What becomes of a story that the site has from another feed: `"off"`, `"also"` or `"hold"`.
        near_duplicates: At<NearDuplicates>,
        /// The editor that people use there: `"blocks"`, or `"classic"` for plain HTML.
        editor: At<Editor>,
        /// Send the password over unencrypted http to a host that is not this machine.
        allow_plain_http: At<bool>,
        /// The language of the source line, when it is not the site's own (`de`, `pt-BR`).
        language: At<String>,
        /// The template of posts that go there, where neither rule, feed nor group names one.
        template: At<String>,
        /// The status of posts that go there, where neither rule, feed nor group names one.
        status: At<Status>,
        /// When posts go out there: slots, spacing, quiet hours and caps a day.
        schedule: ScheduleKeys,
        /// The name that it had before, so that nothing is posted again.
        renamed_from: At<String>,
        /// Which names become terms of this site, and how many.
        terms: SiteTerms,
        /// Rules for posts that go to this site; they run after the general ones.
        rule: Vec<SiteRule>,
    }
}

table! {
    /// A rule.
    Rule "[[rule]]" { ..rule: RuleKeys, }
}
table! {
    /// A rule.
    SiteRule "[[site.rule]]" { ..rule: RuleKeys, }
}
table! {
    /// A rule.
    GroupRule "[[group.rule]]" { ..rule: RuleKeys, }
}
table! {
    /// A rule.
    FeedRule "[[feed.rule]]" { ..rule: RuleKeys, }
}

table! {
    /// What every rule has.
    RuleKeys "" {
        /// Which entries: an expression over their fields, such as `words < 30`. Without it: all.
        when: At<String>,
        /// What to do with them.
        then: Then = required,
    }
}

table! {
    /// `then`
    Then "" {
        /// Post it nowhere, for this reason; ends the rules.
        skip: At<String>,
        /// Tags that it gets.
        add_tags: Many<String>,
        /// Tags that it doesn't get.
        remove_tags: Many<String>,
        /// Categories that it gets.
        categories: Many<String>,
        /// The status of its post.
        status: At<Status>,
        /// The post's author: a WordPress login name or user id.
        author: At<Author>,
        /// The kind of post.
        post_type: At<PostTypeName>,
        /// The post format.
        post_format: At<Format>,
        /// Whether it stays on top of the front page.
        sticky: At<bool>,
        /// Whether readers may comment.
        comment_status: At<Openness>,
        /// Whether other sites may ping it.
        ping_status: At<Openness>,
        /// The theme's template that shows it.
        page_template: At<String>,
        /// The id or slug of the post that it lies under.
        parent: At<Author>,
        /// Custom fields, with the feed's own `meta`.
        meta: ByName<At<MetaText>>,
        /// Terms that it gets, by taxonomy.
        terms: TermLists,
        /// Where it goes: a site's name or a list.
        site: Many<String>,
        /// The template that it is written with.
        template: At<String>,
        /// The digest that it goes into, instead of a post of its own; `"none"`: it gets one.
        digest: At<String>,
        /// Wait for a person, for this reason.
        hold: At<String>,
        /// What else is no part of the article.
        boilerplate: RuleBoilerplate,
        /// What is replaced, after the feed's own `replace`.
        replace: Listed<Replacement>,
        /// What becomes of links, after the feed's own `links`.
        links: Links,
        /// What is added to its score; may be negative.
        score: At<i32>,
    }
}

table! {
    /// `scores`
    Scores "" {
        /// From this score on it goes out as the configuration says.
        publish: At<i32>,
        /// From this score on it waits for a person; below, it is dropped. Default: as `publish`.
        review: At<i32>,
    }
}

table! {
    /// `best`
    Best "" {
        /// How many go out; 0 takes an inherited limit away.
        most: At<u32> = required,
        /// Of what: `"hour"`, `"day"` or `"week"` (UTC; a week begins on Monday). Default: a day.
        of: At<Window>,
    }
}

table! {
    /// A template.
    Template "[[template]]" {
        /// What feeds and rules call it.
        name: At<String> = required,
        /// The title: text, or `{ file = "…" }`.
        title: TextOrFile,
        /// The body: block markup, or `{ file = "…" }`.
        body: TextOrFile,
        /// The excerpt: text, or `{ file = "…" }`.
        excerpt: TextOrFile,
        /// The readable part of the address: text, or `{ file = "…" }`.
        slug: TextOrFile,
    }
}

table! {
    /// A digest.
    Digest "[[digest]]" {
        /// What feeds and rules call it; its posts are known by this name.
        name: At<String> = required,
        /// How long a window is: what comes in it becomes one post.
        every: At<Period> = required,
        /// When a window ends: `"17:00"` for a day, `"Fri 17:00"` for a week, `"1 08:00"` for a month.
        ends: At<String> = required,
        /// The time zone that `ends` is meant in: `Europe/Vienna`.
        zone: At<String>,
        /// The sites that it is made for; on others the entries get posts of their own. Default: wherever its entries go.
        site: Many<String>,
        /// How many entries it shows at most; 0 for all.
        most: At<u32>,
        /// How many entries it wants at least; fewer wait for the next window.
        least: At<u32>,
        /// What becomes of entries beyond `most`: they `"wait"` for the next window, or `"drop"`.
        rest: At<Rest>,
        /// In which order it shows them: the newest or the oldest first.
        order: At<Order>,
        /// Whether its entries get posts of their own, too.
        also_posted: At<bool>,
        /// The status of its posts.
        status: At<Status>,
        /// The posts' author: a WordPress login name or user id.
        author: At<Author>,
        /// Categories that its posts get.
        categories: Many<String>,
        /// Tags that its posts get.
        tags: Many<String>,
        /// Whether the first picture of its entries becomes the featured image.
        image: At<Image>,
        /// A picture for posts none of whose entries has one: a file or an address, or one for each category.
        fallback_image: FallbackImage,
        /// The kind of its posts: `"page"`, or any type that the site shows over REST, by its name or `rest_base`.
        post_type: At<PostTypeName>,
        /// The post format: `"aside"`, `"gallery"`, `"link"`, …
        post_format: At<Format>,
        /// Whether its posts stay on top of the front page.
        sticky: At<bool>,
        /// Whether readers may comment: `"open"` or `"closed"`.
        comment_status: At<Openness>,
        /// Whether other sites may ping it: `"open"` or `"closed"`.
        ping_status: At<Openness>,
        /// The theme's template that shows it.
        page_template: At<String>,
        /// The id or slug of the post that it lies under.
        parent: At<Author>,
        /// Where the password comes from that readers need; never the password itself.
        post_password: Password,
        /// Custom fields: each key with its text, a template over the digest's fields.
        meta: ByName<At<MetaText>>,
        /// Terms that its posts get, by taxonomy; made on the site if missing.
        terms: TermLists,
        /// What search engines are told, through the site's SEO plug-in; its texts are over the digest's fields.
        seo: SeoKeys,
        /// `"clean"`: a readable address; `"keyed"`: one that carries the key, for one request less.
        slug_style: At<SlugStyle>,
        /// The name that it had before, so that nothing is posted again.
        renamed_from: At<String>,
        /// The title: text, or `{ file = "…" }`.
        title: TextOrFile,
        /// The body: block markup with a loop over `entries`, or `{ file = "…" }`.
        body: TextOrFile,
        /// The excerpt: text, or `{ file = "…" }`.
        excerpt: TextOrFile,
        /// The readable part of the address: text, or `{ file = "…" }`.
        slug: TextOrFile,
    }
}

/// The tables that have such a key, as messages call them.
fn homes(key: &str) -> Vec<&'static str> {
    fn home<T: Table>(key: &str) -> Option<&'static str> {
        T::keys().contains(&key).then_some(T::TITLE)
    }
    let all = [
        home::<Store>,
        home::<Http>,
        home::<Websub>,
        home::<Site>,
        home::<SiteTerms>,
        home::<Feed>,
        home::<Group>,
        home::<Defaults>,
        home::<Template>,
        home::<Digest>,
        home::<Rule>,
        home::<SelectKeys>,
        home::<PageKeys>,
        home::<Example>,
    ];
    let mut homes: Vec<_> = all.iter().filter_map(|home| home(key)).collect();
    if Then::keys().contains(&key) && homes.is_empty() {
        homes.push("then");
    }
    if ScheduleKeys::keys().contains(&key) && homes.is_empty() {
        homes.push("schedule");
    }
    if File::keys().contains(&key) {
        homes.clear();
    }
    homes
}

impl FeedKeys {
    /// What it says itself, and `under` where it says nothing. Tags are joined, name by name.
    pub fn over(self, under: &Self) -> Self {
        let Self {
            at,
            site,
            every,
            insist,
            backfill,
            backfill_age,
            charset,
            date_format,
            future_dates,
            takeover,
            on_change,
            change_threshold,
            on_gone,
            trash_after,
            status,
            content,
            date,
            slug,
            image,
            image_in_text,
            images,
            fallback_image,
            image_side,
            image_kb,
            feed_categories,
            tags,
            max_terms,
            scores,
            best,
            rights,
            page,
            authors,
            post_type,
            post_format,
            sticky,
            comment_status,
            ping_status,
            page_template,
            parent,
            post_password,
            meta,
            terms,
            seo,
            template,
            boilerplate,
            replace,
            links,
            digest,
            schedule,
            access,
        } = self;
        Self {
            at,
            site: site.or_else(|| under.site.clone()),
            every: every.or_else(|| under.every.clone()),
            insist: insist.or_else(|| under.insist.clone()),
            backfill: backfill.or_else(|| under.backfill.clone()),
            backfill_age: backfill_age.or_else(|| under.backfill_age.clone()),
            charset: charset.or_else(|| under.charset.clone()),
            date_format: date_format.or_else(|| under.date_format.clone()),
            future_dates: future_dates.or_else(|| under.future_dates.clone()),
            takeover: takeover.or_else(|| under.takeover.clone()),
            on_change: on_change.or_else(|| under.on_change.clone()),
            change_threshold: change_threshold.or_else(|| under.change_threshold.clone()),
            on_gone: on_gone.or_else(|| under.on_gone.clone()),
            trash_after: trash_after.or_else(|| under.trash_after.clone()),
            status: status.or_else(|| under.status.clone()),
            content: content.or_else(|| under.content.clone()),
            date: date.or_else(|| under.date.clone()),
            slug: slug.or_else(|| under.slug.clone()),
            image: image.or_else(|| under.image.clone()),
            image_in_text: image_in_text.or_else(|| under.image_in_text.clone()),
            images: images.or_else(|| under.images.clone()),
            fallback_image: fallback_image.map(|own| own.over(under.fallback_image.as_ref())).or_else(|| under.fallback_image.clone()),
            image_side: image_side.or_else(|| under.image_side.clone()),
            image_kb: image_kb.or_else(|| under.image_kb.clone()),
            feed_categories: feed_categories.map(|own| own.over(under.feed_categories.as_ref())).or_else(|| under.feed_categories.clone()),
            tags: tags.map(|own| own.over(under.tags.as_ref())).or_else(|| under.tags.clone()),
            max_terms: max_terms.or_else(|| under.max_terms.clone()),
            scores: scores.or_else(|| under.scores.clone()),
            best: best.or_else(|| under.best.clone()),
            rights: rights.or_else(|| under.rights.clone()),
            page: page.map(|own| own.over(under.page.as_ref())).or_else(|| under.page.clone()),
            authors: authors.map(|own| own.over(under.authors.as_ref())).or_else(|| under.authors.clone()),
            post_type: post_type.or_else(|| under.post_type.clone()),
            post_format: post_format.or_else(|| under.post_format.clone()),
            sticky: sticky.or_else(|| under.sticky.clone()),
            comment_status: comment_status.or_else(|| under.comment_status.clone()),
            ping_status: ping_status.or_else(|| under.ping_status.clone()),
            page_template: page_template.or_else(|| under.page_template.clone()),
            parent: parent.or_else(|| under.parent.clone()),
            post_password: post_password.or_else(|| under.post_password.clone()),
            meta: meta.map(|own| own.over(under.meta.as_ref())).or_else(|| under.meta.clone()),
            terms: terms.map(|own| own.over(under.terms.as_ref())).or_else(|| under.terms.clone()),
            seo: seo.map(|own| own.over(under.seo.as_ref())).or_else(|| under.seo.clone()),
            template: template.or_else(|| under.template.clone()),
            boilerplate: boilerplate.or_else(|| under.boilerplate.clone()),
            replace: replace.or_else(|| under.replace.clone()),
            links: links.or_else(|| under.links.clone()),
            digest: digest.or_else(|| under.digest.clone()),
            schedule: schedule.map(|own| own.over(under.schedule.as_ref())).or_else(|| under.schedule.clone()),
            access: access.over(&under.access),
        }
    }
}
