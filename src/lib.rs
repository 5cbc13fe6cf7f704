//! wirepress: an entry appears in a feed, and one post appears in WordPress.
//!
//! The rooms, and which may use which, stand in `ARCHITECTURE.md`; a test reads that table.

pub mod alike;
pub mod cli;
pub mod clock;
pub mod config;
pub mod content;
pub mod daemon;
pub mod dedup;
pub mod domain;
pub mod http;
pub mod killpoints;
pub mod pipeline;
pub mod poll;
pub mod publish;
pub mod push;
pub mod rewrite;
pub mod schedule;
pub mod store;
pub mod telemetry;
pub mod watch;
pub mod wordpress;
