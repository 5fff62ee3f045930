//! A file of many cards into address object resources (RFC 6352 section 5.1).

use crate::contact::card;
use crate::text::line::unescape;
use crate::text::nest::{Kind, Nest, Reason};
use crate::text::piece::{Mark, Roughs, made_uid};

/// A file, cut.
#[derive(Default)]
pub struct Split<'a> {
    pieces: Vec<(usize, &'a [u8])>,
    /// What could not be read: line and reason.
    pub refused: Vec<(usize, String)>,
}

/// One card out of a file.
pub struct Made {
    pub bytes: Vec<u8>,
    /// Where it stands in the file.
    pub line: usize,
    /// Whether it got its UID here.
    pub uid_was_made: bool,
}

/// Cuts a file. Only its BEGIN and END lines are trusted, so that a broken card costs itself.
#[must_use]
pub fn split(bytes: &[u8]) -> Split<'_> {
    let mut split = Split::default();
    if card::read(bytes).is_ok() {
        split.pieces.push((1, bytes));
        return split;
    }
    // How many are open: a card inside a card is that of an AGENT (vCard 2.1 section 2.4.3).
    let mut depth = 0;
    let mut begun = (0, 0);
    let mut agent = false;
    let mut strayed = false;
    for line in Roughs::new(bytes) {
        let blank = line.raw.trim_ascii().is_empty();
        match line.mark() {
            Mark::Begin(name) if name == "VCARD" => {
                if depth > 0 && agent {
                    depth += 1;
                } else {
                    if depth > 0 {
                        split.refused.push((begun.0, Reason::NotClosed.to_string()));
                    }
                    begun = (line.number, line.start);
                    depth = 1;
                }
                strayed = false;
            }
            Mark::End(name) if name == "VCARD" && depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    let end = line.start + line.raw.len();
                    split.pieces.push((begun.0, &bytes[begun.1..end]));
                }
            }
            _ if depth == 0 && !blank && !strayed => {
                strayed = true;
                split
                    .refused
                    .push((line.number, Reason::Outside.to_string()));
            }
            _ => {}
        }
        if !blank {
            agent = line.name() == "AGENT";
        }
    }
    if depth > 0 {
        split.refused.push((begun.0, Reason::NotClosed.to_string()));
    } else if split.pieces.is_empty() && split.refused.is_empty() {
        split.refused.push((0, card::Reason::NotCard.to_string()));
    }
    split
}

impl Split<'_> {
    /// How many cards there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The cards; every line is one of the file, but for a UID that was missing.
    pub fn objects(&self) -> impl Iterator<Item = Made> + '_ {
        self.pieces.iter().map(|(line, raw)| {
            let without = without_uid(raw);
            let mut bytes = raw.to_vec();
            if let Some((end, line_end)) = without {
                let uid = format!("UID:{}{line_end}", made_uid(raw));
                bytes.splice(end..end, uid.into_bytes());
            }
            Made {
                bytes,
                line: *line,
                uid_was_made: without.is_some(),
            }
        })
    }
}

/// Where the last line of a card without UID starts, and how its lines end. The UID goes to the
/// end, because version 4.0 wants VERSION first (RFC 6350 section 6.7.9).
fn without_uid(raw: &[u8]) -> Option<(usize, &'static str)> {
    let mut at = 0;
    let mut end = None;
    for step in Nest::new(raw) {
        // A card that cannot be read is refused as it is.
        let step = step.ok()?;
        let is_uid = step.depth == 1 && step.kind == Kind::Property && step.line.is("UID");
        if is_uid && !unescape(step.line.value()).trim().is_empty() {
            return None;
        }
        if step.kind == Kind::End && step.depth == 1 {
            let bare = !raw[..at].ends_with(b"\r\n");
            end = Some((at, if bare { "\n" } else { "\r\n" }));
        }
        at += step.line.raw().len();
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::read;
    use crate::text::corpus::{self, Chance};

    #[test]
    fn one_card_stays_as_it_is_and_all_together_too() {
        let (mut all, mut cards) = (Vec::new(), Vec::new());
        for (name, bytes) in corpus::files("vcard") {
            let made: Vec<Made> = split(&bytes).objects().collect();
            assert_eq!(made.len(), 1, "{name}");
            assert!(made[0].bytes == bytes, "{name}");
            let bytes = bytes
                .strip_prefix(b"\xEF\xBB\xBF")
                .unwrap_or(&bytes)
                .to_vec();
            all.extend_from_slice(&bytes);
            if !bytes.ends_with(b"\n") {
                all.extend_from_slice(b"\r\n");
            }
            cards.push(bytes);
        }
        let split = split(&all);
        assert_eq!(split.refused, []);
        let made: Vec<Made> = split.objects().collect();
        assert_eq!(made.len(), cards.len());
        for (made, card) in made.iter().zip(&cards) {
            let text = String::from_utf8_lossy(card);
            assert_eq!(
                String::from_utf8_lossy(&made.bytes).trim_end(),
                text.trim_end()
            );
            read(&made.bytes).unwrap();
        }
    }

    #[test]
    fn what_is_broken_costs_itself_and_a_missing_uid_is_made() {
        let text = "BEGIN:VCARD\nVERSION:4.0\nFN:No Uid\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nUID:lost\nBEGIN:VCARD\nVERSION:3.0\nUID:b\nFN:b\nEND:VCARD\nstray\n";
        let split = split(text.as_bytes());
        let lines: Vec<usize> = split.refused.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [5, 13]);
        let made: Vec<Made> = split.objects().collect();
        assert_eq!(made.len(), 2);
        let uid = read(&made[0].bytes).unwrap().uid;
        let first = format!("BEGIN:VCARD\nVERSION:4.0\nFN:No Uid\nUID:{uid}\nEND:VCARD\n");
        assert_eq!(String::from_utf8_lossy(&made[0].bytes), first);
        assert_eq!(made[1].line, 8);
        assert_eq!(read(&made[1].bytes).unwrap().uid, "b");
    }

    #[test]
    fn damage_never_ends_in_a_panic() {
        let mut all = Vec::new();
        for folder in ["vcard", "refused"] {
            for (_, bytes) in corpus::files(folder) {
                all.extend_from_slice(&bytes);
                all.extend_from_slice(b"\r\n");
            }
        }
        let mut chance = Chance(0xCA4D);
        for _ in 0..300 {
            let damaged = chance.damage(&all);
            for made in split(&damaged).objects() {
                let _ = read(&made.bytes);
            }
        }
    }
}
