//! A VTIMEZONE (RFC 5545 section 3.6.5): observances that begin again and again.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

use super::seconds;
use crate::recurrence::{Kind, Next, Rule, Until, Work};
use crate::text::date::Stamp;
use crate::text::line::Line;
use crate::text::tree::Tree;

/// What clocks do, by a definition.
#[derive(Debug)]
pub struct Rules {
    /// Seconds east of UTC before the first onset.
    first: i32,
    /// Rising; as far as they are worked out at once.
    onsets: Vec<Onset>,
    /// Those that go on after that.
    open: Vec<Observance>,
}

/// From when on which offset holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Onset {
    /// Seconds since 1970.
    at: i64,
    offset: i32,
}

#[derive(Debug)]
struct Observance {
    start: DateTime,
    rule: Rule,
    from: i32,
    to: i32,
}

/// Onsets are worked out for these years; earlier ones of a rule change nothing that anybody keeps a
/// calendar of (Outlook's begin in 1601), later ones are found when they are asked for.
const FIRST_YEAR: i16 = 1850;
const LAST_YEAR: i16 = 2100;

/// Twice a year, and a few that moved.
const MOST_ONSETS: usize = 2_000;
const MOST_OBSERVANCES: usize = 500;

/// Periods of rules that one definition may look at.
const WORK: u64 = 50_000;

/// A rule that pauses longer is taken to have ended.
const LONGEST_PAUSE: i64 = 12 * 366 * DAY;
const DAY: i64 = 86_400;

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

    /// Seconds east of UTC at this moment.
    #[must_use]
    pub fn offset(&self, at: i64) -> i32 {
        let known = self.known(at);
        let late = self.onsets.last().is_some_and(|last| last.at < at);
        if !late || self.open.is_empty() {
            return known;
        }
        let late = self.open.iter().filter_map(|one| one.last_onset(at)).max();
        late.map_or(known, |onset| onset.offset)
    }

    fn known(&self, at: i64) -> i32 {
        match self.onsets.partition_point(|onset| onset.at <= at) {
            0 => self.first,
            after => self.onsets.get(after - 1).map_or(self.first, |o| o.offset),
        }
    }

    /// Seconds since 1970 at which clocks show this; RFC 5545 section 3.3.5 says what happens where
    /// they never do, and where they do twice.
    #[must_use]
    pub fn instant(&self, local: DateTime) -> i64 {
        let local = seconds(local);
        let (before, after) = (
            self.offset(local.saturating_sub(2 * DAY)),
            self.offset(local.saturating_add(2 * DAY)),
        );
        if before == after && !self.changes_near(local) {
            return local.saturating_sub(i64::from(before));
        }
        // Every offset that is in use around it is tried; the earliest moment at which it shows.
        let mut found: Option<i64> = None;
        for offset in self.near(local) {
            let at = local.saturating_sub(i64::from(offset));
            if self.offset(at) == offset {
                found = Some(found.map_or(at, |found| found.min(at)));
            }
        }
        // In a gap: the offset before it is that of the moment which the later one would give.
        found.unwrap_or_else(|| {
            let greatest = self.near(local).max().unwrap_or(before);
            let early = self.offset(local.saturating_sub(i64::from(greatest)));
            local.saturating_sub(i64::from(early))
        })
    }

    fn changes_near(&self, local: i64) -> bool {
        let from = self
            .onsets
            .partition_point(|o| o.at < local.saturating_sub(2 * DAY));
        self.onsets
            .get(from)
            .is_some_and(|onset| onset.at <= local.saturating_add(2 * DAY))
    }

    fn near(&self, local: i64) -> impl Iterator<Item = i32> {
        let (from, to) = (local.saturating_sub(2 * DAY), local.saturating_add(2 * DAY));
        let first = self.onsets.partition_point(|onset| onset.at < from);
        let onsets = self.onsets.iter().skip(first);
        let onsets = onsets.take_while(move |onset| onset.at <= to);
        let ends = [self.offset(from), self.offset(to)];
        ends.into_iter().chain(onsets.map(|onset| onset.offset))
    }

    /// Least and greatest offset in this time.
    #[must_use]
    pub fn offsets(&self, from: i64, to: i64) -> (i32, i32) {
        let first = self.offset(from);
        let between = self.onsets.partition_point(|onset| onset.at <= from);
        let between = self.onsets.iter().skip(between);
        let between = between.take_while(|onset| onset.at <= to);
        let known = between.fold((first, first), |(least, greatest), onset| {
            (least.min(onset.offset), greatest.max(onset.offset))
        });
        let late = self.onsets.last().is_some_and(|last| last.at < to);
        if !late || self.open.is_empty() {
            return known;
        }
        // After the last that was worked out, those that go on are all there is.
        let open = self.open.iter().flat_map(|one| [one.from, one.to]);
        open.fold(known, |(least, greatest), offset| {
            (least.min(offset), greatest.max(offset))
        })
    }
}

impl Observance {
    /// The last time before this moment, or at it, that it began.
    fn last_onset(&self, at: i64) -> Option<Onset> {
        let local = |at: i64| super::local_of(at.saturating_add(i64::from(self.from)));
        let mut work = Work::new(WORK / 10);
        let mut instances = self.rule.instances(self.start, Kind::DateTime);
        instances.seek(local(at.saturating_sub(LONGEST_PAUSE)));
        let mut last = None;
        while let Next::Instance(onset) = instances.next_within(&mut work) {
            let onset = seconds(onset).saturating_sub(i64::from(self.from));
            if onset > at {
                break;
            }
            last = Some(Onset {
                at: onset,
                offset: self.to,
            });
        }
        last
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
        let read = |name| offset(observance.property(name)?.value().trim());
        let (from, to) = (read("TZOFFSETFROM")?, read("TZOFFSETTO")?);
        let start = local(observance.property("DTSTART")?.value())?;
        self.add(start, from, to)?;
        for line in observance.properties() {
            if line.is("RDATE") {
                self.dates(line, from, to)?;
            } else if line.is("RRULE") {
                self.rule(line, start, from, to)?;
            }
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

    fn rule(&mut self, line: &Line, start: DateTime, from: i32, to: i32) -> Option<()> {
        let rule = Rule::parse(line.value()).ok()?;
        let rule = match rule.until() {
            Some(Until::Utc(until)) => {
                let until = until.saturating_add(SignedDuration::from_secs(from.into()));
                rule.with_until(until)
            }
            _ => rule,
        };
        let mut instances = rule.instances(start, Kind::DateTime);
        instances.seek(Date::constant(FIRST_YEAR, 1, 1).at(0, 0, 0, 0));
        let open = loop {
            match instances.next_within(&mut self.work) {
                Next::Instance(onset) if onset.year() > LAST_YEAR => break true,
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
        Some(())
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
