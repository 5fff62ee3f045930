//! A recurrence rule, read from the value of an RRULE (RFC 5545 section 3.3.10, RFC 7529).

use std::fmt;

use jiff::civil::{Date, DateTime, Time};

use super::bits::{Bits, Signed};

/// A recurrence rule that can be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(super) frequency: Frequency,
    /// At least 1, at most [`LONGEST_INTERVAL`].
    pub(super) interval: i64,
    pub(super) count: Option<u64>,
    pub(super) until: Option<Until>,
    /// Monday is 0.
    pub(super) week_start: u8,
    pub(super) skip: Skip,
    // An empty set is a part that is not there.
    pub(super) seconds: u64,
    pub(super) minutes: u64,
    pub(super) hours: u64,
    /// Weekdays without a number. Monday is 0.
    pub(super) weekdays: u8,
    /// By weekday, the numbers before it.
    pub(super) numbered_weekdays: [Signed<u64>; 7],
    pub(super) month_days: Signed<u64>,
    pub(super) year_days: Signed<Bits>,
    pub(super) weeks: Signed<u64>,
    /// January is 1.
    pub(super) months: u64,
    pub(super) positions: Signed<Bits>,
}

/// A step of this many seconds leaves the years that iCalendar can write.
pub(super) const LONGEST_INTERVAL: i64 = 1 << 40;

/// FREQ, from the longest period to the shortest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frequency {
    Yearly,
    Monthly,
    Weekly,
    Daily,
    Hourly,
    Minutely,
    Secondly,
}

/// What becomes of a day that its month or year does not have (RFC 7529 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skip {
    Omit,
    Backward,
    Forward,
}

/// UNTIL as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The whole day is included.
    Date(Date),
    /// In the time of DTSTART, whichever zone that is.
    Local(DateTime),
    /// In UTC. [`Rule::with_until`] takes it in the time of DTSTART.
    Utc(DateTime),
}

/// Why a rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The rule may be right, but is not one that is evaluated here: another calendar than the
    /// Gregorian, or a part that RFC 5545 does not know. Such an event is kept, matches every time
    /// range, and is returned unexpanded.
    NotEvaluated {
        /// The part, as written.
        part: String,
    },
    /// The rule is broken.
    Malformed {
        /// The part, as written.
        part: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::NotEvaluated { part } => {
                write!(
                    f,
                    "the recurrence rule has a part that is kept but not evaluated: {part}"
                )
            }
            Refused::Malformed { part, why } => {
                write!(f, "the recurrence rule is broken at '{part}': {why}")
            }
        }
    }
}

impl std::error::Error for Refused {}

/// How much of a broken part is repeated to whoever sent it.
const SHOWN: usize = 60;

fn shown(part: &str) -> String {
    part.chars().take(SHOWN).collect()
}

impl Rule {
    /// Reads the value of an RRULE. Names and values may be of either case and the parts in any
    /// order (RFC 5545 sections 1.2 and 3.3.10); empty parts and blanks are passed over.
    pub fn parse(text: &str) -> Result<Rule, Refused> {
        let parts = || {
            text.split(';')
                .map(str::trim)
                .filter(|part| !part.is_empty())
        };
        // Another calendar has other bounds, so that nothing else of the rule can be judged.
        if let Some(part) = parts().find(|part| is_foreign_scale(part)) {
            return Err(Refused::NotEvaluated { part: shown(part) });
        }
        let mut reading = Reading::default();
        for part in parts() {
            match reading.part(part) {
                Ok(()) => {}
                Err(Trouble::Unknown) => {
                    reading.unknown.get_or_insert_with(|| shown(part));
                }
                Err(Trouble::Broken(why)) => {
                    return Err(Refused::Malformed {
                        part: shown(part),
                        why,
                    });
                }
            }
        }
        let Some(frequency) = reading.frequency else {
            return Err(Refused::Malformed {
                part: shown(text),
                why: "FREQ is missing",
            });
        };
        if let Some(part) = reading.unknown {
            return Err(Refused::NotEvaluated { part });
        }
        let mut rule = reading.rule;
        rule.frequency = frequency;
        rule.settle_skip()?;
        Ok(rule)
    }

