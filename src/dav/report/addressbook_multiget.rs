//! addressbook-multiget (RFC 6352 section 8.7).

use super::{Report, multiget};
use crate::dav::resource::On;

pub const REPORT: Report = Report {
    tag: "CR:addressbook-multiget",
    source: "RFC 6352 8.7",
    on: On::ADDRESSBOOK.or(On::ADDRESSBOOK_HOME).or(On::CONTACT),
    depth_zero: false,
    answer: multiget::answer,
};
