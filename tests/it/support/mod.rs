//! What the tests share: a scripted HTTP server, a proxy with faults, the real WordPress, and the real binary.

#![allow(dead_code)] // each test file uses a part of it

pub mod binary;
pub mod feed;
pub mod hub;
pub mod mask;
pub mod proxy;
pub mod running;
pub mod secure;
pub mod server;
pub mod site;
pub mod trial;
