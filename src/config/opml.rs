//! OPML as a list of feeds: folders are groups, titles are names (OPML 2.0, section "Subscription lists").
//!
//! What readers export isn't always sound, so attributes are read leniently: raw ampersands, HTML's entities, `xmlURL`. What is no
//! XML at all is a problem at its place. A feed that stands in several folders is in the first; one that the configuration
//! names otherwise, too, is as it stands there.

use std::collections::HashSet;
use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use toml::de::DeValue;

use super::problem::Problem;
use super::raw::node::{Leaf, Wrong};
use super::raw::{Feed, FeedUrl, File, Group};
use super::source::{At, Place, Sources};

/// A feed as its line names it.
#[derive(Debug, Clone)]
pub struct Outline {
    /// May be empty.
    title: At<String>,
    url: At<FeedUrl>,
    /// The folders that it lies in, outermost first.
    folders: Vec<At<String>>,
}

/// A name has so many characters at most.
const LONGEST: usize = 100;

/// Whether a text is meant as OPML: TOML never begins so.
pub fn is_opml(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

/// Reads the feeds of a file; what is wrong is noted.
pub fn read(sources: &Sources, file: usize, problems: &mut Vec<Problem>) -> Vec<Outline> {
    let text = sources.text(file);
    let mut reader = quick_xml::Reader::from_str(text);
    let mut found = Vec::new();
    // one for each outline that is open; those of feeds are no folders
    let mut open: Vec<Option<At<String>>> = Vec::new();
    let mut is_opml = false;
    let (whole, before) = (Place { file, span: 0..1 }, problems.len());
    loop {
        let begin = offset(reader.buffer_position());
        let event = reader.read_event();
        let span = begin..offset(reader.buffer_position());
        match event {
            Ok(Event::Start(tag)) if is(tag.local_name().as_ref(), "outline") => {
                let line = Line::read(&tag, text, file, span);
                found.extend(line.feed(&open, sources, problems));
                open.push(line.folder());
            }
            Ok(Event::Empty(tag)) if is(tag.local_name().as_ref(), "outline") => {
                found.extend(Line::read(&tag, text, file, span).feed(&open, sources, problems));
            }
            Ok(Event::End(tag)) if is(tag.local_name().as_ref(), "outline") => drop(open.pop()),
            Ok(Event::Start(tag) | Event::Empty(tag)) => is_opml |= is(tag.local_name().as_ref(), "opml"),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                let at = offset(reader.error_position());
                let problem = Problem::at(sources, &Place { file, span: at..at + 1 }, format!("this is no OPML: {error}"));
                problems.push(problem.hint("export it once more, or mend it here: OPML is XML, so each `<outline …>` is closed"));
                return found;
            }
        }
    }
    if !is_opml {
        let problem = Problem::at(sources, &whole, "this is no OPML: it has no `<opml>`");
        problems.push(problem.hint("included files are TOML or OPML"));
    } else if found.is_empty() && problems.len() == before {
        let problem = Problem::at(sources, &whole, "no outline in this OPML has an `xmlUrl`, so it names no feed");
        problems.push(problem.hint("export the subscriptions once more, or take the file out of `include`").warning());
    }
    found
}

/// Makes feeds of what files name. Each takes the group of the innermost of its folders that a `[[group]]` is named like; where
/// none is, its innermost folder becomes a group.
pub fn add(outlines: Vec<Outline>, file: &mut File) {
    let feeds = file.feed.get_or_insert_default();
    let mut urls: HashSet<String> = feeds.iter().filter_map(|feed| Some(feed.url.as_ref()?.value.write())).collect();
    let mut names: HashSet<String> = feeds.iter().filter_map(|feed| Some(feed.name.as_ref()?.value.clone())).collect();
    let groups = file.group.get_or_insert_default();
    for Outline { title, url, folders } in outlines {
        if !urls.insert(url.value.write()) {
            continue;
        }
        let known = |folder: &At<String>| {
            let group = groups.iter().filter_map(|group| group.name.as_ref()).find(|name| is(&name.value, &folder.value))?;
            Some(At { value: group.value.clone(), at: folder.at.clone() })
        };
        let group = folders.iter().rev().find_map(known).or_else(|| folders.last().cloned());
        if let Some(group) = &group
            && !groups.iter().any(|known| known.name.as_ref().is_some_and(|name| name.value == group.value))
        {
            groups.push(Group { at: group.at.clone(), name: Some(group.clone()), ..Group::default() });
        }
        let name = name_for(&title.value, &url.value, &names);
        names.insert(name.clone());
        let (at, name) = (title.at.clone(), At { value: name, at: title.at });
        feeds.push(Feed { at, name: Some(name), url: Some(url), group, ..Feed::default() });
    }
}

