//! Events: 72 % timed, 12 % all-day, 16 % recurring, 2025 to 2027, about 1.3 KB each.

use super::day::Day;
use super::{Dice, Lines, Object};

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

const BERLIN: &[&str] = &[
    "BEGIN:VTIMEZONE",
    "TZID:Europe/Berlin",
    "X-LIC-LOCATION:Europe/Berlin",
    "BEGIN:DAYLIGHT",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "TZNAME:CEST",
    "DTSTART:19700329T020000",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "END:DAYLIGHT",
    "BEGIN:STANDARD",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "TZNAME:CET",
    "DTSTART:19701025T030000",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "END:STANDARD",
    "END:VTIMEZONE",
];

const NEW_YORK: &[&str] = &[
    "BEGIN:VTIMEZONE",
    "TZID:America/New_York",
    "X-LIC-LOCATION:America/New_York",
    "BEGIN:DAYLIGHT",
    "TZOFFSETFROM:-0500",
    "TZOFFSETTO:-0400",
    "TZNAME:EDT",
    "DTSTART:20070311T020000",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
    "END:DAYLIGHT",
    "BEGIN:STANDARD",
    "TZOFFSETFROM:-0400",
    "TZOFFSETTO:-0500",
    "TZNAME:EST",
    "DTSTART:20071104T020000",
    "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
    "END:STANDARD",
    "END:VTIMEZONE",
];

const TOKYO: &[&str] = &[
    "BEGIN:VTIMEZONE",
    "TZID:Asia/Tokyo",
    "X-LIC-LOCATION:Asia/Tokyo",
    "BEGIN:STANDARD",
    "TZOFFSETFROM:+0900",
    "TZOFFSETTO:+0900",
    "TZNAME:JST",
    "DTSTART:19700101T000000",
    "END:STANDARD",
    "END:VTIMEZONE",
];

struct Zone {
    /// None is UTC.
    id: Option<&'static str>,
    definition: &'static [&'static str],
}

const ZONES: [Zone; 4] = [
    Zone {
        id: Some("Europe/Berlin"),
        definition: BERLIN,
    },
    Zone {
        id: Some("America/New_York"),
        definition: NEW_YORK,
    },
    Zone {
        id: Some("Asia/Tokyo"),
        definition: TOKYO,
    },
    Zone {
        id: None,
        definition: &[],
    },
];

impl Zone {
    fn time(&self, property: &str, day: Day, minute: i64) -> String {
        let clock = format!("{day}T{:02}{:02}00", minute / 60, minute % 60);
        match self.id {
            Some(id) => format!("{property};TZID={id}:{clock}"),
            None => format!("{property}:{clock}Z"),
        }
    }
}

enum Shape {
    Timed,
    AllDay,
    Recurring,
}

/// The event of this number. A later `revision` of it is the same event with another summary and
/// SEQUENCE, as a client writes after an edit.
pub fn event(number: usize, revision: u32) -> Object {
    let mut dice = Dice::of(1, number);
    let uid = dice.uuid();
    let shape = match dice.below(100) {
        0..72 => Shape::Timed,
        72..84 => Shape::AllDay,
        _ => Shape::Recurring,
    };
    let zone = match dice.below(100) {
        0..55 => &ZONES[0],
        55..70 => &ZONES[1],
        70..80 => &ZONES[2],
        _ => &ZONES[3],
    };
    let first = Day {
        year: 2025,
        month: 1,
        day: 1,
    };
    let day = first.plus(dice.below(1095) as i64);

    let mut lines = Lines::default();
    lines.line("BEGIN:VCALENDAR");
    lines.line("VERSION:2.0");
    lines.line("PRODID:-//davbox//bench seed//EN");
    lines.line("CALSCALE:GREGORIAN");
    if !matches!(shape, Shape::AllDay) {
        zone.definition.iter().for_each(|line| lines.line(line));
    }
    let summary = dice.prose(4);
    let summary = if revision == 0 {
        summary
    } else {
        format!("{summary} ({revision})")
    };
    match shape {
        Shape::Timed => {
            let minute = 7 * 60 + 15 * dice.below(48) as i64;
            let length = 15 + 15 * dice.below(8) as i64;
            open(&mut lines, &uid, revision);
            lines.line(zone.time("DTSTART", day, minute));
            lines.line(zone.time("DTEND", day, minute + length));
            lines.line(format!("SUMMARY:{summary}"));
            details(&mut lines, &mut dice, 48);
        }
        Shape::AllDay => {
            open(&mut lines, &uid, revision);
            lines.line(format!("DTSTART;VALUE=DATE:{day}"));
            lines.line(format!(
                "DTEND;VALUE=DATE:{}",
                day.plus(1 + dice.below(4) as i64)
            ));
            lines.line(format!("SUMMARY:{summary}"));
            lines.line("TRANSP:TRANSPARENT");
            details(&mut lines, &mut dice, 80);
        }
        Shape::Recurring => recurring(&mut lines, &mut dice, zone, &uid, day, revision, &summary),
    }
    lines.line("END:VCALENDAR");
    Object {
        name: format!("{uid}.ics"),
        text: lines.finish(),
    }
}

