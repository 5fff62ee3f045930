//! Collations (RFC 4790): how text that somebody looks for is compared with text that is stored.

use std::borrow::Cow;
use unicode_normalization::char::decompose_compatible;

/// The collations of RFC 4791 section 7.5 and RFC 6352 section 8.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collation {
    /// RFC 4790 section 9.2: the letters A to Z in any case, all else as it is.
    AsciiCasemap,
    /// RFC 4790 section 9.3: byte for byte.
    Octet,
    /// RFC 5051: any letter in any case, and what Unicode says is the same character.
    UnicodeCasemap,
}

impl Collation {
    pub const ALL: [Collation; 3] = [
        Collation::AsciiCasemap,
        Collation::Octet,
        Collation::UnicodeCasemap,
    ];

    /// The name in the registry of RFC 4790.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Collation::AsciiCasemap => "i;ascii-casemap",
            Collation::Octet => "i;octet",
            Collation::UnicodeCasemap => "i;unicode-casemap",
        }
    }

    /// In any case, as clients write them. None for `default` too, which each protocol explains
    /// for itself.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Collation> {
        Collation::ALL
            .into_iter()
            .find(|one| one.name().eq_ignore_ascii_case(name))
    }

    /// The form in which texts that are equal are the same bytes.
    fn fold(self, text: &str) -> Cow<'_, str> {
        match self {
            Collation::Octet => Cow::Borrowed(text),
            Collation::UnicodeCasemap if !text.is_ascii() => Cow::Owned(casemap(text)),
            Collation::AsciiCasemap | Collation::UnicodeCasemap => {
                Cow::Owned(text.to_ascii_uppercase())
            }
        }
    }
}

/// RFC 5051 section 2: titlecase, and then the full decomposition, of each character. The marks
/// are left in the order that this gives, as the RFC has it.
fn casemap(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + text.len() / 2);
    for c in text.chars() {
        if c.is_ascii() {
            folded.push(c.to_ascii_uppercase());
        } else {
            decompose_compatible(titlecase(c), |part| folded.push(part));
        }
    }
    folded
}

/// The simple titlecase mapping of UnicodeData.txt.
///
/// The standard library has the full uppercase mapping, which is the same but for the letters
/// that have a titlecase of their own and those that become more than one.
fn titlecase(c: char) -> char {
    match c {
        '\u{1C4}'..='\u{1C6}' => '\u{1C5}',
        '\u{1C7}'..='\u{1C9}' => '\u{1C8}',
        '\u{1CA}'..='\u{1CC}' => '\u{1CB}',
        '\u{1F1}'..='\u{1F3}' => '\u{1F2}',
        // Georgian has capitals for whole words in capitals alone.
        '\u{10D0}'..='\u{10FF}' => c,
        '\u{1F80}'..='\u{1F87}' | '\u{1F90}'..='\u{1F97}' | '\u{1FA0}'..='\u{1FA7}' => plus(c, 8),
        '\u{1FB3}' | '\u{1FC3}' | '\u{1FF3}' => plus(c, 9),
        _ => {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(one), None) => one,
                _ => c,
            }
        }
    }
}

fn plus(c: char, n: u32) -> char {
    char::from_u32(u32::from(c) + n).unwrap_or(c)
}

/// What is looked for, made ready once for many comparisons. An empty one is in every text.
#[derive(Clone, Debug)]
pub struct Needle {
    collation: Collation,
    /// As [`Collation::fold`] gives it.
    folded: Box<str>,
}

/// A longer needle, and one in a longer text, is looked for in a folded copy of the text, where the
/// work does not grow with the product of both lengths.
const SHORT: usize = 64;
const SHORT_TEXT: usize = 1024;

impl Needle {
    #[must_use]
    pub fn new(collation: Collation, text: &str) -> Needle {
        Needle {
            collation,
            folded: collation.fold(text).into(),
        }
    }

