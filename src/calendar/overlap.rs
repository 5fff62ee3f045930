//! What lies in a range of time (RFC 4791 section 9.9, RFC 7953 section 7.2.2).

use std::ops::ControlFlow;

use crate::calendar::instance::RecurrenceSet;
use crate::calendar::moment::{Moment, Source, values};
use crate::calendar::series::{Visit, Window};
use crate::text::duration::Duration;
use crate::text::line::Line;
use crate::text::tree::Tree;
use crate::zone::{Zone, Zones};

/// From `start` to before `end`, in seconds since 1970. An end that is left open is `i64::MIN` or
/// `i64::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub start: i64,
    pub end: i64,
}

impl Range {
    pub const EVERYTHING: Range = Range {
        start: i64::MIN,
        end: i64::MAX,
    };

    /// Whether it goes on after this moment: `end > moment`.
    #[must_use]
    pub fn is_open_after(self, moment: i64) -> bool {
        self.end > moment || self.end == i64::MAX
    }

    #[must_use]
    pub fn contains(self, moment: i64) -> bool {
        self.start <= moment && self.is_open_after(moment)
    }

    /// Where to look for what overlaps: the tables count some ends in.
    #[must_use]
    pub fn window(self) -> Window {
        Window {
            low: self.start,
            high: self.end,
        }
    }
}

