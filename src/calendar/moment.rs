//! A DATE or DATE-TIME of a property, with what it says of zones (RFC 5545 sections 3.3.4 and
//! 3.3.5).

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

use crate::recurrence::Kind;
use crate::text::date::Stamp;
use crate::text::duration::Duration;
use crate::text::line::Line;
use crate::zone::{Zone, Zones};

static UTC: Zone = Zone::UTC;

/// When something is. The form is kept, because what is derived from it (an instance, an end) has
/// the same.
#[derive(Clone, Debug)]
pub enum Moment {
    /// A day, wherever one is.
    Date(Date),
    /// A local time without a zone: "form #1".
    Floating(DateTime),
    /// "Form #2".
    Utc(DateTime),
    /// "Form #3".
    Zoned(DateTime, Zone),
}

impl Moment {
    /// The value of a property such as DTSTART. Read as programs write it: the value says whether
    /// it is a date, whatever VALUE says, and `Z` means UTC beside a TZID too. None for what is no
    /// date.
    #[must_use]
    pub fn read(line: &Line, zones: &Zones) -> Option<Moment> {
        Source::of(line, zones).moment(line.value())
    }

    /// The values of a property that may have several, such as EXDATE. An empty list has none.
    pub fn read_list<'l>(
        line: &'l Line,
        zones: &Zones,
    ) -> impl Iterator<Item = Option<Moment>> + 'l {
        let source = Source::of(line, zones);
        values(line).map(move |value| source.moment(value))
    }

    /// All moments that a value names, those at the ends of a PERIOD too.
    pub(super) fn read_parts<'l>(
        line: &'l Line,
        zones: &Zones,
    ) -> impl Iterator<Item = Moment> + 'l {
        let source = Source::of(line, zones);
        let parts = values(line).flat_map(|value| value.split('/'));
        parts.filter_map(move |part| source.moment(part))
    }

    /// As its own clocks show it; midnight of a date.
    #[must_use]
    pub fn local(&self) -> DateTime {
        match self {
            Moment::Date(date) => date.at(0, 0, 0, 0),
            Moment::Floating(local) | Moment::Utc(local) | Moment::Zoned(local, _) => *local,
        }
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Moment::Date(_) => Kind::Date,
            _ => Kind::DateTime,
        }
    }

    #[must_use]
    pub fn is_date(&self) -> bool {
        matches!(self, Moment::Date(_))
    }

    /// Its own zone, or `floating` where it has none.
    #[must_use]
    pub fn zone<'z>(&'z self, floating: &'z Zone) -> &'z Zone {
        match self {
            Moment::Date(_) | Moment::Floating(_) => floating,
            Moment::Utc(_) => &UTC,
            Moment::Zoned(_, zone) => zone,
        }
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn instant(&self, floating: &Zone) -> i64 {
        self.zone(floating).instant(self.local())
    }

    /// Another time in the same form; of a date the day.
    #[must_use]
    pub fn at(&self, local: DateTime) -> Moment {
        match self {
            Moment::Date(_) => Moment::Date(local.date()),
            Moment::Floating(_) => Moment::Floating(local),
            Moment::Utc(_) => Moment::Utc(local),
            Moment::Zoned(_, zone) => Moment::Zoned(local, zone.clone()),
        }
    }

    /// The same form at this moment.
    #[must_use]
    pub fn at_instant(&self, instant: i64, floating: &Zone) -> Moment {
        self.at(self.zone(floating).local(instant))
    }

    /// When it is over that begins here and lasts so long, in seconds since 1970: first the days,
    /// by the clock, then the seconds (RFC 5545 section 3.3.6).
    #[must_use]
    pub fn end(&self, length: Duration, floating: &Zone) -> i64 {
        let zone = self.zone(floating);
        zone.instant(later(self.local(), length.days.saturating_mul(86_400)))
            .saturating_add(length.seconds)
    }

    /// A local time in a zone as UTC, which is what CALDAV:expand wants (RFC 4791 section 9.6.5).
    /// Dates and floating times have no zone and stay.
    #[must_use]
    pub fn to_utc(&self) -> Moment {
        match self {
            Moment::Zoned(local, zone) => Moment::Utc(Zone::UTC.local(zone.instant(*local))),
            _ => self.clone(),
        }
    }
}

/// As a value: `20260131`, `20260131T090000`, with `Z` in UTC.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local();
        let year = local.year().unsigned_abs();
        let parts = [
            (0, (year / 100) as u8),
            (2, (year % 100) as u8),
            (4, local.month().unsigned_abs()),
            (6, local.day().unsigned_abs()),
            (9, local.hour().unsigned_abs()),
            (11, local.minute().unsigned_abs()),
            (13, local.second().unsigned_abs()),
        ];
        // An answer writes thousands of them: digits are put in place, not formatted.
        let mut text = *b"yyyymmddThhmmssZ";
        for (at, part) in parts {
            text[at] = b'0' + part / 10 % 10;
            text[at + 1] = b'0' + part % 10;
        }
        let length = match self {
            Moment::Date(_) => 8,
            Moment::Floating(_) | Moment::Zoned(..) => 15,
            Moment::Utc(_) => 16,
        };
        f.write_str(std::str::from_utf8(&text[..length]).unwrap_or_default())
    }
}

/// So many seconds later by the same clock, within the years there are.
pub(super) fn later(local: DateTime, seconds: i64) -> DateTime {
    local.saturating_add(SignedDuration::from_secs(seconds))
}

/// From one to the other by the same clock.
pub(super) fn seconds_between(from: DateTime, to: DateTime) -> i64 {
    to.duration_since(from).as_secs()
}

/// The values of a list. Programs write `EXDATE:` without one, and blanks between them.
pub(super) fn values<'l>(line: &'l Line) -> impl Iterator<Item = &'l str> + 'l {
    line.value()
        .split(',')
        .map(|value| value.trim_matches([' ', '\t']))
        .filter(|value| !value.is_empty())
}

/// What a property says of all its values.
pub(super) struct Source {
    zone: Option<Zone>,
}

impl Source {
    pub(super) fn of(line: &Line, zones: &Zones) -> Source {
        let zone = line
            .parameter("TZID")
            .filter(|tzid| !tzid.trim().is_empty())
            .map(|tzid| zones.of_tzid(&tzid));
        Source { zone }
    }

    pub(super) fn moment(&self, value: &str) -> Option<Moment> {
        let stamp = Stamp::parse(value)?;
        let (month, day) = (stamp.month.cast_signed(), stamp.day.cast_signed());
        let date = Date::new(stamp.year.cast_signed(), month, day).ok()?;
        let Some(time) = stamp.time else {
            return Some(Moment::Date(date));
        };
        // Local time has no leap seconds (RFC 5545 section 3.3.12: like 59).
        let second = time.second.min(59).cast_signed();
        let local = date.at(
            time.hour.cast_signed(),
            time.minute.cast_signed(),
            second,
            0,
        );
        Some(match &self.zone {
            _ if time.utc => Moment::Utc(local),
            Some(zone) => Moment::Zoned(local, zone.clone()),
            None => Moment::Floating(local),
        })
    }
}
