//! Entries against the objects they were made of.

use super::{Answer, Entry, Search, busy_time, entry};
use crate::calendar::examples;
use crate::calendar::freebusy::{Busy, BusyTime};
use crate::calendar::instance::RecurrenceSet;
use crate::calendar::overlap::Range;
use crate::text::corpus::{self, Chance};
use crate::text::tree::Tree;
use crate::zone::{Zone, Zones};

/// What the body says.
fn overlaps(bytes: &[u8], range: Range, floating: &Zone) -> bool {
    let calendar = Tree::read(bytes).expect("an object");
    let zones = Zones::of(&calendar, floating.clone());
    let set = RecurrenceSet::of(&calendar, &zones);
    calendar
        .components()
        .any(|component| !component.is("VTIMEZONE") && set.overlaps(component, range))
}

/// What is known of busy time is what the body says; gives whether anything is.
#[track_caller]
fn agrees_on_busy_time(bytes: &[u8], entry: &Entry, range: Range, floating: &Zone) -> bool {
    let (mut known, mut right) = (Busy::new(range), Busy::new(range));
    match busy_time(entry.extent, &entry.form) {
        BusyTime::Unknown => return false,
        BusyTime::Free => {}
        BusyTime::Once { busy, start, end } => known.take(busy, start, end).expect("one period"),
    }
    let calendar = Tree::read(bytes).expect("an object");
    let zones = Zones::of(&calendar, floating.clone());
    let set = RecurrenceSet::of(&calendar, &zones);
    right.add(&calendar, &set).expect("few periods");
    let written = |busy: &Busy| String::from_utf8(busy.write("1", 0)).expect("text");
    let text = String::from_utf8_lossy(bytes);
    assert_eq!(
        written(&known),
        written(&right),
        "{range:?} {floating:?}\n{text}"
    );
    true
}

/// "No" and "yes" are right; gives whether it was one of them.
#[track_caller]
fn agrees(bytes: &[u8], range: Range, floating: &Zone) -> bool {
    let entry = entry(bytes);
    let answer = Search::new(range, floating).ask(entry.extent, &entry.form);
    agrees_on_busy_time(bytes, &entry, range, floating);
    let right = overlaps(bytes, range, floating);
    let text = String::from_utf8_lossy(bytes);
    match answer {
        Answer::Yes => assert!(right, "yes, and it is not: {range:?} {floating:?}\n{text}"),
        Answer::No => assert!(!right, "no, and it is: {range:?} {floating:?}\n{text}"),
        Answer::Perhaps => return false,
    }
    true
}

fn floating_zones() -> Vec<Zone> {
    let names = [
        "UTC",
        "Europe/Berlin",
        "America/Los_Angeles",
        "Pacific/Kiritimati",
    ];
    names.iter().filter_map(|name| Zone::named(name)).collect()
}

const DAY: i64 = 86_400;

fn ranges(chance: &mut Chance, around: i64) -> Vec<Range> {
    let mut below = |end: usize| i64::try_from(chance.below(end)).unwrap();
    let start = around + (below(800) - 200) * DAY / 4 + below(5) * 1800;
    vec![
        Range {
            start,
            end: start + 7 * DAY,
        },
        Range {
            start,
            end: start + 3600,
        },
        Range {
            start,
            end: i64::MAX,
        },
        Range {
            start: i64::MIN,
            end: start,
        },
    ]
}

#[test]
fn of_the_corpus() {
    let mut chance = Chance(7);
    for (_, bytes) in corpus::files("ical") {
        if Tree::read(&bytes).is_err() {
            continue;
        }
        for zone in floating_zones() {
            for year in [2019, 2024, 2025] {
                let around = (year - 1970) * 31_556_952;
                for range in ranges(&mut chance, around) {
                    agrees(&bytes, range, &zone);
                }
            }
        }
    }
}

