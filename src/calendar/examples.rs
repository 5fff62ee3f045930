//! Recurrence sets of events as programs write them, with the instances that RFC 5545 gives them.

use jiff::civil::DateTime;

use crate::calendar::instance::{RecurrenceSet, TooMany};
use crate::calendar::moment::Moment;
use crate::calendar::overlap::Range;
use crate::text::date::Stamp;
use crate::text::tree::Tree;
use crate::zone::{Zone, Zones};

/// A VCALENDAR of components: events of one UID, unless a BEGIN says otherwise. Lines are parted by
/// newlines, components by empty lines.
pub(super) fn calendar(components: &str) -> String {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n");
    for component in components.split("\n\n") {
        let lines: Vec<&str> = component.lines().map(str::trim).collect();
        let begins = lines
            .iter()
            .any(|line| line.starts_with("BEGIN:V") && *line != "BEGIN:VALARM");
        if !begins {
            text += "BEGIN:VEVENT\r\nUID:1\r\n";
        }
        for line in lines.into_iter().filter(|line| !line.is_empty()) {
            text = text + line + "\r\n";
        }
        if !begins {
            text += "END:VEVENT\r\n";
        }
    }
    text + "END:VCALENDAR\r\n"
}

/// RFC 4791 Appendix B, abcd2.ics.
pub(super) const ABCD2: &str = "DTSTAMP:20060206T001121Z\nDTSTART;TZID=US/Eastern:20060102T120000\n\
    DURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5\nSUMMARY:Event #2\n\n\
    DTSTAMP:20060206T001121Z\nDTSTART;TZID=US/Eastern:20060104T140000\nDURATION:PT1H\n\
    RECURRENCE-ID;TZID=US/Eastern:20060104T120000\nSUMMARY:Event #2 bis\n\n\
    DTSTAMP:20060206T001121Z\nDTSTART;TZID=US/Eastern:20060106T140000\nDURATION:PT1H\n\
    RECURRENCE-ID;TZID=US/Eastern:20060106T120000\nSUMMARY:Event #2 bis bis";

/// `20260101T000000Z` in seconds since 1970; open where it is empty.
pub(super) fn range(start: &str, end: &str) -> Range {
    let instant = |text: &str, open| {
        Stamp::parse(text).map_or(open, |stamp| {
            let time = stamp.time.expect("a time");
            let date = DateTime::new(
                stamp.year as i16,
                stamp.month as i8,
                stamp.day as i8,
                time.hour as i8,
                time.minute as i8,
                time.second as i8,
                0,
            );
            Zone::UTC.instant(date.expect("a moment"))
        })
    };
    Range {
        start: instant(start, i64::MIN),
        end: instant(end, i64::MAX),
    }
}

pub(super) fn utc(instant: i64) -> String {
    Moment::Utc(Zone::UTC.local(instant)).to_string()
}

pub(super) fn zone(name: &str) -> Zone {
    Zone::named(name).expect("a zone")
}

/// The instances of events in a range: start and end in UTC, and the original start where it is
/// another.
fn instances_in(
    floating: &Zone,
    components: &str,
    start: &str,
    end: &str,
) -> Result<Vec<String>, TooMany> {
    let text = calendar(components);
    let tree = Tree::read(text.as_bytes()).expect("a calendar");
    let zones = Zones::of(&tree, floating.clone());
    let set = RecurrenceSet::of(&tree, &zones);
    let found = set.instances(range(start, end), 1000)?;
    let shown = found.iter().map(|instance| {
        let original = instance.id.as_ref().map(|id| id.instant(floating));
        let mut text = format!("{} {}", utc(instance.starts), utc(instance.ends));
        if let Some(original) = original.filter(|original| *original != instance.starts) {
            text += &format!(" was {}", utc(original));
        }
        text
    });
    Ok(shown.collect())
}

fn instances(components: &str, start: &str, end: &str) -> Vec<String> {
    instances_in(&Zone::UTC, components, start, end).expect("few instances")
}

