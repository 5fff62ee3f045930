//! Recurrence sets against a list of instances that is made without them: day by day, with nothing
//! but sums by the clock.

use std::time::Instant;

use jiff::civil::DateTime;

use crate::calendar::examples::calendar;
use crate::calendar::expand::{Limit, expand};
use crate::calendar::freebusy::Busy;
use crate::calendar::instance::RecurrenceSet;
use crate::calendar::limit::{limit_freebusy_set, limit_recurrence_set};
use crate::calendar::moment::{Moment, later};
use crate::calendar::overlap::Range;
use crate::calendar::span::Span;
use crate::text::corpus::{self, Chance};
use crate::text::duration::Duration;
use crate::text::tree::Tree;
use crate::zone::{Zone, Zones};

const DAY: i64 = 86_400;

/// An instance as it should be: its component and when it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Expected {
    start: i64,
    end: i64,
    component: usize,
}

impl Expected {
    fn overlaps(self, range: Range) -> bool {
        if self.end == self.start {
            range.start <= self.start && self.start < range.end
        } else {
            range.start < self.end && self.start < range.end
        }
    }
}

/// How long something is, as text and as an end.
#[derive(Clone, Copy)]
struct Length {
    days: i64,
    seconds: i64,
}

impl Length {
    fn any(chance: &mut Chance) -> Length {
        Length {
            days: [0, 0, 0, 1, 9][chance.below(5)],
            seconds: [0, 1800, 5400, 30 * 3600][chance.below(4)],
        }
    }

    fn end(self, local: DateTime, zone: &Zone) -> i64 {
        zone.instant(later(local, self.days * DAY)) + self.seconds
    }
}

struct Made {
    text: String,
    expected: Vec<Expected>,
}

fn make(chance: &mut Chance) -> Made {
    let name = [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Santiago",
        "Asia/Kolkata",
    ][chance.below(5)];
    let zone = Zone::named(name).expect("a zone");
    let line = |property: &str, local: DateTime| {
        format!("{property};TZID={name}:{}\n", Moment::Floating(local))
    };
    let number = |chance: &mut Chance, end: usize| i64::try_from(chance.below(end)).expect("small");

    let first = DateTime::constant(2026, 1, 1, 0, 0, 0, 0);
    let start = later(first, number(chance, 300) * DAY + number(chance, 48) * 1800);
    let (step, count) = (1 + number(chance, 12), 1 + number(chance, 60));
    let length = Length::any(chance);
    let mut master = line("DTSTART", start) + &duration(length);
    master += &format!("RRULE:FREQ=DAILY;INTERVAL={step};COUNT={count}\n");

    // The original starts, the rule's before those of RDATE.
    let mut originals: Vec<DateTime> = (0..count).map(|n| later(start, n * step * DAY)).collect();
    for _ in 0..chance.below(3) {
        let added = later(start, number(chance, 400) * DAY + 900);
        master += &line("RDATE", added);
        originals.push(added);
    }
    originals.sort();
    originals.dedup();

    let mut excluded = Vec::new();
    for _ in 0..chance.below(4) {
        let original = originals[chance.below(originals.len())];
        master += &line("EXDATE", original);
        excluded.push(original);
    }
    // (original, shift, length, for all that follow)
    let mut changes: Vec<(DateTime, i64, Length, bool)> = Vec::new();
    let mut text = master;
    for _ in 0..chance.below(5) {
        let original = originals[chance.below(originals.len())];
        if excluded.contains(&original) || changes.iter().any(|change| change.0 == original) {
            continue;
        }
        let shift = (number(chance, 60) - 30) * DAY + number(chance, 40) * 1800;
        let (length, follows) = (Length::any(chance), chance.below(3) == 0);
        let range = if follows { ";RANGE=THISANDFUTURE" } else { "" };
        text += "\n";
        text += &line(&format!("RECURRENCE-ID{range}"), original);
        text += &line("DTSTART", later(original, shift));
        text += &duration(length);
        changes.push((original, shift, length, follows));
    }

    let mut expected: Vec<Expected> = originals
        .iter()
        .filter(|original| !excluded.contains(original))
        .map(|original| {
            let own = |n: &usize| changes[*n].0 == *original;
            let before = |n: &usize| changes[*n].3 && changes[*n].0 <= *original;
            let changed = (0..changes.len()).find(own).or_else(|| {
                let followed = (0..changes.len()).filter(before);
                followed.max_by_key(|n| changes[*n].0)
            });
            let (shift, length) = changed.map_or((0, length), |n| (changes[n].1, changes[n].2));
            let local = later(*original, shift);
            Expected {
                start: zone.instant(local),
                end: length.end(local, &zone),
                component: changed.map_or(0, |n| n + 1),
            }
        })
        .collect();
    expected.sort();
    Made {
        text: calendar(&text),
        expected,
    }
}

