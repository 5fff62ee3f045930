//! Some properties of a card (RFC 6352 section 10.4.2).

use crate::text::fold::fold;
use crate::text::line::Line;
use crate::text::nest::{Invalid, Kind, Nest};
use crate::text::seek::Name;

/// Which properties are wanted.
#[derive(Debug, Default)]
pub struct Parts {
    pub props: Vec<Prop>,
}

#[derive(Debug)]
pub struct Prop {
    pub name: Name,
    /// Only that it is there, and its parameters.
    pub novalue: bool,
}

impl Parts {
    /// The wanted properties as they were written, in their order. VERSION comes only where it is
    /// asked for, as in the example of section 8.6.3.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn of(&self, card: &[u8]) -> Result<Vec<u8>, Invalid> {
        let mut out = Vec::with_capacity(card.len().min(4096));
        // The card of an AGENT belongs to the property before it (vCard 2.1 section 2.4.3).
        let mut is_inside_wanted = false;
        for step in Nest::new(card) {
            let step = step?;
            match (step.kind, step.depth) {
                (Kind::Begin | Kind::End, 1) => out.extend_from_slice(step.line.raw()),
                (Kind::Property, 1) => {
                    let mut wanted = self.props.iter().filter(|p| p.name.is_of(&step.line));
                    let first = wanted.next();
                    is_inside_wanted =
                        first.is_some_and(|p| !p.novalue) || wanted.any(|p| !p.novalue);
                    if is_inside_wanted {
                        out.extend_from_slice(step.line.raw());
                    } else if first.is_some() {
                        fold(step.line.head(), newline(&step.line), &mut out);
                    }
                }
                (Kind::Blank, _) => {}
                _ if is_inside_wanted => out.extend_from_slice(step.line.raw()),
                _ => {}
            }
        }
        Ok(out)
    }
}

fn newline(line: &Line) -> &'static str {
    if line.raw().ends_with(b"\r\n") {
        "\r\n"
    } else {
        "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\n\r\nFN:Anna\r\n  Blume\r\n\
        item1.TEL;TYPE=HOME:1\r\nTEL;TYPE=WORK:2\r\nAGENT:\r\nBEGIN:VCARD\r\nFN:Agent\r\n\
        END:VCARD\r\nEND:VCARD\r\n";

    fn parts(props: &[(&str, bool)]) -> String {
        let props = props
            .iter()
            .map(|(name, novalue)| Prop {
                name: Name::new(name),
                novalue: *novalue,
            })
            .collect();
        let bytes = Parts { props }.of(CARD.as_bytes()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let inside = text.strip_prefix("BEGIN:VCARD\r\n").unwrap();
        inside.strip_suffix("END:VCARD\r\n").unwrap().to_owned()
    }

    #[test]
    fn some() {
        assert_eq!(parts(&[("fn", false)]), "FN:Anna\r\n  Blume\r\n");
        assert_eq!(
            parts(&[("TEL", false), ("VERSION", false)]),
            "VERSION:3.0\r\nitem1.TEL;TYPE=HOME:1\r\nTEL;TYPE=WORK:2\r\n"
        );
        assert_eq!(parts(&[("item1.tel", false)]), "item1.TEL;TYPE=HOME:1\r\n");
        assert_eq!(parts(&[("NOTE", false)]), "");
        assert_eq!(
            parts(&[("AGENT", false)]),
            "AGENT:\r\nBEGIN:VCARD\r\nFN:Agent\r\nEND:VCARD\r\n"
        );
    }

    #[test]
    fn without_the_value() {
        assert_eq!(parts(&[("FN", true)]), "FN:\r\n");
        assert_eq!(
            parts(&[("TEL", true), ("item1.TEL", false)]),
            "item1.TEL;TYPE=HOME:1\r\nTEL;TYPE=WORK:\r\n"
        );
        assert_eq!(parts(&[("AGENT", true)]), "AGENT:\r\n");
    }
}
