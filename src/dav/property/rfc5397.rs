//! current-user-principal (RFC 5397), on every path.

use super::{Missing, Property, Scope, href, live};
use crate::dav::path;
use crate::dav::resource::{On, Resource};
use crate::xml::{Element, Writer};

pub const PROPERTIES: &[Property] = &[live(
    "D:current-user-principal",
    "RFC 5397 3",
    On::ANY,
    current_user_principal,
)];

fn current_user_principal(
    scope: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    href(out, &path::principal(&scope.person.name));
    Ok(())
}
