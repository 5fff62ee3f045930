//! Objects without what does not impact a range of time (RFC 4791 sections 9.6.6 and 9.6.7). What is
//! left is given byte by byte.

use std::ops::ControlFlow;

use crate::calendar::instance::RecurrenceSet;
use crate::calendar::overlap::{Range, periods};
use crate::calendar::series::{Override, Visit};
use crate::text::fold::fold;
use crate::text::line::Line;
use crate::text::tree::{Content, Tree};
use crate::zone::Zones;

/// Without what does not impact the range: overrides that neither are in it nor were, and that
/// describe no other instance that is or was (RFC 4791 section 9.6.6).
#[must_use]
pub fn limit_recurrence_set(calendar: &Tree, set: &RecurrenceSet, range: Range) -> Vec<u8> {
    let is_kept = |component: &Tree| {
        let Some(number) = set.number(component) else {
            return true;
        };
        if set.is_unevaluable() || component.property("RECURRENCE-ID").is_none() {
            return true;
        }
        let own = set.series().changed(number);
        own.is_some_and(|own| impacts(set, own, range)) || set.overlaps(component, range)
    };
    let mut out = calendar.begin.raw().to_vec();
    for content in &calendar.content {
        match content {
            Content::Line(line) => out.extend_from_slice(line.raw()),
            Content::Unread(raw) => out.extend_from_slice(raw),
            Content::Component(component) if is_kept(component) => component.print(&mut out),
            Content::Component(_) => {}
        }
    }
    out.extend_from_slice(calendar.end.raw());
    out
}

/// Whether one of the instances that this override describes would be in the range without it.
fn impacts(set: &RecurrenceSet, own: &Override, range: Range) -> bool {
    let original = set.series().original(own);
    if original.is_some_and(|(start, end, shape)| shape.overlaps(start, end, range)) {
        return true;
    }
    let mut found = false;
    let visit = set.ask(|series, budget| {
        series.visit_original(own.component, range.window(), budget, &mut |instance| {
            found = instance.overlaps(range);
            if found {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })
    });
    found || visit == Visit::Spent
}

/// Without the values of FREEBUSY that do not intersect the range (RFC 4791 section 9.6.7).
#[must_use]
pub fn limit_freebusy_set(calendar: &Tree, zones: &Zones, range: Range) -> Vec<u8> {
    let newline = calendar.newline();
    let mut out = calendar.begin.raw().to_vec();
    for content in &calendar.content {
        match content {
            Content::Line(line) => out.extend_from_slice(line.raw()),
            Content::Unread(raw) => out.extend_from_slice(raw),
            Content::Component(component) if component.is("VFREEBUSY") => {
                out.extend_from_slice(component.begin.raw());
                for content in &component.content {
                    match content {
                        Content::Line(line) if line.group().is_none() && line.is("FREEBUSY") => {
                            limit_values(line, zones, range, newline, &mut out);
                        }
                        Content::Line(line) => out.extend_from_slice(line.raw()),
                        Content::Unread(raw) => out.extend_from_slice(raw),
                        Content::Component(inner) => inner.print(&mut out),
                    }
                }
                out.extend_from_slice(component.end.raw());
            }
            Content::Component(component) => component.print(&mut out),
        }
    }
    out.extend_from_slice(calendar.end.raw());
    out
}

fn limit_values(line: &Line, zones: &Zones, range: Range, newline: &str, out: &mut Vec<u8>) {
    let mut all = true;
    let mut kept: Vec<&str> = Vec::new();
    for (value, period) in periods(line, zones) {
        // What is no period is kept: nobody can say that it is elsewhere.
        if period.is_none_or(|period| period.overlaps(range)) {
            kept.push(value);
        } else {
            all = false;
        }
    }
    if all {
        out.extend_from_slice(line.raw());
    } else if !kept.is_empty() {
        let mut text = line.name().to_owned();
        for parameter in line.parameters() {
            text = text + ";" + parameter.name() + "=" + parameter.raw();
        }
        fold(&(text + ":" + &kept.join(",")), newline, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::examples::{ABCD2, calendar, range};
    use crate::zone::Zone;

    fn limited(components: &str, start: &str, end: &str) -> String {
        let text = calendar(components);
        let tree = Tree::read(text.as_bytes()).expect("a calendar");
        let zones = Zones::of(&tree, Zone::UTC);
        let set = RecurrenceSet::of(&tree, &zones);
        let bytes = limit_recurrence_set(&tree, &set, range(start, end));
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn overrides_that_impact_the_range_are_kept() {
        // Section 7.8.2.
        let parts: Vec<&str> = ABCD2.split("\n\n").collect();
        let first = calendar(&parts[..2].join("\n\n"));
        assert_eq!(
            limited(ABCD2, "20060103T000000Z", "20060105T000000Z"),
            first
        );
        // Moved in, moved out, elsewhere.
        let master = "DTSTART:20260301T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=9";
        let changed = |range: &str, id: &str, start: &str| {
            format!(
                "RECURRENCE-ID{range}:202603{id}T090000Z\nDTSTART:202603{start}T090000Z\nDURATION:PT1H"
            )
        };
        let kept = |changed: &str| {
            let both = format!("{master}\n\n{changed}");
            limited(&both, "20260305T000000Z", "20260306T000000Z") == calendar(&both)
        };
        assert!(kept(&changed("", "01", "05")));
        assert!(kept(&changed("", "05", "20")));
        assert!(!kept(&changed("", "04", "06")));
        let future = ";RANGE=THISANDFUTURE";
        assert!(kept(&changed(future, "02", "02")));
        assert!(
            kept(&changed(future, "02", "22")),
            "what was in the range is no more"
        );
        assert!(!kept(&changed(future, "06", "06")));
        assert!(!kept(&changed(future, "07", "08")));
        assert!(kept(&changed(future, "07", "05")));
    }

    #[test]
    fn freebusy_in_the_range_is_kept() {
        let text = calendar(
            "BEGIN:VFREEBUSY\nUID:1\nDTSTART:20060101T100000Z\nDTEND:20060108T100000Z\n\
             FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060102T100000Z/20060102T120000Z\n\
             FREEBUSY:20060102T100000Z/PT1H,20060103T100000Z/20060103T120000Z,rubbish\n\
             FREEBUSY:20060104T100000Z/PT1H\nEND:VFREEBUSY",
        );
        let tree = Tree::read(text.as_bytes()).expect("a calendar");
        let zones = Zones::of(&tree, Zone::UTC);
        let found =
            limit_freebusy_set(&tree, &zones, range("20060102T000000Z", "20060103T000000Z"));
        let expected = text
            .replace(",20060103T100000Z/20060103T120000Z", "")
            .replace("FREEBUSY:20060104T100000Z/PT1H\r\n", "");
        assert_eq!(String::from_utf8(found).expect("text"), expected);
    }
}
