//! Availability (RFC 7953 section 7.2).

use super::{Creating, Property, stored};
use crate::dav::precondition::Precondition;
use crate::dav::resource::On;
use crate::xml::Element;

pub const PROPERTIES: &[Property] = &[stored(
    "C:calendar-availability",
    "RFC 7953 7.2.4",
    On::INBOX.or(On::CALENDAR).or(On::CALENDAR_HOME),
    availability,
)];

fn availability(value: &Element, _: &Creating<'_>) -> Result<(), Precondition> {
    use crate::calendar::Component;
    match crate::calendar::read(value.text().as_bytes()) {
        Ok(object) if object.component == Component::Vavailability => Ok(()),
        _ => Err(Precondition::ValidCalendarData),
    }
}