fn duration(length: Length) -> String {
    let length = Duration {
        days: length.days,
        seconds: length.seconds,
    };
    format!("DURATION:{length}\n")
}

#[test]
fn instances_overlaps_and_expand_say_the_same() {
    let mut chance = Chance(0x0004_7914);
    let mut seen = 0;
    for _ in 0..1500 {
        let made = make(&mut chance);
        let tree = Tree::read(made.text.as_bytes()).expect("a calendar");
        let zones = Zones::of(&tree, Zone::UTC);
        let set = RecurrenceSet::of(&tree, &zones);
        assert!(!set.is_unevaluable());
        let found = |range: Range| -> Vec<Expected> {
            let instances = set.instances(range, 10_000).expect("few instances");
            let mut found: Vec<Expected> = instances
                .iter()
                .map(|instance| Expected {
                    start: instance.starts,
                    end: instance.ends,
                    component: instance.component,
                })
                .collect();
            assert!(found.is_sorted_by_key(|one| one.start));
            found.sort();
            found
        };
        assert_eq!(found(Range::EVERYTHING), made.expected, "{}", made.text);
        for _ in 0..8 {
            let near = match chance.below(3) {
                0 => 1_767_225_600 + i64::try_from(chance.below(500)).expect("small") * DAY,
                _ => {
                    let expected = made.expected.get(chance.below(made.expected.len().max(1)));
                    let near = expected.map_or(0, |one| [one.start, one.end][chance.below(2)]);
                    near + [-1, 0, 1, 1800][chance.below(4)]
                }
            };
            let long = [1, 3600, 7 * DAY, 40 * DAY][chance.below(4)];
            let range = match chance.below(4) {
                0 => Range {
                    start: near,
                    end: i64::MAX,
                },
                1 => Range {
                    start: i64::MIN,
                    end: near,
                },
                _ => Range {
                    start: near,
                    end: near + long,
                },
            };
            let naive: Vec<Expected> = made
                .expected
                .iter()
                .copied()
                .filter(|one| one.overlaps(range))
                .collect();
            assert_eq!(found(range), naive, "{range:?}\n{}", made.text);
            for (number, component) in tree.components().enumerate() {
                let any = naive.iter().any(|one| one.component == number);
                assert_eq!(
                    set.overlaps(component, range),
                    any,
                    "{range:?} {number}\n{}",
                    made.text
                );
            }
            let limit = Limit {
                instances: 10_000,
                bytes: 10_000_000,
            };
            let expanded = expand(&tree, &set, range, limit).expect("few instances");
            let expanded = Tree::read(&expanded).expect("a calendar");
            let zones = Zones::of(&expanded, Zone::UTC);
            let mut again: Vec<(i64, i64)> = expanded
                .components()
                .map(|component| {
                    let span = Span::of(component, &zones).expect("a span");
                    let start = span.anchor.instant(&Zone::UTC);
                    (start, span.anchor.end(span.length, &Zone::UTC))
                })
                .collect();
            assert!(again.is_sorted_by_key(|(start, _)| *start));
            again.sort_unstable();
            let naive: Vec<(i64, i64)> = naive.iter().map(|one| (one.start, one.end)).collect();
            assert_eq!(again, naive, "{range:?}\n{}", made.text);
            seen += naive.len();
        }
    }
    assert!(seen > 50_000, "{seen}");
}

