//! CardDAV (RFC 6352 sections 6.2, 7.1, 10.4).

use super::{Missing, Property, Scope, address_data, anything, href, in_report, live, stored};
use crate::dav::path::{self, Family};
use crate::dav::resource::{On, Resource};
use crate::text::collation::Collation;
use crate::xml::{Element, Writer};

const ADDRESSBOOK: On = On::ADDRESSBOOK;
const LIMITED: On = On::ADDRESSBOOK.or(On::ADDRESSBOOK_HOME);

pub const PROPERTIES: &[Property] = &[
    live(
        "CR:addressbook-home-set",
        "RFC 6352 7.1.1",
        On::PRINCIPAL,
        addressbook_home_set,
    ),
    stored(
        "CR:addressbook-description",
        "RFC 6352 6.2.1",
        ADDRESSBOOK,
        anything,
    ),
    live(
        "CR:supported-address-data",
        "RFC 6352 6.2.2",
        ADDRESSBOOK,
        supported_data,
    ),
    live(
        "CR:max-resource-size",
        "RFC 6352 6.2.3",
        LIMITED,
        max_resource_size,
    ),
    live(
        "CR:max-image-size",
        "CardDAV extension of Apple's clients",
        LIMITED,
        max_resource_size,
    ),
    live(
        "CR:supported-collation-set",
        "RFC 6352 8.3.1",
        LIMITED,
        supported_collation_set,
    ),
    in_report(
        "CR:address-data",
        "RFC 6352 10.4",
        On::CONTACT,
        address_data::asked,
    ),
];

fn addressbook_home_set(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    href(out, &path::home(Family::Addressbooks, &resource.user));
    Ok(())
}

fn supported_data(
    _: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    for version in ["3.0", "4.0"] {
        out.raw("<CR:address-data-type content-type=\"text/vcard\" version=\"");
        out.raw(version);
        out.raw("\"/>");
    }
    Ok(())
}

fn max_resource_size(
    scope: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    out.number(scope.site.limits.object as u64);
    Ok(())
}

fn supported_collation_set(
    _: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    for collation in Collation::ALL {
        out.element("CR:supported-collation", collation.name());
    }
    Ok(())
}
