//! A component with everything in it, as a tree over the client's bytes.
//!
//! For what needs more than one look at an object: filters, recurrence sets, partial answers. PUT
//! and the listings do not.

use crate::text::line::Line;
use crate::text::nest::{Invalid, Kind, Nest, Reason};
use std::borrow::Cow;

/// One component: what stands between its BEGIN and its END, in the order it was written.
#[derive(Clone, Debug)]
pub struct Tree<'a> {
    pub begin: Line<'a>,
    pub content: Vec<Content<'a>>,
    pub end: Line<'a>,
    name: Cow<'a, str>,
    raw: &'a [u8],
}

#[derive(Clone, Debug)]
pub enum Content<'a> {
    /// A property, or a blank line.
    Line(Line<'a>),
    /// Lines that a sketch passed over, as they are.
    Unread(&'a [u8]),
    Component(Tree<'a>),
}

impl<'a> Tree<'a> {
    /// The first component of the outermost level; what follows it is passed over.
    ///
    /// # Errors
    /// Lines that are none, and components out of balance.
    pub fn read(bytes: &'a [u8]) -> Result<Tree<'a>, Invalid> {
        let mut open: Vec<Tree<'a>> = Vec::new();
        for step in Nest::new(bytes) {
            let step = step?;
            match step.kind {
                Kind::Begin => {
                    let name = step.component().to_owned();
                    open.push(Tree::begun(name, step.line));
                }
                Kind::End => {
                    let Some(mut ended) = open.pop() else { break };
                    let start = ended.begin.raw().as_ptr().addr() - bytes.as_ptr().addr();
                    let end = step.line.raw().as_ptr_range().end.addr() - bytes.as_ptr().addr();
                    // Lines are slices of these bytes, BEGIN before END.
                    ended.close(step.line, &bytes[start..end]);
                    match open.last_mut() {
                        Some(around) => around.content.push(Content::Component(ended)),
                        None => return Ok(ended),
                    }
                }
                Kind::Property | Kind::Blank => {
                    if let Some(around) = open.last_mut() {
                        around.content.push(Content::Line(step.line));
                    }
                }
            }
        }
        // Nest has an error for everything that is opened and not closed.
        Err(Invalid {
            line: 1,
            reason: Reason::Outside,
        })
    }

    pub(super) fn begun(name: String, begin: Line<'a>) -> Tree<'a> {
        Tree {
            name: Cow::Owned(name),
            end: begin.clone(),
            begin,
            content: Vec::new(),
            raw: &[],
        }
    }

    pub(super) fn close(&mut self, end: Line<'a>, raw: &'a [u8]) {
        self.end = end;
        self.raw = raw;
    }

    /// All its bytes, from BEGIN to END.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// As it was written: names are the same in any case (RFC 5545 section 2).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Its own properties, without those of the components inside.
    pub fn properties(&self) -> impl Iterator<Item = &Line<'a>> {
        self.content.iter().filter_map(|content| match content {
            Content::Line(line) if !line.is_blank() => Some(line),
            _ => None,
        })
    }

    /// The first property of this name. A name with a dot is none of these in iCalendar.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Line<'a>> {
        self.properties()
            .find(|line| line.group().is_none() && line.is(name))
    }

    /// Appends its bytes, as they were.
    pub fn print(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.raw);
    }

    /// How its lines end, for lines that come to them.
    #[must_use]
    pub fn newline(&self) -> &'static str {
        if self.begin.raw().ends_with(b"\r\n") {
            "\r\n"
        } else {
            "\n"
        }
    }

    /// The components directly inside.
    pub fn components(&self) -> impl Iterator<Item = &Tree<'a>> {
        self.content.iter().filter_map(|content| match content {
            Content::Component(tree) => Some(tree),
            Content::Line(_) | Content::Unread(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::corpus;

    fn collect(tree: &Tree<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(tree.begin.raw());
        for content in &tree.content {
            match content {
                Content::Line(line) => out.extend_from_slice(line.raw()),
                Content::Unread(raw) => out.extend_from_slice(raw),
                Content::Component(inner) => collect(inner, out),
            }
        }
        out.extend_from_slice(tree.end.raw());
    }

    #[test]
    fn nothing_is_lost() {
        let mut read = 0;
        for (name, bytes) in corpus::files("ical") {
            let Ok(tree) = Tree::read(&bytes) else {
                continue;
            };
            let mut printed = Vec::new();
            collect(&tree, &mut printed);
            assert!(bytes.starts_with(&printed), "{name}");
            assert_eq!(tree.raw(), printed, "{name}");
            assert!(
                tree.is("vcalendar") && tree.components().count() > 0,
                "{name}"
            );
            read += 1;
        }
        assert!(read > 10);
    }

    #[test]
    fn what_is_no_component_is_refused() {
        for text in ["", "\r\n", "X:1", "BEGIN:A\nEND:B", "BEGIN:A\n"] {
            assert!(Tree::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
