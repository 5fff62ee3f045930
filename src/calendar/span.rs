//! When a component is, as long as it does not recur: where it begins, how long it lasts, and which
//! row of the tables in RFC 4791 section 9.9 is its own.

use crate::calendar::moment::{Moment, seconds_between};
use crate::calendar::overlap::Range;
use crate::text::duration::Duration;
use crate::text::tree::Tree;
use crate::zone::Zones;

/// Begin, length and row of one component. Its instances begin elsewhere and have the other two.
#[derive(Clone, Debug)]
pub struct Span {
    /// DTSTART. Of a VTODO without one it is DUE: programs write recurring tasks that way.
    pub anchor: Moment,
    /// Until its end. Below zero only where a VTODO is due before it starts.
    pub length: Duration,
    pub shape: Shape,
}

/// Rows of the tables in RFC 4791 section 9.9, for a component with DTSTART or DUE.
///
/// The numbers stand on disk: never change or reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Shape {
    /// VEVENT and VJOURNAL. A VTODO with nothing but DTSTART is the same without a length.
    Period = 0,
    /// A VTODO with DTSTART and DURATION.
    TodoDuration = 1,
    /// A VTODO with DTSTART and DUE.
    TodoDue = 2,
    /// A VTODO with DUE and without DTSTART.
    TodoDueOnly = 3,
}

impl Shape {
    pub const ALL: [Shape; 4] = [
        Shape::Period,
        Shape::TodoDuration,
        Shape::TodoDue,
        Shape::TodoDueOnly,
    ];

    /// Its number, as the store keeps it.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    #[must_use]
    pub fn from_number(number: u8) -> Option<Shape> {
        Shape::ALL
            .into_iter()
            .find(|shape| shape.number() == number)
    }

    /// Whether an instance with this start and this end, in seconds since 1970, overlaps the
    /// range. What overlaps has its end at or after the range's start, and its start at or before
    /// the range's end: that is what an index may look for.
    #[must_use]
    pub fn overlaps(self, start: i64, end: i64, range: Range) -> bool {
        match self {
            // A component without a length is a point, and the start of a range belongs to it.
            Shape::Period if end <= start => range.contains(start),
            Shape::Period => range.start < end && range.is_open_after(start),
            Shape::TodoDuration => {
                range.start <= end && (range.is_open_after(start) || range.end >= end)
            }
            Shape::TodoDue => {
                (range.start < end || range.start <= start)
                    && (range.is_open_after(start) || range.end >= end)
            }
            Shape::TodoDueOnly => range.start < end && range.end >= end,
        }
    }
}

impl Span {
    /// Of a VEVENT, a VTODO, a VJOURNAL or an AVAILABLE. None without a DTSTART (or DUE) that can
    /// be read.
    #[must_use]
    pub fn of(component: &Tree, zones: &Zones) -> Option<Span> {
        let read = |name| {
            component
                .property(name)
                .and_then(|line| Moment::read(line, zones))
        };
        let is_todo = component.is("VTODO");
        let end = if component.is("VJOURNAL") {
            None
        } else {
            read(if is_todo { "DUE" } else { "DTEND" })
        };
        let Some(start) = read("DTSTART") else {
            return end.filter(|_| is_todo).map(Span::due_only);
        };
        Some(Span::between(component, start, end, zones))
    }

    fn due_only(due: Moment) -> Span {
        Span {
            anchor: due,
            length: Duration::ZERO,
            shape: Shape::TodoDueOnly,
        }
    }

    /// Of a component that begins here, wherever its DTSTART says.
    #[must_use]
    pub fn at(start: Moment, component: &Tree, zones: &Zones) -> Span {
        Span::between(component, start, None, zones)
    }

    fn between(component: &Tree, start: Moment, end: Option<Moment>, zones: &Zones) -> Span {
        let is_todo = component.is("VTODO");
        let duration = if component.is("VJOURNAL") {
            None
        } else {
            component
                .property("DURATION")
                .and_then(|line| Duration::parse(line.value()))
        };
        let (length, shape) = match (end, duration) {
            (Some(end), _) if is_todo => (length(&start, &end, zones), Shape::TodoDue),
            (None, Some(duration)) if is_todo => (duration, Shape::TodoDuration),
            (None, None) if is_todo => (Duration::ZERO, Shape::Period),
            // "MUST be later in time" (RFC 5545 section 3.8.2.2). Programs write all-day events
            // that end on the day they begin: an end that is none is passed over.
            (Some(end), _) => {
                let length = length(&start, &end, zones);
                let length = Some(length).filter(|length| length.is_positive());
                (length.unwrap_or(by_default(&start)), Shape::Period)
            }
            (None, Some(duration)) if duration.is_positive() => (duration, Shape::Period),
            (None, Some(_)) => (Duration::ZERO, Shape::Period),
            (None, None) => (by_default(&start), Shape::Period),
        };
        Span {
            anchor: start,
            length,
            shape,
        }
    }
}

/// "1 day (+P1D) when the DTSTART is a DATE value, and 0 seconds when the DTSTART is a DATE-TIME
/// value" (RFC 4791 section 9.9).
fn by_default(start: &Moment) -> Duration {
    Duration::of_days(i64::from(start.is_date()))
}

/// DTEND and DUE say an exact duration, which every instance has (RFC 5545 section 3.8.5.3);
/// between two dates there are days.
fn length(start: &Moment, end: &Moment, zones: &Zones) -> Duration {
    match (start, end) {
        (Moment::Date(_), Moment::Date(_)) => {
            Duration::of_days(seconds_between(start.local(), end.local()) / 86_400)
        }
        // A day among times has no zone but theirs.
        (_, Moment::Date(_)) => {
            let zone = start.zone(zones.floating());
            let end = zone.instant(end.local());
            Duration::of_seconds(end.saturating_sub(start.instant(zones.floating())))
        }
        _ => {
            let (start, end) = (
                start.instant(zones.floating()),
                end.instant(zones.floating()),
            );
            Duration::of_seconds(end.saturating_sub(start))
        }
    }
}
