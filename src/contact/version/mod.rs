//! vCard 3.0 as 4.0 and 4.0 as 3.0, for a client that asks for the other one (RFC 6352 section
//! 5.1.1). What is stored is never touched.
//!
//! # What is kept
//!
//! - Every property that the other version has no word for, under its own name: an unknown property
//!   is for somebody who knows it. So are groups, order, and parameters; those of 4.0 that 3.0 would
//!   not read get `X-` and lose it on the way back.
//! - What the other version says in another way, as that way: see [`to_4`] and [`to_3`]. Apple's
//!   labels (`X-ABLabel`) stay beside what they name.
//! - What the other version cannot say at all (a birthday of `1985` or `circa 1800` in 3.0, an
//!   alternative name) under a name with `X-`, which is understood on the way back.
//! - A UID is never written in another way, for it says which card this is.
//!
//! # What is not
//!
//! Cards of 2.1 are given as they are: they are few, old, and any change is a guess.

mod date;
mod media;
mod names;
mod property;
mod to_3;
mod to_4;

use crate::contact::card::Version;
use crate::text::line::escape;
use crate::text::nest::{Invalid, Kind, Nest};
use property::Property;

/// The card in the other version. None where it is given as it is: it is of this version already, or
/// of one that is not converted.
///
/// # Errors
/// What cannot be read.
pub fn convert(card: &[u8], to: Version) -> Result<Option<Vec<u8>>, Invalid> {
    let (version, properties) = read(card)?;
    let properties = match (version, to) {
        (Some(Version::V30), Version::V40) => to_4::convert(properties),
        (Some(Version::V40), Version::V30) => to_3::convert(properties),
        _ => return Ok(None),
    };
    let mut out = Vec::with_capacity(card.len() + 256);
    out.extend_from_slice(b"BEGIN:VCARD\r\n");
    // RFC 6350 section 6.7.9 wants it here; 2426 wants it somewhere.
    Property::new("VERSION", to.name()).write(&mut out);
    for property in &properties {
        property.write(&mut out);
    }
    out.extend_from_slice(b"END:VCARD\r\n");
    Ok(Some(out))
}

/// The version and the other properties. A card inside, as vCard 2.1 writes an AGENT, becomes its
/// value, as 3.0 does (RFC 2426 section 3.5.4).
fn read(card: &[u8]) -> Result<(Option<Version>, Vec<Property>), Invalid> {
    let mut version = None;
    let mut properties: Vec<Property> = Vec::new();
    let mut inner = String::new();
    for step in Nest::new(card) {
        let step = step?;
        match (step.kind, step.depth) {
            (Kind::Property, 1) if step.line.is("VERSION") => {
                version = version.or(Version::from_name(step.line.value().trim()));
            }
            (Kind::Property, 1) => properties.push(Property::of(&step.line)),
            (Kind::Begin | Kind::Property | Kind::End, 2..) => {
                inner.push_str(step.line.head());
                inner.push_str(step.line.value());
                inner.push('\n');
                if (step.kind, step.depth) == (Kind::End, 2)
                    && let Some(agent) = properties.last_mut()
                {
                    agent.value.push_str(&escape(&inner));
                    inner.clear();
                }
            }
            _ => {}
        }
    }
    Ok((version, properties))
}

#[cfg(test)]
mod tests;
