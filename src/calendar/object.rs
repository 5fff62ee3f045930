//! A calendar object resource as RFC 4791 section 4.1 wants it, read once, on PUT.
//!
//! Refused is what RFC 4791 section 5.3.2.1 names, and nothing else: what a client writes beyond
//! the standard is the client's, and is kept as it is.

use crate::calendar::component::Component;
use crate::text::date::Stamp;
use crate::text::line::{Line, unescape};
use crate::text::nest::{self, Kind, Nest, Step};
use std::fmt;

/// Bytes of a UID at most, unescaped. Real ones have less than 300.
pub const MAX_UID: usize = 4096;

/// What the store needs to know of a calendar object resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub uid: String,
    pub component: Component,
}

/// Reads a calendar object resource.
pub fn read(bytes: &[u8]) -> Result<Object, Invalid> {
    let mut reading = Reading::default();
    for step in Nest::new(bytes) {
        reading.take(&step?)?;
    }
    reading.finish()
}

/// What is known so far.
#[derive(Default)]
struct Reading {
    calendars: usize,
    component: Option<Component>,
    uid: Option<String>,
    /// A component without RECURRENCE-ID was seen.
    master: bool,
    current: Option<Current>,
    /// The first breach of section 4.1. It waits for the end, because data that is not iCalendar
    /// at all is the better answer.
    breach: Option<Invalid>,
}

/// The component directly inside VCALENDAR that is being read.
struct Current {
    component: Component,
    line: usize,
    uid: bool,
    start: bool,
    recurrence_id: bool,
}

