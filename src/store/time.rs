//! When objects are: the index behind every query for a extent of time.
//!
//! Bins are those of genome browsers: an object lies in the smallest bin that holds all of it, so it
//! has one key, however long it is or often it recurs, and a query reads a few short runs of keys.

use std::ops::Bound;

use super::environment::View;
use super::object::Header;
use super::schema;
use super::writer::Writing;
use super::{Error, Failure};
use crate::calendar::index::{self, Entry, Extent};

/// Seconds of a bin, by level. Past the last there is one bin for everything: what has no end.
const WIDTHS: [i64; 4] = [8 * DAY, 64 * DAY, 512 * DAY, 4096 * DAY];
const DAY: i64 = 86_400;

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
    (WIDTHS.len() as u8, 0)
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

/// What the entries of this program are made with. Another database of time zones makes others.
fn made_with() -> String {
    format!("{} {}", index::VERSION, crate::zone::database::version())
}

impl<'t> View<'t> {
    /// Calls `each` with the oid, the extent and the form of every entry that lies in a bin which the
    /// extent meets; not in the order of oids. Entries outside of the extent are among them.
    ///
    /// # Errors
    /// The store's.
    pub fn timed(
        &self,
        cid: u32,
        extent: Extent,
        mut each: impl FnMut(u64, Extent, &'t [u8]),
    ) -> Result<(), Error> {
        let last = extent.end.saturating_sub(1).max(extent.start);
        let bins = (0..).zip(WIDTHS);
        let bins = bins.map(|(level, width)| (level, bin(extent.start, width), bin(last, width)));
        for (level, from, to) in bins.chain([(WIDTHS.len() as u8, 0, 0)]) {
            let from = schema::of_time(cid, level, from, 0);
            let to = schema::of_time(cid, level, to, u64::MAX);
            let range = (Bound::Included(&from[..]), Bound::Included(&to[..]));
            for entry in self.tables.time.range(self.txn, &range)? {
                let (key, value) = entry?;
                let form = value.get(FORM..).unwrap_or_default();
                each(schema::u64_at(key, 9), extent_at(value, 0), form);
            }
        }
        Ok(())
    }

    /// Whether the entries are those that this program would make.
    pub(super) fn is_timed(&self) -> Result<bool, Error> {
        let made = self.tables.meta.get(self.txn, schema::meta::TIME)?;
        Ok(made == Some(made_with().as_bytes()))
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

    /// Makes all entries anew from what clients stored.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn rebuild_times(&mut self) -> Result<(), Failure> {
        self.clear(self.tables.time)?;
        let mut all = Vec::new();
        for entry in self.tables.header.iter(&self.txn)? {
            let key = entry?.0;
            all.push((schema::u32_at(key, 0), schema::u64_at(key, 4)));
        }
        for (cid, oid) in all {
            let view = self.view();
            let Some(header) = view.header(cid, oid)? else {
                continue;
            };
            // A body that is missing is for `check` to tell.
            let body = self.tables.body.get(&self.txn, &schema::of_u64(oid))?;
            let (Some(body), true) = (body, header.component() != 0) else {
                continue;
            };
            let entry = index::entry(body);
            let renewed = header.with_extent(entry.extent);
            self.put(self.tables.header, &schema::of_u32_u64(cid, oid), &renewed)?;
            self.put_entry(cid, oid, &entry)?;
        }
        self.put(self.tables.meta, schema::meta::TIME, made_with().as_bytes())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(place(extent(i64::MIN, i64::MAX)), (4, 0));
        assert_eq!(place(extent(5, i64::MAX)), (4, 0));
        // Of no length: it lies where it begins.
        assert_eq!(
            place(extent(8 * day, 8 * day)),
            (0, bin(8 * day, WIDTHS[0]))
        );
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
