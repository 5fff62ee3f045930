//! DELETE of an object or of a collection with all it holds (RFC 4918 section 9.6).

use hyper::StatusCode;

use super::{Method, Reads, Running};
use crate::dav::path::Address;
use crate::dav::precondition::Refusal;
use crate::dav::privilege::Privilege;
use crate::dav::request::Request;
use crate::dav::resource::{self, On};
use crate::http::Answer;
use crate::http::conditional::{self, Verdict};
use crate::http::depth::{self, Depth};

pub const DELETE: Method = Method {
    name: "DELETE",
    on: On::OBJECT.or(On::FILLED),
    needs: Privilege::Unbind,
    reads: Reads::Nothing,
    judges_itself: false,
    run,
};

fn run(request: Request) -> Running {
    Box::pin(async move {
        let depth = depth::read(&request.headers)
            .map_err(|()| Refusal::bad_request("Depth is 0, 1 or infinity."))?;
        let (on, cid) = {
            let snapshot = request.site.store.snapshot()?;
            let found = resource::required(snapshot.view(), &request.person, &request.address)?;
            let collection = found.collection().ok_or_else(Refusal::not_found)?;
            (found.on, collection.cid)
        };
        if !DELETE.on.meets(on) {
            return Err(Refusal::not_allowed(on));
        }
        let conditional = conditional::read(&request.headers);
        let removed = if let Address::Object { name, .. } = &request.address {
            let name = name.clone();
            let holds = move |etag: Option<crate::store::Etag>| {
                let tag = etag.map(|etag| etag.to_string());
                conditional.verdict(tag.as_deref(), false) == Verdict::Go
            };
            request
                .site
                .store
                .remove(move |w| w.remove_object(cid, &name, &holds))
                .await
        } else {
            if matches!(depth, Some(Depth::Zero | Depth::One)) {
                return Err(Refusal::bad_request(
                    "A collection is deleted with all it holds: Depth is infinity.",
                ));
            }
            // A collection has no etag; `*` alone can hold.
            if conditional.verdict(Some(""), false) != Verdict::Go {
                return Err(Refusal::failed_condition());
            }
            request
                .site
                .store
                .remove(move |w| w.remove_collection(cid))
                .await
        };
        removed.map_err(|e| Refusal::of_store(e, "", false))?;
        Ok(Answer::new(StatusCode::NO_CONTENT))
    })
}
