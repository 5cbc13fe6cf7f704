//! Numbers of several rounds.

/// The one in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Tells how far it is.
pub fn say(what: &str) {
    eprintln!("reach: {what}");
}
