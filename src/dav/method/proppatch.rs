//! PROPPATCH (RFC 4918 section 9.2): all or nothing.

use super::{Method, Reads, Run, Running, XML_BOUND};
use crate::dav::multistatus;
use crate::dav::object;
use crate::dav::patch::Patch;
use crate::dav::path::Address;
use crate::dav::precondition::Refusal;
use crate::dav::privilege::Privilege;
use crate::dav::property::Creating;
use crate::dav::resource::{self, On};
use crate::http::prefer;
use crate::store::Refused;
use crate::xml::name;

pub const PROPPATCH: Method = Method {
    name: "PROPPATCH",
    on: On::COLLECTION.or(On::HOME).or(On::OBJECT),
    needs: Privilege::WriteProperties,
    reads: Reads::Xml(XML_BOUND),
    judges_itself: false,
    run: Run::Later(run),
};

fn run(request: crate::dav::request::Request) -> Running {
    Box::pin(async move {
        let root = request
            .xml()?
            .filter(|root| root.is(name::DAV, "propertyupdate"))
            .ok_or_else(|| {
                Refusal::bad_request("The body of PROPPATCH is a DAV:propertyupdate element.")
            })?;
        let (patch, cid, path) = {
            let snapshot = request.site.store.snapshot()?;
            let view = snapshot.view();
            let found = resource::required(view, &request.person, &request.address)?;
            let creating = Creating {
                view,
                person: &request.person,
            };
            let patch = Patch::read(&root, found.on, &creating, None)?;
            let cid = found.collection().ok_or_else(Refusal::not_found)?.cid;
            (patch, cid, found.path)
        };
        if !patch.is_refused() {
            let writes = patch.writes();
            let name = match &request.address {
                Address::Object { name, .. } => Some(name.clone()),
                _ => None,
            };
            let quota = request.site.limits.quota;
            let holds = object::holds(&request);
            let holds_apart = object::holds_apart(&request, true);
            request
                .site
                .store
                .write(move |w| match &name {
                    Some(name) => w.patch_object(cid, name, &writes, &holds, quota),
                    None if !holds_apart(w.view()) => Err(Refused::Conditional.into()),
                    None => w.patch_collection(cid, &writes, quota),
                })
                .await
                .map_err(|e| Refusal::of_store(e, "", false))?;
            // RFC 8144 section 2.2: all went well, and the client wants no list of it.
            if request.prefer.minimal {
                return Ok(crate::http::Answer::new(hyper::StatusCode::OK)
                    .header(prefer::APPLIED, "return=minimal"));
            }
        }
        multistatus::whole(|out| {
            out.raw("<D:response><D:href>");
            out.raw(&path);
            out.raw("</D:href>");
            patch.propstats(out);
            out.raw("</D:response>");
            Ok(())
        })
    })
}
