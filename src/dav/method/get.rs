//! GET and HEAD of an object (RFC 9110 sections 9.3.1, 9.3.2).

use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{ACCEPT, CONTENT_LENGTH, ETAG, LAST_MODIFIED, VARY};
use hyper::{HeaderMap, StatusCode};

use super::{Method, Reads, Run};
use crate::calendar::by_reference;
use crate::contact::card::Version;
use crate::contact::version;
use crate::dav::card_version;
use crate::dav::precondition::Refusal;
use crate::dav::privilege::Privilege;
use crate::dav::property::{CALDAV_TIMEZONES, definitions, http_date, media_type};
use crate::dav::request::Request;
use crate::dav::resource::{self, On, Resource};
use crate::dav::site::Site;
use crate::dav::state;
use crate::http::conditional::{Current, Verdict};
use crate::http::{Answer, Source};
use crate::store::Etag;

pub const GET: Method = Method {
    name: "GET",
    on: On::OBJECT,
    needs: Privilege::Read,
    reads: Reads::Nothing,
    judges_itself: false,
    run: Run::Now(|request| run(request, true)),
};

pub const HEAD: Method = Method {
    name: "HEAD",
    run: Run::Now(|request| run(request, false)),
    ..GET
};

/// A larger object is read piece by piece, as the client takes it.
const AT_ONCE: usize = 256 * 1024;
const PIECE: usize = 64 * 1024;

fn run(request: &Request, with_body: bool) -> Result<Answer, Refusal> {
    let snapshot = request.site.store.snapshot()?;
    let view = snapshot.view();
    let found = resource::required(view, &request.person, &request.address)?;
    let (Some(header), Some(collection)) = (found.header(), found.collection()) else {
        return Err(Refusal::not_found());
    };
    let etag = header.etag();
    let converted = converted(&found, view.body(header.oid)?, &request.headers);
    let tag = match &converted {
        Some((version, _)) => card_version::etag(&etag.to_string(), *version),
        None => etag.to_string(),
    };
    let vary = if found.on.meets(On::CALENDAR_OBJECT) {
        CALDAV_TIMEZONES
    } else {
        ACCEPT
    };
    let answer = |status| {
        Answer::new(status)
            .header(ETAG, &tag)
            .header(LAST_MODIFIED, &http_date(header.modified()))
            .header(VARY, vary.as_str())
    };
    let current = Current {
        etag: &tag,
        modified: Some(header.modified()),
    };
    let mut conditional = request.conditional.clone();
    state::settle(&mut conditional, view, &request.person, &request.address)?;
    match conditional.verdict(Some(current), true) {
        Verdict::Go => {}
        Verdict::NotModified => return Ok(answer(StatusCode::NOT_MODIFIED)),
        Verdict::Failed => return Err(Refusal::failed_condition()),
    }
    let answer = answer(StatusCode::OK);
    let (media, changed) = match converted {
        Some((version, bytes)) => (card_version::media_type(version), Some(bytes)),
        None => (
            media_type(found.on, header.component()),
            by_reference(&found, view.body(header.oid)?, &request.headers),
        ),
    };
    if let Some(bytes) = changed {
        let length = bytes.len();
        let body = if with_body {
            bytes.into()
        } else {
            Bytes::new()
        };
        return Ok(answer
            .body(media, body)
            .header(CONTENT_LENGTH, &length.to_string()));
    }
    let length = header.length() as usize;
    if !with_body {
        return Ok(answer
            .body(media, Bytes::new())
            .header(CONTENT_LENGTH, &length.to_string()));
    }
    if length <= AT_ONCE {
        return Ok(answer.body(media, Bytes::copy_from_slice(view.body(header.oid)?)));
    }
    let pieces = Pieces {
        site: request.site.clone(),
        cid: collection.cid,
        oid: header.oid,
        etag,
        at: 0,
    };
    Ok(answer
        .made(media, Box::new(pieces))
        .header(CONTENT_LENGTH, &length.to_string()))
}

/// A card in the version that is wanted; None where that is how it is stored.
fn converted(
    found: &Resource<'_>,
    stored: &[u8],
    headers: &HeaderMap,
) -> Option<(Version, Vec<u8>)> {
    if !found.on.meets(On::CONTACT) {
        return None;
    }
    let version = card_version::wanted(headers)?;
    Some((version, version::convert(stored, version).ok()??))
}

/// A calendar object with the definitions of time zones that are wanted; None where those are
/// stored. RFC 7809 has no etag of its own for it: the one of the object is what a client needs to
/// change it.
fn by_reference(found: &Resource<'_>, stored: &[u8], headers: &HeaderMap) -> Option<Vec<u8>> {
    if !found.on.meets(On::CALENDAR_OBJECT) {
        return None;
    }
    by_reference::of(stored, definitions(headers)?)
}

struct Pieces {
    site: Arc<Site>,
    cid: u32,
    oid: u64,
    etag: Etag,
    at: usize,
}

impl Source for Pieces {
    fn next(&mut self) -> Result<Option<Bytes>, String> {
        let snapshot = self.site.store.snapshot().map_err(|e| e.to_string())?;
        let view = snapshot.view();
        let same = view
            .header(self.cid, self.oid)
            .map_err(|e| e.to_string())?
            .is_some_and(|header| header.etag() == self.etag);
        if !same {
            return Err("the object changed while it was read".into());
        }
        let body = view.body(self.oid).map_err(|e| e.to_string())?;
        let end = body.len().min(self.at + PIECE);
        if self.at >= end {
            return Ok(None);
        }
        let piece = Bytes::copy_from_slice(&body[self.at..end]);
        self.at = end;
        Ok(Some(piece))
    }
}