    /// SKIP matters only where days are counted out. RFC 7529 does not say what a day that was
    /// moved is for BYWEEKNO, or for a second part that counts days.
    fn settle_skip(&mut self) -> Result<(), Refused> {
        if self.frequency > Frequency::Monthly {
            self.skip = Skip::Omit;
        }
        let unclear = !self.weeks.is_empty()
            || (!self.year_days.is_empty()
                && (self.frequency == Frequency::Monthly
                    || self.months != 0
                    || !self.month_days.is_empty()));
        if self.skip != Skip::Omit && unclear {
            return Err(Refused::NotEvaluated {
                part: "SKIP with BYWEEKNO or BYYEARDAY".to_owned(),
            });
        }
        Ok(())
    }

    /// UNTIL, as it was written or as [`Rule::with_until`] was told.
    #[must_use]
    pub fn until(&self) -> Option<Until> {
        self.until
    }

    /// The same rule with UNTIL in the time of DTSTART. A rule whose UNTIL is still in UTC is
    /// evaluated as if DTSTART were in UTC too.
    #[must_use]
    pub fn with_until(mut self, until: DateTime) -> Rule {
        self.until = Some(Until::Local(until));
        self
    }

    /// Whether the rule bounds itself, by COUNT or by UNTIL.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        self.count.is_some() || self.until.is_some()
    }

    /// A rule that says no more than how often.
    pub(super) fn every(frequency: Frequency) -> Rule {
        Rule {
            frequency,
            interval: 1,
            count: None,
            until: None,
            week_start: 0,
            skip: Skip::Omit,
            seconds: 0,
            minutes: 0,
            hours: 0,
            weekdays: 0,
            numbered_weekdays: [Signed::default(); 7],
            month_days: Signed::default(),
            year_days: Signed::default(),
            weeks: Signed::default(),
            months: 0,
            positions: Signed::default(),
        }
    }
}

/// RSCALE with another calendar than the one every rule has by default.
fn is_foreign_scale(part: &str) -> bool {
    part.split_once('=').is_some_and(|(name, value)| {
        let value = value.trim();
        name.trim().eq_ignore_ascii_case("RSCALE")
            && !value.eq_ignore_ascii_case("GREGORIAN")
            // The name's alias in CLDR's register, to which RFC 7529 section 5 refers.
            && !value.eq_ignore_ascii_case("GREGORY")
    })
}

enum Trouble {
    Unknown,
    Broken(&'static str),
}

/// A rule, part by part.
struct Reading {
    rule: Rule,
    frequency: Option<Frequency>,
    /// Which of the known parts were there: one bit each.
    seen: u16,
    unknown: Option<String>,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading {
            rule: Rule::every(Frequency::Daily),
            frequency: None,
            seen: 0,
            unknown: None,
        }
    }
}

const NAMES: [&str; 16] = [
    "FREQ",
    "UNTIL",
    "COUNT",
    "INTERVAL",
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
    "RSCALE",
    "SKIP",
];

