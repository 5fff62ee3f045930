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
    /// Names of properties, in upper case. None is all of them.
    pub properties: Option<&'static [&'static str]>,
    /// A component whose inside is left for later: its [`Tree::raw`] has it.
    pub sealed: &'static str,
}

impl<'a> Tree<'a> {
    /// The first component of the outermost level, without the properties that nobody wants.
    ///
    /// # Errors
    /// Where BEGIN and END, or a line that is wanted, are not what they must be.
    pub fn sketch(bytes: &'a [u8], wanted: Wanted) -> Result<Tree<'a>, Invalid> {
        let refuse = |reason| Invalid { line: 1, reason };
        let mut open: Vec<(Tree<'a>, usize)> = Vec::new();
        let mut pieces = Pieces {
            bytes,
            text: std::str::from_utf8(bytes).ok(),
            at: 0,
        };
        while let Some(piece) = pieces.next() {
            let name = name(piece.raw);
            let begins = name.eq_ignore_ascii_case(b"BEGIN");
            let ends = name.eq_ignore_ascii_case(b"END");
            if !begins && !ends {
                if let Some((around, _)) = open.last_mut()
                    && wanted.properties.is_none_or(|some| wants(some, &name))
                {
                    around.content.push(Content::Line(piece.line()?));
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
                let sealed = named.eq_ignore_ascii_case(wanted.sealed);
                let mut begun = Tree::begun(named, line);
                if sealed {
                    pieces.seal(&mut begun)?;
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

fn wants(properties: &[&str], name: &[u8]) -> bool {
    let first = name.first().map(u8::to_ascii_uppercase);
    let mut same = properties
        .iter()
        .filter(|own| own.as_bytes().first() == first.as_ref());
    same.any(|own| own.as_bytes().eq_ignore_ascii_case(name))
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
    /// The same, looked at once instead of line by line.
    text: Option<&'a str>,
    at: usize,
}

struct Piece<'a> {
    raw: &'a [u8],
    /// Where it begins.
    at: usize,
    /// Where it is not folded.
    text: Option<&'a str>,
}

impl<'a> Piece<'a> {
    fn line(&self) -> Result<Line<'a>, Invalid> {
        match self.text {
            None => line(self.raw),
            Some(text) => Line::plain(self.raw, text).map_err(|reason| Invalid {
                line: 1,
                reason: Reason::Line(reason),
            }),
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
        let raw = self.bytes.get(start..self.at)?;
        let text = match folded || start == 0 {
            true => None,
            false => self.text.and_then(|text| text.get(start..self.at)),
        };
        let text = text.map(|text| text.strip_suffix('\n').unwrap_or(text));
        Some(Piece {
            raw,
            at: start,
            text: text.map(|text| text.strip_suffix('\r').unwrap_or(text)),
        })
    }

    /// Goes on with the END of a component. Of what is inside, it gets its TZID.
    fn seal(&mut self, component: &mut Tree<'a>) -> Result<(), Invalid> {
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
            } else if depth == 0 && wants(&["TZID"], &name) {
                component.content.push(Content::Line(piece.line()?));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::corpus::{self, Chance};

    const WANTED: Wanted = Wanted {
        properties: Some(&["DTSTART", "UID", "TZID", "TRIGGER"]),
        sealed: "VTIMEZONE",
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
        for wanted in WANTED.properties.unwrap_or_default() {
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

    #[test]
    fn garbage_is_answered() {
        let mut chance = Chance(5);
        for (name, bytes) in corpus::files("ical") {
            for _ in 0..40 {
                let damaged = chance.damage(&bytes);
                let (whole, sketch) = (Tree::read(&damaged), Tree::sketch(&damaged, WANTED));
                if let (Ok(whole), Ok(sketch)) = (whole, sketch) {
                    compare(&whole, &sketch, &name);
                }
            }
        }
    }
}