impl RecurrenceSet<'_, '_> {
    /// Whether an instance that this component describes overlaps the range. An instance that has
    /// a component of its own does not count for the master. What RFC 4791 and RFC 7953 do not
    /// define overlaps nothing.
    #[must_use]
    pub fn overlaps(&self, component: &Tree, range: Range) -> bool {
        let Some(number) = self.number(component) else {
            return if component.is("VFREEBUSY") {
                freebusy_overlaps(component, self.zones, range)
            } else if component.is("VAVAILABILITY") {
                availability_range(component, self.zones).is_none_or(|own| own.overlaps(range))
            } else {
                false
            };
        };
        if self.is_unevaluable() {
            return true;
        }
        if component.is("VTODO") && !self.is_dated(number) {
            return undated_todo_overlaps(component, self.zones, range);
        }
        let mut found = false;
        let visit = self.visit(Some(number), range.window(), &mut |instance| {
            if instance.overlaps(range) {
                found = true;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        found || visit == Visit::Spent
    }

    /// Whether a property of this component lies in the range. "If DTEND is not present in a
    /// VEVENT, but DURATION is, then the test should instead operate on the 'effective' DTEND", and
    /// so for DUE of a VTODO; only then is `line` None.
    #[must_use]
    pub fn property_overlaps(
        &self,
        component: &Tree,
        name: &str,
        line: Option<&Line>,
        range: Range,
    ) -> bool {
        match line {
            Some(line) => property_overlaps(line, self.zones, range),
            None => effective_end(component, name, self.zones).is_some_and(|at| range.contains(at)),
        }
    }
}

/// The properties that "overlap a given time range". "The semantic is not defined for any other".
const DATE_TIMES: [&str; 7] = [
    "COMPLETED",
    "CREATED",
    "DTEND",
    "DTSTAMP",
    "DTSTART",
    "DUE",
    "LAST-MODIFIED",
];

/// Whether a property of this name can be asked for a time.
#[must_use]
pub fn has_time(name: &str) -> bool {
    DATE_TIMES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether the date-time of a property lies in the range.
#[must_use]
pub fn property_overlaps(line: &Line, zones: &Zones, range: Range) -> bool {
    has_time(line.name())
        && Moment::read(line, zones)
            .is_some_and(|moment| range.contains(moment.instant(zones.floating())))
}

/// The DTEND of a VEVENT or DUE of a VTODO that has DTSTART and DURATION in its place, in seconds
/// since 1970.
#[must_use]
pub fn effective_end(component: &Tree, name: &str, zones: &Zones) -> Option<i64> {
    let own = if component.is("VTODO") {
        "DUE"
    } else {
        "DTEND"
    };
    if !name.eq_ignore_ascii_case(own) || component.property(own).is_some() {
        return None;
    }
    let start = Moment::read(component.property("DTSTART")?, zones)?;
    let duration = Duration::parse(component.property("DURATION")?.value())?;
    Some(start.end(duration, zones.floating()))
}

/// The last four rows for a VTODO.
fn undated_todo_overlaps(component: &Tree, zones: &Zones, range: Range) -> bool {
    let read = |name| {
        let moment = Moment::read(component.property(name)?, zones)?;
        Some(moment.instant(zones.floating()))
    };
    let (start, end) = (range.start, range.end);
    match (read("COMPLETED"), read("CREATED")) {
        (Some(completed), Some(created)) => {
            (start <= created || start <= completed) && (end >= created || end >= completed)
        }
        (Some(completed), None) => start <= completed && end >= completed,
        (None, Some(created)) => range.is_open_after(created),
        (None, None) => true,
    }
}

/// "When only FREEBUSY properties are used, each period in each FREEBUSY property is compared
/// against the time range, irrespective of the type". DURATION is ignored.
fn freebusy_overlaps(component: &Tree, zones: &Zones, range: Range) -> bool {
    let read = |name| {
        let moment = Moment::read(component.property(name)?, zones)?;
        Some(moment.instant(zones.floating()))
    };
    if let (Some(start), Some(end)) = (read("DTSTART"), read("DTEND")) {
        return range.start <= end && range.is_open_after(start);
    }
    component
        .properties()
        .filter(|line| line.group().is_none() && line.is("FREEBUSY"))
        .flat_map(|line| periods(line, zones))
        .any(|(_, period)| period.is_some_and(|period| period.overlaps(range)))
}

/// The values of a FREEBUSY (RFC 5545 section 3.8.2.6), as written and as they are read: None for
/// what is no period.
pub(super) fn periods<'l>(
    line: &'l Line,
    zones: &'l Zones,
) -> impl Iterator<Item = (&'l str, Option<Period>)> + 'l {
    let source = Source::of(line, zones);
    values(line).map(move |value| (value, Period::read(value, &source, zones.floating())))
}

/// A time that has an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Period {
    fn read(value: &str, source: &Source, floating: &Zone) -> Option<Period> {
        let (start, end) = value.split_once('/')?;
        let start = source.moment(start)?;
        let end = match Duration::parse(end) {
            Some(length) => start.end(length, floating),
            None => source.moment(end)?.instant(floating),
        };
        let start = start.instant(floating);
        Some(Period { start, end })
    }

    pub(super) fn overlaps(self, range: Range) -> bool {
        range.start < self.end && range.is_open_after(self.start)
    }
}

/// From DTSTART to DTEND or DTSTART+DURATION of a VAVAILABILITY, open where they are missing (RFC
/// 7953 section 3.1). None where neither stands there: that is always.
pub(super) fn availability_range(component: &Tree, zones: &Zones) -> Option<Period> {
    let read = |name| Moment::read(component.property(name)?, zones);
    let floating = zones.floating();
    let (start, end) = (read("DTSTART"), read("DTEND"));
    let duration = || Duration::parse(component.property("DURATION")?.value());
    let end = match (&start, end) {
        (_, Some(end)) => Some(end.instant(floating)),
        (Some(start), None) => duration().map(|length| start.end(length, floating)),
        (None, None) => return None,
    };
    Some(Period {
        start: start.map_or(i64::MIN, |start| start.instant(floating)),
        end: end.unwrap_or(i64::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::examples::{calendar, range, zone};

    /// Whether the first component overlaps, in a collection that is in this zone.
    fn overlaps_in(floating: &Zone, component: &str, start: &str, end: &str) -> bool {
        let text = calendar(component);
        let tree = Tree::read(text.as_bytes()).expect("a calendar");
        let zones = Zones::of(&tree, floating.clone());
        let set = RecurrenceSet::of(&tree, &zones);
        let first = tree.components().next().expect("a component");
        set.overlaps(first, range(start, end))
    }

    /// For each place of a range around the hours 10 to 12 of a day: does it overlap? Ranges are
    /// 8-9, 8-10, 8-11, 10-11, 11-12, 12-13, 10:30-11:30, 8-12, 8-14.
    fn row(component: &str) -> String {
        [
            ("08", "09"),
            ("08", "10"),
            ("08", "11"),
            ("10", "11"),
            ("11", "12"),
            ("12", "13"),
            ("13", "14"),
            ("08", "12"),
            ("08", "14"),
        ]
        .iter()
        .map(|(start, end)| {
            let at = |hour| format!("20260105T{hour}0000Z");
            match overlaps_in(&Zone::UTC, component, &at(start), &at(end)) {
                true => 'x',
                false => '.',
            }
        })
        .collect()
    }

    const START: &str = "DTSTART:20260105T100000Z\n";
    const DUE: &str = "DUE:20260105T120000Z\n";
    const COMPLETED: &str = "COMPLETED:20260105T120000Z\n";
    const CREATED: &str = "CREATED:20260105T100000Z\n";

    fn todo(properties: &[&str]) -> String {
        format!("BEGIN:VTODO\nUID:1\n{}END:VTODO", properties.concat())
    }

    #[test]
    fn rows_of_vevent() {
        assert_eq!(row(&format!("{START}DTEND:20260105T120000Z")), "..xxx..xx");
        assert_eq!(row(&format!("{START}DURATION:PT2H")), "..xxx..xx");
        assert_eq!(row(&format!("{START}DURATION:PT0S")), "..xx...xx");
        assert_eq!(row(START), "..xx...xx");
        let day = "DTSTART;VALUE=DATE:20260105";
        assert_eq!(row(day), "xxxxxxxxx");
        let at = |start, end| overlaps_in(&zone("Asia/Tokyo"), day, start, end);
        assert!(at("20260105T145959Z", "20260105T150000Z"));
        assert!(!at("20260105T150000Z", "20260105T160000Z"));
        assert!(at("20260104T145959Z", "20260104T150001Z"));
        assert!(!at("20260104T145959Z", "20260104T150000Z"));
    }

    #[test]
    fn rows_of_vtodo() {
        // DTSTART and DURATION: both ends count.
        assert_eq!(row(&todo(&[START, "DURATION:PT2H\n"])), "..xxxx.xx");
        assert_eq!(row(&todo(&[START, "DURATION:PT0S\n"])), ".xxx...xx");
        assert_eq!(row(&todo(&[START, DUE])), "..xxx..xx");
        assert_eq!(row(&todo(&[START, "DUE:20260105T100000Z\n"])), ".xxx...xx");
        // Due before it starts: by the letter of the table.
        assert_eq!(
            row(&todo(&[
                "DTSTART:20260105T120000Z\n",
                "DUE:20260105T100000Z\n"
            ])),
            ".xxxxx.xx"
        );
        assert_eq!(row(&todo(&[START])), "..xx...xx");
        assert_eq!(row(&todo(&[DUE])), "....x..xx");
        assert_eq!(row(&todo(&[DUE, COMPLETED, CREATED])), "....x..xx");
        assert_eq!(row(&todo(&[COMPLETED, CREATED])), ".xxxxx.xx");
        assert_eq!(row(&todo(&[COMPLETED])), "....xx.xx");
        assert_eq!(row(&todo(&[CREATED])), "..xxxxxxx");
        assert_eq!(row(&todo(&[])), "xxxxxxxxx");
        // Neither row of DURATION is without DTSTART.
        assert_eq!(row(&todo(&["DURATION:PT2H\n", CREATED])), "..xxxxxxx");
    }

    #[test]
    fn rows_of_vjournal_and_of_what_is_not_defined() {
        let journal = |start: &str| format!("BEGIN:VJOURNAL\nUID:1\n{start}END:VJOURNAL");
        assert_eq!(row(&journal(START)), "..xx...xx");
        assert_eq!(row(&journal("DTSTART;VALUE=DATE:20260105\n")), "xxxxxxxxx");
        assert_eq!(row(&journal("")), ".........");
        assert_eq!(
            row(&format!("BEGIN:VOTHER\n{START}END:VOTHER")),
            "........."
        );
    }

    #[test]
    fn rows_of_vfreebusy() {
        let freebusy = |lines: &str| format!("BEGIN:VFREEBUSY\nUID:1\n{lines}END:VFREEBUSY");
        let bounds = format!("{START}DTEND:20260105T120000Z\n");
        assert_eq!(row(&freebusy(&bounds)), "..xxxx.xx");
        let periods = "FREEBUSY;FBTYPE=FREE:20260105T100000Z/PT1H\n\
            FREEBUSY:20260105T110000Z/20260105T120000Z,rubbish\n";
        assert_eq!(row(&freebusy(periods)), "..xxx..xx");
        assert_eq!(row(&freebusy(&format!("{START}{periods}"))), "..xxx..xx");
        assert_eq!(
            row(&freebusy(&format!("{START}DURATION:PT1H\n"))),
            "........."
        );
    }

    #[test]
    fn rows_of_vavailability() {
        let own = |lines: &str| format!("BEGIN:VAVAILABILITY\nUID:1\n{lines}END:VAVAILABILITY");
        let end = "DTEND:20260105T120000Z\n";
        assert_eq!(row(&own(&format!("{START}{end}"))), "..xxx..xx");
        assert_eq!(row(&own(&format!("{START}DURATION:PT2H\n"))), "..xxx..xx");
        assert_eq!(row(&own(START)), "..xxxxxxx");
        assert_eq!(row(&own(end)), "xxxxx..xx");
        assert_eq!(row(&own("")), "xxxxxxxxx");
    }

    #[test]
    fn each_component_answers_for_its_own_instances() {
        let text = calendar(
            "DTSTART:20260105T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEXDATE:20260107T100000Z\n\n\
             RECURRENCE-ID:20260106T100000Z\nDTSTART:20260220T100000Z\nDURATION:PT1H\n\n\
             RECURRENCE-ID;RANGE=THISANDFUTURE:20260201T100000Z\n\
             DTSTART:20260201T200000Z\nDURATION:PT1H",
        );
        let tree = Tree::read(text.as_bytes()).expect("a calendar");
        let zones = Zones::of(&tree, Zone::UTC);
        let set = RecurrenceSet::of(&tree, &zones);
        for (day, expected) in [
            ("20260104", "..."),
            ("20260105", "x.."),
            ("20260106", "..."),
            ("20260107", "..."),
            ("20260131", "x.."),
            ("20260201", "..x"),
            ("20260220", ".xx"),
            ("20991231", "..x"),
        ] {
            let range = range(&format!("{day}T000000Z"), &format!("{day}T235959Z"));
            let seen: String = tree
                .components()
                .map(|component| {
                    if set.overlaps(component, range) {
                        'x'
                    } else {
                        '.'
                    }
                })
                .collect();
            assert_eq!(seen, expected, "{day}");
        }
    }

    #[test]
    fn recurring_tasks_without_a_start_recur_from_when_they_are_due() {
        let task = "BEGIN:VTODO\nUID:1\nDUE;TZID=Europe/Berlin:20260105T180000\nRRULE:FREQ=WEEKLY\nEND:VTODO";
        let at = |start, end| overlaps_in(&Zone::UTC, task, start, end);
        assert!(at("20260706T150000Z", "20260706T160000Z"));
        assert!(!at("20260706T160000Z", "20260706T170000Z"));
        assert!(!at("20260707T000000Z", "20260713T000000Z"));
    }

    #[test]
    fn properties_are_points_in_time() {
        let text = calendar(
            "DTSTAMP:20260105T100000Z\nDTSTART;TZID=Europe/Berlin:20260105T100000\nDURATION:PT2H\n\
             LAST-MODIFIED:rubbish\nX-DATE:20260105T100000Z\nCREATED;VALUE=DATE:20260105",
        );
        let tree = Tree::read(text.as_bytes()).expect("a calendar");
        let zones = Zones::of(&tree, zone("America/New_York"));
        let set = RecurrenceSet::of(&tree, &zones);
        let event = tree.components().next().expect("an event");
        for (name, moment, expected) in [
            ("DTSTAMP", "20260105T100000Z", true),
            ("DTSTAMP", "20260105T100001Z", false),
            ("DTSTART", "20260105T090000Z", true),
            ("DTEND", "20260105T110000Z", true),
            ("DTEND", "20260105T090000Z", false),
            ("DUE", "20260105T110000Z", false),
            ("LAST-MODIFIED", "20260105T100000Z", false),
            ("X-DATE", "20260105T100000Z", false),
            ("CREATED", "20260105T050000Z", true),
        ] {
            let range = range(moment, &format!("{}1Z", moment.trim_end_matches("0Z")));
            let range = Range {
                end: range.start + 1,
                ..range
            };
            let seen = set.property_overlaps(event, name, event.property(name), range);
            assert_eq!(seen, expected, "{name} {moment}");
        }
    }
}
