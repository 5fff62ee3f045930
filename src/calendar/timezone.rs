//! RFC 4791 section 5.2.2: calendar-timezone holds an iCalendar object with a single VTIMEZONE.

use crate::text::nest::{Kind, Nest};

/// A whole VCALENDAR with one VTIMEZONE, which has a TZID, and no other component beside it.
#[must_use]
pub fn is_timezone(bytes: &[u8]) -> bool {
    let (mut calendars, mut zones, mut named) = (0, 0, false);
    for step in Nest::new(bytes) {
        let Ok(step) = step else { return false };
        match (step.kind, step.depth) {
            (Kind::Begin, 1) if step.component().eq_ignore_ascii_case("VCALENDAR") => {
                calendars += 1;
            }
            (Kind::Begin, 2) if step.component().eq_ignore_ascii_case("VTIMEZONE") => zones += 1,
            (Kind::Begin, 1 | 2) => return false,
            (Kind::Property, 0) => return false,
            (Kind::Property, 2) if step.line.is("TZID") => named = true,
            _ => {}
        }
    }
    calendars == 1 && zones == 1 && named
}

#[cfg(test)]
mod tests {
    use super::is_timezone;

    #[test]
    fn one_zone_and_nothing_else() {
        let zone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\n\
            DTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
            END:STANDARD\r\nEND:VTIMEZONE\r\n";
        let calendar = |inside: &str| {
            format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{inside}END:VCALENDAR\r\n")
        };
        assert!(is_timezone(calendar(zone).as_bytes()));
        assert!(is_timezone(calendar(zone).replace("\r\n", "\n").as_bytes()));
        for bad in [
            String::new(),
            "Europe/Berlin".into(),
            zone.into(),
            calendar(""),
            calendar(&zone.repeat(2)),
            calendar(&format!("{zone}BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n")),
            calendar(zone).replace("END:VCALENDAR\r\n", ""),
            calendar(&zone.replace("TZID:Europe/Berlin\r\n", "")),
        ] {
            assert!(!is_timezone(bad.as_bytes()), "{bad}");
        }
    }
}
