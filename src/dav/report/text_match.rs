//! What CALDAV:text-match and CARDDAV:text-match share (RFC 4791 section 9.7.5, RFC 6352 section
//! 10.5.4); the two differ in the collation that stands for none, and in what is refused with which
//! precondition.

use crate::text::collation::Collation;
use crate::xml::Element;

/// Bytes of a text to look for. A UID has 4096 at most.
const LONGEST_TEXT: usize = 16 * 1024;

/// What is wrong with a text-match.
pub enum Invalid {
    TooLong,
    Negation,
    Collation,
}

impl Invalid {
    /// A sentence for the client.
    pub fn sentence(&self) -> String {
        match self {
            Invalid::TooLong => format!("A text to look for has {LONGEST_TEXT} bytes at most."),
            Invalid::Negation => "negate-condition is yes or no.".into(),
            Invalid::Collation => "supported-collation-set says which collations there are.".into(),
        }
    }
}

/// Text, collation and whether it is negated.
pub fn read(element: &Element, default: Collation) -> Result<(String, Collation, bool), Invalid> {
    let text = element.text();
    if text.len() > LONGEST_TEXT {
        return Err(Invalid::TooLong);
    }
    let negated = match element.attribute("negate-condition") {
        None | Some("no") => false,
        Some("yes") => true,
        Some(_) => return Err(Invalid::Negation),
    };
    // RFC 4791 section 7.5 and RFC 6352 section 8.3: "default" is what stands for none.
    let collation = match element.attribute("collation") {
        None | Some("default") => default,
        Some(name) => Collation::from_name(name).ok_or(Invalid::Collation)?,
    };
    Ok((text.into(), collation, negated))
}
