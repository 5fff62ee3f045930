//! When somebody is busy (RFC 4791 section 7.10).

use std::ops::ControlFlow;

use crate::calendar::availability::{Availability, unavailable};
use crate::calendar::instance::{RecurrenceSet, TooMany};
use crate::calendar::moment::Moment;
use crate::calendar::overlap::{Period, Range, periods};
use crate::calendar::series::{Budget, Visit};
use crate::text::duration::Duration;
use crate::text::fold::fold;
use crate::text::line::Line;
use crate::text::tree::Tree;
use crate::zone::Zone;

/// FBTYPE and BUSYTYPE (RFC 5545 section 3.2.9, RFC 7953 section 3.2), the stronger last: "BUSY >
/// BUSY-UNAVAILABLE > BUSY-TENTATIVE" (RFC 7953 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BusyType {
    Tentative,
    Unavailable,
    Busy,
}

impl BusyType {
    const ALL: [BusyType; 3] = [BusyType::Tentative, BusyType::Unavailable, BusyType::Busy];

    fn name(self) -> &'static str {
        match self {
            BusyType::Tentative => "BUSY-TENTATIVE",
            BusyType::Unavailable => "BUSY-UNAVAILABLE",
            BusyType::Busy => "BUSY",
        }
    }

    /// None is FREE. "Applications MUST treat x-name and iana-token values they don't recognize
    /// the same way as they would the BUSY value."
    pub(super) fn from_name(name: &str) -> Option<BusyType> {
        let name = name.trim();
        if name.eq_ignore_ascii_case("FREE") {
            return None;
        }
        let known = BusyType::ALL
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(name));
        Some(known.unwrap_or(BusyType::Busy))
    }

    /// What an event makes of its time, by TRANSP and STATUS; None is free.
    #[must_use]
    pub fn of_event(event: &Tree) -> Option<BusyType> {
        let is = |name, value: &str| {
            event
                .property(name)
                .is_some_and(|line| line.value().trim().eq_ignore_ascii_case(value))
        };
        if is("TRANSP", "TRANSPARENT") || is("STATUS", "CANCELLED") {
            None
        } else if is("STATUS", "TENTATIVE") {
            Some(BusyType::Tentative)
        } else {
            Some(BusyType::Busy)
        }
    }
}

/// What each of these components makes of its time; of what is no event, nothing.
#[must_use]
pub fn busy_types(set: &RecurrenceSet) -> Vec<Option<BusyType>> {
    let of_component = |component: &&Tree| {
        Some(*component)
            .filter(|component| component.is("VEVENT"))
            .and_then(BusyType::of_event)
    };
    set.components.iter().map(of_component).collect()
}

/// What is known of an object's busy time without a look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusyTime {
    Free,
    /// From here to before there, in seconds since 1970, and at no other time.
    Once {
        busy: BusyType,
        start: i64,
        end: i64,
    },
    /// The object has to be asked.
    Unknown,
}

/// Busy time is put together in here.
#[derive(Clone, Debug)]
pub struct Busy {
    range: Range,
    /// By type, in any order and overlapping, in the range.
    found: [Vec<Period>; 3],
    availabilities: Vec<Availability>,
    /// What may still be looked at.
    left: Budget,
}

/// Periods of one type at most, after those that touch were joined: an answer of about 1 MiB.
const MAX_PERIODS: usize = 20_000;

/// VAVAILABILITY that are combined at most. People have one or two.
const MAX_AVAILABILITIES: usize = 100;

impl Busy {
    /// Nothing is busy yet in this range.
    #[must_use]
    pub fn new(range: Range) -> Busy {
        Busy {
            range,
            found: Default::default(),
            availabilities: Vec::new(),
            left: Budget::FOR_AN_ANSWER,
        }
    }