/// An event like [`event`]'s, 28 years earlier and with an end: weekdays and leap days are the same.
pub fn elsewhere(number: usize) -> Object {
    let Object { name, mut text } = event(ELSEWHERE + number, 0);
    for year in 2025..2045 {
        for before in [":", "="] {
            let earlier = format!("{before}{}", year - 28);
            text = text.replace(&format!("{before}{year}"), &earlier);
        }
    }
    let lines = text.split("\r\n").map(|line| {
        let endless = line.starts_with("RRULE:")
            && !line.contains("BYMONTH=")
            && !["COUNT=", "UNTIL="].iter().any(|end| line.contains(end));
        if endless {
            format!("{line};COUNT=30")
        } else {
            line.to_owned()
        }
    });
    Object {
        name,
        text: lines.collect::<Vec<_>>().join("\r\n"),
    }
}

/// Numbers that no other row uses.
const ELSEWHERE: usize = 50_000_000;

fn open(lines: &mut Lines, uid: &str, revision: u32) {
    lines.line("BEGIN:VEVENT");
    lines.line(format!("UID:{uid}"));
    lines.line("DTSTAMP:20250102T030405Z");
    lines.line("CREATED:20241224T180000Z");
    lines.line("LAST-MODIFIED:20250102T030405Z");
    lines.line(format!("SEQUENCE:{revision}"));
}

/// Everything a client adds that no server looks at twice, and the end of the component.
fn details(lines: &mut Lines, dice: &mut Dice, words: usize) {
    if dice.chance(60) {
        lines.line(format!("LOCATION:{}", dice.prose(3)));
    }
    lines.line(format!(
        "DESCRIPTION:{}\\n{}",
        dice.prose(words / 2),
        dice.prose(words / 2)
    ));
    if dice.chance(50) {
        lines.line("CATEGORIES:WORK,MEETING");
    }
    if dice.chance(40) {
        lines.line("ORGANIZER;CN=Team Office:mailto:office@example.org");
        for _ in 0..1 + dice.below(4) {
            let guest = dice.below(500);
            let state = dice.pick(&["ACCEPTED", "DECLINED", "TENTATIVE", "NEEDS-ACTION"]);
            lines.line(format!(
                "ATTENDEE;CN=Guest {guest};CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={state};\
                 RSVP=TRUE:mailto:guest{guest}@example.org"
            ));
        }
    }
    lines.line("STATUS:CONFIRMED");
    if dice.chance(60) {
        lines.line("BEGIN:VALARM");
        lines.line("ACTION:DISPLAY");
        lines.line("DESCRIPTION:Reminder");
        lines.line(format!("TRIGGER:-PT{}M", dice.pick(&[5, 10, 15, 30, 60])));
        lines.line("END:VALARM");
    }
    lines.line("END:VEVENT");
}

fn recurring(
    lines: &mut Lines,
    dice: &mut Dice,
    zone: &Zone,
    uid: &str,
    day: Day,
    revision: u32,
    summary: &str,
) {
    // A rule "on the 31st" or "on the fifth Monday" leaves months out; the seed's days exist in all.
    let day = Day {
        day: day.day.min(28),
        ..day
    };
    let minute = 8 * 60 + 30 * dice.below(20) as i64;
    let length = 30 + 30 * dice.below(3) as i64;
    let every = 1 + dice.below(3) as i64;
    let weekday = WEEKDAYS[day.weekday()];
    let nth = day.nth();
    let interval = if every > 1 {
        format!(";INTERVAL={every}")
    } else {
        String::new()
    };
    let (rule, occurrence): (String, Box<dyn Fn(i64) -> Day>) = match dice.below(10) {
        0..5 => {
            let also = WEEKDAYS[(day.weekday() + 2) % 7];
            let days = if dice.chance(50) {
                weekday.to_owned()
            } else {
                format!("{weekday},{also}")
            };
            (
                format!("FREQ=WEEKLY;BYDAY={days}{interval}"),
                Box::new(move |k| day.plus(7 * every * k)),
            )
        }
        5..7 => (
            format!("FREQ=MONTHLY;BYMONTHDAY={}{interval}", day.day),
            Box::new(move |k| day.months_later(every * k)),
        ),
        7..9 => (
            format!("FREQ=MONTHLY;BYDAY={nth}{weekday}{interval}"),
            Box::new(move |k| day.nth_weekday_later(every * k)),
        ),
        _ => (
            format!("FREQ=DAILY{interval}"),
            Box::new(move |k| day.plus(every * k)),
        ),
    };
    let end = match dice.below(3) {
        0 => format!(";COUNT={}", 12 + dice.below(40)),
        1 => format!(
            ";UNTIL={}T235959Z",
            occurrence(8 + dice.below(20) as i64).plus(1)
        ),
        _ => String::new(),
    };
    open(lines, uid, revision);
    lines.line(zone.time("DTSTART", day, minute));
    lines.line(zone.time("DTEND", day, minute + length));
    lines.line(format!("RRULE:{rule}{end}"));
    if dice.chance(30) {
        lines.line(zone.time("EXDATE", occurrence(2), minute));
    }
    lines.line(format!("SUMMARY:{summary}"));
    details(lines, dice, 40);
    if dice.chance(30) {
        let moved = occurrence(4);
        open(lines, uid, revision);
        lines.line(zone.time("RECURRENCE-ID", moved, minute));
        lines.line(zone.time("DTSTART", moved, minute + 90));
        lines.line(zone.time("DTEND", moved, minute + 90 + length));
        lines.line(format!("SUMMARY:{summary} (moved)"));
        lines.line("STATUS:CONFIRMED");
        lines.line("END:VEVENT");
    }
}
