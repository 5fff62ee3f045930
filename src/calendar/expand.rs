//! Each instance as a component by itself (RFC 4791 section 9.6.5). What an instance does not change
//! is given byte by byte.

use crate::calendar::instance::{RecurrenceSet, TooMany};
use crate::calendar::moment::Moment;
use crate::calendar::overlap::Range;
use crate::calendar::series::{Instance, Visit};
use crate::text::duration::Duration;
use crate::text::fold::fold;
use crate::text::line::Line;
use crate::text::tree::{Content, Tree};
use crate::zone::{Zone, Zones};

/// How much is expanded at most, for one object.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub instances: usize,
    pub bytes: usize,
}

/// The object with a component for each instance that overlaps the range, by start: "date and local
/// time with reference to time zone information" in UTC, dates and floating times as they are,
/// without VTIMEZONE and without recurrence properties. All instances of what recurs have a
/// RECURRENCE-ID, the first too.
///
/// An object that cannot be evaluated is given as it is, and so is one with VAVAILABILITY, whose
/// parts recur inside it.
///
/// # Errors
/// The limit is passed.
pub fn expand(
    calendar: &Tree,
    set: &RecurrenceSet,
    range: Range,
    limit: Limit,
) -> Result<Vec<u8>, TooMany> {
    let whole = || {
        let mut out = Vec::new();
        calendar.print(&mut out);
        Ok(out)
    };
    let is_plain = |component: &Tree| !component.is("VAVAILABILITY");
    if set.is_unevaluable() || !calendar.components().all(is_plain) {
        return whole();
    }
    let instances = match set.known_instances(range, limit.instances) {
        (instances, Visit::Complete) => instances,
        (_, Visit::Stopped) => return Err(TooMany),
        (_, Visit::Spent) => return whole(),
    };
    let mut templates: Vec<Option<Template>> = Vec::new();
    templates.resize_with(set.components.len(), || None);
    let mut out = Vec::with_capacity(calendar.raw().len());
    let newline = calendar.newline();
    out.extend_from_slice(calendar.begin.raw());
    for content in &calendar.content {
        match content {
            Content::Line(line) => out.extend_from_slice(line.raw()),
            Content::Unread(raw) => out.extend_from_slice(raw),
            Content::Component(_) => {}
        }
    }
    for component in calendar.components() {
        let is_dated = set
            .number(component)
            .is_some_and(|number| set.is_dated(number));
        if !is_dated && !component.is("VTIMEZONE") && set.overlaps(component, range) {
            Template::of(component, set.zones, newline).write(None, &mut out);
        }
    }
    for instance in &instances {
        let (Some(component), Some(slot)) = (
            set.component(instance),
            templates.get_mut(instance.component),
        ) else {
            continue;
        };
        slot.get_or_insert_with(|| Template::of(component, set.zones, newline))
            .write(Some(instance), &mut out);
        if out.len() > limit.bytes {
            return Err(TooMany);
        }
    }
    out.extend_from_slice(calendar.end.raw());
    Ok(out)
}

/// A component, cut where instances differ.
struct Template<'t> {
    parts: Vec<Part<'t>>,
    zones: &'t Zones<'t>,
    newline: &'static str,
    /// RECURRENCE-ID is its own.
    has_id: bool,
    /// Something says how long it is.
    has_end: bool,
}

enum Part<'t> {
    Raw(&'t [u8]),
    /// Does not differ, but is not as it was written.
    Written(Vec<u8>),
    Start(&'t Line<'t>),
    End(&'t Line<'t>),
    Duration(&'t Line<'t>),
    Id(&'t Line<'t>),
}

