//! Dates as the versions write them: `1996-04-15` in 3.0 (RFC 2426 section 4, RFC 2425 section
//! 5.8.4), `19960415` and shorter forms in 4.0 (RFC 6350 section 4.3).

/// A day, with or without its year, perhaps with a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date {
    /// Four digits.
    pub year: Option<String>,
    /// Two digits each.
    month: String,
    day: String,
    time: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Time {
    /// Two digits each.
    hour: String,
    minute: String,
    second: String,
    /// Empty, `Z`, or a sign and four digits.
    zone: String,
}

impl Date {
    /// Reads either version's form of a whole day or of one without year. What is shorter (`1985`,
    /// `---12`, a time alone) only 4.0 has.
    pub fn parse(text: &str) -> Option<Date> {
        let text = text.trim();
        let (date, time) = match text.split_once(['T', 't']) {
            Some((date, time)) => (date, Some(Time::parse(time)?)),
            None => (text, None),
        };
        let (year, rest) = match date.strip_prefix("--") {
            Some(rest) => (None, rest),
            None => {
                let (year, rest) = date.split_at_checked(4)?;
                (Some(digits(year)?), rest.strip_prefix('-').unwrap_or(rest))
            }
        };
        let (month, rest) = rest.split_at_checked(2)?;
        let day = rest.strip_prefix('-').unwrap_or(rest);
        if !within(month, 1, 12) || !within(day, 1, 31) {
            return None;
        }
        Some(Date {
            year,
            month: month.to_owned(),
            day: day.to_owned(),
            time,
        })
    }

    pub fn has_time(&self) -> bool {
        self.time.is_some()
    }

    /// As 4.0 writes it.
    pub fn basic(&self) -> String {
        let year = self.year.as_deref().unwrap_or("--");
        let mut text = format!("{year}{}{}", self.month, self.day);
        if let Some(time) = &self.time {
            let Time {
                hour,
                minute,
                second,
                zone,
            } = time;
            text.push_str(&format!("T{hour}{minute}{second}{zone}"));
        }
        text
    }

    /// As 3.0 writes it, which has no day without year: `year` stands for one.
    pub fn extended(&self, year: &str) -> String {
        let year = self.year.as_deref().unwrap_or(year);
        let mut text = format!("{year}-{}-{}", self.month, self.day);
        if let Some(time) = &self.time {
            let zone = match time.zone.split_at_checked(3) {
                Some((hours, minutes)) => format!("{hours}:{minutes}"),
                None => time.zone.clone(),
            };
            text.push_str(&format!(
                "T{}:{}:{}{zone}",
                time.hour, time.minute, time.second
            ));
        }
        text
    }
}

impl Time {
    /// Without fractions of seconds, which 4.0 does not have; minutes and seconds that are not
    /// written are 0.
    fn parse(text: &str) -> Option<Time> {
        let end = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
        let (time, zone) = text.split_at_checked(end)?;
        let time = time.split(['.', ',']).next()?.replace(':', "");
        let part = |at: usize| match time.get(at..at + 2) {
            Some(part) => Some(part),
            None if time.len() == at => Some("00"),
            None => None,
        };
        let hour = part(0).filter(|_| time.len() >= 2)?;
        let minute = part(2)?;
        let second = if time.len() < 4 { "00" } else { part(4)? };
        if time.len() > 6
            || !within(hour, 0, 23)
            || !within(minute, 0, 59)
            || !within(second, 0, 60)
        {
            return None;
        }
        Some(Time {
            hour: hour.to_owned(),
            minute: minute.to_owned(),
            second: second.to_owned(),
            zone: if zone.is_empty() {
                String::new()
            } else {
                self::zone(zone)?
            },
        })
    }
}

/// An offset from UTC in either version's form: `Z`, or a sign and four digits.
pub fn zone(text: &str) -> Option<String> {
    if text.eq_ignore_ascii_case("Z") {
        return Some("Z".to_owned());
    }
    let (sign, digits) = text.split_at_checked(1)?;
    let digits = digits.replace(':', "");
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { "00" } else { minutes };
    if !["+", "-"].contains(&sign) || !within(hours, 0, 23) || !within(minutes, 0, 59) {
        return None;
    }
    Some(format!("{sign}{hours}{minutes}"))
}

fn digits(text: &str) -> Option<String> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.to_owned())
}

/// Two digits.
fn within(text: &str, least: u8, most: u8) -> bool {
    text.len() == 2
        && digits(text).is_some()
        && text
            .parse::<u8>()
            .is_ok_and(|n| (least..=most).contains(&n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (given, basic, extended) in [
            ("1996-04-15", "19960415", "1996-04-15"),
            ("19960415", "19960415", "1996-04-15"),
            ("--0415", "--0415", "1604-04-15"),
            ("--04-15", "--0415", "1604-04-15"),
            (
                "1953-10-15T23:10:00Z",
                "19531015T231000Z",
                "1953-10-15T23:10:00Z",
            ),
            (
                "1987-09-27T08:30:00-06:00",
                "19870927T083000-0600",
                "1987-09-27T08:30:00-06:00",
            ),
            (
                "20090808T1430-0500",
                "20090808T143000-0500",
                "2009-08-08T14:30:00-05:00",
            ),
            (
                "2012-01-01T00:00:00.000Z",
                "20120101T000000Z",
                "2012-01-01T00:00:00Z",
            ),
            ("19531015T10", "19531015T100000", "1953-10-15T10:00:00"),
            (
                "19531015T10+02",
                "19531015T100000+0200",
                "1953-10-15T10:00:00+02:00",
            ),
        ] {
            let date = Date::parse(given).unwrap_or_else(|| panic!("{given}"));
            assert_eq!(date.basic(), basic, "{given}");
            assert_eq!(date.extended("1604"), extended, "{given}");
            assert!(Date::parse(extended).is_some());
        }
        for given in [
            "",
            "1985",
            "1985-04",
            "---12",
            "--04",
            "T10",
            "19961315",
            "1996-04-32",
            "circa 1800",
            "2025-04-05T06:07:08Z(12)",
            "19531015T1",
            "19531015T101",
            "19531015Tü",
            "1996é415",
            "19531015T250000",
            "--0415x",
            "19531015T100000+2",
            "19960415T1000001",
        ] {
            assert_eq!(Date::parse(given), None, "{given}");
        }
    }

    #[test]
    fn zones() {
        for (given, expected) in [
            ("-05:00", Some("-0500")),
            ("+0530", Some("+0530")),
            ("+02", Some("+0200")),
            ("z", Some("Z")),
            ("Europe/Berlin", None),
            ("-5:00", None),
            ("", None),
            ("é", None),
        ] {
            assert_eq!(zone(given).as_deref(), expected, "{given}");
        }
    }
}
