//! The form in which a rule is stored: short, and read in less time than its text.

use std::fmt;

use jiff::civil::{Date, DateTime};

use super::bits::{Bits, Signed, below, each};
use super::day::{self, SECONDS};
use super::expand::Kind;
use super::extent::Extent;
use super::rule::{Frequency, LONGEST_INTERVAL, Rule, Skip, Until};

/// What is kept of a recurrence, so that a query needs neither the text nor, mostly, the rule: when
/// it ends is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// The rule, with UNTIL in the time of DTSTART.
    pub rule: Rule,
    /// What DTSTART is.
    pub kind: Kind,
    /// When the last instance starts.
    pub extent: Extent,
}

/// The bytes are not a compiled rule of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the stored recurrence rule is damaged or of another version of davbox")
    }
}

impl std::error::Error for Damaged {}

const VERSION: u8 = 1;

// The second byte: FREQ in its lowest three bits, then SKIP in two, then
const DATE: u8 = 1 << 5;
const ENDS: u8 = 1 << 6;

// Bytes three and four: which of these follow, in this order.
const INTERVAL: u16 = 1;
const COUNT: u16 = 1 << 1;
const UNTIL: u16 = 1 << 2;
const WEEK_START: u16 = 1 << 3;
const SECOND: u16 = 1 << 4;
const MINUTE: u16 = 1 << 5;
const HOUR: u16 = 1 << 6;
const WEEKDAY: u16 = 1 << 7;
const NUMBERED_WEEKDAY: u16 = 1 << 8;
const MONTH_DAY: u16 = 1 << 9;
const YEAR_DAY: u16 = 1 << 10;
const WEEK: u16 = 1 << 11;
const MONTH: u16 = 1 << 12;
const POSITION: u16 = 1 << 13;
const PARTS: u16 = (1 << 14) - 1;

const FREQUENCIES: [Frequency; 7] = [
    Frequency::Yearly,
    Frequency::Monthly,
    Frequency::Weekly,
    Frequency::Daily,
    Frequency::Hourly,
    Frequency::Minutely,
    Frequency::Secondly,
];

const SKIPS: [Skip; 3] = [Skip::Omit, Skip::Backward, Skip::Forward];

