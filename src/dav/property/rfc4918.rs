//! WebDAV (RFC 4918 section 15).

use super::{Missing, Property, Scope, anything, live, stored};
use crate::calendar::Component;
use crate::dav::resource::{On, Resource, State};
use crate::text::date;
use crate::xml::{Element, Writer};

pub const PROPERTIES: &[Property] = &[
    live("D:resourcetype", "RFC 4918 15.9", On::ANY, resourcetype)
        .allprop()
        .at_creation(),
    stored(
        "D:displayname",
        "RFC 4918 15.2",
        On::COLLECTION.or(On::HOME).or(On::OBJECT).or(On::PRINCIPAL),
        anything,
    )
    .or(displayname)
    .allprop(),
    live("D:getetag", "RFC 4918 15.6", On::OBJECT, getetag).allprop(),
    live(
        "D:getcontenttype",
        "RFC 4918 15.5",
        On::OBJECT,
        getcontenttype,
    )
    .allprop(),
    live(
        "D:getcontentlength",
        "RFC 4918 15.4",
        On::OBJECT,
        getcontentlength,
    )
    .allprop(),
    live(
        "D:getlastmodified",
        "RFC 4918 15.7",
        On::OBJECT,
        getlastmodified,
    )
    .allprop(),
    live(
        "D:creationdate",
        "RFC 4918 15.1",
        On::OBJECT.or(On::COLLECTION).or(On::HOME),
        creationdate,
    )
    .allprop(),
];

fn resourcetype(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let on = resource.on;
    if on.meets(On::ANY_COLLECTION) {
        out.empty("D:collection");
    }
    for (kind, tag) in [
        (On::PRINCIPAL, "D:principal"),
        (On::CALENDAR, "C:calendar"),
        (On::INBOX, "C:schedule-inbox"),
        (On::OUTBOX, "C:schedule-outbox"),
        (On::ADDRESSBOOK, "CR:addressbook"),
    ] {
        if on.meets(kind) {
            out.empty(tag);
        }
    }
    Ok(())
}

/// While a client has given none: what the person or the URL calls it.
fn displayname(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    match &resource.state {
        State::Principal(principal) => out.text(&principal.display_name),
        State::Collection(c) if c.kind.is_home() => {
            let owner = crate::dav::resource::owner(scope.view, scope.person, &resource.user)?;
            out.text(&owner.ok_or(Missing::NotFound)?.display_name);
        }
        State::Collection(c) => out.text(&c.slug),
        State::Object { .. } | State::Bare => return Err(Missing::NotFound),
    }
    Ok(())
}

fn getetag(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let header = resource.header().ok_or(Missing::NotFound)?;
    out.raw_bytes(&header.etag().quoted());
    Ok(())
}

pub const CALENDAR_MEDIA_TYPE: &str = "text/calendar; charset=utf-8";

/// The media type of an object; an iCalendar type names its component (RFC 5545 section 8.1), so
/// that a listing tells events from tasks.
#[must_use]
pub fn media_type(on: On, component: u8) -> &'static str {
    if on.meets(On::CONTACT) {
        return "text/vcard; charset=utf-8";
    }
    match Component::ALL.into_iter().find(|c| c.bit() == component) {
        Some(Component::Vevent) => "text/calendar; charset=utf-8; component=vevent",
        Some(Component::Vtodo) => "text/calendar; charset=utf-8; component=vtodo",
        Some(Component::Vjournal) => "text/calendar; charset=utf-8; component=vjournal",
        Some(Component::Vfreebusy) => "text/calendar; charset=utf-8; component=vfreebusy",
        Some(Component::Vavailability) => "text/calendar; charset=utf-8; component=vavailability",
        _ => CALENDAR_MEDIA_TYPE,
    }
}

fn getcontenttype(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let header = resource.header().ok_or(Missing::NotFound)?;
    out.raw(media_type(resource.on, header.component()));
    Ok(())
}

fn getcontentlength(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let header = resource.header().ok_or(Missing::NotFound)?;
    out.number(u64::from(header.length()));
    Ok(())
}

fn getlastmodified(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let header = resource.header().ok_or(Missing::NotFound)?;
    out.raw(&http_date(header.modified()));
    Ok(())
}

/// RFC 9110 section 5.6.7.
#[must_use]
pub fn http_date(seconds: u64) -> String {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds.min(253_402_300_799));
    httpdate::fmt_http_date(time)
}

fn creationdate(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let seconds = match &resource.state {
        State::Object { header, .. } => header.created(),
        State::Collection(collection) => collection.created,
        State::Bare | State::Principal(_) => return Err(Missing::NotFound),
    };
    out.raw(&date::rfc3339(seconds));
    Ok(())
}
