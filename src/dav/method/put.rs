//! PUT of an object (RFC 4791 section 5.3.2, RFC 6352 section 6.3.2).

use hyper::StatusCode;
use hyper::header::{CONTENT_RANGE, ETAG};

use super::{Method, Reads, Run, Running};
use crate::dav::object;
use crate::dav::path::{self, Address, Family};
use crate::dav::precondition::Refusal;
use crate::dav::privilege::Privilege;
use crate::dav::request::Request;
use crate::dav::resource::{self, On};
use crate::http::Answer;
use crate::store::{Failure, Kind, Refused};

pub const PUT: Method = Method {
    name: "PUT",
    on: On::OBJECT.or(On::FREE_OBJECT),
    needs: Privilege::WriteContent,
    reads: Reads::Object,
    judges_itself: true,
    run: Run::Later(run),
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
            return Err(match &request.address {
                // RFC 4918 section 9.7.1: there is no collection to put it into.
                Address::Beyond { .. } | Address::Nowhere => {
                    Refusal::conflict("The collection this should go into does not exist.")
                }
                other => Refusal::not_allowed(On::possible(other)),
            });
        };
        // RFC 9110 section 14.5: a part is not taken for the whole.
        if request.headers.contains_key(CONTENT_RANGE) {
            return Err(Refusal::bad_request(
                "Send the whole object, not a range of it.",
            ));
        }
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
        let holds = object::holds(&request);
        let (cid, quota, now) = (collection.cid, request.site.limits.quota, request.now);
        let (bytes, target) = (request.body.clone(), name.clone());
        let placed = request
            .site
            .store
            .write(move |w| w.put_object(cid, &target, &bytes, &indexed, &holds, quota, now))
            .await;
        let path = path::collection(family, &user, &slug);
        let placed = match placed {
            Ok(placed) => placed,
            Err(Failure::Refused(Refused::Conditional)) if request.prefer.representation => {
                return object::represented(
                    &request,
                    &request.address,
                    StatusCode::PRECONDITION_FAILED,
                );
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
            return object::represented(&request, &request.address, status);
        }
        Ok(Answer::new(status).header(ETAG, &placed.etag.to_string()))
    })
}