impl Compiled {
    /// The bytes of this rule.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let rule = &self.rule;
        let mut bytes = vec![VERSION, 0, 0, 0];
        let mut parts = 0;
        bytes[1] = rule.frequency as u8 | (rule.skip as u8) << 3;
        if self.kind == Kind::Date {
            bytes[1] |= DATE;
        }
        if let Extent::Ends(moment) = self.extent {
            bytes[1] |= ENDS;
            put_moment(&mut bytes, moment);
        }
        if rule.interval != 1 {
            parts |= INTERVAL;
            put_number(&mut bytes, rule.interval.unsigned_abs());
        }
        if let Some(count) = rule.count {
            parts |= COUNT;
            put_number(&mut bytes, count);
        }
        if let Some(until) = rule.until {
            parts |= UNTIL;
            let (form, moment) = match until {
                Until::Date(date) => (0, date.at(0, 0, 0, 0)),
                Until::Local(moment) => (1, moment),
                Until::Utc(moment) => (2, moment),
            };
            bytes.push(form);
            put_moment(&mut bytes, moment);
        }
        if rule.week_start != 0 {
            parts |= WEEK_START;
            bytes.push(rule.week_start);
        }
        if rule.seconds != 0 {
            parts |= SECOND;
            put_bits(&mut bytes, rule.seconds, 8);
        }
        if rule.minutes != 0 {
            parts |= MINUTE;
            put_bits(&mut bytes, rule.minutes, 8);
        }
        if rule.hours != 0 {
            parts |= HOUR;
            put_bits(&mut bytes, rule.hours, 3);
        }
        if rule.weekdays != 0 {
            parts |= WEEKDAY;
            bytes.push(rule.weekdays);
        }
        let numbered = rule
            .numbered_weekdays
            .iter()
            .map(|n| n.from_start | n.from_end);
        if numbered.clone().any(|numbers| numbers != 0) {
            parts |= NUMBERED_WEEKDAY;
            put_numbered(&mut bytes, &rule.numbered_weekdays);
        }
        if !rule.month_days.is_empty() {
            parts |= MONTH_DAY;
            put_bits(&mut bytes, rule.month_days.from_start, 4);
            put_bits(&mut bytes, rule.month_days.from_end, 4);
        }
        if !rule.year_days.is_empty() {
            parts |= YEAR_DAY;
            put_ordinals(&mut bytes, &rule.year_days);
        }
        if !rule.weeks.is_empty() {
            parts |= WEEK;
            put_bits(&mut bytes, rule.weeks.from_start, 7);
            put_bits(&mut bytes, rule.weeks.from_end, 7);
        }
        if rule.months != 0 {
            parts |= MONTH;
            put_bits(&mut bytes, rule.months, 2);
        }
        if !rule.positions.is_empty() {
            parts |= POSITION;
            put_ordinals(&mut bytes, &rule.positions);
        }
        bytes[2..4].copy_from_slice(&u16::to_le_bytes(parts));
        bytes
    }

    /// Reads what [`Compiled::to_bytes`] wrote, and nothing else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Compiled, Damaged> {
        let mut bytes = Bytes(bytes);
        if bytes.byte()? != VERSION {
            return Err(Damaged);
        }
        let head = bytes.byte()?;
        let frequency = *FREQUENCIES.get(usize::from(head & 7)).ok_or(Damaged)?;
        let skip = *SKIPS.get(usize::from(head >> 3 & 3)).ok_or(Damaged)?;
        let parts = u16::from_le_bytes(bytes.array()?);
        if head >> 7 != 0 || parts & !PARTS != 0 {
            return Err(Damaged);
        }
        let kind = if head & DATE == 0 {
            Kind::DateTime
        } else {
            Kind::Date
        };
        let extent = if head & ENDS == 0 {
            Extent::Open
        } else {
            Extent::Ends(bytes.moment()?)
        };
        let mut rule = Rule::every(frequency);
        rule.skip = skip;
        if parts & INTERVAL != 0 {
            let interval = i64::try_from(bytes.number()?).map_err(|_| Damaged)?;
            rule.interval = within(interval, 2, LONGEST_INTERVAL)?;
        }
        if parts & COUNT != 0 {
            rule.count = Some(bytes.number()?);
        }
        if parts & UNTIL != 0 {
            let form = bytes.byte()?;
            let moment = bytes.moment()?;
            rule.until = Some(match form {
                0 => Until::Date(midnight(moment)?),
                1 => Until::Local(moment),
                2 => Until::Utc(moment),
                _ => return Err(Damaged),
            });
        }
        if parts & WEEK_START != 0 {
            rule.week_start = within(bytes.byte()?, 1, 6)?;
        }
        if parts & SECOND != 0 {
            rule.seconds = bytes.bits::<8>(0, 59)?;
        }
        if parts & MINUTE != 0 {
            rule.minutes = bytes.bits::<8>(0, 59)?;
        }
        if parts & HOUR != 0 {
            rule.hours = bytes.bits::<3>(0, 23)?;
        }
        if parts & WEEKDAY != 0 {
            rule.weekdays = within(bytes.byte()?, 1, (1 << 7) - 1)?;
        }
        if parts & NUMBERED_WEEKDAY != 0 {
            bytes.numbered(&mut rule.numbered_weekdays)?;
        }
        if parts & MONTH_DAY != 0 {
            rule.month_days.from_start = bytes.bits::<4>(1, 31)?;
            rule.month_days.from_end = bytes.bits::<4>(1, 31)?;
        }
        if parts & YEAR_DAY != 0 {
            rule.year_days = bytes.ordinals()?;
        }
        if parts & WEEK != 0 {
            rule.weeks.from_start = bytes.bits::<7>(1, 53)?;
            rule.weeks.from_end = bytes.bits::<7>(1, 53)?;
        }
        if parts & MONTH != 0 {
            rule.months = bytes.bits::<2>(1, 12)?;
        }
        if parts & POSITION != 0 {
            rule.positions = bytes.ordinals()?;
        }
        if !bytes.0.is_empty() {
            return Err(Damaged);
        }
        Ok(Compiled { rule, kind, extent })
    }
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn put_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The lowest bytes of a set, of which no higher bit can be set.
fn put_bits(bytes: &mut Vec<u8>, set: u64, length: usize) {
    bytes.extend(&set.to_le_bytes()[..length]);
}

/// Seconds since 1970, which need six bytes.
fn put_moment(bytes: &mut Vec<u8>, moment: DateTime) {
    bytes.extend(&day::seconds(moment).to_le_bytes()[..6]);
}

/// For every weekday how many numbers it has, then those, where bit 6 means "from the end".
fn put_numbered(bytes: &mut Vec<u8>, weekdays: &[Signed<u64>; 7]) {
    for numbers in weekdays {
        let count = numbers.from_start.count_ones() + numbers.from_end.count_ones();
        bytes.push(count as u8);
        bytes.extend(each(numbers.from_start).map(|number| number as u8));
        bytes.extend(each(numbers.from_end).map(|number| number as u8 | 1 << 6));
    }
}

/// How many there are, then those, where a minus means "from the end".
fn put_ordinals(bytes: &mut Vec<u8>, ordinals: &Signed<Bits>) {
    let count = ordinals.from_start.count() + ordinals.from_end.count();
    put_number(bytes, count.into());
    for number in ordinals.from_start.each() {
        bytes.extend((number as i16).to_le_bytes());
    }
    for number in ordinals.from_end.each() {
        bytes.extend((-(number as i16)).to_le_bytes());
    }
}

