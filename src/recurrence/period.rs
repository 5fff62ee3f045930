//! Which days and times one period of a rule has: the table of RFC 5545 section 3.3.10.
//!
//! All days of a period are one set of bits, so that "expand" and "limit" of the table are the same
//! thing: a part takes away what it does not name, from all that the period has.

use super::bits::{Bits, Signed, below, each, nth};
use super::day::{
    Day, LAST_MOMENT, SECONDS, before_month, first_week, month_length, repeat_week, turn_week,
    week_year, weekday, year_length, year_start,
};
use super::rule::{Frequency, Rule, Skip};

/// Days of 400 years.
const CYCLE_DAYS: i64 = 146_097;

const EVERY_MONTH: u64 = 0b1_1111_1111_1110;
const EVERY_WEEKDAY: u8 = 0x7f;
const EVERY_HOUR: u64 = (1 << 24) - 1;
/// Of an hour, or every second of a minute.
const EVERY_SIXTIETH: u64 = (1 << 60) - 1;

/// A rule with what DTSTART adds to it: "information, not contained in the rule, […] derived from
/// the Start Time" (RFC 5545 section 3.3.10).
pub(super) struct Pattern<'r> {
    pub(super) rule: &'r Rule,
    hours: u64,
    minutes: u64,
    seconds: u64,
    months: u64,
    month_days: Signed<u64>,
    /// 0 where weekdays do not matter, and where all that matter have numbers.
    weekdays: u8,
    numbered: bool,
    /// Numbers before weekdays count within the month, not within the year.
    within_month: bool,
}

/// Days and times of one period. Times are the same on each of the days.
#[derive(Clone, Copy)]
pub(super) struct Set {
    first_day: i64,
    days: Bits,
    hours: u64,
    minutes: u64,
    seconds: u64,
    times: u64,
    /// How many moments there are.
    pub(super) total: u64,
}

