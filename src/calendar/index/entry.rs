//! An object, read for its entry.

use super::form::{BOUND, BUSY, FREE, KIND, LOCAL, ONCE, QUARTER, RECURRING, Recurring, TENTATIVE};
use super::{Entry, Extent, seconds};
use crate::calendar::freebusy::{BusyType, busy_types};
use crate::calendar::instance::RecurrenceSet;
use crate::calendar::moment::Moment;
use crate::calendar::series::{Identity, Master, Series};
use crate::calendar::span::{Shape, Span};
use crate::calendar::times;
use crate::recurrence::{Compiled, Extent as Reach, Rule, Until, Work};
use crate::text::line::Line;
use crate::text::tree::Tree;
use crate::zone::{Zone, Zones};

/// A longer form costs a query more than the body would.
const LONGEST: usize = 1024;

/// Periods that may be looked at to find where a rule ends.
const WORK: u64 = 20_000;

const DAY: i64 = 86_400;

/// Of an object that [`crate::calendar::read`] has accepted. What cannot be understood is at any
/// time.
#[must_use]
pub fn entry(bytes: &[u8]) -> Entry {
    let always = Entry {
        extent: Extent::ALWAYS,
        form: vec![BOUND],
    };
    let Ok(calendar) = times(bytes) else {
        return always;
    };
    let zones = Zones::of(&calendar, Zone::UTC);
    if !knows_all(&calendar, &zones) {
        return always;
    }
    let set = RecurrenceSet::of(&calendar, &zones);
    if set.is_unevaluable() || !is_dated(&calendar, &zones) {
        return always;
    }
    let Some(local) = is_local_throughout(&calendar, &zones) else {
        return always;
    };
    let exact = !local || !has_end_by_clock(&calendar, &zones);
    let mut entry = of_series(set.series(), local, exact).unwrap_or(always);
    if let Some(head) = entry.form.first_mut() {
        *head |= busy_type(*head, &busy_types(&set));
    }
    entry
}

/// What is to stand beside this head. `types` has one of each component.
fn busy_type(head: u8, types: &[Option<BusyType>]) -> u8 {
    match (head & (KIND | LOCAL), types) {
        (_, types) if types.iter().all(Option::is_none) => FREE,
        (ONCE, [Some(BusyType::Busy)]) => BUSY,
        (ONCE, [Some(BusyType::Tentative)]) => TENTATIVE,
        _ => 0,
    }
}

/// Whether all its times are dates and floating ones. None where some are and some are not: how far
/// apart these are depends on who asks.
fn is_local_throughout(calendar: &Tree, zones: &Zones) -> Option<bool> {
    let components = || {
        let components = calendar.components();
        components.filter(|component| !component.is("VTIMEZONE"))
    };
    let anchor = components().find_map(|component| Some(Span::of(component, zones)?.anchor))?;
    let local = is_local(&anchor);
    let mut lines = components().flat_map(Tree::properties);
    let fits = |line: &Line| {
        let name = |names: &[&str]| names.iter().any(|name| line.is(name));
        if name(&["RRULE", "EXRULE"]) {
            // UNTIL in UTC ends a floating rule elsewhere in every zone; of dates it is a day.
            return !local || anchor.is_date() || !ends_in_utc(line);
        }
        // Beside a DTSTART with a zone, a floating EXDATE or RECURRENCE-ID is in that zone, and so
        // is a DATE.
        let counts = match local {
            true => [
                "DTSTART",
                "DTEND",
                "DUE",
                "EXDATE",
                "RDATE",
                "RECURRENCE-ID",
            ]
            .as_slice(),
            false => &["DTSTART", "DTEND", "DUE", "RDATE"],
        };
        let moments = Moment::read_parts(line, zones);
        !name(counts)
            || moments.into_iter().all(|moment| match moment {
                Moment::Date(_) if !line.is("DTSTART") => true,
                moment => is_local(&moment) == local,
            })
    };
    lines.all(fits).then_some(local)
}

fn ends_in_utc(rule: &Line) -> bool {
    Rule::parse(rule.value()).is_ok_and(|rule| matches!(rule.until(), Some(Until::Utc(_))))
}

