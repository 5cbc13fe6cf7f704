//! A page as a tree: linear in time and memory whatever comes, as a tree builder that follows the standard isn't.
//!
//! The tokens are the standard's. Of the tree's rules those are kept that pages lean on: void elements, raw text, implied ends. Unclosed
//! formatting isn't carried over into later elements: with it a page of 1 MB can ask for gigabytes.

use std::cell::RefCell;

use ego_tree::NodeId;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer};
use html5ever::{QualName, ns};
use scraper::Html;
use scraper::node::{Element, Node, Text};

/// Elements and texts of one page.
const MAX_NODES: usize = 200_000;
/// What is nested deeper is taken for a sibling.
const MAX_DEPTH: usize = 200;
/// Elements that an implied end ends at once.
const MAX_LEFT_OPEN: usize = 16;
/// Attributes of one element.
const MAX_ATTRIBUTES: usize = 64;

/// The tree, and whether it lacks the page's end.
pub(super) fn tree(html: &str) -> (Html, bool) {
    let page = Html::new_document();
    let root = page.tree.root().id();
    let sink = Builder(RefCell::new(Growing { page, open: vec![root], names: Vec::new(), too_deep: 0, nodes: 0 }));
    let tokenizer = Tokenizer::new(sink, html5ever::tokenizer::TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(html));
    // it pauses only where a sink asks for it, to run a script
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    let grown = tokenizer.sink.0.into_inner();
    (grown.page, grown.nodes >= MAX_NODES)
}

struct Builder(RefCell<Growing>);

/// A tree on the way.
struct Growing {
    page: Html,
    /// The document, and the open elements in it.
    open: Vec<NodeId>,
    /// The open elements' names: one less than `open`.
    names: Vec<html5ever::LocalName>,
    /// Open elements beyond the depth; they were not taken in.
    too_deep: usize,
    nodes: usize,
}

impl TokenSink for Builder {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut growing = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return growing.start(tag),
            Token::TagToken(tag) => growing.end(&tag.name),
            Token::CharacterTokens(text) => growing.text(text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Growing {
    fn start(&mut self, tag: Tag) -> TokenSinkResult<()> {
        // what lies between is left unclosed and ends, too: `<li><p>a<li>`
        let near = self.names.iter().enumerate().rev().take(MAX_LEFT_OPEN);
        let ended = near.take_while(|(_, open)| is_ended_by(open, &tag.name) || may_be_left_open(open));
        if let Some(at) = ended.filter(|(_, open)| is_ended_by(open, &tag.name)).last().map(|(at, _)| at) {
            self.close(at);
        }
        let raw = raw_text(&tag.name);
        let is_void = is_void(&tag.name);
        if self.names.len() >= MAX_DEPTH && !is_void {
            self.too_deep += 1;
        } else if self.nodes < MAX_NODES {
            self.nodes += 1;
            let mut attributes = tag.attrs;
            attributes.truncate(MAX_ATTRIBUTES);
            let element = Element::new(QualName::new(None, ns!(html), tag.name.clone()), attributes);
            let parent = *self.open.last().expect("the document is always open");
            let mut parent = self.page.tree.get_mut(parent).expect("it is in the tree");
            let id = parent.append(Node::Element(element)).id();
            if !is_void {
                self.open.push(id);
                self.names.push(tag.name);
            }
        }
        raw.map_or(TokenSinkResult::Continue, TokenSinkResult::RawData)
    }

    fn end(&mut self, name: &html5ever::LocalName) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if let Some(at) = self.names.iter().rposition(|open| open == name) {
            self.close(at);
        }
    }

    /// Ends the element at this depth and all in it.
    fn close(&mut self, at: usize) {
        self.names.truncate(at);
        self.open.truncate(at + 1);
    }

    fn text(&mut self, text: StrTendril) {
        if self.nodes < MAX_NODES {
            self.nodes += 1;
            let parent = *self.open.last().expect("the document is always open");
            self.page.tree.get_mut(parent).expect("it is in the tree").append(Node::Text(Text { text }));
        }
    }
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area" | "base" | "br" | "col" | "embed" | "hr" | "img" | "input" | "link" | "meta" | "param" | "source" | "track" | "wbr"
    )
}

