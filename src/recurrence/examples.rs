//! Every example of RFC 5545 section 3.8.5.3, in its order, with the dates that it publishes; those
//! of RFC 7529; and what `mod.rs` decides.

use jiff::civil::DateTime;

use super::{Kind, Rule, Work};

/// `1997-09-02T09:00` or `1997-09-02`; dates that follow need only say what changes:
/// `1997-09-02 05 10-01` are three.
fn moments(text: &str, start: DateTime) -> Vec<DateTime> {
    let mut last = String::new();
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        let (date, time) = word.split_once('T').unwrap_or((word, ""));
        last.truncate(10 - date.len().min(10));
        last.push_str(date);
        let time = if time.is_empty() {
            start.time()
        } else {
            time.parse().unwrap()
        };
        found.push(last.parse::<jiff::civil::Date>().unwrap().to_datetime(time));
    }
    found
}

/// A line of a table: DTSTART, rule, the first instances. With `…` there are more, else that is all.
/// `{9-11}` are the numbers from 9 to 11.
fn check(table: &[(&str, &str, &str)]) {
    for (start, text, expected) in table {
        let kind = if start.contains('T') {
            Kind::DateTime
        } else {
            Kind::Date
        };
        let start: DateTime = start.parse().unwrap();
        let rule = Rule::parse(text).unwrap();
        let expected = spread(expected);
        let (expected, more) = match expected.strip_suffix('…') {
            Some(expected) => (moments(expected, start), true),
            None => (moments(&expected, start), false),
        };
        let take = expected.len() + usize::from(!more);
        let found: Vec<_> = rule
            .instances(start, kind)
            .within(Work::new(100_000))
            .take(take)
            .collect();
        assert_eq!(found, expected, "{start} {text}");
    }
}

/// Writes out `{9-11}` and `{3-9/2}`.
fn spread(text: &str) -> String {
    let mut plain = String::new();
    for (index, piece) in text.split(['{', '}']).enumerate() {
        if index % 2 == 0 {
            plain.push_str(piece);
            continue;
        }
        let (range, step) = piece.split_once('/').unwrap_or((piece, "1"));
        let (from, to) = range.split_once('-').unwrap();
        let numbers: Vec<String> = (from.parse().unwrap()..=to.parse::<u32>().unwrap())
            .step_by(step.parse().unwrap())
            .map(|number| format!("{number:02}"))
            .collect();
        plain.push_str(&numbers.join(" "));
    }
    plain
}

