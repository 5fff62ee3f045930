//! The instances of a recurrence set (RFC 5545 section 3.8.5), from numbers alone: no text and no
//! component is looked at here.

mod walk;

use std::ops::ControlFlow;

use jiff::civil::{Date, DateTime};

use crate::calendar::moment::{Moment, later};
use crate::calendar::overlap::Range;
use crate::calendar::span::{Shape, Span};
use crate::recurrence::{Rule, Work};
use crate::text::duration::Duration;
use crate::zone::Zone;
use walk::Walk;

/// Everything that says when a calendar object is.
#[derive(Clone, Debug)]
pub struct Series {
    /// What recurs. None where there are only overrides, which RFC 4791 section 4.1 allows.
    pub master: Option<Master>,
    /// Instances with a component of their own, by identity.
    pub overrides: Vec<Override>,
    /// Where dates and floating times are.
    pub floating: Zone,
    /// By component number.
    places: Vec<Place>,
}

/// Where in the series a component is found.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    changed: Option<usize>,
    segment: Option<usize>,
}

/// The component without RECURRENCE-ID, with what changes many of its instances at once.
#[derive(Clone, Debug)]
pub struct Master {
    /// DTSTART. Identities are original starts of its form.
    pub anchor: Moment,
    /// UNTIL is in the time of DTSTART.
    pub rules: Vec<Rule>,
    /// EXRULE of RFC 2445 section 4.8.5.2, which RFC 5545 dropped and programs still have.
    pub exrules: Vec<Rule>,
    /// By identity, none twice.
    pub rdates: Vec<Rdate>,
    /// Some of them say how long they are.
    pub has_periods: bool,
    /// Identities that EXDATE excludes, rising.
    pub exdates: Vec<i64>,
    /// Days of which EXDATE excludes everything, rising: programs write a DATE for an event that
    /// has a time.
    pub exdays: Vec<Date>,
    /// The master itself and the overrides with RANGE=THISANDFUTURE, each from where it begins on.
    pub segments: Vec<Segment>,
}

/// What describes the instances from an identity on, until the next of these.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The component's number.
    pub component: usize,
    /// The first identity; `i64::MIN` of the master.
    pub from: i64,
    /// How much later than at their identity they begin, in seconds by the clock.
    pub shift: i64,
    /// The anchor gives their form and zone, the rest is theirs.
    pub span: Span,
}

/// An instance that RDATE adds.
#[derive(Clone, Copy, Debug)]
pub struct Rdate {
    pub id: i64,
    /// In the zone of DTSTART.
    pub local: DateTime,
    /// Of VALUE=PERIOD: "the duration of a specific recurrence may be modified" (RFC 5545 section
    /// 3.8.5.3).
    pub length: Option<Duration>,
}

/// Which instance a RECURRENCE-ID or an EXDATE means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// The one whose original start is this moment, in seconds since 1970.
    At(i64),
    /// Those whose original start is on this day.
    On(Date),
}

impl Identity {
    /// The original start by the clock of DTSTART. A clock time that a gap leaves out is the same
    /// moment as another one; it is taken as it was written.
    pub(super) fn local(self, written: &Moment, anchor: &Moment, floating: &Zone) -> DateTime {
        let zone = anchor.zone(floating);
        match self {
            Identity::On(day) => day.to_datetime(anchor.local().time()),
            Identity::At(id) if zone.instant(written.local()) == id => written.local(),
            Identity::At(id) => zone.local(id),
        }
    }
}

/// A component with RECURRENCE-ID.
#[derive(Clone, Debug)]
pub struct Override {
    /// The component's number.
    pub component: usize,
    pub identity: Identity,
    /// RECURRENCE-ID.
    pub id: Moment,
    pub span: Span,
    pub starts: i64,
    pub ends: i64,
}

/// One instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The number of the component that describes it.
    pub component: usize,
    /// Its original start; None where nothing recurs.
    pub id: Option<Moment>,
    pub start: Moment,
    pub length: Duration,
    pub shape: Shape,
    /// Seconds since 1970, as the end.
    pub starts: i64,
    pub ends: i64,
}

/// Instances whose start is at or before `high` and whose end is at or after `low`, in seconds
/// since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub low: i64,
    pub high: i64,
}

impl Window {
    pub const EVERYTHING: Window = Window {
        low: i64::MIN,
        high: i64::MAX,
    };

