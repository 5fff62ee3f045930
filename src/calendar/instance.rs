//! The recurrence set of a calendar object (RFC 5545 sections 3.8.4.4 and 3.8.5): its components,
//! put together.
//!
//! # Where the RFC leaves a choice
//!
//! - **An override whose RECURRENCE-ID the master does not produce** is an instance all the same,
//!   as Apple's and Mozilla's calendars show it; also one that EXDATE names.
//! - **Two overrides of the same instance**: the one with the greater SEQUENCE counts, of equals the
//!   last. How SEQUENCE compares with the master's does not matter.
//! - **Forms that differ**: RECURRENCE-ID, EXDATE and RDATE are compared as moments. A floating one
//!   beside a DTSTART with a zone has lost its TZID and is in that zone. A DATE beside a DTSTART
//!   with a time means what starts on that day; RDATE then takes the time of DTSTART. Beside a
//!   DTSTART that is a DATE, the day counts; in UTC it is the day there where it is midnight there,
//!   and else the floating zone's.
//! - **RANGE=THISANDFUTURE** moves later instances by the clock, in the zone of the override's
//!   DTSTART, or of the master's where the override is in UTC. RANGE=THISANDPRIOR, which RFC 5545
//!   dropped, is an override of one instance.
//! - **UNTIL in UTC where DTSTART is a DATE** is the day as it was written.
//! - **An override without DTSTART** is where its RECURRENCE-ID says.
//! - **What cannot be evaluated** (a rule that [`Rule::parse`] refuses, an RDATE that is no date,
//!   recurrence without a start, more than can be looked at) overlaps every range, because nothing
//!   may be lost.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::ControlFlow;

use jiff::civil::Date;

use crate::calendar::moment::{Moment, Source, seconds_between, values};
use crate::calendar::overlap::Range;
use crate::calendar::series::{
    Budget, Identity, Instance, Master, Override, Rdate, Segment, Series, Visit, Window,
};
use crate::calendar::span::Span;
use crate::recurrence::{Rule, Until};
use crate::text::duration::Duration;
use crate::text::line::Line;
use crate::text::tree::Tree;
use crate::zone::{Zone, Zones};

/// What a calendar object says of time. VEVENT, VTODO and VJOURNAL are looked at.
#[derive(Clone, Debug)]
pub struct RecurrenceSet<'t, 'z> {
    /// [`Instance::component`] is a place in here.
    pub(super) components: Vec<&'t Tree<'t>>,
    pub(super) zones: &'z Zones<'t>,
    series: Series,
    unevaluable: bool,
    left: Cell<Budget>,
}

/// There are more instances than were asked for, or than can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

impl<'t, 'z> RecurrenceSet<'t, 'z> {
    /// The components of a VCALENDAR.
    #[must_use]
    pub fn of(calendar: &'t Tree<'t>, zones: &'z Zones<'t>) -> RecurrenceSet<'t, 'z> {
        let recurs = |component: &&Tree| {
            ["VEVENT", "VTODO", "VJOURNAL"]
                .iter()
                .any(|name| component.is(name))
        };
        RecurrenceSet::of_components(calendar.components().filter(recurs).collect(), zones)
    }

    /// These components, of one UID.
    #[must_use]
    pub(super) fn of_components(
        components: Vec<&'t Tree<'t>>,
        zones: &'z Zones<'t>,
    ) -> RecurrenceSet<'t, 'z> {
        let mut reading = Reading {
            zones,
            unevaluable: false,
        };
        let series = reading.series(&components);
        RecurrenceSet {
            components,
            zones,
            series,
            unevaluable: reading.unevaluable,
            left: Cell::new(Budget::FOR_AN_OBJECT),
        }
    }

    /// A part of the object cannot be evaluated: it overlaps every range.
    #[must_use]
    pub fn is_unevaluable(&self) -> bool {
        self.unevaluable
    }

