//! Collations (RFC 4790): whether a text is in another.

use std::borrow::Cow;

/// What a client may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collation {
    /// RFC 4790 section 9.2: the letters of ASCII are the same in either case.
    AsciiCasemap,
    /// RFC 4790 section 9.3: byte for byte.
    Octet,
    /// RFC 5051: letters are the same in either case.
    UnicodeCasemap,
}

impl Collation {
    pub const ALL: [Collation; 3] = [
        Collation::AsciiCasemap,
        Collation::Octet,
        Collation::UnicodeCasemap,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Collation::AsciiCasemap => "i;ascii-casemap",
            Collation::Octet => "i;octet",
            Collation::UnicodeCasemap => "i;unicode-casemap",
        }
    }

    /// Names are compared in any case, as clients write them.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Collation> {
        Collation::ALL
            .into_iter()
            .find(|collation| collation.name().eq_ignore_ascii_case(name))
    }

    /// Two texts are equal when this is.
    #[must_use]
    pub fn fold(self, text: &str) -> Cow<'_, str> {
        match self {
            Collation::Octet => Cow::Borrowed(text),
            Collation::AsciiCasemap => Cow::Owned(text.to_ascii_lowercase()),
            Collation::UnicodeCasemap => Cow::Owned(text.to_lowercase()),
        }
    }
}

/// A text that is looked for in many others.
#[derive(Clone, Debug)]
pub struct Needle {
    collation: Collation,
    folded: String,
}

impl Needle {
    #[must_use]
    pub fn new(collation: Collation, text: &str) -> Needle {
        Needle {
            collation,
            folded: collation.fold(text).into_owned(),
        }
    }

    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.collation.fold(text).contains(&self.folded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case() {
        for (collation, needle, text, found) in [
            (Collation::AsciiCasemap, "LUNCH", "a lunch", true),
            (Collation::AsciiCasemap, "Ü", "ü", false),
            (Collation::UnicodeCasemap, "Ü", "grün", true),
            (Collation::Octet, "LUNCH", "a lunch", false),
            (Collation::Octet, "lunch", "a lunch", true),
            (Collation::Octet, "", "", true),
        ] {
            assert_eq!(
                Needle::new(collation, needle).is_in(text),
                found,
                "{needle}"
            );
        }
        assert_eq!(Collation::from_name("I;OCTET"), Some(Collation::Octet));
        assert_eq!(Collation::from_name("i;basic"), None);
    }
}
