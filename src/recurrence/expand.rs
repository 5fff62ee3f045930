//! The instances of a rule, in order, from any moment on.

use jiff::civil::DateTime;

use super::day::{LAST_MOMENT, SECONDS, moment, seconds};
use super::period::{Pattern, Set};
use super::rule::{Frequency, Rule, Skip, Until};

/// What DTSTART is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// VALUE=DATE: instances are days, given as their midnight.
    Date,
    /// A date with a time.
    DateTime,
}

/// How much may still be looked at: periods of a rule, or days. One costs some twenty nanoseconds; a
/// year or a week with several BY-parts up to a hundred or two.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    left: u64,
}

impl Work {
    /// As many periods.
    #[must_use]
    pub const fn new(periods: u64) -> Work {
        Work { left: periods }
    }

    /// What has not been spent.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.left
    }

    fn spend(&mut self) -> Result<(), Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop::Spent)?;
        Ok(())
    }
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The start of an instance.
    Instance(DateTime),
    /// There are no more, this year or in any other.
    End,
    /// The work is spent. With more of it the search goes on where it stopped.
    Spent,
}

/// Why there is nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    End,
    Spent,
}

/// The instances of a rule, rising, none twice.
pub struct Instances<'r> {
    pub(super) pattern: Pattern<'r>,
    /// Every day counts once, for a DTSTART that is a date with a FREQ below DAILY.
    pub(super) day_by_day: bool,
    kind: Kind,
    pub(super) start: i64,
    /// DTSTART has not been given or passed over.
    pub(super) start_due: bool,
    /// DTSTART's. INTERVAL counts from here.
    pub(super) first: i64,
    /// The next period to look at; it is a whole number of intervals after the first.
    pub(super) upcoming: i64,
    /// No period after this one can have an instance.
    pub(super) last_period: i64,
    pub(super) set: Set,
    pub(super) position: u64,
    /// Nothing at or before this moment is given any more.
    past: i64,
    /// UNTIL, or the end of time.
    pub(super) bound: i64,
    /// What COUNT leaves.
    pub(super) left: u64,
    /// Where a rule with COUNT was told to go: it has to count on its way.
    target: Option<i64>,
    /// An instance found on that way.
    held: Option<i64>,
    /// The period, or below DAILY the day, since which nothing was found.
    barren_since: i64,
    /// A day that fits, so that its seconds need not ask again.
    fitting_day: Option<i64>,
}

impl Rule {
    /// The instances of this rule for an event that starts at `start`, which is the first of them.
    /// For [`Kind::Date`] the time of `start` is ignored.
    #[must_use]
    pub fn instances(&self, start: DateTime, kind: Kind) -> Instances<'_> {
        Instances::new(self, seconds(start), kind)
    }
}

impl<'r> Instances<'r> {
    fn new(rule: &'r Rule, start: i64, kind: Kind) -> Instances<'r> {
        let start = match kind {
            Kind::Date => start.div_euclid(SECONDS) * SECONDS,
            Kind::DateTime => start,
        };
        let pattern = Pattern::new(rule, start, kind == Kind::Date);
        let bound = match rule.until {
            None => LAST_MOMENT,
            Some(Until::Date(date)) => seconds(date.at(23, 59, 59, 0)),
            Some(Until::Local(until) | Until::Utc(until)) => seconds(until),
        }
        .min(LAST_MOMENT);
        let first = pattern.period_of(start);
        let mut last_period = pattern.final_period();
        if rule.until.is_some() {
            // Days of a year's first week, and days that SKIP moves, can lie in the period before.
            last_period = last_period.min(pattern.period_of(bound) + 1);
        }
        let short = rule.frequency >= Frequency::Hourly;
        if pattern.names_no_day() || (short && !pattern.reaches_its_times(start)) {
            last_period = i64::MIN;
        }
        let mut instances = Instances {
            pattern,
            day_by_day: kind == Kind::Date && rule.frequency >= Frequency::Hourly,
            kind,
            start,
            start_due: true,
            first,
            upcoming: first,
            last_period,
            set: Set::EMPTY,
            position: 0,
            past: start,
            bound,
            left: rule.count.map_or(u64::MAX, |count| count.max(1)),
            target: None,
            held: None,
            barren_since: 0,
            fitting_day: None,
        };
        instances.go_to(first);
        instances
    }

    fn rule(&self) -> &'r Rule {
        self.pattern.rule
    }

