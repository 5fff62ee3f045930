//! Reads a CALDAV:filter (RFC 4791 section 9.7).

use super::text_match::{self, Invalid};
use crate::calendar::filter::{
    Asked, CompFilter, Filter, OfComponent, OfProperty, OfValue, ParamFilter, PropFilter, TextMatch,
};
use crate::calendar::overlap::{self, Range};
use crate::calendar::{Component, time_range};
use crate::dav::precondition::{Precondition, Refusal};
use crate::text::collation::{Collation, Needle};
use crate::xml::{Element, name};

/// Tests in one filter, so that a request cannot cost more than the objects it looks at. The
/// longest filter that a client is known to send has nine.
const MOST_TESTS: usize = 100;

/// What a time-range is defined for (sections 7.4 and 9.9, RFC 7953 section 7.2.2).
const IN_TIME: [&str; 6] = [
    "VEVENT",
    "VTODO",
    "VJOURNAL",
    "VFREEBUSY",
    "VALARM",
    "VAVAILABILITY",
];

/// # Errors
/// valid-filter, supported-collation, min-date-time.
pub fn read(filter: &Element) -> Result<Filter, Refusal> {
    let mut tests = 0;
    let mut outermost = named(filter, "comp-filter");
    match (outermost.next(), outermost.next()) {
        (Some(one), None) if is_of(one, "VCALENDAR") => Ok(Filter {
            calendar: comp_filter(one, None, &mut tests)?,
        }),
        _ => Err(invalid("A filter begins with the component VCALENDAR.")),
    }
}

fn invalid(sentence: impl Into<String>) -> Refusal {
    Precondition::ValidCalendarFilter.because(sentence)
}

/// Children of this name, in CalDAV's namespace. Others are passed over (RFC 4918 section 17).
fn named<'e>(element: &'e Element, name: &'static str) -> impl Iterator<Item = &'e Element<'e>> {
    element.elements().filter(move |e| e.is(name::CALDAV, name))
}

fn is_of(element: &Element, name: &str) -> bool {
    element
        .attribute("name")
        .is_some_and(|n| n.trim().eq_ignore_ascii_case(name))
}

/// The one child of this name.
fn only<'e>(element: &'e Element, name: &'static str) -> Result<Option<&'e Element<'e>>, Refusal> {
    let mut found = named(element, name);
    match (found.next(), found.next()) {
        (one, None) => Ok(one),
        _ => Err(invalid(format!("One {name} is enough."))),
    }
}

/// What this element is about, in upper case.
fn subject(element: &Element, tests: &mut usize) -> Result<String, Refusal> {
    *tests += 1;
    if *tests > MOST_TESTS {
        return Err(invalid(format!(
            "A filter has {MOST_TESTS} conditions at most."
        )));
    }
    let name = element.attribute("name").map(str::trim).unwrap_or_default();
    if name.is_empty() {
        return Err(invalid(format!("A {} has a name.", element.name)));
    }
    Ok(name.to_ascii_uppercase())
}

/// is-not-defined stands alone.
fn is_not_defined(element: &Element, others: &[&'static str]) -> Result<bool, Refusal> {
    if only(element, "is-not-defined")?.is_none() {
        return Ok(false);
    }
    if others
        .iter()
        .any(|name| element.child(name::CALDAV, name).is_some())
    {
        return Err(invalid("What is not defined has no other conditions."));
    }
    Ok(true)
}

/// Calls itself as deep as the request is, which has a bound.
fn comp_filter(
    element: &Element,
    around: Option<&str>,
    tests: &mut usize,
) -> Result<CompFilter, Refusal> {
    let name = subject(element, tests)?;
    // "A CALDAV:filter cannot nest a <C:comp name="VEVENT"> element in a <C:comp name="VTODO">":
    // these stand in a VCALENDAR alone, and that in nothing.
    let place = match name.as_str() {
        "VCALENDAR" => None,
        "VTIMEZONE" => Some("VCALENDAR"),
        kind if Component::from_name(kind).is_some() => Some("VCALENDAR"),
        _ => around,
    };
    if place != around {
        return Err(invalid(format!(
            "{name} does not stand in {}.",
            around.unwrap_or("a filter")
        )));
    }
    if is_not_defined(element, &["time-range", "prop-filter", "comp-filter"])? {
        return Ok(CompFilter {
            name,
            asked: Asked::NotDefined,
        });
    }
    let time_range = match only(element, "time-range")? {
        Some(_) if !IN_TIME.contains(&name.as_str()) => {
            return Err(invalid(format!("{name} has no time.")));
        }
        Some(range) => Some(self::time_range(range)?),
        None => None,
    };
    let mut of = OfComponent {
        time_range,
        ..OfComponent::default()
    };
    for inner in named(element, "prop-filter") {
        of.prop_filters.push(prop_filter(inner, tests)?);
    }
    for inner in named(element, "comp-filter") {
        of.comp_filters
            .push(comp_filter(inner, Some(&name), tests)?);
    }
    Ok(CompFilter {
        name,
        asked: Asked::Defined(of),
    })
}

fn prop_filter(element: &Element, tests: &mut usize) -> Result<PropFilter, Refusal> {
    let name = subject(element, tests)?;
    if is_not_defined(element, &["time-range", "text-match", "param-filter"])? {
        return Ok(PropFilter {
            name,
            asked: Asked::NotDefined,
        });
    }
    let value = match (only(element, "time-range")?, only(element, "text-match")?) {
        (Some(_), Some(_)) => {
            return Err(invalid("A property is asked for a time or for a text."));
        }
        // "cannot nest a <C:time-range> element in a <C:prop name="SUMMARY">"
        (Some(_), None) if !overlap::has_time(&name) => {
            return Err(invalid(format!("{name} has no time.")));
        }
        (Some(range), None) => Some(OfValue::TimeRange(time_range(range)?)),
        (None, Some(text)) => Some(OfValue::TextMatch(text_match(text)?)),
        (None, None) => None,
    };
    let param_filters = named(element, "param-filter")
        .map(|inner| param_filter(inner, tests))
        .collect::<Result<_, _>>()?;
    Ok(PropFilter {
        name,
        asked: Asked::Defined(OfProperty {
            value,
            param_filters,
        }),
    })
}

fn param_filter(element: &Element, tests: &mut usize) -> Result<ParamFilter, Refusal> {
    let name = subject(element, tests)?;
    let asked = if is_not_defined(element, &["text-match"])? {
        Asked::NotDefined
    } else {
        Asked::Defined(only(element, "text-match")?.map(text_match).transpose()?)
    };
    Ok(ParamFilter { name, asked })
}

fn time_range(element: &Element) -> Result<Range, Refusal> {
    time_range::read(element.attribute("start"), element.attribute("end")).map_err(
        |bad| match bad {
            time_range::Invalid::TooEarly => Precondition::MinDateTime.because(bad.to_string()),
            _ => invalid(bad.to_string()),
        },
    )
}

fn text_match(element: &Element) -> Result<TextMatch, Refusal> {
    let (text, collation, negated) =
        text_match::read(element, Collation::AsciiCasemap).map_err(|bad| match bad {
            Invalid::Collation => Precondition::SupportedCalendarCollation.because(bad.sentence()),
            Invalid::TooLong | Invalid::Negation => invalid(bad.sentence()),
        })?;
    Ok(TextMatch {
        needle: Needle::new(collation, &text),
        negated,
    })
}