/// The starts alone.
fn starts(components: &str, start: &str, end: &str) -> Vec<String> {
    let found = instances(components, start, end);
    let start = |text: &String| text.split(' ').next().unwrap_or("").to_owned();
    found.iter().map(start).collect()
}

#[test]
fn a_single_event_has_one_instance() {
    let event =
        "DTSTART;TZID=Europe/Berlin:20260105T090000\nDTEND;TZID=Europe/Berlin:20260105T100000";
    let one = ["20260105T080000Z 20260105T090000Z"];
    assert_eq!(instances(event, "", ""), one);
    assert_eq!(instances(event, "20260105T085959Z", ""), one);
    assert!(instances(event, "20260105T090000Z", "").is_empty());
    assert_eq!(instances(event, "", "20260105T080001Z"), one);
    assert!(instances(event, "", "20260105T080000Z").is_empty());
}

#[test]
fn length_is_dtend_or_duration_or_by_default() {
    for (event, expected) in [
        (
            "DTSTART:20260105T090000Z",
            "20260105T090000Z 20260105T090000Z",
        ),
        (
            "DTSTART:20260105T090000Z\nDURATION:PT0S",
            "20260105T090000Z 20260105T090000Z",
        ),
        (
            "DTSTART:20260105T090000Z\nDURATION:PT90M",
            "20260105T090000Z 20260105T103000Z",
        ),
        (
            "DTSTART:20260105T090000Z\nDURATION:-PT1H",
            "20260105T090000Z 20260105T090000Z",
        ),
        (
            "DTSTART:20260105T090000Z\nDTEND:20260105T080000Z",
            "20260105T090000Z 20260105T090000Z",
        ),
        (
            "DTSTART;VALUE=DATE:20260105",
            "20260105T000000Z 20260106T000000Z",
        ),
        ("DTSTART:20260105", "20260105T000000Z 20260106T000000Z"),
        (
            "DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260108",
            "20260105T000000Z 20260108T000000Z",
        ),
        (
            "DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260105",
            "20260105T000000Z 20260106T000000Z",
        ),
        (
            "DTSTART;VALUE=DATE:20260105\nDURATION:P2D",
            "20260105T000000Z 20260107T000000Z",
        ),
        (
            "DTSTART;TZID=Asia/Tokyo:20260105T090000Z",
            "20260105T090000Z 20260105T090000Z",
        ),
        (
            "DTSTART: 20260105T235960Z ",
            "20260105T235959Z 20260105T235959Z",
        ),
        // DURATION counts days by the clock, DTEND hours (RFC 5545 section 3.8.5.3).
        (
            "DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1D",
            "20260328T110000Z 20260329T100000Z",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:PT24H",
            "20260328T110000Z 20260329T110000Z",
        ),
    ] {
        assert_eq!(instances(event, "", ""), [expected], "{event}");
    }
}

#[test]
fn dtend_is_exact_and_duration_is_nominal_for_each_instance() {
    let rule = "RRULE:FREQ=WEEKLY;COUNT=2";
    let night = "DTSTART;TZID=Europe/Berlin:20260321T220000";
    let exact = format!("{night}\nDTEND;TZID=Europe/Berlin:20260322T220000\n{rule}");
    assert_eq!(
        instances(&exact, "", ""),
        [
            "20260321T210000Z 20260322T210000Z",
            "20260328T210000Z 20260329T210000Z"
        ]
    );
    let nominal = format!("{night}\nDURATION:P1D\n{rule}");
    assert_eq!(
        instances(&nominal, "", ""),
        [
            "20260321T210000Z 20260322T210000Z",
            "20260328T210000Z 20260329T200000Z"
        ]
    );
}

