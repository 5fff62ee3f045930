//! When an alarm goes off (RFC 5545 sections 3.6.6 and 3.8.6, RFC 4791 section 9.9).

use std::ops::ControlFlow;

use crate::calendar::instance::RecurrenceSet;
use crate::calendar::moment::{Moment, later};
use crate::calendar::overlap::Range;
use crate::calendar::series::{Instance, Visit};
use crate::text::duration::Duration;
use crate::text::tree::Tree;
use crate::zone::{Zone, Zones};

impl RecurrenceSet<'_, '_> {
    /// Whether an alarm of this component goes off in the range, at any of its instances: "if at
    /// least one of its triggers overlaps the time range".
    #[must_use]
    pub fn alarm_overlaps(&self, component: &Tree, alarm: &Tree, range: Range) -> bool {
        let Some(trigger) = Trigger::of(alarm, self.zones) else {
            return false;
        };
        let relative = match trigger.when {
            // "The alarm will only trigger for the specified absolute DATE-TIME" (RFC 5545 section
            // 3.8.6.3).
            When::At(moment) => return trigger.goes_off(moment, range),
            When::After(relative) => relative,
        };
        let Some(number) = self.number(component) else {
            return false;
        };
        if self.is_unevaluable() {
            return true;
        }
        // Days can be longer and shorter than they are by name.
        let slack = if relative.days == 0 { 0 } else { 2 * 86_400 };
        let first = relative.nominal_seconds();
        let mut window = range.window();
        if window.low != i64::MIN {
            window.low = window
                .low
                .saturating_sub(first + slack)
                .saturating_sub(trigger.last_repeat());
        }
        if window.high != i64::MAX {
            window.high = window.high.saturating_sub(first - slack);
        }
        let mut found = false;
        let visit = self.visit(Some(number), window, &mut |instance| {
            let moment = trigger.at(&instance, relative, self.zones.floating());
            if trigger.goes_off(moment, range) {
                found = true;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        found || visit == Visit::Spent
    }
}

/// TRIGGER, REPEAT and DURATION of a VALARM.
struct Trigger {
    when: When,
    /// RELATED=END.
    from_end: bool,
    /// How often again.
    repeat: i64,
    /// After how many seconds each.
    delay: i64,
}

enum When {
    At(i64),
    After(Duration),
}

impl Trigger {
    fn of(alarm: &Tree, zones: &Zones) -> Option<Trigger> {
        let line = alarm.property("TRIGGER")?;
        let when = match Duration::parse(line.value()) {
            Some(duration) => When::After(duration),
            None => When::At(Moment::read(line, zones)?.instant(zones.floating())),
        };
        let from_end = line
            .parameter("RELATED")
            .is_some_and(|related| related.trim().eq_ignore_ascii_case("END"));
        let delay = alarm
            .property("DURATION")
            .and_then(|line| Duration::parse(line.value()))
            .filter(|delay| delay.is_positive());
        let repeat = alarm
            .property("REPEAT")
            .and_then(|line| line.value().trim().parse::<i64>().ok());
        // Neither may stand without the other (RFC 5545 section 3.6.6).
        let (repeat, delay) = match (repeat, delay) {
            (Some(repeat), Some(delay)) => (repeat.clamp(0, 1 << 20), delay.nominal_seconds()),
            _ => (0, 1),
        };
        Some(Trigger {
            when,
            from_end,
            repeat,
            delay,
        })
    }

    /// From the first time to the last.
    fn last_repeat(&self) -> i64 {
        self.repeat.saturating_mul(self.delay)
    }

    /// The first time it goes off for this instance.
    fn at(&self, instance: &Instance, after: Duration, floating: &Zone) -> i64 {
        let base = if self.from_end {
            instance.ends
        } else {
            instance.starts
        };
        if after.days == 0 {
            return base.saturating_add(after.seconds);
        }
        let zone = instance.start.zone(floating);
        let day = later(zone.local(base), after.days.saturating_mul(86_400));
        zone.instant(day).saturating_add(after.seconds)
    }

    fn goes_off(&self, first: i64, range: Range) -> bool {
        // The first repetition that is not before the range.
        let before = range.start.saturating_sub(first).max(0);
        let nth = before / self.delay + i64::from(before % self.delay != 0);
        nth <= self.repeat && range.contains(first.saturating_add(nth.saturating_mul(self.delay)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::examples::{calendar, range, zone};

    fn goes_off(event: &str, start: &str, end: &str) -> bool {
        let text = calendar(event);
        let tree = Tree::read(text.as_bytes()).expect("a calendar");
        let zones = Zones::of(&tree, zone("Europe/Berlin"));
        let set = RecurrenceSet::of(&tree, &zones);
        let event = tree.components().next().expect("an event");
        let alarm = event.components().next().expect("an alarm");
        set.alarm_overlaps(event, alarm, range(start, end))
    }

    #[test]
    fn alarms_go_off_when_they_should() {
        let event = |rule: &str, alarm: &str| {
            format!(
                "DTSTART:20260105T100000Z{rule}\nDTEND:20260105T120000Z\nBEGIN:VALARM\n{alarm}\nEND:VALARM"
            )
        };
        // (recurrence, alarm, moments at which it goes off, moments at which it does not)
        let cases: [(&str, &str, &[&str], &[&str]); 9] = [
            (
                "",
                "TRIGGER:-PT15M",
                &["20260105T094500Z"],
                &["20260105T100000Z"],
            ),
            (
                "",
                "TRIGGER;RELATED=END:PT5M",
                &["20260105T120500Z"],
                &["20260105T100500Z"],
            ),
            (
                "\nRRULE:FREQ=DAILY",
                "TRIGGER:-P100D",
                &["20251231T100000Z", "20260401T100000Z"],
                &["20260401T110000Z", "20250926T100000Z"],
            ),
            (
                "\nRRULE:FREQ=DAILY",
                "TRIGGER;VALUE=DATE-TIME:20260201T080000Z",
                &["20260201T080000Z"],
                &["20260202T080000Z"],
            ),
            (
                "",
                "TRIGGER:PT0S\nREPEAT:2\nDURATION:PT10M",
                &["20260105T100000Z", "20260105T101000Z", "20260105T102000Z"],
                &["20260105T095000Z", "20260105T100500Z", "20260105T103000Z"],
            ),
            (
                "",
                "TRIGGER:PT0S\nREPEAT:2",
                &["20260105T100000Z"],
                &["20260105T101000Z"],
            ),
            (
                "\nRRULE:FREQ=WEEKLY;COUNT=2",
                "TRIGGER:-PT1H\nREPEAT:999999999999\nDURATION:P1D",
                &["20260112T090000Z", "20991112T090000Z"],
                &["20991112T100000Z"],
            ),
            ("", "TRIGGER:P999999999999D", &[], &["20260105T100000Z"]),
            ("", "ACTION:DISPLAY", &[], &["20260105T100000Z"]),
        ];
        for (rule, alarm, yes, no) in cases {
            let event = event(rule, alarm);
            for (moments, expected) in [(yes, true), (no, false)] {
                for moment in moments {
                    let end = moment.replace("00Z", "01Z");
                    assert_eq!(goes_off(&event, moment, &end), expected, "{alarm} {moment}");
                }
            }
        }
        // An all-day event: from midnight of the collection, days by the clock.
        let day = "DTSTART;VALUE=DATE:20260330\nBEGIN:VALARM\nTRIGGER:-P1DT1H\nEND:VALARM";
        assert!(goes_off(day, "20260328T220000Z", "20260328T220001Z"));
        let alone = event("", "TRIGGER:-PT15M");
        assert!(
            goes_off(&alone, "", "20260105T094501Z") && goes_off(&alone, "20260105T094500Z", "")
        );
        assert!(
            !goes_off(&alone, "", "20260105T094500Z") && !goes_off(&alone, "20260105T094501Z", "")
        );
    }
}
