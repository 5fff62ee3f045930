//! The properties of some names, found without reading the others: what a search through thousands
//! of objects can afford. A photo of megabytes costs the look at where its lines end.

use crate::text::line::{Line, Lines, is_quoted};

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Properties of the outermost component, in order. The bytes are an object that was read before
/// ([`crate::text::nest::Nest`]); what cannot be read is passed over.
pub struct Seek<'a, W> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    wanted: W,
}

impl<'a, W: Fn(&[u8]) -> bool> Seek<'a, W> {
    /// `wanted` is asked of names as they are written, with their group (`item1.EMAIL`). A name that
    /// is folded is given without having been asked about.
    pub fn new(bytes: &'a [u8], wanted: W) -> Self {
        Seek {
            bytes,
            at: if bytes.starts_with(BOM) { BOM.len() } else { 0 },
            depth: 0,
            wanted,
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
        let mut last = first;
        let mut quoted = None;
        loop {
            let soft = last.ends_with(b"=") && *quoted.get_or_insert_with(|| is_quoted(first));
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t') => {}
                Some(_) if soft => {}
                _ => break,
            }
            last = self.physical();
        }
    }
}

impl<'a, W: Fn(&[u8]) -> bool> Iterator for Seek<'a, W> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let bytes = self.bytes;
        while self.at < bytes.len() {
            let start = self.at;
            let first = self.physical();
            self.pass_over_folds(first);
            let whole = bytes.get(start..self.at).unwrap_or_default();
            let name = first.iter().position(|byte| matches!(byte, b':' | b';'));
            let name = name.and_then(|end| first.get(..end));
            match name {
                Some(name) if name.eq_ignore_ascii_case(b"BEGIN") => self.depth += 1,
                Some(name) if name.eq_ignore_ascii_case(b"END") => {
                    self.depth = self.depth.saturating_sub(1);
                }
                Some(name) if self.depth != 1 || !(self.wanted)(name) => {}
                _ => {
                    let Some(Ok(line)) = Lines::new(whole).next() else {
                        continue;
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

impl<W: Fn(&[u8]) -> bool> std::iter::FusedIterator for Seek<'_, W> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::corpus::{self, Chance};
    use crate::text::nest::{Kind, Nest};

    /// Raw bytes of the properties that are wanted, found the plain way.
    fn plainly(bytes: &[u8], wanted: impl Fn(&Line) -> bool) -> Option<Vec<Vec<u8>>> {
        let steps: Result<Vec<_>, _> = Nest::new(bytes).collect();
        let steps = steps.ok()?;
        let wanted = steps
            .iter()
            .filter(|s| s.kind == Kind::Property && s.depth == 1 && wanted(&s.line));
        Some(wanted.map(|step| step.line.raw().to_vec()).collect())
    }

    fn check(name: &str, bytes: &[u8]) -> bool {
        // The byte order mark belongs to the first line, which is BEGIN.
        let ends = |name: &[u8]| name.to_ascii_uppercase().ends_with(b"N");
        for (all, wanted) in [
            (true, &(|_: &[u8]| true) as &dyn Fn(&[u8]) -> bool),
            (false, &ends),
        ] {
            let Some(plain) = plainly(bytes, |line| all || ends(line.name().as_bytes())) else {
                return false;
            };
            let sought: Vec<Vec<u8>> = Seek::new(bytes, wanted)
                .filter(|line| all || ends(line.name().as_bytes()))
                .map(|line| line.raw().to_vec())
                .collect();
            assert_eq!(sought, plain, "{name}");
        }
        true
    }

    #[test]
    fn finds_what_reading_everything_finds() {
        for folder in ["vcard", "ical"] {
            for (name, bytes) in corpus::files(folder) {
                assert!(check(&name, &bytes), "{name}");
            }
        }
        for text in [
            "BEGIN:VCARD\nNO\n TE:x\nFN:a\n\n LN:b\nEND:VCARD\n",
            "BEGIN:VCARD\nNOTE;QUOTED-PRINTABLE:x=\nFN:a\nPHOTO;BASE64:x=\nFN:b\nEND:VCARD",
            "BEGIN:VCARD\nAGENT:\nBEG\n IN:VCARD\nFN:a\nEND:VCARD\nitem1.FN:b\nx.END:c\nEND:VCARD",
        ] {
            assert!(check(text, text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn finds_it_in_what_is_damaged_too() {
        let mut chance = Chance(0x5EEC);
        let mut checked = 0;
        for (name, bytes) in corpus::files("vcard") {
            for _ in 0..300 {
                checked += usize::from(check(&name, &chance.damage(&bytes)));
            }
        }
        assert!(checked > 500, "{checked}");
    }
}
