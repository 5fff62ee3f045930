//! Reads a CARDDAV:filter (RFC 6352 section 10.5).

use super::text_match::{self, Invalid};
use crate::contact::filter::{
    Asked, Filter, MatchType, OfProperty, ParamFilter, PropFilter, Test, TextMatch,
};
use crate::dav::precondition::{Precondition, Refusal};
use crate::text::collation::{Collation, Needle};
use crate::text::seek::Name;
use crate::xml::{Element, name};

/// Tests in one filter, so that a request cannot cost more than the cards it looks at. Clients ask
/// for a text in a dozen properties.
const MOST_TESTS: usize = 100;

/// # Errors
/// supported-filter, supported-collation, and 400 for what the RFC does not know.
pub fn read(filter: &Element) -> Result<Filter, Refusal> {
    let mut tests = 0;
    let prop_filters = named(filter, "prop-filter")
        .map(|inner| prop_filter(inner, &mut tests))
        .collect::<Result<_, _>>()?;
    Filter::new(test(filter)?, prop_filters).ok_or_else(too_many)
}

fn too_many() -> Refusal {
    Precondition::SupportedAddressbookFilter
        .because(format!("A filter has {MOST_TESTS} conditions at most."))
}

/// Children of this name, in CardDAV's namespace. Others are passed over (RFC 4918 section 17).
fn named<'e>(element: &'e Element, name: &'static str) -> impl Iterator<Item = &'e Element<'e>> {
    element
        .elements()
        .filter(move |e| e.is(name::CARDDAV, name))
}

fn test(element: &Element) -> Result<Test, Refusal> {
    match element.attribute("test") {
        None | Some("anyof") => Ok(Test::AnyOf),
        Some("allof") => Ok(Test::AllOf),
        Some(_) => Err(Refusal::bad_request("A test is anyof or allof.")),
    }
}

/// What this element is about.
fn subject<'e>(element: &'e Element, tests: &mut usize) -> Result<&'e str, Refusal> {
    *tests += 1;
    if *tests > MOST_TESTS {
        return Err(too_many());
    }
    match element.attribute("name").map(str::trim) {
        Some(name) if !name.is_empty() => Ok(name),
        _ => Err(Refusal::bad_request(format!(
            "A {} has a name.",
            element.name
        ))),
    }
}

/// is-not-defined stands alone.
fn is_not_defined(element: &Element) -> Result<bool, Refusal> {
    if named(element, "is-not-defined").next().is_none() {
        return Ok(false);
    }
    if named(element, "text-match").next().is_some()
        || named(element, "param-filter").next().is_some()
    {
        return Err(Refusal::bad_request(
            "What is not defined has no other conditions.",
        ));
    }
    Ok(true)
}

fn prop_filter(element: &Element, tests: &mut usize) -> Result<PropFilter, Refusal> {
    let name = Name::new(subject(element, tests)?);
    if is_not_defined(element)? {
        let asked = Asked::NotDefined;
        return Ok(PropFilter { name, asked });
    }
    let text_matches = named(element, "text-match")
        .map(|inner| text_match(inner, tests))
        .collect::<Result<_, _>>()?;
    let param_filters = named(element, "param-filter")
        .map(|inner| param_filter(inner, tests))
        .collect::<Result<_, _>>()?;
    Ok(PropFilter {
        name,
        asked: Asked::Defined(OfProperty {
            test: test(element)?,
            text_matches,
            param_filters,
        }),
    })
}

fn param_filter(element: &Element, tests: &mut usize) -> Result<ParamFilter, Refusal> {
    let name = subject(element, tests)?.to_owned();
    let mut texts = named(element, "text-match");
    let asked = match (is_not_defined(element)?, texts.next(), texts.next()) {
        (true, ..) => Asked::NotDefined,
        (false, None, _) => Asked::Defined(None),
        (false, Some(text), None) => Asked::Defined(Some(text_match(text, tests)?)),
        (false, Some(_), Some(_)) => {
            return Err(Refusal::bad_request("A param-filter has one text-match."));
        }
    };
    Ok(ParamFilter { name, asked })
}

fn text_match(element: &Element, tests: &mut usize) -> Result<TextMatch, Refusal> {
    *tests += 1;
    if *tests > MOST_TESTS {
        return Err(too_many());
    }
    let (text, collation, negated) =
        text_match::read(element, Collation::UnicodeCasemap).map_err(|bad| match bad {
            Invalid::TooLong => Precondition::SupportedAddressbookFilter.because(bad.sentence()),
            Invalid::Collation => {
                Precondition::SupportedAddressbookCollation.because(bad.sentence())
            }
            Invalid::Negation => Refusal::bad_request(bad.sentence()),
        })?;
    let match_type = match element.attribute("match-type") {
        Some("equals") => MatchType::Equals,
        None | Some("contains") => MatchType::Contains,
        Some("starts-with") => MatchType::StartsWith,
        Some("ends-with") => MatchType::EndsWith,
        Some(_) => {
            return Err(Refusal::bad_request(
                "A match-type is equals, contains, starts-with or ends-with.",
            ));
        }
    };
    Ok(TextMatch {
        needle: Needle::new(collation, &text),
        match_type,
        negated,
    })
}
