//! Time zones: from a VTIMEZONE, or by name from the database inside the binary.

/// The database inside the binary.
pub mod database;
mod definition;
mod named;
mod object;
mod rules;
mod vtimezone;
mod windows;
/// Zones as VTIMEZONE.
pub mod write;

use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::text::tree::Tree;
pub use object::{Zones, of_calendar_timezone, tzid};
use rules::Rules;

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
        let at = |offset: Offset| seconds(local).saturating_sub(offset.seconds().into());
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
                Err(_) => {
                    let offset = zone.to_offset(timestamp(instant)).seconds();
                    local_of(instant.saturating_add(offset.into()))
                }
            },
            Kind::Defined(rules) => {
                local_of(instant.saturating_add(i64::from(rules.offset(instant))))
            }
        }
    }

    /// The least and the greatest offset from UTC in seconds, to the east, in this time.
    #[must_use]
    pub fn offsets(&self, from: i64, to: i64) -> (i32, i32) {
        let zone = match &self.0 {
            Kind::Known(zone) => zone,
            Kind::Defined(rules) => return rules.offsets(from, to),
        };
        // Later changes repeat those of the years before.
        let to = to.min(from.max(LAST_CHANGES).saturating_add(2 * YEAR));
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

/// The nearest that jiff has: the last day of 9999 lies beyond.
fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// As if it were in UTC.
fn seconds(local: DateTime) -> i64 {
    local.duration_since(EPOCH).as_secs()
}

/// As if it were in UTC.
fn local_of(seconds: i64) -> DateTime {
    match Timestamp::from_second(seconds) {
        Ok(timestamp) => Offset::UTC.to_datetime(timestamp),
        Err(_) => EPOCH.saturating_add(SignedDuration::from_secs(seconds)),
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

    #[test]
    fn the_ends_of_time() {
        for name in [
            "UTC",
            "America/New_York",
            "Pacific/Kiritimati",
            "Europe/Berlin",
            "-0800",
            "+1400",
        ] {
            let zone = Zone::named(name).unwrap();
            // The first and the last days that a DATE-TIME can name.
            for (year, month, day) in [(0, 1, 1), (1, 1, 1), (9999, 12, 30), (9999, 12, 31)] {
                for hour in [0, 23] {
                    let local = jiff::civil::date(year, month, day).at(hour, 59, 59, 0);
                    let at = zone.instant(local);
                    assert_eq!(zone.local(at), local, "{name} {local}");
                    assert!(
                        (at - super::seconds(local)).abs() < 86_400,
                        "{name} {local} {at}"
                    );
                }
            }
            assert!(zone.local(i64::MAX) > zone.local(0));
            assert!(zone.local(i64::MIN) < zone.local(0));
            let (least, greatest) = zone.offsets(i64::MIN, i64::MAX);
            assert!(least <= greatest && least.abs().max(greatest.abs()) < 86_400);
            assert!(zone.instant(DateTime::MIN) < zone.instant(DateTime::MAX));
        }
    }
}
