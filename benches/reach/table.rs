//! The table: what was measured, what beside, and whether that is enough.

/// One line.
pub struct Row {
    pub what: String,
    /// With its unit.
    pub measured: String,
    /// The peer of the same run, or the limit.
    pub beside: String,
    /// The share of the peer that was reached, or of the limit that was used up.
    pub ratio: f64,
    pub bound: Bound,
}

/// Which ratios are good ones.
#[derive(Clone, Copy)]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Row {
    pub fn reached(&self) -> bool {
        match self.bound {
            Bound::AtLeast(least) => self.ratio >= least,
            Bound::AtMost(most) => self.ratio <= most,
        }
    }
}

/// A Markdown table.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = "| what | wirepress | peer or limit | ratio | wanted | |\n|---|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let wanted = match row.bound {
            Bound::AtLeast(least) => format!("≥ {least:.2}"),
            Bound::AtMost(most) => format!("≤ {most:.2}"),
        };
        let word = if row.reached() { "reached" } else { "**missed**" };
        text.push_str(&format!("| {} | {} | {} | {:.2} | {wanted} | {word} |\n", row.what, row.measured, row.beside, row.ratio));
    }
    text
}