impl<'r> Pattern<'r> {
    /// With `date`, DTSTART is a date: times of day are ignored (RFC 5545 section 3.3.10).
    pub(super) fn new(rule: &'r Rule, start: i64, date: bool) -> Pattern<'r> {
        let day = Day::new(start.div_euclid(SECONDS));
        let time = start.rem_euclid(SECONDS);
        let frequency = rule.frequency;
        let part = |part: u64, start: i64, every: u64, limits: bool| match part {
            0 if limits => every,
            _ if date && limits => every,
            _ if date => 1,
            0 => 1 << start,
            part => part,
        };
        let mut pattern = Pattern {
            rule,
            hours: part(
                rule.hours,
                time / 3600,
                EVERY_HOUR,
                frequency >= Frequency::Hourly,
            ),
            minutes: part(
                rule.minutes,
                time / 60 % 60,
                EVERY_SIXTIETH,
                frequency >= Frequency::Minutely,
            ),
            seconds: part(
                rule.seconds,
                time % 60,
                EVERY_SIXTIETH,
                frequency == Frequency::Secondly,
            ),
            months: if rule.months == 0 {
                EVERY_MONTH
            } else {
                rule.months
            },
            month_days: rule.month_days,
            weekdays: rule.weekdays,
            numbered: rule
                .numbered_weekdays
                .iter()
                .any(|numbers| !numbers.is_empty()),
            within_month: frequency == Frequency::Monthly || rule.months != 0,
        };
        let days_named = pattern.weekdays != 0
            || pattern.numbered
            || !rule.month_days.is_empty()
            || !rule.year_days.is_empty();
        if pattern.numbered && frequency > Frequency::Monthly {
            pattern.numbered = false;
            for (weekday, numbers) in rule.numbered_weekdays.iter().enumerate() {
                pattern.weekdays |= u8::from(!numbers.is_empty()) << weekday;
            }
        }
        if !days_named && frequency <= Frequency::Weekly {
            if frequency == Frequency::Weekly || !rule.weeks.is_empty() {
                pattern.weekdays = 1 << weekday(day.number);
            } else {
                pattern.month_days.from_start = 1 << day.of_month;
                if frequency == Frequency::Yearly && rule.months == 0 {
                    pattern.months = 1 << day.month;
                }
            }
        }
        pattern
    }

    fn week_start(&self) -> u32 {
        u32::from(self.rule.week_start)
    }

    /// The number of the period in which a moment lies. Periods of one length follow each other.
    pub(super) fn period_of(&self, moment: i64) -> i64 {
        let number = moment.div_euclid(SECONDS);
        match self.rule.frequency {
            Frequency::Yearly if !self.rule.weeks.is_empty() => {
                week_year(number, self.week_start())
            }
            Frequency::Yearly => Day::new(number).year,
            Frequency::Monthly => {
                let day = Day::new(number);
                day.year * 12 + i64::from(day.month) - 1
            }
            Frequency::Weekly => (number - self.week_anchor()).div_euclid(7),
            Frequency::Daily => number,
            Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => {
                moment.div_euclid(self.unit())
            }
        }
    }

    /// No period after this one starts in the years of iCalendar.
    pub(super) fn final_period(&self) -> i64 {
        match self.rule.frequency {
            // The first week of the year 10000 begins before it where WKST=FR.
            Frequency::Yearly => 10_000,
            Frequency::Monthly => 9999 * 12 + 11,
            Frequency::Weekly => LAST_MOMENT / SECONDS / 7 + 1,
            Frequency::Daily => LAST_MOMENT / SECONDS,
            Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => {
                LAST_MOMENT / self.unit()
            }
        }
    }

    /// Whether a rule of days or longer that had nothing for so many periods has nothing any more.
    /// The calendar repeats itself after 400 years, which are a whole number of weeks; where
    /// INTERVAL leaves periods out, as many steps have met all that it can meet.
    pub(super) fn periods_repeat(&self, barren: i64) -> bool {
        let cycle = match self.rule.frequency {
            Frequency::Yearly => 400,
            Frequency::Monthly => 4_800,
            Frequency::Weekly => 20_871,
            _ => CYCLE_DAYS,
        };
        barren / self.rule.interval >= cycle
    }

    /// The same for a rule below DAILY and days. A step that is longer than a day and not a whole
    /// number of them has no such cycle that would end before the year 10000.
    pub(super) fn days_repeat(&self, barren: i64) -> bool {
        let step = self.rule.interval * self.unit();
        if step <= SECONDS {
            barren >= CYCLE_DAYS
        } else {
            step % SECONDS == 0 && barren / (step / SECONDS) >= CYCLE_DAYS
        }
    }

    /// Seconds of a period shorter than a day.
    pub(super) fn unit(&self) -> i64 {
        match self.rule.frequency {
            Frequency::Minutely => 60,
            Frequency::Secondly => 1,
            _ => 3600,
        }
    }

    /// The first day of week 0: day 0 is a Thursday.
    fn week_anchor(&self) -> i64 {
        i64::from(self.rule.week_start) - 3
    }

    /// The days and times of a period that is a day or longer.
    pub(super) fn set(&self, period: i64) -> Set {
        let (first_day, days) = self.days(period);
        Set::new(first_day, days, self.hours, self.minutes, self.seconds)
    }

    /// The times of a period shorter than a day, or from when on the next such period can be: both
    /// as the days and times that the parts allow. The day itself has been judged before.
    pub(super) fn short_set(&self, period: i64) -> Result<Set, i64> {
        let start = period * self.unit();
        let (day, time) = (start.div_euclid(SECONDS), start.rem_euclid(SECONDS));
        let next = |allowed: u64, at: i64| (allowed & !below(at as u32)).trailing_zeros();
        let day_start = day * SECONDS;
        let hour = time / 3600;
        let allowed = next(self.hours, hour);
        if allowed == 64 {
            return Err(day_start + SECONDS);
        }
        if i64::from(allowed) != hour {
            return Err(day_start + i64::from(allowed) * 3600);
        }
        let (mut minutes, mut seconds) = (self.minutes, self.seconds);
        if self.rule.frequency >= Frequency::Minutely {
            let hour_start = day_start + hour * 3600;
            let minute = time / 60 % 60;
            let allowed = next(self.minutes, minute);
            if allowed == 64 {
                return Err(hour_start + 3600);
            }
            if i64::from(allowed) != minute {
                return Err(hour_start + i64::from(allowed) * 60);
            }
            minutes = 1 << minute;
            if self.rule.frequency == Frequency::Secondly {
                let minute_start = hour_start + minute * 60;
                let second = time % 60;
                let allowed = next(self.seconds, second);
                if allowed == 64 {
                    return Err(minute_start + 60);
                }
                if i64::from(allowed) != second {
                    return Err(minute_start + i64::from(allowed));
                }
                seconds = 1 << second;
            }
        }
        Ok(Set::new(day, Bits::word(1), 1 << hour, minutes, seconds))
    }

    /// Whether a rule below DAILY ever reaches a time of day that its parts allow. INTERVAL keeps
    /// the remainder by what it has in common with a day: from 09:00 on, every 60 minutes never
    /// come to BYMINUTE=30.
    pub(super) fn reaches_its_times(&self, start: i64) -> bool {
        let unit = self.unit();
        let (mut common, mut rest) = (SECONDS, (self.rule.interval * unit) % SECONDS);
        while rest != 0 {
            (common, rest) = (rest, common % rest);
        }
        if common <= unit {
            return true;
        }
        let remainder = (start.div_euclid(unit) * unit).rem_euclid(common);
        let minutes = if unit <= 60 { self.minutes } else { 1 };
        let seconds = if unit == 1 { self.seconds } else { 1 };
        each(self.hours).any(|hour| {
            each(minutes).any(|minute| {
                each(seconds)
                    .any(|s| i64::from(hour * 3600 + minute * 60 + s) % common == remainder)
            })
        })
    }

    /// How many instances each whole period has, where that is the same for all and plain to see.
    pub(super) fn steady(&self) -> Option<u64> {
        let rule = self.rule;
        if !rule.positions.is_empty()
            || !rule.year_days.is_empty()
            || !rule.weeks.is_empty()
            || rule.skip != Skip::Omit
        {
            return None;
        }
        let frequency = rule.frequency;
        let days = match frequency {
            Frequency::Yearly => self.steady_days()?,
            Frequency::Monthly if self.months == EVERY_MONTH => self.steady_days()?,
            Frequency::Weekly if self.months == EVERY_MONTH && self.month_days.is_empty() => {
                self.weekdays.count_ones()
            }
            Frequency::Monthly | Frequency::Weekly => return None,
            _ if self.every_day() => 1,
            _ => return None,
        };
        // A part limits where it is not shorter than FREQ; there one that names all is none.
        let times = |part: u64, limits: bool, every: u64| match part {
            part if !limits => Some(part.count_ones()),
            part if part == every => Some(1),
            _ => None,
        };
        let hours = times(self.hours, frequency >= Frequency::Hourly, EVERY_HOUR)?;
        let minutes = times(
            self.minutes,
            frequency >= Frequency::Minutely,
            EVERY_SIXTIETH,
        )?;
        let seconds = times(
            self.seconds,
            frequency == Frequency::Secondly,
            EVERY_SIXTIETH,
        )?;
        Some(u64::from(days) * u64::from(hours * minutes * seconds))
    }

    /// How many days of each month or year are named by numbers that all of them have.
    fn steady_days(&self) -> Option<u32> {
        // The 29th is not in every month; the 15th from the end is the 15th in some.
        let sure = |numbers: &Signed<u64>, most: u32| {
            let one_side = numbers.from_start == 0 || numbers.from_end == 0;
            let all = numbers.from_start | numbers.from_end;
            (one_side && all >> (most + 1) == 0).then_some(all.count_ones())
        };
        let month_wise = self.within_month || !self.month_days.is_empty();
        let days = match (self.month_days.is_empty(), self.limits_weekdays()) {
            (false, false) => sure(&self.month_days, 28)?,
            (true, true) if self.weekdays == 0 => {
                // Every weekday comes four times in a month and 52 times in a year.
                let most = if self.within_month { 4 } else { 52 };
                let numbers = self.rule.numbered_weekdays.iter();
                numbers
                    .map(|numbers| sure(numbers, most))
                    .sum::<Option<u32>>()?
            }
            _ => return None,
        };
        if self.rule.frequency == Frequency::Yearly && month_wise {
            return Some(days * self.months.count_ones());
        }
        Some(days)
    }

    /// No month that is named has a day that is named: 30 February.
    pub(super) fn names_no_day(&self) -> bool {
        let days = self.month_days.from_start | self.month_days.from_end;
        let longest = each(self.months)
            .map(|month| month_length(2000, month))
            .max();
        self.rule.skip == Skip::Omit && days.trailing_zeros() > longest.unwrap_or(31) && days != 0
    }

    fn limits_weekdays(&self) -> bool {
        self.weekdays != 0 || self.numbered
    }

    /// No part says anything of days.
    fn every_day(&self) -> bool {
        self.months == EVERY_MONTH
            && self.month_days.is_empty()
            && self.rule.year_days.is_empty()
            && self.rule.weeks.is_empty()
            && !self.limits_weekdays()
    }

    /// Whether all parts allow a day.
    pub(super) fn fits(&self, number: i64) -> bool {
        if self.every_day() {
            return true;
        }
        let day = Day::new(number);
        if !self.allows_month(&day) || !self.weekday_fits(&day) {
            return false;
        }
        let days = &self.month_days;
        let from_end = month_length(day.year, day.month) + 1 - day.of_month;
        if !days.is_empty()
            && (days.from_start >> day.of_month | days.from_end >> from_end) & 1 == 0
        {
            return false;
        }
        let days = &self.rule.year_days;
        if !days.is_empty() {
            let of_year = day.of_year();
            let from_end = year_length(day.year) + 1 - of_year;
            if !days.from_start.contains(of_year) && !days.from_end.contains(from_end) {
                return false;
            }
        }
        let weeks = &self.rule.weeks;
        if !weeks.is_empty() {
            let year = week_year(number, self.week_start());
            let first = first_week(year, self.week_start());
            let count = (first_week(year + 1, self.week_start()) - first) / 7;
            let week = (number - first) / 7 + 1;
            return (weeks.from_start >> week | weeks.from_end >> (count + 1 - week)) & 1 == 1;
        }
        true
    }

    fn allows_month(&self, day: &Day) -> bool {
        self.months >> day.month & 1 == 1
    }

    /// The first day after this one that is not in a month which BYMONTH leaves out.
    pub(super) fn next_day(&self, number: i64) -> i64 {
        if self.months == EVERY_MONTH {
            return number + 1;
        }
        let day = Day::new(number);
        if self.allows_month(&day) {
            return number + 1;
        }
        let later = self.months & !below(day.month);
        let (year, month) = match later {
            0 => (day.year + 1, self.months.trailing_zeros()),
            later => (day.year, later.trailing_zeros()),
        };
        year_start(year) + before_month(year, month)
    }

    /// Whether BYDAY allows a day.
    fn weekday_fits(&self, day: &Day) -> bool {
        if !self.limits_weekdays() {
            return true;
        }
        let weekday = weekday(day.number);
        if self.weekdays >> weekday & 1 == 1 {
            return true;
        }
        if !self.numbered {
            return false;
        }
        let (from_start, length) = if self.within_month {
            (day.of_month - 1, month_length(day.year, day.month))
        } else {
            (day.of_year() - 1, year_length(day.year))
        };
        let numbers = &self.rule.numbered_weekdays[weekday as usize];
        let from_end = length - 1 - from_start;
        (numbers.from_start >> (from_start / 7 + 1) | numbers.from_end >> (from_end / 7 + 1)) & 1
            == 1
    }

    /// The first day of a period, or one before it, and the days from there on.
    fn days(&self, period: i64) -> (i64, Bits) {
        match self.rule.frequency {
            Frequency::Yearly if !self.rule.weeks.is_empty() => self.days_of_weeks(period),
            Frequency::Yearly => self.days_of_year(period),
            Frequency::Monthly => self.days_of_month(period),
            Frequency::Weekly => {
                let first = period * 7 + self.week_anchor();
                let week = turn_week(self.any_weekday(), self.week_start());
                let days = Bits::word(u64::from(week));
                let plain = self.months == EVERY_MONTH
                    && self.month_days.is_empty()
                    && self.rule.year_days.is_empty()
                    && self.rule.weeks.is_empty();
                (
                    first,
                    if plain {
                        days
                    } else {
                        self.filtered(first, days)
                    },
                )
            }
            _ => (period, Bits::word(u64::from(self.fits(period)))),
        }
    }

    /// Weekdays as a set that is never empty.
    fn any_weekday(&self) -> u8 {
        if self.limits_weekdays() {
            self.weekdays
        } else {
            EVERY_WEEKDAY
        }
    }

    /// The days that fit, where several parts meet that rarely do.
    fn filtered(&self, first: i64, days: Bits) -> Bits {
        let mut left = Bits::EMPTY;
        for day in days.each() {
            if self.fits(first + i64::from(day)) {
                left.insert(day);
            }
        }
        left
    }

    fn days_of_weeks(&self, year: i64) -> (i64, Bits) {
        let weeks = &self.rule.weeks;
        let first = first_week(year, self.week_start());
        let count = ((first_week(year + 1, self.week_start()) - first) / 7) as u32;
        let plain = self.months == EVERY_MONTH
            && self.month_days.is_empty()
            && self.rule.year_days.is_empty()
            && !self.numbered;
        let week = if plain {
            turn_week(self.any_weekday(), self.week_start())
        } else {
            0x7f
        };
        let mut days = Bits::EMPTY;
        for number in each(weeks.from_start & below(count + 1)) {
            days.insert_at((number - 1) * 7, week.into());
        }
        for number in each(weeks.from_end & below(count + 1)) {
            days.insert_at((count - number) * 7, week.into());
        }
        (
            first,
            if plain {
                days
            } else {
                self.filtered(first, days)
            },
        )
    }

    fn days_of_year(&self, year: i64) -> (i64, Bits) {
        let first = year_start(year);
        let length = year_length(year);
        let by_month = self.months != EVERY_MONTH || !self.month_days.is_empty();
        if self.rule.skip != Skip::Omit
            && !(self.month_days.is_empty() && self.rule.year_days.is_empty())
        {
            let mut days = Bits::EMPTY;
            if by_month {
                for month in each(self.months) {
                    let before = before_month(year, month) as u32;
                    self.move_month_days(&mut days, before, month_length(year, month));
                }
            } else {
                let named = &self.rule.year_days;
                self.move_days(
                    &mut days,
                    0,
                    length,
                    named.from_start.each(),
                    named.from_end.each(),
                );
            }
            return (first - 1, self.on_weekdays(first - 1, days));
        }
        let month_wise = self.within_month || !self.numbered;
        let mut days;
        if by_month {
            days = Bits::EMPTY;
            for month in each(self.months) {
                let before = before_month(year, month) as u32;
                let length = month_length(year, month);
                let mut bits = self.month_bits(length);
                if month_wise && self.limits_weekdays() {
                    bits &= self.weekday_bits(weekday(first + i64::from(before)), length);
                }
                days.insert_at(before, bits);
            }
        } else {
            days = Bits::below(length);
        }
        let named = &self.rule.year_days;
        if !named.is_empty() {
            let mut of_year = Bits::EMPTY;
            for number in named.from_start.each().filter(|number| *number <= length) {
                of_year.insert(number - 1);
            }
            for number in named.from_end.each().filter(|number| *number <= length) {
                of_year.insert(length - number);
            }
            days = days.and(&of_year);
        }
        if self.limits_weekdays() && !(by_month && month_wise) {
            let january = weekday(first);
            let mut weekdays = Bits::weekly(turn_week(self.weekdays, january));
            self.numbered_days(january, length, |day| weekdays.insert(day));
            days = days.and(&weekdays);
        }
        (first, days)
    }

    fn days_of_month(&self, period: i64) -> (i64, Bits) {
        let (year, month) = (period.div_euclid(12), period.rem_euclid(12) as u32 + 1);
        let first = year_start(year) + before_month(year, month);
        if self.months >> month & 1 == 0 {
            return (first, Bits::EMPTY);
        }
        let length = month_length(year, month);
        if self.rule.skip != Skip::Omit && !self.month_days.is_empty() {
            let mut days = Bits::EMPTY;
            self.move_month_days(&mut days, 0, length);
            return (first - 1, self.on_weekdays(first - 1, days));
        }
        let mut bits = self.month_bits(length);
        if self.limits_weekdays() {
            bits &= self.weekday_bits(weekday(first), length);
        }
        let days = Bits::word(bits);
        let plain = self.rule.year_days.is_empty() && self.rule.weeks.is_empty();
        (
            first,
            if plain {
                days
            } else {
                self.filtered(first, days)
            },
        )
    }

    /// What BYMONTHDAY allows of a month; bit 0 is the first.
    fn month_bits(&self, length: u32) -> u64 {
        let days = self.month_days;
        if days.is_empty() {
            return below(length);
        }
        let from_start = (days.from_start >> 1) & below(length);
        // Bit n becomes bit 63 - n, and that bit length - n.
        let from_end = days.from_end.reverse_bits() >> (63 - length);
        from_start | from_end
    }

    /// What BYDAY allows of a month that begins with the weekday `first`.
    fn weekday_bits(&self, first: u32, length: u32) -> u64 {
        let mut bits = repeat_week(turn_week(self.weekdays, first));
        self.numbered_days(first, length, |day| bits |= 1 << day);
        bits
    }

    /// The weekdays with a number in a time of `length` days that begins with the weekday `first`.
    fn numbered_days(&self, first: u32, length: u32, mut found: impl FnMut(u32)) {
        if !self.numbered {
            return;
        }
        for (weekday, numbers) in (0..).zip(&self.rule.numbered_weekdays) {
            let at = (weekday + 7 - first) % 7;
            let count = (length - at).div_ceil(7);
            for number in each(numbers.from_start & below(count + 1)) {
                found(at + (number - 1) * 7);
            }
            for number in each(numbers.from_end & below(count + 1)) {
                found(at + (count - number) * 7);
            }
        }
    }

    /// BYMONTHDAY with SKIP.
    fn move_month_days(&self, days: &mut Bits, before: u32, length: u32) {
        let named = self.month_days;
        self.move_days(
            days,
            before,
            length,
            each(named.from_start),
            each(named.from_end),
        );
    }

    /// Days of a month or a year that starts `before` days after the period, where days that it
    /// does not have are moved (RFC 7529 section 4.1). Bit 0 of `days` is the day before the period.
    fn move_days(
        &self,
        days: &mut Bits,
        before: u32,
        length: u32,
        from_start: impl Iterator<Item = u32>,
        from_end: impl Iterator<Item = u32>,
    ) {
        let forward = u32::from(self.rule.skip == Skip::Forward);
        for number in from_start {
            days.insert(before + number.min(length + forward));
        }
        for number in from_end {
            let day = if number > length {
                forward
            } else {
                length + 1 - number
            };
            days.insert(before + day);
        }
    }

    /// BYDAY comes after SKIP.
    fn on_weekdays(&self, first: i64, days: Bits) -> Bits {
        if !self.limits_weekdays() {
            return days;
        }
        let mut left = Bits::EMPTY;
        for day in days.each() {
            if self.weekday_fits(&Day::new(first + i64::from(day))) {
                left.insert(day);
            }
        }
        left
    }
}

impl Set {
    pub(super) const EMPTY: Set = Set {
        first_day: 0,
        days: Bits::EMPTY,
        hours: 0,
        minutes: 0,
        seconds: 0,
        times: 0,
        total: 0,
    };

