//! The one integration binary: each file below proves a part of the house against real parts.

mod architecture;
mod config;
mod demo;
mod faults;
mod kills;
mod support;
mod wordpress;
