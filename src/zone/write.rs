//! A zone of IANA's database as a VTIMEZONE (RFC 5545 section 3.6.5), for clients that know no zones
//! by name (RFC 7809).

use std::fmt::Write as _;

use jiff::civil::{DateTime, Weekday};
use jiff::tz::{Offset, TimeZone};

use super::timestamp;
use crate::text::fold::fold;

/// Rules are followed until here; one that still holds then has no end.
const LAST_YEAR: i16 = 2099;

/// Fewer changes alike are written one by one.
const LEAST_YEARS: usize = 3;

/// One change of clocks.
#[derive(Clone)]
struct Change {
    /// By the clock before it.
    local: DateTime,
    from: i32,
    to: i32,
    daylight: bool,
    name: String,
}

impl Change {
    fn is_like(&self, other: &Change) -> bool {
        (self.from, self.to, self.daylight, &self.name)
            == (other.from, other.to, other.daylight, &other.name)
            && self.local.month() == other.local.month()
            && self.local.time() == other.local.time()
            && self.local.weekday() == other.local.weekday()
    }
}

/// The VTIMEZONE of a zone, right from `since` on (seconds since 1970); its TZID is `tzid`. None
/// where IANA has no zone of this name.
#[must_use]
pub fn vtimezone(tzid: &str, since: i64) -> Option<String> {
    let zone = jiff::tz::db().get(tzid).ok()?;
    let mut text = Vec::new();
    add(&mut text, "BEGIN:VTIMEZONE");
    add(&mut text, &format!("TZID:{tzid}"));
    let mut left = changes(&zone, since);
    while !left.is_empty() {
        let run = take_run(&mut left);
        observance(&mut text, &run);
    }
    add(&mut text, "END:VTIMEZONE");
    String::from_utf8(text).ok()
}

fn add(text: &mut Vec<u8>, line: &str) {
    fold(line, "\r\n", text);
}

/// From the one before `since` on.
fn changes(zone: &TimeZone, since: i64) -> Vec<Change> {
    let mut changes = Vec::new();
    let begin = timestamp(since);
    let before = zone.preceding(begin).next();
    let first = before.as_ref().map_or(begin, |change| change.timestamp());
    let mut offset = match zone.preceding(first).next() {
        Some(earlier) => earlier.offset(),
        None => zone.to_offset(timestamp(first.as_second() - 1)),
    };
    let info = zone.to_offset_info(first);
    let mut add = |at: jiff::Timestamp, to: Offset, daylight: bool, name: &str| {
        changes.push(Change {
            local: offset.to_datetime(at),
            from: offset.seconds(),
            to: to.seconds(),
            daylight,
            name: name.to_owned(),
        });
        offset = to;
    };
    add(
        first,
        info.offset(),
        info.dst().is_dst(),
        info.abbreviation(),
    );
    for change in zone.following(first) {
        if zone.to_datetime(change.timestamp()).year() > LAST_YEAR {
            break;
        }
        let (to, dst) = (change.offset(), change.dst().is_dst());
        add(change.timestamp(), to, dst, change.abbreviation());
    }
    changes
}

/// Takes the first change and those that follow it year by year on the same kind of day.
fn take_run(left: &mut Vec<Change>) -> Vec<Change> {
    let first = left.remove(0);
    let mut run = vec![first];
    let mut at = 0;
    while at < left.len() {
        let last = &run[run.len() - 1];
        let years = left[at].local.year() - last.local.year();
        if years > 1 {
            break;
        }
        if years == 1 && left[at].is_like(last) {
            let next = left.remove(at);
            run.push(next);
            if rule(&run).is_none() {
                let back = run.pop();
                left.splice(at..at, back);
                break;
            }
        } else {
            at += 1;
        }
    }
    if run.len() < LEAST_YEARS {
        let rest = run.split_off(1);
        for change in rest.into_iter().rev() {
            let place = left.partition_point(|other| other.local < change.local);
            left.insert(place, change);
        }
    }
    run
}

/// BYDAY, or BYDAY and BYMONTHDAY, for the days of a run.
fn rule(run: &[Change]) -> Option<String> {
    let first = &run[0].local;
    let day = match first.weekday() {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    };
    let all = |holds: &dyn Fn(&DateTime) -> bool| run.iter().all(|change| holds(&change.local));
    if all(&|local| local.day() + 7 > local.days_in_month()) {
        return Some(format!("BYDAY=-1{day}"));
    }
    for nth in 1..=4 {
        if all(&|local| (local.day() - 1) / 7 + 1 == nth) {
            return Some(format!("BYDAY={nth}{day}"));
        }
    }
    // "The Friday before the last Sunday" is within the same seven days each year.
    let days = run.iter().map(|change| change.local.day());
    let (least, greatest) = (days.clone().min()?, days.max()?);
    (greatest - least < 7).then(|| {
        // Until all seven have come, where they begin is not known; a later day is not wrong then.
        let days: Vec<String> = (greatest - 6..=greatest).map(|d| d.to_string()).collect();
        format!("BYDAY={day};BYMONTHDAY={}", days.join(","))
    })
}