impl Reading {
    fn part(&mut self, part: &str) -> Result<(), Trouble> {
        let Some((name, value)) = part.split_once('=') else {
            return Err(Trouble::Broken(
                "a part is a name, an equals sign and a value",
            ));
        };
        let (name, value) = (name.trim(), value.trim());
        let Some(at) = NAMES
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name))
        else {
            return Err(Trouble::Unknown);
        };
        if self.seen >> at & 1 == 1 {
            return Err(Trouble::Broken("this part stands there twice"));
        }
        self.seen |= 1 << at;
        self.value(NAMES[at], value)
    }

    fn value(&mut self, name: &str, value: &str) -> Result<(), Trouble> {
        let rule = &mut self.rule;
        match name {
            "FREQ" => self.frequency = Some(frequency(value)?),
            "UNTIL" => rule.until = Some(until(value)?),
            "COUNT" => rule.count = Some(digits(value)?),
            "INTERVAL" => {
                let interval = i64::try_from(digits(value)?).unwrap_or(LONGEST_INTERVAL);
                if interval == 0 {
                    return Err(Trouble::Broken("the interval must be at least 1"));
                }
                rule.interval = interval.min(LONGEST_INTERVAL);
            }
            "BYSECOND" => {
                let seconds = numbers(value, 0, 60, "a second is 0 to 60")?;
                // Second 60 is second 59.
                rule.seconds = (seconds | seconds >> 1 & 1 << 59) & !(1 << 60);
            }
            "BYMINUTE" => rule.minutes = numbers(value, 0, 59, "a minute is 0 to 59")?,
            "BYHOUR" => rule.hours = numbers(value, 0, 23, "an hour is 0 to 23")?,
            "BYDAY" => items(value).try_for_each(|item| weekday_of(rule, item))?,
            "BYMONTHDAY" => {
                let why = "a day of the month is 1 to 31 or -31 to -1";
                rule.month_days = ordinals(value, 31, why)?;
            }
            "BYYEARDAY" => {
                let why = "a day of the year is 1 to 366 or -366 to -1";
                rule.year_days = long_ordinals(value, why)?;
            }
            "BYWEEKNO" => rule.weeks = ordinals(value, 53, "a week is 1 to 53 or -53 to -1")?,
            "BYMONTH" => {
                // A leap month, which the Gregorian calendar does not have (RFC 7529 section 4.2).
                let leap = |item: &str| {
                    let month = item.strip_suffix(['L', 'l']);
                    month.is_some_and(|month| digits(month).is_ok())
                };
                if items(value).any(leap) {
                    return Err(Trouble::Unknown);
                }
                rule.months = numbers(value, 1, 12, "a month is 1 to 12")?;
            }
            "BYSETPOS" => {
                let why = "a position is 1 to 366 or -366 to -1";
                rule.positions = long_ordinals(value, why)?;
            }
            "WKST" => rule.week_start = weekday(value)?,
            "SKIP" => rule.skip = skip(value)?,
            // RSCALE, which is judged before everything else.
            _ => {}
        }
        Ok(())
    }
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim)
}

/// Numbers without a sign, as bits.
fn numbers(list: &str, least: u64, most: u64, why: &'static str) -> Result<u64, Trouble> {
    items(list).try_fold(
        0,
        |set, item| Ok(set | 1 << within(item, least, most, why)?),
    )
}

/// Numbers from either end, as bits.
fn ordinals(list: &str, most: u64, why: &'static str) -> Result<Signed<u64>, Trouble> {
    let mut set = Signed::<u64>::default();
    for item in items(list) {
        set.insert(ordinal(item, most, why)?);
    }
    Ok(set)
}

/// The same, up to 366.
fn long_ordinals(list: &str, why: &'static str) -> Result<Signed<Bits>, Trouble> {
    let mut set = Signed::<Bits>::default();
    for item in items(list) {
        match ordinal(item, 366, why)? {
            (true, number) => set.from_end.insert(number),
            (false, number) => set.from_start.insert(number),
        }
    }
    Ok(set)
}

fn frequency(value: &str) -> Result<Frequency, Trouble> {
    const NAMED: [(&str, Frequency); 7] = [
        ("YEARLY", Frequency::Yearly),
        ("MONTHLY", Frequency::Monthly),
        ("WEEKLY", Frequency::Weekly),
        ("DAILY", Frequency::Daily),
        ("HOURLY", Frequency::Hourly),
        ("MINUTELY", Frequency::Minutely),
        ("SECONDLY", Frequency::Secondly),
    ];
    NAMED
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(value))
        .map(|(_, frequency)| *frequency)
        .ok_or(Trouble::Broken(
            "a frequency is SECONDLY, MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY",
        ))
}

fn skip(value: &str) -> Result<Skip, Trouble> {
    const NAMED: [(&str, Skip); 3] = [
        ("OMIT", Skip::Omit),
        ("BACKWARD", Skip::Backward),
        ("FORWARD", Skip::Forward),
    ];
    NAMED
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(value))
        .map(|(_, skip)| *skip)
        .ok_or(Trouble::Broken("SKIP is OMIT, BACKWARD or FORWARD"))
}

