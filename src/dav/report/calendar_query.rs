//! calendar-query (RFC 4791 section 7.8), by component type so far: more is answered than a filter
//! asks, never less.

use super::Report;
use super::query::{self, Criteria};
use crate::calendar::Component;
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::resource::On;
use crate::xml::{Element, name};

pub const REPORT: Report = Report {
    tag: "C:calendar-query",
    source: "RFC 4791 7.8",
    on: On::CALENDAR,
    depth_zero: false,
    answer: |request, root| {
        let filter = root
            .child(name::CALDAV, "filter")
            .ok_or_else(|| Refusal::bad_request("A query needs a CALDAV:filter."))?;
        let wanted = component(filter)?;
        let criteria = Criteria {
            component: None,
            passes: Some(Box::new(move |header, _| wanted.passes(header.component()))),
        };
        query::answer(request, root, criteria, None)
    },
};

enum Wanted {
    Any,
    Only(Component),
    Without(Component),
    Nothing,
}

impl Wanted {
    fn passes(&self, component: u8) -> bool {
        match self {
            Wanted::Any => true,
            Wanted::Only(one) => component == one.bit(),
            Wanted::Without(one) => component != one.bit(),
            Wanted::Nothing => false,
        }
    }
}

/// The component that the filter's VCALENDAR holds or must not hold.
fn component(filter: &Element) -> Result<Wanted, Refusal> {
    let comp_filters = |of: &Element| -> Vec<(String, bool)> {
        of.elements()
            .filter(|e| e.is(name::CALDAV, "comp-filter"))
            .map(|e| {
                (
                    e.attribute("name").unwrap_or_default().to_ascii_uppercase(),
                    e.child(name::CALDAV, "is-not-defined").is_some(),
                )
            })
            .collect()
    };
    let outer = filter
        .child(name::CALDAV, "comp-filter")
        .filter(|e| {
            e.attribute("name")
                .is_some_and(|n| n.eq_ignore_ascii_case("VCALENDAR"))
        })
        .ok_or_else(|| {
            Precondition::ValidCalendarFilter
                .because("A filter begins with the component VCALENDAR.")
        })?;
    if outer.child(name::CALDAV, "is-not-defined").is_some() {
        return Ok(Wanted::Nothing);
    }
    let inner = comp_filters(outer);
    Ok(match inner.as_slice() {
        [(name, absent)] => match (Component::from_name(name), absent) {
            (Some(component), false) => Wanted::Only(component),
            (Some(component), true) => Wanted::Without(component),
            (None, _) => Wanted::Any,
        },
        _ => Wanted::Any,
    })
}