#[test]
fn local_time_stays_across_changes_of_the_clock() {
    let daily = "DTSTART;TZID=Europe/Berlin:20260327T023000\nRRULE:FREQ=DAILY;COUNT=4";
    // 2026-03-29 02:30 does not exist: the offset before the gap (RFC 5545 section 3.3.5).
    assert_eq!(
        starts(daily, "", ""),
        [
            "20260327T013000Z",
            "20260328T013000Z",
            "20260329T013000Z",
            "20260330T003000Z"
        ]
    );
    // 2026-10-25 02:30 exists twice: the first.
    let daily = "DTSTART;TZID=Europe/Berlin:20261024T023000\nRRULE:FREQ=DAILY;COUNT=3";
    assert_eq!(
        starts(daily, "", ""),
        ["20261024T003000Z", "20261025T003000Z", "20261026T013000Z"]
    );
    // Half an hour, and summer in January.
    let daily = "DTSTART;TZID=Australia/Lord_Howe:20260404T120000\nRRULE:FREQ=DAILY;COUNT=3";
    assert_eq!(
        starts(daily, "", ""),
        ["20260404T010000Z", "20260405T013000Z", "20260406T013000Z"]
    );
    // A day that Samoa did not have.
    let daily = "DTSTART;TZID=Pacific/Apia:20111229T120000\nRRULE:FREQ=DAILY;COUNT=3";
    assert_eq!(
        starts(daily, "", ""),
        ["20111229T220000Z", "20111230T220000Z"]
    );
    // Hours through a gap: two clock times are one moment, and one instance.
    let hourly = "DTSTART;TZID=Europe/Berlin:20260329T010000\nRRULE:FREQ=HOURLY;COUNT=4";
    assert_eq!(
        starts(hourly, "", ""),
        ["20260329T000000Z", "20260329T010000Z", "20260329T020000Z"]
    );
}

#[test]
fn until_is_in_the_time_of_dtstart() {
    let daily = |start: &str, until: &str| {
        let event = format!("DTSTART{start}\nRRULE:FREQ=DAILY;UNTIL={until}");
        starts(&event, "", "").len()
    };
    let berlin = ";TZID=Europe/Berlin:20260105T003000";
    assert_eq!(daily(berlin, "20260107T233000Z"), 4);
    assert_eq!(daily(berlin, "20260107T232959Z"), 3);
    assert_eq!(daily(berlin, "20260108T003000"), 4);
    assert_eq!(daily(berlin, "20260108"), 4);
    assert_eq!(daily(";VALUE=DATE:20260105", "20260107"), 3);
    assert_eq!(daily(";VALUE=DATE:20260105", "20260107T000000Z"), 3);
    assert_eq!(daily(";VALUE=DATE:20260105", "20260107T120000"), 3);
    assert_eq!(daily(":20260105T090000Z", "20260106T090000Z"), 2);
    assert_eq!(daily(":20260105T090000Z", "20250106T090000Z"), 1);
}

#[test]
fn rdate_adds_and_counts_once() {
    let event = "DTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\n\
        RDATE:20260106T090000Z,20260110T150000Z\nRDATE:20260105T090000Z\n\
        RDATE;TZID=Europe/Berlin:20260112T100000\nRDATE:";
    assert_eq!(
        starts(event, "", ""),
        [
            "20260105T090000Z",
            "20260106T090000Z",
            "20260110T150000Z",
            "20260112T090000Z"
        ]
    );
    // Without a rule DTSTART is an instance too.
    let event = "DTSTART:20260105T090000Z\nDURATION:PT1H\nRDATE:20260110T150000Z";
    assert_eq!(
        starts(event, "", ""),
        ["20260105T090000Z", "20260110T150000Z"]
    );
    assert_eq!(
        starts(event, "20260106T000000Z", "20260111T000000Z"),
        ["20260110T150000Z"]
    );
    // A period has its own length, also where the rule has the instance.
    let event = "DTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\n\
        RDATE;VALUE=PERIOD:20260106T090000Z/PT3H,20260110T000000Z/20260112T000000Z";
    assert_eq!(
        instances(event, "", ""),
        [
            "20260105T090000Z 20260105T100000Z",
            "20260106T090000Z 20260106T120000Z",
            "20260110T000000Z 20260112T000000Z"
        ]
    );
    assert_eq!(
        starts(event, "20260111T120000Z", "20260111T130000Z"),
        ["20260110T000000Z"]
    );
    // A day beside times takes the time of DTSTART.
    let event = "DTSTART;TZID=Europe/Berlin:20260105T090000\nRDATE;VALUE=DATE:20260107";
    assert_eq!(
        starts(event, "", ""),
        ["20260105T080000Z", "20260107T080000Z"]
    );
}

