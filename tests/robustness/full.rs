//! No room left: 507, reading goes on, removing makes room.

use crate::caller::Caller;
use crate::fixture::{
    CALENDAR, SmallDisk, anna, changes, event, heavy_event, signed_in, wants_no_panic,
};
use crate::server::Server;

fn path(number: usize) -> String {
    format!("{CALENDAR}{number}.ics")
}

/// Puts events of `bytes` until there is no room; returns how many there are now.
#[track_caller]
fn fill(caller: &mut Caller, from: usize, bytes: usize) -> usize {
    for number in from..from + 20_000 {
        let answer = caller.put(&path(number), &heavy_event(&number.to_string(), bytes));
        if answer.status == 507 {
            return number;
        }
        answer.wants(201);
    }
    panic!("the store took everything");
}

#[track_caller]
fn wants_reading(server: &Server, stored: usize, samples: &[(usize, usize)]) {
    // A new sign-in as well: nothing about it may need to write.
    let mut caller = signed_in(server);
    assert_eq!(changes(&mut caller, "").live.len(), stored);
    caller.propfind(CALENDAR, 1).wants(207);
    for (number, bytes) in samples {
        let answer = caller.get(&path(*number));
        assert_eq!(
            answer.wants(200).body,
            heavy_event(&number.to_string(), *bytes)
        );
    }
}

#[test]
fn a_full_map_answers_507_reads_on_and_takes_writes_again_after_removals() {
    let mut server = Server::prepare("full-map").unwrap();
    server.add(&anna()).unwrap();
    server.environment = vec![("DAVBOX_MAP_LIMIT", "6")];
    server.serve().unwrap();
    let mut caller = signed_in(&server);
    let large = fill(&mut caller, 0, 150_000);
    assert!(large > 10, "only {large} fitted");
    let all = fill(&mut caller, large, 600);
    for number in all..all + 5 {
        caller
            .put(&path(number), &event(&number.to_string(), "x"))
            .wants(507);
    }
    wants_reading(&server, all, &[(0, 150_000), (all - 1, 600)]);
    server.check().unwrap();

    // A server that starts on a full store reads, too.
    server.terminate().unwrap();
    server.serve().unwrap();
    wants_reading(&server, all, &[(1, 150_000), (all - 2, 600)]);

    let mut caller = signed_in(&server);
    for number in 0..3 {
        caller.delete(&path(number)).wants(204);
        caller.get(&path(number)).wants(404);
    }
    let bytes = event("again", "there is room");
    let again = format!("{CALENDAR}again.ics");
    caller.put(&again, &bytes).wants(201);
    assert_eq!(caller.get(&again).wants(200).body, bytes);
    caller.put(&path(0), &heavy_event("0", 150_000)).wants(201);

    // Full again and again: what a removal may use must come back each time.
    for _ in 0..3 {
        let full = fill(&mut caller, 50_000, 20_000);
        for number in 50_000..full {
            caller.delete(&path(number)).wants(204);
        }
        caller.put(&path(90_000), &event("90000", "x")).wants(201);
        caller.delete(&path(90_000)).wants(204);
    }
    for number in 3..all {
        caller.delete(&path(number)).wants(204);
    }
    assert_eq!(changes(&mut caller, "").live.len(), 2);
    server.stop().unwrap();
}

/// A 32-bit board has few addresses: the map takes what there is, and the end of it is no crash.
#[test]
fn a_small_address_space_is_used_up_answers_507_and_is_emptied_again() {
    const LARGE: usize = 9 << 20;
    let mut server = Server::prepare("full-addresses").unwrap();
    server.add(&anna()).unwrap();
    server.address_space = Some(420);
    // The C library of the build machine reserves 64 MiB of addresses for each thread.
    server.environment = vec![("MALLOC_ARENA_MAX", "1"), ("DAVBOX_LOG", "info")];
    server.serve().unwrap();
    let mut caller = signed_in(&server);
    let large = fill(&mut caller, 0, LARGE);
    let all = fill(&mut caller, large, 200_000);
    wants_reading(&server, all, &[(0, LARGE), (all - 1, 200_000)]);
    let log = server.complaints();
    assert!(log.contains("the map grew"), "it never grew:\n{log}");
    server.check().unwrap();

    for number in 0..3 {
        caller.delete(&path(number)).wants(204);
    }
    caller.put(&path(0), &heavy_event("0", LARGE)).wants(201);
    for _ in 0..2 {
        let full = fill(&mut caller, 50_000, 200_000);
        for number in 50_000..full {
            caller.delete(&path(number)).wants(204);
        }
    }

    // Started again it finds a place for what there is.
    server.terminate().unwrap();
    server.serve().unwrap();
    wants_reading(&server, all - 2, &[(0, LARGE), (3, LARGE)]);
    signed_in(&server).delete(&path(3)).wants(204);
    wants_no_panic(&server);
    server.stop().unwrap();
}