    /// Busy from here to before there, in seconds since 1970.
    ///
    /// # Errors
    /// There are more periods than an answer holds.
    pub fn take(&mut self, busy: BusyType, start: i64, end: i64) -> Result<(), TooMany> {
        let period = Period {
            start: start.max(self.range.start),
            end: end.min(self.range.end),
        };
        if period.start >= period.end {
            return Ok(());
        }
        let found = &mut self.found[busy as usize];
        if let Some(last) = found.last_mut()
            && last.start <= period.start
            && period.start <= last.end
        {
            last.end = last.end.max(period.end);
            return Ok(());
        }
        if found.len() == 2 * MAX_PERIODS {
            join(found);
            if found.len() > MAX_PERIODS {
                return Err(TooMany);
            }
        }
        found.push(period);
        Ok(())
    }

    /// Whatever an object says of busy time: its events, its VFREEBUSY and its VAVAILABILITY. Of
    /// an object that cannot be evaluated the instances that are known.
    ///
    /// # Errors
    /// There are more periods than an answer holds.
    pub fn add(&mut self, calendar: &Tree, set: &RecurrenceSet) -> Result<(), TooMany> {
        self.add_events(set)?;
        for component in calendar.components() {
            if component.is("VFREEBUSY") {
                for line in component.properties().filter(|line| line.is("FREEBUSY")) {
                    self.add_freebusy(line, set)?;
                }
            } else if component.is("VAVAILABILITY") {
                let before = self.left.for_a_question();
                let mut budget = before;
                let (zones, range) = (set.zones, self.range);
                let availability = Availability::of(component, zones, range, &mut budget);
                self.left = self.left.without(before, budget);
                if before.is_short() {
                    return Err(TooMany);
                }
                self.availabilities.extend(availability);
                // "Servers MUST limit the complexity of such data" (RFC 7953 section 8).
                let periods = self.availabilities.iter().map(Availability::periods);
                if self.availabilities.len() > MAX_AVAILABILITIES
                    || periods.sum::<usize>() > MAX_PERIODS
                {
                    return Err(TooMany);
                }
            }
        }
        Ok(())
    }

    fn add_events(&mut self, set: &RecurrenceSet) -> Result<(), TooMany> {
        let types = busy_types(set);
        if types.iter().all(Option::is_none) {
            return Ok(());
        }
        let mut taken = Ok(());
        let before = self.left.for_a_question();
        let (mut budget, window) = (before, self.range.window());
        let visit = set
            .series()
            .visit(None, window, &mut budget, &mut |instance| {
                if let Some(Some(busy)) = types.get(instance.component) {
                    taken = self.take(*busy, instance.starts, instance.ends);
                }
                match taken {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(TooMany) => ControlFlow::Break(()),
                }
            });
        self.left = self.left.without(before, budget);
        // Where there is too much to look at in one event, what was found counts: it must not make
        // a whole calendar unanswerable. But many such events do.
        if visit == Visit::Spent && before.is_short() {
            return Err(TooMany);
        }
        taken
    }

    fn add_freebusy(&mut self, line: &Line, set: &RecurrenceSet) -> Result<(), TooMany> {
        let busy = match line.parameter("FBTYPE") {
            Some(name) => BusyType::from_name(&name),
            None => Some(BusyType::Busy),
        };
        let Some(busy) = busy else { return Ok(()) };
        for period in periods(line, set.zones).filter_map(|(_, period)| period) {
            self.take(busy, period.start, period.end)?;
        }
        Ok(())
    }

    /// Busy time of each type, rising and apart. Times of different types may overlap.
    fn periods(&self) -> Vec<(Period, BusyType)> {
        let mut found = self.found.clone();
        for (period, busy) in unavailable(&self.availabilities, self.range) {
            found[busy as usize].push(period);
        }
        let mut periods = Vec::new();
        for (mut of_type, busy) in found.into_iter().zip(BusyType::ALL) {
            join(&mut of_type);
            periods.extend(of_type.into_iter().map(|period| (period, busy)));
        }
        periods.sort_by_key(|(period, _)| (period.start, period.end));
        periods
    }

