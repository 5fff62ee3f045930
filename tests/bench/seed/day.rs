//! Days of the Gregorian calendar, as far as the seed needs them.

#[derive(Clone, Copy)]
pub struct Day {
    pub year: i64,
    pub month: i64,
    pub day: i64,
}

impl Day {
    /// Days since 1970-01-01 (Howard Hinnant's `days_from_civil`).
    pub fn number(self) -> i64 {
        let year = if self.month <= 2 {
            self.year - 1
        } else {
            self.year
        };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((self.month + 9) % 12) + 2) / 5 + self.day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
            - 719_468
    }

    pub fn from_number(number: i64) -> Day {
        let shifted = number + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        Day {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: of_year - (153 * shifted_month + 2) / 5 + 1,
        }
    }

    pub fn plus(self, days: i64) -> Day {
        Day::from_number(self.number() + days)
    }

    /// 0 is Monday.
    pub fn weekday(self) -> usize {
        (self.number() + 3).rem_euclid(7) as usize
    }

    /// Which one of its weekday this is in its month, from 1.
    pub fn nth(self) -> i64 {
        (self.day - 1) / 7 + 1
    }

    /// The same day of the month, `months` later. Only for days up to the 28th.
    pub fn months_later(self, months: i64) -> Day {
        let month = self.year * 12 + self.month - 1 + months;
        Day {
            year: month.div_euclid(12),
            month: month.rem_euclid(12) + 1,
            day: self.day,
        }
    }

    /// The same nth weekday of the month, `months` later. Only for the first to the fourth.
    pub fn nth_weekday_later(self, months: i64) -> Day {
        let first = Day { day: 1, ..self }.months_later(months);
        let ahead = (self.weekday() + 7 - first.weekday()) % 7;
        first.plus(ahead as i64 + (self.nth() - 1) * 7)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:04}{:02}{:02}", self.year, self.month, self.day)
    }
}
