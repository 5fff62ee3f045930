/// When an alarm goes off.
mod alarm;
/// When somebody works at all.
mod availability;
/// Objects without the time zones that everybody has.
pub mod by_reference;
/// The kinds of component that a calendar collection holds, and sets of them.
pub mod component;
/// Each instance by itself.
pub mod expand;
/// What a query looks for.
pub mod filter;
/// When somebody is busy.
pub mod freebusy;
/// What the store keeps of an object so that a query for a range of time opens no body.
pub mod index;
/// The recurrence set of an object: master, overrides, rules.
pub mod instance;
/// Objects without what does not impact a range of time.
pub mod limit;
/// When a property says something is.
pub mod moment;
/// A calendar object resource, read once, on PUT.
pub mod object;
/// What lies in a range of time.
pub mod overlap;
/// Parts of an object.
pub mod retrieve;
/// Instances from numbers alone, without the text.
pub mod series;
/// When a component is.
pub mod span;
/// A file of many components into objects, for an import.
pub mod split;
/// Start and end in a request.
pub mod time_range;
/// An iCalendar object that is nothing but a time zone.
mod timezone;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod properties;

use crate::text::nest;
use crate::text::sketch::{Names, Others, Sealed, Wanted};
use crate::text::tree::Tree;

pub use component::{Component, Components};
pub use object::{Condition, Invalid, Object, read};
pub use timezone::is_timezone;

/// Reads of a stored object what says when it is, and who is busy then.
///
/// # Errors
/// Where BEGIN and END, or a line that is wanted, are not what they must be.
pub fn times(bytes: &[u8]) -> Result<Tree<'_>, nest::Invalid> {
    Tree::sketch(bytes, TIMES)
}

/// The same, and the rest as bytes: what its VTIMEZONEs define, and the properties that say nothing of
/// times and refer to no zone.
///
/// # Errors
/// As those of [`times`].
pub fn outside_zones(bytes: &[u8]) -> Result<Tree<'_>, nest::Invalid> {
    Tree::sketch(bytes, OUTSIDE_ZONES)
}

const OUTSIDE_ZONES: Wanted = Wanted {
    others: Others::Unread,
    ..TIMES
};

const TIMES: Wanted = Wanted {
    properties: Names::new(&[
        "BUSYTYPE",
        "COMPLETED",
        "CREATED",
        "DTEND",
        "DTSTART",
        "DUE",
        "DURATION",
        "EXDATE",
        "EXRULE",
        "FREEBUSY",
        "PRIORITY",
        "RDATE",
        "RECURRENCE-ID",
        "RRULE",
        "SEQUENCE",
        "STATUS",
        "TRANSP",
        "UID",
        "X-WR-TIMEZONE",
    ]),
    others: Others::LeftOut,
    sealed: Sealed {
        name: "VTIMEZONE",
        end: b"\nEND:VTIMEZONE",
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::{Zone, Zones};

    /// Else the index would look for an event where the query does not find it.
    #[test]
    fn the_zones_are_those_of_the_whole_object() {
        let tokyo = "X-WR-TIMEZONE:Asia/Tokyo\r\n";
        let rules = "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0300\r\n\
                     TZOFFSETTO:+0300\r\nEND:STANDARD\r\n";
        for (head, inside, expected) in [
            (tokyo, "", 9),
            ("", "", 0),
            (tokyo, "X-LIC-LOCATION:Asia/Dubai\r\n", 4),
            (tokyo, rules, 3),
        ] {
            let text = format!(
                "BEGIN:VCALENDAR\r\n{head}BEGIN:VTIMEZONE\r\nTZID:Ours\\, mostly\r\n{inside}\
                 END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1\r\n\
                 DTSTART;TZID=\"Ours, mostly\":20260101T120000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            );
            for tree in [Tree::read(text.as_bytes()), times(text.as_bytes())] {
                let tree = tree.unwrap();
                let zones = Zones::of(&tree, Zone::UTC);
                let local = zones.of_tzid("Ours, mostly").local(0);
                assert_eq!(i32::from(local.hour()), expected, "{text}");
            }
        }
    }
}