/// Rules that begin near a change of clocks, and all that makes exceptions from them.
fn object(chance: &mut Chance) -> String {
    let mut pick = |of: &[&str]| of[chance.below(of.len())].to_owned();
    let form = pick(&[
        "TZID=Europe/Berlin:",
        "TZID=America/New_York:",
        "TZID=Australia/Lord_Howe:",
        ":",
        "Z:",
        "VALUE=DATE:",
    ]);
    let (date_only, utc) = (form == "VALUE=DATE:", form == "Z:");
    let time = |day: &str, clock: &str| {
        let parameter = match form.as_str() {
            ":" | "Z:" => ":".to_owned(),
            other => format!(";{other}"),
        };
        let end = if utc { "Z" } else { "" };
        match date_only {
            true => format!("{parameter}{day}"),
            false => format!("{parameter}{day}T{clock}00{end}"),
        }
    };
    let day = pick(&[
        "20260322", "20260327", "20261018", "20261004", "20260101", "20240229",
    ]);
    let clock = pick(&["0230", "0000", "2330", "0900", "0145"]);
    let rule = pick(&[
        "",
        "RRULE:FREQ=DAILY",
        "RRULE:FREQ=DAILY;COUNT=12",
        "RRULE:FREQ=WEEKLY;BYDAY=SU,WE;UNTIL=20270101T000000Z",
        "RRULE:FREQ=WEEKLY;INTERVAL=3",
        "RRULE:FREQ=MONTHLY;BYDAY=-1SU",
        "RRULE:FREQ=YEARLY",
        "RRULE:FREQ=HOURLY;INTERVAL=7",
        "RRULE:FREQ=DAILY\r\nRRULE:FREQ=WEEKLY",
    ]);
    let busy = pick(&[
        "",
        "",
        "STATUS:TENTATIVE",
        "TRANSP:TRANSPARENT",
        "STATUS:CANCELLED",
    ]);
    let length = pick(&[
        "",
        "DURATION:PT1H",
        "DURATION:P1D",
        "DURATION:P2DT3H",
        "DURATION:PT0S",
    ]);
    let other_days = [
        "20260328", "20260329", "20260330", "20261025", "20261026", "20260402",
    ];
    let mut more = String::new();
    for _ in 0..2 {
        let on = pick(&other_days);
        let line = pick(&[
            "",
            "",
            "",
            "EXDATE",
            "EXDATE",
            "RDATE",
            "RDATE",
            "EXDATE;VALUE=DATE",
        ]);
        match line.as_str() {
            "" => {}
            "EXDATE;VALUE=DATE" => more += &format!("EXDATE;VALUE=DATE:{on}\r\n"),
            name => more += &format!("{name}{}\r\n", time(&on, &clock)),
        }
    }
    let mut overrides = String::new();
    for _ in 0..2 {
        let on = pick(&other_days);
        match pick(&["", "", "", "", "", "moved", "moved", "future"]).as_str() {
            "" => {}
            how => {
                let range = if how == "future" {
                    ";RANGE=THISANDFUTURE"
                } else {
                    ""
                };
                let to = pick(&["20260331", "20260410", "20260301"]);
                overrides += &format!(
                    "BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID{range}{}\r\nDTSTART{}\r\n{length}\r\nEND:VEVENT\r\n",
                    time(&on, &clock),
                    time(&to, "1015")
                );
            }
        }
    }
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART{}\r\n{busy}\r\n{length}\r\n{rule}\r\n{more}END:VEVENT\r\n{overrides}END:VCALENDAR\r\n",
        time(&day, &clock)
    )
    .replace("\r\n\r\n", "\r\n")
}

#[test]
fn of_made_objects() {
    let mut chance = Chance(20_261_124);
    let zones = floating_zones();
    let (mut asked, mut told, mut busy) = (0, 0, 0);
    for round in 0..1500 {
        let object = object(&mut chance);
        for range in ranges(&mut chance, 1_774_137_600) {
            asked += 1;
            busy += u32::from(agrees_on_busy_time(
                object.as_bytes(),
                &entry(object.as_bytes()),
                range,
                &zones[round % zones.len()],
            ));
            told += u32::from(agrees(
                object.as_bytes(),
                range,
                &zones[round % zones.len()],
            ));
        }
    }
    // Else the index would be right and of no use.
    assert!(
        told * 10 > asked * 6,
        "{told} of {asked} without a look at the body"
    );
    assert!(busy * 10 > asked, "{busy} of {asked} for busy time");
}

