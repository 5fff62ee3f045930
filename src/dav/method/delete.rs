//! DELETE of an object or of a collection with all it holds (RFC 4918 section 9.6).

use hyper::StatusCode;

use super::{Method, Reads, Run, Running};
use crate::dav::object;
use crate::dav::path::Address;
use crate::dav::precondition::Refusal;
use crate::dav::privilege::Privilege;
use crate::dav::request::Request;
use crate::dav::resource::{self, On};
use crate::http::Answer;
use crate::http::depth::{self, Depth};
use crate::store::Refused;

pub const DELETE: Method = Method {
    name: "DELETE",
    on: On::OBJECT.or(On::FILLED),
    needs: Privilege::Unbind,
    reads: Reads::Nothing,
    judges_itself: false,
    run: Run::Later(run),
};

fn run(request: Request) -> Running {
    Box::pin(async move {
        let depth = depth::read(&request.headers)?;
        let (on, cid, slug) = {
            let snapshot = request.site.store.snapshot()?;
            let found = resource::required(snapshot.view(), &request.person, &request.address)?;
            let collection = found.collection().ok_or_else(Refusal::not_found)?;
            (found.on, collection.cid, collection.slug.clone())
        };
        if !DELETE.on.meets(on) {
            return Err(Refusal::not_allowed(on));
        }
        let removed = if let Address::Object { name, .. } = &request.address {
            let name = name.clone();
            let holds = object::holds(&request);
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
            let holds = object::holds_apart(&request, true);
            request
                .site
                .store
                .remove(move |w| {
                    if !holds(w.view()) {
                        return Err(Refused::Conditional.into());
                    }
                    w.remove_collection(cid, &slug)
                })
                .await
        };
        removed.map_err(|e| Refusal::of_store(e, "", false))?;
        Ok(Answer::new(StatusCode::NO_CONTENT))
    })
}