/// Monday is 0.
fn weekday(value: &str) -> Result<u8, Trouble> {
    ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
        .iter()
        .zip(0..)
        .find(|(name, _)| name.eq_ignore_ascii_case(value))
        .map(|(_, number)| number)
        .ok_or(Trouble::Broken("a weekday is MO, TU, WE, TH, FR, SA or SU"))
}

/// `MO`, `1MO`, `+1MO` or `-1MO`.
fn weekday_of(rule: &mut Rule, item: &str) -> Result<(), Trouble> {
    let at = item
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(item.len());
    let (number, name) = item.split_at(at);
    let day = weekday(name)?;
    if number.is_empty() {
        rule.weekdays |= 1 << day;
        return Ok(());
    }
    let why = "a number before a weekday is 1 to 53 or -53 to -1";
    rule.numbered_weekdays[usize::from(day)].insert(ordinal(number, 53, why)?);
    Ok(())
}

/// A number without a sign. One that is too large for the type is the largest of the type.
fn digits(text: &str) -> Result<u64, Trouble> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Trouble::Broken(
            "a number is missing or has other characters than digits",
        ));
    }
    Ok(text.parse().unwrap_or(u64::MAX))
}

fn within(text: &str, least: u64, most: u64, why: &'static str) -> Result<u32, Trouble> {
    match digits(text) {
        Ok(number) if (least..=most).contains(&number) => {
            u32::try_from(number).map_err(|_| Trouble::Broken(why))
        }
        _ => Err(Trouble::Broken(why)),
    }
}

/// A number with a sign or without one: whether it counts from the end, and how far.
fn ordinal(text: &str, most: u64, why: &'static str) -> Result<(bool, u32), Trouble> {
    let from_end = text.starts_with('-');
    let number = within(text.strip_prefix(['+', '-']).unwrap_or(text), 1, most, why)?;
    Ok((from_end, number))
}

