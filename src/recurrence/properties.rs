//! What holds for every rule, tried on rules made of dice.

use jiff::civil::{DateTime, date};

use super::{Compiled, Extent, Instances, Kind, Next, Rule, Until, Work};

/// A small generator of numbers (xorshift64*), so that every run has the same rules.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    }

    fn of<'a, T: ?Sized>(&mut self, choice: &[&'a T]) -> &'a T {
        choice[usize::try_from(self.below(choice.len() as u64)).unwrap()]
    }

    fn list(&mut self, most: u64, of: impl Fn(&mut Dice) -> String) -> String {
        let items: Vec<String> = (0..=self.below(most)).map(|_| of(self)).collect();
        items.join(",")
    }

    fn number(&mut self, least: u64, most: u64) -> String {
        (least + self.below(most - least + 1)).to_string()
    }

    fn ordinal(&mut self, most: u64) -> String {
        format!("{}{}", self.of(&["", "", "-", "+"]), self.number(1, most))
    }

    fn moment(&mut self) -> DateTime {
        let year = self.of(&[&1900, &1969, &1997, &2024, &2100, &9990]);
        let day = i64::try_from(self.below(366)).unwrap();
        let second = i64::try_from(self.below(86_400)).unwrap();
        date(*year, 1, 1)
            .at(0, 0, 0, 0)
            .saturating_add(jiff::Span::new().days(day).seconds(second))
    }

    fn rule(&mut self) -> String {
        let frequencies = [
            "YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY",
        ];
        let mut rule = format!("FREQ={}", self.of(&frequencies));
        let weekday = |dice: &mut Dice| {
            dice.of(&["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
                .to_owned()
        };
        let parts = self.below(5);
        for _ in 0..parts {
            let part = match self.below(15) {
                0 => format!("INTERVAL={}", self.number(1, 5)),
                1 => format!("INTERVAL={}", self.number(1, 100_000)),
                2 => format!("BYSECOND={}", self.list(4, |dice| dice.number(0, 60))),
                3 => format!("BYMINUTE={}", self.list(4, |dice| dice.number(0, 59))),
                4 => format!("BYHOUR={}", self.list(4, |dice| dice.number(0, 23))),
                5 => format!("BYDAY={}", self.list(5, weekday)),
                6 => format!(
                    "BYDAY={}",
                    self.list(3, |dice| dice.ordinal(5) + &weekday(dice))
                ),
                7 => format!("BYMONTHDAY={}", self.list(5, |dice| dice.ordinal(31))),
                8 => format!("BYYEARDAY={}", self.list(9, |dice| dice.ordinal(366))),
                9 => format!("BYWEEKNO={}", self.list(5, |dice| dice.ordinal(53))),
                10 => format!("BYMONTH={}", self.list(4, |dice| dice.number(1, 12))),
                11 => format!("BYSETPOS={}", self.list(3, |dice| dice.ordinal(9))),
                12 => format!("WKST={}", weekday(self)),
                13 => format!("SKIP={}", self.of(&["OMIT", "BACKWARD", "FORWARD"])),
                _ => match self.below(2) {
                    0 => format!("COUNT={}", self.number(1, 300)),
                    _ => format!("UNTIL={}", self.moment().strftime("%Y%m%dT%H%M%S")),
                },
            };
            let name = part.split('=').next().unwrap_or_default();
            if !rule.contains(&format!(";{name}=")) {
                rule = format!("{rule};{part}");
            }
        }
        rule
    }
}

const WORK: u64 = 100_000;

fn take(instances: Instances<'_>, most: usize) -> (Vec<DateTime>, Next) {
    let mut work = Work::new(WORK);
    let mut instances = instances;
    let mut found = Vec::new();
    loop {
        match instances.next_within(&mut work) {
            Next::Instance(moment) if found.len() < most => found.push(moment),
            other => return (found, other),
        }
    }
}

#[test]
fn instances_rise_and_seek_stored_form_and_extent_agree() {
    let mut dice = Dice(20_250_131);
    let mut evaluated = 0;
    for _ in 0..4_000 {
        let text = dice.rule();
        let Ok(rule) = Rule::parse(&text) else {
            continue;
        };
        evaluated += 1;
        let start = dice.moment();
        let kind = *dice.of(&[&Kind::Date, &Kind::DateTime, &Kind::DateTime]);
        let (all, stop) = take(rule.instances(start, kind), 300);
        let shown = format!("{start} {kind:?} {text}");

        let first = if kind == Kind::Date {
            start.date().at(0, 0, 0, 0)
        } else {
            start
        };
        assert_eq!(all.first(), Some(&first), "{shown}");
        assert!(all.is_sorted_by(|a, b| a < b), "{shown}: {all:?}");

        let extent = rule.extent(start, kind, &mut Work::new(WORK));
        let compiled = Compiled {
            rule: rule.clone(),
            kind,
            extent,
        };
        let read = Compiled::from_bytes(&compiled.to_bytes()).unwrap();
        assert_eq!(read, compiled, "{shown}");
        assert_eq!(
            take(read.rule.instances(start, kind), 300).0,
            all,
            "{shown}"
        );
        match extent {
            Extent::Open => assert!(!rule.is_bounded() || stop != Next::End, "{shown}"),
            Extent::Ends(end) if stop == Next::End => {
                assert_eq!(all.last(), Some(&end), "{shown}");
            }
            Extent::Ends(end) => assert!(all.last() <= Some(&end), "{shown} {end}"),
        }

        for _ in 0..6 {
            let Some(near) = all.get(usize::try_from(dice.below(all.len() as u64)).unwrap()) else {
                continue;
            };
            let aside = jiff::Span::new().seconds(i64::try_from(dice.below(5)).unwrap() - 2);
            let moment = near.saturating_add(aside);
            let mut sought = rule.instances(start, kind);
            sought.seek(moment);
            let rest: Vec<_> = all.iter().filter(|m| **m >= moment).copied().collect();
            let (found, after) = take(sought, rest.len());
            assert_eq!(found, rest, "{shown} from {moment}");
            if stop == Next::End {
                assert_eq!(after, Next::End, "{shown} from {moment}");
            }
        }
    }
    assert!(evaluated > 3_000, "{evaluated}");
}

#[test]
fn rules_that_never_match_end_within_bounded_work() {
    let start = date(2024, 5, 30).at(9, 0, 0, 0);
    for text in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;INTERVAL=3",
        "FREQ=YEARLY;BYMONTH=1,4;BYMONTHDAY=31;BYYEARDAY=59",
        "FREQ=WEEKLY;BYMONTH=1;BYYEARDAY=59",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2;INTERVAL=5",
        "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTHDAY=31;BYYEARDAY=59",
        "FREQ=HOURLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=-30",
        "FREQ=SECONDLY;BYYEARDAY=366;BYMONTH=3",
        "FREQ=SECONDLY;INTERVAL=60;BYSECOND=30",
        "FREQ=MINUTELY;INTERVAL=1440;BYHOUR=10",
        "FREQ=HOURLY;INTERVAL=2;BYHOUR=10",
        "FREQ=SECONDLY;BYSETPOS=2",
        "FREQ=YEARLY;BYDAY=MO;BYSETPOS=54",
        "FREQ=YEARLY;BYWEEKNO=20;BYYEARDAY=1",
        "FREQ=YEARLY;BYDAY=53MO;BYMONTH=3",
    ] {
        let rule = Rule::parse(text).unwrap();
        let mut work = Work::new(200_000);
        let mut instances = rule.instances(start, Kind::DateTime);
        assert_eq!(
            instances.next_within(&mut work),
            Next::Instance(start),
            "{text}"
        );
        assert_eq!(instances.next_within(&mut work), Next::End, "{text}");
        assert_eq!(instances.next_within(&mut work), Next::End, "{text}");
        let mut instances = rule.instances(start, Kind::DateTime);
        instances.seek(date(2026, 7, 1).at(0, 0, 0, 0));
        assert_eq!(
            instances.next_within(&mut Work::new(200_000)),
            Next::End,
            "{text}"
        );
    }
}

