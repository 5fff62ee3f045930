//! What lies in a range of time (RFC 4791 section 9.9, RFC 7953 section 7.2.2).

use std::ops::ControlFlow;

use crate::calendar::instance::RecurrenceSet;
use crate::calendar::moment::{Moment, Source, later, values};
use crate::calendar::series::{Instance, Visit, Window};
use crate::calendar::span::Span;
use crate::text::duration::Duration;
use crate::text::line::Line;
use crate::text::tree::Tree;
use crate::zone::{Zone, Zones};

/// From `start` to before `end`, in seconds since 1970. An end that is left open is `i64::MIN` or
/// `i64::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub start: i64,
    pub end: i64,
}

impl Range {
    pub const EVERYTHING: Range = Range {
        start: i64::MIN,
        end: i64::MAX,
    };

    /// Whether it goes on after this moment: `end > moment`.
    #[must_use]
    pub fn is_open_after(self, moment: i64) -> bool {
        self.end > moment || self.end == i64::MAX
    }

    #[must_use]
    pub fn contains(self, moment: i64) -> bool {
        self.start <= moment && self.is_open_after(moment)
    }

    /// Where to look for what overlaps: the tables count some ends in.
    #[must_use]
    pub fn window(self) -> Window {
        Window {
            low: self.start,
            high: self.end,
        }
    }
}