#[test]
fn many_writers_at_a_full_map_get_201_or_507_and_what_got_201_is_there() {
    let mut server = Server::prepare("full-many").unwrap();
    server.add(&anna()).unwrap();
    server.environment = vec![("DAVBOX_MAP_LIMIT", "6")];
    server.serve().unwrap();
    signed_in(&server);
    let stored: Vec<String> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let server = &server;
                scope.spawn(move || {
                    let mut caller = Caller::new(server, &anna());
                    let mut stored = Vec::new();
                    let mut refused = 0;
                    for number in 0.. {
                        let name = format!("{writer}-{number}");
                        let answer = caller.put(
                            &format!("{CALENDAR}{name}.ics"),
                            &heavy_event(&name, 40_000),
                        );
                        if answer.status == 507 {
                            refused += 1;
                            if refused == 3 {
                                return stored;
                            }
                        } else {
                            answer.wants(201);
                            stored.push(name);
                        }
                    }
                    stored
                })
            })
            .collect();
        writers
            .into_iter()
            .flat_map(|w| w.join().unwrap())
            .collect()
    });
    let mut caller = signed_in(&server);
    assert!(stored.len() > 20, "{}", stored.len());
    assert_eq!(changes(&mut caller, "").live.len(), stored.len());
    for name in &stored {
        let answer = caller.get(&format!("{CALENDAR}{name}.ics"));
        assert_eq!(answer.wants(200).body, heavy_event(name, 40_000));
    }
    server.stop().unwrap();
}

#[test]
fn a_full_disk_answers_507_reads_on_and_takes_writes_again_when_it_is_larger() {
    let mut server = Server::prepare("full-disk").unwrap();
    let Some(disk) = SmallDisk::mount(server.data(), "size=6m,mode=0700") else {
        return;
    };
    server.add(&anna()).unwrap();
    server.serve().unwrap();
    let mut caller = signed_in(&server);
    let large = fill(&mut caller, 0, 150_000);
    assert!(large > 10, "only {large} fitted");
    let all = fill(&mut caller, large, 600);
    wants_reading(&server, all, &[(0, 150_000), (all - 1, 600)]);
    server.check().unwrap();

    // LMDB copies a page before it frees one: on a disk with no page left a removal may fail as
    // well, but never otherwise than with 507, and never by half.
    let status = caller.delete(&path(0)).status;
    assert!([204, 507].contains(&status), "{status}");
    let left = if status == 204 { all - 1 } else { all };
    wants_reading(&server, left, &[(1, 150_000)]);

    disk.remount("size=12m");
    let bytes = event("again", "there is room");
    let again = format!("{CALENDAR}again.ics");
    caller.put(&again, &bytes).wants(201);
    assert_eq!(caller.get(&again).wants(200).body, bytes);
    caller.delete(&path(2)).wants(204);

    server.terminate().unwrap();
    server.check().unwrap();
    server.serve().unwrap();
    assert_eq!(signed_in(&server).get(&again).wants(200).body, bytes);
    server.terminate().unwrap();
    server.check().unwrap();
    drop(disk);
}

#[test]
fn a_removal_makes_room_on_a_full_disk() {
    let mut server = Server::prepare("full-disk-removal").unwrap();
    let Some(disk) = SmallDisk::mount(server.data(), "size=6m,mode=0700") else {
        return;
    };
    server.add(&anna()).unwrap();
    server.serve().unwrap();
    let mut caller = signed_in(&server);
    let large = fill(&mut caller, 0, 150_000);
    let all = fill(&mut caller, large, 600);
    for number in 0..3 {
        caller.delete(&path(number)).wants(204);
    }
    caller
        .put(&path(all), &event("last", "there is room"))
        .wants(201);
    server.terminate().unwrap();
    server.check().unwrap();
    drop(disk);
}
