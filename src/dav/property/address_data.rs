//! CARDDAV:address-data in a report (RFC 6352 section 10.4): which parts of a card are wanted, and in
//! which version.

use std::borrow::Cow;

use super::{Form, Manner, Scope, Unformed};
use crate::contact::card::Version;
use crate::contact::retrieve::{Parts, Prop};
use crate::contact::version;
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::resource::Resource;
use crate::text::seek::Name;
use crate::xml::{Element, name};

/// Properties named in one request.
const MOST_PROPS: usize = 500;

/// # Errors
/// supported-address-data, 400.
pub fn asked(element: &Element, _: &Manner) -> Result<Box<dyn Form>, Refusal> {
    let media = element.attribute("content-type").unwrap_or("text/vcard");
    // 3.0 is the default: phones that know no other version name none, and another phone of the
    // house may have written 4.0.
    let version = match element.attribute("version").map(str::trim) {
        None | Some("3.0") => Version::V30,
        Some("4.0") => Version::V40,
        Some(_) => return Err(unsupported()),
    };
    if !media.trim().eq_ignore_ascii_case("text/vcard") {
        return Err(unsupported());
    }
    let parts = parts(element)?;
    Ok(Box::new(Wanted { version, parts }))
}

fn unsupported() -> Refusal {
    Precondition::SupportedAddressData
        .because("Cards are to be had as text/vcard, version 3.0 or 4.0.")
}

/// None for the whole card: without a prop, or with allprop.
fn parts(element: &Element) -> Result<Option<Parts>, Refusal> {
    if element.child(name::CARDDAV, "allprop").is_some() {
        return Ok(None);
    }
    let mut props = Vec::new();
    for prop in element.elements().filter(|e| e.is(name::CARDDAV, "prop")) {
        if props.len() >= MOST_PROPS {
            return Err(Refusal::bad_request(
                "That is more properties of a card than one asks for.",
            ));
        }
        let name = prop.attribute("name").map(str::trim).unwrap_or_default();
        if name.is_empty() {
            return Err(Refusal::bad_request("A prop has a name."));
        }
        props.push(Prop {
            name: Name::new(name),
            novalue: prop.attribute("novalue") == Some("yes"),
        });
    }
    Ok((!props.is_empty()).then_some(Parts { props }))
}

/// What is wanted of each card.
struct Wanted {
    version: Version,
    parts: Option<Parts>,
}

impl Form for Wanted {
    /// A card that cannot be read is given as it is, rather than not at all.
    fn of<'b>(
        &self,
        _: Scope<'_>,
        _: &Resource<'_>,
        card: &'b [u8],
    ) -> Result<Cow<'b, [u8]>, Unformed> {
        let converted = version::convert(card, self.version).ok().flatten();
        let card = converted.map_or(Cow::Borrowed(card), Cow::Owned);
        Ok(match self.parts.as_ref().map(|parts| parts.of(&card)) {
            Some(Ok(some)) => Cow::Owned(some),
            Some(Err(_)) | None => card,
        })
    }
}
