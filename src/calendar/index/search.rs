//! A range of time, asked of entries.

use jiff::civil::DateTime;

use super::form::{
    BOUND, BUSY, BUSY_TYPE, Bytes, FREE, KIND, LOCAL, ONCE, QUARTER, RECURRING, TENTATIVE,
};
use super::{Extent, FARTHEST, seconds};
use crate::calendar::freebusy::{BusyTime, BusyType};
use crate::calendar::overlap::Range;
use crate::recurrence::{Compiled, Next, Work};
use crate::zone::Zone;

/// What an entry says of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    No,
    Yes,
    Perhaps,
}

/// Periods of rules that one entry may look at before it says "perhaps".
const WORK: u64 = 400;

/// Instances of one rule, likewise.
const MOST_INSTANCES: usize = 400;

/// What an entry says of busy time.
#[must_use]
pub fn busy_time(extent: Extent, form: &[u8]) -> BusyTime {
    let busy = match form.first().map_or(0, |head| head & BUSY_TYPE) {
        FREE => return BusyTime::Free,
        BUSY => BusyType::Busy,
        TENTATIVE => BusyType::Tentative,
        _ => return BusyTime::Unknown,
    };
    let Extent { start, end } = extent;
    BusyTime::Once { busy, start, end }
}

/// Least and greatest offset from UTC, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offsets {
    least: i64,
    greatest: i64,
}

impl Offsets {
    const NONE: Offsets = Offsets {
        least: 0,
        greatest: 0,
    };
}

/// A range that entries are asked about.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    range: Range,
    /// Of the zone that floating times are in.
    floating: Offsets,
}

impl Search {
    #[must_use]
    pub fn new(range: Range, floating: &Zone) -> Search {
        let from = range.start.saturating_sub(2 * FARTHEST);
        let to = range.end.saturating_add(2 * FARTHEST);
        let (least, greatest) = floating.offsets(from, to);
        Search {
            range,
            floating: Offsets {
                least: i64::from(least),
                greatest: i64::from(greatest),
            },
        }
    }

    /// Where entries can lie that meet the range, whatever zone theirs is.
    #[must_use]
    pub fn reach(&self) -> Extent {
        Extent {
            start: self.range.start.saturating_sub(FARTHEST),
            end: self.range.end.saturating_add(FARTHEST),
        }
    }

    /// Bytes that are no form are "perhaps".
    #[must_use]
    pub fn ask(&self, extent: Extent, form: &[u8]) -> Answer {
        let (&head, rest) = form.split_first().unwrap_or((&BOUND, &[]));
        let offsets = match head & LOCAL {
            0 => Offsets::NONE,
            _ => self.floating,
        };
        match (head & KIND, self.overlap(extent, offsets)) {
            (_, Answer::No) => Answer::No,
            (ONCE, once) => once,
            (RECURRING, _) => self
                .recurring(Bytes(rest), head & LOCAL != 0)
                .unwrap_or(Answer::Perhaps),
            _ => Answer::Perhaps,
        }
    }

    /// RFC 4791 section 9.9, the table of VEVENT: without a length it is a point, and the start of
    /// the range belongs to the range.
    fn overlap(&self, extent: Extent, offsets: Offsets) -> Answer {
        // The same local time is earliest where the offset is greatest.
        let early = extent.start.saturating_sub(offsets.greatest);
        let late = extent.start.saturating_sub(offsets.least);
        let end_early = extent.end.saturating_sub(offsets.greatest);
        let end_late = extent.end.saturating_sub(offsets.least);
        let Range { start: from, .. } = self.range;
        let before_end = |start| self.range.is_open_after(start);
        let (possible, certain) = if extent.start == extent.end {
            (
                before_end(early) && late >= from,
                before_end(late) && early >= from,
            )
        } else {
            (
                before_end(early) && end_late > from,
                before_end(late) && end_early > from,
            )
        };
        match (possible, certain) {
            (false, _) => Answer::No,
            (true, true) => Answer::Yes,
            (true, false) => Answer::Perhaps,
        }
    }

