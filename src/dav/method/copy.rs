//! COPY and MOVE (RFC 4918 sections 9.8, 9.9): objects between collections of one kind, and
//! collections within their home.

use hyper::StatusCode;
use hyper::header::{ETAG, LOCATION};

use super::{Method, Reads, Run, Running};
use crate::dav::object;
use crate::dav::path::{self, Address, Family};
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::privilege::{self, Privilege};
use crate::dav::request::Request;
use crate::dav::resource::{self, On};
use crate::http::Answer;
use crate::http::depth::{self, Depth};
use crate::http::href;
use crate::store::{Failure, Kind, Refused};

pub const COPY: Method = Method {
    name: "COPY",
    on: On::OBJECT.or(On::FILLED),
    needs: Privilege::Read,
    reads: Reads::Nothing,
    judges_itself: false,
    run: Run::Later(|request| run(request, true)),
};

pub const MOVE: Method = Method {
    name: "MOVE",
    needs: Privilege::Unbind,
    run: Run::Later(|request| run(request, false)),
    ..COPY
};

fn run(request: Request, keep_source: bool) -> Running {
    Box::pin(async move {
        let destination = destination(&request)?;
        let overwrite = overwrite(&request)?;
        if destination == request.address {
            return Err(Refusal::forbidden("Source and destination are the same."));
        }
        let granted = privilege::of(&request.person, &destination);
        if !granted.has(Privilege::Bind) {
            if matches!(destination, Address::Nowhere) {
                return Err(Refusal::conflict("There is no such place."));
            }
            return Err(Refusal::need(Privilege::Bind, destination.path()));
        }
        match (request.address.clone(), destination) {
            (
                Address::Object {
                    family,
                    user,
                    slug,
                    name,
                },
                Address::Object {
                    family: to_family,
                    user: to_user,
                    slug: to_slug,
                    name: to_name,
                },
            ) => {
                let from = (family, user, slug, name);
                let to = (to_family, to_user, to_slug, to_name);
                transfer(request, from, to, keep_source, overwrite).await
            }
            (
                Address::Collection { family, user, slug },
                Address::Collection {
                    family: to_family,
                    user: to_user,
                    slug: to_slug,
                },
            ) => {
                if (family, &user) != (to_family, &to_user) {
                    return Err(misplaced(family));
                }
                collection(
                    request,
                    (family, user, slug),
                    to_slug,
                    keep_source,
                    overwrite,
                )
                .await
            }
            (Address::Collection { family, .. }, _) => Err(misplaced(family)),
            (_, Address::Beyond { .. }) => Err(Refusal::conflict(
                "The collection this should go into does not exist.",
            )),
            _ => Err(Refusal::forbidden(
                "An entry can only lie in a calendar or an address book.",
            )),
        }
    })
}

fn misplaced(family: Family) -> Refusal {
    let sentence = "A collection can only lie directly in the home it came from.";
    match family {
        Family::Calendars => Precondition::CalendarCollectionLocationOk.because(sentence),
        Family::Addressbooks => Precondition::AddressbookCollectionLocationOk.because(sentence),
    }
}

/// RFC 4918 section 10.3.
fn destination(request: &Request) -> Result<Address, Refusal> {
    let value = request
        .headers
        .get("destination")
        .ok_or_else(|| Refusal::bad_request("Say in a Destination header where it shall go."))?
        .to_str()
        .map_err(|_| Refusal::bad_request("The Destination is not percent-encoded."))?;
    let (authority, path) = href::split(value)
        .ok_or_else(|| Refusal::bad_request("The Destination is neither a URL nor a path."))?;
    if let (Some(authority), Some(host)) = (authority, &request.authority) {
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        if !bare_authority(authority).eq_ignore_ascii_case(bare_authority(host)) {
            return Err(Refusal::new(
                StatusCode::BAD_GATEWAY,
                "The Destination lies on another server.",
            ));
        }
    }
    Ok(Address::parse(path)?)
}

/// Without the port that a URL need not name (RFC 9110 section 4.2.3).
fn bare_authority(authority: &str) -> &str {
    authority
        .strip_suffix(":80")
        .or_else(|| authority.strip_suffix(":443"))
        .unwrap_or(authority)
}