/// Its title; where another feed is called so, its host behind it, and its path; at last a number.
fn name_for(title: &str, url: &FeedUrl, taken: &HashSet<String>) -> String {
    let (host, path) = match url {
        FeedUrl::Web(url) => (url.0.host_str().unwrap_or_default().trim_start_matches("www.").to_owned(), url.0.path().to_owned()),
        FeedUrl::File(url) => (String::new(), url.path().to_owned()),
        FeedUrl::Path(path) => (String::new(), path.clone()),
    };
    let place = format!("{host}{path}").trim_matches('/').to_owned();
    let plain = if title.is_empty() { host.clone() } else { title.to_owned() };
    let with = |more: &str| format!("{} ({})", cut(&plain, LONGEST / 2), cut(more, LONGEST / 2 - 3));
    let wanted = [cut(&plain, LONGEST), with(&host), with(&place)];
    let numbered = (2..).map(|number| format!("{} {number}", cut(&plain, LONGEST - 8)));
    let free = |name: &String| !name.is_empty() && !name.ends_with("()") && !taken.contains(name);
    wanted.into_iter().chain(numbered).find(free).expect("there are always more numbers")
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect::<String>().trim().to_owned()
}

/// What one outline says.
struct Line {
    at: Place,
    text: Option<At<String>>,
    title: Option<At<String>>,
    xml_url: Option<At<String>>,
}

