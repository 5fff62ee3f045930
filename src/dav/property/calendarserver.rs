//! Apple's server extensions (../specs: caldav-ctag and others).

use super::{Missing, Property, Scope, anything, live, stored};
use crate::calendar::Components;
use crate::dav::resource::{On, Resource, State};
use crate::xml::{Element, Writer};

pub const PROPERTIES: &[Property] = &[
    live(
        "CS:getctag",
        "caldav-ctag 4.1",
        On::COLLECTION,
        super::rfc6578::sync_token,
    ),
    live(
        "CS:email-address-set",
        "Apple",
        On::PRINCIPAL,
        email_address_set,
    ),
    stored(
        "CS:me-card",
        "Apple",
        On::ADDRESSBOOK_HOME.or(On::ADDRESSBOOK),
        anything,
    ),
    live(
        "C:supported-calendar-component-sets",
        "caldav-extensions 3",
        On::CALENDAR_HOME,
        supported_component_sets,
    ),
];

fn email_address_set(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let State::Principal(principal) = &resource.state else {
        return Err(Missing::NotFound);
    };
    for mail in &principal.emails {
        out.element("CS:email-address", mail);
    }
    Ok(())
}

/// Any set that can be made: each component on its own or together.
fn supported_component_sets(
    _: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let all = super::rfc4791::default_components();
    let set = |out: &mut Writer, components: Components| {
        out.open("C:supported-calendar-component-set");
        for component in components.iter() {
            out.raw("<C:comp name=\"");
            out.raw(component.name());
            out.raw("\"/>");
        }
        out.close("C:supported-calendar-component-set");
    };
    set(out, all);
    for component in all.iter() {
        set(out, Components::NONE.with(component));
    }
    Ok(())
}
