//! The table: what was measured, what beside, and whether that is enough.

/// One line.
pub struct Row {
    pub what: String,
    /// With its unit.
    pub measured: String,
    /// The peer of the same run, or the limit.
    pub beside: String,
    /// The share of the peer that was reached, or of the limit that was used up.
    pub ratio: Option<f64>,
    pub wanted: String,
    pub reached: bool,
}

impl Row {
    /// At least this part of what the peer does.
    pub fn beside_peer(what: String, measured: String, beside: String, ratio: f64, least: f64) -> Self {
        Self { what, measured, beside, ratio: Some(ratio), wanted: format!("≥ {least:.2}"), reached: ratio >= least }
    }
}

/// A Markdown table.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = "| what | wirepress | peer or limit | ratio | wanted | |\n|---|---|---|---|---|---|\n".to_owned();
    for Row { what, measured, beside, ratio, wanted, reached } in rows {
        let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let word = if *reached { "reached" } else { "**missed**" };
        text.push_str(&format!("| {what} | {measured} | {beside} | {ratio} | {wanted} | {word} |\n"));
    }
    text
}
