//! What is in force: the configuration with every default, group and include filled in, and no secret.

use super::Loaded;
use super::raw::node::Table;

/// As TOML that reads back to the same configuration. Passwords are named by where they come from; a password in the
/// store's address is `***`.
pub fn show(loaded: &Loaded) -> String {
    let mut out = format!("# in force, as read from {}\n", loaded.path.display());
    loaded.in_force.parts("", &mut out);
    out
}

/// The same as JSON, for programs.
pub fn show_json(loaded: &Loaded) -> serde_json::Value {
    toml::from_str(&show(loaded)).expect("what is shown is TOML: a test reads it back")
}
