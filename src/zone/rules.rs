//! What clocks do: from when on which offset from UTC holds.

use jiff::civil::DateTime;

use super::seconds;
use crate::recurrence::{Kind, Next, Rule, Work};

/// What clocks do, by a definition.
#[derive(Debug)]
pub struct Rules {
    /// Seconds east of UTC before the first onset.
    pub(super) first: i32,
    /// Rising; those of rules as far as [`LAST_YEAR`].
    pub(super) onsets: Vec<Onset>,
    /// Those that go on after it.
    pub(super) open: Vec<Observance>,
}

/// From when on which offset holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Onset {
    /// Seconds since 1970.
    pub(super) at: i64,
    pub(super) offset: i32,
}

#[derive(Debug)]
pub(super) struct Observance {
    pub(super) start: DateTime,
    pub(super) rule: Rule,
    pub(super) from: i32,
    pub(super) to: i32,
}

/// Onsets of rules are worked out to the end of this year.
pub(super) const LAST_YEAR: i16 = 2100;

/// A day before it ends in UTC, because clocks are at most a day away.
const LATE: i64 = 4_133_894_400;

/// How far back the last onset of a rule is looked for: one that pauses longer is taken to have ended.
const PAUSES: [i64; 3] = [40 * DAY, 400 * DAY, 12 * 366 * DAY];
const DAY: i64 = 86_400;

/// Periods of a rule that one look may take: days for more than a year, years for centuries.
const WORK: u64 = 500;

impl Rules {
    /// Seconds east of UTC at this moment.
    #[must_use]
    pub fn offset(&self, at: i64) -> i32 {
        let after = self.onsets.partition_point(|onset| onset.at <= at);
        let mut last = after
            .checked_sub(1)
            .and_then(|before| self.onsets.get(before).copied());
        if at >= LATE {
            let late = self.open.iter().filter_map(|one| one.last_onset(at));
            last = late.max().max(last);
        }
        last.map_or(self.first, |onset| onset.offset)
    }

    /// Seconds since 1970 at which clocks show this; RFC 5545 section 3.3.5 says what happens where
    /// they never do, and where they do twice.
    #[must_use]
    pub fn instant(&self, local: DateTime) -> i64 {
        let local = seconds(local);
        let (before, after) = (
            self.offset(local.saturating_sub(2 * DAY)),
            self.offset(local.saturating_add(2 * DAY)),
        );
        if before == after && !self.changes_near(local) {
            return local.saturating_sub(i64::from(before));
        }
        // Every offset that is in use around it is tried; the earliest moment at which it shows.
        let mut found: Option<i64> = None;
        for offset in self.near(local) {
            let at = local.saturating_sub(i64::from(offset));
            if self.offset(at) == offset {
                found = Some(found.map_or(at, |found| found.min(at)));
            }
        }
        // In a gap: the offset before it is that of the moment which the later one would give.
        found.unwrap_or_else(|| {
            let greatest = self.near(local).max().unwrap_or(before);
            let early = self.offset(local.saturating_sub(i64::from(greatest)));
            local.saturating_sub(i64::from(early))
        })
    }

    fn changes_near(&self, local: i64) -> bool {
        let from = self
            .onsets
            .partition_point(|o| o.at < local.saturating_sub(2 * DAY));
        self.onsets
            .get(from)
            .is_some_and(|onset| onset.at <= local.saturating_add(2 * DAY))
    }

    fn near(&self, local: i64) -> impl Iterator<Item = i32> {
        let (from, to) = (local.saturating_sub(2 * DAY), local.saturating_add(2 * DAY));
        let first = self.onsets.partition_point(|onset| onset.at < from);
        let onsets = self.onsets.iter().skip(first);
        let onsets = onsets.take_while(move |onset| onset.at <= to);
        let ends = [self.offset(from), self.offset(to)];
        ends.into_iter().chain(onsets.map(|onset| onset.offset))
    }

    /// Least and greatest offset in this time.
    #[must_use]
    pub fn offsets(&self, from: i64, to: i64) -> (i32, i32) {
        let first = self.offset(from);
        let between = self.onsets.partition_point(|onset| onset.at <= from);
        let between = self.onsets.iter().skip(between);
        let between = between.take_while(|onset| onset.at <= to);
        let known = between.fold((first, first), |(least, greatest), onset| {
            (least.min(onset.offset), greatest.max(onset.offset))
        });
        if to < LATE {
            return known;
        }
        // Of those that go on, each comes again.
        let open = self.open.iter().flat_map(|one| [one.from, one.to]);
        open.fold(known, |(least, greatest), offset| {
            (least.min(offset), greatest.max(offset))
        })
    }
}

impl Observance {
    /// The last time before this moment, or at it, that it began.
    fn last_onset(&self, at: i64) -> Option<Onset> {
        let mut pauses = PAUSES.into_iter();
        pauses.find_map(|pause| self.last_since(at.saturating_sub(pause), at))
    }