    /// What is known, without the text. Component numbers count VEVENT, VTODO and VJOURNAL.
    #[must_use]
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// The component that describes an instance.
    #[must_use]
    pub fn component(&self, instance: &Instance) -> Option<&'t Tree<'t>> {
        self.components.get(instance.component).copied()
    }

    /// The number of one of its components.
    pub(super) fn number(&self, component: &Tree) -> Option<usize> {
        // They lie in one list, in this order.
        let place = |component: &Tree| std::ptr::from_ref(component).addr();
        self.components
            .binary_search_by_key(&place(component), |own| place(own))
            .ok()
    }

    /// Whether a component is somewhere in time: a task need not be.
    pub(super) fn is_dated(&self, number: usize) -> bool {
        self.series.describes(number)
            || self
                .components
                .get(number)
                .is_some_and(|component| component.property("RECURRENCE-ID").is_some())
    }

    /// The instances that overlap a range, by their start.
    ///
    /// # Errors
    /// There are more than `limit`, or the set cannot be evaluated.
    pub fn instances(&self, range: Range, limit: usize) -> Result<Vec<Instance>, TooMany> {
        if self.unevaluable {
            return Err(TooMany);
        }
        let (found, visit) = self.known_instances(range, limit);
        match visit {
            Visit::Complete => Ok(found),
            Visit::Stopped | Visit::Spent => Err(TooMany),
        }
    }

    /// The same, as far as they can be found: the first result is not complete where the second
    /// says so.
    pub(super) fn known_instances(&self, range: Range, limit: usize) -> (Vec<Instance>, Visit) {
        let mut found = Vec::new();
        let visit = self.visit(None, range.window(), &mut |instance| {
            if instance.overlaps(range) {
                if found.len() == limit {
                    return ControlFlow::Break(());
                }
                found.push(instance);
            }
            ControlFlow::Continue(())
        });
        found.sort_by_key(|instance| (instance.starts, instance.ends));
        found.dedup_by(|one, other| {
            one.starts == other.starts
                && one.component == other.component
                && self.original_instant(one) == self.original_instant(other)
        });
        (found, visit)
    }

    fn original_instant(&self, instance: &Instance) -> Option<i64> {
        let id = instance.id.as_ref()?;
        Some(id.instant(self.zones.floating()))
    }

    /// Shows the instances in a window, of one component or of all.
    pub(super) fn visit(
        &self,
        component: Option<usize>,
        window: Window,
        visitor: &mut dyn FnMut(Instance) -> ControlFlow<()>,
    ) -> Visit {
        self.ask(|series, budget| series.visit(component, window, budget, visitor))
    }

    /// A question to the series, out of what may be looked at for this object.
    pub(super) fn ask(&self, question: impl FnOnce(&Series, &mut Budget) -> Visit) -> Visit {
        let before = self.left.get().for_a_question();
        let mut budget = before;
        let visit = question(&self.series, &mut budget);
        self.left.set(self.left.get().without(before, budget));
        visit
    }
}

/// Components on their way to a [`Series`].
struct Reading<'z, 't> {
    zones: &'z Zones<'t>,
    unevaluable: bool,
}

