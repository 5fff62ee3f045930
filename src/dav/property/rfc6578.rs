//! sync-token (RFC 6578 section 4).

use super::{Missing, Property, Scope, live};
use crate::dav::resource::{On, Resource, State};
use crate::store::Token;
use crate::xml::{Element, Writer};

pub const PROPERTIES: &[Property] = &[live(
    "D:sync-token",
    "RFC 6578 4",
    On::HOME.or(On::COLLECTION),
    sync_token,
)];

/// Also the value of getctag: both change exactly when something in the collection does.
pub fn sync_token(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let State::Collection(collection) = &resource.state else {
        return Err(Missing::NotFound);
    };
    let token = Token {
        epoch: scope.epoch,
        cid: collection.cid,
        revision: scope.view.latest(collection)?,
        began: None,
    };
    out.raw(&token.uri());
    Ok(())
}
