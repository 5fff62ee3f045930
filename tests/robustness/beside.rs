//! Two processes, one data folder: commands beside the running server, and two servers.

use std::process::Stdio;
use std::thread;

use crate::caller::Caller;
use crate::fixture::{CALENDAR, anna, changes, event, heavy_event, signed_in, start};
use crate::server::{Server, User};

fn bert() -> User {
    User {
        name: "bert".into(),
        password: "Rollmops-23".into(),
    }
}

/// Runs a command beside the server and returns what it printed.
#[track_caller]
fn run(server: &Server, words: &[&str], input: &str) -> String {
    let mut child = server
        .command(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    {
        use std::io::Write as _;
        let mut stdin = child.stdin.take().unwrap();
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_user_made_beside_the_server_signs_in_and_writes_at_once() {
    let server = start("beside-add");
    // Refused before, so that this refusal is remembered when the user comes into being.
    let mut bert_calls = Caller::new(&server, &bert());
    bert_calls.propfind("/", 0).wants(401);
    server.add(&bert()).unwrap();
    bert_calls.propfind("/", 0).wants(207);
    let path = "/calendars/bert/calendar/first.ics";
    bert_calls.put(path, &event("first", "first")).wants(201);
    let listed = run(&server, &["user", "list"], "");
    assert!(
        listed.contains("anna") && listed.contains("bert"),
        "{listed}"
    );
    server.stop().unwrap();
}

#[test]
fn a_password_changed_beside_the_server_counts_at_once() {
    let server = start("beside-password");
    let mut old = signed_in(&server);
    let mut new = Caller::new(
        &server,
        &User {
            password: "Neue Kartoffeln".into(),
            ..anna()
        },
    );
    new.propfind("/", 0).wants(401);
    old.propfind("/", 0).wants(207);
    run(
        &server,
        &["user", "password", "anna", "--password-stdin"],
        "Neue Kartoffeln\n",
    );
    old.propfind("/", 0).wants(401);
    new.propfind("/", 0).wants(207);
    server.stop().unwrap();
}

#[test]
fn a_user_removed_beside_the_server_is_refused_at_once_and_so_is_the_data() {
    let server = start("beside-remove");
    server.add(&bert()).unwrap();
    let mut anna_calls = signed_in(&server);
    let mut bert_calls = Caller::new(&server, &bert());
    let path = "/calendars/bert/calendar/mine.ics";
    bert_calls.put(path, &event("mine", "mine")).wants(201);
    bert_calls.get(path).wants(200);
    run(&server, &["user", "remove", "bert"], "");
    bert_calls.get(path).wants(401);
    anna_calls.propfind("/", 0).wants(207);
    // A new person of the same name inherits nothing.
    server.add(&bert()).unwrap();
    bert_calls.get(path).wants(404);
    server.stop().unwrap();
}

#[test]
fn a_device_comes_and_goes_beside_the_server_at_once() {
    let server = start("beside-device");
    let told = run(&server, &["user", "device", "add", "anna", "phone"], "");
    let password = told
        .trim_end()
        .rsplit(' ')
        .next()
        .expect("a password")
        .to_owned();
    let id = run(&server, &["user", "device", "list", "anna"], "")
        .split('\t')
        .next()
        .unwrap()
        .to_owned();
    let mut phone = Caller::new(
        &server,
        &User {
            password: password.clone(),
            ..anna()
        },
    );
    phone.propfind("/", 0).wants(207);
    let mut person = signed_in(&server);
    run(&server, &["user", "device", "revoke", "anna", &id], "");
    phone.propfind("/", 0).wants(401);
    person.propfind("/", 0).wants(207);
    server.stop().unwrap();
}

#[test]
fn commands_and_a_busy_server_write_to_one_store() {
    let server = start("beside-busy");
    signed_in(&server);
    thread::scope(|scope| {
        for writer in 0..4 {
            let server = &server;
            scope.spawn(move || {
                let mut caller = Caller::new(server, &anna());
                for number in 0..60 {
                    let uid = format!("{writer}-{number}");
                    let path = format!("{CALENDAR}{uid}.ics");
                    caller.put(&path, &event(&uid, "busy")).wants(201);
                }
            });
        }
        for person in 0..4 {
            let user = User {
                name: format!("guest{person}"),
                password: "x".into(),
            };
            server.add(&user).unwrap();
        }
    });
    assert_eq!(changes(&mut signed_in(&server), "").live.len(), 240);
    assert_eq!(run(&server, &["user", "list"], "").lines().count(), 5);
    server.stop().unwrap();
}

#[test]
fn two_servers_on_one_folder_both_write_and_see_each_other() {
    let first = start("beside-first");
    let second = first.beside("beside-second").unwrap();
    let (mut here, mut there) = (signed_in(&first), signed_in(&second));
    let before = changes(&mut here, "").token;
    thread::scope(|scope| {
        for writer in 0..8 {
            let (mine, other) = if writer % 2 == 0 {
                (&first, &second)
            } else {
                (&second, &first)
            };
            scope.spawn(move || {
                let mut mine = Caller::new(mine, &anna());
                let mut other = Caller::new(other, &anna());
                for number in 0..40 {
                    let uid = format!("{writer}-{number}");
                    let path = format!("{CALENDAR}{uid}.ics");
                    let bytes = event(&uid, "both");
                    let etag = mine.put(&path, &bytes).wants(201).etag();
                    let seen = other.get(&path);
                    seen.wants(200);
                    assert_eq!((seen.body.as_slice(), seen.etag()), (&bytes[..], etag));
                }
            });
        }
    });
    let told = changes(&mut here, &before);
    assert_eq!(told.live.len(), 320);
    let mut live = changes(&mut there, &before).live;
    let mut same = told.live;
    live.sort();
    same.sort();
    assert_eq!(live, same);

    for round in 0..20 {
        let path = format!("{CALENDAR}round-{round}.ics");
        let text = |who: &str| event(&format!("round-{round}"), who);
        let etag = here.put(&path, &text("start")).wants(201).etag();
        let write = |server: &Server, who: &str| {
            Caller::new(server, &anna())
                .ask("PUT", &path, &[("If-Match", &etag)], Some(&text(who)))
                .status
        };
        let mut statuses = thread::scope(|scope| {
            let one = scope.spawn(|| write(&first, "first"));
            let two = scope.spawn(|| write(&second, "second"));
            [one.join().unwrap(), two.join().unwrap()]
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 412]);
    }

    // The folder goes with the first: it stays until the second is done.
    let (mut first, mut second) = (first, second);
    first.terminate().unwrap();
    let path = format!("{CALENDAR}alone.ics");
    there.put(&path, &event("alone", "alone")).wants(201);
    second.terminate().unwrap();
    first.check().unwrap();
}

#[test]
fn a_server_goes_on_when_another_process_has_outgrown_its_map() {
    let mut small = Server::prepare("beside-small").unwrap();
    small.add(&anna()).unwrap();
    small.environment = vec![("DAVBOX_MAP_LIMIT", "4")];
    small.serve().unwrap();
    let mut large = small.beside("beside-large").unwrap();
    let (mut here, mut there) = (signed_in(&small), signed_in(&large));
    let path = |number| format!("{CALENDAR}{number}.ics");
    for number in 0..12 {
        let bytes = heavy_event(&number.to_string(), 1 << 20);
        there.put(&path(number), &bytes).wants(201);
    }
    for number in 0..12 {
        let seen = here.get(&path(number));
        assert_eq!(
            seen.wants(200).body,
            heavy_event(&number.to_string(), 1 << 20)
        );
    }
    // Whether its own bound still holds for it is its own affair; breaking is not.
    let status = here.put(&path(100), &event("100", "more")).status;
    assert!([201, 507].contains(&status), "{status}");
    here.get(&path(3)).wants(200);
    there.delete(&path(3)).wants(204);
    here.get(&path(3)).wants(404);
    large.terminate().unwrap();
    small.stop().unwrap();
}

#[test]
fn check_runs_beside_a_server_that_writes() {
    let server = start("beside-check");
    signed_in(&server);
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut caller = Caller::new(&server, &anna());
            for number in 0..200 {
                let path = format!("{CALENDAR}{}.ics", number % 20);
                let bytes = event(&format!("{}", number % 20), &number.to_string());
                let status = caller.put(&path, &bytes).status;
                assert!([201, 204].contains(&status), "{status}");
            }
        });
        while !writing.is_finished() {
            server.check().unwrap();
        }
        writing.join().unwrap();
    });
    server.stop().unwrap();
}

#[test]
fn commands_that_are_killed_leave_no_reader_that_stops_the_server() {
    let server = start("beside-killed");
    let mut caller = signed_in(&server);
    // More than LMDB has places for readers.
    for _ in 0..300 {
        let mut child = server
            .command(&["check"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(std::time::Duration::from_millis(3));
        let _ = child.kill();
        let _ = child.wait();
    }
    caller.propfind(CALENDAR, 1).wants(207);
    let path = format!("{CALENDAR}after.ics");
    caller.put(&path, &event("after", "after")).wants(201);
    server.stop().unwrap();
}
