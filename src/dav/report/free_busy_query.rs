//! free-busy-query (RFC 4791 section 7.10), with the availability of RFC 7953 section 7.2.3.
//!
//! CALDAV:calendar-availability of an inbox is not looked at: it counts for the free-busy requests
//! of scheduling (RFC 7953 section 7.2.4), not for a calendar's.

use hyper::StatusCode;

use super::Report;
use crate::calendar::freebusy::{Busy, BusyTime};
use crate::calendar::index::Search;
use crate::calendar::instance::{RecurrenceSet, TooMany};
use crate::calendar::overlap::Range;
use crate::calendar::{Component, time_range, times};
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::property::{self, CALENDAR_MEDIA_TYPE};
use crate::dav::request::Request;
use crate::dav::resource::{self, On};
use crate::http::Answer;
use crate::http::depth::{self, Depth};
use crate::store::{Collection, Kind, View};
use crate::text::piece::made_uid;
use crate::xml::{Element, name};
use crate::zone::Zones;

pub const REPORT: Report = Report {
    tag: "C:free-busy-query",
    source: "RFC 4791 7.10",
    on: On::CALENDAR.or(On::CALENDAR_HOME),
    depth_zero: false,
    answer,
};

/// Objects that are read for one answer.
const MOST_OBJECTS: usize = 20_000;

fn answer(request: &Request, root: &Element) -> Result<Answer, Refusal> {
    let range = range(root)?;
    let depth = depth::read(&request.headers)?;
    let snapshot = request.site.store.snapshot()?;
    let view = snapshot.view();
    let found = resource::required(view, &request.person, &request.address)?;
    let collection = found.collection().ok_or_else(Refusal::not_found)?;
    let calendars = match depth {
        // The objects are one step down. Without a Depth they are meant all the same: RFC 4791 has
        // 0 then, which would be nobody's question.
        Some(Depth::Zero) => Vec::new(),
        _ if found.on.meets(On::CALENDAR) => vec![collection.clone()],
        None | Some(Depth::Infinity) => opaque_calendars(view, collection.cid)?,
        Some(Depth::One) => Vec::new(),
    };
    let mut reading = Reading {
        busy: Busy::new(range),
        range,
        left: MOST_OBJECTS,
    };
    for calendar in &calendars {
        reading.calendar(view, calendar)?;
    }
    let uid = made_uid(format!("{} {range:?} {}", found.path, request.now).as_bytes());
    let now = i64::try_from(request.now).unwrap_or(i64::MAX);
    Ok(Answer::new(StatusCode::OK).body(CALENDAR_MEDIA_TYPE, reading.busy.write(&uid, now)))
}

fn range(root: &Element) -> Result<Range, Refusal> {
    let mut ranges = root.elements().filter(|e| e.is(name::CALDAV, "time-range"));
    let (Some(range), None) = (ranges.next(), ranges.next()) else {
        return Err(Refusal::bad_request(
            "Say in one CALDAV:time-range when you want to know about.",
        ));
    };
    time_range::read(range.attribute("start"), range.attribute("end"))
        .map_err(|bad| Refusal::bad_request(bad.to_string()))
}

/// The calendars of a home, without those that never make their owner busy (RFC 6638 section 9.1).
fn opaque_calendars(view: View<'_>, home: u32) -> Result<Vec<Collection>, Refusal> {
    let mut calendars = Vec::new();
    for member in view.members(home)? {
        if member.kind == Kind::Calendar && !property::is_transparent(view, member.cid)? {
            calendars.push(member);
        }
    }
    Ok(calendars)
}

struct Reading {
    busy: Busy,
    range: Range,
    /// Objects.
    left: usize,
}

impl Reading {
    fn calendar(&mut self, view: View<'_>, collection: &Collection) -> Result<(), Refusal> {
        const BUSY: u8 =
            Component::Vevent.bit() | Component::Vfreebusy.bit() | Component::Vavailability.bit();
        let cid = collection.cid;
        let floating = property::floating_zone(view, cid)?;
        // Most calendars take events alone: then no header is needed to know what an object is.
        let is_mixed = collection.components == 0 || collection.components & !BUSY != 0;
        for (oid, busy_time) in view.busy_times(cid, &Search::new(self.range, &floating))? {
            match busy_time {
                BusyTime::Free => continue,
                BusyTime::Once { busy, start, end } => {
                    let taken = self.busy.take(busy, start, end);
                    taken.map_err(|TooMany| too_many())?;
                    continue;
                }
                BusyTime::Unknown => {}
            }
            if is_mixed {
                let header = view.header(cid, oid)?;
                if header.is_none_or(|header| header.component() & BUSY == 0) {
                    continue;
                }
            }
            self.left = self.left.checked_sub(1).ok_or_else(too_many)?;
            let Ok(calendar) = times(view.body(oid)?) else {
                continue;
            };
            let zones = Zones::of(&calendar, floating.clone());
            let set = RecurrenceSet::of(&calendar, &zones);
            self.busy
                .add(&calendar, &set)
                .map_err(|TooMany| too_many())?;
        }
        Ok(())
    }
}

fn too_many() -> Refusal {
    Precondition::NumberOfMatchesWithinLimits
        .because("There is more busy time than one answer holds; ask for a shorter time.")
}
