//! Rules that arithmetic answers: every so many days, or weeks on some weekdays. Most rules are such,
//! and an index asks hundreds of them at once.

use super::compiled::Compiled;
use super::day::{LAST_MOMENT, SECONDS, seconds, weekday};
use super::extent::Extent;
use super::rule::{Frequency, Skip};

/// Instances of a steady rule. Moments are seconds since 1970 by the clock of DTSTART.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    start: i64,
    interval: i64,
    /// None for days, the weekdays for weeks.
    weekdays: Option<u8>,
    week_start: i64,
    last: i64,
}

impl Compiled {
    /// None where it takes the engine.
    #[must_use]
    pub fn steady(&self, start: i64) -> Option<Steady> {
        let rule = &self.rule;
        let plain = rule.skip == Skip::Omit
            && rule.seconds | rule.minutes | rule.hours | rule.months == 0
            && rule.numbered_weekdays.iter().all(|n| n.is_empty())
            && rule.month_days.is_empty()
            && rule.year_days.is_empty()
            && rule.weeks.is_empty()
            && rule.positions.is_empty();
        // Where COUNT ends it must have been worked out.
        let last = match self.extent {
            Extent::Ends(last) => seconds(last),
            Extent::Open if rule.count.is_none() && rule.until.is_none() => LAST_MOMENT,
            Extent::Open => return None,
        };
        let weekdays = match (rule.frequency, rule.weekdays) {
            (Frequency::Daily, 0) => None,
            (Frequency::Weekly, 0) => Some(1 << weekday(start.div_euclid(SECONDS))),
            (Frequency::Weekly, weekdays) => Some(weekdays),
            _ => return None,
        };
        plain.then_some(Steady {
            start,
            interval: rule.interval,
            weekdays,
            week_start: i64::from(rule.week_start),
            last,
        })
    }
}

impl Steady {
    /// The first instance at or after a moment.
    #[must_use]
    pub fn at_or_after(&self, moment: i64) -> Option<i64> {
        if moment <= self.start {
            return Some(self.start);
        }
        if moment > self.last {
            return None;
        }
        let of_day = self.start.rem_euclid(SECONDS);
        // The first day on which the time of day is not before the moment.
        let day = -(of_day - moment).div_euclid(SECONDS);
        let found = match self.weekdays {
            None => self.day(day)?,
            Some(weekdays) => self.weekday(day, weekdays)?,
        };
        let found = found.checked_mul(SECONDS)? + of_day;
        (found <= self.last).then_some(found)
    }

    fn day(&self, day: i64) -> Option<i64> {
        let first = self.start.div_euclid(SECONDS);
        let rest = (day - first).rem_euclid(self.interval);
        day.checked_add(if rest == 0 { 0 } else { self.interval - rest })
    }

    fn weekday(&self, mut day: i64, weekdays: u8) -> Option<i64> {
        // Day 0 was a Thursday.
        let week = |day: i64| (day + 3 - self.week_start).div_euclid(7);
        let first = week(self.start.div_euclid(SECONDS));
        loop {
            let rest = (week(day) - first).rem_euclid(self.interval);
            let begin = week(day) * 7 - 3 + self.week_start;
            if rest != 0 {
                day = begin.checked_add((self.interval - rest).checked_mul(7)?)?;
                continue;
            }
            let mut left = day..begin + 7;
            if let Some(found) = left.find(|day| weekdays & 1 << weekday(*day) != 0) {
                return Some(found);
            }
            if weekdays & 0x7F == 0 {
                return None;
            }
            day = begin + 7;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recurrence::{Kind, Next, Rule, Work};

    #[test]
    fn it_says_what_the_engine_says() {
        let mut steady = 0;
        for text in [
            "FREQ=DAILY",
            "FREQ=DAILY;INTERVAL=3;COUNT=100",
            "FREQ=DAILY;INTERVAL=17;UNTIL=20300101T000000",
            "FREQ=WEEKLY",
            "FREQ=WEEKLY;BYDAY=MO,WE,SU",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO",
            "FREQ=WEEKLY;INTERVAL=5;WKST=WE;COUNT=40",
            "FREQ=WEEKLY;BYDAY=FR;UNTIL=20240101",
            "FREQ=DAILY;COUNT=1",
            // Not steady.
            "FREQ=DAILY;BYDAY=MO",
            "FREQ=WEEKLY;BYHOUR=9,10",
            "FREQ=MONTHLY",
            "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1",
        ] {
            let rule = Rule::parse(text).unwrap();
            for day in 1..9 {
                let start = jiff::civil::date(2024, 2, day + 20).at(10, 30, 0, 0);
                let extent = rule.extent(start, Kind::DateTime, &mut Work::new(10_000));
                let compiled = Compiled {
                    rule: rule.clone(),
                    kind: Kind::DateTime,
                    extent,
                };
                let Some(own) = compiled.steady(seconds(start)) else {
                    continue;
                };
                steady += 1;
                for step in 0..600 {
                    let hours = jiff::SignedDuration::from_hours(step * 31 - 200);
                    let moment = start.checked_add(hours).unwrap();
                    let mut instances = rule.instances(start, Kind::DateTime);
                    instances.seek(moment);
                    let expected = match instances.next_within(&mut Work::new(10_000)) {
                        Next::Instance(found) => Some(seconds(found)),
                        _ => None,
                    };
                    let found = own.at_or_after(seconds(moment));
                    assert_eq!(found, expected, "{text} from {start}, after {moment}");
                }
            }
        }
        assert_eq!(steady, 80);
    }
}
