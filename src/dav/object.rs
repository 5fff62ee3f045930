//! Objects on their way in and out: read once on PUT, represented on demand.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_LOCATION, ETAG};

use super::path::{Address, Family};
use super::precondition::{Precondition, Refusal};
use super::property::{definitions, media_type};
use super::request::Request;
use super::resource::{On, Resource};
use super::state;
use crate::calendar::by_reference;
use crate::http::conditional::{Current, Verdict};
use crate::http::{Answer, media, prefer};
use crate::store::{Header, Indexed, View};

/// Reads the body as an object of this family, for the index; the bytes stay as they are.
///
/// # Errors
/// The preconditions of RFC 4791 section 5.3.2.1 and RFC 6352 section 6.3.2.1.
pub fn read(request: &Request, family: Family) -> Result<Indexed, Refusal> {
    let bytes = &request.body;
    let media = media::content_type(&request.headers);
    // A type that says nothing is forgiven: programs that copy files send it.
    let says = |fits: &[&str]| match media.as_deref() {
        None | Some("application/octet-stream" | "text/plain") => true,
        Some(media) => fits.contains(&media),
    };
    Ok(match family {
        Family::Calendars => {
            if !says(&["text/calendar", "application/calendar", "text/x-vcalendar"]) {
                return Err(Precondition::SupportedCalendarData
                    .because("A calendar takes text/calendar, version 2.0."));
            }
            Indexed::calendar_object(bytes)?
        }
        Family::Addressbooks => {
            if !says(&["text/vcard", "text/x-vcard", "text/directory"]) {
                return Err(
                    Precondition::SupportedAddressData.because("An address book takes text/vcard.")
                );
            }
            Indexed::address_object(bytes)?
        }
    })
}

/// The object as it is now, with where it lies: the answer to `return=representation` (RFC 7240
/// section 4.2) and, with 412, what RFC 8144 section 3.2 gives a client that lost a race.
///
/// # Errors
/// 412 where there is none; the store's.
pub fn represented(
    request: &Request,
    address: &Address,
    status: StatusCode,
) -> Result<Answer, Refusal> {
    let snapshot = request.site.store.snapshot()?;
    let view = snapshot.view();
    let found = Resource::find(view, &request.person, address)?;
    let Some((found, header)) = found.and_then(|f| f.header().map(|h| (f, h))) else {
        return Err(Refusal::failed_condition());
    };
    let stored = view.body(header.oid)?;
    let wanted = definitions(&request.headers).filter(|_| found.on.meets(On::CALENDAR_OBJECT));
    let body = wanted
        .and_then(|wanted| by_reference::of(stored, wanted))
        .map_or_else(|| Bytes::copy_from_slice(stored), Bytes::from);
    Ok(Answer::new(status)
        .body(media_type(found.on, header.component()), body)
        .header(ETAG, &header.etag().to_string())
        .header(CONTENT_LOCATION, &found.path)
        .header(prefer::APPLIED, "return=representation"))
}

/// What the conditions say of the object as the writer finds it, the If header's included.
pub fn holds(request: &Request) -> impl Fn(View<'_>, Option<&Header<'_>>) -> bool + use<> {
    let conditional = request.conditional.clone();
    let (person, address) = (request.person.clone(), request.address.clone());
    move |view, header| {
        let mut conditional = conditional.clone();
        if state::settle(&mut conditional, view, &person, &address).is_err() {
            return false;
        }
        let tag = header.map(|header| header.etag().to_string());
        let current = header.map(|header| Current {
            etag: tag.as_deref().unwrap_or_default(),
            modified: Some(header.modified()),
        });
        conditional.verdict(current, false) == Verdict::Go
    }
}

/// The same for a collection, which has no etag, or for nothing at all.
pub fn holds_apart(request: &Request, exists: bool) -> impl Fn(View<'_>) -> bool + use<> {
    let conditional = request.conditional.clone();
    let (person, address) = (request.person.clone(), request.address.clone());
    move |view| {
        let mut conditional = conditional.clone();
        let current = exists.then_some(Current {
            etag: "",
            modified: None,
        });
        state::settle(&mut conditional, view, &person, &address).is_ok()
            && conditional.verdict(current, false) == Verdict::Go
    }
}
