//! SIGTERM: what is under way is finished, nothing else keeps the process.

use std::io::Read as _;
use std::thread;
use std::time::{Duration, Instant};

use crate::caller::Wire;
use crate::fixture::{
    CALENDAR, event, heavy_event, signal, signed_in, start, wants_end_within, wants_no_panic,
};

const BOUND: Duration = Duration::from_secs(10);

#[test]
fn a_body_that_is_arriving_at_sigterm_is_stored() {
    let mut server = start("drain-put");
    let anna = signed_in(&server);
    let path = format!("{CALENDAR}late.ics");
    let bytes = event("late", "in time all the same");
    let mut wire = Wire::open(&server);
    let head = anna.head("PUT", &path);
    wire.say(format!("{head}Content-Length: {}\r\n\r\n", bytes.len()));
    wire.say(&bytes[..10]);
    thread::sleep(Duration::from_millis(200));
    let since = Instant::now();
    signal(&server, "TERM");
    for byte in &bytes[10..40] {
        wire.say([*byte]);
        thread::sleep(Duration::from_millis(50));
    }
    wire.say(&bytes[40..]);
    let etag = wire.hear("PUT").unwrap().wants(201).etag();
    wants_end_within(&mut server, BOUND, since);
    server.terminate().unwrap_err();
    server.serve().unwrap();
    let stored = signed_in(&server).get(&path);
    assert_eq!(stored.wants(200).body, bytes);
    assert_eq!(stored.etag(), etag);
    server.stop().unwrap();
}

#[test]
fn a_listing_that_is_being_read_at_sigterm_comes_to_its_end() {
    let mut server = start("drain-listing");
    let mut anna = signed_in(&server);
    let mut hrefs = String::new();
    for number in 0..16 {
        let path = format!("{CALENDAR}{number}.ics");
        let bytes = heavy_event(&number.to_string(), 1 << 20);
        anna.put(&path, &bytes).wants(201);
        hrefs.push_str(&format!("<D:href>{path}</D:href>"));
    }
    let body = format!(
        "<C:calendar-multiget xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">\
         <D:prop><C:calendar-data/></D:prop>{hrefs}</C:calendar-multiget>"
    );
    let mut wire = Wire::open(&server);
    let head = anna.head("REPORT", CALENDAR);
    wire.say(format!(
        "{head}Content-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    // It has begun; the kernel's buffers hold less than the whole.
    wire.stream.peek(&mut [0]).unwrap();
    let since = Instant::now();
    signal(&server, "TERM");
    thread::sleep(Duration::from_secs(2));
    assert_eq!(server.ended(), None, "it left a client in the middle");
    let answer = wire.hear("REPORT").unwrap();
    let text = String::from_utf8_lossy(&answer.wants(207).body).into_owned();
    assert_eq!(text.matches("END:VCALENDAR").count(), 16);
    wants_end_within(&mut server, BOUND, since);
    server.kill();
    server.check().unwrap();
}

#[test]
fn idle_connections_are_closed_at_sigterm() {
    let mut server = start("drain-idle");
    let anna = signed_in(&server);
    let mut idle: Vec<Wire> = (0..50)
        .map(|_| {
            let mut wire = Wire::open(&server);
            wire.say(format!("{}\r\n", anna.head("OPTIONS", "/")));
            wire.hear("OPTIONS").unwrap();
            wire
        })
        .collect();
    let since = Instant::now();
    signal(&server, "TERM");
    for wire in &mut idle {
        assert_eq!(wire.drained(Duration::from_secs(3)).unwrap(), b"");
    }
    wants_end_within(&mut server, Duration::from_secs(4), since);
    server.kill();
    server.check().unwrap();
}

#[test]
fn clients_that_never_finish_do_not_keep_the_process_beyond_10_seconds() {
    let mut server = start("drain-stuck");
    let anna = signed_in(&server);
    let _silent = Wire::open(&server);
    let mut head = Wire::open(&server);
    head.say("GET / HTTP/1.1\r\nHost:");
    let mut body = Wire::open(&server);
    let put = anna.head("PUT", &format!("{CALENDAR}never.ics"));
    body.say(format!("{put}Content-Length: 1000\r\n\r\nBEGIN:"));
    thread::sleep(Duration::from_millis(200));
    let since = Instant::now();
    signal(&server, "TERM");
    wants_end_within(&mut server, BOUND, since);
    wants_no_panic(&server);
    server.kill();
    server.check().unwrap();
}

#[test]
fn new_connections_are_refused_during_the_drain() {
    let mut server = start("drain-new");
    let anna = signed_in(&server);
    let mut body = Wire::open(&server);
    let put = anna.head("PUT", &format!("{CALENDAR}never.ics"));
    body.say(format!("{put}Content-Length: 1000\r\n\r\nBEGIN:"));
    thread::sleep(Duration::from_millis(200));
    let since = Instant::now();
    signal(&server, "TERM");
    thread::sleep(Duration::from_millis(300));
    // The next davbox can have the port at once.
    let refused = std::net::TcpStream::connect(&server.address);
    assert!(refused.is_err(), "it still listens");
    drop(body);
    wants_end_within(&mut server, Duration::from_secs(4), since);
    server.kill();
    server.check().unwrap();
}

#[test]
fn sighup_does_not_end_the_server() {
    let server = start("drain-hangup");
    let mut anna = signed_in(&server);
    let path = format!("{CALENDAR}stays.ics");
    for number in 0..10 {
        signal(&server, "HUP");
        let answer = anna.put(&path, &event("stays", &number.to_string()));
        assert!([201, 204].contains(&answer.status));
    }
    // The same connection, and no new process behind it.
    let mut wire = Wire::open(&server);
    wire.say(format!(
        "{}Connection: close\r\n\r\n",
        anna.head("GET", &path)
    ));
    let mut all = Vec::new();
    wire.stream.read_to_end(&mut all).unwrap();
    assert!(all.starts_with(b"HTTP/1.1 200 "));
    server.stop().unwrap();
}

/// Nothing is under way on it: it has no claim to the seconds that a request gets.
#[test]
fn a_connection_that_has_said_nothing_does_not_delay_the_end() {
    let mut server = start("drain-silent");
    let _silent: Vec<Wire> = (0..3).map(|_| Wire::open(&server)).collect();
    thread::sleep(Duration::from_millis(200));
    let since = Instant::now();
    signal(&server, "TERM");
    wants_end_within(&mut server, Duration::from_secs(4), since);
    server.kill();
    server.check().unwrap();
}
