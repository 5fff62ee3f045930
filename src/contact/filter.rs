//! What an addressbook-query looks for (RFC 6352 section 10.5), apart from the XML it was written
//! in. It is asked of the bytes of a card, one pass over each, and most lines are not read.
//!
//! # Where the RFC leaves a choice
//!
//! - **A property that occurs several times** matches when one of them does: all conditions of an
//!   `allof` hold for the same property. So it is with a negated text too, as in "a CATEGORIES
//!   property not set to PERSON".
//! - **A property or parameter that is missing** matches is-not-defined alone, not even a negated
//!   text.
//! - **Text** is searched in the value as people read it: unfolded, decoded, without escapes. A text
//!   that is to be all of the value, or its start or end, may also be that of one component of a
//!   name, an address or an organisation, or of one of the categories or nicknames.
//! - **A parameter** holds all its values, however often it is written: `TYPE=home;TYPE=work` is
//!   `TYPE=home,work` and `TYPE="home,work"`.
//! - **A filter without a prop-filter** is met by all cards.

use crate::contact::{index, value};
use crate::text::collation::Needle;
use crate::text::line::Line;
use crate::text::seek::{Name, Seek};

/// A whole CARDDAV:filter.
#[derive(Debug)]
pub struct Filter {
    test: Test,
    prop_filters: Vec<PropFilter>,
    names: Vec<Name>,
}

/// Whether one condition is enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Test {
    #[default]
    AnyOf,
    AllOf,
}

impl Test {
    fn holds<T>(self, conditions: &[T], mut is_met: impl FnMut(&T) -> bool) -> bool {
        match self {
            Test::AnyOf => conditions.iter().any(&mut is_met),
            Test::AllOf => conditions.iter().all(&mut is_met),
        }
    }
}

/// What is asked of something that may be there.
#[derive(Debug)]
pub enum Asked<T> {
    /// It must not be there.
    NotDefined,
    /// It must be there, and so.
    Defined(T),
}

/// Of the properties of one name.
#[derive(Debug)]
pub struct PropFilter {
    pub name: Name,
    pub asked: Asked<OfProperty>,
}

/// Of one property. Where nothing is asked, it is enough that it is there.
#[derive(Debug, Default)]
pub struct OfProperty {
    pub test: Test,
    pub text_matches: Vec<TextMatch>,
    pub param_filters: Vec<ParamFilter>,
}

/// Of the parameters of one name.
#[derive(Debug)]
pub struct ParamFilter {
    pub name: String,
    pub asked: Asked<Option<TextMatch>>,
}

#[derive(Debug)]
pub struct TextMatch {
    pub needle: Needle,
    pub match_type: MatchType,
    /// Asked for is a value without the text.
    pub negated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchType {
    Equals,
    Contains,
    StartsWith,
    EndsWith,
}

/// Prop-filters in one filter at most: one bit each says what is known of a card.
pub const MOST_PROP_FILTERS: usize = u128::BITS as usize;

impl Filter {
    /// None for more than [`MOST_PROP_FILTERS`].
    #[must_use]
    pub fn new(test: Test, prop_filters: Vec<PropFilter>) -> Option<Filter> {
        let names = prop_filters.iter().map(|f| f.name.clone()).collect();
        (prop_filters.len() <= MOST_PROP_FILTERS).then_some(Filter {
            test,
            prop_filters,
            names,
        })
    }

    /// It has no condition.
    #[must_use]
    pub fn is_met_by_all(&self) -> bool {
        self.prop_filters.is_empty()
    }

    /// Whether a card passes.
    #[must_use]
    pub fn matches(&self, card: &[u8]) -> bool {
        self.is_met_by(Seek::new(card, &self.names))
    }

    /// Whether a card's excerpt tells whether it passes.
    #[must_use]
    pub fn is_answered_by_index(&self) -> bool {
        self.names.iter().all(index::has)
    }

    /// Whether the card passes that this is the excerpt of.
    #[must_use]
    pub fn matches_excerpt(&self, excerpt: &[u8]) -> bool {
        self.is_met_by(Seek::in_lines(excerpt, &self.names))
    }