#[test]
fn exdate_takes_away_in_whatever_form() {
    let berlin = "DTSTART;TZID=Europe/Berlin:20260105T090000\nRRULE:FREQ=DAILY;COUNT=3\n";
    for exdate in [
        "EXDATE;TZID=Europe/Berlin:20260106T090000",
        "EXDATE:20260106T080000Z",
        "EXDATE;TZID=America/New_York:20260106T030000",
        "EXDATE;VALUE=DATE:20260106",
        "EXDATE:20260106",
        "EXDATE:20260106T090000",
        "EXDATE:rubbish,20260106T080000Z, ,20260107T100000Z",
        "EXDATE:20260106T080000Z\nEXDATE:",
    ] {
        let event = format!("{berlin}{exdate}");
        assert_eq!(
            starts(&event, "", ""),
            ["20260105T080000Z", "20260107T080000Z"],
            "{exdate}"
        );
    }
    let event = format!("{berlin}EXDATE;TZID=Europe/Berlin:20260105T090000");
    assert_eq!(
        starts(&event, "", ""),
        ["20260106T080000Z", "20260107T080000Z"]
    );
    let event = "DTSTART:20260105T090000Z\nRDATE:20260106T090000Z\n\
        EXDATE:20260105T090000Z,20260106T090000Z";
    assert!(starts(event, "", "").is_empty());
    for exdate in [
        "EXDATE;VALUE=DATE:20260106",
        "EXDATE:20260106T000000",
        "EXDATE:20260106T000000Z",
        "EXDATE:20260105T230000Z",
        "EXDATE;TZID=Asia/Tokyo:20260106T000000",
    ] {
        let event = format!("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=DAILY;COUNT=3\n{exdate}");
        let found = instances_in(&zone("Europe/Berlin"), &event, "", "");
        let found = found.expect("few instances");
        assert_eq!(
            found,
            [
                "20260104T230000Z 20260105T230000Z",
                "20260106T230000Z 20260107T230000Z"
            ],
            "{exdate}"
        );
    }
}

#[test]
fn exrule_takes_away_but_not_dtstart() {
    let event =
        "DTSTART:20260105T090000Z\nRRULE:FREQ=DAILY;COUNT=8\nEXRULE:FREQ=WEEKLY;BYDAY=TU,MO";
    assert_eq!(
        starts(event, "", "20260112T000000Z"),
        [
            "20260105T090000Z",
            "20260107T090000Z",
            "20260108T090000Z",
            "20260109T090000Z",
            "20260110T090000Z",
            "20260111T090000Z"
        ]
    );
    assert!(starts(event, "20260112T000000Z", "").is_empty());
}

#[test]
fn several_rules_are_one_set() {
    let event =
        "DTSTART:20260105T090000Z\nRRULE:FREQ=DAILY;COUNT=3\nRRULE:FREQ=WEEKLY;BYDAY=TU,FR;COUNT=4";
    assert_eq!(
        starts(event, "", ""),
        [
            "20260105T090000Z",
            "20260106T090000Z",
            "20260107T090000Z",
            "20260109T090000Z",
            "20260113T090000Z"
        ]
    );
    assert_eq!(
        starts(event, "20260109T000000Z", "20260110T000000Z"),
        ["20260109T090000Z"]
    );
}

#[test]
fn dtstart_outside_its_rule_is_an_instance() {
    let event = "DTSTART:20260107T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3";
    assert_eq!(
        starts(event, "", ""),
        ["20260107T090000Z", "20260112T090000Z", "20260119T090000Z"]
    );
}

const MOVED: &str = "DTSTART;TZID=Europe/Berlin:20260105T090000\nDURATION:PT1H\nSEQUENCE:3\n\
    RRULE:FREQ=WEEKLY;COUNT=4\n\n\
    RECURRENCE-ID;TZID=Europe/Berlin:20260112T090000\nSEQUENCE:0\n\
    DTSTART;TZID=Europe/Berlin:20260220T180000\nDURATION:PT2H";