    /// The whole text.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.compare(text, <[u8]>::eq_ignore_ascii_case, |needle, text| {
            needle == text
        })
    }

    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        if self.folded.len() > SHORT || text.len() > SHORT_TEXT {
            return stands_in(&self.folded, &self.collation.fold(text));
        }
        self.compare(text, inside, stands_in)
    }

    #[must_use]
    pub fn is_at_start(&self, text: &str) -> bool {
        self.compare(
            text,
            |needle, text| {
                text.get(..needle.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(needle))
            },
            |needle, text| text.starts_with(needle),
        )
    }

    #[must_use]
    pub fn is_at_end(&self, text: &str) -> bool {
        self.compare(
            text,
            |needle, text| {
                let start = text.len().checked_sub(needle.len());
                start
                    .and_then(|start| text.get(start..))
                    .is_some_and(|end| end.eq_ignore_ascii_case(needle))
            },
            |needle, text| text.ends_with(needle),
        )
    }

    /// Compares the needle with the text: in any case of A to Z where that is enough, which needs
    /// no copy, else exactly and in folded form.
    fn compare(
        &self,
        text: &str,
        in_any_case: impl Fn(&[u8], &[u8]) -> bool,
        exactly: impl Fn(&str, &str) -> bool,
    ) -> bool {
        match self.collation {
            Collation::Octet => exactly(&self.folded, text),
            Collation::UnicodeCasemap if !text.is_ascii() => exactly(&self.folded, &casemap(text)),
            Collation::AsciiCasemap | Collation::UnicodeCasemap => {
                in_any_case(self.folded.as_bytes(), text.as_bytes())
            }
        }
    }
}

/// Exactly, in time that grows with the sum of both lengths.
fn stands_in(needle: &str, text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some()
}

