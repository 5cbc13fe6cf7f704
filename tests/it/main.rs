//! The one integration binary: each file below proves a part of the house against real parts.

mod architecture;
mod cli_dry_run;
mod cli_setup;
mod cli_verbs;
mod config;
mod daemon;
mod demo;
mod docs;
mod faults;
mod feeds_parse;
mod kills;
mod main_job;
mod passes;
mod store_decide;
mod store_deliveries;
mod store_feeds;
mod store_hands;
mod store_items;
mod store_open;
mod store_overlay;
mod store_push;
mod store_reads;
mod store_remember;
mod store_stage;
mod support;
mod wordpress;