fn within<T: PartialOrd>(number: T, least: T, most: T) -> Result<T, Damaged> {
    if number < least || number > most {
        Err(Damaged)
    } else {
        Ok(number)
    }
}

fn midnight(moment: DateTime) -> Result<Date, Damaged> {
    if day::seconds(moment) % SECONDS == 0 {
        Ok(moment.date())
    } else {
        Err(Damaged)
    }
}

/// What has not been read.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        let (read, rest) = self.0.split_first_chunk().ok_or(Damaged)?;
        self.0 = rest;
        Ok(*read)
    }

    fn byte(&mut self) -> Result<u8, Damaged> {
        self.array().map(|[byte]| byte)
    }

    fn number(&mut self) -> Result<u64, Damaged> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part {
                return Err(Damaged);
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Damaged)
    }

    /// A set of numbers from `least` to `most`, as N bytes.
    fn bits<const N: usize>(&mut self, least: u32, most: u32) -> Result<u64, Damaged> {
        let mut set = [0; 8];
        set[..N].copy_from_slice(&self.array::<N>()?);
        let set = u64::from_le_bytes(set);
        if set & !(below(most + 1) & !below(least)) == 0 {
            Ok(set)
        } else {
            Err(Damaged)
        }
    }

    fn moment(&mut self) -> Result<DateTime, Damaged> {
        let [a, b, c, d, e, f] = self.array()?;
        // Shifting down again carries the sign of six bytes into eight.
        let seconds = i64::from_le_bytes([0, 0, a, b, c, d, e, f]) >> 16;
        day::moment(seconds).ok_or(Damaged)
    }

    fn numbered(&mut self, weekdays: &mut [Signed<u64>; 7]) -> Result<(), Damaged> {
        for numbers in weekdays {
            for _ in 0..self.byte()? {
                let byte = self.byte()?;
                let number = within(byte & 0x3f, 1, 53)?;
                numbers.insert((within(byte >> 6, 0, 1)? == 1, number.into()));
            }
        }
        Ok(())
    }

    fn ordinals(&mut self) -> Result<Signed<Bits>, Damaged> {
        let mut ordinals = Signed::<Bits>::default();
        for _ in 0..within(self.number()?, 1, 2 * 366)? {
            let number = i16::from_le_bytes(self.array()?);
            let distance = within(number.unsigned_abs(), 1, 366)?;
            if number < 0 {
                ordinals.from_end.insert(distance.into());
            } else {
                ordinals.from_start.insert(distance.into());
            }
        }
        Ok(ordinals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn compiled(text: &str) -> Compiled {
        let rule = Rule::parse(text).unwrap();
        let extent = Extent::Ends(date(1899, 12, 31).at(23, 59, 59, 0));
        Compiled {
            rule,
            kind: Kind::Date,
            extent,
        }
    }

    #[test]
    fn everything_comes_back() {
        for text in [
            "FREQ=WEEKLY;BYDAY=MO",
            "FREQ=SECONDLY;COUNT=18446744073709551615;INTERVAL=9999999999999999;WKST=SU",
            "FREQ=DAILY;UNTIL=19700101",
            "FREQ=DAILY;UNTIL=00010101T000000",
            "FREQ=DAILY;UNTIL=99991231T235959Z",
            "FREQ=YEARLY;BYDAY=MO,-53SU,53MO,1TU;BYWEEKNO=1,53,-53;BYSETPOS=1,366,-366",
            "FREQ=YEARLY;BYYEARDAY=1,366,-366;BYMONTH=1,12;BYMONTHDAY=1,31,-1,-31",
            "FREQ=HOURLY;BYHOUR=0,23;BYMINUTE=0,59;BYSECOND=0,59",
            "FREQ=MONTHLY;SKIP=FORWARD;RSCALE=GREGORIAN;BYMONTHDAY=31",
        ] {
            let compiled = compiled(text);
            let bytes = compiled.to_bytes();
            assert_eq!(Compiled::from_bytes(&bytes), Ok(compiled), "{text}");
            for cut in 0..bytes.len() {
                assert_eq!(
                    Compiled::from_bytes(&bytes[..cut]),
                    Err(Damaged),
                    "{text} {cut}"
                );
            }
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        let bytes = compiled("FREQ=WEEKLY;BYDAY=MO").to_bytes();
        assert_eq!(bytes.len(), 11);
        let damaged = |at: usize, byte: u8| {
            let mut bytes = bytes.clone();
            bytes[at] = byte;
            Compiled::from_bytes(&bytes)
        };
        for (at, byte) in [
            (0, 0),
            (0, 2),
            (1, 0xff),
            (1, 7),
            (3, 0xff),
            (9, 0x40),
            (10, 0),
            (10, 0x80),
        ] {
            assert_eq!(damaged(at, byte), Err(Damaged), "{at} {byte}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Compiled::from_bytes(&longer), Err(Damaged));
    }
}