    fn is_met_by(&self, lines: Seek) -> bool {
        if self.is_met_by_all() {
            return true;
        }
        // One bit for each prop-filter that a property was found for.
        let mut found = 0u128;
        for line in lines {
            for (i, filter) in self.prop_filters.iter().enumerate() {
                let bit = 1u128.checked_shl(i as u32).unwrap_or(0);
                if found & bit != 0 || !filter.name.is_of(&line) {
                    continue;
                }
                match (&filter.asked, self.test) {
                    (Asked::Defined(asked), _) if !asked.is_met(&line) => {}
                    (Asked::Defined(_), Test::AnyOf) => return true,
                    (Asked::NotDefined, Test::AllOf) => return false,
                    _ => found |= bit,
                }
            }
        }
        let mut bit = 1u128;
        self.test.holds(&self.prop_filters, |filter| {
            let is_found = found & bit != 0;
            bit = bit.wrapping_shl(1);
            is_found == matches!(filter.asked, Asked::Defined(_))
        })
    }
}

impl OfProperty {
    fn is_met(&self, line: &Line) -> bool {
        if self.text_matches.is_empty() && self.param_filters.is_empty() {
            return true;
        }
        let texts = |test: Test| test.holds(&self.text_matches, |text| text.matches_value(line));
        let params = |test: Test| test.holds(&self.param_filters, |param| param.matches(line));
        match self.test {
            Test::AnyOf => texts(Test::AnyOf) || params(Test::AnyOf),
            Test::AllOf => texts(Test::AllOf) && params(Test::AllOf),
        }
    }
}

impl ParamFilter {
    fn matches(&self, line: &Line) -> bool {
        let mut named = line
            .parameters()
            .filter(|parameter| parameter.name().eq_ignore_ascii_case(&self.name))
            .peekable();
        match &self.asked {
            Asked::NotDefined => named.next().is_none(),
            Asked::Defined(None) => named.next().is_some(),
            Asked::Defined(Some(_)) if named.peek().is_none() => false,
            Asked::Defined(Some(text)) => {
                // RFC 6350 section 5.6: a list of types may stand in quotes.
                let is_list = self.name.eq_ignore_ascii_case("TYPE");
                let found = named.flat_map(|parameter| parameter.values()).any(|value| {
                    text.finds(&value) || (is_list && value.split(',').any(|v| text.finds(v)))
                });
                found != text.negated
            }
        }
    }
}

impl TextMatch {
    fn finds(&self, text: &str) -> bool {
        match self.match_type {
            MatchType::Equals => self.needle.is(text),
            MatchType::Contains => self.needle.is_in(text),
            MatchType::StartsWith => self.needle.is_at_start(text),
            MatchType::EndsWith => self.needle.is_at_end(text),
        }
    }