/// RFC 4918 section 10.6.
fn overwrite(request: &Request) -> Result<bool, Refusal> {
    match request.headers.get("overwrite").map(|v| v.as_bytes()) {
        None | Some(b"T" | b"t") => Ok(true),
        Some(b"F" | b"f") => Ok(false),
        Some(_) => Err(Refusal::bad_request("Overwrite is T or F.")),
    }
}

type Place = (Family, String, String, String);

async fn transfer(
    request: Request,
    from: Place,
    to: Place,
    keep_source: bool,
    overwrite: bool,
) -> Result<Answer, Refusal> {
    let contacts = to.0 == Family::Addressbooks;
    let (source, target) = {
        let snapshot = request.site.store.snapshot()?;
        let view = snapshot.view();
        let source = resource::collection(view, &request.person, from.0, &from.1, &from.2)?
            .ok_or_else(Refusal::not_found)?;
        let target =
            resource::collection(view, &request.person, to.0, &to.1, &to.2)?.ok_or_else(|| {
                Refusal::conflict("The collection this should go into does not exist.")
            })?;
        (source, target)
    };
    if source.kind != target.kind {
        return Err(match target.kind {
            Kind::Addressbook => {
                Precondition::SupportedAddressData.because("An address book takes contacts only.")
            }
            Kind::Calendar => Precondition::SupportedCalendarData
                .because("A calendar takes events and tasks only."),
            _ => Refusal::forbidden("Entries cannot be put here; put them into a calendar."),
        });
    }
    let holds = object::holds(&request);
    let (quota, now) = (request.site.limits.quota, request.now);
    let (from_name, to_name) = (from.3, to.3.clone());
    let placed = request
        .site
        .store
        .write(move |w| {
            w.transfer_object(
                (source.cid, &from_name),
                (target.cid, &to_name),
                keep_source,
                overwrite,
                &holds,
                quota,
                now,
            )
        })
        .await;
    let mut path = path::collection(to.0, &to.1, &to.2);
    let placed = placed.map_err(|e| Refusal::of_store(e, &path, contacts))?;
    href::push_segment(&mut path, &to.3);
    let answer = done(placed.created, &path);
    if request.prefer.representation {
        let (family, user, slug, name) = to;
        let address = Address::Object {
            family,
            user,
            slug,
            name,
        };
        let status = if placed.created {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        let represented = object::represented(&request, &address, status)?;
        return Ok(represented.header(LOCATION, &path));
    }
    Ok(answer.header(ETAG, &placed.etag.to_string()))
}

async fn collection(
    request: Request,
    from: (Family, String, String),
    to: String,
    keep_source: bool,
    overwrite: bool,
) -> Result<Answer, Refusal> {
    let depth = depth::read(&request.headers)?;
    let deep = match (depth, keep_source) {
        (None | Some(Depth::Infinity), _) => true,
        (Some(Depth::Zero), true) => false,
        _ => {
            return Err(Refusal::bad_request(
                "This Depth does not go with this method.",
            ));
        }
    };
    let (on, cid, own) = {
        let snapshot = request.site.store.snapshot()?;
        let found = resource::required(snapshot.view(), &request.person, &request.address)?;
        let collection = found.collection().ok_or_else(Refusal::not_found)?;
        (found.on, collection.cid, collection.slug.clone())
    };
    if !COPY.on.meets(on) {
        return Err(Refusal::not_allowed(on));
    }
    let holds = object::holds_apart(&request, true);
    let (quota, now, slug) = (request.site.limits.quota, request.now, to.clone());
    let replaced: Result<bool, Failure> = request
        .site
        .store
        .write(move |w| {
            if !holds(w.view()) {
                return Err(Refused::Conditional.into());
            }
            let source = (cid, own.as_str());
            if keep_source {
                w.copy_collection(source, &slug, overwrite, deep, quota, now)
            } else {
                w.rename_collection(source, &slug, overwrite)
            }
        })
        .await;
    let replaced = replaced.map_err(|e| Refusal::of_store(e, "", false))?;
    Ok(done(!replaced, &path::collection(from.0, &from.1, &to)))
}

fn done(created: bool, path: &str) -> Answer {
    if created {
        Answer::new(StatusCode::CREATED).header(LOCATION, path)
    } else {
        Answer::new(StatusCode::NO_CONTENT)
    }
}