    fn new(first_day: i64, days: Bits, hours: u64, minutes: u64, seconds: u64) -> Set {
        let times = hours.count_ones() * minutes.count_ones() * seconds.count_ones();
        Set {
            first_day,
            days,
            hours,
            minutes,
            seconds,
            times: times.into(),
            total: u64::from(days.count()) * u64::from(times),
        }
    }

    /// The moment that has `position` moments of this set before it; `position` is below `total`.
    pub(super) fn moment(&self, position: u64) -> i64 {
        let (day, time) = match self.times {
            1 => (position, 0),
            times => (position / times, (position % times) as u32),
        };
        // Days are fewer than 384: the conversion and the search succeed for every valid position.
        let day = self.days.nth(day as u32).unwrap_or(0);
        let seconds = self.seconds.count_ones();
        let of_hour = self.minutes.count_ones() * seconds;
        let hour = nth(self.hours, time / of_hour);
        let minute = nth(self.minutes, time % of_hour / seconds);
        let second = nth(self.seconds, time % seconds);
        (self.first_day + i64::from(day)) * SECONDS + i64::from(hour * 3600 + minute * 60 + second)
    }

    /// How many moments are before this one.
    pub(super) fn rank(&self, moment: i64) -> u64 {
        let day = moment.div_euclid(SECONDS) - self.first_day;
        if day < 0 {
            return 0;
        }
        let Some(day) = u32::try_from(day).ok().filter(|day| *day < Bits::LENGTH) else {
            return self.total;
        };
        let days_before = u64::from(self.days.count_below(day)) * self.times;
        if !self.days.contains(day) {
            return days_before;
        }
        let time = moment.rem_euclid(SECONDS) as u32;
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        let count = |set: u64, n: u32| (set & below(n)).count_ones();
        let has = |set: u64, n: u32| set >> n & 1 == 1;
        let seconds = self.seconds.count_ones();
        let mut times = count(self.hours, hour) * self.minutes.count_ones() * seconds;
        if has(self.hours, hour) {
            times += count(self.minutes, minute) * seconds;
            if has(self.minutes, minute) {
                times += count(self.seconds, second);
            }
        }
        days_before + u64::from(times)
    }

