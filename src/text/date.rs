//! DATE and DATE-TIME values (RFC 5545 sections 3.3.4 and 3.3.5) as plain numbers.

/// A DATE or a DATE-TIME, as written: which zone a local time belongs to is not said here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    /// None for a DATE.
    pub time: Option<Time>,
}

/// The time of day of a DATE-TIME.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    pub hour: u8,
    pub minute: u8,
    /// 60 is a leap second and legal (RFC 5545 section 3.3.12).
    pub second: u8,
    /// Written with the `Z` of UTC.
    pub utc: bool,
}

impl Stamp {
    /// Reads `20250131` or `20250131T235960` with or without `Z`. Only days and hours that exist
    /// are read; blanks around the value are not part of it.
    pub fn parse(text: &str) -> Option<Stamp> {
        let bytes = text.trim_matches([' ', '\t']).as_bytes();
        let (date, time) = match bytes.len() {
            8 => (bytes, None),
            15 | 16 => (&bytes[..8], Some(&bytes[8..])),
            _ => return None,
        };
        let year = u16::from(number(&date[..2])?) * 100 + u16::from(number(&date[2..4])?);
        let month = number(&date[4..6])?;
        let day = number(&date[6..8])?;
        if day == 0 || day > days(year, month)? {
            return None;
        }
        let time = match time {
            None => None,
            Some(time) => Some(Time::parse(time)?),
        };
        Some(Stamp {
            year,
            month,
            day,
            time,
        })
    }
}

impl Time {
    /// Reads `T235959` or `T235959Z`.
    fn parse(bytes: &[u8]) -> Option<Time> {
        let digits = bytes.strip_prefix(b"T")?;
        let (digits, utc) = match digits.strip_suffix(b"Z") {
            Some(digits) => (digits, true),
            None => (digits, false),
        };
        if digits.len() != 6 {
            return None;
        }
        let time = Time {
            hour: number(&digits[..2])?,
            minute: number(&digits[2..4])?,
            second: number(&digits[4..])?,
            utc,
        };
        (time.hour < 24 && time.minute < 60 && time.second <= 60).then_some(time)
    }
}

/// Two digits.
fn number(digits: &[u8]) -> Option<u8> {
    match digits {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some((a - b'0') * 10 + (b - b'0')),
        _ => None,
    }
}

/// Days of a month in the Gregorian calendar; None where there is no such month.
fn days(year: u16, month: u8) -> Option<u8> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    })
}

/// Seconds since 1970 as RFC 3339 writes them, in UTC.
#[must_use]
pub fn rfc3339(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds)
        .unwrap_or(jiff::Timestamp::MAX)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_exists() {
        for text in [
            "20250131",
            "20240229",
            "20000229",
            "00010101",
            "99991231",
            " 20250131 ",
            "20250131T000000",
            "20250131T235960Z",
        ] {
            assert!(Stamp::parse(text).is_some(), "{text}");
        }
        let read = Stamp::parse("20250131T123456Z");
        assert_eq!(
            read,
            Some(Stamp {
                year: 2025,
                month: 1,
                day: 31,
                time: Some(Time {
                    hour: 12,
                    minute: 34,
                    second: 56,
                    utc: true
                })
            })
        );
    }

    #[test]
    fn refuses_what_does_not() {
        for text in [
            "",
            "2025",
            "20250100",
            "20251301",
            "20250001",
            "20250229",
            "19000229",
            "20250431",
            "2025-01-01",
            "20250131T",
            "20250131T1234",
            "20250131T240000",
            "20250131T236000",
            "20250131T235961",
            "20250131T12345Z",
            "20250131T1234567",
            "20250131T123456+0100",
            "20250131 123456",
            "20250131T12345\u{e9}",
            "\u{ff11}0250131",
            "P1D",
        ] {
            assert_eq!(Stamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_as_rfc3339() {
        // date -u -d @N +%FT%TZ
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_793_000_001, "2026-10-26T07:33:21Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(seconds), text);
        }
    }
}
