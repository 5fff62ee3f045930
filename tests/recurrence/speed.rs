//! What the engine costs: reading a rule, seeking from 1990 to July 2026, walking on, giving up.

use std::hint::black_box;
use std::time::Instant;

use davbox::recurrence::{Compiled, Extent, Kind, Next, Rule, Work};
use jiff::civil::{DateTime, date};

/// The median of eleven rounds, in nanoseconds.
fn cost(mut run: impl FnMut()) -> f64 {
    let mut rounds = [0.0; 11];
    for round in &mut rounds {
        let mut times = 1u32;
        *round = loop {
            let begin = Instant::now();
            for _ in 0..times {
                run();
            }
            let spent = begin.elapsed();
            if spent.as_millis() >= 5 {
                break spent.as_nanos() as f64 / f64::from(times);
            }
            times *= 2;
        };
    }
    rounds.sort_by(f64::total_cmp);
    rounds[5]
}

fn main() {
    let start = date(1990, 1, 15).at(9, 0, 0, 0);
    let july = date(2026, 7, 1).at(0, 0, 0, 0);
    let august = date(2026, 8, 1).at(0, 0, 0, 0);
    println!(
        "{:58} {:>8} {:>8} {:>8} {:>8} {:>8} {:>5} {:>5}",
        "ns", "text", "stored", "sought", "next", "July", "found", "bytes"
    );
    for text in [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;COUNT=10000",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;WKST=SU;UNTIL=20300101T000000Z",
        "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5000",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYDAY=-1FR;COUNT=600",
        "FREQ=YEARLY",
        "FREQ=YEARLY;BYMONTH=7;BYDAY=1SU",
        "FREQ=YEARLY;BYDAY=MO,TU;BYMONTHDAY=1,2,3,4,5,6,7",
        "FREQ=YEARLY;BYWEEKNO=28;BYDAY=MO",
        "FREQ=HOURLY;BYHOUR=9,10,11",
        "FREQ=MINUTELY;INTERVAL=15",
        "FREQ=SECONDLY;BYMONTH=7;BYMONTHDAY=4;BYHOUR=12;BYMINUTE=0;BYSECOND=0",
    ] {
        row(text, start, july, august);
    }
    println!("\n{:58} {:>10}", "ns to say that there is no more", "");
    for text in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTHDAY=31;BYYEARDAY=59",
        "FREQ=SECONDLY;BYYEARDAY=366;BYMONTH=3",
        "FREQ=MINUTELY;INTERVAL=1441;BYHOUR=10;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;INTERVAL=60;BYSECOND=30",
    ] {
        let rule = read(text);
        let cost = cost(|| {
            let mut instances = rule.instances(start, Kind::DateTime);
            instances.seek(july);
            assert_eq!(instances.next_within(&mut Work::new(5_000_000)), Next::End);
        });
        println!("{text:58} {cost:>10.0}");
    }
}

fn read(text: &str) -> Rule {
    match Rule::parse(text) {
        Ok(rule) => rule,
        Err(refused) => panic!("{text}: {refused}"),
    }
}

fn row(text: &str, start: DateTime, july: DateTime, august: DateTime) {
    let rule = read(text);
    let compiled = Compiled {
        rule: rule.clone(),
        kind: Kind::DateTime,
        extent: Extent::Open,
    };
    let bytes = compiled.to_bytes();
    let mut work = Work::new(u64::MAX);
    let parsed = cost(|| drop(black_box(Rule::parse(black_box(text)))));
    let stored = cost(|| drop(black_box(Compiled::from_bytes(black_box(&bytes)))));
    let sought = cost(|| {
        let mut instances = rule.instances(black_box(start), Kind::DateTime);
        instances.seek(july);
        black_box(instances.next_within(&mut work));
    });
    let mut walking = rule.instances(start, Kind::DateTime);
    let next = cost(|| {
        if !matches!(black_box(walking.next_within(&mut work)), Next::Instance(_)) {
            walking = rule.instances(start, Kind::DateTime);
        }
    });
    let mut found = 0;
    let month = cost(|| {
        let mut instances = rule.instances(black_box(start), Kind::DateTime);
        instances.seek(july);
        found = 0;
        while let Next::Instance(moment) = instances.next_within(&mut work) {
            if moment >= august {
                break;
            }
            found += 1;
        }
    });
    println!(
        "{text:58} {parsed:>8.0} {stored:>8.0} {sought:>8.0} {next:>8.0} {month:>8.0} {found:>5} {:>5}",
        bytes.len()
    );
}
