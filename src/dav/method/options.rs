//! OPTIONS (RFC 9110 section 9.3.7, RFC 4918 section 10.1).

use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderName};

use super::{Method, Reads, Run};
use crate::dav::precondition::Refusal;
use crate::dav::privilege::Privilege;
use crate::dav::request::Request;
use crate::dav::resource::{On, Resource};
use crate::http::Answer;

pub const OPTIONS: Method = Method {
    name: "OPTIONS",
    on: On::ANY.or(On::FREE_COLLECTION).or(On::FREE_OBJECT),
    needs: Privilege::Read,
    reads: Reads::Nothing,
    judges_itself: false,
    run: Run::Now(run),
};

/// RFC 4918 section 10.1: what is implemented, and only that. No class 2: there are no locks.
const COMPLIANCE: &str = "1, 3, access-control, calendar-access, calendar-no-timezone, \
    calendar-availability, addressbook, extended-mkcol";

const DAV: HeaderName = HeaderName::from_static("dav");

fn run(request: &Request) -> Result<Answer, Refusal> {
    let snapshot = request.site.store.snapshot()?;
    let found = Resource::find(snapshot.view(), &request.person, &request.address)?;
    let possible = On::possible(&request.address);
    let on = match found {
        Some(resource) => resource.on,
        None if possible.meets(On::FREE_COLLECTION) => On::FREE_COLLECTION,
        None => On::FREE_OBJECT,
    };
    Ok(Answer::new(StatusCode::OK)
        .header(DAV, COMPLIANCE)
        .header(ALLOW, &super::allow(on)))
}
