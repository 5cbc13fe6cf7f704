//! What the operator may type.

use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub use super::feeds::args::Feeds;
pub use super::rules::args::Rules;

/// Turns RSS, Atom and JSON feeds into WordPress posts: one entry, one post.
#[derive(Debug, Parser)]
#[command(name = "wirepress", version, about, max_term_width = 110, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Verb,
}

impl Cli {
    /// Reads the command line; ends the process where it is wrong or help was asked for.
    pub fn of_command_line() -> Self {
        let page = |arg: clap::Arg| arg.requires("dry_run").help("With --dry-run: write one page to look at");
        let command = Self::command().mut_subcommand("once", |once| once.mut_arg("html", page));
        Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
    }
}

/// Options that may stand before or after any verb.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The configuration file [default: $WIREPRESS_CONFIG, ./wirepress.toml, /etc/wirepress/wirepress.toml]
    #[arg(long, short, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Say more (on standard error)
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// Say only what went wrong
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// How log lines are written
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run as a daemon: poll, prepare and publish until told to stop
    Run(Run),
    /// Poll what is due, publish until nothing is due, and exit
    Once(Once),
    /// Show what would be posted from a feed, without a configuration
    Try(Try),
    /// Check configuration, rules and templates, then each site and feed
    Check(Check),
    /// Set up: find the site and the feed, try them, write configuration and secret
    Init(Init),
    /// Show feeds, sites and what waits
    Status(Json),
    /// List, show, retry or skip items
    #[command(subcommand)]
    Items(Items),
    /// List feeds, poll one now, or look at what is read of a document
    #[command(subcommand)]
    Feeds(Feeds),
    /// List rules with how often they matched, or try changed ones on stored items
    #[command(subcommand)]
    Rules(Rules),
    /// Look for what templates lack: their source, closed tags and blocks, names that are never used
    #[command(subcommand)]
    Templates(Templates),
    /// Show what a person and a source both changed, and decide who shall have it
    #[command(subcommand)]
    Reviews(Reviews),
    /// Put the posts of a run that nobody edited into the trash
    Undo(Undo),
    /// List runs, or show what one made
    #[command(subcommand)]
    Runs(Runs),
    /// Compare the sites with the store: what was deleted, trashed, edited or given another slug
    Resync(Resync),
    /// Rebuild the store from what the sites have of us, so that nothing is posted twice
    Adopt(Adopt),
    /// Take over from another program: what it has posted from feeds is not posted again
    Import(Import),
    /// Let the store follow a site to another address
    #[command(subcommand)]
    Sites(Sites),
    /// Answer a publisher's complaint: block a domain, and take back what came from there
    #[command(subcommand)]
    Blocklist(Blocklist),
    /// Explain what became of an entry, and by which rule
    Why(Why),
    /// Stop polling a feed or publishing to a site until `resume`
    Pause(Pause),
    /// Go on after `pause`
    Resume(Pause),
    /// Print the configuration's JSON Schema, or what is in force
    #[command(subcommand)]
    Config(Config),
    /// Tell whether the daemon makes progress (for a container's health check)
    Healthcheck,
}

#[derive(Debug, Args)]
pub struct Run {
    /// How long SIGTERM waits for requests under way
    #[arg(long, value_name = "DURATION", default_value = "25s", value_parser = crate::domain::parse_duration)]
    pub grace: std::time::Duration,
}

#[derive(Debug, Args)]
pub struct Once {
    /// Write nothing; print every post as it would be sent, and why the rest is not
    #[arg(long)]
    pub dry_run: bool,
    /// Only this feed, due or not (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub feed: Vec<String>,
    /// Publish at most this many posts
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// With --dry-run: render the newest N entries, seen before or not
    #[arg(long, value_name = "N", requires = "dry_run")]
    pub last: Option<usize>,
    /// Exit with 4 when any feed failed, not only when all did
    #[arg(long)]
    pub strict: bool,
    #[command(flatten)]
    pub show: Show,
}

#[derive(Debug, Subcommand)]
pub enum Templates {
    /// Tell what each template and digest lacks, at its line; ends with 3 where there is something
    Lint(Json),
}

