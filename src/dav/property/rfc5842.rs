//! resource-id (RFC 5842 section 3.1): the same for as long as the resource lives, whatever its
//! URL.

use super::{Missing, Property, Scope, live};
use crate::dav::resource::{On, Resource, State};
use crate::xml::{Element, Writer};

pub const PROPERTIES: &[Property] = &[live(
    "D:resource-id",
    "RFC 5842 3.1",
    On::PRINCIPAL.or(On::HOME).or(On::COLLECTION).or(On::OBJECT),
    resource_id,
)];

fn resource_id(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let (class, number) = match &resource.state {
        State::Principal(principal) => ('p', u64::from(principal.id)),
        State::Collection(collection) => ('c', u64::from(collection.cid)),
        State::Object { header, .. } => ('o', header.oid),
        State::Bare => return Err(Missing::NotFound),
    };
    let epoch = scope.epoch;
    let digest = ring::digest::digest(
        &ring::digest::SHA256,
        format!("{epoch:016x} {class} {number}").as_bytes(),
    );
    let b = digest.as_ref();
    // RFC 9562 section 5.8: version 8, the variant in the two high bits of octet 8.
    out.raw("<D:href>urn:uuid:");
    for (i, byte) in b.iter().take(16).enumerate() {
        let byte = match i {
            6 => byte & 0x0f | 0x80,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        if matches!(i, 4 | 6 | 8 | 10) {
            out.raw("-");
        }
        out.raw(&format!("{byte:02x}"));
    }
    out.raw("</D:href>");
    Ok(())
}