/// Elements whose inside is no markup.
fn raw_text(name: &str) -> Option<RawKind> {
    match name {
        "script" => Some(RawKind::ScriptData),
        "style" | "iframe" | "xmp" | "noembed" | "noframes" => Some(RawKind::Rawtext),
        "title" | "textarea" => Some(RawKind::Rcdata),
        _ => None,
    }
}

/// Whether a start tag ends the open element, whose end tag may be left out (HTML Standard, "optional tags").
fn is_ended_by(open: &str, start: &str) -> bool {
    match open {
        "p" => matches!(
            start,
            "address"
                | "article"
                | "aside"
                | "blockquote"
                | "details"
                | "div"
                | "dl"
                | "fieldset"
                | "figcaption"
                | "figure"
                | "footer"
                | "form"
                | "h1"
                | "h2"
                | "h3"
                | "h4"
                | "h5"
                | "h6"
                | "header"
                | "hr"
                | "main"
                | "nav"
                | "ol"
                | "p"
                | "pre"
                | "section"
                | "table"
                | "ul"
        ),
        "li" => start == "li",
        "dt" | "dd" => matches!(start, "dt" | "dd"),
        "option" => matches!(start, "option" | "optgroup"),
        "td" | "th" => matches!(start, "td" | "th" | "tr" | "tbody" | "tfoot"),
        "tr" => matches!(start, "tr" | "tbody" | "tfoot"),
        "thead" | "tbody" => matches!(start, "tbody" | "tfoot"),
        "head" => start == "body",
        _ => false,
    }
}

/// Elements that authors forget to close.
fn may_be_left_open(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "b"
            | "big"
            | "cite"
            | "code"
            | "div"
            | "em"
            | "font"
            | "i"
            | "label"
            | "p"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "tt"
            | "u"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(html: &str) -> String {
        tree(html).0.html()
    }

    #[test]
    fn a_page_becomes_the_tree_that_its_author_meant() {
        for (html, wanted) in [
            ("<p>a<p>b", "<p>a</p><p>b</p>"),
            ("<ul><li>a<li>b</ul>c", "<ul><li>a</li><li>b</li></ul>c"),
            (
                "<ul><li><p>a<b>b<li>c<ul><li>d<li>e</ul><li>f</ul>",
                "<ul><li><p>a<b>b</b></p></li><li>c<ul><li>d</li><li>e</li></ul></li><li>f</li></ul>",
            ),
            ("<table><tr><td>a<td>b<tr><td>c</table>", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"),
            ("<P Class=x>a<BR>b</P>", "<p class=\"x\">a<br>b</p>"),
            ("a&amp;b</nothing>c", "a&amp;bc"),
            ("<b>a<i>b</b>c", "<b>a<i>b</i></b>c"),
            ("<script>a<p></script>b", "<script>a<p></script>b"),
            ("<title>a<p></title>b", "<title>a&lt;p&gt;</title>b"),
            ("<!doctype html><!-- x --><div", ""),
        ] {
            assert_eq!(shape(html), wanted, "{html}");
        }
    }

    #[test]
    fn deep_and_wide_pages_are_bounded() {
        let (deep, cut) = tree(&"<div>".repeat(100_000));
        assert_eq!((deep.tree.nodes().count() - 1, cut), (MAX_DEPTH, false));
        let (wide, cut) = tree(&"<p>x".repeat(300_000));
        assert_eq!((wide.tree.nodes().count() - 1, cut), (MAX_NODES, true));
        // each `<p>` would reopen all of them
        let formatting: String = (0..1_000).map(|n| format!("<b id={n}>")).collect();
        let (bomb, _) = tree(&format!("<p>{formatting}</p>{}", "<p>x".repeat(10_000)));
        assert!(bomb.tree.nodes().count() < 30_000, "{}", bomb.tree.nodes().count());
    }
}
