//! Zones by name, as programs write names.

use jiff::tz::{Offset, TimeZone};

use super::windows;

/// The zone that a TZID, X-LIC-LOCATION or X-WR-TIMEZONE names: one of IANA's names, also behind the
/// prefix of a vendor; one of Windows' names; an offset from UTC.
#[must_use]
pub fn named(text: &str) -> Option<TimeZone> {
    let name = text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '"');
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    iana(name)
        .or_else(|| behind_prefix(name))
        .or_else(|| windows(name))
        .or_else(|| offset(name))
        .or_else(|| city(name))
}

/// No real name has half as many bytes.
const LONGEST: usize = 200;

fn iana(name: &str) -> Option<TimeZone> {
    match name {
        "Z" | "z" => Some(TimeZone::UTC),
        _ => jiff::tz::db().get(name).ok(),
    }
}

/// `/mozilla.org/20050126_1/Europe/Berlin`, `/freeassociation.sourceforge.net/Europe/Berlin`,
/// `/softwarestudio.org/Olson_20011030_5/America/Argentina/Ushuaia`.
fn behind_prefix(name: &str) -> Option<TimeZone> {
    let slashes = name.match_indices('/').map(|(at, _)| at);
    // The longest name comes first: there are zones named like the last part of others.
    slashes.take(8).find_map(|at| iana(&name[at + 1..]))
}

/// "W. Europe Standard Time", and what Google makes of a second one: "GMT Standard Time 1".
fn windows(name: &str) -> Option<TimeZone> {
    let plain = name
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .trim_end();
    windows::iana(name)
        .or_else(|| windows::iana(plain))
        .and_then(iana)
}

/// `UTC+01:00`, `GMT-0500`, `+02`. What Windows shows in its settings, `(UTC+01:00) Amsterdam, Berlin`,
/// is no offset: it names cities, which have summers.
fn offset(name: &str) -> Option<TimeZone> {
    let digits = ["UTC", "GMT", "utc", "gmt"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
        .trim_start();
    let seconds = super::vtimezone::offset(&digits.replace(':', ""))?;
    Some(TimeZone::fixed(Offset::from_seconds(seconds).ok()?))
}

/// `(UTC+01:00) Amsterdam, Berlin, Bern, Rom`: the first city that has a zone; else the offset.
fn city(name: &str) -> Option<TimeZone> {
    let (inside, cities) = name.strip_prefix('(')?.split_once(')')?;
    let known = |city: &str| {
        let city = city.trim().replace(' ', "_");
        let own = format!("/{city}");
        let mut zones = jiff::tz::db().available();
        zones.find(|zone| !city.is_empty() && zone.as_str().ends_with(&own))
    };
    let zone = cities.split(',').take(8).find_map(known);
    zone.and_then(|zone| iana(zone.as_str()))
        .or_else(|| offset(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_programs_write_them() {
        for (name, zone) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            (" Europe/Berlin ", "Europe/Berlin"),
            ("\"Europe/Berlin\"", "Europe/Berlin"),
            ("/Europe/Berlin", "Europe/Berlin"),
            ("/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin"),
            (
                "/freeassociation.sourceforge.net/Tzfile/Europe/Berlin",
                "Europe/Berlin",
            ),
            (
                "/citadel.org/20210210_1/America/New_York",
                "America/New_York",
            ),
            (
                "/softwarestudio.org/Olson_20011030_5/America/Argentina/Ushuaia",
                "America/Argentina/Ushuaia",
            ),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("GMT Standard Time 1", "Europe/London"),
            ("Eastern Standard Time", "America/New_York"),
            (
                "(UTC+01:00) Amsterdam, Berlin, Bern, Rome",
                "Europe/Amsterdam",
            ),
            ("(UTC-05:00) Eastern Time (US & Canada)", "-05"),
            ("UTC+01:00", "+01"),
            ("GMT-0530", "-05:30"),
            ("+02", "+02"),
            ("Etc/GMT+5", "Etc/GMT+5"),
            ("Z", "UTC"),
            ("US/Pacific", "US/Pacific"),
        ] {
            let found = named(name).unwrap_or_else(|| panic!("{name}"));
            let shown = match found.iana_name() {
                Some(name) => name.to_owned(),
                None => found.to_fixed_offset().unwrap().to_string(),
            };
            assert_eq!(shown, zone, "{name}");
        }
        for name in [
            "",
            "Customized Time Zone",
            "Europe/Atlantis",
            "../../etc/passwd",
            "(UTC",
            "UTC+99:00",
            "/",
            &"/".repeat(500),
        ] {
            assert!(named(name).is_none(), "{name}");
        }
    }
}
