//! Recurrence rules (RFC 5545 sections 3.3.10 and 3.8.5.3) in floating time: what a rule says of
//! dates and times of day, without zones, components or the store.
//!
//! [`Rule`] reads the value of an RRULE, [`Instances`] walks its instances and can start anywhere
//! in time, [`Compiled`] is the form in which a rule is stored.
//!
//! # Where the RFC leaves a choice
//!
//! - **DTSTART that does not fit its rule** is the first instance all the same, and COUNT counts
//!   it: "The DTSTART property defines the first instance in the recurrence set" (3.8.5.3), "the
//!   DTSTART property value always counts as the first occurrence" (3.3.10). Android's calendar,
//!   where DAVx5 puts events, does exactly that (`RecurrenceProcessor.expand`); Apple's and
//!   Google's calendars show that day too. Thunderbird's ical.js leaves it out (its issue 294): of
//!   an event that one program would hide, a server answers rather too much.
//! - **BYSETPOS at the beginning** counts in the whole interval, also in that part of it which lies
//!   before DTSTART: "A set of recurrence instances starts at the beginning of the interval defined
//!   by the FREQ rule part" (3.3.10). What it chooses before DTSTART is not an instance.
//! - **BYWEEKNO**: a year consists of its weeks, all seven days of each (ISO 8601, to which 3.3.10
//!   refers; WKST says where they start). Week 1 of 2025 begins on 2024-12-30 and belongs to the
//!   interval 2025, for BYSETPOS and for INTERVAL as well; DTSTART belongs to the year of its week.
//! - **BYWEEKNO without a part that names days** means the weekday of DTSTART: what the rule does
//!   not say is "derived from DTSTART" (3.3.10).
//! - **Numbers before weekdays** (`1MO`) count within the month for MONTHLY, and for YEARLY with
//!   BYMONTH; within the year otherwise. 3.3.10 says "when the BYWEEKNO or BYMONTH rule parts are
//!   present" of the year; the sentence makes sense only with "not", which is also what its table
//!   says.
//! - **What the RFC forbids but programs write** is given the meaning it has elsewhere, because a
//!   calendar with the event in a wrong place is better than one without it: a part that the table
//!   marks N/A (BYMONTHDAY with WEEKLY, BYYEARDAY with MONTHLY, BYWEEKNO with anything but YEARLY)
//!   limits; a number before a weekday is passed over where FREQ is neither MONTHLY nor YEARLY;
//!   COUNT and UNTIL together both bound.
//! - **UNTIL as a date with a DTSTART that has a time** includes the whole of that day: it "bounds
//!   the recurrence rule in an inclusive manner" (3.3.10).
//! - **UNTIL before DTSTART** leaves DTSTART, the first instance.
//! - **DTSTART as a date with a FREQ below DAILY**: every day on which an instance would start,
//!   counted from midnight, is one instance.
//! - **SKIP** (RFC 7529) is honoured with and without RSCALE=GREGORIAN, which is what a rule
//!   without RSCALE means.
//! - **Second 60** is second 59: floating time has no leap seconds.

mod bits;
mod compiled;
mod day;
mod expand;
mod extent;
mod period;
mod rule;
mod steady;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod properties;

pub use compiled::{Compiled, Damaged};
pub use expand::{Instances, Kind, Next, Work};
pub use extent::Extent;
pub use rule::{Refused, Rule, Until};
pub use steady::Steady;