    /// The answer: an iCalendar object with one VFREEBUSY. `uid` is its own, `now` its DTSTAMP in
    /// seconds since 1970.
    #[must_use]
    pub fn write(&self, uid: &str, now: i64) -> Vec<u8> {
        let mut out = Vec::new();
        let mut line = |text: &str| fold(text, "\r\n", &mut out);
        line("BEGIN:VCALENDAR");
        line("VERSION:2.0");
        line("PRODID:-//davbox//davbox//EN");
        line("BEGIN:VFREEBUSY");
        line(&format!("UID:{uid}"));
        line(&format!("DTSTAMP:{}", utc(now)));
        if self.range.start != i64::MIN {
            line(&format!("DTSTART:{}", utc(self.range.start)));
        }
        if self.range.end != i64::MAX {
            line(&format!("DTEND:{}", utc(self.range.end)));
        }
        for (period, busy) in self.periods() {
            let form = match busy {
                BusyType::Busy => String::new(),
                other => format!(";FBTYPE={}", other.name()),
            };
            let length = Duration::of_seconds(period.end.saturating_sub(period.start));
            line(&format!("FREEBUSY{form}:{}/{length}", utc(period.start)));
        }
        line("END:VFREEBUSY");
        line("END:VCALENDAR");
        out
    }
}

fn utc(instant: i64) -> Moment {
    Moment::Utc(Zone::UTC.local(instant))
}

