//! calendar-query (RFC 4791 section 7.8).

use super::query::{self, Criteria};
use super::{Report, calendar_filter};
use crate::calendar::{self, is_timezone};
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::property;
use crate::dav::request::Request;
use crate::dav::resource::{self, On};
use crate::http::Answer;
use crate::text::tree::Tree;
use crate::xml::{Element, name};
use crate::zone::{self, Zone};

pub const REPORT: Report = Report {
    tag: "C:calendar-query",
    source: "RFC 4791 7.8",
    on: On::CALENDAR,
    depth_zero: false,
    answer,
};

fn answer(request: &Request, root: &Element) -> Result<Answer, Refusal> {
    let filter = root
        .child(name::CALDAV, "filter")
        .ok_or_else(|| Refusal::bad_request("A query needs a CALDAV:filter."))?;
    let filter = calendar_filter::read(filter)?;
    let floating = match zone_asked(root)? {
        Some(zone) => zone,
        None => zone_of_collection(request)?,
    };
    let mut criteria = Criteria {
        component: filter.component().map(|component| component.bit()),
        range: filter.time_range(),
        floating: floating.clone(),
        ..Criteria::default()
    };
    if !filter.is_answered_by_index() || criteria.range.is_some() {
        criteria.decided_by_index = filter.is_answered_by_index();
        let of_time = criteria.decided_by_index;
        criteria.passes = Some(Box::new(move |_, bytes| {
            // What was stored can be read again; if not, it is answered rather than lost.
            let read = if of_time {
                calendar::times(bytes)
            } else {
                Tree::read(bytes)
            };
            read.map_or(true, |calendar| filter.matches(&calendar, &floating))
        }));
    }
    query::answer(request, root, criteria, None)
}

/// RFC 4791 section 9.8 and RFC 7809 section 6.2: the zone of dates and floating times in this
/// request.
fn zone_asked(root: &Element) -> Result<Option<Zone>, Refusal> {
    let definition = root.child(name::CALDAV, "timezone");
    let name = root.child(name::CALDAV, "timezone-id");
    match (definition, name) {
        (None, None) => Ok(None),
        (Some(definition), None) => {
            let text = definition.text();
            Some(text.as_bytes())
                .filter(|text| is_timezone(text))
                .and_then(zone::of_calendar_timezone)
                .map(Some)
                .ok_or_else(|| {
                    Precondition::ValidCalendarData
                        .because("CALDAV:timezone holds a calendar with one VTIMEZONE.")
                })
        }
        (None, Some(name)) => Zone::named(name.text().trim()).map(Some).ok_or_else(|| {
            Precondition::ValidTimezone
                .because("There is no time zone of this name; send it as CALDAV:timezone.")
        }),
        (Some(_), Some(_)) => Err(Refusal::bad_request(
            "A query has one of CALDAV:timezone and CALDAV:timezone-id.",
        )),
    }
}

fn zone_of_collection(request: &Request) -> Result<Zone, Refusal> {
    let snapshot = request.site.store.snapshot()?;
    let view = snapshot.view();
    let found = resource::required(view, &request.person, &request.address)?;
    let collection = found.collection().ok_or_else(Refusal::not_found)?;
    Ok(property::floating_zone(view, collection.cid)?)
}
