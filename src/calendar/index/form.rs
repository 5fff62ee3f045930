//! The bytes of an entry.
//!
//! The first says what kind it is. After [`RECURRING`] follow: the least and the greatest offset
//! from UTC, the start, the length, instances besides the rules, starts that the rules have and the
//! event has not, and the rules. Numbers are short where they are small.

use super::Extent;
use crate::recurrence::Compiled;

/// The extent is only a bound.
pub const BOUND: u8 = 0;
/// It takes place in exactly this extent: the row of VEVENT in RFC 4791 section 9.9.
pub const ONCE: u8 = 1;
/// It has instances: what follows is [`Recurring`].
pub const RECURRING: u8 = 2;
pub const KIND: u8 = 3;
/// Beside the kind: times are those of whatever zone is asked with (floating times, and days).
pub const LOCAL: u8 = 1 << 2;

/// Beside the kind: what the object makes of its time in a free-busy report (RFC 4791 section 7.10).
/// Nothing of it where the body has to be asked.
pub const BUSY_TYPE: u8 = 3 << 3;
/// It is never busy.
pub const FREE: u8 = 1 << 3;
/// Only beside [`ONCE`], of a time that is no local one: it is so in all of its extent.
pub const BUSY: u8 = 2 << 3;
pub const TENTATIVE: u8 = 3 << 3;

/// Offsets from UTC are kept in quarters of an hour, rounded outwards.
pub const QUARTER: i64 = 900;

/// Instances of an event, all of one length, and exceptions from them.
#[derive(Debug, Default, PartialEq)]
pub struct Recurring {
    /// In quarters of an hour.
    pub least: i8,
    pub greatest: i8,
    /// Of DTSTART, by its own clock, as if that were UTC.
    pub start: i64,
    /// Seconds.
    pub length: i64,
    /// Instances that no rule gives: RDATE, and overrides.
    pub besides: Vec<Extent>,
    /// Starts that the rules have and the event has not, by the same clock as its start: EXDATE, and
    /// what overrides describe. Rising.
    pub without: Vec<i64>,
    pub rules: Vec<Compiled>,
}

impl Recurring {
    pub fn write(&self, form: &mut Vec<u8>) {
        form.push(self.least.cast_unsigned());
        form.push(self.greatest.cast_unsigned());
        put_signed(form, self.start);
        put_number(form, self.length.unsigned_abs());
        put_number(form, self.besides.len() as u64);
        let mut at = 0;
        for extent in &self.besides {
            put_signed(form, extent.start.wrapping_sub(at));
            put_number(form, extent.end.abs_diff(extent.start));
            at = extent.start;
        }
        let mut without = Vec::new();
        let mut at = 0;
        for start in &self.without {
            put_signed(&mut without, start.wrapping_sub(at));
            at = *start;
        }
        put_part(form, &without);
        put_number(form, self.rules.len() as u64);
        for rule in &self.rules {
            put_part(form, &rule.to_bytes());
        }
    }
}

/// Seven bits a byte, the lowest first.
fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_number(out, ((number << 1) ^ (number >> 63)).cast_unsigned());
}

fn put_part(out: &mut Vec<u8>, part: &[u8]) {
    put_number(out, part.len() as u64);
    out.extend_from_slice(part);
}

/// Reads what [`Recurring::write`] wrote, as far as it is wanted.
#[derive(Clone, Copy)]
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// The next of a list of extents, of which the last began at `at`.
    pub fn extent(&mut self, at: i64) -> Option<Extent> {
        let start = at.checked_add(self.signed()?)?;
        let end = start.checked_add_unsigned(self.number()?)?;
        Some(Extent { start, end })
    }

    pub fn part(&mut self) -> Option<Bytes<'a>> {
        let length = usize::try_from(self.number()?).ok()?;
        let (part, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(Bytes(part))
    }

    /// How far the nearest of these rising numbers is from this one.
    pub fn nearest(mut self, wanted: i64) -> u64 {
        let (mut at, mut nearest) = (0i64, u64::MAX);
        while let Some(step) = self.signed() {
            at = at.wrapping_add(step);
            nearest = nearest.min(at.abs_diff(wanted));
            if at >= wanted {
                break;
            }
        }
        nearest
    }
}
