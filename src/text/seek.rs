//! The properties of some names, found without reading the others: what a search through thousands
//! of objects can afford. A photo of megabytes costs the look at where its lines end.

use crate::text::line::{Line, Lines, is_quoted};

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The name of a property as a client asks for it. With a group it is the property of this group
/// alone, without one that of any (RFC 6352 sections 10.4.2, 10.5.1).
#[derive(Clone, Debug)]
pub struct Name {
    written: String,
    grouped: bool,
}

impl Name {
    #[must_use]
    pub fn new(written: &str) -> Name {
        Name {
            written: written.to_owned(),
            grouped: written.contains('.'),
        }
    }

    #[must_use]
    pub fn is_of(&self, line: &Line) -> bool {
        match line.group() {
            Some(group) if self.grouped => self
                .written
                .rsplit_once('.')
                .is_some_and(|(g, name)| g.eq_ignore_ascii_case(group) && line.is(name)),
            _ => line.is(&self.written),
        }
    }

    /// Whether it is this property, of whatever group.
    #[must_use]
    pub fn names(&self, property: &str) -> bool {
        let written = self.written.as_str();
        let name = written.rsplit_once('.').map_or(written, |(_, name)| name);
        name.eq_ignore_ascii_case(property)
    }

    /// Whether `name` is such, written with its group where it has one.
    fn is(&self, name: &[u8]) -> bool {
        let wanted = self.written.as_bytes();
        let Some((before, end)) = name
            .len()
            .checked_sub(wanted.len())
            .and_then(|at| name.split_at_checked(at))
        else {
            return false;
        };
        let goes = before.is_empty() || (!self.grouped && before.ends_with(b"."));
        goes && end.eq_ignore_ascii_case(wanted)
    }
}

/// Properties of the outermost component, in order. The bytes are an object that was read before
/// ([`crate::text::nest::Nest`]); what cannot be read is passed over.
pub struct Seek<'a, 'n> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    names: &'n [Name],
    /// What the lines begin with that have to be looked at, by [`first_bit`].
    firsts: u32,
}

/// Letters are the same in any case.
const fn first_bit(byte: u8) -> u32 {
    1 << (byte & 0x1F)
}

impl<'a, 'n> Seek<'a, 'n> {
    /// A property whose name is folded is given without having been asked for.
    #[must_use]
    pub fn new(bytes: &'a [u8], names: &'n [Name]) -> Self {
        let components = first_bit(b'B') | first_bit(b'E');
        let first = |name: &Name| name.written.bytes().next().map_or(0, first_bit);
        Seek {
            firsts: names
                .iter()
                .map(first)
                .fold(components, |all, one| all | one),
            bytes,
            at: if bytes.starts_with(BOM) { BOM.len() } else { 0 },
            depth: 0,
            names,
        }
    }

    /// Whether the line here is none of those that are looked for, as far as its first bytes tell:
    /// it has no group, no fold in its name, and begins with another letter.
    fn is_another(&self) -> bool {
        const WORD: usize = size_of::<u64>();
        const ONES: u64 = u64::MAX / 255;
        const HIGH: u64 = ONES * 0x80;
        let rest = self.bytes.get(self.at..);
        let Some(start) = rest.and_then(|rest| rest.first_chunk::<WORD>()) else {
            return false;
        };
        if self.firsts & first_bit(start[0]) != 0 {
            return false;
        }
        let word = u64::from_le_bytes(*start);
        // A borrow can only mark a byte above the lowest true one.
        let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
        // A colon is one less than a semicolon, and even.
        let ends = zeros((word | ONES) ^ (ONES * u64::from(b';')));
        let dots = zeros(word ^ (ONES * u64::from(b'.')));
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let in_name = (ends & ends.wrapping_neg()).wrapping_sub(1);
        ends != 0 && (dots | controls) & in_name == 0
    }

    /// The same in lines that were taken out of a component.
    #[must_use]
    pub fn in_lines(lines: &'a [u8], names: &'n [Name]) -> Self {
        Seek {
            depth: 1,
            ..Seek::new(lines, names)
        }
    }

    /// Takes one physical line; gives its content without the line end.
    fn physical(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let (line, taken) = match memchr::memchr(b'\n', rest) {
            Some(end) => (rest.get(..end).unwrap_or_default(), end + 1),
            None => (rest, rest.len()),
        };
        self.at += taken;
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// Takes the physical lines that continue `first`, as [`Lines`] does.
    fn pass_over_folds(&mut self, first: &[u8]) {
        let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
        if !first.ends_with(b"=") && !is_blank(self.bytes.get(self.at)) {
            return;
        }
        if memchr::memchr2(b'Q', b'q', first).is_none() || !is_quoted(first) {
            self.at = end_of_folds(self.bytes, self.at);
            return;
        }
        let mut last = first;
        while self.at < self.bytes.len()
            && (last.ends_with(b"=") || is_blank(self.bytes.get(self.at)))
        {
            last = self.physical();
        }
    }
}

/// Where the first line at or after `at` starts that does not continue the one before.
///
/// A photo is hundreds of lines: whole blocks of them are looked at at once, in a form that a
/// compiler makes vectors of.
fn end_of_folds(bytes: &[u8], at: usize) -> usize {
    const BLOCK: usize = 64;
    let ends = |byte: u8, next: u8| (byte == b'\n') & (next != b' ') & (next != b'\t');
    // The line end before `at` is looked at too.
    let mut at = at.saturating_sub(1);
    while let Some(block) = bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk::<{ BLOCK + 1 }>())
    {
        let mut any = 0;
        for i in 0..BLOCK {
            // The block has one more byte than that.
            any |= u8::from(ends(block[i], block[i + 1]));
        }
        if any != 0 {
            break;
        }
        at += BLOCK;
    }
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        at += found + 1;
        match bytes.get(at) {
            Some(b' ' | b'\t') => {}
            _ => return at,
        }
    }
    bytes.len()
}

