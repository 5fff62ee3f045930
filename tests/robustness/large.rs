//! Bodies of 100 MB: refused by their announced length, or where the bound is passed.

use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use crate::caller::{Caller, Wire};
use crate::fixture::{
    CALENDAR, MEMORY_BOUND, Watch, event, signed_in, start, wants_memory_under, wants_no_panic,
};
use crate::http::Answer;
use crate::server::Server;

const LENGTH: usize = 100_000_000;
const OBJECT_BOUND: usize = 10 << 20;
const XML_BOUND: usize = 4 << 20;
/// What the kernel's buffers on both sides may take beyond what the server read.
const ON_THE_WAY: usize = 16 << 20;

/// method, target, bound, the status that says so
const WAYS: [(&str, &str, usize, u16); 6] = [
    ("PUT", "/calendars/anna/calendar/big.ics", OBJECT_BOUND, 403),
    (
        "PUT",
        "/addressbooks/anna/contacts/big.vcf",
        OBJECT_BOUND,
        403,
    ),
    ("PROPFIND", CALENDAR, XML_BOUND, 413),
    ("PROPPATCH", CALENDAR, XML_BOUND, 413),
    ("REPORT", CALENDAR, XML_BOUND, 413),
    ("MKCALENDAR", "/calendars/anna/big/", XML_BOUND, 413),
];

#[track_caller]
fn wants_refusal(answer: &Answer, status: u16) {
    answer.wants(status);
    if status == 403 {
        let told = String::from_utf8_lossy(&answer.body);
        assert!(told.contains("max-resource-size"), "{told}");
    }
}

#[test]
fn a_body_announced_with_100_mb_is_refused_before_it_is_sent() {
    let server = start("large-announced");
    let anna = signed_in(&server);
    for (method, target, _, status) in WAYS {
        for expect in ["", "Expect: 100-continue\r\n"] {
            let mut wire = Wire::open(&server);
            let head = anna.head(method, target);
            wire.say(format!("{head}{expect}Content-Length: {LENGTH}\r\n\r\n"));
            let asked = Instant::now();
            let answer = wire.hear(method).unwrap();
            wants_refusal(&answer, status);
            let took = asked.elapsed();
            assert!(took < Duration::from_secs(2), "{method}: {took:?}");
        }
    }
    server.stop().unwrap();
}

/// Sends chunks until the server will not have more; returns how much it took and what it said.
fn pour(server: &Server, anna: &Caller, method: &str, target: &str) -> (usize, Option<Answer>) {
    let mut wire = Wire::open(server);
    let head = anna.head(method, target);
    wire.say(format!("{head}Transfer-Encoding: chunked\r\n\r\n"));
    let mut chunk = b"10000\r\n".to_vec();
    chunk.extend(vec![b'x'; 0x10000]);
    chunk.extend(b"\r\n");
    let mut sent = 0;
    while sent < LENGTH && wire.stream.write_all(&chunk).is_ok() {
        sent += 0x10000;
    }
    if sent >= LENGTH {
        let _ = wire.stream.write_all(b"0\r\n\r\n");
    }
    // A reset may overtake the answer: RFC 9112 section 9.6 cannot help whoever sends on and on.
    (sent, wire.hear(method).ok())
}

#[track_caller]
fn wants_stopped(method: &str, bound: usize, status: u16, poured: &(usize, Option<Answer>)) {
    let (sent, answer) = poured;
    assert!(
        *sent < bound + ON_THE_WAY,
        "{method}: {} MiB were taken",
        sent >> 20
    );
    if let Some(answer) = answer {
        wants_refusal(answer, status);
    }
}

#[test]
fn a_chunked_body_of_100_mb_is_cut_off_at_the_bound() {
    let server = start("large-chunked");
    let mut anna = signed_in(&server);
    let watch = Watch::start(server.process());
    for (method, target, bound, status) in WAYS {
        wants_stopped(method, bound, status, &pour(&server, &anna, method, target));
    }
    wants_memory_under(MEMORY_BOUND, watch.end());
    anna.get("/calendars/anna/calendar/big.ics").wants(404);
    anna.propfind("/calendars/anna/big/", 0).wants(404);
    wants_no_panic(&server);
    server.stop().unwrap();
}

/// Somebody without a password gets no memory for a body at all.
#[test]
fn a_body_of_100_mb_from_a_stranger_is_not_taken() {
    let server = start("large-stranger");
    let mut stranger = signed_in(&server);
    stranger.authorization = "Basic bm9ib2R5Om5vYm9keQ==".into();
    for (method, target, _, _) in WAYS {
        let poured = pour(&server, &stranger, method, target);
        wants_stopped(method, 0, 401, &poured);
    }
    server.stop().unwrap();
}

#[test]
fn many_bodies_of_100_mb_at_once_do_not_take_the_memory() {
    let server = start("large-many");
    let anna = signed_in(&server);
    let watch = Watch::start(server.process());
    thread::scope(|scope| {
        for _ in 0..5 {
            for (method, target, bound, status) in WAYS {
                let (server, anna) = (&server, &anna);
                scope.spawn(move || {
                    wants_stopped(method, bound, status, &pour(server, anna, method, target));
                });
            }
        }
        let mut caller = anna.again(&server);
        for number in 0..10 {
            let path = format!("{CALENDAR}small-{number}.ics");
            let bytes = event(&format!("small-{number}"), "small");
            caller.put(&path, &bytes).wants(201);
        }
    });
    let most = watch.end();
    wants_no_panic(&server);
    server.stop().unwrap();
    wants_memory_under(MEMORY_BOUND, most);
}
