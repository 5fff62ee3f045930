//! Parts of an object (RFC 4791 section 9.6): the components and properties that a client asks for,
//! in the order and with the bytes they were stored with.

use crate::text::line::Line;
use crate::text::tree::{Content, Tree};

/// A CALDAV:comp: what is wanted of a component of this name.
///
/// "ELEMENT comp ((allprop | prop*), (allcomp | comp*))": what is not named is not wanted. Only a
/// comp with nothing in it stands for all of the component; the examples of RFC 4791 sections 7.8.1
/// and 7.8.4 show it with VTIMEZONE.
#[derive(Debug, PartialEq, Eq)]
pub struct Comp {
    pub name: String,
    pub properties: Part<Prop>,
    pub components: Part<Comp>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Part<T> {
    All,
    These(Vec<T>),
}

/// A CALDAV:prop.
#[derive(Debug, PartialEq, Eq)]
pub struct Prop {
    pub name: String,
    /// Name and parameters alone.
    pub without_value: bool,
}

/// The part of a VCALENDAR; nothing where another component is asked for.
#[must_use]
pub fn part(calendar: &Tree<'_>, comp: &Comp) -> Vec<u8> {
    let mut out = Vec::new();
    if calendar.is(&comp.name) {
        write_part(calendar, comp, &mut out);
    }
    out
}

/// Calls itself as deep as `comp` is and the object too: both are bounded.
fn write_part(component: &Tree<'_>, comp: &Comp, out: &mut Vec<u8>) {
    out.extend_from_slice(component.begin.raw());
    for content in &component.content {
        match content {
            Content::Line(line) => match &comp.properties {
                Part::All => out.extend_from_slice(line.raw()),
                Part::These(wanted) => {
                    if let Some(prop) = wanted.iter().find(|prop| prop.is(line)) {
                        write_property(line, prop, out);
                    }
                }
            },
            // There are none in what was read whole.
            Content::Unread(raw) => out.extend_from_slice(raw),
            Content::Component(inner) => match &comp.components {
                Part::All => inner.print(out),
                Part::These(wanted) => {
                    if let Some(comp) = wanted.iter().find(|comp| inner.is(&comp.name)) {
                        write_part(inner, comp, out);
                    }
                }
            },
        }
    }
    out.extend_from_slice(component.end.raw());
}

impl Prop {
    fn is(&self, line: &Line<'_>) -> bool {
        line.group().is_none() && line.is(&self.name)
    }
}

/// Section 9.6.4: without a value "the server will return just the iCalendar property name and any
/// iCalendar parameters and a trailing `:`".
fn write_property(line: &Line<'_>, prop: &Prop, out: &mut Vec<u8>) {
    if prop.without_value {
        out.extend_from_slice(line.raw_head());
        out.extend_from_slice(b"\r\n");
    } else {
        out.extend_from_slice(line.raw());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\n\
        TZID:Z\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Lunch\r\n\
        ATTENDEE;CN=\"Anna:\r\n  Beck\":mailto:\r\n a@b\r\nX-A:1\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\n\
        END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    fn of(comp: &Comp) -> String {
        String::from_utf8(part(&Tree::read(EVENT.as_bytes()).unwrap(), comp)).unwrap()
    }

    fn comp(name: &str, properties: Part<Prop>, components: Part<Comp>) -> Comp {
        Comp {
            name: name.into(),
            properties,
            components,
        }
    }

    fn these(names: &[&str]) -> Part<Prop> {
        Part::These(
            names
                .iter()
                .map(|name| Prop {
                    name: name.trim_end_matches(':').into(),
                    without_value: name.ends_with(':'),
                })
                .collect(),
        )
    }

    #[test]
    fn all_is_what_was_stored() {
        let all = comp("vcalendar", Part::All, Part::All);
        assert_eq!(of(&all), EVENT);
        assert_eq!(of(&comp("VEVENT", Part::All, Part::All)), "");
    }

    #[test]
    fn only_what_is_named_is_given() {
        let event = comp(
            "VEVENT",
            these(&["x-a", "ATTENDEE:", "NONE"]),
            Part::These(vec![]),
        );
        let zone = comp("VTIMEZONE", Part::All, Part::All);
        let asked = comp(
            "VCALENDAR",
            these(&["VERSION"]),
            Part::These(vec![event, zone]),
        );
        assert_eq!(
            of(&asked),
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Z\r\nEND:VTIMEZONE\r\n\
             BEGIN:VEVENT\r\nATTENDEE;CN=\"Anna:\r\n  Beck\":\r\nX-A:1\r\nEND:VEVENT\r\n\
             END:VCALENDAR\r\n"
        );
    }

    #[test]
    fn properties_without_components_and_the_other_way_round() {
        let alarms = comp("VEVENT", Part::These(vec![]), Part::All);
        let asked = comp("VCALENDAR", Part::These(vec![]), Part::These(vec![alarms]));
        assert_eq!(
            of(&asked),
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM\r\n\
             END:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let bare = comp("VCALENDAR", Part::All, Part::These(vec![]));
        assert_eq!(
            of(&bare),
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"
        );
    }
}
