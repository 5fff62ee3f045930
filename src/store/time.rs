//! When objects are: the index behind every query for a extent of time.
//!
//! Bins are those of genome browsers: an object lies in the smallest bin that holds all of it, so it
//! has one key, however long it is or often it recurs, and a query reads a few short runs of keys.

use std::ops::Bound;

use super::Error;
use super::environment::View;
use super::object::Header;
use super::schema;
use super::writer::Writing;
use crate::calendar::freebusy::BusyTime;
use crate::calendar::index::{self, Answer, Entry, Extent, Search};

/// Seconds of a bin, by level. What fits in no bin lies on a level of its own, by the day of its end: a
/// query passes over what is over.
const WIDTHS: [i64; 4] = [8 * DAY, 64 * DAY, 512 * DAY, 4096 * DAY];
const DAY: i64 = 86_400;

const BY_END: u8 = WIDTHS.len() as u8;

/// Whether an object meets a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meets {
    Surely,
    /// The body has to be asked.
    Perhaps,
}

/// Bins before 1970 have numbers too.
const BIAS: i64 = 1 << 31;

fn bin(second: i64, width: i64) -> u32 {
    // What does not fit lies in the first or the last bin, and still sorts.
    u32::try_from((second.div_euclid(width) + BIAS).max(0)).unwrap_or(u32::MAX)
}

/// (level, bin)
fn place(extent: Extent) -> (u8, u32) {
    let last = extent.end.saturating_sub(1).max(extent.start);
    for (level, width) in (0..).zip(WIDTHS) {
        let first = bin(extent.start, width);
        if first == bin(last, width) && first != u32::MAX && first != 0 {
            return (level, first);
        }
    }
    (BY_END, bin(extent.end, DAY))
}

fn key(cid: u32, oid: u64, extent: Extent) -> [u8; 17] {
    let (level, bin) = place(extent);
    schema::of_time(cid, level, bin, oid)
}

const FORM: usize = 16;

pub(super) fn extent_at(bytes: &[u8], at: usize) -> Extent {
    Extent {
        start: schema::u64_at(bytes, at).cast_signed(),
        end: schema::u64_at(bytes, at + 8).cast_signed(),
    }
}

pub(super) fn of_extent(extent: Extent) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&extent.start.to_be_bytes());
    bytes[8..].copy_from_slice(&extent.end.to_be_bytes());
    bytes
}

fn of_entry(entry: &Entry) -> Vec<u8> {
    let mut value = Vec::with_capacity(FORM + entry.form.len());
    value.extend_from_slice(&of_extent(entry.extent));
    value.extend_from_slice(&entry.form);
    value
}

impl<'t> View<'t> {
    /// The objects of a collection that meet a range, by oid, and those that perhaps do.
    ///
    /// # Errors
    /// The store's.
    pub fn meeting(&self, cid: u32, search: &Search) -> Result<Vec<(u64, Meets)>, Error> {
        self.entries_meeting(cid, search, |meets, _, _| meets)
    }

    /// What is known of the busy time of those that meet a range or perhaps do, by oid.
    ///
    /// # Errors
    /// The store's.
    pub fn busy_times(&self, cid: u32, search: &Search) -> Result<Vec<(u64, BusyTime)>, Error> {
        self.entries_meeting(cid, search, |_, extent, form| {
            index::busy_time(extent, form)
        })
    }

    fn entries_meeting<T>(
        &self,
        cid: u32,
        search: &Search,
        take: impl Fn(Meets, Extent, &[u8]) -> T,
    ) -> Result<Vec<(u64, T)>, Error> {
        let mut found = Vec::new();
        let reach = search.reach();
        let last = reach.end.saturating_sub(1).max(reach.start);
        let bins = (0..).zip(WIDTHS);
        let bins = bins.map(|(level, width)| (level, bin(reach.start, width), bin(last, width)));
        let unended = (BY_END, bin(reach.start, DAY), u32::MAX);
        for (level, from, to) in bins.chain([unended]) {
            let from = schema::of_time(cid, level, from, 0);
            let to = schema::of_time(cid, level, to, u64::MAX);
            let range = (Bound::Included(&from[..]), Bound::Included(&to[..]));
            for entry in self.tables.time.range(self.txn, &range)? {
                let (key, value) = entry?;
                let (extent, form) = (extent_at(value, 0), value.get(FORM..).unwrap_or_default());
                let meets = match search.ask(extent, form) {
                    Answer::No => continue,
                    Answer::Yes => Meets::Surely,
                    Answer::Perhaps => Meets::Perhaps,
                };
                found.push((schema::u64_at(key, 9), take(meets, extent, form)));
            }
        }
        found.sort_unstable_by_key(|(oid, _)| *oid);
        Ok(found)
    }

