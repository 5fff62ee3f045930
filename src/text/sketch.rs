//! A tree of those lines alone that somebody wants: most of an object is text that no question of
//! time looks at.
//!
//! Only for bytes that were read whole before, when they were stored: what is passed over is not
//! looked at.

use std::borrow::Cow;

use crate::text::line::{Line, Lines};
use crate::text::nest::{Invalid, MAX_DEPTH, Reason};
use crate::text::tree::{Content, Tree};

/// What a sketch has.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub properties: Names,
    pub others: Others,
    /// A component whose inside is left for later: its [`Tree::raw`] has it.
    pub sealed: Sealed,
}

#[derive(Clone, Copy, Debug)]
pub struct Sealed {
    pub name: &'static str,
    /// How the line usually begins that ends it, with the line feed before it.
    pub end: &'static [u8],
}

/// What becomes of the properties that are not wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    LeftOut,
    /// They are there as bytes, but for those with a TZID, which are read.
    Unread,
}

/// Names of properties, in upper case.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    names: &'static [&'static str],
    /// A bit for each letter that one of them begins with: most names are none of these.
    firsts: u32,
}

impl Names {
    #[must_use]
    pub const fn new(names: &'static [&'static str]) -> Names {
        let (mut firsts, mut rest) = (0, names);
        while let [name, others @ ..] = rest {
            if let [first, ..] = name.as_bytes() {
                firsts |= Names::bit(*first);
            }
            rest = others;
        }
        Names { names, firsts }
    }

    const fn bit(first: u8) -> u32 {
        1 << (first & 0x1F)
    }

    fn have(&self, name: &[u8]) -> bool {
        let is_first = |first: &u8| self.firsts & Names::bit(*first) != 0;
        name.first().is_some_and(is_first)
            && self
                .names
                .iter()
                .any(|own| own.as_bytes().eq_ignore_ascii_case(name))
    }
}

const TZID: Names = Names::new(&["TZID"]);

impl<'a> Tree<'a> {
    /// The first component of the outermost level, without the properties that nobody wants.
    ///
    /// # Errors
    /// Where BEGIN and END, or a line that is wanted, are not what they must be.
    pub fn sketch(bytes: &'a [u8], wanted: Wanted) -> Result<Tree<'a>, Invalid> {
        let refuse = |reason| Invalid { line: 1, reason };
        let mut open: Vec<(Tree<'a>, usize)> = Vec::new();
        let mut pieces = Pieces { bytes, at: 0 };
        while let Some(piece) = pieces.next() {
            let name = name(piece.raw);
            let begins = name.eq_ignore_ascii_case(b"BEGIN");
            let ends = name.eq_ignore_ascii_case(b"END");
            if !begins && !ends {
                let Some((around, _)) = open.last_mut() else {
                    continue;
                };
                if wanted.properties.have(&name) {
                    around.content.push(Content::Line(piece.line()?));
                } else if wanted.others == Others::Unread {
                    match may_have_zone(piece.raw) {
                        true => around.content.push(Content::Line(piece.line()?)),
                        false => pieces.leave_unread(around, &piece),
                    }
                }
                continue;
            }
            let line = piece.line()?;
            if begins {
                if open.len() == MAX_DEPTH {
                    return Err(refuse(Reason::TooDeep));
                }
                let named = line.value_cow();
                let named = named.trim_matches([' ', '\t']).to_owned();
                let sealed = named.eq_ignore_ascii_case(wanted.sealed.name);
                let mut begun = Tree::begun(named, line);
                if sealed {
                    pieces.seal(&mut begun, wanted.sealed.end)?;
                }
                open.push((begun, piece.at));
                continue;
            }
            let (mut ended, start) = open.pop().ok_or_else(|| refuse(Reason::NotOpen))?;
            let named = line.value();
            if !ended.is(named.trim_matches([' ', '\t'])) {
                return Err(refuse(Reason::Crossed));
            }
            ended.close(line, &bytes[start..pieces.at]);
            match open.last_mut() {
                Some((around, _)) => around.content.push(Content::Component(ended)),
                None => return Ok(ended),
            }
        }
        Err(refuse(Reason::NotClosed))
    }
}

fn line(piece: &[u8]) -> Result<Line<'_>, Invalid> {
    match Lines::new(piece).next() {
        Some(Ok(line)) => Ok(line),
        Some(Err(invalid)) => Err(Invalid {
            line: invalid.line,
            reason: Reason::Line(invalid.reason),
        }),
        None => Err(Invalid {
            line: 1,
            reason: Reason::Outside,
        }),
    }
}

/// Whether a TZID may be among its parameters. A line that is folded before its value may have
/// anything.
fn may_have_zone(piece: &[u8]) -> bool {
    let mut in_quotes = false;
    let end = piece.iter().position(|byte| match byte {
        b'"' => {
            in_quotes = !in_quotes;
            false
        }
        b':' => !in_quotes,
        byte => *byte == b'\n',
    });
    let end = end.unwrap_or(piece.len());
    let names_zone = |at: &[u8]| at.eq_ignore_ascii_case(b"TZID");
    match piece.split_at_checked(end) {
        Some((head, [b':', ..])) => head.windows(4).any(names_zone),
        _ => true,
    }
}

/// Up to the first `:` or `;`, without a byte order mark and without folds.
fn name(piece: &[u8]) -> Cow<'_, [u8]> {
    let piece = piece.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(piece);
    let end = piece.iter().position(|byte| matches!(byte, b':' | b';'));
    let name = piece.get(..end.unwrap_or(0)).unwrap_or_default();
    match name.contains(&b'\n') {
        false => Cow::Borrowed(name),
        true => match line(piece) {
            Ok(line) => Cow::Owned(line.name().as_bytes().to_vec()),
            Err(_) => Cow::Borrowed(name),
        },
    }
}

