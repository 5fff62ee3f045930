//! What the store keeps of a card so that a search through thousands opens none of them: the lines
//! that people search in, one card beside the other.

use crate::text::seek::{Name, Seek};

/// Of what is kept. Excerpts of another version are made anew.
pub const VERSION: u32 = 1;

/// Properties in an excerpt: what address books ask for when somebody types a name or a number, and
/// what tells a group or a category.
const NAMES: [&str; 9] = [
    "FN",
    "N",
    "NICKNAME",
    "ORG",
    "EMAIL",
    "TEL",
    "CATEGORIES",
    "KIND",
    "X-ADDRESSBOOKSERVER-KIND",
];

/// A longer excerpt would cost more than the card.
const LONGEST: usize = 1500;

/// Whether all properties of this name are in an excerpt.
#[must_use]
pub fn has(name: &Name) -> bool {
    NAMES.iter().any(|own| name.names(own))
}

/// The lines of these properties, as they are in the card. Nothing where that is too much: then the
/// card has to be asked. A card without any of them has a line end.
#[must_use]
pub fn excerpt(card: &[u8]) -> Vec<u8> {
    let names = NAMES.map(Name::new);
    let mut lines = Vec::new();
    for line in Seek::new(card, &names) {
        if !names.iter().any(|name| name.is_of(&line)) {
            continue;
        }
        if lines.len() + line.raw().len() > LONGEST {
            return Vec::new();
        }
        lines.extend_from_slice(line.raw());
        if !lines.ends_with(b"\n") {
            lines.push(b'\n');
        }
    }
    if lines.is_empty() {
        lines.push(b'\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt_of(lines: &str) -> String {
        let card = format!("BEGIN:VCARD\r\nVERSION:3.0\r\n{lines}\r\nEND:VCARD");
        String::from_utf8(excerpt(card.as_bytes())).unwrap()
    }

    #[test]
    fn lines_are_as_they_were() {
        for (lines, expected) in [
            ("UID:1\r\nFN:a\r\nNOTE:FN:b", "FN:a\r\n"),
            (
                "item1.email;TYPE=home:a@\r\n b\r\nPHOTO:x\r\n y\r\nx.N:b;a",
                "item1.email;TYPE=home:a@\r\n b\r\nx.N:b;a\r\n",
            ),
            ("F\r\n N:a\r\nXFN:b\r\nFNX:c", "F\r\n N:a\r\n"),
            (
                "AGENT:\r\nBEGIN:VCARD\r\nFN:a\r\nEND:VCARD\r\nFN:b",
                "FN:b\r\n",
            ),
            ("UID:1", "\n"),
        ] {
            assert_eq!(excerpt_of(lines), expected, "{lines}");
        }
        assert_eq!(excerpt(b"BEGIN:VCARD\nFN:a"), b"FN:a\n");
    }

    #[test]
    fn too_much_is_nothing() {
        let long = |n| format!("FN:{}", "x".repeat(n));
        assert_eq!(excerpt_of(&long(LONGEST)), "");
        assert_ne!(excerpt_of(&long(LONGEST - 10)), "");
        assert_eq!(excerpt_of(&["TEL:123"; 400].join("\r\n")), "");
    }

    #[test]
    fn names() {
        for (name, expected) in [
            ("FN", true),
            ("fn", true),
            ("item1.EMAIL", true),
            ("NOTE", false),
            ("item1.X-ABLABEL", false),
            ("FN.NOTE", false),
        ] {
            assert_eq!(has(&Name::new(name)), expected, "{name}");
        }
    }
}