impl RecurrenceSet<'_, '_> {
    /// Whether an instance that this component describes overlaps the range. An instance that has
    /// a component of its own does not count for the master. What RFC 4791 and RFC 7953 do not
    /// define overlaps nothing.
    #[must_use]
    pub fn overlaps(&self, component: &Tree, range: Range) -> bool {
        let Some(number) = self.number(component) else {
            return if component.is("VFREEBUSY") {
                freebusy_overlaps(component, self.zones, range)
            } else if component.is("VAVAILABILITY") {
                availability_range(component, self.zones).is_none_or(|own| own.overlaps(range))
            } else {
                false
            };
        };
        if self.is_unevaluable() {
            return true;
        }
        if component.is("VTODO") && Span::of(component, self.zones).is_none() {
            let described = self.series().overrides.iter();
            if !described.clone().any(|o| o.component == number) {
                return undated_todo_overlaps(component, self.zones, range);
            }
        }
        let mut found = false;
        let visit = self.visit(Some(number), range.window(), &mut |instance| {
            if instance
                .shape
                .overlaps(instance.starts, instance.ends, range)
            {
                found = true;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        found || visit == Visit::Spent
    }

    /// Whether an alarm of this component goes off in the range, at any of its instances: "if at
    /// least one of its triggers overlaps the time range".
    #[must_use]
    pub fn alarm_overlaps(&self, component: &Tree, alarm: &Tree, range: Range) -> bool {
        let Some(trigger) = Trigger::of(alarm, self.zones) else {
            return false;
        };
        let relative = match trigger.when {
            // "The alarm will only trigger for the specified absolute DATE-TIME" (RFC 5545 section
            // 3.8.6.3).
            When::At(moment) => return trigger.goes_off(moment, range),
            When::After(relative) => relative,
        };
        let Some(number) = self.number(component) else {
            return false;
        };
        if self.is_unevaluable() {
            return true;
        }
        // Days can be longer and shorter than they are by name.
        let slack = if relative.days == 0 { 0 } else { 2 * 86_400 };
        let first = relative.nominal_seconds();
        let window = Window {
            low: range
                .start
                .saturating_sub(first + slack)
                .saturating_sub(trigger.last_repeat()),
            high: range.end.saturating_sub(first - slack),
        };
        let window = Window {
            low: if range.start == i64::MIN {
                i64::MIN
            } else {
                window.low
            },
            high: if range.end == i64::MAX {
                i64::MAX
            } else {
                window.high
            },
        };
        let mut found = false;
        let visit = self.visit(Some(number), window, &mut |instance| {
            let moment = trigger.at(&instance, relative, self.zones.floating());
            if trigger.goes_off(moment, range) {
                found = true;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        found || visit == Visit::Spent
    }

    /// Whether a property of this component lies in the range. "If DTEND is not present in a
    /// VEVENT, but DURATION is, then the test should instead operate on the 'effective' DTEND", and
    /// so for DUE of a VTODO; only then is `line` None.
    #[must_use]
    pub fn property_overlaps(
        &self,
        component: &Tree,
        name: &str,
        line: Option<&Line>,
        range: Range,
    ) -> bool {
        match line {
            Some(line) => property_overlaps(line, self.zones, range),
            None => effective_end(component, name, self.zones).is_some_and(|at| range.contains(at)),
        }
    }
}

/// Whether the date-time of a property lies in the range. "The semantic is not defined" for other
/// properties than these.
#[must_use]
pub fn property_overlaps(line: &Line, zones: &Zones, range: Range) -> bool {
    const DEFINED: [&str; 7] = [
        "COMPLETED",
        "CREATED",
        "DTEND",
        "DTSTAMP",
        "DTSTART",
        "DUE",
        "LAST-MODIFIED",
    ];
    DEFINED.iter().any(|name| line.is(name))
        && Moment::read(line, zones)
            .is_some_and(|moment| range.contains(moment.instant(zones.floating())))
}

/// The DTEND of a VEVENT or DUE of a VTODO that has DTSTART and DURATION in its place, in seconds
/// since 1970.
#[must_use]
pub fn effective_end(component: &Tree, name: &str, zones: &Zones) -> Option<i64> {
    let own = if component.is("VTODO") {
        "DUE"
    } else {
        "DTEND"
    };
    if !name.eq_ignore_ascii_case(own) || component.property(own).is_some() {
        return None;
    }
    let start = Moment::read(component.property("DTSTART")?, zones)?;
    let duration = Duration::parse(component.property("DURATION")?.value())?;
    Some(start.end(duration, zones.floating()))
}

/// The last four rows for a VTODO.
fn undated_todo_overlaps(component: &Tree, zones: &Zones, range: Range) -> bool {
    let read = |name| {
        let moment = Moment::read(component.property(name)?, zones)?;
        Some(moment.instant(zones.floating()))
    };
    let (start, end) = (range.start, range.end);
    match (read("COMPLETED"), read("CREATED")) {
        (Some(completed), Some(created)) => {
            (start <= created || start <= completed) && (end >= created || end >= completed)
        }
        (Some(completed), None) => start <= completed && end >= completed,
        (None, Some(created)) => range.is_open_after(created),
        (None, None) => true,
    }
}

/// "When only FREEBUSY properties are used, each period in each FREEBUSY property is compared
/// against the time range, irrespective of the type". DURATION is ignored.
fn freebusy_overlaps(component: &Tree, zones: &Zones, range: Range) -> bool {
    let read = |name| {
        let moment = Moment::read(component.property(name)?, zones)?;
        Some(moment.instant(zones.floating()))
    };
    if let (Some(start), Some(end)) = (read("DTSTART"), read("DTEND")) {
        return range.start <= end && range.is_open_after(start);
    }
    component
        .properties()
        .filter(|line| line.group().is_none() && line.is("FREEBUSY"))
        .flat_map(|line| periods(line, zones))
        .any(|(_, period)| period.is_some_and(|period| period.overlaps(range)))
}

/// The values of a FREEBUSY (RFC 5545 section 3.8.2.6), as written and as they are read: None for
/// what is no period.
pub(super) fn periods<'l>(
    line: &'l Line,
    zones: &'l Zones,
) -> impl Iterator<Item = (&'l str, Option<Period>)> + 'l {
    let source = Source::of(line, zones);
    values(line).map(move |value| (value, Period::read(value, &source, zones.floating())))
}

/// A time that has an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Period {
    fn read(value: &str, source: &Source, floating: &Zone) -> Option<Period> {
        let (start, end) = value.split_once('/')?;
        let start = source.moment(start)?;
        let end = match Duration::parse(end) {
            Some(length) => start.end(length, floating),
            None => source.moment(end)?.instant(floating),
        };
        let start = start.instant(floating);
        Some(Period { start, end })
    }

    pub(super) fn overlaps(self, range: Range) -> bool {
        range.start < self.end && range.is_open_after(self.start)
    }
}

/// From DTSTART to DTEND or DTSTART+DURATION of a VAVAILABILITY, open where they are missing (RFC
/// 7953 section 3.1). None where neither stands there: that is always.
pub(super) fn availability_range(component: &Tree, zones: &Zones) -> Option<Period> {
    let read = |name| Moment::read(component.property(name)?, zones);
    let floating = zones.floating();
    let (start, end) = (read("DTSTART"), read("DTEND"));
    let duration = || Duration::parse(component.property("DURATION")?.value());
    let end = match (&start, end) {
        (_, Some(end)) => Some(end.instant(floating)),
        (Some(start), None) => duration().map(|length| start.end(length, floating)),
        (None, None) => return None,
    };
    Some(Period {
        start: start.map_or(i64::MIN, |start| start.instant(floating)),
        end: end.unwrap_or(i64::MAX),
    })
}

/// When an alarm goes off (RFC 5545 section 3.8.6).
struct Trigger {
    when: When,
    /// RELATED=END.
    from_end: bool,
    /// How often again.
    repeat: i64,
    /// After how many seconds each.
    delay: i64,
}

enum When {
    At(i64),
    After(Duration),
}

impl Trigger {
    fn of(alarm: &Tree, zones: &Zones) -> Option<Trigger> {
        let line = alarm.property("TRIGGER")?;
        let when = match Duration::parse(line.value()) {
            Some(duration) => When::After(duration),
            None => When::At(Moment::read(line, zones)?.instant(zones.floating())),
        };
        let from_end = line
            .parameter("RELATED")
            .is_some_and(|related| related.trim().eq_ignore_ascii_case("END"));
        let delay = alarm
            .property("DURATION")
            .and_then(|line| Duration::parse(line.value()))
            .filter(|delay| delay.is_positive());
        let repeat = alarm
            .property("REPEAT")
            .and_then(|line| line.value().trim().parse::<i64>().ok());
        // Neither may stand without the other (RFC 5545 section 3.6.6).
        let (repeat, delay) = match (repeat, delay) {
            (Some(repeat), Some(delay)) => (repeat.clamp(0, 1 << 20), delay.nominal_seconds()),
            _ => (0, 1),
        };
        Some(Trigger {
            when,
            from_end,
            repeat,
            delay,
        })
    }

    /// From the first time to the last.
    fn last_repeat(&self) -> i64 {
        self.repeat.saturating_mul(self.delay)
    }

    /// The first time it goes off for this instance.
    fn at(&self, instance: &Instance, after: Duration, floating: &Zone) -> i64 {
        let base = if self.from_end {
            instance.ends
        } else {
            instance.starts
        };
        if after.days == 0 {
            return base.saturating_add(after.seconds);
        }
        let zone = instance.start.zone(floating);
        let day = later(zone.local(base), after.days.saturating_mul(86_400));
        zone.instant(day).saturating_add(after.seconds)
    }

    fn goes_off(&self, first: i64, range: Range) -> bool {
        // The first repetition that is not before the range.
        let before = range.start.saturating_sub(first).max(0);
        let nth = before / self.delay + i64::from(before % self.delay != 0);
        nth <= self.repeat && range.contains(first.saturating_add(nth.saturating_mul(self.delay)))
    }
}
