//! Time zones by name (RFC 7809 section 5).

use hyper::HeaderMap;
use hyper::header::HeaderName;

use super::{Creating, Missing, Property, Scope, stored};
use crate::calendar::by_reference::Definitions;
use crate::dav::precondition::Precondition;
use crate::dav::resource::{On, Resource};
use crate::store::{self, View};
use crate::text::tree::Tree;
use crate::xml::{self, Element, Writer, name};
use crate::zone::{self, Zone};

pub const PROPERTIES: &[Property] = &[stored(
    "C:calendar-timezone-id",
    "RFC 7809 5.2",
    On::CALENDAR,
    zone_name,
)
.or(name_of_definition)
.instead_of("C:calendar-timezone")];

/// RFC 7809 section 3.1.5: a zone that is known.
fn zone_name(value: &Element, _: &Creating<'_>) -> Result<(), Precondition> {
    if zone::is_known(value.text().trim()) {
        Ok(())
    } else {
        Err(Precondition::ValidTimezone)
    }
}

/// RFC 7809 section 3.1.5: where a client has set the name, "the server will return the full
/// VTIMEZONE data for that time zone".
pub(super) fn definition_of_name(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let (cid, _) = resource.property_place().ok_or(Missing::NotFound)?;
    let name = text_of(scope.view, cid, "calendar-timezone-id")?.ok_or(Missing::NotFound)?;
    let definition = zone::write::vtimezone(name.trim(), 0).ok_or(Missing::NotFound)?;
    out.text_bytes(
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//davbox//davbox//EN\r\n\
             {definition}END:VCALENDAR\r\n"
        )
        .as_bytes(),
    );
    Ok(())
}

/// RFC 7809 section 3.1.5: where a client has set the other property, "its value MUST match the
/// value of the TZID iCalendar property in the VTIMEZONE component".
fn name_of_definition(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let (cid, _) = resource.property_place().ok_or(Missing::NotFound)?;
    let definition = text_of(scope.view, cid, "calendar-timezone")?.ok_or(Missing::NotFound)?;
    let calendar = Tree::read(definition.as_bytes()).map_err(|_| Missing::NotFound)?;
    let zone = calendar.components().find(|c| c.is("VTIMEZONE"));
    let tzid = zone.and_then(|zone| zone.property("TZID"));
    out.text(tzid.ok_or(Missing::NotFound)?.value().trim());
    Ok(())
}

pub const CALDAV_TIMEZONES: HeaderName = HeaderName::from_static("caldav-timezones");

/// RFC 7809 section 7.1: which definitions of zones the client wants beside the data. None where it
/// does not say: then data are as they were stored, which section 3.1.3 leaves to the server.
#[must_use]
pub fn definitions(headers: &HeaderMap) -> Option<Definitions> {
    match headers.get(CALDAV_TIMEZONES)?.to_str().ok()?.trim() {
        "T" | "t" => Some(Definitions::All),
        "F" | "f" => Some(Definitions::Unknown),
        _ => None,
    }
}

/// The zone of dates and floating times in a calendar (RFC 4791 section 7.3): the one that was set,
/// or UTC.
///
/// # Errors
/// The store's.
pub fn floating_zone(view: View<'_>, cid: u32) -> Result<Zone, store::Error> {
    if let Some(definition) = text_of(view, cid, "calendar-timezone")?
        && let Some(zone) = zone::of_calendar_timezone(definition.as_bytes())
    {
        return Ok(zone);
    }
    let name = text_of(view, cid, "calendar-timezone-id")?;
    Ok(name
        .and_then(|name| Zone::named(name.trim()))
        .unwrap_or(Zone::UTC))
}

/// The text of a stored property of CalDAV.
fn text_of(view: View<'_>, cid: u32, property: &str) -> Result<Option<String>, store::Error> {
    let stored = view.property(cid, 0, name::CALDAV, property)?;
    let element = stored.and_then(|stored| xml::read(stored).ok());
    Ok(element.map(|element| element.text().into_owned()))
}