#[test]
fn rfc_5545() {
    const START: &str = "1997-09-02T09:00";
    check(&[
        (START, "FREQ=DAILY;COUNT=10", "1997-09-02 {3-11}"),
        (
            START,
            "FREQ=DAILY;UNTIL=19971224T000000Z",
            "1997-09-02 {3-30} 10-01 {2-31} 11-01 {2-30} 12-01 {2-23}",
        ),
        (
            START,
            "FREQ=DAILY;INTERVAL=2",
            "1997-09-02 {4-30/2} 10-02 {4-30/2} 11-01 {3-29/2} 12-01 03 …",
        ),
        (
            START,
            "FREQ=DAILY;INTERVAL=10;COUNT=5",
            "1997-09-02 12 22 10-02 12",
        ),
        (
            "1998-01-01T09:00",
            "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
            "1998-01-01 {2-31} 1999-01-01 {2-31} 2000-01-01 {2-31}",
        ),
        (
            "1998-01-01T09:00",
            "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
            "1998-01-01 {2-31} 1999-01-01 {2-31} 2000-01-01 {2-31}",
        ),
        (
            START,
            "FREQ=WEEKLY;COUNT=10",
            "1997-09-02 09 16 23 30 10-07 14 21 28 11-04",
        ),
        (
            START,
            "FREQ=WEEKLY;UNTIL=19971224T000000Z",
            "1997-09-02 09 16 23 30 10-07 14 21 28 11-04 11 18 25 12-02 09 16 23",
        ),
        (
            START,
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
            "1997-09-02 16 30 10-14 28 11-11 25 12-09 23 1998-01-06 20 02-03 17 …",
        ),
        (
            START,
            "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
            "1997-09-02 04 09 11 16 18 23 25 30 10-02",
        ),
        (
            START,
            "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
            "1997-09-02 04 09 11 16 18 23 25 30 10-02",
        ),
        (
            "1997-09-01T09:00",
            "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
            "1997-09-01 03 05 15 17 19 29 10-01 03 13 15 17 27 29 31 11-10 12 14 24 26 28 \
             12-08 10 12 22",
        ),
        (
            START,
            "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
            "1997-09-02 04 16 18 30 10-02 14 16",
        ),
        (
            "1997-09-05T09:00",
            "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
            "1997-09-05 10-03 11-07 12-05 1998-01-02 02-06 03-06 04-03 05-01 06-05",
        ),
        (
            "1997-09-05T09:00",
            "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
            "1997-09-05 10-03 11-07 12-05",
        ),
        (
            "1997-09-07T09:00",
            "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
            "1997-09-07 28 11-02 30 1998-01-04 25 03-01 29 05-03 31",
        ),
        (
            "1997-09-22T09:00",
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
            "1997-09-22 10-20 11-17 12-22 1998-01-19 02-16",
        ),
        (
            "1997-09-28T09:00",
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            "1997-09-28 10-29 11-28 12-29 1998-01-29 02-26 …",
        ),
        (
            START,
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
            "1997-09-02 15 10-02 15 11-02 15 12-02 15 1998-01-02 15",
        ),
        (
            "1997-09-30T09:00",
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
            "1997-09-30 10-01 31 11-01 30 12-01 31 1998-01-01 31 02-01",
        ),
        (
            "1997-09-10T09:00",
            "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
            "1997-09-10 {11-15} 1999-03-10 {11-13}",
        ),
        (
            START,
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
            "1997-09-02 09 16 23 30 11-04 11 18 25 1998-01-06 13 20 27 03-03 10 17 24 31 …",
        ),
        (
            "1997-06-10T09:00",
            "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
            "1997-06-10 07-10 1998-06-10 07-10 1999-06-10 07-10 2000-06-10 07-10 2001-06-10 07-10",
        ),
        (
            "1997-03-10T09:00",
            "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
            "1997-03-10 1999-01-10 02-10 03-10 2001-01-10 02-10 03-10 2003-01-10 02-10 03-10",
        ),
        (
            "1997-01-01T09:00",
            "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
            "1997-01-01 04-10 07-19 2000-01-01 04-09 07-18 2003-01-01 04-10 07-19 2006-01-01",
        ),
        (
            "1997-05-19T09:00",
            "FREQ=YEARLY;BYDAY=20MO",
            "1997-05-19 1998-05-18 1999-05-17 …",
        ),
        (
            "1997-05-12T09:00",
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
            "1997-05-12 1998-05-11 1999-05-17 …",
        ),
        (
            "1997-03-13T09:00",
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
            "1997-03-13 20 27 1998-03-05 12 19 26 1999-03-04 11 18 25 …",
        ),
        (
            "1997-06-05T09:00",
            "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
            "1997-06-05 12 19 26 07-03 10 17 24 31 08-07 14 21 28 1998-06-04 11 18 25 \
             07-02 09 16 23 30 08-06 13 20 27 1999-06-03 10 17 24 07-01 08 15 22 29 08-05 12 19 26 …",
        ),
        // The RFC's example has an EXDATE for the first.
        (
            START,
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            "1997-09-02 1998-02-13 03-13 11-13 1999-08-13 2000-10-13 …",
        ),
        (
            "1997-09-13T09:00",
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
            "1997-09-13 10-11 11-08 12-13 1998-01-10 02-07 03-07 04-11 05-09 06-13 …",
        ),
        (
            "1996-11-05T09:00",
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "1996-11-05 2000-11-07 2004-11-02 …",
        ),
        (
            "1997-09-04T09:00",
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            "1997-09-04 10-07 11-06",
        ),
        (
            "1997-09-29T09:00",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            "1997-09-29 10-30 11-27 12-30 1998-01-29 02-26 03-30 …",
        ),
        // 17:00 UTC is 13:00 in New York. The published instances take it for local time, as is done
        // here, where nobody has converted it.
        (
            START,
            "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z",
            "1997-09-02T09:00 02T12:00 02T15:00",
        ),
        (
            START,
            "FREQ=MINUTELY;INTERVAL=15;COUNT=6",
            "1997-09-02T09:00 02T09:15 02T09:30 02T09:45 02T10:00 02T10:15",
        ),
        (
            START,
            "FREQ=MINUTELY;INTERVAL=90;COUNT=4",
            "1997-09-02T09:00 02T10:30 02T12:00 02T13:30",
        ),
        (
            START,
            "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
            WORKING_DAY,
        ),
        (
            START,
            "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
            WORKING_DAY,
        ),
        (
            "1997-08-05T09:00",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            "1997-08-05 10 19 24",
        ),
        (
            "1997-08-05T09:00",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            "1997-08-05 17 19 31",
        ),
        (
            "2007-01-15T09:00",
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            "2007-01-15 30 02-15 03-15 30",
        ),
        // Of section 3.3.10.
        (
            "1997-09-02T09:00",
            "FREQ=DAILY;COUNT=10;INTERVAL=2",
            "1997-09-02 {4-20/2}",
        ),
        (
            "1997-01-05T08:30",
            "FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYDAY=SU;BYHOUR=8,9;BYMINUTE=30",
            "1997-01-05T08:30 05T09:30 12T08:30 12T09:30 19T08:30 19T09:30 26T08:30 26T09:30 \
             1999-01-03T08:30 03T09:30 …",
        ),
        (
            "1997-09-30T09:00",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "1997-09-30 10-31 11-28 12-31 …",
        ),
    ]);
}

