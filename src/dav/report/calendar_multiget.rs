//! calendar-multiget (RFC 4791 section 7.9).

use super::{Report, multiget};
use crate::dav::resource::On;

pub const REPORT: Report = Report {
    tag: "C:calendar-multiget",
    source: "RFC 4791 7.9",
    on: On::CALENDAR
        .or(On::CALENDAR_HOME)
        .or(On::INBOX)
        .or(On::CALENDAR_OBJECT),
    depth_zero: false,
    answer: multiget::answer,
};