/// "Servers SHOULD coalesce consecutive or overlapping busy time periods of the same type."
pub(super) fn join(periods: &mut Vec<Period>) {
    periods.sort_unstable_by_key(|period| (period.start, period.end));
    periods.dedup_by(|next, last| {
        let touches = next.start <= last.end;
        if touches {
            last.end = last.end.max(next.end);
        }
        touches
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::examples::{calendar, range, utc as stamp, zone};
    use crate::zone::Zones;

    fn add(busy: &mut Busy, components: &str) {
        let text = calendar(components);
        let tree = Tree::read(text.as_bytes()).expect("a calendar");
        let zones = Zones::of(&tree, zone("America/Montreal"));
        let set = RecurrenceSet::of(&tree, &zones);
        busy.add(&tree, &set).expect("few periods");
    }

    /// Periods as hour-hour and a letter, of one day.
    fn found(busy: &Busy) -> Vec<String> {
        let of = |(period, kind): (Period, BusyType)| {
            let kind = match kind {
                BusyType::Busy => 'B',
                BusyType::Unavailable => 'U',
                BusyType::Tentative => 'T',
            };
            format!(
                "{}-{} {kind}",
                &stamp(period.start)[..11],
                &stamp(period.end)[..11]
            )
        };
        busy.periods().into_iter().map(of).collect()
    }

    #[test]
    fn events_are_busy_as_the_table_says() {
        let mut busy = Busy::new(range("20260105T000000Z", "20260107T000000Z"));
        let event = |hour: &str, lines: &str| {
            format!("DTSTART:20260105T{hour}0000Z\nDURATION:PT1H\n{lines}")
        };
        for (hour, lines) in [
            ("01", ""),
            ("02", "TRANSP:OPAQUE\nSTATUS:CONFIRMED"),
            ("04", "STATUS:TENTATIVE"),
            ("06", "STATUS:CANCELLED"),
            ("08", "TRANSP:TRANSPARENT"),
            ("10", "TRANSP:transparent\nSTATUS:TENTATIVE"),
            ("12", "STATUS:X-SICK"),
        ] {
            add(&mut busy, &event(hour, lines));
        }
        assert_eq!(
            found(&busy),
            [
                "20260105T01-20260105T03 B",
                "20260105T04-20260105T05 T",
                "20260105T12-20260105T13 B"
            ]
        );
    }

    #[test]
    fn recurrences_days_overrides_and_vfreebusy_are_put_together() {
        let mut busy = Busy::new(range("20260105T120000Z", "20260109T000000Z"));
        add(
            &mut busy,
            "DTSTART:20260101T100000Z\nDURATION:PT4H\nRRULE:FREQ=DAILY\n\n\
             RECURRENCE-ID:20260106T100000Z\nDTSTART:20260106T200000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT\n\n\
             RECURRENCE-ID:20260107T100000Z\nDTSTART:20260107T100000Z\nDURATION:PT1H\nSTATUS:TENTATIVE",
        );
        add(&mut busy, "DTSTART;VALUE=DATE:20260106");
        add(&mut busy, "DTSTART:20260106T120000Z");
        add(
            &mut busy,
            "BEGIN:VTODO\nDTSTART:20260106T010000Z\nDUE:20260106T020000Z\nEND:VTODO",
        );
        add(
            &mut busy,
            "BEGIN:VFREEBUSY\nFREEBUSY;FBTYPE=FREE:20260108T000000Z/PT1H\n\
             FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260108T010000Z/PT1H,20260108T020000Z/20260108T030000Z\n\
             FREEBUSY;FBTYPE=X-WHO:20260108T140000Z/PT1H\nEND:VFREEBUSY",
        );
        // Unevaluable: what is known of it.
        add(
            &mut busy,
            "DTSTART:20260108T200000Z\nDURATION:PT1H\nRRULE:RSCALE=CHINESE;FREQ=YEARLY",
        );
        add(
            &mut busy,
            "DTSTART:20260108T220000Z\nDURATION:PT9H\nRRULE:FREQ=SECONDLY",
        );
        assert_eq!(
            found(&busy),
            [
                "20260105T12-20260105T14 B",
                "20260106T05-20260107T05 B",
                "20260107T10-20260107T11 T",
                "20260108T01-20260108T03 U",
                "20260108T10-20260108T15 B",
                "20260108T20-20260108T21 B",
                "20260108T22-20260109T00 B",
            ]
        );
    }

    #[test]
    fn the_answer_of_the_rfc() {
        let mut busy = Busy::new(range("20060104T140000Z", "20060105T220000Z"));
        add(
            &mut busy,
            "DTSTART:20060104T150000Z\nDURATION:PT1H\nSTATUS:TENTATIVE",
        );
        add(&mut busy, "DTSTART:20060104T190000Z\nDURATION:PT1H");
        let text = String::from_utf8(busy.write("u", 1_106_643_600)).expect("text");
        // RFC 4791 section 7.10.1.
        assert_eq!(
            text,
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//davbox//davbox//EN\r\nBEGIN:VFREEBUSY\r\n\
             UID:u\r\nDTSTAMP:20050125T090000Z\r\nDTSTART:20060104T140000Z\r\nDTEND:20060105T220000Z\r\n\
             FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060104T150000Z/PT1H\r\nFREEBUSY:20060104T190000Z/PT1H\r\n\
             END:VFREEBUSY\r\nEND:VCALENDAR\r\n"
        );
    }

    #[test]
    fn periods_are_bounded() {
        let mut busy = Busy::new(Range::EVERYTHING);
        let mut hour = 0;
        let refused = std::iter::repeat_with(|| {
            hour += 7200;
            busy.take(BusyType::Busy, hour, hour + 3600)
        });
        assert!(refused.take(100_000).any(|taken| taken.is_err()));
    }

    const WORK: &str = "BEGIN:VAVAILABILITY\nUID:a\nDTSTART;TZID=America/Montreal:20111002T000000\n\
        BEGIN:AVAILABLE\nUID:b\nDTSTART;TZID=America/Montreal:20111002T080000\n\
        DTEND;TZID=America/Montreal:20111002T180000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\n\
        END:AVAILABLE\nEND:VAVAILABILITY";

    /// RFC 7953 section 5.1.1 with Appendix A. The Monday is the 7th, whatever its text says, and
    /// Montreal is five hours behind.
    #[test]
    fn simple_availability() {
        let mut busy = Busy::new(range("20111107T050000Z", "20111108T050000Z"));
        add(&mut busy, WORK);
        add(
            &mut busy,
            "DTSTART;TZID=America/Montreal:20111107T120000\nDURATION:PT2H",
        );
        assert_eq!(
            found(&busy),
            [
                "20111107T05-20111107T13 U",
                "20111107T17-20111107T19 B",
                "20111107T23-20111108T05 U"
            ]
        );
    }

    /// RFC 7953 section 5.1.2 with Appendix B.
    #[test]
    fn availability_with_priorities() {
        let mut busy = Busy::new(range("20111024T040000Z", "20111025T040000Z"));
        add(&mut busy, WORK);
        add(
            &mut busy,
            "BEGIN:VAVAILABILITY\nUID:c\nDTSTART;TZID=America/Montreal:20111023T000000\n\
             DTEND;TZID=America/Montreal:20111030T000000\nPRIORITY:1\nBEGIN:AVAILABLE\nUID:d\n\
             DTSTART;TZID=America/Denver:20111023T080000\nDTEND;TZID=America/Denver:20111023T180000\n\
             RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\nEND:AVAILABLE\nEND:VAVAILABILITY",
        );
        add(
            &mut busy,
            "DTSTART;TZID=America/Denver:20111024T120000\nDURATION:PT2H",
        );
        assert_eq!(
            found(&busy),
            [
                "20111024T04-20111024T14 U",
                "20111024T18-20111024T20 B",
                "20111025T00-20111025T04 U"
            ]
        );
    }

    #[test]
    fn availability_by_rank_and_type() {
        let own = |lines: &str, free: &str| {
            format!(
                "BEGIN:VAVAILABILITY\n{lines}\nBEGIN:AVAILABLE\nDTSTART:20260105T{free}0000Z\nDURATION:PT2H\n\
                 END:AVAILABLE\nEND:VAVAILABILITY"
            )
        };
        let all = |parts: &[String]| {
            let mut busy = Busy::new(range("20260105T000000Z", "20260105T120000Z"));
            parts.iter().for_each(|part| add(&mut busy, part));
            found(&busy)
        };
        let base = own("BUSYTYPE:BUSY-TENTATIVE", "02");
        assert_eq!(
            all(std::slice::from_ref(&base)),
            ["20260105T00-20260105T02 T", "20260105T04-20260105T12 T"]
        );
        // A higher rank is busy where the lower one is free.
        let higher = own(
            "PRIORITY:9\nDTSTART:20260105T010000Z\nDURATION:PT5H\nBUSYTYPE:BUSY",
            "04",
        );
        assert_eq!(
            all(&[higher.clone(), base.clone()]),
            [
                "20260105T00-20260105T01 T",
                "20260105T01-20260105T04 B",
                "20260105T06-20260105T12 T"
            ]
        );
        // The same rank: the stronger type, and free is free.
        let equal = higher.replace("PRIORITY:9\n", "PRIORITY:0\n");
        assert_eq!(
            all(&[equal, base]),
            [
                "20260105T00-20260105T01 T",
                "20260105T01-20260105T02 B",
                "20260105T06-20260105T12 T"
            ]
        );
    }

    #[test]
    fn many_events_of_every_second_are_too_many() {
        let text = calendar("DTSTART:20260101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY");
        let tree = Tree::read(text.as_bytes()).expect("a calendar");
        let zones = Zones::of(&tree, Zone::UTC);
        let mut busy = Busy::new(range("20260201T000000Z", "20260301T000000Z"));
        let mut add = || busy.add(&tree, &RecurrenceSet::of(&tree, &zones));
        assert_eq!(add(), Ok(()));
        assert!((0..50).any(|_| add() == Err(TooMany)));
    }
}