impl Line {
    /// `span`: of the tag.
    fn read(tag: &BytesStart<'_>, text: &str, file: usize, span: Range<usize>) -> Self {
        let at = Place { file, span: span.clone() };
        let mut line = Self { at, text: None, title: None, xml_url: None };
        let (mut url, mut kind) = (None, String::new());
        for attribute in tag.attributes().with_checks(false).flatten() {
            let begin = (attribute.value.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
            let end = begin.wrapping_add(attribute.value.len());
            // where the reader made it anew, the tag is its place
            let span = if begin < end && end <= span.end && span.start <= begin { begin..end } else { span.clone() };
            let value = plain(&html_escape::decode_html_entities(&*attribute.value));
            let value = At { value, at: Place { file, span } };
            let key = attribute.key.local_name();
            let place = match key.as_ref() {
                key if is(key, "text") => &mut line.text,
                key if is(key, "title") => &mut line.title,
                key if is(key, "xmlUrl") => &mut line.xml_url,
                key if is(key, "url") => &mut url,
                key => {
                    if is(key, "type") {
                        kind = value.value.to_lowercase();
                    }
                    continue;
                }
            };
            *place = Some(value).filter(|value| !value.value.is_empty());
        }
        if matches!(kind.as_str(), "rss" | "atom" | "feed") {
            line.xml_url = line.xml_url.or(url);
        }
        line
    }

    fn name(&self) -> At<String> {
        let none = || At { value: String::new(), at: self.at.clone() };
        self.text.clone().or_else(|| self.title.clone()).unwrap_or_else(none)
    }

    fn folder(&self) -> Option<At<String>> {
        let name = self.name();
        let name = At { value: cut(&name.value, LONGEST), at: name.at };
        Some(name).filter(|name| self.xml_url.is_none() && !name.value.is_empty())
    }

    fn feed(&self, open: &[Option<At<String>>], sources: &Sources, problems: &mut Vec<Problem>) -> Option<Outline> {
        let url = self.xml_url.as_ref()?;
        match FeedUrl::read(&DeValue::String(url.value.as_str().into())) {
            Ok(value) => {
                let url = At { value, at: url.at.clone() };
                Some(Outline { title: self.name(), url, folders: open.iter().flatten().cloned().collect() })
            }
            Err(Wrong(what, hint)) => {
                problems.push(Problem::at(sources, &url.at, format!("`xmlUrl` {what}")).perhaps(hint));
                None
            }
        }
    }
}

/// On one line, without what can't be seen.
fn plain(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn is(name: &str, wanted: &str) -> bool {
    name.to_lowercase() == wanted.to_lowercase()
}

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, address and group of each feed that an OPML adds to a configuration with the group `Tech` and one feed.
    fn feeds(text: &str) -> (Vec<String>, Vec<Problem>) {
        let (mut sources, mut problems) = (Sources::default(), Vec::new());
        let number = sources.add("a.opml", "a.opml", text);
        let outlines = read(&sources, number, &mut problems);
        let named = |text: &str| Some(At { value: text.to_owned(), at: Place::default() });
        let url = FeedUrl::read(&DeValue::String("https://own.example/feed".into())).unwrap();
        let own = Feed { name: named("Own"), url: Some(At { value: url, at: Place::default() }), ..Feed::default() };
        let group = Group { name: named("Tech"), ..Group::default() };
        let mut file = File { feed: Some(vec![own]), group: Some(vec![group]), ..File::default() };
        add(outlines, &mut file);
        let told = |feed: &Feed| {
            let text = |at: &Option<At<String>>| at.as_ref().map_or("-".to_owned(), |at| at.value.clone());
            format!("{} {} {}", text(&feed.name), feed.url.as_ref().unwrap().value.write(), text(&feed.group))
        };
        (file.feed.iter().flatten().skip(1).map(told).collect(), problems)
    }

    fn opml(body: &str) -> String {
        format!("<?xml version=\"1.0\"?>\n<opml version=\"2.0\"><head><title>x</title></head><body>\n{body}\n</body></opml>")
    }

    #[test]
    fn folders_are_groups_and_titles_are_names_that_no_other_feed_has() {
        let (found, problems) = feeds(&opml(
            "<outline text='tech'><outline text='Deep'>\n<outline type='rss' text='A &amp;  B' xmlUrl='https://a.example/feed?x=1&y=2'/></outline></outline>
             <outline text='News'><outline text='Own' xmlUrl='https://b.example/1.xml'/>
             <outline title='Own' xmlURL='https://www.b.example/2.xml'/><outline text='Own' xmlUrl='https://b.example/3.xml'/>
             <outline text='Own again' xmlUrl='https://own.example/feed'/><outline text='A once more' xmlUrl='https://a.example/feed?x=1&amp;y=2'/></outline>
             <outline xmlUrl='https://c.example/'></outline><outline type='link' url='https://d.example/'/><outline type='rss' url='https://e.example/'/>",
        ));
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(
            found,
            [
                "A & B \"https://a.example/feed?x=1&y=2\" Tech",
                "Own (b.example) \"https://b.example/1.xml\" News",
                "Own (b.example/2.xml) \"https://www.b.example/2.xml\" News",
                "Own (b.example/3.xml) \"https://b.example/3.xml\" News",
                "c.example \"https://c.example/\" -",
                "e.example \"https://e.example/\" -",
            ]
        );
    }

    #[test]
    fn what_is_wrong_stands_at_its_place() {
        let places = |text: &str| {
            let (_, problems) = feeds(text);
            let told = |problem: &Problem| {
                let shown = problem.shown.as_ref().expect("a place");
                format!("{}:{} {}", shown.line, shown.column, problem.message)
            };
            problems.iter().map(told).collect::<Vec<_>>()
        };
        assert_eq!(
            places(&opml("<outline text='x'\n  xmlUrl='feed://x.example/'/>")),
            ["4:11 `xmlUrl` must begin with `https://` or `http://`"]
        );
        assert_eq!(places("<html><body></body></html>"), ["1:1 this is no OPML: it has no `<opml>`"]);
        assert_eq!(places(&opml("")), ["1:1 no outline in this OPML has an `xmlUrl`, so it names no feed"]);
        let broken = places(&opml("<outline text='x'>\n</outlin>"));
        assert!(broken.len() == 1 && broken[0].starts_with("4:1 this is no OPML: "), "{broken:?}");
    }
}