    /// The entry that the index has of an object.
    pub(super) fn entry(&self, cid: u32, header: &Header<'_>) -> Result<Option<Entry>, Error> {
        let Some(extent) = header.extent() else {
            return Ok(None);
        };
        let value = self
            .tables
            .time
            .get(self.txn, &key(cid, header.oid, extent))?;
        Ok(value.map(|value| Entry {
            extent: extent_at(value, 0),
            form: value.get(FORM..).unwrap_or_default().to_vec(),
        }))
    }
}

impl Writing<'_> {
    pub(super) fn put_entry(&mut self, cid: u32, oid: u64, entry: &Entry) -> Result<(), Error> {
        self.put(
            self.tables.time,
            &key(cid, oid, entry.extent),
            &of_entry(entry),
        )
    }

    pub(super) fn delete_entry(&mut self, cid: u32, oid: u64, extent: Extent) -> Result<(), Error> {
        self.delete(self.tables.time, &key(cid, oid, extent))
            .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;
    use crate::calendar::overlap::Range;
    use crate::text::corpus::Chance;
    use crate::zone::Zone;

    fn extent(start: i64, end: i64) -> Extent {
        Extent { start, end }
    }

    #[test]
    fn the_smallest_bin_that_holds_all_of_it() {
        let day = DAY;
        for (days, level) in [
            ((0, 1), 0),
            ((0, 8), 0),
            ((7, 9), 1),
            ((0, 9), 1),
            ((63, 65), 2),
            ((511, 513), 3),
            ((0, 4097), 4),
            ((-1, 1), 4),
            ((-8, 0), 0),
        ] {
            assert_eq!(
                place(extent(days.0 * day, days.1 * day)).0,
                level,
                "{days:?}"
            );
        }
        assert_eq!(place(extent(i64::MIN, i64::MAX)), (4, u32::MAX));
        assert_eq!(place(extent(5, i64::MAX)), (4, u32::MAX));
        // Of no length: it lies where it begins.
        assert_eq!(
            place(extent(8 * day, 8 * day)),
            (0, bin(8 * day, WIDTHS[0]))
        );
    }

    #[test]
    fn the_index_finds_what_looking_at_all_finds() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        let mut chance = Chance(11);
        for round in 0..400 {
            let name = format!("{}", chance.below(60));
            if chance.below(4) == 0 {
                let _ = trial.remove(cid, &name);
            } else {
                let day = format!(
                    "20{:02}0{}1{}",
                    20 + chance.below(12),
                    1 + chance.below(9),
                    chance.below(10)
                );
                let rule = [
                    "",
                    "RRULE:FREQ=WEEKLY\r\n",
                    "RRULE:FREQ=DAILY;COUNT=40\r\n",
                    "DURATION:P300D\r\n",
                ];
                let rule = rule[chance.below(4)];
                trial.put_at(cid, &name, &day, rule);
            }
            if round % 20 != 0 {
                continue;
            }
            assert_eq!(trial.faults(), Vec::<String>::new());
            let start = 1_580_000_000 + i64::try_from(chance.below(400_000_000)).unwrap();
            let range = Range {
                start,
                end: start + 7 * DAY,
            };
            let search = Search::new(range, &Zone::UTC);
            let snapshot = trial.store.snapshot().unwrap();
            let view = snapshot.view();
            let mut all = Vec::new();
            view.objects(cid, 0, |header| {
                let entry = view.entry(cid, &header)?.unwrap();
                match search.ask(entry.extent, &entry.form) {
                    Answer::Yes => all.push((header.oid, Meets::Surely)),
                    Answer::Perhaps => all.push((header.oid, Meets::Perhaps)),
                    Answer::No => {}
                }
                Ok(true)
            })
            .unwrap();
            assert_eq!(view.meeting(cid, &search).unwrap(), all);
        }
    }

    #[test]
    fn bins_rise_and_never_overflow() {
        let mut last = 0;
        for second in [i64::MIN, -1 << 40, -1, 0, 1, 1 << 40, i64::MAX] {
            let bin = bin(second, WIDTHS[0]);
            assert!(bin >= last, "{second}");
            last = bin;
        }
    }
}