fn observance(text: &mut Vec<u8>, run: &[Change]) {
    let first = &run[0];
    let kind = if first.daylight {
        "DAYLIGHT"
    } else {
        "STANDARD"
    };
    add(text, &format!("BEGIN:{kind}"));
    add(text, &format!("DTSTART:{}", stamp(first.local)));
    if run.len() >= LEAST_YEARS
        && let Some(days) = rule(run)
    {
        let month = first.local.month();
        let mut rule = format!("RRULE:FREQ=YEARLY;BYMONTH={month};{days}");
        let last = &run[run.len() - 1];
        if last.local.year() < LAST_YEAR {
            let utc = super::local_of(super::seconds(last.local) - i64::from(last.from));
            let _ = write!(rule, ";UNTIL={}Z", stamp(utc));
        }
        add(text, &rule);
    }
    add(text, &format!("TZOFFSETFROM:{}", offset(first.from)));
    add(text, &format!("TZOFFSETTO:{}", offset(first.to)));
    add(text, &format!("TZNAME:{}", first.name));
    add(text, &format!("END:{kind}"));
}

fn stamp(local: DateTime) -> String {
    let (date, time) = (local.date(), local.time());
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}",
        date.year().max(1),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// RFC 5545 section 3.3.14.
fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let of = seconds.unsigned_abs();
    let mut text = format!("{sign}{:02}{:02}", of / 3600, of / 60 % 60);
    if !of.is_multiple_of(60) {
        let _ = write!(text, "{:02}", of % 60);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tree::Tree;
    use crate::zone::Zone;

    /// What is written is read again, and compared with jiff at each change and around it.
    fn agrees(name: &str, since: i64) {
        let text = vtimezone(name, since).unwrap();
        let tree = Tree::read(text.as_bytes()).unwrap();
        let read = Zone::defined(&tree).unwrap_or_else(|| panic!("{name}\n{text}"));
        let known = Zone::named(name).unwrap();
        let zone = jiff::tz::db().get(name).unwrap();
        let changes = zone.following(timestamp(since));
        let changes = changes.take_while(|change| change.timestamp().as_second() < 4_102_358_400);
        for change in changes {
            let at = change.timestamp().as_second();
            for at in [at - 86_400, at - 1, at, at + 1, at + 40 * 86_400] {
                if at < since {
                    continue;
                }
                let local = known.local(at);
                assert_eq!(read.local(at), local, "{name} at {at}\n{text}");
                assert_eq!(
                    read.instant(local),
                    known.instant(local),
                    "{name} {local}\n{text}"
                );
            }
            // Within the gap, if it is one.
            let gap = known
                .local(at)
                .saturating_sub(jiff::SignedDuration::from_secs(600));
            assert_eq!(
                read.instant(gap),
                known.instant(gap),
                "{name} {gap}\n{text}"
            );
        }
    }

    #[test]
    fn every_zone_comes_back() {
        let mut zones = 0;
        for name in jiff::tz::db().available() {
            // 1900, 1970, and what happens from now on.
            for since in [-2_208_988_800, 0, 1_796_083_200] {
                agrees(name.as_str(), since);
            }
            zones += 1;
        }
        assert!(zones > 400, "{zones}");
    }

    /// Rules that still hold at the end of the written years go on.
    #[test]
    fn later_centuries_too() {
        for name in ["Europe/Berlin", "America/New_York", "Australia/Sydney"] {
            let text = vtimezone(name, 1_796_083_200).unwrap();
            let tree = Tree::read(text.as_bytes()).unwrap();
            let (read, known) = (Zone::defined(&tree).unwrap(), Zone::named(name).unwrap());
            for day in (0..400_000).step_by(37) {
                let at = 4_102_444_800 + day * 86_400 + 3000;
                assert_eq!(read.local(at), known.local(at), "{name} {at}");
                let local = known.local(at);
                assert_eq!(read.instant(local), known.instant(local), "{name} {at}");
            }
        }
    }

    #[test]
    fn lines_are_folded() {
        for name in jiff::tz::db().available() {
            let text = vtimezone(name.as_str(), -2_208_988_800).unwrap();
            for line in text.split("\r\n") {
                assert!(line.len() <= 75 && !line.contains('\n'), "{name}: {line}");
            }
        }
    }

    #[test]
    fn berlin_is_short() {
        let text = vtimezone("Europe/Berlin", 1_796_083_200).unwrap();
        assert_eq!(text.matches("BEGIN:STANDARD").count(), 1, "{text}");
        assert_eq!(text.matches("BEGIN:DAYLIGHT").count(), 1, "{text}");
        assert!(
            text.contains("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"),
            "{text}"
        );
        assert!(text.contains("DTSTART:20261025T030000\r\n"), "{text}");
    }
}