    fn has(self, starts: i64, ends: i64) -> bool {
        starts.max(ends) >= self.low && starts.min(ends) <= self.high
    }
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Visit {
    /// All instances were shown.
    Complete,
    /// The visitor had seen enough.
    Stopped,
    /// There was too much to look at. There may be more instances.
    Spent,
}

/// What may be looked at: periods of rules, and as many instances.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    work: Work,
    candidates: u64,
}

impl Budget {
    /// Enough for every day of 270 years, and a few milliseconds at most.
    pub const FOR_A_QUESTION: Budget = Budget {
        work: Work::new(100_000),
        candidates: 100_000,
    };
    /// For all questions to one object, of which each component may have one.
    pub const FOR_AN_OBJECT: Budget = Budget {
        work: Work::new(1_000_000),
        candidates: 1_000_000,
    };

    /// For all objects that one answer puts together; half a second at most.
    pub const FOR_AN_ANSWER: Budget = Budget {
        work: Work::new(2_000_000),
        candidates: 2_000_000,
    };

    /// Less than one question may have.
    #[must_use]
    pub fn is_short(self) -> bool {
        let whole = Budget::FOR_A_QUESTION;
        self.candidates < whole.candidates || self.work.left() < whole.work.left()
    }

    /// As much of it as one question may have.
    #[must_use]
    pub fn for_a_question(self) -> Budget {
        Budget {
            work: Work::new(self.work.left().min(Budget::FOR_A_QUESTION.work.left())),
            candidates: self.candidates.min(Budget::FOR_A_QUESTION.candidates),
        }
    }

    /// What is left after a question that had `before` and has `after`.
    #[must_use]
    pub fn without(self, before: Budget, after: Budget) -> Budget {
        let work = before.work.left().saturating_sub(after.work.left());
        let candidates = before.candidates.saturating_sub(after.candidates);
        Budget {
            work: Work::new(self.work.left().saturating_sub(work)),
            candidates: self.candidates.saturating_sub(candidates),
        }
    }
}

/// The end of a walk before its end.
enum Stop {
    Visitor,
    Spent,
}

impl Series {
    /// Whether there is more than one start, or could be.
    #[must_use]
    pub fn recurs(&self) -> bool {
        !self.overrides.is_empty()
            || self
                .master
                .as_ref()
                .is_some_and(|master| !master.rules.is_empty() || !master.rdates.is_empty())
    }

    /// Shows instances to `visitor`, of one component or of all: first overrides, then the others,
    /// roughly rising. None is shown twice, except where a DST gap puts two at the same moment.
    pub fn visit(
        &self,
        component: Option<usize>,
        window: Window,
        budget: &mut Budget,
        visitor: &mut dyn FnMut(Instance) -> ControlFlow<()>,
    ) -> Visit {
        match self.walk(component, window, budget, visitor) {
            Ok(()) => Visit::Complete,
            Err(Stop::Visitor) => Visit::Stopped,
            Err(Stop::Spent) => Visit::Spent,
        }
    }

    fn walk(
        &self,
        component: Option<usize>,
        window: Window,
        budget: &mut Budget,
        visitor: &mut dyn FnMut(Instance) -> ControlFlow<()>,
    ) -> Result<(), Stop> {
        let changed = match component {
            Some(number) => self.changed(number).map_or(&[][..], std::slice::from_ref),
            None => &self.overrides,
        };
        for instance in changed {
            if window.has(instance.starts, instance.ends) {
                show(visitor, instance.instance())?;
            }
        }
        let Some(master) = &self.master else {
            return Ok(());
        };
        let segments = match component {
            Some(number) => match self.place(number).segment {
                Some(at) => at..at + 1,
                None => 0..0,
            },
            None => 0..master.segments.len(),
        };
        for at in segments {
            let Some(segment) = master.segments.get(at) else {
                break;
            };
            if master.can_reach(at, segment, window) {
                Walk::new(self, master, at, segment, window, budget).run(visitor)?;
            }
        }
        Ok(())
    }

    /// The instances of the segment of this component as they would be without it (RFC 4791
    /// section 9.6.6: "the ones that would have been used if the instance were not overridden").
    pub fn visit_original(
        &self,
        component: usize,
        window: Window,
        budget: &mut Budget,
        visitor: &mut dyn FnMut(Instance) -> ControlFlow<()>,
    ) -> Visit {
        let (Some(master), Some(at)) = (&self.master, self.place(component).segment) else {
            return Visit::Complete;
        };
        let before = at.checked_sub(1).and_then(|at| master.segments.get(at));
        let Some(before) = before.filter(|before| master.can_reach(at, before, window)) else {
            return Visit::Complete;
        };
        match Walk::new(self, master, at, before, window, budget).run(visitor) {
            Ok(()) => Visit::Complete,
            Err(Stop::Visitor) => Visit::Stopped,
            Err(Stop::Spent) => Visit::Spent,
        }
    }

