//! Objects on their way in and out: read once on PUT, represented on demand.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_LOCATION, ETAG};

use super::path::Family;
use super::precondition::{Precondition, Refusal};
use super::property::media_type;
use super::request::Request;
use super::resource::Resource;
use crate::http::{Answer, media};
use crate::store::{self, Indexed, View};
use crate::{calendar, contact};

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
    let (uid, component) = match family {
        Family::Calendars => {
            if !says(&["text/calendar", "application/calendar", "text/x-vcalendar"]) {
                return Err(Precondition::SupportedCalendarData
                    .because("A calendar takes text/calendar, version 2.0."));
            }
            let object = calendar::read(bytes)?;
            (object.uid, object.component.bit())
        }
        Family::Addressbooks => {
            if !says(&["text/vcard", "text/x-vcard", "text/directory"]) {
                return Err(
                    Precondition::SupportedAddressData.because("An address book takes text/vcard.")
                );
            }
            (contact::read(bytes)?.uid, 0)
        }
    };
    Ok(Indexed {
        uid: store::uid_hash(&uid),
        content: store::content_hash(bytes),
        component,
    })
}

/// The object itself, with where it lies.
///
/// # Errors
/// The store's.
pub fn representation(
    view: View<'_>,
    found: &Resource<'_>,
    status: StatusCode,
) -> Result<Answer, Refusal> {
    let header = found.header().ok_or_else(Refusal::not_found)?;
    let body = Bytes::copy_from_slice(view.body(header.oid)?);
    Ok(Answer::new(status)
        .body(media_type(found.on, header.component()), body)
        .header(ETAG, &header.etag().to_string())
        .header(CONTENT_LOCATION, &found.path))
}
