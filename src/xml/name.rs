//! The namespaces of the field and the prefixes davbox writes for them.

/// RFC 4918
pub const DAV: &str = "DAV:";
/// RFC 4791, 6638, 7809, 7953
pub const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
/// RFC 6352
pub const CARDDAV: &str = "urn:ietf:params:xml:ns:carddav";
/// Apple's server extensions
pub const CALENDARSERVER: &str = "http://calendarserver.org/ns/";
/// Apple's calendar colour and order
pub const APPLE: &str = "http://apple.com/ns/ical/";
/// `xml:lang`
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Declared on the root of every answer.
pub const PREFIXES: [(&str, &str); 5] = [
    ("D", DAV),
    ("C", CALDAV),
    ("CR", CARDDAV),
    ("CS", CALENDARSERVER),
    ("A", APPLE),
];

/// Whether this can be the name of an element or attribute (Namespaces in XML 1.0, NCName): what is
/// read as a name is written as one, without escaping.
#[must_use]
pub fn is_ncname(name: &str) -> bool {
    let mut characters = name.chars();
    let starts = characters
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_');
    starts && characters.all(|c| c.is_alphanumeric() || "-._\u{b7}".contains(c) || is_combining(c))
}

/// The marks that NameChar allows (XML 1.0 section 2.3).
fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Whether XML 1.0 section 2.2 allows the character at all.
#[must_use]
pub fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The static copy of a known namespace.
pub(super) fn known(namespace: &str) -> Option<&'static str> {
    PREFIXES
        .iter()
        .map(|(_, uri)| *uri)
        .chain([XML, ""])
        .find(|uri| *uri == namespace)
}

/// The prefix an answer's root declares for this namespace.
#[must_use]
pub fn prefix_of(namespace: &str) -> Option<&'static str> {
    PREFIXES
        .iter()
        .find(|(_, uri)| *uri == namespace)
        .map(|(prefix, _)| *prefix)
}