impl<'z> Reading<'z, '_> {
    fn floating(&self) -> &'z Zone {
        self.zones.floating()
    }

    fn series(&mut self, components: &[&Tree]) -> Series {
        let mut master = None;
        let mut overrides = Vec::new();
        let is_override = |component: &Tree| component.property("RECURRENCE-ID").is_some();
        let mut masters = components
            .iter()
            .enumerate()
            .filter(|(_, component)| !is_override(component));
        if let Some((number, component)) = masters.next() {
            master = self.master(number, component);
        }
        if masters.next().is_some() {
            // The store has no such object (RFC 4791 section 4.1).
            self.unevaluable = true;
        }
        for (number, component) in components.iter().enumerate() {
            if is_override(component) {
                self.take_override(number, component, &mut master, &mut overrides);
            }
        }
        settle(components, &mut master, &mut overrides);
        Series::new(master, overrides, self.floating().clone(), components.len())
    }

    fn master(&mut self, number: usize, component: &Tree) -> Option<Master> {
        let named = |name: &'static str| {
            component
                .properties()
                .filter(move |line| line.group().is_none() && line.is(name))
        };
        let Some(span) = Span::of(component, self.zones) else {
            // A task without dates, a note: they are not in time. But what recurs has a start.
            self.unevaluable |= named("RRULE").chain(named("RDATE")).next().is_some();
            return None;
        };
        let anchor = span.anchor.clone();
        let mut exdates = Vec::new();
        let mut exdays = Vec::new();
        for line in named("EXDATE") {
            // One that is no date excludes nothing.
            for moment in Moment::read_list(line, self.zones).flatten() {
                match self.identity(&moment, Some(&anchor)) {
                    Identity::At(id) => exdates.push(id),
                    Identity::On(day) => exdays.push(day),
                }
            }
        }
        exdates.sort_unstable();
        exdays.sort_unstable();
        let mut rdates: Vec<Rdate> = Vec::new();
        for line in named("RDATE") {
            self.take_rdates(line, &anchor, &mut rdates);
        }
        // Of two at the same time the one that says how long it is.
        rdates.sort_by_key(|rdate| (rdate.id, rdate.length.is_none()));
        rdates.dedup_by_key(|rdate| rdate.id);
        let rules = named("RRULE").filter_map(|line| self.rule(line, &anchor));
        let rules = rules.collect();
        let exrules = named("EXRULE").filter_map(|line| self.rule(line, &anchor));
        let exrules = exrules.collect();
        let segments = vec![Segment {
            component: number,
            from: i64::MIN,
            shift: 0,
            span,
        }];
        Some(Master {
            anchor,
            rules,
            exrules,
            has_periods: rdates.iter().any(|rdate| rdate.length.is_some()),
            rdates,
            exdates,
            exdays,
            segments,
        })
    }

    /// A rule with UNTIL in the time of DTSTART.
    fn rule(&mut self, line: &Line, anchor: &Moment) -> Option<Rule> {
        let Ok(rule) = Rule::parse(line.value()) else {
            self.unevaluable = true;
            return None;
        };
        Some(match rule.until() {
            Some(Until::Utc(until)) if anchor.is_date() => rule.with_until(until),
            Some(Until::Utc(until)) => {
                let zone = anchor.zone(self.floating());
                let until = zone.local(Zone::UTC.instant(until));
                rule.with_until(until)
            }
            _ => rule,
        })
    }

    fn take_rdates(&mut self, line: &Line, anchor: &Moment, rdates: &mut Vec<Rdate>) {
        let source = Source::of(line, self.zones);
        let zone = anchor.zone(self.floating());
        for value in values(line) {
            let (start, end) = match value.split_once('/') {
                Some((start, end)) => (start, Some(end)),
                None => (value, None),
            };
            let Some(moment) = source.moment(start) else {
                self.unevaluable = true;
                continue;
            };
            let identity = self.identity(&moment, Some(anchor));
            let local = identity.local(&moment, anchor, self.floating());
            let id = match identity {
                Identity::At(id) => id,
                Identity::On(_) => zone.instant(local),
            };
            let length = end.and_then(|end| {
                let until = || {
                    let end = source.moment(end)?.instant(self.floating());
                    let start = moment.instant(self.floating());
                    Some(Duration::of_seconds(end.saturating_sub(start)))
                };
                let length = Duration::parse(end).or_else(until)?;
                length.is_positive().then_some(length)
            });
            rdates.push(Rdate { id, local, length });
        }
    }

    /// Which instance of something that starts at `anchor` is meant.
    fn identity(&self, moment: &Moment, anchor: Option<&Moment>) -> Identity {
        let floating = self.floating();
        let Some(anchor) = anchor else {
            return Identity::At(moment.instant(floating));
        };
        let of_day = |day: Date| Identity::At(floating.instant(day.at(0, 0, 0, 0)));
        match (anchor, moment) {
            (Moment::Date(_), Moment::Utc(utc)) => {
                let here = floating.local(moment.instant(floating));
                let midnight = utc.date().at(0, 0, 0, 0);
                of_day(if *utc == midnight { *utc } else { here }.date())
            }
            (Moment::Date(_), _) => of_day(moment.local().date()),
            (_, Moment::Date(day)) => Identity::On(*day),
            (_, Moment::Floating(local)) => Identity::At(anchor.zone(floating).instant(*local)),
            _ => Identity::At(moment.instant(floating)),
        }
    }

    fn take_override(
        &mut self,
        number: usize,
        component: &Tree,
        master: &mut Option<Master>,
        overrides: &mut Vec<Override>,
    ) {
        let anchor = master.as_ref().map(|master| master.anchor.clone());
        let id = component
            .property("RECURRENCE-ID")
            .and_then(|line| Moment::read(line, self.zones));
        let own = Span::of(component, self.zones);
        // A RECURRENCE-ID that is no date is where the component itself is.
        let Some(id) = id.or_else(|| own.as_ref().map(|span| span.anchor.clone())) else {
            self.unevaluable = true;
            return;
        };
        let identity = self.identity(&id, anchor.as_ref());
        let span = own.unwrap_or_else(|| Span::at(id.clone(), component, self.zones));
        let starts = span.anchor.instant(self.floating());
        let ends = span.anchor.end(span.length, self.floating());
        if let (Some(master), Some(anchor)) = (master, &anchor)
            && is_this_and_future(component)
        {
            let segment = self.segment(number, (identity, &id), &span, anchor);
            master.segments.push(segment);
        }
        overrides.push(Override {
            component: number,
            identity,
            id,
            span,
            starts,
            ends,
        });
    }

    /// "When the given recurrence instance is rescheduled, all subsequent instances are also
    /// rescheduled by the same time difference" (RFC 5545 section 3.8.4.4).
    fn segment(
        &self,
        component: usize,
        (identity, id): (Identity, &Moment),
        span: &Span,
        anchor: &Moment,
    ) -> Segment {
        let zone = anchor.zone(self.floating());
        let original = identity.local(id, anchor, self.floating());
        let mut span = span.clone();
        if let (Moment::Utc(_), Moment::Zoned(..)) = (&span.anchor, anchor) {
            span.anchor = anchor.at_instant(span.anchor.instant(self.floating()), self.floating());
        }
        let from = match identity {
            Identity::At(id) => id,
            Identity::On(day) => zone.instant(day.at(0, 0, 0, 0)),
        };
        Segment {
            component,
            from,
            shift: seconds_between(original, span.anchor.local()),
            span,
        }
    }
}

/// Puts overrides in order, and of two for the same instance leaves one.
fn settle(components: &[&Tree], master: &mut Option<Master>, overrides: &mut Vec<Override>) {
    let sequence = |number: usize| -> i64 {
        components
            .get(number)
            .and_then(|component| component.property("SEQUENCE"))
            .and_then(|line| line.value().trim().parse().ok())
            .unwrap_or(0)
    };
    let rank = |number: usize| Reverse((sequence(number), number));
    overrides.sort_by_cached_key(|o| (o.identity, rank(o.component)));
    overrides.dedup_by_key(|o| o.identity);
    if let Some(master) = master {
        let left: HashSet<usize> = overrides.iter().map(|o| o.component).collect();
        master
            .segments
            .retain(|segment| segment.from == i64::MIN || left.contains(&segment.component));
        master.segments.sort_by_key(|segment| segment.from);
    }
}

fn is_this_and_future(component: &Tree) -> bool {
    component
        .property("RECURRENCE-ID")
        .and_then(|line| line.parameter("RANGE"))
        .is_some_and(|range| range.trim().eq_ignore_ascii_case("THISANDFUTURE"))
}
