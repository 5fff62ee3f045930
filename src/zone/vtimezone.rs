//! A VTIMEZONE (RFC 5545 section 3.6.5): observances that begin again and again.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, ToSpan};

use super::rules::{LAST_YEAR, Observance, Onset, Rules};
use super::seconds;
use crate::recurrence::{Kind, Next, Rule, Until, Work};
use crate::text::date::Stamp;
use crate::text::line::Line;
use crate::text::tree::Tree;

/// Onsets of rules are worked out from here; earlier ones change nothing that anybody keeps a calendar
/// of (Outlook's begin in 1601).
const FIRST_YEAR: i16 = 1850;

/// Twice a year, and a few that moved.
const MOST_ONSETS: usize = 2_000;
const MOST_OBSERVANCES: usize = 500;

/// Rules without end: summer and winter have two. Each costs whenever a moment after the last year is
/// asked for.
const MOST_OPEN: usize = 8;

/// Periods of rules that one definition may look at.
const WORK: u64 = 50_000;

impl Rules {
    /// None where it defines nothing: no observance, or one that cannot be understood.
    #[must_use]
    pub fn read(definition: &Tree) -> Option<Rules> {
        let mut reading = Reading {
            onsets: Vec::new(),
            open: Vec::new(),
            work: Work::new(WORK),
        };
        let observances = definition
            .components()
            .filter(|inner| inner.is("STANDARD") || inner.is("DAYLIGHT"));
        for (number, observance) in observances.enumerate() {
            if number == MOST_OBSERVANCES {
                return None;
            }
            reading.take(observance)?;
        }
        reading.finish()
    }
}

struct Reading {
    /// With the offset before.
    onsets: Vec<(Onset, i32)>,
    open: Vec<Observance>,
    work: Work,
}

impl Reading {
    fn take(&mut self, observance: &Tree) -> Option<()> {
        let to = written_offset(observance.property("TZOFFSETTO")?.value())?;
        // Zones that never change come without.
        let from = match observance.property("TZOFFSETFROM") {
            Some(line) => written_offset(line.value())?,
            None => to,
        };
        let start = local(observance.property("DTSTART")?.value())?;
        let mut is_start_due = true;
        for line in observance.properties() {
            if line.is("RDATE") {
                self.dates(line, from, to)?;
            } else if line.is("RRULE") {
                is_start_due &= self.rule(line, start, from, to)?;
            }
        }
        if is_start_due {
            self.add(start, from, to)?;
        }
        Some(())
    }

    fn add(&mut self, local: DateTime, from: i32, to: i32) -> Option<()> {
        let onset = Onset {
            at: seconds(local).saturating_sub(i64::from(from)),
            offset: to,
        };
        self.onsets.push((onset, from));
        (self.onsets.len() <= MOST_ONSETS).then_some(())
    }

    fn dates(&mut self, line: &Line, from: i32, to: i32) -> Option<()> {
        for value in line.value().split(',').filter(|v| !v.trim().is_empty()) {
            // Of a PERIOD the start.
            let start = value.split('/').next().unwrap_or(value);
            self.add(local(start)?, from, to)?;
        }
        Some(())
    }

    /// Whether DTSTART is an onset.
    fn rule(&mut self, line: &Line, start: DateTime, from: i32, to: i32) -> Option<bool> {
        let rule = Rule::parse(line.value()).ok()?;
        let rule = match rule.until() {
            Some(Until::Utc(until)) => {
                let until = until.saturating_add(SignedDuration::from_secs(from.into()));
                rule.with_until(until)
            }
            _ => rule,
        };
        let is_start_meant = meets(&rule, start, &mut self.work);
        let mut instances = rule.instances(start, Kind::DateTime);
        instances.seek(Date::constant(FIRST_YEAR, 1, 1).at(0, 0, 0, 0));
        let open = loop {
            match instances.next_within(&mut self.work) {
                Next::Instance(onset) if onset.year() > LAST_YEAR => break true,
                Next::Instance(onset) if onset == start && !is_start_meant => {}
                Next::Instance(onset) => self.add(onset, from, to)?,
                Next::End => break false,
                Next::Spent => return None,
            }
        };
        if open {
            self.open.push(Observance {
                start,
                rule,
                from,
                to,
            });
        }
        (self.open.len() <= MOST_OPEN).then_some(is_start_meant)
    }

    fn finish(mut self) -> Option<Rules> {
        self.onsets.sort_unstable();
        self.onsets.dedup_by_key(|(onset, _)| onset.at);
        let (_, first) = *self.onsets.first()?;
        Some(Rules {
            first,
            onsets: self.onsets.into_iter().map(|(onset, _)| onset).collect(),
            open: self.open,
        })
    }
}

