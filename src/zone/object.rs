//! The zones of one calendar object: which one a TZID in it means.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::Zone;
use crate::text::line::unescape;
use crate::text::tree::Tree;

/// The zones that the TZIDs of one calendar object mean.
#[derive(Debug)]
pub struct Zones<'t> {
    floating: Zone,
    definitions: Vec<Definition<'t>>,
    /// Where the whole calendar is, as its publisher says in X-WR-TIMEZONE.
    published: Option<&'t str>,
}

#[derive(Debug)]
struct Definition<'t> {
    tzid: Cow<'t, str>,
    component: &'t Tree<'t>,
    zone: OnceLock<Option<Zone>>,
}

impl Definition<'_> {
    fn zone(&self) -> Option<&Zone> {
        let zone = || Zone::defined(self.component);
        self.zone.get_or_init(zone).as_ref()
    }
}

/// An object that defines more zones has them by name, where they have one.
const MOST_DEFINITIONS: usize = 64;

impl<'t> Zones<'t> {
    /// `floating` is where times without a zone are.
    #[must_use]
    pub fn of(calendar: &'t Tree<'t>, floating: Zone) -> Zones<'t> {
        let definitions = calendar
            .components()
            .filter(|component| component.is("VTIMEZONE"))
            .filter_map(|component| {
                Some(Definition {
                    tzid: tzid(component)?,
                    component,
                    zone: OnceLock::new(),
                })
            })
            .take(MOST_DEFINITIONS)
            .collect();
        let published = calendar.property("X-WR-TIMEZONE").map(|line| line.value());
        Zones {
            floating,
            definitions,
            published,
        }
    }

    /// The zone of a TZID, where it is known which one is meant: what the object defines (RFC 5545
    /// section 3.2.19), else what the name says (RFC 7809 section 3.1), else where the calendar is.
    #[must_use]
    pub fn find(&self, tzid: &str) -> Option<Zone> {
        let tzid = bare(tzid);
        // Exactly as it is written comes first.
        let same = |one: &&Definition| one.tzid == tzid;
        let alike = |one: &&Definition| one.tzid.eq_ignore_ascii_case(tzid);
        let all = || self.definitions.iter();
        all()
            .filter(same)
            .find_map(Definition::zone)
            .or_else(|| all().filter(alike).find_map(Definition::zone))
            .cloned()
            .or_else(|| Zone::named(tzid))
            .or_else(|| all().filter(alike).find_map(|one| by_hint(one.component)))
            .or_else(|| Zone::named(&unescape(self.published?)))
    }

    /// The zone of a TZID; the floating one where nobody knows which one is meant.
    #[must_use]
    pub fn of_tzid(&self, tzid: &str) -> Zone {
        self.find(tzid).unwrap_or_else(|| self.floating.clone())
    }

    /// Where times without a zone are.
    #[must_use]
    pub fn floating(&self) -> &Zone {
        &self.floating
    }
}

/// The TZID of a VTIMEZONE as parameters refer to it: the property has its commas escaped (RFC 5545
/// section 3.3.11), a parameter has not.
#[must_use]
pub fn tzid<'t>(definition: &'t Tree) -> Option<Cow<'t, str>> {
    Some(match unescape(definition.property("TZID")?.value()) {
        Cow::Borrowed(tzid) => Cow::Borrowed(bare(tzid)),
        Cow::Owned(tzid) => Cow::Owned(bare(&tzid).to_owned()),
    })
}

/// A TZID without what programs put around it.
pub(super) fn bare(tzid: &str) -> &str {
    tzid.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '"')
}

/// What a VTIMEZONE says in passing, where its rules say nothing.
fn by_hint(definition: &Tree) -> Option<Zone> {
    let definition = Tree::read(definition.raw()).ok()?;
    ["TZID", "X-LIC-LOCATION", "X-TZINFO"]
        .iter()
        .filter_map(|name| definition.property(name))
        .find_map(|line| {
            let value = unescape(line.value());
            // ICU writes `X-TZINFO:Europe/Berlin[2026e]`.
            Zone::named(value.split('[').next()?)
        })
}