/// What one question to one object may cost does not grow with what a client thinks of.
#[test]
fn hostile_objects_cost_little() {
    let moment = |instant: i64| Moment::Utc(Zone::UTC.local(instant));
    let list = |property: &str| -> String {
        let moments = (0..200_000).map(|n| format!(",{}", moment(1_600_000_000 + n * 60)));
        format!(
            "RRULE:FREQ=DAILY\n{property}:{}",
            moments.collect::<String>()
        )
    };
    let overrides = |range: &str| {
        let one = |n: i64| {
            let id = moment(1_578_214_800 + n * 86_400);
            format!("\n\nRECURRENCE-ID{range}:{id}\nDTSTART:{id}\nDURATION:PT2H")
        };
        format!(
            "RRULE:FREQ=DAILY{}",
            (0..20_000).map(one).collect::<String>()
        )
    };
    let numbers = |end: usize| {
        (0..end)
            .map(|n| n.to_string())
            .collect::<Vec<_>>()
            .join(",")
    };
    let all_seconds = format!(
        "RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR={};BYMINUTE={};BYSECOND={}",
        numbers(24),
        numbers(60),
        numbers(60)
    );
    let excluded = "RRULE:FREQ=SECONDLY\n".to_owned() + &"EXRULE:FREQ=SECONDLY\n".repeat(5000);
    for hostile in [
        list("EXDATE"),
        list("RDATE"),
        overrides(""),
        overrides(";RANGE=THISANDFUTURE"),
        all_seconds.clone(),
        all_seconds + "\nEXRULE:FREQ=SECONDLY",
        "RRULE:FREQ=SECONDLY;BYDAY=MO\n".repeat(5000),
        excluded,
    ] {
        let text = calendar(&format!("DTSTART:20200105T090000Z\n{}", hostile.trim_end()));
        let tree = Tree::read(text.as_bytes()).expect("a calendar");
        let zones = Zones::of(&tree, Zone::UTC);
        let limit = Limit {
            instances: 10_000,
            bytes: 10_000_000,
        };
        let clock = Instant::now();
        let set = RecurrenceSet::of(&tree, &zones);
        for start in [i64::MIN, 0, 1_790_000_000] {
            let range = Range {
                start,
                end: start.saturating_add(604_800),
            };
            for component in tree.components() {
                let _ = set.overlaps(component, range);
            }
            let _ = expand(&tree, &set, range, limit);
            let _ = limit_recurrence_set(&tree, &set, range);
            let _ = Busy::new(range).add(&tree, &set);
        }
        let _ = expand(&tree, &set, Range::EVERYTHING, limit);
        let spent = clock.elapsed();
        assert!(spent.as_secs() < 5, "{spent:?} for {:.80}", hostile);
    }
}

/// Whatever stands in an object, it is answered, and the answer can be read.
#[test]
fn damaged_objects_are_answered() {
    let mut chance = Chance(0x5EED_7953);
    let mut read = 0;
    for (name, whole) in corpus::files("ical") {
        for round in 0..200 {
            let bytes = match round {
                0 => whole.clone(),
                _ => chance.damage(&whole),
            };
            let Ok(tree) = Tree::read(&bytes) else {
                continue;
            };
            read += 1;
            let zones = Zones::of(&tree, Zone::named("Europe/Berlin").expect("a zone"));
            let set = RecurrenceSet::of(&tree, &zones);
            let start = 1_500_000_000 + i64::try_from(chance.below(300)).expect("small") * 30 * DAY;
            let limit = Limit {
                instances: 1000,
                bytes: 1_000_000,
            };
            for range in [
                Range {
                    start,
                    end: start + 30 * DAY,
                },
                Range::EVERYTHING,
            ] {
                let expanded = expand(&tree, &set, range, limit);
                let mut answers = vec![
                    limit_recurrence_set(&tree, &set, range),
                    limit_freebusy_set(&tree, &zones, range),
                ];
                answers.extend(expanded);
                let mut busy = Busy::new(range);
                // All of what has no end takes its time, which is another test's affair.
                if range != Range::EVERYTHING && busy.add(&tree, &set).is_ok() {
                    answers.push(busy.write("1", 0));
                }
                for answer in answers {
                    assert!(Tree::read(&answer).is_ok(), "{name} {round}");
                }
                for component in tree.components() {
                    let overlaps = set.overlaps(component, range);
                    assert!(overlaps || !set.is_unevaluable() || set.number(component).is_none());
                    for alarm in component.components() {
                        let _ = set.alarm_overlaps(component, alarm, range);
                    }
                }
            }
        }
    }
    assert!(read > 400, "{read}");
}
