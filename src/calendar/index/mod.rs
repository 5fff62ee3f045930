//! What the store keeps of an object so that a query for a range of time opens no body.
//!
//! An entry has an extent, outside of which the object never is, and a form that says more. Three
//! answers are possible: no, yes, and perhaps; after "perhaps" the body decides, with
//! [`super::overlap`]. So an entry may know little, but what it says is right in every time zone:
//! local times are compared with the least and the greatest offset from UTC that can apply.

mod entry;
mod form;
mod search;

#[cfg(test)]
mod agreement;

pub use entry::entry;
pub use search::{Answer, Search, busy_time};

/// Of what is written. Entries of another version are made anew.
pub const VERSION: u32 = 3;

/// Seconds since 1970; the end is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub start: i64,
    pub end: i64,
}

impl Extent {
    pub const ALWAYS: Extent = Extent {
        start: i64::MIN,
        end: i64::MAX,
    };
}

/// What is kept of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub extent: Extent,
    pub form: Vec<u8>,
}

/// No clock is farther from UTC (RFC 5545 section 3.3.14 allows a minute less than a day).
const FARTHEST: i64 = 86_400;

/// By the clock, as if that were UTC's.
fn seconds(local: jiff::civil::DateTime) -> i64 {
    crate::zone::Zone::UTC.instant(local)
}