/// A DATE or a DATE-TIME (RFC 5545 sections 3.3.4 and 3.3.5).
fn until(value: &str) -> Result<Until, Trouble> {
    let broken = || Trouble::Broken("UNTIL is a date or a date with a time that exist");
    let (local, utc) = match value.strip_suffix(['Z', 'z']) {
        Some(local) => (local, true),
        None => (value, false),
    };
    let (day, time) = match local.split_once(['T', 't']) {
        Some((day, time)) => (day, Some(time)),
        None => (local, None),
    };
    let number = |text: &str, length: usize| match digits(text) {
        Ok(number) if text.len() == length => u32::try_from(number).map_err(|_| broken()),
        _ => Err(broken()),
    };
    let two = |n: u32| (n % 100) as i8;
    let day = number(day, 8)?;
    let date = Date::new((day / 10_000) as i16, two(day / 100), two(day)).map_err(|_| broken())?;
    let Some(time) = time else {
        return if utc {
            Err(broken())
        } else {
            Ok(Until::Date(date))
        };
    };
    let time = number(time, 6)?;
    // A leap second is 60 (RFC 5545 section 3.3.12).
    let second = if time % 100 == 60 { 59 } else { two(time) };
    let time = Time::new(two(time / 10_000), two(time / 100), second, 0).map_err(|_| broken())?;
    let moment = date.to_datetime(time);
    Ok(if utc {
        Until::Utc(moment)
    } else {
        Until::Local(moment)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn malformed(text: &str) -> &'static str {
        match Rule::parse(text) {
            Err(Refused::Malformed { why, .. }) => why,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn any_case_any_order() {
        let plain = Rule::parse("FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO,-1FR;WKST=SU").unwrap();
        for same in [
            "freq=monthly;interval=2;byday=1mo,-1fr;wkst=su",
            "WKST=SU;BYDAY=-1FR,+1MO;INTERVAL=02;FREQ=MONTHLY",
            "FREQ=MONTHLY; INTERVAL=2; BYDAY=1MO, -1FR; WKST=SU;",
            "RSCALE=gregorian;SKIP=OMIT;FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO,-1FR,1MO;WKST=SU",
        ] {
            assert_eq!(Rule::parse(same).as_ref(), Ok(&plain), "{same}");
        }
    }

    #[test]
    fn until_in_three_forms() {
        let until = |text: &str| {
            Rule::parse(&format!("FREQ=DAILY;UNTIL={text}"))
                .unwrap()
                .until()
        };
        assert_eq!(until("20240229"), Some(Until::Date(date(2024, 2, 29))));
        let moment = date(2024, 2, 29).at(23, 59, 59, 0);
        assert_eq!(until("20240229T235960"), Some(Until::Local(moment)));
        assert_eq!(until("20240229T235959Z"), Some(Until::Utc(moment)));
        for broken in [
            "20230229",
            "2024022",
            "20240229Z",
            "20240229T2400",
            "20240229T240000",
            "x",
        ] {
            malformed(&format!("FREQ=DAILY;UNTIL={broken}"));
        }
    }

    #[test]
    fn what_is_broken_is_named() {
        for (text, part) in [
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
            ("FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1"),
            ("FREQ=FORTNIGHTLY", "FREQ=FORTNIGHTLY"),
            ("FREQ=DAILY;COUNT=", "COUNT="),
            ("FREQ=DAILY;COUNT=ten", "COUNT=ten"),
            ("FREQ=DAILY;BYHOUR=24", "BYHOUR=24"),
            ("FREQ=DAILY;BYMINUTE=60", "BYMINUTE=60"),
            ("FREQ=DAILY;BYSECOND=61", "BYSECOND=61"),
            ("FREQ=YEARLY;BYDAY=54MO", "BYDAY=54MO"),
            ("FREQ=YEARLY;BYDAY=0MO", "BYDAY=0MO"),
            ("FREQ=YEARLY;BYDAY=--1MO", "BYDAY=--1MO"),
            ("FREQ=YEARLY;BYDAY=MÖ", "BYDAY=MÖ"),
            ("FREQ=YEARLY;BYMONTHDAY=32", "BYMONTHDAY=32"),
            ("FREQ=YEARLY;BYMONTHDAY=0", "BYMONTHDAY=0"),
            ("FREQ=YEARLY;BYYEARDAY=-367", "BYYEARDAY=-367"),
            ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO=54"),
            ("FREQ=YEARLY;BYMONTH=13", "BYMONTH=13"),
            ("FREQ=YEARLY;BYMONTH=1,,2", "BYMONTH=1,,2"),
            ("FREQ=YEARLY;BYSETPOS=0", "BYSETPOS=0"),
            ("FREQ=YEARLY;WKST=1MO", "WKST=1MO"),
            ("FREQ=YEARLY;FREQ=DAILY", "FREQ=DAILY"),
            ("FREQ", "FREQ"),
            ("INTERVAL=2", "INTERVAL=2"),
            ("", ""),
            ("X-NEW=1;FREQ=DAILY;COUNT=x", "COUNT=x"),
        ] {
            match Rule::parse(text) {
                Err(Refused::Malformed { part: named, .. }) => assert_eq!(named, part),
                other => panic!("{text}: {other:?}"),
            }
        }
        let long = format!("FREQ=DAILY;COUNT={}", "x".repeat(100_000));
        assert!(Rule::parse(&long).unwrap_err().to_string().len() < 200);
    }

    #[test]
    fn what_cannot_be_evaluated_is_told_apart() {
        for text in [
            "RSCALE=CHINESE;FREQ=YEARLY",
            "FREQ=YEARLY;BYMONTH=13;RSCALE=ETHIOPIC",
            "RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L;BYMONTHDAY=8;SKIP=FORWARD",
            "FREQ=YEARLY;BYMONTH=5L",
            "FREQ=DAILY;X-PART=1",
            "FREQ=YEARLY;BYEASTER=-2",
            "RSCALE=GREGORIAN;FREQ=YEARLY;BYWEEKNO=53;SKIP=BACKWARD",
        ] {
            match Rule::parse(text) {
                Err(Refused::NotEvaluated { .. }) => {}
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn large_numbers_are_bounded() {
        let text = format!("FREQ=DAILY;COUNT={0};INTERVAL={0}", "9".repeat(50));
        let rule = Rule::parse(&text).unwrap();
        assert_eq!(
            (rule.count, rule.interval),
            (Some(u64::MAX), LONGEST_INTERVAL)
        );
    }
}