    fn matches_value(&self, line: &Line) -> bool {
        let found = self.finds(&value::text(line))
            || (self.match_type != MatchType::Contains
                && value::is_made_of_pieces(line)
                && value::any_piece(line, |piece| self.finds(piece)));
        found != self.negated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::collation::Collation;
    use crate::text::corpus::{self, Chance};
    use crate::text::nest::{Kind, Nest};
    use MatchType::{Contains, EndsWith, Equals, StartsWith};
    use Test::{AllOf, AnyOf};

    fn text(match_type: MatchType, text: &str) -> TextMatch {
        TextMatch {
            needle: Needle::new(Collation::UnicodeCasemap, text),
            match_type,
            negated: false,
        }
    }

    fn without(of: TextMatch) -> TextMatch {
        TextMatch {
            negated: true,
            ..of
        }
    }

    fn prop(name: &str, asked: Asked<OfProperty>) -> PropFilter {
        PropFilter {
            name: Name::new(name),
            asked,
        }
    }

    fn with(
        name: &str,
        test: Test,
        text_matches: Vec<TextMatch>,
        param_filters: Vec<ParamFilter>,
    ) -> PropFilter {
        let of = OfProperty {
            test,
            text_matches,
            param_filters,
        };
        prop(name, Asked::Defined(of))
    }

    fn holds(name: &str, match_type: MatchType, sought: &str) -> PropFilter {
        with(name, AnyOf, vec![text(match_type, sought)], vec![])
    }

    fn param(name: &str, asked: Asked<Option<TextMatch>>) -> ParamFilter {
        ParamFilter {
            name: name.into(),
            asked,
        }
    }

    fn filter(test: Test, prop_filters: Vec<PropFilter>) -> Filter {
        Filter::new(test, prop_filters).unwrap()
    }

    const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cyrus \r\n Daboo\r\nN:Daboo;Cyrus;;Dr.;\r\n\
        NICKNAME:me,myself\r\nitem1.EMAIL;TYPE=\"work,pref\":daboo@example.com\r\n\
        TEL;TYPE=home;TYPE=voice:+1 555\r\nTEL;TYPE=work:+1 777\r\n\
        NOTE;X-WHO=^'me^':a\\, b\\nc\r\nADR;HOME:;;Main St\\, 5;Köln;;;\r\n\
        CATEGORIES:A,B C\r\nAGENT:\r\nBEGIN:VCARD\r\nROLE:agent\r\nEND:VCARD\r\nEND:VCARD\r\n";

    fn passes(one: PropFilter) -> bool {
        filter(AnyOf, vec![one]).matches(CARD.as_bytes())
    }

    #[test]
    fn texts() {
        for (name, match_type, sought, found) in [
            ("FN", Contains, "us dab", true),
            ("fn", Equals, "CYRUS DABOO", true),
            ("FN", StartsWith, "cyrus", true),
            ("FN", StartsWith, "daboo", false),
            ("FN", EndsWith, "daboo", true),
            ("FN", Equals, "daboo", false),
            ("N", Equals, "Daboo", true),
            ("N", Equals, "daboo;cyrus;;dr.;", true),
            ("N", StartsWith, "cyr", true),
            ("NICKNAME", Equals, "me", true),
            ("NICKNAME", Equals, "my", false),
            ("CATEGORIES", Equals, "b c", true),
            ("EMAIL", EndsWith, "@example.com", true),
            ("NOTE", Contains, "a, b\nc", true),
            ("ADR", Equals, "main st, 5", true),
            ("ADR", Contains, "koln", false),
            ("ADR", Contains, "KÖLN", true),
            ("ROLE", Contains, "agent", false),
            ("TITLE", Contains, "", false),
            ("TEL", Contains, "777", true),
        ] {
            assert_eq!(
                passes(holds(name, match_type, sought)),
                found,
                "{name} {sought}"
            );
        }
    }

    #[test]
    fn a_negated_text_needs_a_value_without_it() {
        for (name, sought, found) in [
            ("FN", "daboo", false),
            ("FN", "boo boo", true),
            ("TEL", "777", true),
            ("TITLE", "x", false),
        ] {
            let one = with(name, AnyOf, vec![without(text(Contains, sought))], vec![]);
            assert_eq!(passes(one), found, "{name} {sought}");
        }
    }

    #[test]
    fn what_is_there_and_what_is_not() {
        let there = |name| passes(with(name, AllOf, vec![], vec![]));
        let missing = |name| passes(prop(name, Asked::NotDefined));
        for name in ["EMAIL", "item1.email", "ITEM1.EMAIL", "version"] {
            assert!(there(name) && !missing(name), "{name}");
        }
        for name in ["item2.EMAIL", "item1.TEL", "MAIL", "ROLE", "BEGIN"] {
            assert!(!there(name) && missing(name), "{name}");
        }
    }

    #[test]
    fn parameters() {
        let typed =
            |property, asked| passes(with(property, AnyOf, vec![], vec![param("type", asked)]));
        assert!(typed("EMAIL", Asked::Defined(Some(text(Equals, "PREF")))));
        assert!(typed("ADR", Asked::Defined(Some(text(Equals, "home")))));
        assert!(!typed("EMAIL", Asked::Defined(Some(text(Equals, "home")))));
        assert!(typed("TEL", Asked::Defined(None)) && !typed("FN", Asked::Defined(None)));
        assert!(typed("FN", Asked::NotDefined) && !typed("TEL", Asked::NotDefined));
        let not = |sought| Asked::Defined(Some(without(text(Equals, sought))));
        assert!(typed("TEL", not("voice")) && !typed("FN", not("voice")));
        assert!(!typed("EMAIL", not("work")));
        let who = param("X-WHO", Asked::Defined(Some(text(Equals, "\"me\""))));
        assert!(passes(with("NOTE", AnyOf, vec![], vec![who])));
    }

    #[test]
    fn any_and_all() {
        let home = || vec![param("TYPE", Asked::Defined(Some(text(Equals, "home"))))];
        // Both are there, but not of the same number.
        assert!(!passes(with(
            "TEL",
            AllOf,
            vec![text(Contains, "777")],
            home()
        )));
        assert!(passes(with(
            "TEL",
            AnyOf,
            vec![text(Contains, "777")],
            home()
        )));
        assert!(passes(with(
            "TEL",
            AllOf,
            vec![text(Contains, "555")],
            home()
        )));
        let two = || {
            vec![
                holds("FN", Contains, "daboo"),
                holds("EMAIL", Contains, "nobody"),
            ]
        };
        assert!(filter(AnyOf, two()).matches(CARD.as_bytes()));
        assert!(!filter(AllOf, two()).matches(CARD.as_bytes()));
        let all = vec![
            holds("FN", Contains, "daboo"),
            prop("TITLE", Asked::NotDefined),
        ];
        assert!(filter(AllOf, all).matches(CARD.as_bytes()));
        let none = vec![holds("FN", Contains, "x"), prop("FN", Asked::NotDefined)];
        assert!(!filter(AnyOf, none).matches(CARD.as_bytes()));
        assert!(filter(AnyOf, vec![]).matches(CARD.as_bytes()));
        let many = |n| Filter::new(AllOf, (0..n).map(|_| holds("FN", Contains, "")).collect());
        assert!(many(128).unwrap().matches(CARD.as_bytes()) && many(129).is_none());
        let mut last = (0..127)
            .map(|_| holds("FN", Contains, ""))
            .collect::<Vec<_>>();
        last.push(holds("FN", Contains, "x"));
        assert!(!filter(AllOf, last).matches(CARD.as_bytes()));
    }

    /// The letter of the RFC, without any haste.
    fn naively(filter: &Filter, names: &[&str], card: &[u8]) -> bool {
        let steps: Vec<_> = Nest::new(card).map(Result::unwrap).collect();
        let results: Vec<bool> = filter
            .prop_filters
            .iter()
            .zip(names)
            .map(|(one, name)| {
                let (group, name) = match name.rsplit_once('.') {
                    Some((group, name)) => (Some(group), name),
                    None => (None, *name),
                };
                let named: Vec<&Line> = steps
                    .iter()
                    .filter(|s| s.kind == Kind::Property && s.depth == 1)
                    .map(|s| &s.line)
                    .filter(|line| line.name().to_uppercase() == name.to_uppercase())
                    .filter(|line| {
                        let of = line.group().map(str::to_uppercase);
                        group.is_none() || of == group.map(str::to_uppercase)
                    })
                    .collect();
                match &one.asked {
                    Asked::NotDefined => named.is_empty(),
                    Asked::Defined(asked) => named.iter().any(|line| {
                        let conditions: Vec<bool> = asked
                            .text_matches
                            .iter()
                            .map(|text| text.matches_value(line))
                            .chain(asked.param_filters.iter().map(|param| param.matches(line)))
                            .collect();
                        match asked.test {
                            _ if conditions.is_empty() => true,
                            AnyOf => conditions.contains(&true),
                            AllOf => !conditions.contains(&false),
                        }
                    }),
                }
            })
            .collect();
        match filter.test {
            _ if results.is_empty() => true,
            AnyOf => results.contains(&true),
            AllOf => !results.contains(&false),
        }
    }

    #[test]
    fn agrees_with_a_naive_evaluation() {
        let names = [
            "FN",
            "n",
            "EMAIL",
            "item1.EMAIL",
            "item2.X-ABLabel",
            "X-ABLabel",
            "TEL",
            "PHOTO",
            "NOTE",
            "TITLE",
            "UID",
            "x-größe",
        ];
        let sought = ["", "a", "E", "test", "work", "home", "@", "Ö", "1"];
        let types = [Equals, Contains, StartsWith, EndsWith];
        let mut chance = Chance(0x0F17_7E12);
        let cards: Vec<_> = corpus::files("vcard");
        let excerpts: Vec<_> = cards.iter().map(|(_, card)| index::excerpt(card)).collect();
        let (mut passed, mut told) = (0, 0);
        for _ in 0..4_000 {
            let of_text = |chance: &mut Chance| TextMatch {
                negated: chance.below(3) == 0,
                ..text(types[chance.below(4)], sought[chance.below(sought.len())])
            };
            let test = |chance: &mut Chance| [AnyOf, AllOf][chance.below(2)];
            let chosen: Vec<&str> = (0..chance.below(4))
                .map(|_| names[chance.below(names.len())])
                .collect();
            let props = chosen
                .iter()
                .map(|name| {
                    if chance.below(5) == 0 {
                        return prop(name, Asked::NotDefined);
                    }
                    let texts = (0..chance.below(3)).map(|_| of_text(&mut chance)).collect();
                    let params = (0..chance.below(2))
                        .map(|_| {
                            let asked = match chance.below(3) {
                                0 => Asked::NotDefined,
                                1 => Asked::Defined(None),
                                _ => Asked::Defined(Some(of_text(&mut chance))),
                            };
                            param(["TYPE", "encoding"][chance.below(2)], asked)
                        })
                        .collect();
                    with(name, test(&mut chance), texts, params)
                })
                .collect();
            let filter = filter(test(&mut chance), props);
            for ((name, card), excerpt) in cards.iter().zip(&excerpts) {
                let matches = filter.matches(card);
                if filter.is_answered_by_index() && !excerpt.is_empty() {
                    let told_so = filter.matches_excerpt(excerpt);
                    assert_eq!(told_so, matches, "{name} {filter:?}");
                    told += 1;
                }
                assert_eq!(
                    matches,
                    naively(&filter, &chosen, card),
                    "{name} {filter:?}"
                );
                passed += usize::from(matches);
            }
        }
        assert!(passed > 10_000 && passed < 40_000, "{passed}");
        assert!(told > 10_000, "{told}");
    }
}