/// Whether a rule has its own start. What happens where it has not "is undefined" (RFC 5545 section
/// 3.8.5.3); programs write 1 January for both observances and do not mean that clocks changed then.
fn meets(rule: &Rule, start: DateTime, work: &mut Work) -> bool {
    // The calendar of 400 years before is the same, weekdays and all.
    let Ok(before) = start.checked_sub(400.years()) else {
        return true;
    };
    let mut instances = rule.instances(before, Kind::DateTime);
    instances.seek(start);
    // None is left where COUNT or UNTIL ends before.
    !matches!(instances.next_within(work), Next::Instance(next) if next > start)
}

/// Whatever says UTC here means the clock.
fn local(value: &str) -> Option<DateTime> {
    let stamp = Stamp::parse(value)?;
    let (month, day) = (stamp.month.cast_signed(), stamp.day.cast_signed());
    let date = Date::new(stamp.year.cast_signed(), month, day).ok()?;
    Some(match stamp.time {
        None => date.at(0, 0, 0, 0),
        Some(time) => date.at(
            time.hour.cast_signed(),
            time.minute.cast_signed(),
            time.second.min(59).cast_signed(),
            0,
        ),
    })
}

/// As programs write it: without a sign, with colons.
fn written_offset(value: &str) -> Option<i32> {
    let digits = value.trim().replace(':', "");
    offset(&digits).or_else(|| offset(&format!("+{digits}")))
}

