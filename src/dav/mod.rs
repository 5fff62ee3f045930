//! DAV: what a method means for a resource. Tables say what there is: METHODS in `method/`,
//! REPORTS in `report/`, PROPERTIES in `property/`.

pub mod creation;
pub mod method;
pub mod multistatus;
pub mod object;
pub mod patch;
pub mod path;
pub mod precondition;
pub mod privilege;
pub mod property;
pub mod report;
pub mod resource;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use hyper::header::{ALLOW, HeaderName};
use hyper::http::request::Parts;
use hyper::{HeaderMap, StatusCode};

use crate::http::prefer::{self, Prefer};
use crate::http::upload::Upload;
use crate::http::{Answer, media};
use crate::signin::Person;
use crate::store::Store;
use crate::xml::{self, Element};
use method::Reads;
use multistatus::Asker;
use path::Address;
use precondition::{Precondition, Refusal};
use resource::On;

/// The media type of every XML answer.
pub const XML: &str = "application/xml; charset=utf-8";

/// RFC 4918 section 10.1: what is implemented, and only that. No class 2: there are no locks.
const COMPLIANCE: &str = "1, 3, access-control, calendar-access, addressbook, extended-mkcol";

const DAV: HeaderName = HeaderName::from_static("dav");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// What one davbox is made of, as DAV sees it.
pub struct Site {
    pub store: Store,
    pub limits: Limits,
    /// Bytes free on the disk and when it was asked, so that a listing asks once.
    free: AtomicU64,
    free_asked: AtomicU64,
}

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one object.
    pub object: usize,
    /// Bytes of one person's home.
    pub quota: u64,
}

impl Site {
    #[must_use]
    pub fn new(store: Store, limits: Limits) -> Site {
        Site {
            store,
            limits,
            free: AtomicU64::new(u64::MAX),
            free_asked: AtomicU64::new(0),
        }
    }

    /// Bytes free where the store lies.
    #[must_use]
    pub fn free_bytes(&self) -> u64 {
        let now = now();
        if self.free_asked.swap(now, Ordering::Relaxed) != now
            && let Ok(disk) = nix::sys::statvfs::statvfs(&self.store.folder())
        {
            #[allow(clippy::unnecessary_cast, clippy::useless_conversion)]
            let free = u64::from(disk.blocks_available()) * (disk.fragment_size() as u64);
            self.free.store(free, Ordering::Relaxed);
        }
        self.free.load(Ordering::Relaxed)
    }
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs())
}

/// A request that was let in, with its body read.
pub struct Request {
    pub site: Arc<Site>,
    pub person: Arc<Person>,
    pub address: Address,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub prefer: Prefer,
    /// Seconds since 1970.
    pub now: u64,
}

impl Request {
    #[must_use]
    pub fn asker(&self) -> Asker {
        Asker {
            site: self.site.clone(),
            person: self.person.clone(),
        }
    }

    /// The body as XML, `None` where there is none.
    ///
    /// # Errors
    /// 400, 415.
    pub fn xml(&self) -> Result<Option<Element>, Refusal> {
        if self.body.is_empty() {
            return Ok(None);
        }
        Ok(Some(xml::read(&self.body)?))
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
            refusal.answer()
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
    let request = Request {
        site: site.clone(),
        person,
        address,
        headers: parts.headers,
        body,
        prefer,
        now: now(),
    };
    let mut answer = (method.run)(request).await?;
    // RFC 7240 section 3: say which preference was honoured, where the method has one.
    if answer.status == StatusCode::MULTI_STATUS && prefer.minimal {
        answer = answer.header(PREFERENCE_APPLIED, "return=minimal");
    }
    Ok(answer)
}

/// Everything that can be refused before the body is read.
fn admit(person: &Person, parts: &Parts) -> Result<(Address, &'static method::Method), Refusal> {
    let address = Address::parse(parts.uri.path())?;
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
        return Err(Refusal::not_allowed(method::allow(possible)));
    };
    if !granted.has(needed) {
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

/// The headers of an answer to OPTIONS.
#[must_use]
pub fn with_capabilities(answer: Answer, on: On) -> Answer {
    answer
        .header(DAV, COMPLIANCE)
        .header(ALLOW, &method::allow(on))
}
