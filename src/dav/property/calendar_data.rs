//! CALDAV:calendar-data in a report (RFC 4791 section 9.6): which parts of an object are wanted.

use super::{Form, Manner, Missing, Scope};
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::resource::Resource;
use crate::xml::{Element, Writer};

/// # Errors
/// supported-calendar-data.
pub fn asked(element: &Element, _: &Manner) -> Result<Box<dyn Form>, Refusal> {
    let media = element.attribute("content-type").unwrap_or("text/calendar");
    let version = element.attribute("version").unwrap_or("2.0");
    if media.eq_ignore_ascii_case("text/calendar") && version == "2.0" {
        Ok(Box::new(Whole))
    } else {
        Err(Precondition::SupportedCalendarData
            .because("Objects are to be had as text/calendar, version 2.0."))
    }
}

/// As it was stored.
struct Whole;

impl Form for Whole {
    fn write(
        &self,
        scope: Scope<'_>,
        resource: &Resource<'_>,
        out: &mut Writer,
    ) -> Result<(), Missing> {
        let header = resource.header().ok_or(Missing::NotFound)?;
        out.text_bytes(scope.view.body(header.oid)?);
        Ok(())
    }
}