/// How a dry run is shown.
#[derive(Debug, Args)]
pub struct Show {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Write one page to look at
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Try {
    /// A feed's address, a page that has one, a file (`./feed.xml`) or `-` for standard input
    pub url: String,
    /// Render the newest N entries
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub last: usize,
    #[command(flatten)]
    pub show: Show,
}

#[derive(Debug, Args)]
pub struct Check {
    /// Only configuration, rules and templates: no network
    #[arg(long)]
    pub offline: bool,
    /// Warnings count as errors, and any failing feed fails
    #[arg(long)]
    pub strict: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Init {
    /// The WordPress site's address
    #[arg(long, value_name = "URL")]
    pub site: Option<String>,
    /// The WordPress user that posts
    #[arg(long)]
    pub user: Option<String>,
    /// A file that holds the application password [default: asked, or $WIREPRESS_PASSWORD]
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// The first feed's address, or a page that names one
    #[arg(long, value_name = "URL")]
    pub feed: Option<String>,
    /// The status of new posts
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    /// Never ask: what isn't given is an error
    #[arg(long)]
    pub no_input: bool,
    /// Replace a configuration that is there
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Json {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Items {
    /// List items, newest first
    List {
        /// Only items in this state of the item or its delivery (seen, skipped, ready, published, held, failed, …)
        #[arg(long)]
        state: Option<String>,
        /// Only this feed
        #[arg(long, value_name = "NAME")]
        feed: Option<String>,
        /// At most this many
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: u32,
        #[arg(long)]
        json: bool,
    },
    /// Show one item and its deliveries
    Show {
        /// An item's or delivery's id, or the entry's address
        id: String,
        #[arg(long)]
        json: bool,
    },
    /// Try a failed delivery again, with the same draft
    Retry {
        /// An item's or delivery's id
        id: String,
    },
    /// Show what a changed template or rule makes of drafts that nobody touched, or apply it (`--yes`)
    Render(Render),
    /// Post an entry once more whose post was put in the trash or deleted
    Revive {
        /// An item's or delivery's id, or the entry's address
        id: String,
    },
    /// Post nothing of an item that waits
    Skip {
        /// An item's or delivery's id
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Reviews {
    /// List what waits for a person's look
    List {
        /// Also what was decided
        #[arg(long)]
        all: bool,
        #[arg(long)]
        json: bool,
    },
    /// Show both sides, field by field
    Show {
        /// A review's id
        id: String,
        #[arg(long)]
        json: bool,
    },
    /// Decide: WordPress stays as it is, or becomes what the source says
    #[command(group = clap::ArgGroup::new("side").required(true))]
    Resolve {
        /// A review's id
        id: String,
        /// What stands in WordPress stays
        #[arg(long, group = "side")]
        keep: bool,
        /// What the source says is written
        #[arg(long, group = "side")]
        take: bool,
        /// With --take: only this field (may be repeated)
        #[arg(long = "field", value_name = "NAME", requires = "take")]
        fields: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub struct Render {
    /// Those that were composed before
    #[arg(long, required = true)]
    pub again: bool,
    /// Only this feed's (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub feed: Vec<String>,
    /// Only on this site (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub site: Vec<String>,
    /// Do it
    #[arg(long, short)]
    pub yes: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Only these: items' ids, or the entries' addresses
    #[arg(value_name = "ITEM")]
    pub items: Vec<String>,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["last", "run"])))]
pub struct Undo {
    /// The last run that made posts
    #[arg(long)]
    pub last: bool,
    /// This run (see `runs list`)
    #[arg(long, value_name = "ID")]
    pub run: Option<crate::domain::Id>,
    /// Pictures and terms that it made and nothing else uses are deleted for good
    #[arg(long)]
    pub purge: bool,
    /// Don't ask
    #[arg(long, short)]
    pub yes: bool,
    /// Only show what would go
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Resync {
    /// Only this site (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub site: Vec<String>,
    /// Posts that are gone are made again
    #[arg(long, conflicts_with = "accept")]
    pub remake: bool,
    /// Posts that are gone stay so
    #[arg(long)]
    pub accept: bool,
    /// Don't ask
    #[arg(long, short)]
    pub yes: bool,
    /// Only show what is different
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Adopt {
    /// Only this site (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub site: Vec<String>,
    /// Only show what is there of us
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Import {
    /// Only this program's: feedzy, wp-rss-aggregator, wpematico, feedwordpress
    #[arg(long, value_name = "PROGRAM")]
    pub from: Option<String>,
    /// Only on this site (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub site: Vec<String>,
    /// Where nothing else tells, the last link of a post that leads off the site is its source
    #[arg(long)]
    pub links: bool,
    /// Don't ask
    #[arg(long, short)]
    pub yes: bool,
    /// Only show what was posted from where
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Sites {
    /// Its address in the configuration is new: it is the same site
    Move(SitesMove),
}

#[derive(Debug, Args)]
pub struct SitesMove {
    /// The site's name
    pub name: String,
    /// Also where most of our posts are not found
    #[arg(long)]
    pub force: bool,
    /// Only show what is found there
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Runs {
    /// List runs and how much each made, newest first
    List {
        /// At most this many
        #[arg(long, default_value_t = 20, value_name = "N")]
        limit: u32,
        #[arg(long)]
        json: bool,
    },
    /// Show a run's journal: the posts, pictures and terms that it made
    Show {
        /// The run's id
        id: crate::domain::Id,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Blocklist {
    /// Block a domain: what came from there goes to the trash, nothing new is taken
    Add(BlocklistAdd),
    /// Take a domain off the list
    Remove {
        /// The domain
        domain: String,
    },
    /// Show what is blocked
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub struct BlocklistAdd {
    /// The domain, or an address on it
    pub domain: String,
    /// Why, for the list
    #[arg(long, value_name = "TEXT")]
    pub because: Option<String>,
    /// Posts that somebody has edited go to the trash, too
    #[arg(long)]
    pub edited_too: bool,
    /// Don't ask
    #[arg(long, short)]
    pub yes: bool,
    /// Only show what would go
    #[arg(long)]
    pub dry_run: bool,
    /// Print the receipt as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Why {
    /// An entry's address, a post's address, or an id
    pub what: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false, id = "target")]
pub struct Pause {
    /// A feed
    #[arg(long, value_name = "NAME", group = "target")]
    pub feed: Option<String>,
    /// A site
    #[arg(long, value_name = "NAME", group = "target")]
    pub site: Option<String>,
    /// Everything
    #[arg(long, group = "target")]
    pub all: bool,
}

#[derive(Debug, Subcommand)]
pub enum Config {
    /// Print a JSON Schema, for editors
    Schema,
    /// Print what is in force, secrets masked
    Show(Json),
}