    /// The instance of this identity as the master or an earlier THISANDFUTURE describes it:
    /// start and end in seconds since 1970, and its row.
    #[must_use]
    pub fn original(&self, changed: &Override) -> Option<(i64, i64, Shape)> {
        let master = self.master.as_ref()?;
        let anchor = &master.anchor;
        let zone = anchor.zone(&self.floating);
        let local = changed.identity.local(&changed.id, anchor, &self.floating);
        let id = zone.instant(local);
        let begun = master
            .segments
            .partition_point(|segment| segment.from <= id);
        let mut describing = master.segments.iter().take(begun).rev();
        let segment = describing.find(|segment| segment.component != changed.component)?;
        let start = segment.span.anchor.at(later(local, segment.shift));
        Some((
            start.instant(&self.floating),
            start.end(segment.span.length, &self.floating),
            segment.span.shape,
        ))
    }

    /// The override of this component number.
    #[must_use]
    pub fn changed(&self, component: usize) -> Option<&Override> {
        self.overrides.get(self.place(component).changed?)
    }

    /// Whether a component of this number describes instances.
    #[must_use]
    pub fn describes(&self, component: usize) -> bool {
        let place = self.place(component);
        place.changed.is_some() || place.segment.is_some()
    }

    fn place(&self, component: usize) -> Place {
        self.places.get(component).copied().unwrap_or_default()
    }

    /// Of components with numbers below `components`. Overrides are by identity, segments by where
    /// they begin.
    pub(super) fn new(
        master: Option<Master>,
        overrides: Vec<Override>,
        floating: Zone,
        components: usize,
    ) -> Series {
        let mut places = vec![Place::default(); components];
        for (at, changed) in overrides.iter().enumerate() {
            if let Some(place) = places.get_mut(changed.component) {
                place.changed = Some(at);
            }
        }
        let segments = master.iter().flat_map(|master| &master.segments);
        for (at, segment) in segments.enumerate() {
            if let Some(place) = places.get_mut(segment.component) {
                place.segment = Some(at);
            }
        }
        Series {
            master,
            overrides,
            floating,
            places,
        }
    }

    fn is_overridden(&self, id: i64, day: Date) -> bool {
        let at = |identity: Identity| {
            self.overrides
                .binary_search_by_key(&identity, |instance| instance.identity)
                .is_ok()
        };
        at(Identity::At(id)) || at(Identity::On(day))
    }
}

/// Zones are a day apart at most, their clocks are moved by less, and a time that becomes a date
/// moves to its midnight.
const APART: i64 = 4 * 86_400;

impl Master {
    /// Whether instances with the identities of a segment, described by `segment`, can be in the
    /// window. Costs nothing, where there are many.
    fn can_reach(&self, at: usize, segment: &Segment, window: Window) -> bool {
        let from = self.segments.get(at).map_or(i64::MIN, |own| own.from);
        let to = self
            .segments
            .get(at.saturating_add(1))
            .map(|next| next.from);
        let length = segment.span.length.nominal_seconds();
        let first = from
            .saturating_add(segment.shift)
            .saturating_add(length.min(0))
            .saturating_sub(APART);
        let last = to.map(|to| {
            to.saturating_add(segment.shift)
                .saturating_add(length.max(0))
                .saturating_add(APART)
        });
        let begins = from == i64::MIN || first <= window.high;
        let lasts = self.has_periods || last.is_none_or(|last| last >= window.low);
        begins && lasts
    }
}

impl Instance {
    /// By the row of RFC 4791 section 9.9 that is its own.
    #[must_use]
    pub fn overlaps(&self, range: Range) -> bool {
        self.shape.overlaps(self.starts, self.ends, range)
    }
}

impl Override {
    #[must_use]
    pub fn instance(&self) -> Instance {
        Instance {
            component: self.component,
            id: Some(self.id.clone()),
            start: self.span.anchor.clone(),
            length: self.span.length,
            shape: self.span.shape,
            starts: self.starts,
            ends: self.ends,
        }
    }
}

fn show(
    visitor: &mut dyn FnMut(Instance) -> ControlFlow<()>,
    instance: Instance,
) -> Result<(), Stop> {
    match visitor(instance) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Stop::Visitor),
    }
}