/// Whether instances are as long as the first one is between two clock times, in whatever zone, or
/// so long that clocks change meanwhile.
fn has_end_by_clock(calendar: &Tree, zones: &Zones) -> bool {
    calendar.components().any(|component| {
        let ends = ["DTEND", "DUE"];
        let mut ends = ends.iter().filter_map(|name| component.property(name));
        let long = |span: Span| span.length.seconds.abs() >= DAY;
        Span::of(component, zones).is_some_and(long)
            || component.property("RRULE").is_some()
                && ends.any(|end| Moment::read(end, zones).is_some_and(|end| !end.is_date()))
    })
}

/// Whether each TZID says which zone it is, so that no time is taken for a floating one.
fn knows_all(calendar: &Tree, zones: &Zones) -> bool {
    let mut ids = calendar
        .components()
        .filter(|component| !component.is("VTIMEZONE"))
        .flat_map(Tree::properties)
        .filter_map(|line| line.parameter("TZID"));
    ids.all(|id| zones.find(&id).is_some())
}

/// Whether RFC 4791 section 9.9 looks at nothing but where each component begins and how long it is.
fn is_dated(calendar: &Tree, zones: &Zones) -> bool {
    calendar
        .components()
        .filter(|component| !component.is("VTIMEZONE"))
        .all(|component| {
            let usual = ["VEVENT", "VTODO", "VJOURNAL"];
            usual.iter().any(|name| component.is(name)) && Span::of(component, zones).is_some()
        })
}

/// What is not `exact` is a day longer or shorter where somebody asks.
fn of_series(series: &Series, local: bool, exact: bool) -> Option<Entry> {
    let mut spans = {
        let master = series.master.iter().flat_map(|m| &m.segments);
        let overrides = series.overrides.iter().map(|o| &o.span);
        master.map(|segment| &segment.span).chain(overrides)
    };
    let plain = exact && spans.all(|span| span.shape == Shape::Period);
    // A task's row may count its end in, and the range's end (RFC 4791 section 9.9).
    let margin = match (plain, exact) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => DAY + 1,
    };
    let flag = if local { LOCAL } else { 0 };
    let once = |start: i64, end: i64| {
        let extent = match plain {
            true => Extent { start, end },
            false => ordered(start, end).wider(margin),
        };
        Entry {
            extent,
            form: vec![flag | if plain { ONCE } else { BOUND }],
        }
    };
    match (&series.master, series.overrides.as_slice()) {
        (Some(master), _) if series.recurs() => recurring(series, Some(master), flag, margin),
        (Some(master), _) => {
            let (span, floating) = (&master.segments.first()?.span, &series.floating);
            let excluded = series
                .master
                .as_ref()
                .is_some_and(|m| !m.exdates.is_empty());
            let start = span.anchor.instant(floating);
            let entry = once(start, span.anchor.end(span.length, floating));
            // An EXDATE without a rule may take away all there is.
            (!excluded && master.exdays.is_empty()).then_some(entry)
        }
        (None, [only]) => Some(once(only.starts, only.ends)),
        (None, _) => recurring(series, None, flag, margin),
    }
}

fn is_local(moment: &Moment) -> bool {
    matches!(moment, Moment::Date(_) | Moment::Floating(_))
}

fn recurring(series: &Series, master: Option<&Master>, flag: u8, margin: i64) -> Option<Entry> {
    let mut recurring = Recurring::default();
    for changed in &series.overrides {
        recurring
            .besides
            .push(ordered(changed.starts, changed.ends));
    }
    let mut exact = margin == 0;
    let mut ends = None;
    if let Some(master) = master {
        exact &= master.segments.len() == 1 && master.exrules.is_empty();
        exact &= master.exdays.is_empty();
        exact &= series
            .overrides
            .iter()
            .all(|o| matches!(o.identity, Identity::At(_)));
        // Moved by RANGE=THISANDFUTURE, instances can be anywhere.
        if master.segments.len() > 1 {
            return None;
        }
        ends = Some(take_master(series, master, &mut recurring)?);
    }
    let mut extent = besides(&recurring.besides);
    if let Some(Instances { start, end }) = ends {
        extent.start = extent.start.min(start);
        extent.end = extent.end.max(end);
    }
    extent = extent.wider(margin);
    let mut form = vec![flag | RECURRING];
    recurring.write(&mut form);
    if !exact || form.len() > LONGEST {
        form = vec![flag | BOUND];
    }
    Some(Entry { extent, form })
}

