//! Clients that take their time must not take the others'.

use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use crate::caller::{Caller, Wire};
use crate::fixture::{
    CALENDAR, MEMORY_BOUND, Watch, event, heavy_event, signed_in, start, wants_memory_under,
};
use crate::server::Server;

/// Everyday requests of somebody else, each answered soon.
#[track_caller]
fn wants_service(server: &Server, caller: &Caller, round: usize) {
    let mut caller = caller.again(server);
    let path = format!("{CALENDAR}service-{round}.ics");
    let bytes = event(&format!("service-{round}"), "served");
    let start = Instant::now();
    caller.propfind("/", 0).wants(207);
    caller.put(&path, &bytes).wants(201);
    assert_eq!(caller.get(&path).wants(200).body, bytes);
    // The machine may be busy; a server that waits for a slow client waits far longer.
    let took = start.elapsed();
    assert!(
        took < Duration::from_secs(3),
        "three requests took {took:?}"
    );
}

#[test]
fn slow_heads_of_200_connections_do_not_keep_others_waiting() {
    let server = start("slow-heads");
    let anna = signed_in(&server);
    let head = anna.head("GET", CALENDAR);
    let mut slow: Vec<Wire> = (0..200).map(|_| Wire::open(&server)).collect();
    for (round, byte) in head.bytes().take(20).enumerate() {
        for wire in &mut slow {
            wire.say([byte]);
        }
        if round % 5 == 0 {
            wants_service(&server, &anna, round);
        }
        thread::sleep(Duration::from_millis(50));
    }
    // They were slow, not wrong.
    for wire in &mut slow {
        wire.say(&head[20..]);
        wire.say("\r\n");
        wire.hear("GET").unwrap();
    }
    drop(slow);
    server.stop().unwrap();
}

#[test]
fn slow_bodies_of_100_connections_do_not_keep_others_waiting_and_arrive() {
    let server = start("slow-bodies");
    let anna = signed_in(&server);
    let mut slow: Vec<(Wire, Vec<u8>)> = (0..100)
        .map(|number| {
            let mut wire = Wire::open(&server);
            let body = event(&format!("slow-{number}"), "slow");
            let head = anna.head("PUT", &format!("{CALENDAR}slow-{number}.ics"));
            wire.say(format!("{head}Content-Length: {}\r\n\r\n", body.len()));
            (wire, body)
        })
        .collect();
    for round in 0..20 {
        for (wire, body) in &mut slow {
            wire.say(&body[round..=round]);
        }
        if round % 5 == 0 {
            wants_service(&server, &anna, round);
        }
        thread::sleep(Duration::from_millis(50));
    }
    for (wire, body) in &mut slow {
        wire.say(&body[20..]);
        wire.hear("PUT").unwrap().wants(201);
    }
    let mut caller = anna.again(&server);
    for (number, (_, body)) in slow.iter().enumerate() {
        let stored = caller.get(&format!("{CALENDAR}slow-{number}.ics"));
        assert_eq!(&stored.wants(200).body, body);
    }
    drop(slow);
    server.stop().unwrap();
}

#[test]
fn clients_that_do_not_read_take_neither_memory_nor_the_others_time() {
    let server = start("slow-readers");
    let mut anna = signed_in(&server);
    let mut hrefs = String::new();
    for number in 0..24 {
        let path = format!("{CALENDAR}large-{number}.ics");
        let bytes = heavy_event(&format!("large-{number}"), 1 << 20);
        anna.put(&path, &bytes).wants(201);
        hrefs.push_str(&format!("<D:href>{path}</D:href>"));
    }
    let body = format!(
        "<C:calendar-multiget xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">\
         <D:prop><C:calendar-data/></D:prop>{hrefs}</C:calendar-multiget>"
    );
    let request = format!(
        "{}Content-Length: {}\r\n\r\n{body}",
        anna.head("REPORT", CALENDAR),
        body.len()
    );
    let watch = Watch::start(server.process());
    let mut deaf: Vec<Wire> = (0..40).map(|_| Wire::open(&server)).collect();
    for wire in &mut deaf {
        wire.stream.write_all(request.as_bytes()).unwrap();
    }
    for round in 0..10 {
        wants_service(&server, &anna, round);
        thread::sleep(Duration::from_millis(100));
    }
    // Removing what they are still to be told must be possible, too.
    anna.delete(&format!("{CALENDAR}large-23.ics")).wants(204);
    let most = watch.end();
    // One who begins to read after all gets an answer to its end.
    let answer = deaf[0].hear("REPORT").unwrap();
    assert!(answer.wants(207).body.len() > 20 << 20);
    assert!(answer.body.ends_with(b"multistatus>") || answer.body.ends_with(b"multistatus>\n"));
    drop(deaf);
    wants_service(&server, &anna, 99);
    wants_memory_under(MEMORY_BOUND, most);
    server.stop().unwrap();
}

/// A client takes what is missing from a list for deleted: whatever goes while it reads slowly, what
/// stays must be told. The description makes the list far longer than what the sockets hold.
#[test]
fn a_list_of_a_home_that_changes_while_it_is_read_leaves_out_nothing_that_stays() {
    const CALENDARS: usize = 240;
    let server = start("slow-home");
    let mut anna = signed_in(&server);
    let path = |number: usize| format!("/calendars/anna/c{number:03}/");
    for number in 0..CALENDARS {
        let body = format!(
            "<C:mkcalendar xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:set><D:prop>\
             <C:calendar-description>{}</C:calendar-description></D:prop></D:set></C:mkcalendar>",
            "x".repeat(100_000)
        );
        anna.ask("MKCALENDAR", &path(number), &[], Some(body.as_bytes()))
            .wants(201);
    }
    let body = "<D:propfind xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop>\
                <C:calendar-description/></D:prop></D:propfind>";
    let mut slow = Wire::open(&server);
    slow.say(format!(
        "{}Depth: 1\r\nContent-Length: {}\r\n\r\n{body}",
        anna.head("PROPFIND", "/calendars/anna/"),
        body.len()
    ));
    thread::sleep(Duration::from_millis(500));
    // The first are told already: their going must not move the others out of sight.
    for number in 0..10 {
        anna.delete(&path(number)).wants(204);
    }
    let renamed = "/calendars/anna/a-new-name/";
    anna.ask(
        "MOVE",
        &path(CALENDARS - 1),
        &[("Destination", renamed)],
        None,
    )
    .wants(201);
    let answer = slow.hear("PROPFIND").unwrap();
    answer.wants(207);
    let told = String::from_utf8(answer.body).unwrap();
    for number in 10..CALENDARS - 1 {
        let href = format!("<D:href>{}</D:href>", path(number));
        assert!(told.contains(&href), "{href} is missing");
    }
    assert!(
        told.contains(renamed),
        "a calendar that was renamed is missing"
    );
    server.stop().unwrap();
}
