//! Time zones: from a VTIMEZONE, or by name from the database inside the binary.

/// The database inside the binary.
pub mod database;
mod definition;
mod named;
mod vtimezone;
mod windows;
/// Zones as VTIMEZONE.
pub mod write;

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::text::tree::Tree;
use vtimezone::Rules;

/// Where local times become moments. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Zone(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Known(TimeZone),
    Defined(Arc<Rules>),
}

impl Zone {
    pub const UTC: Zone = Zone(Kind::Known(TimeZone::UTC));

    /// By the name in a TZID: IANA's, Windows', behind the prefix of a vendor, or an offset.
    #[must_use]
    pub fn named(name: &str) -> Option<Zone> {
        named::named(name).map(|zone| Zone(Kind::Known(zone)))
    }

    /// What a VTIMEZONE defines; None where that cannot be understood.
    #[must_use]
    pub fn defined(definition: &Tree) -> Option<Zone> {
        definition::remembered(definition).map(|rules| Zone(Kind::Defined(rules)))
    }

    /// IANA's name, where it is one of IANA's zones.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Kind::Known(zone) => zone.iana_name(),
            Kind::Defined(_) => None,
        }
    }

    /// Seconds since 1970 at which clocks there show this. A time that they skip is taken with the
    /// offset before the gap, a time that they show twice is the first (RFC 5545 section 3.3.5).
    #[must_use]
    pub fn instant(&self, local: DateTime) -> i64 {
        let zone = match &self.0 {
            Kind::Known(zone) => zone,
            Kind::Defined(rules) => return rules.instant(local),
        };
        let at = |offset: Offset| seconds(local) - i64::from(offset.seconds());
        let shows = |offset: &Offset| zone.to_offset(timestamp(at(*offset))) == *offset;
        match zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => at(offset),
            // Where only the rules changed and no clock did (Nuuk, October 2023), jiff has a fold.
            AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => {
                at([before, after].into_iter().find(shows).unwrap_or(before))
            }
        }
    }

    /// What clocks there show at this moment, in seconds since 1970.
    #[must_use]
    pub fn local(&self, instant: i64) -> DateTime {
        match &self.0 {
            Kind::Known(zone) => match Timestamp::from_second(instant) {
                Ok(timestamp) => zone.to_datetime(timestamp),
                Err(_) => local_of(instant),
            },
            Kind::Defined(rules) => {
                local_of(instant.saturating_add(i64::from(rules.offset(instant))))
            }
        }
    }

    /// The least and the greatest offset from UTC in seconds, to the east, in this time.
    #[must_use]
    pub fn offsets(&self, from: i64, to: i64) -> (i32, i32) {
        // Later changes repeat those of the years before.
        let to = to.min(from.max(LAST_CHANGES).saturating_add(2 * YEAR));
        let zone = match &self.0 {
            Kind::Known(zone) => zone,
            Kind::Defined(rules) => return rules.offsets(from, to),
        };
        let from = timestamp(from);
        let first = zone.to_offset(from).seconds();
        if zone.to_fixed_offset().is_ok() {
            return (first, first);
        }
        let changes = zone
            .following(from)
            .take_while(|change| change.timestamp().as_second() <= to);
        changes.fold((first, first), |(least, greatest), change| {
            let offset = change.offset().seconds();
            (least.min(offset), greatest.max(offset))
        })
    }
}

/// Governments have decided no further than this (Morocco until 2087).
const LAST_CHANGES: i64 = 3_800_000_000;
const YEAR: i64 = 366 * 86_400;

fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// As if it were in UTC.
fn seconds(local: DateTime) -> i64 {
    Offset::UTC
        .to_timestamp(local)
        .map_or(i64::MAX, |timestamp| timestamp.as_second())
}

/// As if it were in UTC.
fn local_of(seconds: i64) -> DateTime {
    match Timestamp::from_second(seconds) {
        Ok(timestamp) => Offset::UTC.to_datetime(timestamp),
        Err(_) if seconds < 0 => DateTime::MIN,
        Err(_) => DateTime::MAX,
    }
}

/// What a VTIMEZONE says in passing, where its rules say nothing.
fn by_hint(definition: &Tree) -> Option<Zone> {
    ["X-LIC-LOCATION", "X-TZINFO", "TZID"]
        .iter()
        .filter_map(|name| definition.property(name))
        .find_map(|line| Zone::named(line.value()))
}

/// The zones that the TZIDs of one calendar object mean.
#[derive(Debug)]
pub struct Zones<'t> {
    floating: Zone,
    definitions: Vec<(&'t str, &'t Tree<'t>, OnceLock<Option<Zone>>)>,
}

/// An object that defines more zones has them by name, where they have one.
const MOST_DEFINITIONS: usize = 64;

