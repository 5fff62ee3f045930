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

/// The shape of a zone's name; which zones exist is asked when times are computed.
fn zone_name(value: &Element, _: &Creating<'_>) -> Result<(), Precondition> {
    let text = value.text();
    let zone = text.trim();
    let fits = (1..=128).contains(&zone.len())
        && zone
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/_+-. ()".contains(c));
    if fits {
        Ok(())
    } else {
        Err(Precondition::ValidTimezone)
    }
}
