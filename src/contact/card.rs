//! An address object resource as RFC 6352 section 5.1 wants it, read once, on PUT.
//!
//! Read leniently: a card is a person somebody knows, and losing one over a missing FN helps
//! nobody.

use crate::text::line::{Line, unescape};
use crate::text::nest::{self, Kind, Nest, Step};
use std::fmt;

/// Bytes of a UID at most, unescaped. Real ones have less than 300.
pub const MAX_UID: usize = 4096;

/// What the store needs to know of an address object resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// As text, also where it is a URI (`urn:uuid:…`).
    pub uid: String,
    pub version: Version,
    /// A group of cards: `KIND:group` (RFC 6350 section 6.1.4), or the name that Apple gave it in
    /// vCard 3.0.
    pub group: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    V21,
    V30,
    V40,
}

impl Version {
    pub const fn name(self) -> &'static str {
        match self {
            Version::V21 => "2.1",
            Version::V30 => "3.0",
            Version::V40 => "4.0",
        }
    }

    pub fn from_name(name: &str) -> Option<Version> {
        [Version::V21, Version::V30, Version::V40]
            .into_iter()
            .find(|version| version.name() == name)
    }
}

/// Reads an address object resource.
pub fn read(bytes: &[u8]) -> Result<Card, Invalid> {
    let mut reading = Reading::default();
    for step in Nest::new(bytes) {
        reading.take(&step?)?;
    }
    reading.finish()
}

/// One of these makes a card worth keeping. The standards want FN (RFC 6350 section 6.2.1), or N
/// as well (RFC 2426 section 3.1.2), and clients write cards that have neither.
const SAYS_WHO: [&str; 6] = ["FN", "N", "ORG", "EMAIL", "TEL", "NICKNAME"];

/// What is known so far.
#[derive(Default)]
struct Reading {
    cards: usize,
    uid: Option<String>,
    /// None until there is a VERSION; then whether it is one of ours.
    version: Option<Result<Version, Invalid>>,
    group: bool,
    says_who: bool,
    /// The first fault that waits for the end, because another version is the better answer.
    fault: Option<Invalid>,
}

impl Reading {
    fn take(&mut self, step: &Step) -> Result<(), Invalid> {
        let line = &step.line;
        match (step.kind, step.depth) {
            (Kind::Begin, 1) => {
                if !step.component().eq_ignore_ascii_case("VCARD") {
                    return Err(Invalid::at(line, Reason::NotCard));
                }
                self.cards += 1;
                if self.cards > 1 {
                    return Err(Invalid::at(line, Reason::SecondCard));
                }
            }
            // Deeper is the card of somebody else: AGENT (vCard 2.1 section 2.4.3).
            (Kind::Property, 1) => self.property(line),
            _ => {}
        }
        Ok(())
    }

    fn property(&mut self, line: &Line) {
        if line.is("VERSION") {
            self.version.get_or_insert_with(|| {
                Version::from_name(line.value().trim())
                    .ok_or_else(|| Invalid::at(line, Reason::Version))
            });
        } else if line.is("UID") {
            let uid = unescape(line.value());
            if uid.trim().is_empty() {
                return;
            }
            if uid.len() > MAX_UID {
                self.fault.get_or_insert(Invalid::at(line, Reason::LongUid));
            } else if self.uid.as_deref().is_some_and(|first| first != uid) {
                self.fault
                    .get_or_insert(Invalid::at(line, Reason::SecondUid));
            } else if self.uid.is_none() {
                self.uid = Some(uid.into_owned());
            }
        } else if line.is("KIND") || line.is("X-ADDRESSBOOKSERVER-KIND") {
            self.group |= line.value().trim().eq_ignore_ascii_case("group");
        } else {
            self.says_who |= SAYS_WHO.iter().any(|name| line.is(name));
        }
    }

    fn finish(self) -> Result<Card, Invalid> {
        let whole = |reason| Invalid { line: 0, reason };
        if self.cards == 0 {
            return Err(whole(Reason::NotCard));
        }
        let version = self.version.ok_or(whole(Reason::NoVersion))??;
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let uid = self.uid.ok_or(whole(Reason::NoUid))?;
        if !self.says_who {
            return Err(whole(Reason::Nobody));
        }
        Ok(Card {
            uid,
            version,
            group: self.group,
        })
    }
}

/// A card that is refused, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The physical line, from 1; 0 when it is about the whole.
    pub line: usize,
    pub reason: Reason,
}

