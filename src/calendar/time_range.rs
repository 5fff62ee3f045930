//! The attributes of a CALDAV:time-range (RFC 4791 section 9.9), and of what else has a start and an
//! end in a request.

use std::fmt;

use crate::calendar::overlap::Range;
use crate::text::date::Stamp;
use jiff::civil::{DateTime, date};

/// Why a range is none; a sentence for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// Neither start nor end is given.
    Open,
    NotUtc,
    /// The end is not after the start.
    Inverted,
    /// Before CALDAV:min-date-time (section 5.2.6).
    TooEarly,
}

/// No bound is put on dates; these are what RFC 5545 can write. None is too late (section 5.2.7).
pub const MIN_DATE_TIME: &str = "00010101T000000Z";
pub const MAX_DATE_TIME: &str = "99991231T235959Z";

/// "Time ranges open at one end can be specified by including only one attribute; however, at least
/// one attribute MUST always be present".
///
/// # Errors
/// Both MUST be "date with UTC time", the end after the start.
pub fn read(start: Option<&str>, end: Option<&str>) -> Result<Range, Invalid> {
    if start.is_none() && end.is_none() {
        return Err(Invalid::Open);
    }
    let range = Range {
        start: start.map_or(Ok(i64::MIN), moment)?,
        end: end.map_or(Ok(i64::MAX), moment)?,
    };
    if range.end <= range.start {
        return Err(Invalid::Inverted);
    }
    Ok(range)
}

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

fn moment(text: &str) -> Result<i64, Invalid> {
    let stamp = Stamp::parse(text).ok_or(Invalid::NotUtc)?;
    let time = stamp.time.filter(|time| time.utc).ok_or(Invalid::NotUtc)?;
    if stamp.year == 0 {
        return Err(Invalid::TooEarly);
    }
    let local = DateTime::new(
        stamp.year.cast_signed(),
        stamp.month.cast_signed(),
        stamp.day.cast_signed(),
        time.hour.cast_signed(),
        time.minute.cast_signed(),
        // UTC of 1970 knows no leap second.
        time.second.min(59).cast_signed(),
        0,
    );
    let local = local.map_err(|_| Invalid::NotUtc)?;
    Ok(local.duration_since(EPOCH).as_secs())
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Invalid::Open => "A range of time has a start, an end, or both.",
            Invalid::NotUtc => "Start and end of a range are in UTC, as 20260131T090000Z.",
            Invalid::Inverted => "The end of a range is after its start.",
            Invalid::TooEarly => "There are no dates before the year 1.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let day = 86_400;
        for (start, end, expected) in [
            (
                Some("19700101T000000Z"),
                Some("19700102T000000Z"),
                Ok((0, day)),
            ),
            (Some("19700102T000000Z"), None, Ok((day, i64::MAX))),
            (None, Some("19691231T235959Z"), Ok((i64::MIN, -1))),
            (Some("19700101T235960Z"), None, Ok((day - 1, i64::MAX))),
            (None, None, Err(Invalid::Open)),
            (
                Some("19700102T000000Z"),
                Some("19700102T000000Z"),
                Err(Invalid::Inverted),
            ),
            (
                Some("19700103T000000Z"),
                Some("19700102T000000Z"),
                Err(Invalid::Inverted),
            ),
            (Some("19700101"), None, Err(Invalid::NotUtc)),
            (Some("19700101T000000"), None, Err(Invalid::NotUtc)),
            (Some("1970-01-01T00:00:00Z"), None, Err(Invalid::NotUtc)),
            (Some(""), None, Err(Invalid::NotUtc)),
            (None, Some("00000101T000000Z"), Err(Invalid::TooEarly)),
        ] {
            let expected = expected.map(|(start, end)| Range { start, end });
            assert_eq!(read(start, end), expected, "{start:?} {end:?}");
        }
        for last in [MIN_DATE_TIME, MAX_DATE_TIME] {
            assert!(read(Some(last), None).is_ok(), "{last}");
        }
    }
}
