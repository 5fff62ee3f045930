//! A walk over the instances that one segment describes: from the clock times that can reach into a
//! window, without those that are not its own.

use std::ops::ControlFlow;

use jiff::civil::DateTime;

use super::{Budget, Instance, Master, Segment, Series, Stop, Window, show};
use crate::calendar::moment::later;
use crate::recurrence::{Instances, Next, Rule, Work};
use crate::text::duration::Duration;
use crate::zone::Zone;

/// A walk over the instances that one segment describes.
pub(super) struct Walk<'s, 'b> {
    series: &'s Series,
    master: &'s Master,
    budget: &'b mut Budget,
    window: Window,
    /// Says how the instances are.
    segment: &'s Segment,
    /// The identities that are its own: from here to before there.
    from: i64,
    to: Option<i64>,
    /// The original starts that can reach into the window, by the clock of DTSTART.
    earliest: DateTime,
    latest: DateTime,
    /// Starts are where the identities are.
    unmoved: bool,
}

impl<'s, 'b> Walk<'s, 'b> {
    pub(super) fn new(
        series: &'s Series,
        master: &'s Master,
        at: usize,
        segment: &'s Segment,
        window: Window,
        budget: &'b mut Budget,
    ) -> Walk<'s, 'b> {
        let from = master.segments.get(at).map_or(i64::MIN, |own| own.from);
        let to = master.segments.get(at + 1).map(|next| next.from);
        let (earliest, latest) = local_bounds(segment, window, &series.floating);
        let mut walk = Walk {
            series,
            master,
            budget,
            window,
            segment,
            from,
            to,
            earliest,
            latest,
            unmoved: segment.from == i64::MIN,
        };
        let zone = walk.master.anchor.zone(&series.floating);
        if from != i64::MIN {
            let earliest = later(zone.local(from), -spread(zone, from, from));
            walk.earliest = walk.earliest.max(earliest);
        }
        if let Some(to) = to {
            let latest = later(zone.local(to), spread(zone, to, to));
            walk.latest = walk.latest.min(latest);
        }
        walk
    }

    pub(super) fn run(
        &mut self,
        visitor: &mut dyn FnMut(Instance) -> ControlFlow<()>,
    ) -> Result<(), Stop> {
        if self.earliest > self.latest {
            return Ok(());
        }
        let master = self.master;
        let mut excluded = self.followers(&master.exrules)?;
        for rdate in &master.rdates {
            if rdate.local > self.latest {
                break;
            }
            // How long a PERIOD is, the bounds do not know.
            if rdate.length.is_some() || rdate.local >= self.earliest {
                self.candidate(rdate.local, rdate.id, rdate.length, &mut excluded, visitor)?;
            }
        }
        if master.rules.is_empty() {
            let anchor = &self.master.anchor;
            let id = anchor.instant(&self.series.floating);
            if !self.is_rdate(id) {
                let mut excluded = self.followers(&master.exrules)?;
                self.candidate(anchor.local(), id, None, &mut excluded, visitor)?;
            }
        }
        for (at, rule) in master.rules.iter().enumerate() {
            self.of_rule(rule, master.rules.iter().take(at), visitor)?;
        }
        Ok(())
    }

    /// The instances of a rule that no earlier rule has.
    fn of_rule(
        &mut self,
        rule: &Rule,
        earlier: impl Iterator<Item = &'s Rule>,
        visitor: &mut dyn FnMut(Instance) -> ControlFlow<()>,
    ) -> Result<(), Stop> {
        let (master, anchor) = (self.master, &self.master.anchor);
        let zone = anchor.zone(&self.series.floating);
        let mut excluded = self.followers(&master.exrules)?;
        let mut earlier: Vec<Follower> = earlier
            .map(|rule| Follower::new(rule.instances(anchor.local(), anchor.kind())))
            .collect();
        self.spend(1 + earlier.len())?;
        let mut instances = rule.instances(anchor.local(), anchor.kind());
        instances.seek(self.earliest);
        loop {
            let local = match instances.next_within(&mut self.budget.work) {
                Next::Instance(local) if local <= self.latest => local,
                Next::Instance(_) | Next::End => return Ok(()),
                Next::Spent => return Err(Stop::Spent),
            };
            let id = zone.instant(local);
            if self.is_rdate(id) {
                continue;
            }
            self.spend(earlier.len())?;
            let mut known = false;
            for rule in &mut earlier {
                known |= rule.has(local, &mut self.budget.work)?;
            }
            if !known {
                self.candidate(local, id, None, &mut excluded, visitor)?;
            }
        }
    }

