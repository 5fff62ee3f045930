//! More connections than there are places: in all, from one address, and for the process.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::caller::Wire;
use crate::fixture::{CALENDAR, event, signed_in, skipped, start, wants_no_panic};
use crate::server::Server;

const PER_ADDRESS: usize = 256;
const IN_ALL: usize = 1024;

const ASK: &str = "GET /healthz HTTP/1.1\r\nHost: davbox.test\r\n\r\n";

fn address(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
}

/// How many of these connections are let in; the others must be told 503 and closed.
#[track_caller]
fn let_in(wires: &mut [Wire]) -> usize {
    // Connections are accepted in their order: once the last, one too many, has been told, the fate
    // of all is settled.
    wires.last().unwrap().stream.peek(&mut [0]).unwrap();
    let mut admitted = 0;
    for wire in wires {
        // Whoever is turned away is told without having asked.
        wire.stream
            .set_read_timeout(Some(Duration::from_millis(1)))
            .unwrap();
        let told = wire.stream.peek(&mut [0]);
        wire.stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        match told {
            Ok(_) => {
                let answer = wire.hear("GET").unwrap();
                answer.wants(503);
                assert!(answer.header("retry-after").is_some());
                assert_eq!(wire.drained(Duration::from_secs(5)).unwrap(), b"");
            }
            Err(_) => {
                wire.say(ASK);
                wire.hear("GET").unwrap().wants(200);
                admitted += 1;
            }
        }
    }
    admitted
}

/// A place becomes free soon after somebody has left.
#[track_caller]
fn wants_service_soon(server: &Server) {
    let start = Instant::now();
    loop {
        let mut wire = Wire::open(server);
        wire.say(ASK);
        // A reset is what a guest too many may see of its 503, having spoken already.
        let status = wire.hear_or_close("GET").ok().flatten().map(|a| a.status);
        if status == Some(200) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(5), "no service again");
        thread::sleep(Duration::from_millis(20));
    }
}

fn open_many(server: &Server, from: u8, count: usize) -> Vec<Wire> {
    (0..count)
        .map(|_| Wire::open_from(address(from), server).unwrap())
        .collect()
}

/// Every place of those who have left becomes free, not just one.
#[track_caller]
fn wants_all_places_soon(server: &Server) {
    let start = Instant::now();
    loop {
        let mut wires = open_many(server, 1, PER_ADDRESS);
        let served = |wire: &mut Wire| {
            let _ = wire.stream.write_all(ASK.as_bytes());
            wire.hear("GET").is_ok_and(|answer| answer.status == 200)
        };
        let served = wires
            .iter_mut()
            .filter_map(|w| served(w).then_some(()))
            .count();
        if served == PER_ADDRESS {
            return;
        }
        drop(wires);
        assert!(start.elapsed() < Duration::from_secs(8), "{served} places");
        thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn of_300_connections_from_one_address_256_are_served_and_other_addresses_are_not_concerned() {
    let server = start("crowd-address");
    let mut crowd = open_many(&server, 1, 300);
    assert_eq!(let_in(&mut crowd), PER_ADDRESS);
    let mut other = Wire::open_from(address(2), &server).unwrap();
    other.say(ASK);
    other.hear("GET").unwrap().wants(200);
    // Those who were let in stay so.
    crowd[0].say(ASK);
    crowd[0].hear("GET").unwrap().wants(200);
    drop(crowd);
    wants_all_places_soon(&server);
    server.stop().unwrap();
}

/// Descriptors that a process may have open.
fn descriptors(process: u32, most: usize) -> bool {
    Command::new("prlimit")
        .args(["--pid", &process.to_string(), &format!("--nofile={most}:")])
        .status()
        .is_ok_and(|status| status.success())
}

#[test]
fn of_1250_connections_from_5_addresses_1024_are_served() {
    let server = start("crowd-all");
    let enough = descriptors(std::process::id(), 4096) && descriptors(server.process(), 4096);
    if !enough {
        skipped("no 4,096 descriptors for a process");
        return;
    }
    let mut crowd = Vec::new();
    for last in 1..=5 {
        crowd.extend(open_many(&server, last, 250));
    }
    assert_eq!(let_in(&mut crowd), IN_ALL);
    drop(crowd);
    wants_service_soon(&server);
    server.stop().unwrap();
}

#[test]
fn a_server_that_runs_out_of_descriptors_goes_on_when_it_has_some_again() {
    let server = start("crowd-descriptors");
    let mut anna = signed_in(&server);
    if !descriptors(server.process(), 64) {
        skipped("prlimit is not there");
        return;
    }
    let crowd: Vec<Wire> = (0..150).map(|_| Wire::open(&server)).collect();
    // A connection that is open goes on, and the store needs no new descriptor.
    let path = format!("{CALENDAR}tight.ics");
    anna.put(&path, &event("tight", "tight")).wants(201);
    thread::sleep(Duration::from_millis(500));
    drop(crowd);
    wants_service_soon(&server);
    signed_in(&server).get(&path).wants(200);
    let log = server.complaints();
    assert!(log.contains("could not be accepted"), "it did not run out");
    assert!(log.len() < 64 << 10, "{} bytes of log", log.len());
    wants_no_panic(&server);
    server.stop().unwrap();
}