/// A task that is due when a range ends is in it: "end >= DUE" (RFC 4791 section 9.9).
#[test]
fn of_tasks_at_the_ends_of_a_range() {
    let day = |n| 1_752_537_600 + n * DAY;
    for times in [
        "DUE;VALUE=DATE:20250715",
        "DUE:20250715T000000Z",
        "DTSTART:20250715T000000Z\r\nDUE:20250715T000000Z",
        "DTSTART:20250715T000000Z\r\nDURATION:PT0S",
        "DTSTART:20250701T000000Z\r\nDURATION:PT0S\r\nRRULE:FREQ=DAILY;COUNT=15",
        "DTSTART:20250715T000000Z\r\nDUE:20250715T000000Z\r\nRRULE:FREQ=DAILY",
    ] {
        let text = format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:1\r\n{times}\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
        );
        for (start, end) in [(day(-7), day(0)), (day(0), day(7)), (day(-7), day(0) - 1)] {
            agrees(text.as_bytes(), Range { start, end }, &Zone::UTC);
        }
    }
}

/// How long an object is, or when it is over, can depend on the zone of who asks.
#[test]
fn of_times_in_zones_beside_floating_ones() {
    let all_day = "DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=DAILY\r\n";
    for (times, zone, start, end) in [
        (
            "DTSTART:20260301T000000\r\nDURATION:PT744H",
            "Europe/Berlin",
            "20260331T223000Z",
            "20260331T224500Z",
        ),
        (
            "DTSTART:20260328T120000\r\nDTEND:20260329T120000\r\nRRULE:FREQ=WEEKLY",
            "Europe/Berlin",
            "20260405T093000Z",
            "20260405T094500Z",
        ),
        (
            "DTSTART:20260101T150000\r\nRRULE:FREQ=DAILY;UNTIL=20260108T100000Z",
            "Asia/Tokyo",
            "20260108T055000Z",
            "20260108T063000Z",
        ),
        (
            &format!("{all_day}EXDATE:20260107T150000Z"),
            "Asia/Tokyo",
            "20260107T000000Z",
            "20260107T010000Z",
        ),
        (
            "DTSTART:20260101T100000\r\nRDATE:20260105T100000Z",
            "Asia/Tokyo",
            "20260105T093000Z",
            "20260105T103000Z",
        ),
        (
            "DTSTART:20260105T100000\r\nDTEND:20260105T120000Z",
            "Asia/Tokyo",
            "20260105T050000Z",
            "20260105T060000Z",
        ),
        (
            "DTSTART:20260105T100000Z\r\nDTEND:20260105T120000",
            "America/Los_Angeles",
            "20260105T163000Z",
            "20260105T165000Z",
        ),
    ] {
        let text = format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n{times}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let zone = Zone::named(zone).expect("a zone");
        agrees(text.as_bytes(), examples::range(start, end), &zone);
    }
}

#[test]
fn of_a_recurring_task_that_is_due_before_it_starts() {
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:1\r\nDTSTART:20260110T000000Z\r\n\
                DUE:20260105T000000Z\r\nRRULE:FREQ=DAILY\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";
    let range = examples::range("20260104T000000Z", "20260106T000000Z");
    agrees(text.as_bytes(), range, &Zone::UTC);
}

/// A definition may change its offset at any time, also when nobody lives any more who wrote it.
#[test]
fn of_a_zone_that_changes_late() {
    let object = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\n\
        BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\n\
        END:STANDARD\r\nBEGIN:STANDARD\r\nDTSTART:20950101T000000\r\nTZOFFSETFROM:+0000\r\n\
        TZOFFSETTO:+0500\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1\r\n\
        DTSTART;TZID=X:20260101T120000\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    // 2096-06-01T00:00:00Z, and hour by hour.
    for hour in 0..24 {
        let start = 3_989_260_800 + hour * 3600;
        let range = Range {
            start,
            end: start + 3600,
        };
        agrees(object.as_bytes(), range, &Zone::UTC);
    }
}
