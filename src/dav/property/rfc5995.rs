//! add-member (RFC 5995 section 3.2.1).

use super::{Missing, Property, Scope, live};
use crate::dav::resource::{On, Resource};
use crate::xml::{Element, Writer};

pub const PROPERTIES: &[Property] = &[live(
    "D:add-member",
    "RFC 5995 3.2.1",
    On::FILLED,
    add_member,
)];

fn add_member(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    out.raw("<D:href>");
    out.raw(&resource.path);
    out.raw("?add-member</D:href>");
    Ok(())
}
