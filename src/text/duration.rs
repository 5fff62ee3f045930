//! DURATION values (RFC 5545 section 3.3.6).

use std::fmt;

/// A length of time. Days are nominal: the same time of day so many days later, however long the
/// days are. Seconds are exact. Days are added first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duration {
    pub days: i64,
    pub seconds: i64,
}

/// More than from year 1 to 9999 in seconds. Longer ones are taken as this long, so that sums of a
/// few of them do not overflow.
const LONGEST: i64 = 1 << 40;

impl Duration {
    pub const ZERO: Duration = Duration {
        days: 0,
        seconds: 0,
    };

    /// So many seconds, exactly.
    #[must_use]
    pub fn of_seconds(seconds: i64) -> Duration {
        Duration {
            days: 0,
            seconds: seconds.clamp(-LONGEST, LONGEST),
        }
    }

    /// So many days.
    #[must_use]
    pub fn of_days(days: i64) -> Duration {
        Duration {
            days: days.clamp(-LONGEST, LONGEST),
            seconds: 0,
        }
    }

    /// Reads `P15DT5H0M20S`, `-PT15M`, `P7W`. Also in lower case, with blanks around it, and weeks
    /// beside other parts, which the grammar forbids and programs write. Years and months are no
    /// part of it: how long they are is nowhere said.
    pub fn parse(text: &str) -> Option<Duration> {
        let text = text.trim_matches([' ', '\t']);
        let (negative, text) = match text.strip_prefix(['+', '-']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        let mut rest = text.strip_prefix(['P', 'p'])?;
        let mut duration = Duration::ZERO;
        let mut of_day = false;
        let mut parts = 0;
        // The largest unit first, each once (section 3.3.6).
        let mut smallest = u8::MAX;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(['T', 't']) {
                if of_day {
                    return None;
                }
                of_day = true;
                rest = after;
                continue;
            }
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let (digits, unit) = rest.split_at(end);
            if digits.is_empty() {
                return None;
            }
            let number = digits.parse().unwrap_or(LONGEST).min(LONGEST);
            let mut letters = unit.chars();
            let (order, days, seconds) = match (letters.next()?.to_ascii_uppercase(), of_day) {
                ('W', false) => (5, 7, 0),
                ('D', false) => (4, 1, 0),
                ('H', true) => (3, 0, 3600),
                ('M', true) => (2, 0, 60),
                ('S', true) => (1, 0, 1),
                _ => return None,
            };
            if order >= smallest {
                return None;
            }
            smallest = order;
            duration.days = (duration.days + number * days).min(LONGEST);
            duration.seconds = (duration.seconds + number * seconds).min(LONGEST);
            parts += 1;
            rest = letters.as_str();
        }
        if parts == 0 {
            return None;
        }
        if negative {
            duration.days = -duration.days;
            duration.seconds = -duration.seconds;
        }
        Some(duration)
    }

    /// In seconds, where every day has 24 hours.
    #[must_use]
    pub fn nominal_seconds(self) -> i64 {
        self.days
            .saturating_mul(86_400)
            .saturating_add(self.seconds)
    }

    #[must_use]
    pub fn is_positive(self) -> bool {
        self.nominal_seconds() > 0
    }
}

/// As RFC 5545 writes it. A duration whose parts have different signs has no such form; its
/// seconds are written.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mixed = self.days.signum() * self.seconds.signum() < 0;
        let (days, seconds) = if mixed {
            (0, self.nominal_seconds())
        } else {
            (self.days, self.seconds)
        };
        if days < 0 || seconds < 0 {
            f.write_str("-")?;
        }
        let (days, seconds) = (days.unsigned_abs(), seconds.unsigned_abs());
        f.write_str("P")?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if seconds == 0 {
            return f.write_str(if days == 0 { "T0S" } else { "" });
        }
        f.write_str("T")?;
        let parts = [
            (seconds / 3600, 'H'),
            (seconds / 60 % 60, 'M'),
            (seconds % 60, 'S'),
        ];
        // Hours and seconds may not stand without the minutes between them (section 3.3.6).
        let gap = parts[0].0 > 0 && parts[1].0 == 0 && parts[2].0 > 0;
        for (number, unit) in parts {
            if number > 0 || (unit == 'M' && gap) {
                write!(f, "{number}{unit}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(i64, i64)> {
        Duration::parse(text).map(|duration| (duration.days, duration.seconds))
    }

    #[test]
    fn durations_are_read() {
        for (text, days, seconds) in [
            ("P15DT5H0M20S", 15, 5 * 3600 + 20),
            ("P7W", 49, 0),
            ("PT15M", 0, 900),
            ("-PT15M", 0, -900),
            ("+P1D", 1, 0),
            ("-P1DT2H", -1, -7200),
            ("PT0S", 0, 0),
            ("P0D", 0, 0),
            (" pt1h ", 0, 3600),
            ("P1W2D", 9, 0),
            ("P1DT", 1, 0),
            ("PT1H20S", 0, 3620),
            ("PT99999999999999999999S", 0, LONGEST),
        ] {
            assert_eq!(read(text), Some((days, seconds)), "{text}");
        }
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "PD",
            "P1H",
            "PT1D",
            "P1Y",
            "P1M",
            "PT1H1H",
            "PT1S1H",
            "1D",
            "P-1D",
            "--P1D",
            "PT0.5H",
            "P1D2W",
            "PTT1H",
            "P1\u{ff11}D",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "PT0S",
            "P1D",
            "-P1D",
            "PT1H",
            "PT1H0M1S",
            "PT1M",
            "-P2DT23H59M59S",
            "PT26H",
        ] {
            let duration = Duration::parse(text).map(|duration| duration.to_string());
            assert_eq!(duration.as_deref(), Some(text));
        }
        let mixed = Duration {
            days: 1,
            seconds: -3600,
        };
        assert_eq!(mixed.to_string(), "PT23H");
    }
}