    /// Leaves out every instance before `moment`. What has been passed does not come back.
    ///
    /// This costs the same whatever the age of the rule, and nothing grows with what is left out;
    /// only COUNT has to be counted, which [`Instances::next_within`] does, within its work.
    pub fn seek(&mut self, moment: DateTime) {
        let mut target = seconds(moment);
        if moment.subsec_nanosecond() > 0 {
            target += 1;
        }
        if self.kind == Kind::Date {
            target = target.div_euclid(SECONDS) * SECONDS
                + if target.rem_euclid(SECONDS) > 0 {
                    SECONDS
                } else {
                    0
                };
        }
        if target <= self.past + i64::from(!self.start_due) {
            return;
        }
        if self.rule().count.is_some() {
            self.target = self.target.max(Some(target));
        } else {
            self.jump(target);
        }
    }

    /// The next instance, if it is found within `work`.
    pub fn next_within(&mut self, work: &mut Work) -> Next {
        match self.counted(work).and_then(|()| self.advance(work)) {
            Ok(found) => match moment(found) {
                Some(moment) => Next::Instance(moment),
                None => Next::End,
            },
            Err(Stop::End) => {
                self.left = 0;
                Next::End
            }
            Err(Stop::Spent) => Next::Spent,
        }
    }

    /// The instances until there are no more or `work` is spent.
    pub fn within(mut self, mut work: Work) -> impl Iterator<Item = DateTime> {
        std::iter::from_fn(move || match self.next_within(&mut work) {
            Next::Instance(moment) => Some(moment),
            Next::End | Next::Spent => None,
        })
    }

    /// From here on only what is at or after `target`, without counting.
    fn jump(&mut self, target: i64) {
        self.start_due = false;
        self.past = target - 1;
        let period = self.pattern.period_of(target);
        // SKIP can have moved days out of the period before.
        self.go_to(period - i64::from(self.rule().skip != Skip::Omit));
    }

    /// Looks at this period next, or at the first after it that INTERVAL does not leave out.
    pub(super) fn go_to(&mut self, period: i64) {
        self.set = Set::EMPTY;
        self.position = 0;
        self.upcoming = self.in_step(period);
        self.barren_since = match self.rule().frequency {
            Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => {
                (self.upcoming * self.pattern.unit()).div_euclid(SECONDS)
            }
            _ => self.upcoming,
        };
    }

    /// The first period from `period` on that INTERVAL does not leave out.
    fn in_step(&self, period: i64) -> i64 {
        let interval = self.rule().interval;
        if period <= self.first {
            return self.first;
        }
        match (period - self.first) % interval {
            0 => period,
            rest => period + interval - rest,
        }
    }

    pub(super) fn advance(&mut self, work: &mut Work) -> Result<i64, Stop> {
        if let Some(held) = self.held.take() {
            return Ok(held);
        }
        if self.left == 0 {
            return Err(Stop::End);
        }
        if self.start_due {
            self.start_due = false;
            return Ok(self.take(self.start));
        }
        loop {
            let Some(position) = self.set.chosen(&self.rule().positions, self.position) else {
                self.load(work)?;
                continue;
            };
            self.position = position + 1;
            let found = self.set.moment(position);
            // SKIP can move two days of two periods to the same one.
            if found <= self.past {
                continue;
            }
            if found > self.bound {
                return Err(Stop::End);
            }
            return Ok(self.take(found));
        }
    }

    /// Counts an instance and leaves it behind.
    fn take(&mut self, found: i64) -> i64 {
        self.left -= 1;
        self.past = found;
        if self.day_by_day {
            let midnight = found.div_euclid(SECONDS) * SECONDS;
            self.jump(midnight + SECONDS);
            return midnight;
        }
        found
    }