impl Reading {
    fn take(&mut self, step: &Step) -> Result<(), Invalid> {
        let line = &step.line;
        match (step.kind, step.depth) {
            (Kind::Begin, 1) => {
                if !step.component().eq_ignore_ascii_case("VCALENDAR") {
                    return Err(Invalid::at(line, Reason::NotCalendar));
                }
                self.calendars += 1;
                if self.calendars > 1 {
                    self.breach(line.number(), Reason::SecondCalendar);
                }
            }
            (Kind::Begin, 2) => {
                self.current = Component::from_name(step.component()).map(|component| Current {
                    component,
                    line: line.number(),
                    uid: false,
                    start: false,
                    recurrence_id: false,
                });
            }
            // A name with a dot is no group here, but neither is it one of these.
            (Kind::Property, 1) if line.group().is_none() => self.of_calendar(line)?,
            (Kind::Property, 2) if line.group().is_none() => self.of_component(line)?,
            (Kind::End, 2) => {
                if let Some(ended) = self.current.take() {
                    self.end(&ended)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn of_calendar(&mut self, line: &Line) -> Result<(), Invalid> {
        if line.is("VERSION") {
            // RFC 5545 section 3.7.4: the version, or the least and the greatest.
            let version = line.value().trim();
            if !version.is_empty() && !version.split(';').any(|v| v.trim() == "2.0") {
                return Err(Invalid::at(line, Reason::Version));
            }
        } else if line.is("METHOD") {
            self.breach(line.number(), Reason::Method);
        }
        Ok(())
    }

    fn of_component(&mut self, line: &Line) -> Result<(), Invalid> {
        let Some(current) = &mut self.current else {
            return Ok(());
        };
        if line.is("UID") {
            let uid = unescape(line.value());
            if uid.trim().is_empty() {
                return Ok(());
            }
            current.uid = true;
            if uid.len() > MAX_UID {
                self.breach(line.number(), Reason::LongUid);
            } else if self.uid.as_deref().is_some_and(|first| first != uid) {
                self.breach(line.number(), Reason::SecondUid);
            } else if self.uid.is_none() {
                self.uid = Some(uid.into_owned());
            }
        } else if line.is("RECURRENCE-ID") {
            current.recurrence_id = true;
        } else if ["DTSTART", "DTEND", "DUE"].iter().any(|name| line.is(name)) {
            current.start |= line.is("DTSTART");
            if Stamp::parse(line.value()).is_none() {
                return Err(Invalid::at(line, Reason::Date));
            }
        }
        Ok(())
    }

    fn end(&mut self, ended: &Current) -> Result<(), Invalid> {
        // RFC 5545 section 3.6.1: optional only beside METHOD, which no resource has.
        if ended.component == Component::Vevent && !ended.start {
            return Err(Invalid {
                line: ended.line,
                reason: Reason::NoStart,
            });
        }
        if self.component.is_some_and(|first| first != ended.component) {
            self.breach(ended.line, Reason::SecondKind);
        }
        self.component.get_or_insert(ended.component);
        if !ended.uid {
            self.breach(ended.line, Reason::NoUid);
        }
        if !ended.recurrence_id {
            if self.master {
                self.breach(ended.line, Reason::SecondMaster);
            }
            self.master = true;
        }
        Ok(())
    }

    fn breach(&mut self, line: usize, reason: Reason) {
        self.breach.get_or_insert(Invalid { line, reason });
    }

    fn finish(self) -> Result<Object, Invalid> {
        let whole = |reason| Invalid { line: 0, reason };
        if self.calendars == 0 {
            return Err(whole(Reason::NotCalendar));
        }
        if let Some(breach) = self.breach {
            return Err(breach);
        }
        let component = self.component.ok_or(whole(Reason::NoComponent))?;
        let uid = self.uid.ok_or(whole(Reason::NoUid))?;
        Ok(Object { uid, component })
    }
}

/// A calendar object that is refused, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The physical line, from 1; 0 when it is about the whole.
    pub line: usize,
    pub reason: Reason,
}

impl Invalid {
    fn at(line: &Line, reason: Reason) -> Self {
        Invalid {
            line: line.number(),
            reason,
        }
    }

    /// The precondition of RFC 4791 section 5.3.2.1 that is broken.
    pub fn condition(&self) -> Condition {
        match self.reason {
            Reason::Version => Condition::SupportedCalendarData,
            Reason::Nest(_) | Reason::NotCalendar | Reason::NoStart | Reason::Date => {
                Condition::ValidCalendarData
            }
            Reason::SecondCalendar
            | Reason::Method
            | Reason::NoComponent
            | Reason::SecondKind
            | Reason::NoUid
            | Reason::SecondUid
            | Reason::LongUid
            | Reason::SecondMaster => Condition::ValidCalendarObjectResource,
        }
    }
}

impl From<nest::Invalid> for Invalid {
    fn from(nest::Invalid { line, reason }: nest::Invalid) -> Self {
        Invalid {
            line,
            reason: Reason::Nest(reason),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => self.reason.fmt(f),
            line => write!(f, "Line {line}: {}", self.reason),
        }
    }
}

impl std::error::Error for Invalid {}

/// Preconditions of RFC 4791 section 5.3.2.1 that the data itself can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    SupportedCalendarData,
    ValidCalendarData,
    ValidCalendarObjectResource,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Nest(nest::Reason),
    NotCalendar,
    Version,
    SecondCalendar,
    Method,
    NoComponent,
    SecondKind,
    NoUid,
    SecondUid,
    LongUid,
    SecondMaster,
    NoStart,
    Date,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Nest(reason) => return reason.fmt(f),
            Reason::NotCalendar => "This is not iCalendar: it does not begin with BEGIN:VCALENDAR.",
            Reason::Version => "Only iCalendar 2.0 is understood.",
            Reason::SecondCalendar => {
                "There is more than one VCALENDAR. Store each as its own object."
            }
            Reason::Method => {
                "It has a METHOD, which only messages have. Import the message instead."
            }
            Reason::NoComponent => "It holds no event, task, journal or the like.",
            Reason::SecondKind => {
                "It holds components of two kinds. Store each kind as its own object."
            }
            Reason::NoUid => "A component has no UID.",
            Reason::SecondUid => "It holds two UIDs. Store each as its own object.",
            Reason::LongUid => "The UID is too long.",
            Reason::SecondMaster => {
                "Two components have the same UID and neither is an exception of the other: a RECURRENCE-ID is missing."
            }
            Reason::NoStart => "The event has no DTSTART.",
            Reason::Date => "This is no date or time that exists.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::corpus::{self, Chance};
    use icalendar::parser;
    use std::collections::BTreeMap;

    #[test]
    fn the_corpus_is_accepted() {
        let expected: BTreeMap<&str, (Component, &str)> = [
            (
                "availability.ics",
                (Component::Vavailability, "20250101T000000Z-availability"),
            ),
            (
                "bom-lower-case-blanks.ics",
                (Component::Vevent, "lower-case@example.com"),
            ),
            (
                "fold-of-names.ics",
                (Component::Vevent, "folds-everywhere-0123456789"),
            ),
            (
                "freebusy.ics",
                (Component::Vfreebusy, "19970901T115957Z-76A912@example.com"),
            ),
            (
                "ios-reminder.ics",
                (Component::Vtodo, "C2F0A9E3-5E5B-4F2E-9DC8-0B2A55D1E0B4"),
            ),
            (
                "kde-journal.ics",
                (Component::Vjournal, "KOrg-1837264519.482"),
            ),
            ("own-fields.ics", (Component::Vtodo, "sixty-own-fields")),
            (
                "parameters.ics",
                (Component::Vevent, r"parameters, with ; and \@example.com"),
            ),
            (
                "unknown-components.ics",
                (Component::Vevent, "unknown-components@example.com"),
            ),
        ]
        .into();
        let mut seen = 0;
        for (name, bytes) in corpus::files("ical") {
            let object = read(&bytes).unwrap_or_else(|invalid| panic!("{name}: {invalid}"));
            if let Some((component, uid)) = expected.get(name.as_str()) {
                assert_eq!(
                    (object.component, object.uid.as_str()),
                    (*component, *uid),
                    "{name}"
                );
                seen += 1;
            }
        }
        assert_eq!(seen, expected.len());
    }

    #[test]
    fn a_second_reader_agrees() {
        let mut agreed = 0;
        for (name, bytes) in corpus::files("ical") {
            let object = read(&bytes).unwrap_or_else(|invalid| panic!("{name}: {invalid}"));
            let Ok(text) = String::from_utf8(bytes) else {
                continue;
            };
            let unfolded = parser::unfold(&text);
            let Ok(calendar) = parser::read_calendar(&unfolded) else {
                continue;
            };
            for component in &calendar.components {
                let Some(kind) = Component::from_name(component.name.as_str()) else {
                    continue;
                };
                assert_eq!(kind, object.component, "{name}");
                // Its parser gives names as written and values as escaped.
                let uid = component
                    .properties
                    .iter()
                    .find(|property| property.name.as_str().eq_ignore_ascii_case("UID"));
                let uid = uid.map(|uid| unescape(uid.val.as_str()).into_owned());
                assert_eq!(uid.as_deref(), Some(object.uid.as_str()), "{name}");
                agreed += 1;
            }
        }
        assert!(agreed >= 12, "{agreed}");
    }

    #[test]
    fn what_is_refused_has_its_condition_and_line() {
        for (name, bytes, condition, line) in corpus::refused(".ics") {
            let invalid = read(&bytes).expect_err(&name);
            let told = match invalid.condition() {
                Condition::SupportedCalendarData => "supported-calendar-data",
                Condition::ValidCalendarData => "valid-calendar-data",
                Condition::ValidCalendarObjectResource => "valid-calendar-object-resource",
            };
            assert_eq!(
                (told, invalid.line),
                (condition.as_str(), line),
                "{name}: {invalid}"
            );
            assert!(invalid.to_string().ends_with('.'), "{name}: {invalid}");
        }
    }

    #[test]
    fn damage_does_no_harm() {
        let mut chance = Chance(0xCA1E_DA55);
        let mut accepted = 0;
        for (_, bytes) in corpus::files("ical") {
            for _ in 0..300 {
                accepted += usize::from(read(&chance.damage(&bytes)).is_ok());
            }
        }
        assert!(accepted > 500, "{accepted}");
    }

    #[test]
    fn real_clients_are_forgiven() {
        let event = |lines: &str| {
            let text = format!(
                "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR"
            );
            read(text.as_bytes())
        };
        for lines in [
            "UID:u\nDTSTART;VALUE=DATE:20250101T120000",
            "UID:u\nDTSTART;VALUE=DATE-TIME:20250101",
            "UID:u\nUID:u\nDTSTART: 20250101 \nRRULE:\nEXDATE:\nSUMMARY:",
            "UID:\nUID:u\nDTSTART:20250101\nX-A.DTEND:not this one",
            "DTSTART:20250101T235960Z\nDURATION:nonsense\nRDATE:x\nUID:u",
        ] {
            let object = event(lines).unwrap_or_else(|invalid| panic!("{lines}: {invalid}"));
            assert_eq!(object.uid, "u");
        }
        for version in ["", "VERSION:\n", "VERSION:2.0;2.0\n", "VERSION: 2.0 \n"] {
            let text =
                format!("BEGIN:VCALENDAR\n{version}BEGIN:VTODO\nUID:u\nEND:VTODO\nEND:VCALENDAR\n");
            assert!(read(text.as_bytes()).is_ok(), "{version}");
        }
        assert_eq!(
            event("UID:u\nDTSTART:").map_err(|i| i.reason),
            Err(Reason::Date)
        );
        let longest = format!("DTSTART:20250101\nUID:{}\\,", "u".repeat(MAX_UID - 1));
        assert!(
            event(&longest).is_ok(),
            "the bound is on the text, not on its escapes"
        );
    }
}