impl<'a> Iterator for Seek<'a, '_> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let bytes = self.bytes;
        while self.at < bytes.len() {
            let start = self.at;
            let is_another = self.is_another();
            let first = self.physical();
            self.pass_over_folds(first);
            if is_another {
                continue;
            }
            let whole = bytes.get(start..self.at).unwrap_or_default();
            let name = first.iter().position(|byte| matches!(byte, b':' | b';'));
            let name = name.and_then(|end| first.get(..end));
            match name {
                Some(name) if name.eq_ignore_ascii_case(b"BEGIN") => self.depth += 1,
                Some(name) if name.eq_ignore_ascii_case(b"END") => {
                    self.depth = self.depth.saturating_sub(1);
                }
                Some(name) if self.depth != 1 || !self.names.iter().any(|one| one.is(name)) => {}
                _ => {
                    let line = match Line::physical(whole, first) {
                        Some(line) => line,
                        None => match Lines::new(whole).next() {
                            Some(Ok(line)) => line,
                            _ => continue,
                        },
                    };
                    if line.is_blank() {
                        continue;
                    }
                    match line.group() {
                        None if line.is("BEGIN") => self.depth += 1,
                        None if line.is("END") => self.depth = self.depth.saturating_sub(1),
                        _ if self.depth == 1 => return Some(line),
                        _ => {}
                    }
                }
            }
        }
        None
    }
}

impl std::iter::FusedIterator for Seek<'_, '_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::corpus::{self, Chance};
    use crate::text::nest::{Kind, Nest};

    /// Raw bytes of the properties that are wanted, found the plain way.
    fn plainly(bytes: &[u8], names: &[Name]) -> Option<Vec<Vec<u8>>> {
        let steps: Result<Vec<_>, _> = Nest::new(bytes).collect();
        let steps = steps.ok()?;
        let wanted = steps
            .iter()
            .filter(|s| s.kind == Kind::Property && s.depth == 1)
            .filter(|s| names.iter().any(|name| name.is_of(&s.line)));
        Some(wanted.map(|step| step.line.raw().to_vec()).collect())
    }

    /// How many are found; None for what cannot be read.
    fn check(name: &str, bytes: &[u8]) -> Option<usize> {
        let names: Vec<Name> = [
            "FN",
            "n",
            "NOTE",
            "photo",
            "item1.EMAIL",
            "TEL",
            "X-ABLABEL",
            "X-größe",
            "AGENT",
            "SUMMARY",
            "BEGIN",
            "LN",
        ]
        .map(Name::new)
        .into();
        let plain = plainly(bytes, &names)?;
        let sought: Vec<Vec<u8>> = Seek::new(bytes, &names)
            .filter(|line| names.iter().any(|name| name.is_of(line)))
            .map(|line| line.raw().to_vec())
            .collect();
        assert_eq!(sought, plain, "{name}");
        Some(plain.len())
    }

    #[test]
    fn finds_what_reading_everything_finds() {
        let mut found = 0;
        for folder in ["vcard", "ical"] {
            for (name, bytes) in corpus::files(folder) {
                found += check(&name, &bytes).expect(&name);
            }
        }
        assert!(found > 30, "{found}");
        for (found, text) in [
            (2, "BEGIN:VCARD\nNO\n TE:x\nFN:a\n\n LX:b\nEND:VCARD\n"),
            (1, "BEGIN:VCARD\n\n FN:b\nEND:VCARD\n"),
            (
                1,
                "BEGIN:VCARD\nX;P=\"b:c\";QUOTED-PRINTABLE:x=\nFN:b\nLN:c\nEND:VCARD",
            ),
            (
                3,
                "BEGIN:VCARD\nNOTE;QUOTED-PRINTABLE:x=\nFN:a\nPHOTO;BASE64:x=\nFN:b\nEND:VCARD",
            ),
            (
                2,
                "BEGIN:VCARD\nAGENT:\nBEG\n IN:VCARD\nFN:a\nEND:VCARD\nitem1.FN:b\nx.END:c\n\
                 END:VCARD",
            ),
        ] {
            assert_eq!(check(text, text.as_bytes()), Some(found), "{text}");
        }
    }

    #[test]
    fn passes_over_folds_of_any_length() {
        for blank in [" ", "\t"] {
            for end in ["\n", "\r\n"] {
                for length in 0..200 {
                    let fold = format!("{end}{blank}{}", "a".repeat(length));
                    let text = format!("BEGIN:V{end}X:b{fold}{fold}{end}FN:c{end}END:V{end}");
                    assert_eq!(check(&text, text.as_bytes()), Some(1), "{text}");
                }
            }
        }
    }

    #[test]
    fn finds_it_in_what_is_damaged_too() {
        let mut chance = Chance(0x5EEC);
        let mut checked = 0;
        for (name, bytes) in corpus::files("vcard") {
            for _ in 0..300 {
                checked += usize::from(check(&name, &chance.damage(&bytes)).is_some());
            }
        }
        assert!(checked > 500, "{checked}");
    }
}