#[test]
fn spent_work_is_not_the_end() {
    let start = date(2024, 2, 29).at(9, 0, 0, 0);
    let rule = Rule::parse("FREQ=DAILY;BYMONTHDAY=29;BYYEARDAY=60;BYDAY=TH").unwrap();
    let mut instances = rule.instances(start, Kind::DateTime);
    let mut work = Work::new(1);
    assert_eq!(instances.next_within(&mut work), Next::Instance(start));
    let mut asked = 0;
    let next = loop {
        let next = instances.next_within(&mut work);
        if next != Next::Spent {
            break next;
        }
        asked += 1;
        work = Work::new(1_000);
    };
    assert_eq!(next, Next::Instance(date(2052, 2, 29).at(9, 0, 0, 0)));
    assert!(asked > 5);

    // So it is while COUNT is counted.
    let rule = Rule::parse("FREQ=DAILY;BYDAY=TH;COUNT=4000").unwrap();
    let sought = date(2064, 2, 29).at(0, 0, 0, 0);
    let mut instances = rule.instances(start, Kind::DateTime);
    instances.seek(sought);
    let mut spent = 0;
    let found = loop {
        match instances.next_within(&mut Work::new(100)) {
            Next::Spent => spent += 1,
            other => break other,
        }
    };
    assert_eq!(found, Next::Instance(date(2064, 3, 6).at(9, 0, 0, 0)));
    assert!(spent > 5);
}

