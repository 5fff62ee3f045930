//! Quota (RFC 4331).

use super::{Missing, Property, Scope, live};
use crate::dav::resource::{On, Resource};
use crate::xml::{Element, Writer};

const HELD: On = On::HOME.or(On::COLLECTION);

pub const PROPERTIES: &[Property] = &[
    live("D:quota-available-bytes", "RFC 4331 3", HELD, available),
    live("D:quota-used-bytes", "RFC 4331 4", HELD, used),
];

fn usage(scope: Scope<'_>, resource: &Resource<'_>) -> Result<u64, Missing> {
    let collection = resource.collection().ok_or(Missing::NotFound)?;
    let home = if collection.kind.is_home() {
        collection.cid
    } else {
        collection.home
    };
    Ok(scope.view.usage(home)?)
}

fn available(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let left = scope
        .site
        .limits
        .quota
        .saturating_sub(usage(scope, resource)?);
    // RFC 4331 section 3: the physical space may be less than the quota.
    out.number(left.min(scope.site.free_bytes()));
    Ok(())
}

fn used(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    out.number(usage(scope, resource)?);
    Ok(())
}