impl<'t> Zones<'t> {
    /// `floating` is where times without a zone are.
    #[must_use]
    pub fn of(calendar: &'t Tree<'t>, floating: Zone) -> Zones<'t> {
        let definitions = calendar
            .components()
            .filter(|component| component.is("VTIMEZONE"))
            .filter_map(|component| Some((component.property("TZID")?.value().trim(), component)))
            .take(MOST_DEFINITIONS)
            .map(|(id, component)| (id, component, OnceLock::new()))
            .collect();
        Zones {
            floating,
            definitions,
        }
    }

    /// The zone of a TZID, where it is known which one is meant: what the object defines (RFC 5545
    /// section 3.2.19), else what the name says (RFC 7809 section 3.1).
    #[must_use]
    pub fn find(&self, tzid: &str) -> Option<Zone> {
        let tzid = tzid.trim();
        let own = self.definitions.iter().find(|(id, ..)| *id == tzid);
        let Some((_, definition, zone)) = own else {
            return Zone::named(tzid);
        };
        zone.get_or_init(|| Zone::defined(definition).or_else(|| by_hint(definition)))
            .clone()
    }

    /// The zone of a TZID; the floating one where nobody knows which one is meant.
    #[must_use]
    pub fn of_tzid(&self, tzid: &str) -> Zone {
        self.find(tzid).unwrap_or_else(|| self.floating.clone())
    }

    /// Where times without a zone are.
    #[must_use]
    pub fn floating(&self) -> &Zone {
        &self.floating
    }
}

/// The zone of an iCalendar object with one VTIMEZONE, as CALDAV:calendar-timezone and
/// CALDAV:timezone hold it (RFC 4791 sections 5.2.2 and 9.8).
#[must_use]
pub fn of_calendar_timezone(bytes: &[u8]) -> Option<Zone> {
    let calendar = Tree::read(bytes).ok()?;
    let mut zones = calendar.components().filter(|c| c.is("VTIMEZONE"));
    let definition = zones.next()?;
    match zones.next() {
        None => Zone::defined(definition).or_else(|| by_hint(definition)),
        Some(_) => None,
    }
}

/// Whether IANA's database has a zone of this name.
#[must_use]
pub fn is_known(name: &str) -> bool {
    jiff::tz::db().get(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for known in [
            "Europe/Berlin",
            "America/Argentina/Ushuaia",
            "UTC",
            "Etc/GMT+5",
        ] {
            assert!(is_known(known), "{known}");
        }
        for unknown in [
            "Europe/Atlantis",
            "",
            "../../etc/passwd",
            "W. Europe Standard Time",
        ] {
            assert!(!is_known(unknown), "{unknown}");
        }
    }

    #[test]
    fn a_change_that_moves_no_clock() {
        // python: datetime(2023, 10, 28, 23, tzinfo=ZoneInfo("America/Nuuk")).timestamp()
        let zone = Zone::named("America/Nuuk").unwrap();
        let local = jiff::civil::date(2023, 10, 28).at(23, 0, 0, 0);
        assert_eq!(zone.instant(local), 1_698_541_200);
    }

    fn calendar(inside: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inside}END:VCALENDAR\r\n")
    }

    #[test]
    fn the_definition_in_the_object_counts() {
        // Named like a zone of IANA's, and two hours off.
        let text = calendar(
            "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
             TZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n",
        );
        let tree = Tree::read(text.as_bytes()).unwrap();
        let zones = Zones::of(&tree, Zone::UTC);
        let noon = jiff::civil::date(2026, 1, 1).at(12, 0, 0, 0);
        let hours = |tzid: &str| (seconds(noon) - zones.of_tzid(tzid).instant(noon)) / 3600;
        assert_eq!(hours("Europe/Berlin"), 3);
        assert_eq!(hours("Europe/Paris"), 1);
        assert_eq!(hours("Nowhere"), 0);
        assert!(zones.find("Nowhere").is_none());
    }

    #[test]
    fn a_definition_that_defines_nothing_leaves_its_name() {
        for broken in [
            "BEGIN:VTIMEZONE\r\nTZID:Tokyo Standard Time\r\nEND:VTIMEZONE\r\n",
            "BEGIN:VTIMEZONE\r\nTZID:x\r\nX-LIC-LOCATION:Asia/Tokyo\r\nBEGIN:STANDARD\r\n\
             DTSTART:19700101T000000\r\nTZOFFSETFROM:9\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n",
            "BEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
             TZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nRRULE:FREQ=SECONDLY\r\nEND:STANDARD\r\n\
             END:VTIMEZONE\r\n",
        ] {
            let text = calendar(broken);
            let tree = Tree::read(text.as_bytes()).unwrap();
            let id = tree.components().next().unwrap().property("TZID").unwrap();
            let zone = Zones::of(&tree, Zone::UTC).find(id.value()).unwrap();
            assert_eq!(zone.name(), Some("Asia/Tokyo"));
        }
    }
}
