//! What Apple's calendar programs keep with a calendar: colour, order, default alarms.

use super::{Property, anything, stored};
use crate::dav::resource::On;

const ALARMED: On = On::CALENDAR_HOME.or(On::CALENDAR);

pub const PROPERTIES: &[Property] = &[
    stored("A:calendar-color", "Apple", On::CALENDAR, anything),
    stored("A:calendar-order", "Apple", On::CALENDAR, anything),
    stored(
        "C:default-alarm-vevent-datetime",
        "Apple",
        ALARMED,
        anything,
    ),
    stored("C:default-alarm-vevent-date", "Apple", ALARMED, anything),
    stored("C:default-alarm-vtodo-datetime", "Apple", ALARMED, anything),
    stored("C:default-alarm-vtodo-date", "Apple", ALARMED, anything),
];
