//! What is called one thing in one version and another in the other, and what a card must name.

use std::collections::HashMap;

use super::property::Property;
use crate::contact::value::split;
use crate::text::line::{escape, unescape};

/// Parameters of 4.0 that 3.0 writes with `X-`, if at all (RFC 6350 section 5, RFC 6715).
pub const ONLY_IN_4: [&str; 10] = [
    "ALTID",
    "PID",
    "PREF",
    "MEDIATYPE",
    "CALSCALE",
    "SORT-AS",
    "GEO",
    "TZ",
    "INDEX",
    "LEVEL",
];

/// Apple's parameter of a date whose year is to be ignored, and the year that it writes.
pub const OMIT_YEAR: &str = "X-APPLE-OMIT-YEAR";
pub const OMITTED: &str = "1604";

/// Apple's name of a property, with the group of what it names.
pub const LABEL: &str = "X-ABLABEL";

/// Apple's labels of its own words.
pub const ANNIVERSARY: &str = "_$!<Anniversary>!$_";

/// Types of RELATED (RFC 6350 section 6.6.6) with Apple's labels; the first of a type is written.
const RELATIONS: [(&str, &str); 14] = [
    ("spouse", "_$!<Spouse>!$_"),
    ("child", "_$!<Child>!$_"),
    ("child", "_$!<Son>!$_"),
    ("child", "_$!<Daughter>!$_"),
    ("parent", "_$!<Parent>!$_"),
    ("parent", "_$!<Mother>!$_"),
    ("parent", "_$!<Father>!$_"),
    ("sibling", "_$!<Sibling>!$_"),
    ("sibling", "_$!<Brother>!$_"),
    ("sibling", "_$!<Sister>!$_"),
    ("friend", "_$!<Friend>!$_"),
    ("sweetheart", "_$!<Partner>!$_"),
    ("agent", "_$!<Assistant>!$_"),
    ("co-worker", "_$!<Colleague>!$_"),
];

/// Properties for one messenger each, with the scheme of RFC 6350 section 6.4.3 and Apple's word.
const MESSENGERS: [(&str, &str, &str); 8] = [
    ("X-JABBER", "xmpp", "Jabber"),
    ("X-AIM", "aim", "AIM"),
    ("X-ICQ", "icq", "ICQ"),
    ("X-MSN", "msnim", "MSN"),
    ("X-YAHOO", "ymsgr", "Yahoo"),
    ("X-SKYPE", "skype", "Skype"),
    ("X-SKYPE-USERNAME", "skype", "Skype"),
    ("X-GADUGADU", "gg", "GaduGadu"),
];

/// Scheme and service of a property for one messenger.
pub fn messenger(name: &str) -> Option<(&'static str, &'static str)> {
    let found = MESSENGERS.iter().find(|(known, ..)| *known == name);
    found.map(|(_, scheme, service)| (*scheme, *service))
}

/// Apple's labels, by group in lower case.
pub fn labels(card: &[Property]) -> HashMap<String, String> {
    card.iter()
        .filter(|property| property.is(LABEL))
        .filter_map(|property| {
            let group = property.group.as_ref()?.to_ascii_lowercase();
            Some((group, unescape(&property.value).into_owned()))
        })
        .collect()
}

pub fn is_anniversary(label: &str) -> bool {
    label.eq_ignore_ascii_case(ANNIVERSARY) || label.eq_ignore_ascii_case("anniversary")
}

pub fn relation_of_label(label: &str) -> Option<&'static str> {
    let found = RELATIONS
        .iter()
        .find(|(_, known)| known.eq_ignore_ascii_case(label));
    found.map(|(relation, _)| *relation)
}

pub fn label_of_relation(relation: &str) -> Option<&'static str> {
    let found = RELATIONS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(relation));
    found.map(|(_, label)| *label)
}

/// A card has a full name (RFC 6350 section 6.2.1, RFC 2426 section 3.1.1): of what says best who
/// it is, where it is missing.
pub fn require_fn(card: &mut Vec<Property>) {
    if card.iter().any(|property| property.is("FN")) {
        return;
    }
    let names = ["N", "ORG", "NICKNAME", "EMAIL", "TEL", "UID"];
    let full = names.iter().find_map(|name| {
        let named = card.iter().filter(|property| property.is(name));
        named
            .map(|property| match *name {
                "N" => full_name(&property.value),
                "ORG" => split(&property.value, b';').next().unwrap_or("").to_owned(),
                "NICKNAME" => split(&property.value, b',').next().unwrap_or("").to_owned(),
                _ => escape(&unescape(&property.value)),
            })
            .find(|full| !full.trim().is_empty())
    });
    card.insert(0, Property::new("FN", full.unwrap_or_default()));
}

/// A full name out of the parts of one (RFC 6350 section 6.2.1 demands it).
fn full_name(n: &str) -> String {
    let parts: Vec<String> = split(n, b';')
        .map(|part| {
            let words: Vec<_> = split(part, b',').map(unescape).collect();
            words.join(" ").trim().to_owned()
        })
        .collect();
    let order = [3, 1, 2, 0, 4];
    let parts: Vec<&str> = order
        .iter()
        .filter_map(|at| parts.get(*at).map(String::as_str))
        .filter(|part| !part.is_empty())
        .collect();
    escape(&parts.join(" "))
}