    fn last_since(&self, from: i64, at: i64) -> Option<Onset> {
        let mut work = Work::new(WORK);
        let mut instances = self.rule.instances(self.start, Kind::DateTime);
        instances.seek(super::local_of(from.saturating_add(i64::from(self.from))));
        let mut last = None;
        while let Next::Instance(onset) = instances.next_within(&mut work) {
            let onset = seconds(onset).saturating_sub(i64::from(self.from));
            if onset > at {
                break;
            }
            last = Some(Onset {
                at: onset,
                offset: self.to,
            });
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    const HOUR: i32 = 3600;

    /// Clocks that changed at these moments, `first` hours east of UTC before.
    fn rules(first: i32, onsets: &[(DateTime, i32)]) -> Rules {
        let mut before = first * HOUR;
        let onsets = onsets.iter().map(|(local, hours)| {
            let at = seconds(*local) - i64::from(before);
            before = hours * HOUR;
            Onset { at, offset: before }
        });
        Rules {
            first: first * HOUR,
            onsets: onsets.collect(),
            open: Vec::new(),
        }
    }

    fn hours(rules: &Rules, shown: DateTime) -> i64 {
        (seconds(shown) - rules.instant(shown)) / i64::from(HOUR)
    }

    #[test]
    fn clocks_that_skip_and_repeat() {
        let berlin = rules(
            1,
            &[
                (datetime(2026, 3, 29, 2, 0, 0, 0), 2),
                (datetime(2026, 10, 25, 3, 0, 0, 0), 1),
            ],
        );
        for (month, day, hour, minute, offset) in [
            (3, 29, 1, 59, 1),
            // Not there, then there for the first time.
            (3, 29, 2, 30, 1),
            (3, 29, 3, 0, 2),
            (10, 25, 1, 59, 2),
            // There twice.
            (10, 25, 2, 0, 2),
            (10, 25, 2, 59, 2),
            (10, 25, 3, 0, 1),
        ] {
            let shown = datetime(2026, month, day, hour, minute, 0, 0);
            assert_eq!(hours(&berlin, shown), offset, "{shown}");
        }
    }

    /// As in Apia, which left out a day, and the other way.
    #[test]
    fn days_that_are_skipped_and_repeated() {
        let moved = rules(
            -10,
            &[
                (datetime(2011, 12, 30, 0, 0, 0, 0), 14),
                (datetime(2020, 1, 7, 0, 0, 0, 0), -10),
            ],
        );
        for (year, month, day, hour, offset) in [
            (2011, 12, 29, 23, -10),
            (2011, 12, 30, 12, -10),
            (2011, 12, 31, 0, 14),
            (2020, 1, 6, 12, 14),
            (2020, 1, 7, 0, -10),
        ] {
            let shown = datetime(year, month, day, hour, 0, 0, 0);
            assert_eq!(hours(&moved, shown), offset, "{shown}");
        }
        assert_eq!(moved.offsets(0, 1_000), (-10 * HOUR, -10 * HOUR));
        assert_eq!(moved.offsets(0, i64::MAX), (-10 * HOUR, 14 * HOUR));
    }

    #[test]
    fn a_change_after_the_last_year() {
        let year = |year: i16, month: i8| datetime(year, month, 15, 12, 0, 0, 0);
        let mut once = rules(1, &[(year(1970, 1), 1), (year(2150, 8), 5)]);
        let rule = |month: i8| Rule::parse(&format!("FREQ=YEARLY;BYMONTH={month}")).unwrap();
        once.open = [(3, 1, 2), (10, 2, 1)]
            .map(|(month, from, to)| Observance {
                start: year(1970, month),
                rule: rule(month),
                from: from * HOUR,
                to: to * HOUR,
            })
            .into();
        for (shown, offset) in [
            (year(2120, 6), 2),
            (year(2120, 12), 1),
            (year(2150, 7), 2),
            (year(2150, 9), 5),
            (year(2150, 12), 1),
        ] {
            assert_eq!(hours(&once, shown), offset, "{shown}");
        }
        assert_eq!(
            LATE,
            seconds(datetime(LAST_YEAR + 1, 1, 1, 0, 0, 0, 0)) - 86_400
        );
    }

    #[test]
    fn a_rule_may_rest_for_years() {
        let mut rare = rules(1, &[(datetime(1970, 1, 1, 0, 0, 0, 0), 2)]);
        rare.open = vec![Observance {
            start: datetime(2000, 1, 1, 0, 0, 0, 0),
            rule: Rule::parse("FREQ=YEARLY;INTERVAL=10").unwrap(),
            from: HOUR,
            to: 3 * HOUR,
        }];
        assert_eq!(hours(&rare, datetime(2509, 12, 1, 0, 0, 0, 0)), 3);
    }

    #[test]
    fn the_ends_of_time() {
        for (from, to) in [(1, 2), (-23, 23), (23, -23)] {
            let open = |from: i32, to: i32, month: i8| Observance {
                start: datetime(1970, month, 29, 2, 0, 0, 0),
                rule: Rule::parse(&format!("FREQ=YEARLY;BYDAY=-1SU;BYMONTH={month}")).unwrap(),
                from: from * HOUR,
                to: to * HOUR,
            };
            let mut rules = rules(from, &[(datetime(1970, 3, 29, 2, 0, 0, 0), to)]);
            rules.open = vec![open(from, to, 3), open(to, from, 10)];
            for shown in [
                DateTime::MIN,
                datetime(1, 1, 1, 0, 0, 0, 0),
                datetime(9999, 12, 31, 23, 59, 59, 0),
                DateTime::MAX,
            ] {
                let difference = rules.instant(shown) - seconds(shown);
                assert!(difference.abs() < 86_400, "{shown} {difference}");
            }
            for moment in [i64::MIN, -1, i64::MAX] {
                assert!(rules.offset(moment).abs() < 86_400);
            }
            let ends = (from.min(to) * HOUR, from.max(to) * HOUR);
            assert_eq!(rules.offsets(i64::MIN, i64::MAX), ends);
            assert_eq!(rules.offsets(20_000_000_000, 20_100_000_000), ends);
            let summer = datetime(2500, 7, 1, 12, 0, 0, 0);
            let winter = datetime(2500, 1, 1, 12, 0, 0, 0);
            assert_eq!(hours(&rules, summer), i64::from(to));
            assert_eq!(hours(&rules, winter), i64::from(from));
        }
    }
}