#[test]
fn an_override_is_where_it_says_and_not_where_it_was() {
    let moved = "20260220T170000Z 20260220T190000Z was 20260112T080000Z";
    assert_eq!(
        instances(MOVED, "", ""),
        [
            "20260105T080000Z 20260105T090000Z",
            "20260119T080000Z 20260119T090000Z",
            "20260126T080000Z 20260126T090000Z",
            moved
        ]
    );
    assert!(instances(MOVED, "20260112T000000Z", "20260113T000000Z").is_empty());
    assert_eq!(
        instances(MOVED, "20260220T000000Z", "20260221T000000Z"),
        [moved]
    );
    // The identity in other forms.
    for id in [
        "RECURRENCE-ID:20260112T080000Z",
        "RECURRENCE-ID:20260112T090000",
        "RECURRENCE-ID;TZID=America/New_York:20260112T030000",
        "RECURRENCE-ID;VALUE=DATE:20260112",
    ] {
        let event = MOVED.replace("RECURRENCE-ID;TZID=Europe/Berlin:20260112T090000", id);
        assert_eq!(instances(&event, "", "").len(), 4, "{id}");
        assert!(
            instances(&event, "20260112T000000Z", "20260113T000000Z").is_empty(),
            "{id}"
        );
    }
    // Nobody's instance, and one that EXDATE names: shown.
    let event = MOVED.replace("0112T090000", "0113T090000");
    assert_eq!(instances(&event, "", "").len(), 5);
    let event = MOVED.replace("COUNT=4", "COUNT=4\nEXDATE:20260112T080000Z");
    assert_eq!(instances(&event, "", "").len(), 4);
    // Without a master.
    let (_, alone) = MOVED.split_once("\n\n").expect("two components");
    assert_eq!(instances(alone, "", ""), [moved]);
    // Twice: the greater SEQUENCE counts.
    let later = alone
        .replace("SEQUENCE:0", "SEQUENCE:1")
        .replace("0220", "0221");
    for two in [format!("{alone}\n\n{later}"), format!("{later}\n\n{alone}")] {
        let moved = "20260221T170000Z 20260221T190000Z was 20260112T080000Z";
        assert_eq!(instances(&two, "", ""), [moved]);
    }
}

#[test]
fn this_and_future_moves_what_follows() {
    let event = "DTSTART;TZID=Europe/Berlin:20260302T090000\nDURATION:PT1H\n\
        RRULE:FREQ=WEEKLY;COUNT=7\nRDATE;TZID=Europe/Berlin:20260311T120000\n\n\
        RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260309T090000\n\
        DTSTART;TZID=Europe/Berlin:20260310T100000\nDURATION:PT2H\n\n\
        RECURRENCE-ID;TZID=Europe/Berlin:20260316T090000\n\
        DTSTART;TZID=Europe/Berlin:20260316T200000\nDURATION:PT3H\n\n\
        RECURRENCE-ID;RANGE=THISANDFUTURE:20260405T070000Z\n\
        DTSTART:20260406T060000Z\nDURATION:PT4H\n\n\
        RECURRENCE-ID;RANGE=THISANDFUTURE:20260406T070000Z\n\
        DTSTART:20260406T063000Z\nDURATION:PT30M";
    assert_eq!(
        instances(event, "", ""),
        [
            "20260302T080000Z 20260302T090000Z",
            "20260310T090000Z 20260310T110000Z was 20260309T080000Z",
            "20260312T120000Z 20260312T140000Z was 20260311T110000Z",
            "20260316T190000Z 20260316T220000Z was 20260316T080000Z",
            "20260324T090000Z 20260324T110000Z was 20260323T080000Z",
            "20260331T080000Z 20260331T100000Z was 20260330T070000Z",
            "20260406T060000Z 20260406T100000Z was 20260405T070000Z",
            "20260406T063000Z 20260406T070000Z was 20260406T070000Z",
            "20260413T063000Z 20260413T070000Z was 20260413T070000Z",
        ]
    );
    for (start, end, count) in [
        ("20260310T000000Z", "20260311T000000Z", 1),
        ("20260309T000000Z", "20260310T000000Z", 0),
        ("20260324T105900Z", "20260324T110000Z", 1),
        ("20260413T060000Z", "20260413T063000Z", 0),
        ("20260413T063000Z", "20260413T063001Z", 1),
        ("20260413T065959Z", "", 1),
    ] {
        assert_eq!(instances(event, start, end).len(), count, "{start}");
    }
}

