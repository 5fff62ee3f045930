//! What a calendar-query looks for (RFC 4791 section 9.7), apart from the XML it was written in.
//!
//! # Where the RFC leaves a choice
//!
//! - **A filter on a component counts for each component by itself**: a time-range and a prop-filter
//!   beside it hold for the same VEVENT. A master does not have the times of its overrides.
//! - **A property that occurs several times** matches when one of them does, a negated text too.
//! - **A property or parameter that is missing** matches is-not-defined alone, no text-match, not
//!   even a negated one: "the property value matches it" needs a value.
//! - **A parameter with several values** holds a text when one of the values does.
//! - **Text** is searched in the value as people read it: unfolded and without the escapes. The list
//!   of CATEGORIES is one text.

use std::cell::OnceCell;

use crate::calendar::Component;
use crate::calendar::instance::RecurrenceSet;
use crate::calendar::overlap::Range;
use crate::text::collation::Needle;
use crate::text::line::{Line, unescape};
use crate::text::tree::Tree;
use crate::zone::{Zone, Zones};

/// A whole CALDAV:filter: what is asked of the VCALENDAR.
#[derive(Debug)]
pub struct Filter {
    pub calendar: CompFilter,
}

/// What is asked of something that may be there.
#[derive(Debug)]
pub enum Asked<T> {
    /// It must not be there.
    NotDefined,
    /// It must be there, and so.
    Defined(T),
}

/// Of the components of one name.
#[derive(Debug)]
pub struct CompFilter {
    pub name: String,
    pub asked: Asked<OfComponent>,
}

/// All of it, of one component.
#[derive(Debug, Default)]
pub struct OfComponent {
    pub time_range: Option<Range>,
    pub prop_filters: Vec<PropFilter>,
    pub comp_filters: Vec<CompFilter>,
}

/// Of the properties of one name.
#[derive(Debug)]
pub struct PropFilter {
    pub name: String,
    pub asked: Asked<OfProperty>,
}

/// All of it, of one property.
#[derive(Debug, Default)]
pub struct OfProperty {
    pub value: Option<OfValue>,
    pub param_filters: Vec<ParamFilter>,
}

#[derive(Debug)]
pub enum OfValue {
    TimeRange(Range),
    TextMatch(TextMatch),
}

/// Of the parameters of one name.
#[derive(Debug)]
pub struct ParamFilter {
    pub name: String,
    pub asked: Asked<Option<TextMatch>>,
}

#[derive(Debug)]
pub struct TextMatch {
    pub needle: Needle,
    /// Asked for is a value without the text.
    pub negated: bool,
}

impl TextMatch {
    fn matches(&self, text: &str) -> bool {
        self.needle.is_in(text) != self.negated
    }
}

impl Filter {
    /// Whether an object passes. `floating` is the zone of its dates and floating times.
    #[must_use]
    pub fn matches(&self, calendar: &Tree, floating: &Zone) -> bool {
        let zones = Zones::of(calendar, floating.clone());
        let times = Times {
            calendar,
            zones: &zones,
            set: OnceCell::new(),
        };
        match &self.calendar.asked {
            _ if !calendar.is(&self.calendar.name) => false,
            Asked::NotDefined => false,
            Asked::Defined(asked) => asked.is_met(calendar, None, &times),
        }
    }

    /// The kind of the objects that alone can pass, where the filter names one.
    #[must_use]
    pub fn component(&self) -> Option<Component> {
        self.components_that_must_be()
            .find_map(|(name, _)| Component::from_name(name))
    }

    /// A range that every object that passes overlaps, where the filter has one.
    #[must_use]
    pub fn time_range(&self) -> Option<Range> {
        self.components_that_must_be()
            .find(|(name, _)| Component::from_name(name).is_some())
            .and_then(|(_, asked)| asked.time_range)
    }

    /// Nothing is asked but [`Filter::component`] and [`Filter::time_range`].
    #[must_use]
    pub fn is_answered_by_index(&self) -> bool {
        let Asked::Defined(calendar) = &self.calendar.asked else {
            return false;
        };
        if calendar.time_range.is_some() || !calendar.prop_filters.is_empty() {
            return false;
        }
        match calendar.comp_filters.as_slice() {
            [] => true,
            [one] => match &one.asked {
                Asked::Defined(asked) => {
                    Component::from_name(&one.name).is_some()
                        && asked.prop_filters.is_empty()
                        && asked.comp_filters.is_empty()
                }
                Asked::NotDefined => false,
            },
            _ => false,
        }
    }