impl Extent {
    fn wider(self, margin: i64) -> Extent {
        Extent {
            start: self.start.saturating_sub(margin),
            end: self.end.saturating_add(margin),
        }
    }
}

fn ordered(start: i64, end: i64) -> Extent {
    Extent {
        start: start.min(end),
        end: start.max(end),
    }
}

/// From the first to the last of them; nothing, turned round, where there is none.
fn besides(extents: &[Extent]) -> Extent {
    let nothing = Extent {
        start: i64::MAX,
        end: i64::MIN,
    };
    extents.iter().fold(nothing, |all, one| Extent {
        start: all.start.min(one.start),
        end: all.end.max(one.end),
    })
}

/// How far the instances of rules reach.
struct Instances {
    start: i64,
    end: i64,
}

fn take_master(series: &Series, master: &Master, into: &mut Recurring) -> Option<Instances> {
    let floating = &series.floating;
    let anchor = &master.anchor;
    let span = &master.segments.first()?.span;
    let zone = anchor.zone(floating);
    let described = |id: i64| {
        let same = |o: &crate::calendar::series::Override| o.identity == Identity::At(id);
        master.exdates.binary_search(&id).is_ok() || series.overrides.iter().any(same)
    };
    let mut beside = |start: &Moment, id: i64, length| {
        if !described(id) {
            let starts = start.instant(floating);
            into.besides
                .push(ordered(starts, start.end(length, floating)));
        }
    };
    let first = anchor.instant(floating);
    if master.rules.is_empty() && !master.rdates.iter().any(|rdate| rdate.id == first) {
        beside(anchor, first, span.length);
    }
    for rdate in &master.rdates {
        let length = rdate.length.unwrap_or(span.length);
        beside(&anchor.at(rdate.local), rdate.id, length);
    }
    into.besides
        .sort_by_key(|extent| (extent.start, extent.end));

    into.start = seconds(anchor.local());
    into.length = span.length.nominal_seconds().max(0);
    let mut last = into.start;
    let mut work = Work::new(WORK);
    for rule in &master.rules {
        let extent = rule.extent(anchor.local(), anchor.kind(), &mut work);
        last = match extent {
            Reach::Ends(end) => last.max(seconds(end)),
            Reach::Open => i64::MAX,
        };
        into.rules.push(Compiled {
            rule: rule.clone(),
            kind: anchor.kind(),
            extent,
        });
        if last == i64::MAX {
            break;
        }
    }
    // All of them, also behind one without an end.
    for rule in master.rules.iter().skip(into.rules.len()) {
        into.rules.push(Compiled {
            rule: rule.clone(),
            kind: anchor.kind(),
            extent: Reach::Open,
        });
    }
    let identities = series.overrides.iter().filter_map(|o| match o.identity {
        Identity::At(id) => Some(id),
        Identity::On(_) => None,
    });
    // An RDATE stands for the instance of a rule at the same time, with its own length.
    let rdates = master.rdates.iter().map(|rdate| rdate.id);
    into.without = identities
        .chain(master.exdates.iter().copied())
        .chain(rdates)
        .map(|id| seconds(zone.local(id)))
        .collect();
    into.without.sort_unstable();
    into.without.dedup();

    let latest = last.saturating_add(into.length).saturating_add(DAY);
    let (least, greatest) = zone.offsets(into.start.saturating_sub(2 * DAY), latest);
    let (least, greatest) = (i64::from(least), i64::from(greatest));
    into.least = i8::try_from(least.div_euclid(QUARTER)).ok()?;
    into.greatest = i8::try_from(-(-greatest).div_euclid(QUARTER)).ok()?;
    if into.rules.is_empty() {
        return Some(Instances {
            start: i64::MAX,
            end: i64::MIN,
        });
    }
    Some(Instances {
        // A task that is due before it starts.
        start: (into.start)
            .saturating_add(span.length.nominal_seconds().min(0))
            .saturating_sub(greatest),
        end: match last {
            i64::MAX => i64::MAX,
            last => last.saturating_add(into.length).saturating_sub(least),
        },
    })
}