/// Content lines with their folds, as bytes.
struct Pieces<'a> {
    bytes: &'a [u8],
    at: usize,
}

struct Piece<'a> {
    raw: &'a [u8],
    /// Where it begins.
    at: usize,
    is_folded: bool,
}

impl<'a> Piece<'a> {
    fn line(&self) -> Result<Line<'a>, Invalid> {
        let content = self.raw.strip_suffix(b"\n").unwrap_or(self.raw);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        match std::str::from_utf8(content) {
            // A byte order mark may stand before the first.
            Ok(text) if !self.is_folded && self.at > 0 => {
                Line::plain(self.raw, text).map_err(|reason| Invalid {
                    line: 1,
                    reason: Reason::Line(reason),
                })
            }
            _ => line(self.raw),
        }
    }
}

impl<'a> Pieces<'a> {
    fn next(&mut self) -> Option<Piece<'a>> {
        let start = self.at;
        if start >= self.bytes.len() {
            return None;
        }
        let mut folded = false;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            if !matches!(self.bytes.get(self.at), Some(b' ' | b'\t')) {
                break;
            }
            folded = true;
        }
        Some(Piece {
            raw: self.bytes.get(start..self.at)?,
            at: start,
            is_folded: folded,
        })
    }

    /// Adds the piece to those before it that were left unread too.
    fn leave_unread(&self, around: &mut Tree<'a>, piece: &Piece<'a>) {
        if let Some(Content::Unread(last)) = around.content.last_mut()
            && let Some(start) = piece.at.checked_sub(last.len())
            && let Some(both) = self.bytes.get(start..piece.at + piece.raw.len())
            && both.as_ptr() == last.as_ptr()
        {
            *last = both;
            return;
        }
        around.content.push(Content::Unread(piece.raw));
    }

    /// Goes on with the END of a component. Of what is inside, it gets its TZID.
    fn seal(&mut self, component: &mut Tree<'a>, end: &[u8]) -> Result<(), Invalid> {
        let mut depth = 0;
        loop {
            let before = self.at;
            let Some(piece) = self.next() else {
                return Ok(());
            };
            let name = name(piece.raw);
            if name.eq_ignore_ascii_case(b"BEGIN") {
                depth += 1;
            } else if name.eq_ignore_ascii_case(b"END") {
                if depth == 0 {
                    self.at = before;
                    return Ok(());
                }
                depth -= 1;
            } else if depth == 0 && TZID.have(&name) {
                component.content.push(Content::Line(piece.line()?));
                self.pass_over(end);
            }
        }
    }

    /// Goes on before the next line that begins like this and has no more, where there is one.
    fn pass_over(&mut self, end: &[u8]) {
        // The line feed before the line that comes next.
        let Some(rest) = self.at.checked_sub(1).and_then(|at| self.bytes.get(at..)) else {
            return;
        };
        if let Some(found) = memchr::memmem::find(rest, end)
            && matches!(rest.get(found + end.len()), None | Some(b'\r' | b'\n'))
        {
            self.at += found;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::corpus::{self, Chance};

    const NAMES: &[&str] = &["DTSTART", "UID", "TZID", "TRIGGER"];
    const WANTED: Wanted = Wanted {
        properties: Names::new(NAMES),
        others: Others::LeftOut,
        sealed: Sealed {
            name: "VTIMEZONE",
            end: b"\nEND:VTIMEZONE",
        },
    };
    const ALL: Wanted = Wanted {
        others: Others::Unread,
        ..WANTED
    };

    /// The same components, and of the properties those that are wanted.
    fn compare(whole: &Tree, sketch: &Tree, name: &str) {
        assert_eq!(whole.name(), sketch.name(), "{name}");
        assert_eq!(whole.raw(), sketch.raw(), "{name}");
        if whole.is("VTIMEZONE") {
            let id = |tree: &Tree| tree.property("TZID").map(|line| line.value().to_owned());
            assert_eq!(id(whole), id(sketch), "{name}");
            return;
        }
        for wanted in NAMES {
            let of = |tree: &Tree| -> Vec<Vec<u8>> {
                let lines = tree.properties().filter(|line| line.is(wanted));
                lines.map(|line| line.raw().to_vec()).collect()
            };
            assert_eq!(of(whole), of(sketch), "{name}");
        }
        assert_eq!(whole.components().count(), sketch.components().count());
        for (whole, sketch) in whole.components().zip(sketch.components()) {
            compare(whole, sketch, name);
        }
    }

    #[test]
    fn a_sketch_is_the_tree_without_the_rest() {
        let mut compared = 0;
        for (name, bytes) in corpus::files("ical") {
            if let Ok(whole) = Tree::read(&bytes) {
                compare(&whole, &Tree::sketch(&bytes, WANTED).unwrap(), &name);
                compared += 1;
            }
        }
        assert!(compared > 15);
    }

    /// All bytes are there, and every line with a TZID is read.
    fn compare_all(whole: &Tree, sketch: &Tree, name: &str) {
        let mut bytes = sketch.begin.raw().to_vec();
        for content in &sketch.content {
            match content {
                Content::Line(line) => bytes.extend_from_slice(line.raw()),
                Content::Component(inner) => inner.print(&mut bytes),
                Content::Unread(raw) => {
                    bytes.extend_from_slice(raw);
                    for line in Lines::new(raw) {
                        let line = line.expect("a line that was read before");
                        assert!(line.parameter("TZID").is_none(), "{name}: {line:?}");
                    }
                }
            }
        }
        bytes.extend_from_slice(sketch.end.raw());
        if !whole.is("VTIMEZONE") {
            assert_eq!(bytes, whole.raw(), "{name}");
        }
        for (whole, sketch) in whole.components().zip(sketch.components()) {
            compare_all(whole, sketch, name);
        }
    }

    #[test]
    fn what_is_left_unread_is_there_all_the_same() {
        let made = [
            "X-A;\r\n TZID=Europe/Berlin:20260101T000000",
            "X-A;TZ\r\n ID=Europe/Berlin:20260101T000000",
            "X-A;X=\"a:b\";tzid=Europe/Berlin:20260101T000000",
            "X-A;X=\"a\r\n :b\";TZID=x:1",
            "SUMMARY:TZID=x:\r\n more\r\n\r\nX-B:\r\nDTSTART:1",
        ]
        .map(|line| {
            let text = format!(
                "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:a\r\n{line}\r\nLOCATION:b\r\n\
                 END:VEVENT\r\nEND:VCALENDAR\r\n"
            );
            (line.to_owned(), text.into_bytes())
        });
        let mut compared = 0;
        for (name, bytes) in corpus::files("ical").into_iter().chain(made) {
            if let Ok(whole) = Tree::read(&bytes) {
                compare(&whole, &Tree::sketch(&bytes, ALL).unwrap(), &name);
                compare_all(&whole, &Tree::sketch(&bytes, ALL).unwrap(), &name);
                compared += 1;
            }
        }
        assert!(compared > 20);
    }

    #[test]
    fn garbage_is_answered() {
        let mut chance = Chance(5);
        for (name, bytes) in corpus::files("ical") {
            for _ in 0..40 {
                let damaged = chance.damage(&bytes);
                let Ok(whole) = Tree::read(&damaged) else {
                    continue;
                };
                if let Ok(sketch) = Tree::sketch(&damaged, WANTED) {
                    compare(&whole, &sketch, &name);
                }
                if let Ok(sketch) = Tree::sketch(&damaged, ALL) {
                    compare_all(&whole, &sketch, &name);
                }
            }
        }
    }
}
