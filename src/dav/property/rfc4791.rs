//! CalDAV (RFC 4791 sections 5.2, 6.2, 9.6).

use super::rfc7809;
use super::{
    Check, Creating, Missing, Property, Scope, anything, calendar_data, href, in_report, live,
    stored,
};
use crate::calendar::time_range::{MAX_DATE_TIME, MIN_DATE_TIME};
use crate::calendar::{Component, Components};
use crate::dav::path::{self, Family};
use crate::dav::precondition::Precondition;
use crate::dav::resource::{On, Resource};
use crate::text::collation::Collation;
use crate::xml::{Element, Writer};

const CALENDAR: On = On::CALENDAR;
const LIMITED: On = On::CALENDAR
    .or(On::CALENDAR_HOME)
    .or(On::INBOX)
    .or(On::OUTBOX);

pub const MAX_INSTANCES: u64 = 10_000;
pub const MAX_ATTENDEES: u64 = 1_000;

pub const PROPERTIES: &[Property] = &[
    live(
        "C:calendar-home-set",
        "RFC 4791 6.2.1",
        On::PRINCIPAL,
        calendar_home_set,
    ),
    stored(
        "C:calendar-description",
        "RFC 4791 5.2.1",
        CALENDAR,
        anything,
    ),
    stored("C:calendar-timezone", "RFC 4791 5.2.2", CALENDAR, TIMEZONE)
        .or(rfc7809::definition_of_name)
        .instead_of("C:calendar-timezone-id"),
    live(
        "C:supported-calendar-component-set",
        "RFC 4791 5.2.3",
        On::CALENDAR.or(On::INBOX).or(On::OUTBOX),
        supported_component_set,
    )
    .at_creation(),
    live(
        "C:supported-calendar-data",
        "RFC 4791 5.2.4",
        LIMITED,
        supported_data,
    ),
    live(
        "C:max-resource-size",
        "RFC 4791 5.2.5",
        LIMITED,
        max_resource_size,
    ),
    live("C:min-date-time", "RFC 4791 5.2.6", LIMITED, min_date_time),
    live("C:max-date-time", "RFC 4791 5.2.7", LIMITED, max_date_time),
    live("C:max-instances", "RFC 4791 5.2.8", LIMITED, max_instances),
    live(
        "C:max-attendees-per-instance",
        "RFC 4791 5.2.9",
        LIMITED,
        max_attendees,
    ),
    live(
        "C:supported-collation-set",
        "RFC 4791 7.5.1",
        LIMITED,
        supported_collation_set,
    ),
    in_report(
        "C:calendar-data",
        "RFC 4791 9.6",
        On::CALENDAR_OBJECT,
        calendar_data::asked,
    ),
];

const TIMEZONE: Check = one_timezone;

/// RFC 4791 section 5.2.2: a valid iCalendar object with a single VTIMEZONE.
fn one_timezone(value: &Element, _: &Creating<'_>) -> Result<(), Precondition> {
    if crate::calendar::is_timezone(value.text().as_bytes()) {
        Ok(())
    } else {
        Err(Precondition::ValidCalendarData)
    }
}

fn calendar_home_set(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    href(out, &path::home(Family::Calendars, &resource.user));
    Ok(())
}

/// What a calendar made without a component set takes.
#[must_use]
pub fn default_components() -> Components {
    [Component::Vevent, Component::Vtodo, Component::Vjournal]
        .into_iter()
        .fold(Components::NONE, Components::with)
}

fn supported_component_set(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let collection = resource.collection().ok_or(Missing::NotFound)?;
    let mut components = Components::from_bits(collection.components);
    if components.is_empty() {
        components = default_components();
    }
    for component in components.iter() {
        out.raw("<C:comp name=\"");
        out.raw(component.name());
        out.raw("\"/>");
    }
    Ok(())
}

fn supported_data(
    _: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    out.raw("<C:calendar-data content-type=\"text/calendar\" version=\"2.0\"/>");
    Ok(())
}

fn max_resource_size(
    scope: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    out.number(scope.site.limits.object as u64);
    Ok(())
}

fn min_date_time(
    _: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    out.raw(MIN_DATE_TIME);
    Ok(())
}

fn max_date_time(
    _: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    out.raw(MAX_DATE_TIME);
    Ok(())
}

fn max_instances(
    _: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    out.number(MAX_INSTANCES);
    Ok(())
}

fn max_attendees(
    _: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    out.number(MAX_ATTENDEES);
    Ok(())
}

/// RFC 4791 section 7.5.
fn supported_collation_set(
    _: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    for collation in Collation::ALL {
        out.element("C:supported-collation", collation.name());
    }
    Ok(())
}
