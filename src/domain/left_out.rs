//! What something was left out for, told compactly: names, by the reason.

/// Names that one reason lists.
const NAMED: usize = 10;
/// Characters of a name that a reason shows.
const SHOWN: usize = 40;

/// Names that became nothing, by the reason.
#[derive(Debug, Clone, Default)]
pub struct LeftOut(Vec<(String, Vec<String>)>);

impl LeftOut {
    /// Adds a name, each once for a reason.
    pub fn add(&mut self, name: &str, why: impl Into<String>) {
        let why = why.into();
        let name = match name.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", name[..end].trim_end()),
            None => name.to_owned(),
        };
        match self.0.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => self.0.push((why, vec![name])),
        }
    }

    /// `Sponsored, Promo: the site's stop list has it (wirepress.toml:12)`
    pub fn told(self) -> Vec<String> {
        let told = |(why, names): (String, Vec<String>)| {
            let more = names.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{more}: {why}", names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", "))
        };
        self.0.into_iter().map(told).collect()
    }
}
