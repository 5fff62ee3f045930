//! When a rule ends, for an index of time.

use jiff::civil::DateTime;

use super::day::{SECONDS, moment};
use super::expand::{Instances, Kind, Stop, Work};
use super::rule::{Rule, Skip};

/// How far the starts of a rule's instances reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// No instance starts after this moment. One starts then, unless the work was spent: then it
    /// is UNTIL.
    Ends(DateTime),
    /// The rule has no end, or it was not found.
    Open,
}

impl Rule {
    /// When the last instance starts. A rule without COUNT and UNTIL is open, also one that matches
    /// no more: that is found when it is asked for.
    #[must_use]
    pub fn extent(&self, start: DateTime, kind: Kind, work: &mut Work) -> Extent {
        if !self.is_bounded() {
            return Extent::Open;
        }
        let bound = self.instances(start, kind).bound;
        let counted = match self.count {
            None => Ok(None),
            Some(_) => self.instances(start, kind).last_counted(work),
        };
        let ends = match counted {
            Ok(Some(last)) if last <= bound => Ok(last),
            // UNTIL comes first, or there are not as many instances as COUNT says.
            Ok(_) => self.instances(start, kind).last_before_bound(work),
            Err(stop) => Err(stop),
        };
        let ends = match ends {
            Ok(ends) => ends,
            Err(_) if self.until.is_some() => bound.max(self.instances(start, kind).start),
            Err(_) => return Extent::Open,
        };
        let midnight = ends.div_euclid(SECONDS) * SECONDS;
        match moment(if kind == Kind::Date { midnight } else { ends }) {
            Some(ends) => Extent::Ends(ends),
            None => Extent::Open,
        }
    }
}

impl Instances<'_> {
    /// The instance that COUNT makes the last, whatever UNTIL says; None where the rule ends before
    /// it and it is not plain with which instance.
    fn last_counted(&mut self, work: &mut Work) -> Result<Option<i64>, Stop> {
        let mut last = Some(self.start);
        if self.day_by_day || self.pattern.rule.skip != Skip::Omit {
            // Here a period's instances are not those of its set.
            loop {
                match self.advance(work) {
                    Ok(found) => last = Some(found),
                    Err(Stop::End) => return Ok(last),
                    Err(Stop::Spent) => return Err(Stop::Spent),
                }
            }
        }
        let positions = &self.pattern.rule.positions;
        let interval = self.pattern.rule.interval;
        let steady = self.pattern.steady();
        self.start_due = false;
        self.left -= 1;
        while self.left > 0 {
            match self.load(work) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(last),
                Err(Stop::Spent) => return Err(Stop::Spent),
            }
            let here = self.set.count(positions, self.position, self.set.total);
            let taken = here.min(self.left);
            last = self
                .set
                .chosen_nth(positions, self.position, taken - 1)
                .map(|position| self.set.moment(position));
            self.left -= taken;
            if let Some(each) = steady
                && self.left > 0
            {
                let periods = i64::try_from((self.left - 1) / each).unwrap_or(i64::MAX);
                let periods = periods.min((self.last_period - self.upcoming).max(0) / interval);
                if periods > 0 {
                    last = None;
                    self.left -= each * periods.unsigned_abs();
                    self.go_to(self.upcoming + periods * interval);
                }
            }
        }
        Ok(last)
    }

    /// The last instance that UNTIL allows. Looks at a few periods before it, then at more.
    fn last_before_bound(&mut self, work: &mut Work) -> Result<i64, Stop> {
        let positions = &self.pattern.rule.positions;
        let interval = self.pattern.rule.interval;
        let end = self.pattern.period_of(self.bound);
        let mut reach = 1i64;
        self.start_due = false;
        loop {
            let from = end.saturating_sub(reach.saturating_mul(interval));
            self.go_to(from);
            let all = self.upcoming == self.first;
            let mut last = all.then_some(self.start);
            loop {
                match self.load(work) {
                    Ok(()) => {}
                    Err(Stop::End) => break,
                    Err(Stop::Spent) => return Err(Stop::Spent),
                }
                let below = self.set.rank(self.bound + 1);
                let Some(position) = self
                    .set
                    .chosen_below(positions, below)
                    .filter(|position| *position >= self.position)
                else {
                    break;
                };
                last = Some(self.set.moment(position)).max(last);
            }
            if let Some(last) = last {
                return Ok(last);
            }
            reach = reach.saturating_mul(8);
        }
    }
}
