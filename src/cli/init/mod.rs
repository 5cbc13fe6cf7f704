//! `wirepress init`: finds the site and the feed, tries them, and writes configuration and secret.

mod links;
mod names;