    /// None where the bytes are none that were written.
    fn recurring(&self, mut bytes: Bytes, local: bool) -> Option<Answer> {
        let mut offsets = Offsets {
            least: i64::from(bytes.byte()?.cast_signed()) * QUARTER,
            greatest: i64::from(bytes.byte()?.cast_signed()) * QUARTER,
        };
        let mut besides = Offsets::NONE;
        if local {
            (offsets, besides) = (self.floating, self.floating);
        }
        let start = bytes.signed()?;
        let length = i64::try_from(bytes.number()?).ok()?;
        let mut answer = Answer::No;
        let mut at = 0;
        for _ in 0..bytes.number()? {
            let extent = bytes.extent(at)?;
            at = extent.start;
            match self.overlap(extent, besides) {
                Answer::Yes => return Some(Answer::Yes),
                Answer::Perhaps => answer = Answer::Perhaps,
                Answer::No => {}
            }
        }
        let without = bytes.part()?;
        let mut work = Work::new(WORK);
        for _ in 0..bytes.number()? {
            let rule = Compiled::from_bytes(bytes.part()?.0).ok()?;
            match self.rule(&rule, start, length, offsets, without, &mut work) {
                Answer::Yes => return Some(Answer::Yes),
                Answer::Perhaps => answer = Answer::Perhaps,
                Answer::No => {}
            }
        }
        Some(answer)
    }

    fn rule(
        &self,
        compiled: &Compiled,
        start: i64,
        length: i64,
        offsets: Offsets,
        without: Bytes<'_>,
        work: &mut Work,
    ) -> Answer {
        let first = self.range.start.saturating_add(offsets.least);
        let first = first.saturating_sub(length);
        let mut asking = Asking {
            search: self,
            length,
            offsets,
            without,
            answer: Answer::No,
        };
        if let Some(steady) = compiled.steady(start) {
            let mut from = first;
            while let Some(found) = steady.at_or_after(from) {
                if asking.is_decided(found) {
                    break;
                }
                from = found + 1;
            }
            return asking.answer;
        }
        let Some(start) = civil(start) else {
            return Answer::Perhaps;
        };
        let mut instances = compiled.rule.instances(start, compiled.kind);
        match civil(first) {
            Some(first) => instances.seek(first),
            // Before the calendar begins there is nothing to leave out.
            None if first < 0 => {}
            None => return Answer::No,
        }
        // A period of a rule may have thousands of instances in the hour that is in doubt.
        for _ in 0..MOST_INSTANCES {
            match instances.next_within(work) {
                Next::Instance(found) if asking.is_decided(seconds(found)) => return asking.answer,
                Next::Instance(_) => {}
                Next::End => return asking.answer,
                Next::Spent => return Answer::Perhaps,
            }
        }
        Answer::Perhaps
    }
}

/// A search among the rising instances of one rule.
struct Asking<'s, 'b> {
    search: &'s Search,
    length: i64,
    offsets: Offsets,
    without: Bytes<'b>,
    answer: Answer,
}

impl Asking<'_, '_> {
    /// Whether no later instance can change the answer.
    fn is_decided(&mut self, found: i64) -> bool {
        let earliest = found.saturating_sub(self.offsets.greatest);
        if !self.search.range.is_open_after(earliest) {
            return true;
        }
        let extent = Extent {
            start: found,
            end: found.saturating_add(self.length),
        };
        let overlap = self.search.overlap(extent, self.offsets);
        if overlap == Answer::No {
            return false;
        }
        let slack = self.offsets.greatest.abs_diff(self.offsets.least);
        match self.without.nearest(found) {
            0 => {}
            // Where clocks change, two local times may be one moment.
            near if near <= slack => self.answer = Answer::Perhaps,
            _ => self.answer = overlap,
        }
        self.answer == Answer::Yes
    }
}

/// None outside of the years there are.
fn civil(seconds: i64) -> Option<DateTime> {
    let local = Zone::UTC.local(seconds);
    (Zone::UTC.instant(local) == seconds).then_some(local)
}
