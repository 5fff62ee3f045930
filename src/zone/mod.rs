//! Time zones: from a VTIMEZONE, or by name from the database inside the binary.

pub mod database;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// Where local times become moments. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Zone {
    inner: TimeZone,
}

impl Zone {
    pub const UTC: Zone = Zone {
        inner: TimeZone::UTC,
    };

    /// By the name in a TZID.
    #[must_use]
    pub fn named(name: &str) -> Option<Zone> {
        jiff::tz::db().get(name).ok().map(|inner| Zone { inner })
    }

    /// Seconds since 1970 at which clocks there show this. A time that they skip is taken with the
    /// offset before the gap, a time that they show twice is the first (RFC 5545 section 3.3.5).
    #[must_use]
    pub fn instant(&self, local: DateTime) -> i64 {
        let offset = match self.inner.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset }
            | AmbiguousOffset::Gap { before: offset, .. }
            | AmbiguousOffset::Fold { before: offset, .. } => offset,
        };
        seconds(local) - i64::from(offset.seconds())
    }

    /// The least and the greatest offset from UTC in seconds, to the east, in this time.
    #[must_use]
    pub fn offsets(&self, from: i64, to: i64) -> (i32, i32) {
        let moment = |seconds: i64| {
            Timestamp::from_second(seconds).unwrap_or(if seconds < 0 {
                Timestamp::MIN
            } else {
                Timestamp::MAX
            })
        };
        let (from, to) = (moment(from), moment(to));
        let first = self.inner.to_offset(from).seconds();
        let changes = self
            .inner
            .following(from)
            .take_while(|change| change.timestamp() <= to);
        changes.fold((first, first), |(least, greatest), change| {
            let offset = change.offset().seconds();
            (least.min(offset), greatest.max(offset))
        })
    }

    /// What clocks there show at this moment, in seconds since 1970.
    #[must_use]
    pub fn local(&self, instant: i64) -> DateTime {
        match Timestamp::from_second(instant) {
            Ok(timestamp) => self.inner.to_datetime(timestamp),
            Err(_) if instant < 0 => DateTime::MIN,
            Err(_) => DateTime::MAX,
        }
    }
}

/// The zones that the TZIDs of one calendar object mean.
#[derive(Clone, Debug)]
pub struct Zones<'t> {
    floating: Zone,
    calendar: std::marker::PhantomData<&'t ()>,
}

impl<'t> Zones<'t> {
    /// `floating` is where times without a zone are.
    #[must_use]
    pub fn of(_calendar: &'t crate::text::tree::Tree<'t>, floating: Zone) -> Zones<'t> {
        Zones {
            floating,
            calendar: std::marker::PhantomData,
        }
    }

    /// The zone of a TZID, where it is known which one is meant.
    #[must_use]
    pub fn find(&self, tzid: &str) -> Option<Zone> {
        Zone::named(tzid)
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

/// As if it were in UTC.
fn seconds(local: DateTime) -> i64 {
    Offset::UTC
        .to_timestamp(local)
        .map_or(i64::MAX, |timestamp| timestamp.as_second())
}

/// The zone of an iCalendar object with one VTIMEZONE, as CALDAV:calendar-timezone and
/// CALDAV:timezone hold it (RFC 4791 sections 5.2.2 and 9.8).
#[must_use]
pub fn of_calendar_timezone(bytes: &[u8]) -> Option<Zone> {
    let calendar = crate::text::tree::Tree::read(bytes).ok()?;
    let mut zones = calendar.components().filter(|c| c.is("VTIMEZONE"));
    let tzid = zones.next()?.property("TZID")?.value_cow();
    match zones.next() {
        None => Some(Zones::of(&calendar, Zone::UTC).of_tzid(&tzid)),
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
    use super::is_known;

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
}