    /// Directly inside of the VCALENDAR.
    fn components_that_must_be(&self) -> impl Iterator<Item = (&str, &OfComponent)> {
        let inside = match &self.calendar.asked {
            Asked::Defined(calendar) => calendar.comp_filters.as_slice(),
            Asked::NotDefined => &[],
        };
        inside.iter().filter_map(|inner| match &inner.asked {
            Asked::Defined(asked) => Some((inner.name.as_str(), asked)),
            Asked::NotDefined => None,
        })
    }
}

/// When an object is, found out once somebody asks.
struct Times<'t, 'z> {
    calendar: &'t Tree<'t>,
    zones: &'z Zones<'t>,
    set: OnceCell<RecurrenceSet<'t, 'z>>,
}

impl<'t, 'z> Times<'t, 'z> {
    fn set(&self) -> &RecurrenceSet<'t, 'z> {
        self.set
            .get_or_init(|| RecurrenceSet::of(self.calendar, self.zones))
    }

    fn overlap(&self, component: &Tree, around: Option<&Tree>, range: Range) -> bool {
        match around {
            Some(around) if component.is("VALARM") => {
                self.set().alarm_overlaps(around, component, range)
            }
            _ => self.set().overlaps(component, range),
        }
    }
}

impl OfComponent {
    /// `around` is the component that `component` lies in. Calls itself as deep as the filter is,
    /// and as the object is: both are bounded.
    fn is_met(&self, component: &Tree, around: Option<&Tree>, times: &Times) -> bool {
        // What costs least comes first.
        self.prop_filters
            .iter()
            .all(|filter| filter.matches(component, times))
            && self
                .comp_filters
                .iter()
                .all(|filter| filter.matches(component, times))
            && self
                .time_range
                .is_none_or(|range| times.overlap(component, around, range))
    }
}

impl CompFilter {
    fn matches(&self, around: &Tree, times: &Times) -> bool {
        let mut named = around.components().filter(|c| c.is(&self.name));
        match &self.asked {
            Asked::NotDefined => named.next().is_none(),
            Asked::Defined(asked) => {
                named.any(|component| asked.is_met(component, Some(around), times))
            }
        }
    }
}

impl PropFilter {
    fn matches(&self, component: &Tree, times: &Times) -> bool {
        let mut named = component
            .properties()
            .filter(|line| line.group().is_none() && line.is(&self.name))
            .peekable();
        match &self.asked {
            Asked::NotDefined => named.next().is_none(),
            Asked::Defined(asked) => match (&asked.value, named.peek()) {
                // An end that is not written, but follows from the duration (section 9.9).
                (Some(OfValue::TimeRange(range)), None) => {
                    asked.param_filters.is_empty()
                        && times
                            .set()
                            .property_overlaps(component, &self.name, None, *range)
                }
                _ => named.any(|line| asked.is_met(component, line, times)),
            },
        }
    }
}

impl OfProperty {
    fn is_met(&self, component: &Tree, line: &Line, times: &Times) -> bool {
        let value = match &self.value {
            None => true,
            Some(OfValue::TimeRange(range)) => {
                times
                    .set()
                    .property_overlaps(component, line.name(), Some(line), *range)
            }
            Some(OfValue::TextMatch(text)) => text.matches(&unescape(line.value())),
        };
        value && self.param_filters.iter().all(|filter| filter.matches(line))
    }
}

