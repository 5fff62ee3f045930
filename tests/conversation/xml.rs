//! XML as a tree of names without prefixes, and the comparison of what came with what was expected.
//!
//! Prefixes, declarations, CDATA and the way to write an empty element say nothing; order says
//! nothing either in WebDAV's sets (RFC 4918 section 14), so it counts only where a file asks.

use crate::pattern::Memory;
use quick_xml::NsReader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use std::fmt;

/// The prefixes every .http file may use; more come from its `ns` lines.
pub const PREFIXES: &[(&str, &str)] = &[
    ("D", "DAV:"),
    ("C", "urn:ietf:params:xml:ns:caldav"),
    ("CR", "urn:ietf:params:xml:ns:carddav"),
    ("CS", "http://calendarserver.org/ns/"),
    ("A", "http://apple.com/ns/ical/"),
    ("ME", "http://me.com/_namespace/"),
];

pub type Prefixes = Vec<(String, String)>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    pub space: String,
    pub local: String,
}

impl Name {
    pub fn is_dav(&self, local: &str) -> bool {
        self.space == "DAV:" && self.local == local
    }

    /// From `D:displayname` by the prefixes of a file; a name without prefix has no namespace.
    pub fn read(text: &str, prefixes: &Prefixes) -> Result<Name, String> {
        let Some((prefix, local)) = text.split_once(':') else {
            return Ok(Name {
                space: String::new(),
                local: text.into(),
            });
        };
        match prefixes.iter().find(|(known, _)| known == prefix) {
            Some((_, space)) => Ok(Name {
                space: space.clone(),
                local: local.into(),
            }),
            None => Err(format!(
                "the prefix {prefix}: is unknown (see the ns lines)"
            )),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match PREFIXES.iter().find(|(_, space)| *space == self.space) {
            Some((prefix, _)) => write!(out, "{prefix}:{}", self.local),
            None if self.space.is_empty() => write!(out, "{}", self.local),
            None => write!(out, "{{{}}}{}", self.space, self.local),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    pub name: Name,
    pub attributes: Vec<(Name, String)>,
    pub content: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    pub fn children(&self) -> impl Iterator<Item = &Element> {
        self.content.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    pub fn child(&self, local: &str) -> Option<&Element> {
        self.children().find(|child| child.name.is_dav(local))
    }

    /// All text inside, however deep.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for node in &self.content {
            match node {
                Node::Text(piece) => text.push_str(piece),
                Node::Element(element) => text.push_str(&element.text()),
            }
        }
        text
    }
}

impl fmt::Display for Element {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(out, " {name}={value:?}")?;
        }
        if self.content.is_empty() {
            return write!(out, "/>");
        }
        write!(out, ">")?;
        write_content(out, &self.content)?;
        write!(out, "</{}>", self.name)
    }
}

fn write_content(out: &mut impl fmt::Write, content: &[Node]) -> fmt::Result {
    for node in content {
        match node {
            Node::Element(element) => write!(out, "{element}")?,
            Node::Text(text) => out.write_str(text)?,
        }
    }
    Ok(())
}

pub fn show(content: &[Node]) -> String {
    let mut text = String::new();
    let _ = write_content(&mut text, content);
    text
}

/// Reads one document. Everything a client would stumble over is an error.
pub fn read(document: &str) -> Result<Element, String> {
    let content = nodes(document)?;
    let mut elements = content.into_iter().filter_map(|node| match node {
        Node::Element(element) => Some(Ok(element)),
        Node::Text(text) if text.trim().is_empty() => None,
        Node::Text(text) => Some(Err(format!("text outside the root element: {text:?}"))),
    });
    let root = elements.next().ok_or("no root element")??;
    match elements.next() {
        None => Ok(root),
        Some(_) => Err("something follows the root element".into()),
    }
}

/// Reads what a .http file expects as content: elements and text in any mixture, its prefixes known.
pub fn fragment(text: &str, prefixes: &Prefixes) -> Result<Vec<Node>, String> {
    let wrapped = format!("<x {}>{text}</x>", declarations(prefixes));
    read(&wrapped)
        .map(|root| root.content)
        .map_err(|error| format!("{error} in {text:?}"))
}

/// The `{ns}` of requests.
pub fn declarations(prefixes: &Prefixes) -> String {
    let all = prefixes
        .iter()
        .map(|(prefix, space)| format!("xmlns:{prefix}=\"{space}\""));
    all.collect::<Vec<_>>().join(" ")
}

fn nodes(document: &str) -> Result<Vec<Node>, String> {
    let mut reader = NsReader::from_str(document);
    let mut open: Vec<Element> = Vec::new();
    let mut top: Vec<Node> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        match event {
            Event::Start(start) => open.push(element(&reader, &start)?),
            Event::Empty(start) => {
                let element = element(&reader, &start)?;
                add(&mut open, &mut top, Node::Element(element));
            }
            Event::End(_) => {
                let element = open.pop().ok_or("an end tag without a start")?;
                add(&mut open, &mut top, Node::Element(tidied(element)));
            }
            Event::Text(text) => add(
                &mut open,
                &mut top,
                Node::Text(text.xml10_content().into_owned()),
            ),
            Event::CData(text) => add(
                &mut open,
                &mut top,
                Node::Text(text.xml10_content().into_owned()),
            ),
            Event::GeneralRef(reference) => {
                let whole = format!("&{};", &*reference);
                let text = unescape(&whole)
                    .map_err(|error| error.to_string())?
                    .into_owned();
                add(&mut open, &mut top, Node::Text(text));
            }
            Event::DocType(_) => return Err("a document type declaration".into()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof if open.is_empty() => return Ok(top),
            Event::Eof => return Err("the document ends inside an element".into()),
        }
    }
}