#[test]
fn this_and_future_keeps_the_clock_where_the_override_is_in_utc() {
    let event = "DTSTART;TZID=Europe/Berlin:20260323T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\n\n\
        RECURRENCE-ID;RANGE=THISANDFUTURE:20260323T080000Z\nDTSTART:20260323T090000Z\nDURATION:PT1H";
    assert_eq!(
        starts(event, "", ""),
        ["20260323T090000Z", "20260330T080000Z", "20260406T080000Z"]
    );
    // All-day from here on.
    let event = "DTSTART;TZID=Europe/Berlin:20260323T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\n\n\
        RECURRENCE-ID;RANGE=THISANDFUTURE:20260330T070000Z\nDTSTART;VALUE=DATE:20260331";
    assert_eq!(
        instances(event, "20260330T000000Z", ""),
        [
            "20260331T000000Z 20260401T000000Z was 20260330T070000Z",
            "20260407T000000Z 20260408T000000Z was 20260406T070000Z"
        ]
    );
    assert_eq!(
        instances(event, "20260407T230000Z", "20260407T230001Z").len(),
        1
    );
    // From all-day to a time.
    let event = "DTSTART;VALUE=DATE:20260323\nRRULE:FREQ=WEEKLY;COUNT=3\n\n\
        RECURRENCE-ID;VALUE=DATE;RANGE=THISANDFUTURE:20260330\n\
        DTSTART;TZID=Europe/Berlin:20260330T090000\nDURATION:PT1H";
    assert_eq!(
        starts(event, "", ""),
        ["20260323T000000Z", "20260330T070000Z", "20260406T070000Z"]
    );
}

#[test]
fn days_and_floating_times_are_where_the_collection_is() {
    let day = "DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=YEARLY;COUNT=2";
    let at = |zone: &str| instances_in(&super::examples::zone(zone), day, "", "").expect("two");
    assert_eq!(
        at("Pacific/Auckland"),
        [
            "20260104T110000Z 20260105T110000Z",
            "20270104T110000Z 20270105T110000Z"
        ]
    );
    assert_eq!(
        at("America/Los_Angeles"),
        [
            "20260105T080000Z 20260106T080000Z",
            "20270105T080000Z 20270106T080000Z"
        ]
    );
    // A day of 23 hours, and one that begins at one o'clock.
    let day = "DTSTART;VALUE=DATE:20260329";
    let berlin = instances_in(&zone("Europe/Berlin"), day, "", "").expect("one");
    assert_eq!(berlin, ["20260328T230000Z 20260329T220000Z"]);
    let day = "DTSTART;VALUE=DATE:20181104";
    let brazil = instances_in(&zone("America/Sao_Paulo"), day, "", "").expect("one");
    assert_eq!(brazil, ["20181104T030000Z 20181105T020000Z"]);
    let floating = "DTSTART:20260701T090000\nDTEND:20260701T100000";
    let berlin = instances_in(&zone("Europe/Berlin"), floating, "", "").expect("one");
    assert_eq!(berlin, ["20260701T070000Z 20260701T080000Z"]);
}

#[test]
fn long_events_are_found_from_their_middle() {
    let event = "DTSTART:20200101T000000Z\nDURATION:P300D\nRRULE:FREQ=YEARLY";
    assert_eq!(
        starts(event, "20260801T000000Z", "20260802T000000Z"),
        ["20260101T000000Z"]
    );
    assert!(starts(event, "20261201T000000Z", "20261202T000000Z").is_empty());
    let event = "DTSTART:20200101T000000Z\nDURATION:P800D\nRRULE:FREQ=YEARLY";
    assert_eq!(
        starts(event, "20260801T000000Z", "20260802T000000Z"),
        ["20250101T000000Z", "20260101T000000Z"]
    );
    let event = "DTSTART:00010101T000000Z\nDTEND:99991231T235959Z";
    assert_eq!(
        starts(event, "20260801T000000Z", "20260802T000000Z").len(),
        1
    );
}