impl<'t> Template<'t> {
    fn of(component: &'t Tree<'t>, zones: &'t Zones<'t>, newline: &'static str) -> Template<'t> {
        let mut template = Template {
            parts: Vec::new(),
            zones,
            newline,
            has_id: component.property("RECURRENCE-ID").is_some(),
            has_end: ["DTEND", "DUE", "DURATION"]
                .iter()
                .any(|name| component.property(name).is_some()),
        };
        let starts_with_due = component.is("VTODO") && component.property("DTSTART").is_none();
        template.parts.push(Part::Raw(component.begin.raw()));
        for content in &component.content {
            match content {
                Content::Component(inner) => template.take_inner(inner),
                Content::Line(line) => template.take_own(line, starts_with_due),
                Content::Unread(raw) => template.parts.push(Part::Raw(raw)),
            }
        }
        template.parts.push(Part::Raw(component.end.raw()));
        template
    }

    fn take_own(&mut self, line: &'t Line<'t>, starts_with_due: bool) {
        let is = |name| line.is(name);
        if line.group().is_some() {
            self.take(line);
        } else if is("DTSTART") || (starts_with_due && is("DUE")) {
            self.parts.push(Part::Start(line));
        } else if is("DTEND") || is("DUE") {
            self.parts.push(Part::End(line));
        } else if is("DURATION") {
            self.parts.push(Part::Duration(line));
        } else if is("RECURRENCE-ID") {
            self.parts.push(Part::Id(line));
        } else if !["RRULE", "RDATE", "EXDATE", "EXRULE"].into_iter().any(is) {
            self.take(line);
        }
    }

    /// Components are at most [`crate::text::nest::MAX_DEPTH`] deep.
    fn take_inner(&mut self, component: &'t Tree<'t>) {
        self.parts.push(Part::Raw(component.begin.raw()));
        for content in &component.content {
            match content {
                Content::Component(inner) => self.take_inner(inner),
                Content::Line(line) => self.take(line),
                Content::Unread(raw) => self.parts.push(Part::Raw(raw)),
            }
        }
        self.parts.push(Part::Raw(component.end.raw()));
    }

    /// A property that is not this module's affair: only a reference to a zone is taken out of it.
    fn take(&mut self, line: &'t Line<'t>) {
        let moments = || {
            line.parameter("TZID")?;
            let moments: Option<Vec<Moment>> = Moment::read_list(line, self.zones).collect();
            moments.filter(|moments| !moments.is_empty())
        };
        self.parts.push(match moments() {
            None => Part::Raw(line.raw()),
            Some(moments) => {
                let values: Vec<String> = moments.iter().map(|m| m.to_utc().to_string()).collect();
                let is_date = moments.iter().all(Moment::is_date);
                let mut written = Vec::new();
                let text = property(line, is_date, &values.join(","));
                fold(&text, self.newline, &mut written);
                Part::Written(written)
            }
        });
    }

    fn write(&self, instance: Option<&Instance>, out: &mut Vec<u8>) {
        let Some(instance) = instance else {
            for part in &self.parts {
                self.as_it_is(part, out);
            }
            return;
        };
        for part in &self.parts {
            match part {
                Part::Start(line) => {
                    self.moment(line, &at(&instance.start, instance.starts), out);
                    if let Some(id) = instance.id.as_ref().filter(|_| !self.has_id) {
                        let id = id.to_utc();
                        let form = if id.is_date() { ";VALUE=DATE" } else { "" };
                        fold(&format!("RECURRENCE-ID{form}:{id}"), self.newline, out);
                    }
                    if !self.has_end && instance.length != default_length(&instance.start) {
                        let length = exact(instance);
                        fold(&format!("DURATION:{length}"), self.newline, out);
                    }
                }
                Part::End(line) => match Moment::read(line, self.zones) {
                    Some(form) => {
                        let end = form.at_instant(instance.ends, self.zones.floating());
                        self.moment(line, &at(&end, instance.ends), out);
                    }
                    None => push(line.raw(), self.newline, out),
                },
                Part::Duration(line) => {
                    let kept = Duration::parse(line.value()) == Some(instance.length);
                    let length = exact(instance);
                    if kept && length == instance.length {
                        push(line.raw(), self.newline, out);
                    } else {
                        fold(
                            &property(line, false, &length.to_string()),
                            self.newline,
                            out,
                        );
                    }
                }
                Part::Id(line) => match &instance.id {
                    Some(id) => self.moment(line, &id.to_utc(), out),
                    None => self.as_it_is(part, out),
                },
                Part::Raw(_) | Part::Written(_) => self.as_it_is(part, out),
            }
        }
    }

    fn as_it_is(&self, part: &Part, out: &mut Vec<u8>) {
        match part {
            Part::Raw(raw) => push(raw, self.newline, out),
            Part::Written(written) => out.extend_from_slice(written),
            Part::Start(line) | Part::End(line) | Part::Duration(line) | Part::Id(line) => {
                match Moment::read(line, self.zones) {
                    Some(moment) => self.moment(line, &moment.to_utc(), out),
                    None => push(line.raw(), self.newline, out),
                }
            }
        }
    }

    fn moment(&self, line: &Line, moment: &Moment, out: &mut Vec<u8>) {
        let text = property(line, moment.is_date(), &moment.to_string());
        fold(&text, self.newline, out);
    }
}

/// The same property with another value, which is in no zone and of one instance.
fn property(line: &Line, is_date: bool, value: &str) -> String {
    let mut text = match line.group() {
        Some(group) => format!("{group}.{}", line.name()),
        None => line.name().to_owned(),
    };
    for parameter in line.parameters() {
        let name = parameter.name();
        if ["TZID", "VALUE", "RANGE"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
        {
            continue;
        }
        text = text + ";" + name + "=" + parameter.raw();
    }
    if is_date {
        text += ";VALUE=DATE";
    }
    text + ":" + value
}

/// In UTC where it was in a zone. The moment is known better than the clock says, which shows some
/// times twice.
fn at(moment: &Moment, instant: i64) -> Moment {
    match moment {
        Moment::Zoned(..) => Moment::Utc(Zone::UTC.local(instant)),
        other => other.clone(),
    }
}

/// A day in UTC has always 24 hours, so that what is nominal in a zone is written as it is exactly.
fn exact(instance: &Instance) -> Duration {
    match instance.start {
        Moment::Zoned(..) if instance.length.days != 0 => {
            let exact = instance.ends.saturating_sub(instance.starts);
            if exact == instance.length.nominal_seconds() {
                instance.length
            } else {
                Duration::of_seconds(exact)
            }
        }
        _ => instance.length,
    }
}

fn default_length(start: &Moment) -> Duration {
    Duration::of_days(i64::from(start.is_date()))
}

/// A line whose line end may be missing, where the object ends without one.
fn push(raw: &[u8], newline: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(raw);
    if !raw.ends_with(b"\n") {
        out.extend_from_slice(newline.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::examples::{ABCD2, calendar, range, zone};

    const LIMIT: Limit = Limit {
        instances: 100,
        bytes: 100_000,
    };

    fn with<R>(text: &str, ask: impl FnOnce(&Tree, &RecurrenceSet, &Zones) -> R) -> R {
        let tree = Tree::read(text.as_bytes()).expect("a calendar");
        let zones = Zones::of(&tree, zone("Europe/Berlin"));
        let set = RecurrenceSet::of(&tree, &zones);
        ask(&tree, &set, &zones)
    }

    fn expanded(text: &str, start: &str, end: &str) -> Result<String, TooMany> {
        let bytes = with(text, |tree, set, _| {
            expand(tree, set, range(start, end), LIMIT)
        })?;
        Ok(String::from_utf8(bytes).expect("text"))
    }

    fn check(text: &str, start: &str, end: &str, expected: &str) {
        let found = expanded(text, start, end).expect("few instances");
        assert_eq!(found, expected);
        assert!(Tree::read(found.as_bytes()).is_ok());
    }

    /// Section 7.8.3, whose answer lacks the Z of UTC.
    #[test]
    fn the_example_of_the_rfc() {
        check(
            &calendar(ABCD2),
            "20060103T000000Z",
            "20060105T000000Z",
            &calendar(
                "DTSTAMP:20060206T001121Z\nDTSTART:20060103T170000Z\nRECURRENCE-ID:20060103T170000Z\n\
                 DURATION:PT1H\nSUMMARY:Event #2\n\n\
                 DTSTAMP:20060206T001121Z\nDTSTART:20060104T190000Z\nDURATION:PT1H\n\
                 RECURRENCE-ID:20060104T170000Z\nSUMMARY:Event #2 bis",
            ),
        );
        let single = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@example.com\nDTSTART;TZID=US/Eastern:20060104T100000\n\
            DURATION:PT1H\nSEQUENCE:1";
        check(
            &calendar(single),
            "20060103T000000Z",
            "20060105T000000Z",
            &calendar(
                "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@example.com\nDTSTART:20060104T150000Z\n\
                 DURATION:PT1H\nSEQUENCE:1",
            ),
        );
    }

    #[test]
    fn no_recurrence_and_no_zone_is_left() {
        let zone = "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:19701025T030000\n\
            TZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n\
            BEGIN:DAYLIGHT\nDTSTART:19700329T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
            RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE";
        let event = "dtstart;X-A=\"b;c\";TZID=Europe/Berlin;VALUE=DATE-TIME:20260328T120000\n\
            DTEND;TZID=Europe/Berlin:20260328T130000\nrrule:FREQ=DAILY;COUNT=3\n\
            RDATE;TZID=Europe/Berlin:20260401T120000\nEXDATE;TZID=Europe/Berlin:20260328T120000\n\
            EXRULE:FREQ=YEARLY\nX-SNOOZE;TZID=Europe/Berlin:20260101T000000\nX-OTHER;TZID=x:y\n\
            SUMMARY:a\\, b\nBEGIN:VALARM\nTRIGGER:-PT5M\nX-ACK;TZID=Europe/Berlin:20260101T120000\nEND:VALARM";
        let instance = |hour: &str, id: &str| {
            format!(
                "dtstart;X-A=\"b;c\":{id}\nRECURRENCE-ID:{id}\nDTEND:{}\nX-SNOOZE:20251231T230000Z\n\
                 X-OTHER;TZID=x:y\nSUMMARY:a\\, b\nBEGIN:VALARM\nTRIGGER:-PT5M\nX-ACK:20260101T110000Z\n\
                 END:VALARM",
                id.replace("T10", hour)
            )
        };
        check(
            &calendar(&format!("{zone}\n\n{event}")),
            "20260101T000000Z",
            "20270101T000000Z",
            &calendar(
                &["20260329T100000Z", "20260330T100000Z", "20260401T100000Z"]
                    .map(|id| instance("T11", id))
                    .join("\n\n"),
            ),
        );
    }

    #[test]
    fn dates_and_floating_times_stay() {
        check(
            &calendar("DTSTART:20260328\nDTEND;VALUE=DATE:20260330\nRRULE:FREQ=WEEKLY"),
            "20260404T000000Z",
            "20260405T000000Z",
            &calendar(
                "DTSTART;VALUE=DATE:20260404\nRECURRENCE-ID;VALUE=DATE:20260404\nDTEND;VALUE=DATE:20260406",
            ),
        );
        check(
            &calendar("DTSTART:20260328T230000\nDTEND:20260329T010000\nRRULE:FREQ=DAILY"),
            "20260328T230000Z",
            "20260329T000000Z",
            &calendar(
                "DTSTART:20260328T230000\nRECURRENCE-ID:20260328T230000\nDTEND:20260329T010000",
            ),
        );
    }

    #[test]
    fn lengths_are_those_of_the_instance() {
        // A day of 23 hours, which UTC does not have.
        check(
            &calendar(
                "DTSTART;TZID=Europe/Berlin:20260321T120000\nDURATION:P1D\nRRULE:FREQ=WEEKLY;COUNT=2",
            ),
            "20260301T000000Z",
            "",
            &calendar(
                "DTSTART:20260321T110000Z\nRECURRENCE-ID:20260321T110000Z\nDURATION:P1D\n\n\
                 DTSTART:20260328T110000Z\nRECURRENCE-ID:20260328T110000Z\nDURATION:PT23H",
            ),
        );
        check(
            &calendar("DTSTART:20260321T120000Z\nRDATE;VALUE=PERIOD:20260322T120000Z/PT2H"),
            "20260301T000000Z",
            "",
            &calendar(
                "DTSTART:20260321T120000Z\nRECURRENCE-ID:20260321T120000Z\n\n\
                 DTSTART:20260322T120000Z\nRECURRENCE-ID:20260322T120000Z\nDURATION:PT2H",
            ),
        );
    }

    #[test]
    fn this_and_future_is_many() {
        check(
            &calendar(
                "DTSTART:20260301T090000Z\nDTEND:20260301T100000Z\nRRULE:FREQ=DAILY;COUNT=4\nSUMMARY:a\n\n\
                 RECURRENCE-ID;RANGE=THISANDFUTURE:20260303T090000Z\nDTSTART:20260303T110000Z\n\
                 DTEND:20260303T130000Z\nSUMMARY:b",
            ),
            "20260302T000000Z",
            "20260305T000000Z",
            &calendar(
                "DTSTART:20260302T090000Z\nRECURRENCE-ID:20260302T090000Z\nDTEND:20260302T100000Z\nSUMMARY:a\n\n\
                 RECURRENCE-ID:20260303T090000Z\nDTSTART:20260303T110000Z\nDTEND:20260303T130000Z\nSUMMARY:b\n\n\
                 RECURRENCE-ID:20260304T090000Z\nDTSTART:20260304T110000Z\nDTEND:20260304T130000Z\nSUMMARY:b",
            ),
        );
    }

    #[test]
    fn tasks_are_expanded_too() {
        let todo = |lines: &str| format!("BEGIN:VTODO\nUID:1\n{lines}\nEND:VTODO");
        check(
            &calendar(&todo(
                "DUE;TZID=Europe/Berlin:20260301T180000\nRRULE:FREQ=DAILY",
            )),
            "20260302T000000Z",
            "20260303T000000Z",
            &calendar(&todo(
                "DUE:20260302T170000Z\nRECURRENCE-ID:20260302T170000Z",
            )),
        );
        let undated = calendar(&todo(
            "SUMMARY:some day\nX-A;TZID=Europe/Berlin:20260301T180000",
        ));
        let without = undated.replace(";TZID=Europe/Berlin:20260301T180000", ":20260301T170000Z");
        check(&undated, "20260302T000000Z", "20260303T000000Z", &without);
        let done = calendar(&todo("COMPLETED:20260101T000000Z"));
        let nothing = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n";
        check(&done, "20260302T000000Z", "20260303T000000Z", nothing);
        check(
            &calendar("DTSTART:20250101T000000Z"),
            "20260302T000000Z",
            "",
            nothing,
        );
    }

    #[test]
    fn bytes_stay_as_they_are() {
        let text = "BEGIN:VCALENDAR\nX-A:1\nBEGIN:VEVENT\nDESCRIPTION:fol\n ded\nDTSTART:20260301T090000Z\n\
            RRULE:FREQ=DAILY;COUNT=2\n\nEND:VEVENT\nEND:VCALENDAR";
        check(
            text,
            "20260302T000000Z",
            "20260303T000000Z",
            "BEGIN:VCALENDAR\nX-A:1\nBEGIN:VEVENT\nDESCRIPTION:fol\n ded\nDTSTART:20260302T090000Z\n\
             RECURRENCE-ID:20260302T090000Z\n\nEND:VEVENT\nEND:VCALENDAR",
        );
        for unevaluable in [
            "DTSTART:20260301T090000Z\nRRULE:FREQ=SECONDLY\nEXRULE:FREQ=SECONDLY",
            "DTSTART:20260301T090000Z\nRRULE:RSCALE=CHINESE;FREQ=YEARLY",
            "BEGIN:VAVAILABILITY\nDTSTART;TZID=Europe/Berlin:20260301T090000\nEND:VAVAILABILITY",
        ] {
            let text = calendar(unevaluable);
            check(&text, "20260302T000000Z", "20260303T000000Z", &text);
        }
    }

    #[test]
    fn too_much_is_an_error() {
        let daily = calendar("DTSTART:20260301T090000Z\nRRULE:FREQ=DAILY");
        assert!(expanded(&daily, "20260301T000000Z", "20260609T090000Z").is_ok());
        assert_eq!(
            expanded(&daily, "20260301T000000Z", "20260609T090001Z"),
            Err(TooMany)
        );
        let long = format!(
            "DTSTART:20260301T090000Z\nRRULE:FREQ=DAILY\nX-A:{}",
            "x".repeat(50_000)
        );
        assert!(expanded(&calendar(&long), "20260301T000000Z", "20260302T000000Z").is_ok());
        assert!(expanded(&calendar(&long), "20260301T000000Z", "20260304T000000Z").is_err());
    }
}
