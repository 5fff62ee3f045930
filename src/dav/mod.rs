//! DAV: what a method means for a resource. Tables say what there is: METHODS in `method/`,
//! REPORTS in `report/`, PROPERTIES in `property/`.

mod card_version;
pub mod creation;
mod listing;
pub mod method;
pub mod multistatus;
pub mod object;
pub mod on;
pub mod patch;
pub mod path;
pub mod precondition;
pub mod privilege;
pub mod property;
pub mod report;
mod request;
pub mod resource;
pub mod site;
mod state;

use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::http::request::Parts;

use crate::http::upload::Upload;
use crate::http::{Answer, media};
use crate::http::{conditional, prefer};
use crate::signin::Person;
use method::{Reads, Run};
use path::Address;
use precondition::{Precondition, Refusal};
use request::Request;
use resource::On;

pub use site::{Limits, Site, now};

impl Site {
    /// The site of this program's tables.
    #[must_use]
    pub fn open(store: crate::store::Store, limits: Limits) -> Site {
        Site::new(
            store,
            limits,
            site::Offers {
                methods: |on| method::on(on).map(|m| m.name).collect(),
                reports: |on| report::on(on).map(|r| r.tag).collect(),
            },
        )
    }
}

/// Answers a request to the tree. Straight down: address, method, privilege, body, method.
pub async fn answer(site: &Arc<Site>, person: Arc<Person>, parts: Parts, upload: Upload) -> Answer {
    let takes_gzip = media::accepts_gzip(&parts.headers);
    let path = parts.uri.path().to_owned();
    let name = parts.method.clone();
    match dispatch(site, person, parts, upload).await {
        Ok(answer) if takes_gzip => answer.compressed(),
        Ok(answer) => answer,
        Err(refusal) => {
            if let Some(log) = &refusal.log {
                log::error!("{name} {path}: {log}");
            } else if refusal.status.is_client_error() {
                log::debug!("{name} {path}: {} {}", refusal.status, refusal.sentence);
            }
            refusal.answer(method::allow)
        }
    }
}

async fn dispatch(
    site: &Arc<Site>,
    person: Arc<Person>,
    parts: Parts,
    upload: Upload,
) -> Result<Answer, Refusal> {
    let admitted = admit(&person, &parts);
    let (address, method) = match admitted {
        Ok(admitted) => admitted,
        Err(refusal) => {
            upload.discard().await;
            return Err(refusal);
        }
    };
    let body = match method.reads {
        Reads::Nothing => {
            upload.discard().await;
            Bytes::new()
        }
        Reads::Xml(limit) => upload.read(limit).await?,
        Reads::Object => match upload.read(site.limits.object).await {
            Ok(body) => body,
            Err(crate::http::upload::Failed::TooLarge) => {
                return Err(too_large(&address, site.limits.object));
            }
            Err(other) => return Err(other.into()),
        },
    };
    let prefer = prefer::read(&parts.headers);
    let mut conditional = conditional::read(&parts.headers)
        .map_err(|_| Refusal::bad_request("The If header cannot be read."))?;
    conditional.match_also(card_version::stored_etag);
    let authority = match parts.uri.authority() {
        Some(authority) => Some(authority.as_str().to_owned()),
        None => parts
            .headers
            .get(hyper::header::HOST)
            .and_then(|host| host.to_str().ok())
            .map(str::to_owned),
    };
    let request = Request {
        site: site.clone(),
        person,
        address,
        headers: parts.headers,
        authority,
        body,
        prefer,
        conditional,
        now: now(),
    };
    let mut answer = match method.run {
        Run::Now(run) => run(&request)?,
        Run::Later(run) => run(request).await?,
    };
    // RFC 7240 section 3: say which preference was honoured, where the method has one.
    if answer.status == StatusCode::MULTI_STATUS && prefer.minimal {
        answer = answer.header(prefer::APPLIED, "return=minimal");
    }
    Ok(answer)
}

/// Everything that can be refused before the body is read.
fn admit(person: &Person, parts: &Parts) -> Result<(Address, &'static method::Method), Refusal> {
    let address = match parts.uri.path() {
        // RFC 9110 section 9.3.7: the server as a whole.
        "*" if parts.method == hyper::Method::OPTIONS => Address::Root,
        path => Address::parse(path)?,
    };
    let possible = On::possible(&address);
    let granted = privilege::of(person, &address);
    let method = method::find(parts.method.as_str());
    let needed = method.map_or(privilege::Privilege::Read, |m| m.needs);
    if granted == privilege::Privileges::NONE {
        return Err(Refusal::need(needed, address.path()));
    }
    let Some(method) = method.filter(|m| m.on.meets(possible) || m.judges_itself) else {
        if matches!(address, Address::Nowhere | Address::Beyond { .. }) {
            return Err(Refusal::not_found());
        }
        return Err(Refusal::not_allowed(possible));
    };
    // A method that judges itself refuses whatever lies where it does not belong.
    if method.on.meets(possible) && !granted.has(needed) {
        return Err(Refusal::need(needed, address.path()));
    }
    if media::is_coded(&parts.headers) {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Send the body without Content-Encoding.",
        ));
    }
    Ok((address, method))
}

fn too_large(address: &Address, limit: usize) -> Refusal {
    let sentence = format!("An entry may have {limit} bytes at most.");
    let precondition = match address {
        Address::Object {
            family: path::Family::Addressbooks,
            ..
        }
        | Address::Collection {
            family: path::Family::Addressbooks,
            ..
        } => Precondition::MaxResourceSizeOfAddressbook,
        _ => Precondition::MaxResourceSizeOfCalendar,
    };
    precondition.because(sentence)
}