const WORKING_DAY: &str = "1997-09-02T09:00 02T09:20 02T09:40 02T10:00 02T10:20 02T10:40 \
    02T11:00 02T11:20 02T11:40 02T12:00 02T12:20 02T12:40 02T13:00 02T13:20 02T13:40 \
    02T14:00 02T14:20 02T14:40 02T15:00 02T15:20 02T15:40 02T16:00 02T16:20 02T16:40 \
    03T09:00 03T09:20 03T09:40 03T10:00 …";

#[test]
fn rfc_7529() {
    check(&[
        (
            "2012-02-29",
            "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD",
            "2012-02-29 2013-03-01 2014-03-01 2015-03-01 2016-02-29 2017-03-01 …",
        ),
        ("2012-02-29", "FREQ=YEARLY", "2012-02-29 2016-02-29 …"),
        // "A monthly recurring event that starts on January 31st" (section 4.1).
        (
            "2014-01-31",
            "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=OMIT;COUNT=4",
            "2014-01-31 03-31 05-31 07-31",
        ),
        (
            "2014-01-31",
            "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=4",
            "2014-01-31 02-28 03-31 04-30",
        ),
        (
            "2014-01-31",
            "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD;COUNT=4",
            "2014-01-31 03-01 03-31 05-01",
        ),
        // Two days that become one are one; BYDAY judges the day that was moved to.
        (
            "2014-01-30",
            "FREQ=MONTHLY;SKIP=FORWARD;BYMONTHDAY=1,30,31;COUNT=7",
            "2014-01-30 31 02-01 03-01 30 31 04-01",
        ),
        (
            "2013-03-31",
            "FREQ=MONTHLY;SKIP=BACKWARD;BYMONTHDAY=31;BYDAY=FR,SU;COUNT=4",
            "2013-03-31 05-31 06-30 2014-01-31",
        ),
        (
            "2015-12-31",
            "FREQ=YEARLY;SKIP=BACKWARD;BYYEARDAY=366;COUNT=3",
            "2015-12-31 2016-12-31 2017-12-31",
        ),
        (
            "2015-02-28",
            "FREQ=MONTHLY;SKIP=BACKWARD;BYMONTHDAY=-30;COUNT=4",
            "2015-02-28 03-02 04-01 05-02",
        ),
    ]);
}