#[test]
fn extents() {
    let start = date(2024, 2, 29).at(9, 0, 0, 0);
    let at = |y, m, d| Extent::Ends(date(y, m, d).at(9, 0, 0, 0));
    for (text, extent) in [
        ("FREQ=DAILY", Extent::Open),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", Extent::Open),
        ("FREQ=DAILY;COUNT=1000001", at(4762, 1, 26)),
        ("FREQ=YEARLY;COUNT=2", at(2028, 2, 29)),
        ("FREQ=YEARLY;COUNT=5;UNTIL=20320228", at(2028, 2, 29)),
        ("FREQ=YEARLY;UNTIL=20960101T000000Z", at(2092, 2, 29)),
        ("FREQ=WEEKLY;UNTIL=20320229T085959", at(2032, 2, 26)),
        (
            "FREQ=YEARLY;COUNT=5;BYMONTH=2;BYMONTHDAY=30",
            at(2024, 2, 29),
        ),
        (
            "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=9;BYMINUTE=0;BYSECOND=0;UNTIL=20400101",
            at(2036, 2, 29),
        ),
        ("FREQ=DAILY;UNTIL=20230101", at(2024, 2, 29)),
        ("FREQ=MONTHLY;BYDAY=-1TH;COUNT=25", at(2026, 2, 26)),
        ("FREQ=YEARLY;BYDAY=-52MO,2TU;COUNT=21", at(2034, 1, 10)),
    ] {
        let rule = Rule::parse(text).unwrap();
        assert_eq!(
            rule.extent(start, Kind::DateTime, &mut Work::new(WORK)),
            extent,
            "{text}"
        );
    }
    // Too little work: UNTIL bounds all the same, COUNT does not.
    let rule = Rule::parse("FREQ=SECONDLY;BYMONTH=3;UNTIL=20320101T000000").unwrap();
    let until = Extent::Ends(date(2032, 1, 1).at(0, 0, 0, 0));
    assert_eq!(rule.extent(start, Kind::DateTime, &mut Work::new(3)), until);
    let rule = Rule::parse("FREQ=SECONDLY;BYMONTH=3;COUNT=100").unwrap();
    assert_eq!(
        rule.extent(start, Kind::DateTime, &mut Work::new(3)),
        Extent::Open
    );
}

#[test]
fn until_is_replaced() {
    let rule = Rule::parse("FREQ=DAILY;UNTIL=20240601T000000Z").unwrap();
    let local = date(2024, 5, 31).at(20, 0, 0, 0);
    let rule = rule.with_until(local);
    assert_eq!(rule.until(), Some(Until::Local(local)));
    let start = date(2024, 5, 30).at(20, 0, 0, 0);
    assert_eq!(
        rule.instances(start, Kind::DateTime)
            .within(Work::new(WORK))
            .count(),
        2
    );
}

#[test]
fn garbage_is_answered() {
    let mut dice = Dice(4);
    let words = [
        "FREQ=",
        "YEARLY",
        "SECONDLY",
        "MONTHLY",
        ";",
        ";",
        "=",
        ",",
        "BYDAY=",
        "MO",
        "-53SU",
        "UNTIL=",
        "99991231T235959Z",
        "00000101",
        "COUNT=",
        "99999999999999999999",
        "INTERVAL=",
        "BYSETPOS=",
        "-366",
        "0",
        "BYMONTHDAY=",
        "31",
        "ü",
        "\u{0}",
        "BYHOUR=",
        "23",
        "RSCALE=",
        "SKIP=FORWARD",
        "FREQ=MINUTELY;",
        "FREQ=YEARLY;",
        "BYWEEKNO=",
        "53",
        "BYYEARDAY=",
        "366",
        "BYSECOND=60",
    ];
    for _ in 0..20_000 {
        let text: String = (0..dice.below(12)).map(|_| dice.of(&words)).collect();
        if let Ok(rule) = Rule::parse(&text) {
            for start in [DateTime::MIN, DateTime::MAX, dice.moment()] {
                take(rule.instances(start, Kind::DateTime), 3);
                let mut sought = rule.instances(start, Kind::Date);
                sought.seek(DateTime::MAX);
                assert!(
                    matches!(take(sought, 3).1, Next::End | Next::Spent),
                    "{text}"
                );
                let mut sought = rule.instances(start, Kind::DateTime);
                sought.seek(dice.moment());
                take(sought, 3);
                let extent = rule.extent(start, Kind::DateTime, &mut Work::new(100));
                assert!(
                    extent != Extent::Ends(DateTime::MIN) || start == DateTime::MIN,
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn damaged_bytes_are_refused_or_harmless() {
    let mut dice = Dice(17);
    for _ in 0..20_000 {
        let text = dice.rule();
        let Ok(rule) = Rule::parse(&text) else {
            continue;
        };
        let extent = Extent::Ends(dice.moment());
        let mut bytes = Compiled {
            rule,
            kind: Kind::DateTime,
            extent,
        }
        .to_bytes();
        for _ in 0..=dice.below(3) {
            let at = usize::try_from(dice.below(bytes.len() as u64)).unwrap();
            bytes[at] = u8::try_from(dice.below(256)).unwrap();
        }
        if let Ok(read) = Compiled::from_bytes(&bytes) {
            let mut instances = read.rule.instances(dice.moment(), read.kind);
            instances.seek(dice.moment());
            let mut work = Work::new(500);
            instances.next_within(&mut work);
            instances.next_within(&mut work);
        }
    }
}
