//! Bounds in time, each waited for.

use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use crate::caller::Wire;
use crate::fixture::{CALENDAR, signed_in, start};

/// When the server closed it, having been spoken to by `say` every half second.
fn closed_after(mut wire: Wire, mut say: impl FnMut(&mut Wire)) -> Duration {
    let start = Instant::now();
    loop {
        say(&mut wire);
        match wire.drained(Duration::from_millis(500)) {
            Ok(_) => return start.elapsed(),
            Err(_) if start.elapsed() > Duration::from_secs(80) => return Duration::MAX,
            Err(_) => {}
        }
    }
}

#[track_caller]
fn wants_between(from: u64, to: u64, seen: Duration) {
    let right = (from..to).contains(&seen.as_secs());
    assert!(right, "closed after {seen:?}, not {from} to {to} s");
}

#[test]
fn a_connection_that_says_nothing_or_stops_in_its_first_bytes_is_closed_after_20_seconds() {
    let server = start("clock-silent");
    thread::scope(|scope| {
        let silent = scope.spawn(|| closed_after(Wire::open(&server), |_| {}));
        // The start of HTTP/2's preface is the start of PROPFIND as well.
        let mut half = Wire::open(&server);
        half.say("PR");
        let half = scope.spawn(move || closed_after(half, |_| {}));
        wants_between(18, 30, silent.join().unwrap());
        wants_between(18, 30, half.join().unwrap());
    });
    server.stop().unwrap();
}

#[test]
fn a_head_that_trickles_or_stops_is_closed_after_60_seconds() {
    let server = start("clock-head");
    let mut anna = signed_in(&server);
    let (mut trickling, mut stopped) = (Wire::open(&server), Wire::open(&server));
    trickling.say("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    stopped.say("GET / HTTP/1.1\r\nHost: x\r\n");
    thread::scope(|scope| {
        let trickling = scope.spawn(|| {
            closed_after(trickling, |wire| {
                let _ = wire.stream.write_all(b"x");
            })
        });
        let stopped = scope.spawn(|| closed_after(stopped, |_| {}));
        anna.propfind("/", 0).wants(207);
        wants_between(55, 75, trickling.join().unwrap());
        wants_between(55, 75, stopped.join().unwrap());
    });
    server.stop().unwrap();
}

#[test]
fn a_body_that_stops_is_answered_408_after_30_seconds() {
    let server = start("clock-body");
    let anna = signed_in(&server);
    let path = format!("{CALENDAR}slow.ics");
    let mut wire = Wire::open(&server);
    let head = anna.head("PUT", &path);
    wire.say(format!("{head}Content-Length: 1000\r\n\r\nBEGIN:"));
    wire.stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let start = Instant::now();
    wire.hear("PUT").unwrap().wants(408);
    wants_between(28, 45, start.elapsed());
    signed_in(&server).get(&path).wants(404);
    server.stop().unwrap();
}