#[test]
fn the_last_years_are_years() {
    let event = "DTSTART;TZID=Europe/Berlin:99991230T120000\nDURATION:P30D\nRRULE:FREQ=DAILY";
    assert_eq!(starts(event, "99991230T000000Z", "").len(), 2);
    let event = "DTSTART;VALUE=DATE:99991231\nRRULE:FREQ=DAILY";
    assert_eq!(starts(event, "", "").len(), 1);
    assert_eq!(starts(event, "99991231T120000Z", "").len(), 1);
    let event = "DTSTART:20260101T000000Z\nDURATION:PT99999999999999999999S\nRRULE:FREQ=YEARLY;COUNT=3\n\
        EXDATE:00000101T000000Z";
    assert_eq!(
        starts(event, "20300101T000000Z", "20310101T000000Z").len(),
        3
    );
    let event = "DTSTART:20260101T000000Z\nRRULE:FREQ=YEARLY;COUNT=3\n\n\
        RECURRENCE-ID;RANGE=THISANDFUTURE:00010101T000000Z\nDTSTART:99991231T235959Z\nDURATION:P9999999999D";
    let _ = starts(event, "20300101T000000Z", "20310101T000000Z");
}

#[test]
fn what_cannot_be_evaluated_is_in_every_range() {
    for rule in [
        "RRULE:RSCALE=CHINESE;FREQ=YEARLY",
        "RRULE:FREQ=DAILY;INTERVAL=0",
        "RRULE:FREQ=DAILY;X-NEW=1",
        "RDATE:rubbish",
        "RRULE:",
    ] {
        let text = calendar(&format!("DTSTART:20260105T090000Z\n{rule}"));
        let tree = Tree::read(text.as_bytes()).expect("a calendar");
        let zones = Zones::of(&tree, Zone::UTC);
        let set = RecurrenceSet::of(&tree, &zones);
        assert!(set.is_unevaluable(), "{rule}");
        assert_eq!(set.instances(Range::EVERYTHING, 10).err(), Some(TooMany));
        let event = tree.components().next().expect("an event");
        assert!(set.overlaps(event, range("19800101T000000Z", "19800102T000000Z")));
    }
}

#[test]
fn work_is_bounded() {
    let everything = |event: &str| instances_in(&Zone::UTC, event, "", "");
    let secondly = "DTSTART:20260105T090000Z\nRRULE:FREQ=SECONDLY";
    assert!(everything(secondly).is_err());
    let from = instances(secondly, "20990105T090000Z", "20990105T090003Z");
    assert_eq!(from.len(), 3);
    // Everything is excluded, and there is no end of it.
    let nothing = "DTSTART:20260105T090000Z\nRRULE:FREQ=SECONDLY\nEXRULE:FREQ=SECONDLY\n\
        EXDATE:20260105T090000Z";
    assert!(everything(nothing).is_err());
    // A thousand overrides, each for all that follow.
    let mut event = String::from("DTSTART:20200105T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY");
    for number in 0..1000 {
        let id = Zone::UTC.local(1_578_214_800 + number * 86_400);
        let id = Moment::Utc(id);
        event +=
            &format!("\n\nRECURRENCE-ID;RANGE=THISANDFUTURE:{id}\nDTSTART:{id}\nDURATION:PT2H");
    }
    let clock = std::time::Instant::now();
    assert_eq!(
        instances(&event, "20210101T000000Z", "20210108T000000Z").len(),
        7
    );
    assert_eq!(
        instances(&event, "20260101T000000Z", "20260108T000000Z").len(),
        7
    );
    assert!(clock.elapsed().as_secs() < 5);
}
