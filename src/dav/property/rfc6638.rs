//! Scheduling's properties (RFC 6638 sections 2 and 9) and RFC 4791's of a person.

use super::{Creating, Missing, Property, Scope, anything, href, live, stored};
use crate::dav::path::{self, Address, Family};
use crate::dav::precondition::Precondition;
use crate::dav::resource::{self, On, Resource, State};
use crate::store::{self, Kind, View};
use crate::xml::{self, Element, Writer, name};

pub const PROPERTIES: &[Property] = &[
    live(
        "C:schedule-inbox-URL",
        "RFC 6638 2.2.1",
        On::PRINCIPAL,
        inbox,
    ),
    live(
        "C:schedule-outbox-URL",
        "RFC 6638 2.1.1",
        On::PRINCIPAL,
        outbox,
    ),
    live(
        "C:calendar-user-address-set",
        "RFC 6638 2.4.1",
        On::PRINCIPAL,
        calendar_user_address_set,
    ),
    live(
        "C:calendar-user-type",
        "RFC 6638 2.4.2",
        On::PRINCIPAL,
        calendar_user_type,
    ),
    stored(
        "C:schedule-calendar-transp",
        "RFC 6638 9.1",
        On::CALENDAR,
        opaque_or_transparent,
    )
    .or(opaque),
    stored(
        "C:schedule-default-calendar-URL",
        "RFC 6638 9.2",
        On::INBOX,
        own_calendar,
    )
    .or(first_calendar),
    stored(
        "C:calendar-free-busy-set",
        "RFC 4791 draft, Apple",
        On::INBOX,
        anything,
    ),
];

fn inbox(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    calendar_href(out, resource, "inbox");
    Ok(())
}

fn outbox(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    calendar_href(out, resource, "outbox");
    Ok(())
}

/// A collection in the calendar home of the person whose tree this is.
fn calendar_href(out: &mut Writer, resource: &Resource<'_>, slug: &str) {
    href(
        out,
        &path::collection(Family::Calendars, &resource.user, slug),
    );
}

/// Mail addresses first: DAVx5 makes one of them the account's name.
fn calendar_user_address_set(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let State::Principal(principal) = &resource.state else {
        return Err(Missing::NotFound);
    };
    for mail in &principal.emails {
        out.element("D:href", &format!("mailto:{mail}"));
    }
    href(out, &resource.path);
    Ok(())
}

fn calendar_user_type(
    _: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    out.raw("INDIVIDUAL");
    Ok(())
}

fn opaque_or_transparent(value: &Element, _: &Creating<'_>) -> Result<(), Precondition> {
    let mut children = value.elements();
    match (children.next(), children.next()) {
        (Some(one), None)
            if one.is(name::CALDAV, "opaque") || one.is(name::CALDAV, "transparent") =>
        {
            Ok(())
        }
        _ => Err(Precondition::ValidCalendarData),
    }
}

fn opaque(_: Scope<'_>, _: &Resource<'_>, _: &Element, out: &mut Writer) -> Result<(), Missing> {
    out.empty("C:opaque");
    Ok(())
}

/// RFC 6638 section 9.1: nothing in this calendar makes its owner busy.
///
/// # Errors
/// The store's.
pub fn is_transparent(view: View<'_>, cid: u32) -> Result<bool, store::Error> {
    let stored = view.property(cid, 0, name::CALDAV, "schedule-calendar-transp")?;
    let element = stored.and_then(|stored| xml::read(stored).ok());
    Ok(element.is_some_and(|element| element.child(name::CALDAV, "transparent").is_some()))
}

/// RFC 6638 section 9.2: the URL of an existing calendar of the inbox's owner.
fn own_calendar(value: &Element, creating: &Creating<'_>) -> Result<(), Precondition> {
    let refused = Precondition::ValidScheduleDefaultCalendarUrl;
    let href = value
        .child(name::DAV, "href")
        .ok_or(refused.clone())?
        .text();
    let (_, path) = crate::http::href::split(&href).ok_or(refused.clone())?;
    let Ok(Address::Collection {
        family: Family::Calendars,
        user,
        slug,
    }) = Address::parse(path)
    else {
        return Err(refused);
    };
    if user != creating.person.name {
        return Err(refused);
    }
    let found = resource::collection(
        creating.view,
        creating.person,
        Family::Calendars,
        &user,
        &slug,
    );
    match found {
        Ok(Some(collection)) if collection.kind == Kind::Calendar => Ok(()),
        _ => Err(refused),
    }
}

/// While none is chosen: the first that takes events.
fn first_calendar(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let home = resource.collection().ok_or(Missing::NotFound)?.home;
    let events = crate::calendar::Component::Vevent.bit();
    let first = scope
        .view
        .members(home)?
        .into_iter()
        .find(|c| c.kind == Kind::Calendar && (c.components == 0 || c.components & events != 0))
        .ok_or(Missing::NotFound)?;
    calendar_href(out, resource, &first.slug);
    Ok(())
}
