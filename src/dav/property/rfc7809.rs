//! Time zones by name (RFC 7809 section 5).

use super::{Creating, Property, stored};
use crate::dav::precondition::Precondition;
use crate::dav::resource::On;
use crate::xml::Element;

pub const PROPERTIES: &[Property] = &[stored(
    "C:calendar-timezone-id",
    "RFC 7809 5.2",
    On::CALENDAR,
    zone_name,
)];

/// RFC 7809 section 3.1.5: a zone that is known.
fn zone_name(value: &Element, _: &Creating<'_>) -> Result<(), Precondition> {
    if crate::zone::is_known(value.text().trim()) {
        Ok(())
    } else {
        Err(Precondition::ValidTimezone)
    }
}