    /// Goes to where a rule with COUNT was told to go.
    fn counted(&mut self, work: &mut Work) -> Result<(), Stop> {
        let Some(target) = self.target else {
            return Ok(());
        };
        if self.day_by_day || self.rule().skip != Skip::Omit {
            // Here a period's instances are not those of its set.
            loop {
                let found = self.advance(work)?;
                if found >= target {
                    self.held = Some(found);
                    break;
                }
            }
        } else {
            self.count_to(target, work)?;
        }
        self.target = None;
        Ok(())
    }

    fn count_to(&mut self, target: i64, work: &mut Work) -> Result<(), Stop> {
        let positions = &self.rule().positions;
        let steady = self.pattern.steady();
        if self.start_due {
            self.start_due = false;
            self.take(self.start);
        }
        loop {
            let end = self.set.rank(target).max(self.position);
            self.pass(self.set.count(positions, self.position, end))?;
            self.position = end;
            if self.set.chosen(positions, end).is_some() {
                self.past = target - 1;
                return Ok(());
            }
            let goal = self.pattern.period_of(target);
            if let Some(each) = steady
                && self.upcoming > self.first
                && self.upcoming < goal
            {
                let upcoming = self.in_step(goal);
                let periods = (upcoming - self.upcoming) / self.rule().interval;
                self.pass(each.saturating_mul(periods.unsigned_abs()))?;
                self.go_to(upcoming);
            }
            self.load(work)?;
        }
    }

    /// Counts instances that are not given.
    fn pass(&mut self, instances: u64) -> Result<(), Stop> {
        self.left = self.left.saturating_sub(instances);
        if self.left == 0 {
            Err(Stop::End)
        } else {
            Ok(())
        }
    }

    /// Takes the next period that has anything after `past`.
    pub(super) fn load(&mut self, work: &mut Work) -> Result<(), Stop> {
        let short = self.rule().frequency >= Frequency::Hourly;
        loop {
            if self.upcoming > self.last_period {
                return Err(Stop::End);
            }
            work.spend()?;
            let found = if short {
                self.load_short()?
            } else {
                self.load_long()?
            };
            if found {
                self.position = self.set.rank(self.past + 1);
                let positions = &self.rule().positions;
                if self.set.chosen(positions, self.position).is_some() {
                    return Ok(());
                }
            }
        }
    }

    fn load_long(&mut self) -> Result<bool, Stop> {
        let period = self.upcoming;
        self.upcoming += self.rule().interval;
        self.set = self.pattern.set(period);
        if self.set.chosen(&self.rule().positions, 0).is_some() {
            self.barren_since = period;
            return Ok(true);
        }
        if self.pattern.periods_repeat(period - self.barren_since) {
            return Err(Stop::End);
        }
        if self.rule().frequency == Frequency::Daily {
            self.upcoming = self.in_step(self.pattern.next_day(period));
        }
        Ok(false)
    }

    fn load_short(&mut self) -> Result<bool, Stop> {
        let unit = self.pattern.unit();
        let day = (self.upcoming * unit).div_euclid(SECONDS);
        if self.fitting_day != Some(day) {
            if !self.pattern.fits(day) {
                if self.pattern.days_repeat(day - self.barren_since) {
                    return Err(Stop::End);
                }
                self.upcoming = self.in_step(self.pattern.next_day(day) * (SECONDS / unit));
                return Ok(false);
            }
            self.fitting_day = Some(day);
            self.barren_since = day;
        }
        match self.pattern.short_set(self.upcoming) {
            Ok(set) => {
                // Every period has as many moments: what BYSETPOS does not choose here, it never will.
                if set.chosen(&self.rule().positions, 0).is_none() {
                    return Err(Stop::End);
                }
                self.set = set;
                self.upcoming += self.rule().interval;
                Ok(true)
            }
            Err(next) => {
                self.upcoming = self.in_step(next.div_euclid(unit));
                Ok(false)
            }
        }
    }
}
