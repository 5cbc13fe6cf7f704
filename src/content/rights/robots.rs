//! robots.txt (RFC 9309): which of a host's addresses we may ask for, and the licence that it names (RSL 1.0, section 4).

/// What groups know us by (RFC 9309, section 2.2.1).
pub const TOKEN: &str = "wirepress";

/// So much of the file is read; RFC 9309, section 2.5 wants 500 KiB.
const READ: usize = 512 * 1024;
/// So many rules are kept.
const RULES: usize = 10_000;

/// The rules of one robots.txt that hold for us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Robots {
    rules: Vec<Rule>,
    /// Addresses of `License:` lines.
    pub licences: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    allows: bool,
    /// Normalised.
    path: String,
}

impl Robots {
    /// Reads the file: the groups that name us, joined; where none does, those for everybody.
    pub fn parse(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let text = &text[..text.floor_char_boundary(READ)];
        let (mut own, mut general, mut licences) = (None::<Vec<Rule>>, Vec::new(), Vec::new());
        let (mut for_us, mut for_all, mut in_agents) = (false, false, false);
        for line in text.split(['\n', '\r']) {
            let line = line.split('#').next().unwrap_or("");
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    if !in_agents {
                        (for_us, for_all) = (false, false);
                    }
                    in_agents = true;
                    let token: String = value.chars().take_while(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_')).collect();
                    if token.eq_ignore_ascii_case(TOKEN) {
                        for_us = true;
                        own.get_or_insert_default();
                    }
                    for_all |= value.starts_with('*');
                }
                "allow" | "disallow" => {
                    in_agents = false;
                    // an empty one forbids nothing
                    if value.is_empty() {
                        continue;
                    }
                    let rule = Rule { allows: key == "allow", path: normal(value) };
                    if let (true, Some(own)) = (for_us, own.as_mut())
                        && own.len() < RULES
                    {
                        own.push(rule.clone());
                    }
                    if for_all && general.len() < RULES {
                        general.push(rule);
                    }
                }
                "license" if licences.len() < 8 => licences.push(value.to_owned()),
                _ => {}
            }
        }
        Self { rules: own.unwrap_or(general), licences }
    }

    /// Whether an address of the host may be asked for; `path` with its query. The longest rule decides, and of two as long the one
    /// that allows (RFC 9309, section 2.2.2).
    pub fn allows(&self, path: &str) -> bool {
        if path == "/robots.txt" {
            return true;
        }
        let path = normal(path);
        let fitting = self.rules.iter().filter(|rule| fits(&rule.path, &path));
        fitting.max_by_key(|rule| (rule.path.len(), rule.allows)).is_none_or(|rule| rule.allows)
    }
}

/// Both sides written alike: what isn't ASCII as `%XX`, and `%XX` of an unreserved character as that character.
fn normal(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(path.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let hex = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (byte, hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                let octet = u8::try_from(high * 16 + low).unwrap_or(b'%');
                if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
                    out.push(char::from(octet));
                } else {
                    out.push_str(&format!("%{octet:02X}"));
                }
                at += 3;
                continue;
            }
            (byte, ..) if byte.is_ascii_graphic() => out.push(char::from(byte)),
            (byte, ..) => out.push_str(&format!("%{byte:02X}")),
        }
        at += 1;
    }
    out
}

/// Whether a pattern fits the beginning of a path; `*` stands for anything, `$` at its end for the path's end.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, to_end) = pattern.strip_suffix('$').map_or((pattern, false), |pattern| (pattern, true));
    let mut parts = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or("")) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return !to_end || rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    if to_end { rest.ends_with(last) } else { rest.contains(last) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_obeyed_as_rfc_9309_reads_it() {
        for (file, path, allowed) in [
            ("", "/a", true),
            ("User-agent: *\nDisallow: /", "/a", false),
            ("User-agent: *\nDisallow: /", "/robots.txt", true),
            ("User-agent: *\nDisallow:", "/a", true),
            ("user-AGENT : WirePress/1.0\r\ndisallow:/a # all of a\r\n", "/a/b", false),
            ("User-agent: other\nDisallow: /", "/a", true),
            // our own group, and no other
            ("User-agent: *\nDisallow: /\n\nUser-agent: wirepress\nDisallow: /x", "/a", true),
            ("User-agent: wirepress\nDisallow: /x\nUser-agent: *\nDisallow: /", "/x", false),
            ("User-agent: wirepress\nUser-agent: other\nDisallow: /x", "/x", false),
            ("User-agent: wirepress\nDisallow: /x\n\nUser-agent: wirepress\nDisallow: /y", "/x", false),
            ("User-agent: wirepress-news\nDisallow: /", "/a", true),
            // an own group without rules forbids nothing
            ("User-agent: *\nDisallow: /\nUser-agent: wirepress\nAllow:", "/a", true),
            // what stands before any group is nobody's
            ("Disallow: /\nUser-agent: other\nDisallow: /", "/a", true),
            // the longest decides
            ("User-agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/disallowed.gif", false),
            ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", true),
            ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", true),
            ("User-agent: *\nDisallow: /*.php$", "/x/index.php", false),
            ("User-agent: *\nDisallow: /*.php$", "/x/index.php?a=1", true),
            ("User-agent: *\nDisallow: /*?print=", "/x?print=1", false),
            ("User-agent: *\nDisallow: /a*b*c", "/axxbxxbxxc/d", false),
            ("User-agent: *\nDisallow: /fish$", "/fish", false),
            ("User-agent: *\nDisallow: /fish$", "/fishes", true),
            // written alike
            ("User-agent: *\nDisallow: /foo/bar/ツ", "/foo/bar/%E3%83%84", false),
            ("User-agent: *\nDisallow: /foo/bar/%62%61%7A", "/foo/bar/baz", false),
            ("User-agent: *\nDisallow: /a%2fb", "/a/b", true),
            ("\u{feff}User-agent: *\nDisallow: /a", "/a", false),
        ] {
            assert_eq!(Robots::parse(file).allows(path), allowed, "{path} by\n{file}");
        }
    }

    #[test]
    fn a_licence_is_read_wherever_it_stands() {
        let robots = Robots::parse("License: https://x.example/license.xml\nUser-agent: *\nAllow: /\nLicense: /other.xml");
        assert_eq!(robots.licences, ["https://x.example/license.xml", "/other.xml"]);
    }

    #[test]
    fn a_hostile_file_costs_no_time() {
        let file = format!("User-agent: *\nDisallow: /{}\n", "*a".repeat(20_000)).repeat(10);
        assert!(Robots::parse(&file).allows(&format!("/{}", "b".repeat(8_000))));
    }
}
