//! Reads what came back.
