//! Members of a collection, one after the other: PROPFIND and sync-collection list alike.

use super::multistatus::{PIECE, Plan};
use super::property::Scope;
use super::resource::Resource;
use crate::store::{self, Collection};
use crate::xml::Writer;

/// A member of the home at `path`.
pub fn of_member<'t>(member: Collection, path: &str, user: &str) -> Resource<'t> {
    let mut path = path.to_owned();
    crate::http::href::push_segment(&mut path, &member.slug);
    path.push('/');
    Resource::of_collection(member, path, user)
}

/// One piece of a listing of objects: the last oid where it is full, `None` at the end.
pub fn list(
    scope: Scope<'_>,
    out: &mut Writer,
    plan: &Plan,
    cid: u32,
    after: u64,
    path: &str,
    user: &str,
) -> Result<Option<u64>, store::Error> {
    let Some(collection) = scope.view.collection(cid)? else {
        return Ok(None);
    };
    let mut collection = Some(collection);
    let mut resource: Option<Resource<'_>> = None;
    scope.view.objects(cid, after, |header| {
        match (&mut resource, collection.take()) {
            (Some(resource), _) => resource.turn_to(header),
            (slot, Some(collection)) => {
                *slot = Some(Resource::of_object(collection, header, path, user));
            }
            (None, None) => return Ok(false),
        }
        if let Some(resource) = &resource {
            plan.respond(out, scope, resource)?;
        }
        Ok(out.len() < PIECE)
    })
}
