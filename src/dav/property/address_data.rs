//! CARDDAV:address-data in a report (RFC 6352 section 10.4): which parts of a card are wanted.

use super::{Form, Manner, Scope, Unformed};
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::resource::Resource;
use crate::xml::{Element, Writer};

/// # Errors
/// supported-address-data.
pub fn asked(element: &Element, _: &Manner) -> Result<Box<dyn Form>, Refusal> {
    let media = element.attribute("content-type").unwrap_or("text/vcard");
    let version = element.attribute("version").unwrap_or("3.0");
    if media.eq_ignore_ascii_case("text/vcard") && ["3.0", "4.0"].contains(&version) {
        Ok(Box::new(Whole))
    } else {
        Err(Precondition::SupportedAddressData
            .because("Cards are to be had as text/vcard, version 3.0 or 4.0."))
    }
}

/// As it was stored.
struct Whole;

impl Form for Whole {
    fn write(
        &self,
        scope: Scope<'_>,
        resource: &Resource<'_>,
        out: &mut Writer,
    ) -> Result<(), Unformed> {
        if let Some(header) = resource.header() {
            out.text_bytes(scope.view.body(header.oid)?);
        }
        Ok(())
    }
}
