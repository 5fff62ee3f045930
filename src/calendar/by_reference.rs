//! Time zones by reference (RFC 7809): an object without the definitions that everybody has, or with
//! all that it needs.

use crate::calendar::retrieve::whole;
use crate::text::tree::{Content, Tree};
use crate::zone;

/// What a client says in CalDAV-Timezones (section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definitions {
    /// `T`: of every zone that is referred to.
    All,
    /// `F`: of those alone that IANA's database does not have.
    Unknown,
}

/// The object as it is wanted; None where that is how it is.
#[must_use]
pub fn of(object: &[u8], wanted: Definitions) -> Option<Vec<u8>> {
    with(&Tree::read(object).ok()?, wanted)
}

/// The same of one that was read.
#[must_use]
pub fn with(calendar: &Tree<'_>, wanted: Definitions) -> Option<Vec<u8>> {
    match wanted {
        Definitions::All => None,
        Definitions::Unknown => without_known(calendar),
    }
}

/// Section 3.1.3: the server "MUST NOT return any VTIMEZONE components if the time zone identifier
/// matches" a standard one, whatever stands in it.
fn without_known(calendar: &Tree<'_>) -> Option<Vec<u8>> {
    let is_known = |component: &Tree<'_>| {
        component.is("VTIMEZONE")
            && component
                .property("TZID")
                .is_some_and(|tzid| zone::is_known(tzid.value().trim()))
    };
    if !calendar.components().any(is_known) {
        return None;
    }
    let mut out = calendar.begin.raw().to_vec();
    for content in &calendar.content {
        match content {
            Content::Line(line) => out.extend_from_slice(line.raw()),
            Content::Component(component) if is_known(component) => {}
            Content::Component(component) => whole(component, &mut out),
        }
    }
    out.extend_from_slice(calendar.end.raw());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(zones: &str) -> String {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{zones}BEGIN:VEVENT\r\nUID:1\r\n\
             DTSTART;TZID=Europe/Berlin:20260105T090000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    }

    fn zone(tzid: &str) -> String {
        format!(
            "BEGIN:VTIMEZONE\r\nTZID:{tzid}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
             TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        )
    }

    fn wanted(object: &str, wanted: Definitions) -> Option<String> {
        let tree = Tree::read(object.as_bytes()).unwrap();
        with(&tree, wanted).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn what_everybody_has_is_left_out() {
        let own = zone("Bureau");
        let both = object(&format!("{}{own}", zone("Europe/Berlin")));
        assert_eq!(wanted(&both, Definitions::Unknown), Some(object(&own)));
        assert_eq!(wanted(&object(&own), Definitions::Unknown), None);
    }
}