/// Whether the folded needle stands in the text.
fn inside(needle: &[u8], text: &[u8]) -> bool {
    let Some(&first) = needle.first() else {
        return true;
    };
    let other = first.to_ascii_lowercase();
    text.windows(needle.len()).any(|window| {
        let start = window.first();
        (start == Some(&first) || start == Some(&other)) && window.eq_ignore_ascii_case(needle)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Collation::{AsciiCasemap, Octet, UnicodeCasemap};

    #[test]
    fn names() {
        for one in Collation::ALL {
            assert_eq!(Collation::from_name(one.name()), Some(one));
            let shouted = one.name().to_uppercase();
            assert_eq!(Collation::from_name(&shouted), Some(one));
        }
        for name in ["", "default", "i;*", "i;basic"] {
            assert_eq!(Collation::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn in_a_long_text() {
        let text = format!("{}Daboo{}", "da".repeat(2000), "x".repeat(2000));
        for collation in [AsciiCasemap, UnicodeCasemap] {
            assert!(Needle::new(collation, "adaBOOx").is_in(&text));
            assert!(!Needle::new(collation, "daboos").is_in(&text));
            assert!(Needle::new(collation, "").is_in(&text));
        }
        assert!(Needle::new(Octet, "Daboo").is_in(&text));
        assert!(!Needle::new(Octet, "daboo").is_in(&text));
    }

    #[test]
    fn ascii_casemap() {
        let needle = Needle::new(AsciiCasemap, "dAboo");
        assert!(needle.is_in("Cyrus DABOO jr") && needle.is_in("daboo"));
        assert!(!needle.is_in("dabo") && !needle.is_in("D\u{c0}boo"));
        assert!(needle.is_at_start("daboo!") && !needle.is_at_start("!daboo"));
        assert!(needle.is_at_end("!daboo") && !needle.is_at_end("daboo!"));
        assert!(needle.is("DaBoO") && !needle.is("daboos") && !needle.is("dabo"));
        // Not beyond ASCII, and not its neighbours.
        assert!(!Needle::new(AsciiCasemap, "ä").is_in("Ä"));
        assert!(Needle::new(AsciiCasemap, "Käse").is("KäSE"));
        assert!(!Needle::new(AsciiCasemap, "[").is_in("{"));
    }

    #[test]
    fn octet() {
        let needle = Needle::new(Octet, "Me");
        assert!(needle.is_in("xMey") && !needle.is_in("me") && needle.is("Me"));
        assert!(needle.is_at_start("Me ") && needle.is_at_end(" Me") && !needle.is_at_end("ME"));
    }

    #[test]
    fn unicode_casemap() {
        for (needle, text) in [
            ("MÜLLER", "müller"),
            // One character or two.
            ("mu\u{308}ller", "M\u{fc}ller"),
            // What is sought without its accent is in what has it (RFC 5051 section 2 decomposes).
            ("jose", "Jos\u{e9} Garc\u{ed}a"),
            ("σοφία", "ΣΟΦΊΑ"),
            ("\u{1c6}", "\u{1c4}"),
            ("\u{1c6}", "\u{1c5}"),
            ("\u{ff21}bc", "abc"),
            ("\u{1fb3}", "\u{1fbc}"),
            ("юрий", "ЮРИЙ"),
            ("\u{212a}elvin", "kelvin"),
            ("각", "\u{1100}\u{1161}\u{11a8}"),
        ] {
            assert!(
                Needle::new(UnicodeCasemap, needle).is_in(text),
                "{needle} {text}"
            );
        }
        for (needle, text) in [
            ("josé", "Jose"),
            ("ss", "ß"),
            ("\u{10d0}", "\u{1c90}"),
            ("й", "и"),
        ] {
            assert!(
                !Needle::new(UnicodeCasemap, needle).is_in(text),
                "{needle} {text}"
            );
        }
        let needle = Needle::new(UnicodeCasemap, "ÄRGER");
        assert!(needle.is("Ärger") && needle.is_at_start("ärgerlich") && !needle.is("ärgerlich"));
        assert!(needle.is_at_end("Großärger") && !needle.is_at_end("Ärgernis"));
    }

    #[test]
    fn an_empty_needle_is_everywhere() {
        for collation in Collation::ALL {
            let needle = Needle::new(collation, "");
            assert!(needle.is_in("") && needle.is_in("ä") && needle.is_at_end("x"));
            assert!(needle.is("") && !needle.is("x"));
        }
    }

    /// As long as its text and nearly in it everywhere: that must not cost the product of both.
    #[test]
    fn a_long_needle_is_found_in_linear_time() {
        let text = "a".repeat(1 << 20);
        let needle = "a".repeat(1 << 19) + "b";
        for collation in Collation::ALL {
            assert!(!Needle::new(collation, &needle).is_in(&text));
            assert!(Needle::new(collation, &text[1..]).is_in(&text));
        }
    }

    #[test]
    fn agrees_with_the_plain_way() {
        let mut chance = crate::text::corpus::Chance(0x0C01_1A7E);
        let letters = ["a", "B", "b", "Ä", "ä", "e\u{301}", "É", " "];
        let text = |n: usize, chance: &mut crate::text::corpus::Chance| -> String {
            (0..n)
                .map(|_| letters[chance.below(letters.len())])
                .collect()
        };
        let mut found = 0;
        for _ in 0..20_000 {
            let n = chance.below(3);
            let (sought, text) = (text(n, &mut chance), text(6, &mut chance));
            for collation in Collation::ALL {
                let needle = Needle::new(collation, &sought);
                let (sought, text_) = (collation.fold(&sought), collation.fold(&text));
                assert_eq!(needle.is_in(&text), text_.contains(&*sought));
                assert_eq!(needle.is_at_start(&text), text_.starts_with(&*sought));
                assert_eq!(needle.is_at_end(&text), text_.ends_with(&*sought));
                assert_eq!(needle.is(&text), text_ == sought);
                found += usize::from(needle.is_in(&text));
            }
        }
        assert!(found > 5_000, "{found}");
    }
}
