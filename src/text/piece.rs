//! Files of many objects, cut without being understood: where each piece stands, line by line, so
//! that one that is broken takes no other with it.

use ring::digest::{SHA256, digest};

/// A BEGIN or END that is folded is still looked for in this many bytes.
const LONGEST_MARK: usize = 80;

/// One content line as bytes: physical lines that belong together.
#[derive(Clone, Copy)]
pub struct Rough<'a> {
    /// The first physical line, from 1.
    pub number: usize,
    /// Where it starts.
    pub start: usize,
    pub raw: &'a [u8],
}

/// What a line is for the cutting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The component's name in upper case.
    Begin(String),
    End(String),
    Other,
}

/// The content lines of a file.
pub struct Roughs<'a> {
    bytes: &'a [u8],
    at: usize,
    number: usize,
}

impl<'a> Roughs<'a> {
    /// A byte order mark is passed over.
    pub fn new(bytes: &'a [u8]) -> Self {
        Roughs {
            bytes,
            at: if bytes.starts_with(b"\xEF\xBB\xBF") {
                3
            } else {
                0
            },
            number: 1,
        }
    }
}

impl<'a> Iterator for Roughs<'a> {
    type Item = Rough<'a>;

    fn next(&mut self) -> Option<Rough<'a>> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let (start, number) = (self.at, self.number);
        loop {
            let rest = &self.bytes[self.at..];
            self.at += rest
                .iter()
                .position(|b| *b == b'\n')
                .map_or(rest.len(), |end| end + 1);
            self.number += 1;
            if !matches!(self.bytes.get(self.at), Some(b' ' | b'\t')) {
                break;
            }
        }
        let raw = &self.bytes[start..self.at];
        Some(Rough { number, start, raw })
    }
}

impl Rough<'_> {
    /// Whether the component begins or ends here.
    pub fn mark(&self) -> Mark {
        let mut text = Vec::with_capacity(LONGEST_MARK);
        let mut folded = false;
        for byte in self.raw {
            match byte {
                b'\r' | b'\n' => folded = true,
                b' ' | b'\t' if folded => folded = false,
                _ => text.push(byte.to_ascii_uppercase()),
            }
            if text.len() == LONGEST_MARK {
                return Mark::Other;
            }
        }
        let name = |rest: &[u8]| String::from_utf8_lossy(rest.trim_ascii()).into_owned();
        match (text.strip_prefix(b"BEGIN:"), text.strip_prefix(b"END:")) {
            (Some(rest), _) => Mark::Begin(name(rest)),
            (_, Some(rest)) => Mark::End(name(rest)),
            _ => Mark::Other,
        }
    }

    /// The property's name in upper case, without its group.
    pub fn name(&self) -> String {
        let name = self.raw.iter().take(LONGEST_MARK);
        let name: Vec<u8> = name
            .take_while(|b| !matches!(b, b':' | b';' | b'\r' | b'\n'))
            .map(u8::to_ascii_uppercase)
            .collect();
        let name = String::from_utf8_lossy(&name).into_owned();
        name.rsplit_once('.')
            .map_or(name.clone(), |(_, n)| n.into())
    }
}

/// A UID for a piece that has none: the same piece always gets the same (RFC 9562 section 5.8).
#[must_use]
pub fn made_uid(bytes: &[u8]) -> String {
    let digest = digest(&SHA256, bytes);
    let mut id = [0; 16];
    id.copy_from_slice(&digest.as_ref()[..16]);
    id[6] = id[6] & 0x0F | 0x80;
    id[8] = id[8] & 0x3F | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in id.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text += &format!("{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_and_no_byte_is_lost() {
        let text = "\u{feff}BEGIN:A\r\nx:1\n 2\nbeg\r\n in:b \nitem1.TEL;X=1:end\nEND:B\nEND:A";
        let lines: Vec<Rough> = Roughs::new(text.as_bytes()).collect();
        let whole: Vec<u8> = lines.iter().flat_map(|l| l.raw.to_vec()).collect();
        assert_eq!(whole, &text.as_bytes()[3..]);
        let marks: Vec<Mark> = lines.iter().map(Rough::mark).collect();
        let begin = |n: &str| Mark::Begin(n.into());
        let end = |n: &str| Mark::End(n.into());
        assert_eq!(
            marks,
            [
                begin("A"),
                Mark::Other,
                begin("B"),
                Mark::Other,
                end("B"),
                end("A")
            ]
        );
        let numbers: Vec<usize> = lines.iter().map(|l| l.number).collect();
        assert_eq!(numbers, [1, 2, 4, 6, 7, 8]);
        assert_eq!(lines[3].name(), "TEL");
    }

    #[test]
    fn a_made_uid_is_a_uuid() {
        assert_eq!(made_uid(b"a"), "ca978112-ca1b-8dca-bac2-31b39a23dc4d");
        assert_ne!(made_uid(b"a"), made_uid(b"b"));
    }
}
