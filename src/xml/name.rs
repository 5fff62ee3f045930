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