/// The zone of an iCalendar object with one VTIMEZONE, as CALDAV:calendar-timezone and
/// CALDAV:timezone hold it (RFC 4791 sections 5.2.2 and 9.8).
#[must_use]
pub fn of_calendar_timezone(bytes: &[u8]) -> Option<Zone> {
    let calendar = Tree::read(bytes).ok()?;
    let mut zones = calendar.components().filter(|c| c.is("VTIMEZONE"));
    let definition = zones.next()?;
    match zones.next() {
        None => Zone::defined(definition).or_else(|| by_hint(definition)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::seconds;

    fn calendar(inside: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inside}END:VCALENDAR\r\n")
    }

    /// `Zones` of an object with these definitions has this zone for this TZID.
    fn meant(definitions: &str, tzid: &str) -> Option<i64> {
        let text = calendar(definitions);
        let tree = Tree::read(text.as_bytes()).unwrap();
        let noon = jiff::civil::date(2026, 1, 1).at(12, 0, 0, 0);
        let zone = Zones::of(&tree, Zone::UTC).find(tzid)?;
        Some((seconds(noon) - zone.instant(noon)) / 3600)
    }

    fn fixed(tzid: &str, offset: &str) -> String {
        format!(
            "BEGIN:VTIMEZONE\r\nTZID:{tzid}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
             TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        )
    }

    #[test]
    fn a_definition_is_found_by_its_name_however_written() {
        for (written, referred) in [
            ("Ours", "Ours"),
            ("Ours ", "Ours"),
            // A property is TEXT and has its commas escaped, a parameter has quotes.
            ("(UTC+01:00) Ours\\, Theirs", "(UTC+01:00) Ours, Theirs"),
            ("(UTC+01:00) Ours, Theirs", "(UTC+01:00) Ours, Theirs"),
            ("\"Ours\"", "Ours"),
            ("OURS", "Ours"),
            ("/example.com/Ours", "/example.com/Ours"),
        ] {
            assert_eq!(
                meant(&fixed(written, "+0700"), referred),
                Some(7),
                "{written}"
            );
        }
        assert_eq!(meant(&fixed("Ours", "+0700"), "Theirs"), None);
    }

    #[test]
    fn the_definition_that_can_be_used_counts() {
        let both = fixed("Ours", "+2") + &fixed("Ours", "+0700") + &fixed("Ours", "+0800");
        assert_eq!(meant(&both, "Ours"), Some(7));
        let hint = "X-WR-TIMEZONE:Asia/Tokyo\r\n";
        assert_eq!(
            meant(&(hint.to_owned() + &fixed("Ours", "?")), "Ours"),
            Some(9)
        );
        assert_eq!(meant(hint, "Customized Time Zone"), Some(9));
        assert_eq!(meant(hint, "Europe/Berlin"), Some(1));
    }

    #[test]
    fn the_definition_in_the_object_counts() {
        // Named like a zone of IANA's, and two hours off.
        let text = calendar(
            "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
             TZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n",
        );
        let tree = Tree::read(text.as_bytes()).unwrap();
        let zones = Zones::of(&tree, Zone::UTC);
        let noon = jiff::civil::date(2026, 1, 1).at(12, 0, 0, 0);
        let hours = |tzid: &str| (seconds(noon) - zones.of_tzid(tzid).instant(noon)) / 3600;
        assert_eq!(hours("Europe/Berlin"), 3);
        assert_eq!(hours("Europe/Paris"), 1);
        assert_eq!(hours("Nowhere"), 0);
        assert!(zones.find("Nowhere").is_none());
    }

    #[test]
    fn a_definition_that_defines_nothing_leaves_its_name() {
        for broken in [
            "BEGIN:VTIMEZONE\r\nTZID:Tokyo Standard Time\r\nEND:VTIMEZONE\r\n",
            "BEGIN:VTIMEZONE\r\nTZID:x\r\nX-LIC-LOCATION:Asia/Tokyo\r\nBEGIN:STANDARD\r\n\
             DTSTART:19700101T000000\r\nTZOFFSETFROM:9\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n",
            "BEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
             TZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nRRULE:FREQ=SECONDLY\r\nEND:STANDARD\r\n\
             END:VTIMEZONE\r\n",
        ] {
            let text = calendar(broken);
            let tree = Tree::read(text.as_bytes()).unwrap();
            let id = tree.components().next().unwrap().property("TZID").unwrap();
            let zone = Zones::of(&tree, Zone::UTC).find(id.value()).unwrap();
            assert_eq!(zone.name(), Some("Asia/Tokyo"));
        }
    }
}