fn add(open: &mut [Element], top: &mut Vec<Node>, node: Node) {
    let content = match open.last_mut() {
        Some(parent) => &mut parent.content,
        None => top,
    };
    match (content.last_mut(), node) {
        (Some(Node::Text(before)), Node::Text(more)) => before.push_str(&more),
        (_, node) => content.push(node),
    }
}

/// White space between elements is layout, unless there is text beside it. The `…` of an
/// expectation stands for elements there and is no such text.
fn tidied(mut element: Element) -> Element {
    let blank = |node: &Node| matches!(node, Node::Text(text) if text.trim().is_empty());
    let text = |node: &Node| matches!(node, Node::Text(text) if !["", "…"].contains(&text.trim()));
    if !element.content.iter().any(text) && element.children().next().is_some() {
        element.content.retain(|node| !blank(node));
    }
    element
}

fn element(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Element, String> {
    let (space, local) = reader.resolver().resolve_element(start.name());
    let name = Name {
        space: resolved(space, start)?,
        local: local.as_ref().to_owned(),
    };
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (space, local) = reader.resolver().resolve_attribute(attribute.key);
        let name = Name {
            space: resolved(space, start)?,
            local: local.as_ref().to_owned(),
        };
        let value = unescape(&attribute.value)
            .map_err(|error| error.to_string())?
            .into_owned();
        attributes.push((name, value));
    }
    attributes.sort();
    Ok(Element {
        name,
        attributes,
        content: Vec::new(),
    })
}

fn resolved(space: ResolveResult<'_>, start: &BytesStart<'_>) -> Result<String, String> {
    match space {
        ResolveResult::Bound(space) => Ok(space.as_ref().to_owned()),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(prefix) => Err(format!(
            "the prefix {prefix:?} in <{}> is not declared",
            &**start
        )),
    }
}

/// Does the content that came fit the content expected? Captures are remembered on success.
pub fn fits(memory: &mut Memory, expected: &[Node], actual: &[Node], ordered: bool) -> bool {
    match (expected, actual) {
        ([], []) => return true,
        ([Node::Text(pattern)], _) if pattern.trim() == "…" => return !actual.is_empty(),
        ([Node::Text(pattern)], [Node::Text(text)]) => return fits_text(memory, pattern, text),
        ([Node::Text(pattern)], []) => return fits_text(memory, pattern, ""),
        _ => {}
    }
    let mixed = |nodes: &[Node]| {
        nodes
            .iter()
            .any(|node| matches!(node, Node::Text(text) if text.trim() != "…"))
    };
    let open_end = expected
        .iter()
        .any(|node| matches!(node, Node::Text(text) if text.trim() == "…"));
    if ordered || mixed(expected) {
        return expected.len() == actual.len()
            && expected
                .iter()
                .zip(actual)
                .all(|(want, have)| fits_node(memory, want, have, ordered));
    }
    let wanted = expected
        .iter()
        .filter(|node| matches!(node, Node::Element(_)))
        .collect::<Vec<_>>();
    if mixed(actual) || (wanted.len() != actual.len() && !open_end) {
        return false;
    }
    let mut taken = vec![false; actual.len()];
    fits_set(memory, &wanted, actual, &mut taken)
}

fn fits_set(memory: &mut Memory, wanted: &[&Node], actual: &[Node], taken: &mut [bool]) -> bool {
    let Some((first, rest)) = wanted.split_first() else {
        return true;
    };
    for (place, have) in actual.iter().enumerate() {
        if taken[place] {
            continue;
        }
        let before = memory.clone();
        taken[place] = true;
        if fits_node(memory, first, have, false) && fits_set(memory, rest, actual, taken) {
            return true;
        }
        taken[place] = false;
        *memory = before;
    }
    false
}

fn fits_node(memory: &mut Memory, want: &Node, have: &Node, ordered: bool) -> bool {
    match (want, have) {
        (Node::Text(pattern), Node::Text(text)) => fits_text(memory, pattern, text),
        (Node::Element(want), Node::Element(have)) => fits_element(memory, want, have, ordered),
        _ => false,
    }
}

pub fn fits_element(memory: &mut Memory, want: &Element, have: &Element, ordered: bool) -> bool {
    want.name == have.name
        && want.attributes.len() == have.attributes.len()
        && want
            .attributes
            .iter()
            .zip(&have.attributes)
            .all(|((n, pattern), (m, value))| {
                n == m && (pattern == value || memory.fits(pattern, value))
            })
        && fits(memory, &want.content, &have.content, ordered)
}

/// XML turns CR LF into LF unless the CR is written as a reference (XML 1.0 section 2.11); servers
/// do either, and calendar data means the same.
fn fits_text(memory: &mut Memory, pattern: &str, text: &str) -> bool {
    memory.fits_lines(pattern, text)
}