impl Invalid {
    fn at(line: &Line, reason: Reason) -> Self {
        Invalid {
            line: line.number(),
            reason,
        }
    }

    /// The precondition of RFC 6352 section 6.3.2.1 that is broken.
    pub fn condition(&self) -> Condition {
        match self.reason {
            Reason::NoVersion | Reason::Version => Condition::SupportedAddressData,
            Reason::Nest(_)
            | Reason::NotCard
            | Reason::SecondCard
            | Reason::NoUid
            | Reason::SecondUid
            | Reason::LongUid
            | Reason::Nobody => Condition::ValidAddressData,
        }
    }
}

impl From<nest::Invalid> for Invalid {
    fn from(nest::Invalid { line, reason }: nest::Invalid) -> Self {
        Invalid {
            line,
            reason: Reason::Nest(reason),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => self.reason.fmt(f),
            line => write!(f, "Line {line}: {}", self.reason),
        }
    }
}

impl std::error::Error for Invalid {}

/// Preconditions of RFC 6352 section 6.3.2.1 that the data itself can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    SupportedAddressData,
    ValidAddressData,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Nest(nest::Reason),
    NotCard,
    SecondCard,
    NoVersion,
    Version,
    NoUid,
    SecondUid,
    LongUid,
    Nobody,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Nest(reason) => return reason.fmt(f),
            Reason::NotCard => "This is not a vCard: it does not begin with BEGIN:VCARD.",
            Reason::SecondCard => "There is more than one vCard. Store each as its own object.",
            Reason::NoVersion => "It does not say which VERSION of vCard it is.",
            Reason::Version => "Only vCard 2.1, 3.0 and 4.0 are understood.",
            Reason::NoUid => "The card has no UID.",
            Reason::SecondUid => "The card has two UIDs.",
            Reason::LongUid => "The UID is too long.",
            Reason::Nobody => {
                "The card says nobody's name, organisation, e-mail address or telephone number."
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::corpus::{self, Chance};
    use std::collections::BTreeMap;

    #[test]
    fn the_corpus_is_accepted() {
        let expected: BTreeMap<&str, (&str, Version, bool)> = [
            ("agent-2.1.vcf", ("the-boss", Version::V21, false)),
            (
                "davx5-4.0.vcf",
                (
                    "urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1",
                    Version::V40,
                    false,
                ),
            ),
            (
                "group-4.0.vcf",
                (
                    "urn:uuid:03a0e51f-d1aa-4385-8a53-e29025acd8af",
                    Version::V40,
                    true,
                ),
            ),
            (
                "lower-case-bom-3.0.vcf",
                ("lower-case-card", Version::V30, false),
            ),
            (
                "macos-group-3.0.vcf",
                ("6B1F2D84-0C11-4C0F-BDA8-1E0B90FA7711", Version::V30, true),
            ),
            ("phone-2.1.vcf", ("phone-2.1-0001", Version::V21, false)),
        ]
        .into();
        let mut seen = 0;
        for (name, bytes) in corpus::files("vcard") {
            let card = read(&bytes).unwrap_or_else(|invalid| panic!("{name}: {invalid}"));
            assert!(name.contains(card.version.name()), "{name}: {card:?}");
            if let Some((uid, version, group)) = expected.get(name.as_str()) {
                let expected = Card {
                    uid: (*uid).into(),
                    version: *version,
                    group: *group,
                };
                assert_eq!(card, expected, "{name}");
                seen += 1;
            }
        }
        assert_eq!(seen, expected.len());
    }

    #[test]
    fn what_is_refused_has_its_condition_and_line() {
        for (name, bytes, condition, line) in corpus::refused(".vcf") {
            let invalid = read(&bytes).expect_err(&name);
            let told = match invalid.condition() {
                Condition::SupportedAddressData => "supported-address-data",
                Condition::ValidAddressData => "valid-address-data",
            };
            assert_eq!(
                (told, invalid.line),
                (condition.as_str(), line),
                "{name}: {invalid}"
            );
            assert!(invalid.to_string().ends_with('.'), "{name}: {invalid}");
        }
    }

    #[test]
    fn damage_does_no_harm() {
        let mut chance = Chance(0x000C_A4D5);
        let mut accepted = 0;
        for (_, bytes) in corpus::files("vcard") {
            for _ in 0..300 {
                accepted += usize::from(read(&chance.damage(&bytes)).is_ok());
            }
        }
        assert!(accepted > 500, "{accepted}");
    }
}
