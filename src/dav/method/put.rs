//! PUT of an object (RFC 4791 section 5.3.2, RFC 6352 section 6.3.2).

use hyper::StatusCode;
use hyper::header::ETAG;

use super::{Method, Reads, Running};
use crate::dav::object;
use crate::dav::path::{self, Address, Family};
use crate::dav::precondition::Refusal;
use crate::dav::privilege::Privilege;
use crate::dav::request::Request;
use crate::dav::resource::{self, On};
use crate::http::Answer;
use crate::http::conditional::{self, Verdict};
use crate::http::prefer;
use crate::store::{Failure, Kind, Refused};

pub const PUT: Method = Method {
    name: "PUT",
    on: On::OBJECT.or(On::FREE_OBJECT),
    needs: Privilege::WriteContent,
    reads: Reads::Object,
    judges_itself: false,
    run,
};

fn run(request: Request) -> Running {
    Box::pin(async move {
        let Address::Object {
            family,
            user,
            slug,
            name,
        } = request.address.clone()
        else {
            return Err(Refusal::not_found());
        };
        let contacts = family == Family::Addressbooks;
        let collection = {
            let snapshot = request.site.store.snapshot()?;
            resource::collection(snapshot.view(), &request.person, family, &user, &slug)?
                .ok_or_else(|| {
                    Refusal::conflict("The collection this should go into does not exist.")
                })?
        };
        if matches!(collection.kind, Kind::Inbox | Kind::Outbox) {
            return Err(Refusal::forbidden(
                "Entries cannot be put here; put them into a calendar.",
            ));
        }
        let indexed = object::read(&request, family)?;
        let conditional = conditional::read(&request.headers);
        let (cid, quota, now) = (collection.cid, request.site.limits.quota, request.now);
        let (bytes, target) = (request.body.clone(), name.clone());
        let placed = request
            .site
            .store
            .write(move |w| {
                let holds = |etag: Option<crate::store::Etag>| {
                    let tag = etag.map(|etag| etag.to_string());
                    conditional.verdict(tag.as_deref(), false) == Verdict::Go
                };
                w.put_object(cid, &target, &bytes, &indexed, holds, quota, now)
            })
            .await;
        let path = path::collection(family, &user, &slug);
        let placed = match placed {
            Ok(placed) => placed,
            Err(Failure::Refused(Refused::Conditional)) if request.prefer.representation => {
                return representation(&request, StatusCode::PRECONDITION_FAILED);
            }
            Err(failure) => return Err(Refusal::of_store(failure, &path, contacts)),
        };
        let status = if placed.created {
            StatusCode::CREATED
        } else {
            StatusCode::NO_CONTENT
        };
        if request.prefer.representation {
            let status = if placed.created {
                status
            } else {
                StatusCode::OK
            };
            return representation(&request, status);
        }
        Ok(Answer::new(status).header(ETAG, &placed.etag.to_string()))
    })
}

/// RFC 7240 section 4.2 and, for 412, RFC 8144 section 3.2: what is there now, so that the client
/// need not ask.
fn representation(request: &Request, status: StatusCode) -> Result<Answer, Refusal> {
    let snapshot = request.site.store.snapshot()?;
    let view = snapshot.view();
    let Some(found) = resource::Resource::find(view, &request.person, &request.address)? else {
        return Err(Refusal::failed_condition());
    };
    Ok(object::representation(view, &found, status)?
        .header(prefer::APPLIED, "return=representation"))
}
