//! What calendar-multiget and addressbook-multiget share: objects by their hrefs.

use std::collections::HashSet;

use hyper::StatusCode;

use crate::dav::multistatus::{self, Piece, Plan, Walk};
use crate::dav::path::Address;
use crate::dav::precondition::Refusal;
use crate::dav::property::{Manner, Scope};
use crate::dav::request::Request;
use crate::dav::resource::{self, Resource};
use crate::http::{Answer, href};
use crate::store::{self, Collection};
use crate::xml::{Element, Writer, name};

/// # Errors
/// 400 where no href is given.
pub fn answer(request: &Request, root: &Element) -> Result<Answer, Refusal> {
    let plan = Plan::of(
        Some(root),
        request.prefer.minimal,
        Some(Manner::of(&request.headers)),
    )?;
    // RFC 4918 section 14.24: one href has one response.
    let mut seen = HashSet::new();
    let hrefs: Vec<String> = root
        .elements()
        .filter(|e| e.is(name::DAV, "href"))
        .map(|e| e.text().trim().to_owned())
        .filter(|href| seen.insert(href.clone()))
        .collect();
    if hrefs.is_empty() {
        return Err(Refusal::bad_request(
            "Say in DAV:href which objects are wanted.",
        ));
    }
    let walk = Multiget {
        below: request.address.path(),
        plan,
        hrefs: hrefs.into_iter(),
    };
    let snapshot = request.site.store.snapshot()?;
    let scope = Scope::of(snapshot.view(), &request.site, &request.person)?;
    multistatus::answer(request, scope, walk)
}

struct Multiget {
    /// Objects outside the asked collection or home are not found (RFC 4791 section 7.9).
    below: String,
    plan: Plan,
    hrefs: std::vec::IntoIter<String>,
}

impl Walk for Multiget {
    fn walk(&mut self, scope: Scope<'_>, out: &mut Writer) -> Result<bool, store::Error> {
        // Most ask for many of one collection: it is looked up once.
        let mut last: Option<(String, Collection)> = None;
        let piece = Piece::begun();
        for asked in self.hrefs.by_ref() {
            match find(scope, &self.below, &asked, &mut last)? {
                Some(resource) => self.plan.respond(out, scope, &resource)?,
                None => multistatus::status(out, &asked, StatusCode::NOT_FOUND, None),
            }
            if piece.is_full(out) {
                return Ok(!self.hrefs.as_slice().is_empty());
            }
        }
        Ok(false)
    }
}

fn find<'t>(
    scope: Scope<'t>,
    below: &str,
    asked: &str,
    last: &mut Option<(String, Collection)>,
) -> Result<Option<Resource<'t>>, store::Error> {
    let Some((_, path)) = href::split(asked) else {
        return Ok(None);
    };
    let Ok(Address::Object {
        family,
        user,
        slug,
        name,
    }) = Address::parse(path)
    else {
        return Ok(None);
    };
    let collection_path = crate::dav::path::collection(family, &user, &slug);
    if !collection_path.starts_with(below) {
        // The asked resource may be the object itself.
        let mut whole = collection_path.clone();
        href::push_segment(&mut whole, &name);
        if whole != below {
            return Ok(None);
        }
    }
    let collection = match last {
        Some((path, collection)) if *path == collection_path => collection.clone(),
        _ => {
            let found = resource::collection(scope.view, scope.person, family, &user, &slug)?;
            let Some(found) = found else { return Ok(None) };
            *last = Some((collection_path.clone(), found.clone()));
            found
        }
    };
    Ok(scope
        .view
        .object(collection.cid, &name)?
        .map(|header| Resource::of_object(collection, header, &collection_path, &user)))
}
