//! Time zones by reference (RFC 7809): an object without the definitions that everybody has, or with
//! all that it needs.

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::civil::DateTime;

use crate::text::date::Stamp;
use crate::text::fold::fold;
use crate::text::line::escape;
use crate::text::tree::{Content, Tree};
use crate::zone::{self, Zone, write};

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
        Definitions::All => with_missing(calendar),
        Definitions::Unknown => without_known(calendar),
    }
}

/// Section 3.1.3: the server "MUST NOT return any VTIMEZONE components if the time zone identifier
/// matches" a standard one, whatever stands in it.
fn without_known(calendar: &Tree<'_>) -> Option<Vec<u8>> {
    let is_known = |component: &Tree<'_>| {
        component.is("VTIMEZONE") && zone::tzid(component).is_some_and(|tzid| zone::is_known(&tzid))
    };
    if !calendar.components().any(is_known) {
        return None;
    }
    let mut out = calendar.begin.raw().to_vec();
    for content in &calendar.content {
        match content {
            Content::Line(line) => out.extend_from_slice(line.raw()),
            Content::Unread(raw) => out.extend_from_slice(raw),
            Content::Component(component) if is_known(component) => {}
            Content::Component(component) => component.print(&mut out),
        }
    }
    out.extend_from_slice(calendar.end.raw());
    Some(out)
}

/// Zones that one object is given definitions of at most.
const MOST_ADDED: usize = 64;

/// A zone that is referred to and not defined, and the first year it is needed in.
struct Needed<'t> {
    tzid: Cow<'t, str>,
    year: i16,
}

/// Section 3.1.3: "the server MUST include all the appropriate VTIMEZONE components". A name that
/// nobody knows has none.
fn with_missing(calendar: &Tree<'_>) -> Option<Vec<u8>> {
    let defined = calendar
        .components()
        .filter(|component| component.is("VTIMEZONE"))
        .filter_map(zone::tzid)
        .collect();
    let mut needed = Vec::new();
    collect(calendar, &defined, &mut needed);
    let mut added = Vec::new();
    for zone in needed {
        added.extend(definition(&zone).unwrap_or_default().into_bytes());
    }
    if added.is_empty() {
        return None;
    }
    let mut out = calendar.begin.raw().to_vec();
    let mut is_placed = false;
    for content in &calendar.content {
        match content {
            Content::Line(line) => out.extend_from_slice(line.raw()),
            Content::Unread(raw) => out.extend_from_slice(raw),
            Content::Component(component) => {
                if !is_placed {
                    out.extend_from_slice(&added);
                    is_placed = true;
                }
                component.print(&mut out);
            }
        }
    }
    out.extend_from_slice(calendar.end.raw());
    Some(out)
}

/// Calls itself as deep as the object is, which has a bound.
fn collect<'t>(
    component: &'t Tree<'_>,
    defined: &HashSet<Cow<'_, str>>,
    needed: &mut Vec<Needed<'t>>,
) {
    for line in component.properties() {
        let tzid = line.parameter("TZID");
        let Some(tzid) = tzid.filter(|tzid| !defined.contains(tzid.trim())) else {
            continue;
        };
        let first = line.value().split(',').next().unwrap_or_default();
        let year = Stamp::parse(first).map_or(1970, |stamp| stamp.year.cast_signed());
        if let Some(known) = needed.iter_mut().find(|known| known.tzid == tzid) {
            known.year = known.year.min(year);
        } else if needed.len() < MOST_ADDED {
            needed.push(Needed { tzid, year });
        }
    }
    for inner in component.components() {
        collect(inner, defined, needed);
    }
}

/// The definition of a zone that IANA has, under the name that the object has for it.
fn definition(needed: &Needed<'_>) -> Option<String> {
    let zone = Zone::named(&needed.tzid)?;
    let name = zone.name()?;
    // A day and more before it is needed, wherever that is.
    let since = DateTime::new(needed.year.max(2) - 1, 1, 1, 0, 0, 0, 0).ok()?;
    let definition = write::vtimezone(name, Zone::UTC.instant(since))?;
    let mut tzid = Vec::new();
    // A property is TEXT, a parameter is not.
    let line = format!("TZID:{}", escape(needed.tzid.trim()));
    fold(&line, "\r\n", &mut tzid);
    let tzid = String::from_utf8(tzid).ok()?;
    Some(definition.replacen(&format!("TZID:{name}\r\n"), &tzid, 1))
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

    #[test]
    fn what_is_missing_is_added() {
        assert_eq!(
            wanted(&object(&zone("Europe/Berlin")), Definitions::All),
            None
        );
        let added = wanted(&object(""), Definitions::All).unwrap();
        let tree = Tree::read(added.as_bytes()).unwrap();
        let names: Vec<&str> = tree.components().map(Tree::name).collect();
        assert_eq!(names, ["VTIMEZONE", "VEVENT"]);
        assert!(added.contains("TZID:Europe/Berlin\r\n"));
        assert_eq!(wanted(&added, Definitions::All), None);
        assert_eq!(wanted(&added, Definitions::Unknown), Some(object("")));
    }

    /// A parameter of any text, which a property has escaped (RFC 5545 section 3.3.11).
    #[test]
    fn names_with_commas_and_line_ends() {
        let referring = |tzid: &str, zones: &str| {
            object(zones).replace("TZID=Europe/Berlin", &format!("TZID=\"{tzid}\""))
        };
        let shown = "(UTC+01:00) Amsterdam, Berlin";
        let own = zone(&shown.replace(',', "\\,"));
        assert_eq!(wanted(&referring(shown, &own), Definitions::All), None);
        for tzid in [shown, "GMT Standard Time^n1"] {
            let added = wanted(&referring(tzid, ""), Definitions::All).unwrap();
            let tree = Tree::read(added.as_bytes()).unwrap();
            let parameter = tzid.replace("^n", "\n");
            assert_eq!(
                zone::tzid(tree.components().next().unwrap()).unwrap(),
                parameter
            );
            assert_eq!(wanted(&added, Definitions::All), None, "{added}");
        }
    }

    #[test]
    fn a_zone_keeps_the_name_it_has() {
        let windows = object("").replace("Europe/Berlin", "W. Europe Standard Time");
        let added = wanted(&windows, Definitions::All).unwrap();
        assert!(
            added.contains("\r\nTZID:W. Europe Standard Time\r\n"),
            "{added}"
        );
        assert_eq!(wanted(&added, Definitions::All), None);
        let nobodys = object("").replace("Europe/Berlin", "Atlantis");
        assert_eq!(wanted(&nobodys, Definitions::All), None);
    }
}
