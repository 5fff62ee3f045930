//! Days of the Gregorian calendar as numbers: day 0 is 1970-01-01. Expanding a rule asks for
//! these a few times per period, where a checked `jiff::civil::Date` would cost most of the time.

use jiff::civil::DateTime;

/// Seconds of a day. Floating time has no others.
pub(super) const SECONDS: i64 = 86_400;

/// 9999-12-31T23:59:59, the last moment that iCalendar can write (RFC 5545 section 3.3.4).
pub(super) const LAST_MOMENT: i64 = (number(9999, 12, 31) + 1) * SECONDS - 1;

/// Days before a month in a year without a leap day.
const BEFORE: [i64; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// A day with its place in the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) number: i64,
    pub(super) year: i64,
    pub(super) month: u32,
    /// From 1.
    pub(super) of_month: u32,
}

pub(super) const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) const fn year_length(year: i64) -> u32 {
    if is_leap(year) { 366 } else { 365 }
}

pub(super) const fn month_length(year: i64, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The number of the first of January.
pub(super) const fn year_start(year: i64) -> i64 {
    let before = year - 1;
    before * 365 + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400) - 719_162
}

/// Days of the year before the month, which is 1 to 12.
pub(super) const fn before_month(year: i64, month: u32) -> i64 {
    let leap = month > 2 && is_leap(year);
    BEFORE[(month % 13) as usize] + leap as i64
}

pub(super) const fn number(year: i64, month: u32, of_month: u32) -> i64 {
    year_start(year) + before_month(year, month) + of_month as i64 - 1
}

/// Monday is 0.
pub(super) const fn weekday(number: i64) -> u32 {
    // Day 0 was a Thursday.
    (number + 3).rem_euclid(7) as u32
}

/// Every seventh bit from each of the lowest seven.
pub(super) const fn repeat_week(week: u8) -> u64 {
    (week as u64 & 0x7f).wrapping_mul(0x8102_0408_1020_4081)
}

/// Bit n of the result is weekday `first` + n.
pub(super) const fn turn_week(week: u8, first: u32) -> u8 {
    ((week >> first) | (week << (7 - first))) & 0x7f
}

impl Day {
    pub(super) fn new(number: i64) -> Day {
        // Years are counted from March, so that the leap day is the last of its year.
        let day = number + 719_468;
        let era = day.div_euclid(146_097);
        let of_era = day.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let of_month = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        Day {
            number,
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month: month as u32,
            of_month: of_month as u32,
        }
    }

    /// From 1.
    pub(super) fn of_year(&self) -> u32 {
        (self.number - year_start(self.year) + 1) as u32
    }
}

/// Seconds since 1970-01-01T00:00:00. Fractions are not iCalendar's.
pub(super) fn seconds(moment: DateTime) -> i64 {
    let month = moment.month().unsigned_abs().into();
    let number = number(
        moment.year().into(),
        month,
        moment.day().unsigned_abs().into(),
    );
    number * SECONDS
        + i64::from(moment.hour()) * 3600
        + i64::from(moment.minute()) * 60
        + i64::from(moment.second())
}

/// None beyond the years of [`DateTime`].
pub(super) fn moment(seconds: i64) -> Option<DateTime> {
    let day = Day::new(seconds.div_euclid(SECONDS));
    let time = seconds.rem_euclid(SECONDS);
    DateTime::new(
        i16::try_from(day.year).ok()?,
        day.month as i8,
        day.of_month as i8,
        (time / 3600) as i8,
        (time / 60 % 60) as i8,
        (time % 60) as i8,
        0,
    )
    .ok()
}

/// The first day of week number one of a year: the first week with at least four of its days
/// (RFC 5545 section 3.3.10, BYWEEKNO). `week_start` is a weekday, Monday is 0.
pub(super) fn first_week(year: i64, week_start: u32) -> i64 {
    // The week of the fourth of January is that week, wherever it starts.
    week_of(year_start(year) + 3, week_start)
}

/// The first day of the week in which a day lies.
pub(super) fn week_of(number: i64, week_start: u32) -> i64 {
    number - i64::from((weekday(number) + 7 - week_start) % 7)
}

/// The year to which the week of a day belongs: the one with most of its days.
pub(super) fn week_year(number: i64, week_start: u32) -> i64 {
    Day::new(week_of(number, week_start) + 3).year
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{Date, date};

    #[test]
    fn days_are_those_of_jiff() {
        let mut expected = date(-1, 1, 1);
        let mut number = number(-1, 1, 1);
        while expected.year() < 2405 {
            let day = Day::new(number);
            let read = (day.year, day.month, day.of_month, day.of_year());
            let year = i64::from(expected.year());
            let month = expected.month().unsigned_abs().into();
            let of_month = expected.day().unsigned_abs().into();
            let of_year = expected.day_of_year().unsigned_abs().into();
            assert_eq!(read, (year, month, of_month, of_year), "{expected}");
            assert_eq!(super::number(year, month, of_month), number, "{expected}");
            let monday_0: u32 = expected
                .weekday()
                .to_monday_zero_offset()
                .unsigned_abs()
                .into();
            assert_eq!(weekday(number), monday_0, "{expected}");
            let iso = expected.iso_week_date();
            let week = (number - first_week(week_year(number, 0), 0)).div_euclid(7) + 1;
            assert_eq!(
                (week_year(number, 0), week),
                (iso.year().into(), iso.week().into()),
                "{expected}"
            );
            expected = expected.tomorrow().unwrap();
            number += 1;
        }
        for edge in [Date::MIN, date(9999, 12, 31)] {
            let edge = edge.at(23, 59, 59, 0);
            assert_eq!(moment(seconds(edge)), Some(edge));
        }
        assert_eq!(
            moment(LAST_MOMENT),
            Some(date(9999, 12, 31).at(23, 59, 59, 0))
        );
        assert_eq!(moment(LAST_MOMENT + 1), None);
    }
}