    /// The first position from `position` on that BYSETPOS chooses.
    pub(super) fn chosen(&self, positions: &Signed<Bits>, position: u64) -> Option<u64> {
        let left = self.total.checked_sub(position).filter(|left| *left > 0)?;
        if positions.is_empty() {
            return Some(position);
        }
        let bounded = |n: u64| u32::try_from(n).unwrap_or(u32::MAX).min(Bits::LENGTH);
        let from_start = positions
            .from_start
            .at_or_after(bounded(position + 1))
            .map(|number| u64::from(number) - 1)
            .filter(|position| *position < self.total);
        let from_end = positions
            .from_end
            .at_or_before(bounded(left))
            .map(|number| self.total - u64::from(number));
        match (from_start, from_end) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// The last position below `end` that BYSETPOS chooses.
    pub(super) fn chosen_below(&self, positions: &Signed<Bits>, end: u64) -> Option<u64> {
        if positions.is_empty() {
            return end.checked_sub(1);
        }
        let mut last = None;
        let mut position = 0;
        while let Some(chosen) = self
            .chosen(positions, position)
            .filter(|chosen| *chosen < end)
        {
            last = Some(chosen);
            position = chosen + 1;
        }
        last
    }

    /// How many positions from `begin` to below `end` BYSETPOS chooses.
    pub(super) fn count(&self, positions: &Signed<Bits>, begin: u64, end: u64) -> u64 {
        if positions.is_empty() {
            return end.saturating_sub(begin);
        }
        let (mut count, mut position) = (0, begin);
        while let Some(chosen) = self
            .chosen(positions, position)
            .filter(|chosen| *chosen < end)
        {
            count += 1;
            position = chosen + 1;
        }
        count
    }

    /// The chosen position that has `n` others before it, counted from `begin`.
    pub(super) fn chosen_nth(&self, positions: &Signed<Bits>, begin: u64, n: u64) -> Option<u64> {
        if positions.is_empty() {
            return Some(begin + n).filter(|position| *position < self.total);
        }
        let mut chosen = self.chosen(positions, begin)?;
        for _ in 0..n {
            chosen = self.chosen(positions, chosen + 1)?;
        }
        Some(chosen)
    }
}