impl ParamFilter {
    fn matches(&self, line: &Line<'_>) -> bool {
        let mut named = line
            .parameters()
            .filter(|parameter| parameter.name().eq_ignore_ascii_case(&self.name));
        match &self.asked {
            Asked::NotDefined => named.next().is_none(),
            Asked::Defined(None) => named.next().is_some(),
            Asked::Defined(Some(text)) => named.any(|parameter| {
                parameter.values().any(|value| text.needle.is_in(&value)) != text.negated
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::time_range;
    use crate::text::collation::Collation;

    const OBJECT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n\
        DTSTART:20260105T090000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=3\r\n\
        SUMMARY:Lunch\\, long\r\nCATEGORIES:Work,Food\r\n\
        ATTENDEE;CN=Anna;PARTSTAT=ACCEPTED:mailto:anna@example.org\r\n\
        ATTENDEE;PARTSTAT=NEEDS-ACTION;MEMBER=\"mailto:a\",\"mailto:b\":mailto:bert@example.org\r\n\
        BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:20260106T090000Z\r\nDTSTART:20260120T090000Z\r\n\
        SUMMARY:Dinner\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    fn range(start: &str, end: &str) -> Range {
        time_range::read(Some(start), Some(end)).unwrap()
    }

    fn contains(text: &str) -> TextMatch {
        TextMatch {
            needle: Needle::new(Collation::AsciiCasemap, text),
            negated: false,
        }
    }

    fn lacks(text: &str) -> TextMatch {
        TextMatch {
            negated: true,
            ..contains(text)
        }
    }

    fn comp(name: &str, of: OfComponent) -> CompFilter {
        CompFilter {
            name: name.into(),
            asked: Asked::Defined(of),
        }
    }

    fn prop(name: &str, value: Option<OfValue>, param_filters: Vec<ParamFilter>) -> PropFilter {
        PropFilter {
            name: name.into(),
            asked: Asked::Defined(OfProperty {
                value,
                param_filters,
            }),
        }
    }

    fn in_calendar(comp_filters: Vec<CompFilter>) -> Filter {
        let of = OfComponent {
            comp_filters,
            ..OfComponent::default()
        };
        Filter {
            calendar: comp("VCALENDAR", of),
        }
    }

    fn matches(filter: &Filter) -> bool {
        filter.matches(&Tree::read(OBJECT.as_bytes()).unwrap(), &Zone::UTC)
    }

    fn event(of: OfComponent) -> bool {
        matches(&in_calendar(vec![comp("VEVENT", of)]))
    }

    fn with(prop: PropFilter) -> bool {
        event(OfComponent {
            prop_filters: vec![prop],
            ..OfComponent::default()
        })
    }

    fn text(name: &str, text: TextMatch) -> bool {
        with(prop(name, Some(OfValue::TextMatch(text)), vec![]))
    }

    fn param(name: &str, asked: Asked<Option<TextMatch>>) -> ParamFilter {
        ParamFilter {
            name: name.into(),
            asked,
        }
    }

    #[test]
    fn components() {
        let nothing = OfComponent::default;
        assert!(matches(&in_calendar(vec![])));
        assert!(event(nothing()));
        assert!(!matches(&in_calendar(vec![comp("VTODO", nothing())])));
        let absent = |name: &str| CompFilter {
            name: name.into(),
            asked: Asked::NotDefined,
        };
        assert!(matches(&in_calendar(vec![absent("VTODO")])));
        assert!(!matches(&in_calendar(vec![absent("VEVENT")])));
        assert!(!matches(&Filter {
            calendar: absent("VCALENDAR")
        }));
        // The override has no alarm.
        let silent = OfComponent {
            comp_filters: vec![absent("VALARM")],
            ..nothing()
        };
        assert!(event(silent));
        // Nested deeper than the data.
        let deeper = comp(
            "VALARM",
            OfComponent {
                comp_filters: vec![comp("X-DEEP", nothing())],
                ..nothing()
            },
        );
        assert!(!event(OfComponent {
            comp_filters: vec![deeper],
            ..nothing()
        }));
    }

    #[test]
    fn one_component_meets_all() {
        let asked = |start: &str, end: &str, summary: &str| {
            event(OfComponent {
                time_range: Some(range(start, end)),
                prop_filters: vec![prop(
                    "SUMMARY",
                    Some(OfValue::TextMatch(contains(summary))),
                    vec![],
                )],
                ..OfComponent::default()
            })
        };
        assert!(asked("20260107T000000Z", "20260108T000000Z", "lunch"));
        assert!(!asked("20260106T000000Z", "20260107T000000Z", "lunch"));
        assert!(asked("20260120T000000Z", "20260121T000000Z", "dinner"));
        assert!(!asked("20260120T000000Z", "20260121T000000Z", "lunch"));
    }

    #[test]
    fn alarms() {
        let asked = |start: &str, end: &str| {
            let alarm = OfComponent {
                time_range: Some(range(start, end)),
                ..OfComponent::default()
            };
            event(OfComponent {
                comp_filters: vec![comp("VALARM", alarm)],
                ..OfComponent::default()
            })
        };
        assert!(asked("20260107T084500Z", "20260107T084600Z"));
        assert!(!asked("20260107T084501Z", "20260107T090000Z"));
        assert!(!asked("20260106T084500Z", "20260106T084600Z"));
    }

    #[test]
    fn values() {
        assert!(text("summary", contains("LUNCH, LONG")));
        assert!(!text("SUMMARY", contains("breakfast")));
        assert!(text("SUMMARY", lacks("lunch")), "the override's");
        assert!(text("CATEGORIES", contains("food")));
        assert!(
            !text("LOCATION", lacks("x")),
            "what is missing has no value"
        );
        assert!(text("ATTENDEE", contains("bert")));
        assert!(text("ATTENDEE", lacks("bert")), "Anna's");
        assert!(with(prop("ATTENDEE", None, vec![])));
        let absent = |name: &str| PropFilter {
            name: name.into(),
            asked: Asked::NotDefined,
        };
        assert!(with(absent("LOCATION")));
        assert!(!with(absent("UID")));
    }

    #[test]
    fn parameters() {
        let attendee = |who: &str, params| {
            with(prop(
                "ATTENDEE",
                Some(OfValue::TextMatch(contains(who))),
                params,
            ))
        };
        let partstat = |status| param("PARTSTAT", Asked::Defined(Some(contains(status))));
        assert!(attendee("anna", vec![partstat("accepted")]));
        assert!(
            !attendee("bert", vec![partstat("accepted")]),
            "one property meets all"
        );
        assert!(attendee("bert", vec![param("CN", Asked::NotDefined)]));
        assert!(!attendee("anna", vec![param("CN", Asked::NotDefined)]));
        assert!(attendee("anna", vec![param("cn", Asked::Defined(None))]));
        assert!(attendee(
            "",
            vec![param("MEMBER", Asked::Defined(Some(contains("to:b"))))]
        ));
        assert!(!attendee(
            "",
            vec![param("MEMBER", Asked::Defined(Some(lacks("to:b"))))]
        ));
    }

    #[test]
    fn times_of_properties() {
        let at = |name: &str, start: &str, end: &str| {
            with(prop(
                name,
                Some(OfValue::TimeRange(range(start, end))),
                vec![],
            ))
        };
        assert!(at("DTSTART", "20260105T090000Z", "20260105T090001Z"));
        assert!(!at("DTSTART", "20260105T080000Z", "20260105T090000Z"));
        assert!(
            at("DTEND", "20260105T100000Z", "20260105T100001Z"),
            "by DURATION"
        );
        assert!(!at("DUE", "20260101T000000Z", "20270101T000000Z"));
    }

    #[test]
    fn what_the_index_can_answer() {
        let ranged = || OfComponent {
            time_range: Some(range("20260101T000000Z", "20260201T000000Z")),
            ..OfComponent::default()
        };
        let filter = in_calendar(vec![comp("VEVENT", ranged())]);
        assert!(filter.is_answered_by_index());
        assert_eq!(filter.component(), Some(Component::Vevent));
        assert_eq!(filter.time_range(), ranged().time_range);
        assert!(in_calendar(vec![]).is_answered_by_index());

        let uid = prop("UID", None, vec![]);
        let filter = in_calendar(vec![comp(
            "VEVENT",
            OfComponent {
                prop_filters: vec![uid],
                ..ranged()
            },
        )]);
        assert!(!filter.is_answered_by_index());
        assert_eq!(filter.time_range(), ranged().time_range);

        let filter = in_calendar(vec![comp("VTIMEZONE", OfComponent::default())]);
        assert!(!filter.is_answered_by_index());
        assert_eq!(filter.component(), None);
    }
}