    fn candidate(
        &mut self,
        local: DateTime,
        id: i64,
        length: Option<Duration>,
        excluded: &mut [Follower],
        visitor: &mut dyn FnMut(Instance) -> ControlFlow<()>,
    ) -> Result<(), Stop> {
        self.spend(1 + excluded.len())?;
        if id < self.from || self.to.is_some_and(|to| id >= to) {
            return Ok(());
        }
        let day = local.date();
        if self.master.exdates.binary_search(&id).is_ok()
            || self.master.exdays.binary_search(&day).is_ok()
            || self.series.is_overridden(id, day)
        {
            return Ok(());
        }
        for rule in excluded {
            if rule.has(local, &mut self.budget.work)? {
                return Ok(());
            }
        }
        let floating = &self.series.floating;
        let span = &self.segment.span;
        let length = length.unwrap_or(span.length);
        let start = span.anchor.at(later(local, self.segment.shift));
        let starts = if self.unmoved {
            id
        } else {
            start.instant(floating)
        };
        let ends = if length.days == 0 {
            starts.saturating_add(length.seconds)
        } else {
            start.end(length, floating)
        };
        if !self.window.has(starts, ends) {
            return Ok(());
        }
        let id = self.series.recurs().then(|| self.master.anchor.at(local));
        show(
            visitor,
            Instance {
                component: self.segment.component,
                id,
                start,
                length,
                shape: span.shape,
                starts,
                ends,
            },
        )
    }

    /// Looks at so many.
    fn spend(&mut self, candidates: usize) -> Result<(), Stop> {
        let candidates = u64::try_from(candidates).map_err(|_| Stop::Spent)?;
        let left = self.budget.candidates.checked_sub(candidates);
        self.budget.candidates = left.ok_or(Stop::Spent)?;
        Ok(())
    }

    fn is_rdate(&self, id: i64) -> bool {
        let rdates = &self.master.rdates;
        rdates.binary_search_by_key(&id, |rdate| rdate.id).is_ok()
    }

    /// EXRULE never excludes DTSTART, of which each rule says that it is its first instance.
    fn followers(&mut self, rules: &'s [Rule]) -> Result<Vec<Follower<'s>>, Stop> {
        self.spend(rules.len())?;
        let anchor = &self.master.anchor;
        let after = later(anchor.local(), 1);
        let follow = |rule: &'s Rule| {
            let mut instances = rule.instances(anchor.local(), anchor.kind());
            instances.seek(after);
            Follower::new(instances)
        };
        Ok(rules.iter().map(follow).collect())
    }
}

/// The clock times at which the window begins and ends, with what the segment puts before it.
fn local_bounds(segment: &Segment, window: Window, floating: &Zone) -> (DateTime, DateTime) {
    let zone = segment.span.anchor.zone(floating);
    let length = segment.span.length.nominal_seconds();
    let slack = |near: i64| spread(zone, near.saturating_sub(length.abs()), near);
    let earliest = if window.low == i64::MIN {
        DateTime::MIN
    } else {
        let before = length.max(0) + slack(window.low);
        later(zone.local(window.low), before.saturating_neg())
    };
    let latest = if window.high == i64::MAX {
        DateTime::MAX
    } else {
        // An instance that became a date begins at its midnight.
        let of_day = if segment.span.anchor.is_date() {
            86_399
        } else {
            0
        };
        let after = slack(window.high) + of_day - length.min(0);
        later(zone.local(window.high), after)
    };
    (
        later(earliest, segment.shift.saturating_neg()),
        later(latest, segment.shift.saturating_neg()),
    )
}

/// How far the clocks of a zone are moved within a day of these moments.
fn spread(zone: &Zone, from: i64, to: i64) -> i64 {
    const DAY: i64 = 86_400;
    let (least, greatest) = zone.offsets(from.saturating_sub(DAY), to.saturating_add(DAY));
    i64::from(greatest) - i64::from(least)
}

/// A rule that is asked of rising moments whether they are its own.
struct Follower<'r> {
    instances: Instances<'r>,
    current: Option<DateTime>,
    ended: bool,
}

impl<'r> Follower<'r> {
    fn new(instances: Instances<'r>) -> Follower<'r> {
        Follower {
            instances,
            current: None,
            ended: false,
        }
    }

    fn has(&mut self, local: DateTime, work: &mut Work) -> Result<bool, Stop> {
        while !self.ended && self.current.is_none_or(|current| current < local) {
            self.instances.seek(local);
            match self.instances.next_within(work) {
                Next::Instance(next) => self.current = Some(next),
                Next::End => self.ended = true,
                Next::Spent => return Err(Stop::Spent),
            }
        }
        Ok(self.current == Some(local))
    }
}