/// Reads a UTC-OFFSET (RFC 5545 section 3.3.14), in seconds: `+0100`, `-053000`; `+01` too.
#[must_use]
pub fn offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.as_bytes() {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    if !matches!(digits.len(), 2 | 4 | 6) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let part = |at: usize| {
        digits
            .get(at..at + 2)
            .map_or(0, |d| i32::from(d[0] - b'0') * 10 + i32::from(d[1] - b'0'))
    };
    let (hours, minutes, seconds) = (part(0), part(2), part(4));
    (hours < 24 && minutes < 60 && seconds < 60)
        .then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::Zone;

    /// The definition in a calendar object of the corpus.
    fn of_corpus(file: &str) -> Rules {
        let files = crate::text::corpus::files("ical");
        let (_, bytes) = files
            .into_iter()
            .find(|(name, _)| name.contains(file))
            .unwrap();
        let calendar = Tree::read(&bytes).unwrap();
        let zone = calendar.components().find(|c| c.is("VTIMEZONE")).unwrap();
        Rules::read(zone).unwrap()
    }

    fn read(observances: &str) -> Option<Rules> {
        let text = format!("BEGIN:VTIMEZONE\nTZID:x\n{observances}END:VTIMEZONE\n");
        Rules::read(&Tree::read(text.as_bytes()).unwrap())
    }

    /// An observance of these lines.
    fn one(kind: &str, start: &str, from: &str, to: &str, more: &str) -> String {
        let more = if more.is_empty() {
            String::new()
        } else {
            format!("{more}\n")
        };
        format!(
            "BEGIN:{kind}\nDTSTART:{start}\nTZOFFSETFROM:{from}\nTZOFFSETTO:{to}\n{more}END:{kind}\n"
        )
    }

    fn at(text: &str) -> DateTime {
        local(text).unwrap()
    }

    /// Hours east of UTC when clocks show this.
    fn hours(rules: &Rules, text: &str) -> f64 {
        let shown = at(text);
        (seconds(shown) - rules.instant(shown)) as f64 / 3600.0
    }

    #[test]
    fn what_programs_write() {
        // Apple's has no winter before 1996.
        for file in [
            "exchange-custom",
            "thunderbird",
            "outlook-windows",
            "google",
            "ios-event",
            "macos",
        ] {
            let rules = of_corpus(file);
            let known = Zone::named("Europe/Berlin").unwrap();
            for year in [1997, 2026, 2099, 2100, 2101, 2500, 9998] {
                for (month, day) in [
                    (1, 1),
                    (3, 24),
                    (3, 31),
                    (6, 1),
                    (10, 24),
                    (10, 31),
                    (12, 31),
                ] {
                    let shown = Date::new(year, month, day).unwrap().at(12, 0, 0, 0);
                    assert_eq!(rules.instant(shown), known.instant(shown), "{file} {shown}");
                    let moment = known.instant(shown);
                    assert_eq!(
                        seconds(known.local(moment)) - moment,
                        i64::from(rules.offset(moment))
                    );
                }
            }
        }
    }

    const LAST: &str = "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=";

    #[test]
    fn a_start_beside_its_rule_is_none() {
        for start in ["16010101T000000", "19700101T000000", "20200101T020000"] {
            let rules = read(
                &(one("DAYLIGHT", start, "+0100", "+0200", &format!("{LAST}3"))
                    + &one("STANDARD", start, "+0200", "+0100", &format!("{LAST}10"))),
            )
            .unwrap();
            assert_eq!(hours(&rules, "20200201T120000"), 1.0, "{start}");
            assert_eq!(hours(&rules, "20200701T120000"), 2.0, "{start}");
            assert_eq!(hours(&rules, "19700201T120000"), 1.0, "{start}");
        }
    }

    #[test]
    fn one_observance_is_enough() {
        for (observance, expected) in [
            (
                one("STANDARD", "19700101T000000", "+0530", "+0530", ""),
                5.5,
            ),
            (one("DAYLIGHT", "19700101", "+0530", "+0530", ""), 5.5),
            (
                one("STANDARD", "19700101T000000Z", "-233000", "-233000", ""),
                -23.5,
            ),
            (
                one("STANDARD", "19700101T000000", "+2359", "+2300", ""),
                23.0,
            ),
            (one("STANDARD", "19700101T000000", "0100", "0100", ""), 1.0),
            (
                one("STANDARD", "19700101T000000", "+01:00", "+01:00", ""),
                1.0,
            ),
            (
                "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETTO:+0100\nEND:STANDARD\n".into(),
                1.0,
            ),
            (
                one("STANDARD", "20300101T000000", "+0100", "+0200", ""),
                1.0,
            ),
            (
                one(
                    "STANDARD",
                    "20000101T000000",
                    "+0100",
                    "+0200",
                    "RDATE:20100101T000000,20200101",
                ),
                2.0,
            ),
            (
                one(
                    "STANDARD",
                    "20000101T000000",
                    "+0100",
                    "+0200",
                    "RDATE;VALUE=PERIOD:20100101T000000/PT1H",
                ),
                2.0,
            ),
        ] {
            let rules = read(&observance).unwrap_or_else(|| panic!("{observance}"));
            assert_eq!(hours(&rules, "20260701T120000"), expected, "{observance}");
            let (least, greatest) = rules.offsets(0, i64::MAX);
            assert!(least <= greatest);
        }
    }

    /// UNTIL is the last onset, in UTC as the RFC has it or by the clock as programs do.
    #[test]
    fn the_last_year_of_a_rule() {
        for until in ["20070401T070000Z", "20070401T020000", "20070401"] {
            let rules = read(
                &(one(
                    "DAYLIGHT",
                    "20000402T020000",
                    "-0500",
                    "-0400",
                    &format!("RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4;UNTIL={until}"),
                ) + &one(
                    "STANDARD",
                    "20001029T020000",
                    "-0400",
                    "-0500",
                    &format!("{LAST}10"),
                )),
            )
            .unwrap();
            assert_eq!(hours(&rules, "20070402T120000"), -4.0, "{until}");
            assert_eq!(hours(&rules, "20080601T120000"), -5.0, "{until}");
        }
    }

    #[test]
    fn what_defines_nothing() {
        let many = one("STANDARD", "19700101T000000", "+0100", "+0100", "").repeat(600);
        let dates = format!("RDATE:{}", "20200101T000000,".repeat(100_000));
        let open = one(
            "DAYLIGHT",
            "19700329T020000",
            "+0100",
            "+0200",
            &format!("{LAST}3"),
        );
        assert!(read(&open.repeat(MOST_OPEN)).is_some());
        for observances in [
            String::new(),
            open.repeat(MOST_OPEN + 1),
            "BEGIN:VEVENT\nDTSTART:19700101T000000\nEND:VEVENT\n".into(),
            one("STANDARD", "19700101T000000", "1", "+0100", ""),
            one("STANDARD", "19700101T000000", "+2400", "+0100", ""),
            one("STANDARD", "19700101T000000", "+0100", "+0160", ""),
            one("STANDARD", "19701301T000000", "+0100", "+0100", ""),
            one(
                "STANDARD",
                "19700101T000000",
                "+0100",
                "+0200",
                "RRULE:FREQ=SECONDLY",
            ),
            one(
                "STANDARD",
                "19700101T000000",
                "+0100",
                "+0200",
                "RRULE:FREQ=DAILY",
            ),
            one(
                "STANDARD",
                "19700101T000000",
                "+0100",
                "+0200",
                "RRULE:FREQ=NEVER",
            ),
            many,
            one("STANDARD", "19700101T000000", "+0100", "+0200", &dates),
        ] {
            assert!(read(&observances).is_none(), "{:.200}", observances);
        }
    }
}