#[test]
fn decided() {
    check(&[
        // DTSTART outside its rule: first, and counted.
        (
            "2024-05-30T20:00",
            "FREQ=WEEKLY;BYDAY=WE;COUNT=3",
            "2024-05-30 06-05 12",
        ),
        (
            "2024-05-30T20:00",
            "FREQ=WEEKLY;BYDAY=WE;COUNT=1",
            "2024-05-30",
        ),
        (
            "2024-05-30T20:00",
            "FREQ=WEEKLY;BYDAY=WE;COUNT=0",
            "2024-05-30",
        ),
        (
            "2024-05-30T20:00",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "2024-05-30",
        ),
        (
            "2024-05-30T20:00",
            "FREQ=DAILY;UNTIL=20200101",
            "2024-05-30",
        ),
        // COUNT and UNTIL: whatever comes first.
        (
            "2024-05-30T20:00",
            "FREQ=DAILY;COUNT=3;UNTIL=20240531",
            "2024-05-30 31",
        ),
        (
            "2024-05-30T20:00",
            "FREQ=DAILY;COUNT=2;UNTIL=20240610",
            "2024-05-30 31",
        ),
        // UNTIL as a date includes its day.
        (
            "2024-05-30T20:00",
            "FREQ=DAILY;UNTIL=20240601",
            "2024-05-30 31 06-01",
        ),
        (
            "2024-05-30",
            "FREQ=DAILY;UNTIL=20240601T000000Z",
            "2024-05-30 31 06-01",
        ),
        (
            "2024-05-30",
            "FREQ=DAILY;UNTIL=20240601T235959Z",
            "2024-05-30 31 06-01",
        ),
        (
            "2024-05-30",
            "FREQ=DAILY;UNTIL=20240601T120000",
            "2024-05-30 31 06-01",
        ),
        // BYSETPOS counts what lies before DTSTART in its week: Tuesday is second, Friday third.
        (
            "2024-05-30T20:00",
            "FREQ=WEEKLY;BYDAY=MO,TU,FR;BYSETPOS=2,3",
            "2024-05-30 31 06-04 07 11 14 …",
        ),
        // The first week of 2025 begins in 2024; every other year counts from 2025.
        (
            "2024-12-30T09:00",
            "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;INTERVAL=2",
            "2024-12-30 2027-01-04 2029-01-01 2030-12-30 …",
        ),
        (
            "2025-01-01T09:00",
            "FREQ=YEARLY;BYWEEKNO=53",
            "2025-01-01 2026-12-30 2032-12-29 …",
        ),
        // Where a week starts on Sunday, week 1 is another one.
        (
            "2028-01-01T09:00",
            "FREQ=YEARLY;BYWEEKNO=1;BYDAY=SU;WKST=SU",
            "2028-01-01 02 2028-12-31 2029-12-30 …",
        ),
        // Parts that the table marks N/A limit.
        (
            "2024-01-01T09:00",
            "FREQ=WEEKLY;BYMONTHDAY=1,2",
            "2024-01-01 02 02-01 02 03-01 02 …",
        ),
        (
            "2024-01-01T09:00",
            "FREQ=MONTHLY;BYYEARDAY=60",
            "2024-01-01 02-29 2025-03-01 …",
        ),
        (
            "2024-05-30T20:00",
            "FREQ=WEEKLY;BYDAY=1TH",
            "2024-05-30 06-06 13 …",
        ),
        // A date has no hours.
        (
            "2024-05-30",
            "FREQ=DAILY;BYHOUR=9,10;COUNT=3",
            "2024-05-30 31 06-01",
        ),
        (
            "2024-05-30",
            "FREQ=HOURLY;INTERVAL=36",
            "2024-05-30 31 06-02 03 05 06 …",
        ),
        (
            "2024-05-30",
            "FREQ=SECONDLY;BYHOUR=9;COUNT=3",
            "2024-05-30 31 06-01",
        ),
        // A leap second is the second before it.
        (
            "2016-12-31T23:59:59",
            "FREQ=YEARLY;BYSECOND=60",
            "2016-12-31 2017-12-31 …",
        ),
        // 8760 hours are a year without a leap day: after centuries the day comes round.
        (
            "2001-02-23T07:45",
            "FREQ=HOURLY;INTERVAL=8760;BYMONTH=10;BYMONTHDAY=13",
            "2001-02-23 2548-10-13 2549-10-13 2550-10-13 2551-10-13 4052-10-13 …",
        ),
        // The last day that can be written.
        ("9999-12-30T09:00", "FREQ=DAILY", "9999-12-30 31"),
        (
            "9998-12-31T09:00",
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31",
            "9998-12-31 9999-12-31",
        ),
    ]);
}
