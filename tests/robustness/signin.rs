//! Guessing is slow, costs little, and leaves no trace of a secret.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::caller::{Caller, Wire};
use crate::fixture::{
    CALENDAR, MEMORY_BOUND, Watch, anna, event, signed_in, start, wants_memory_under,
    wants_no_panic,
};
use crate::http::basic;
use crate::server::{Server, User};

fn guess(server: &Server, password: &str) -> Caller {
    Caller::new(
        server,
        &User {
            password: password.into(),
            ..anna()
        },
    )
}

/// The password of a new device of Anna's.
fn device(server: &Server) -> String {
    let output = server
        .command(&["user", "device", "add", "anna", "phone"])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    told.trim_end().rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn a_wrong_password_gets_401_and_is_told_how_to_sign_in() {
    let server = start("signin-wrong");
    let mut wrong = guess(&server, "wrong");
    let mut nobody = Caller::new(
        &server,
        &User {
            name: "nobody".into(),
            password: "wrong".into(),
        },
    );
    for caller in [&mut wrong, &mut nobody] {
        let answer = caller.get(CALENDAR);
        answer.wants(401);
        let challenge = answer.header("www-authenticate").expect("a challenge");
        assert!(challenge.starts_with("Basic realm="), "{challenge}");
    }
    signed_in(&server);
    server.stop().unwrap();
}

#[test]
fn guessing_slows_down_while_those_who_are_known_go_on() {
    let server = start("signin-guess");
    // In this order: whoever is known is forgotten when a device is added.
    let mut phone = guess(&server, &device(&server));
    let mut person = signed_in(&server);
    for number in 0..6 {
        let mut wrong = guess(&server, &format!("guess {number}"));
        wrong.propfind("/", 0).wants(401);
    }
    // A device whose password nobody has seen yet is not slowed by another's guesses.
    let guessing = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for number in 6..20 {
            let (server, guessing) = (&server, &guessing);
            scope.spawn(move || {
                let start = Instant::now();
                let answer = guess(server, &format!("guess {number}")).propfind("/", 0);
                answer.wants(401);
                guessing.lock().unwrap().push(start.elapsed());
            });
        }
        thread::sleep(Duration::from_millis(100));
        for caller in [&mut person, &mut phone] {
            let start = Instant::now();
            caller.propfind("/", 0).wants(207);
            let took = start.elapsed();
            assert!(took < Duration::from_millis(800), "it took {took:?}");
        }
    });
    let quickest = guessing.into_inner().unwrap().into_iter().min();
    let quickest = quickest.unwrap();
    assert!(quickest > Duration::from_millis(900), "{quickest:?}");
    // Not locked out: the right password, typed anew, waits a few seconds.
    person.authorization = basic("Anna", &anna().password);
    let start = Instant::now();
    person.propfind("/", 0).wants(207);
    assert!(start.elapsed() < Duration::from_secs(8));
    server.stop().unwrap();
}

#[test]
fn a_client_that_repeats_an_old_password_costs_no_slow_hash_each_time() {
    let server = start("signin-repeat");
    let mut old = guess(&server, "the old one");
    old.propfind("/", 0).wants(401);
    let start = Instant::now();
    for _ in 0..100 {
        old.propfind("/", 0).wants(401);
    }
    let took = start.elapsed();
    assert!(took < Duration::from_secs(2), "100 refusals took {took:?}");
    server.stop().unwrap();
}

#[test]
fn wrong_sign_ins_of_100_at_once_take_neither_the_memory_nor_the_service() {
    let server = start("signin-crowd");
    let mut person = signed_in(&server);
    let watch = Watch::start(server.process());
    let statuses = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for number in 0..100 {
            let (server, statuses) = (&server, &statuses);
            scope.spawn(move || {
                let answer = guess(server, &format!("crowd {number}")).propfind("/", 0);
                if answer.status == 503 {
                    assert!(answer.header("retry-after").is_some());
                }
                statuses.lock().unwrap().push(answer.status);
            });
        }
        for _ in 0..20 {
            let start = Instant::now();
            person.propfind("/", 0).wants(207);
            let took = start.elapsed();
            assert!(took < Duration::from_secs(2), "it took {took:?}");
            thread::sleep(Duration::from_millis(20));
        }
    });
    let statuses = statuses.into_inner().unwrap();
    assert!(
        statuses.iter().all(|s| [401, 503].contains(s)),
        "{statuses:?}"
    );
    assert!(statuses.contains(&401), "{statuses:?}");
    wants_memory_under(MEMORY_BOUND, watch.end());
    server.stop().unwrap();
}

#[test]
fn no_secret_appears_in_the_log() {
    let mut server = Server::prepare("signin-log").unwrap();
    server.add(&anna()).unwrap();
    server.environment = vec![("DAVBOX_LOG", "debug")];
    server.serve().unwrap();
    let phone = device(&server);
    let wrong = "Wirsingeintopf-99";
    let mut people = [
        signed_in(&server),
        guess(&server, &phone),
        guess(&server, wrong),
        guess(&server, wrong),
    ];
    let mut secrets = vec![anna().password, phone.clone(), wrong.to_owned()];
    for person in &mut people {
        let header = person.authorization.clone();
        let token = header.trim_start_matches("Basic ").to_owned();
        secrets.push(token.trim_end_matches('=').to_owned());
        person.get(CALENDAR);
        person.get("/calendars/bert/calendar/");
        person.put(&format!("{CALENDAR}x.ics"), b"nonsense");
        person.put(&format!("{CALENDAR}y.ics"), &event("y", "y"));
        person.ask("REPORT", CALENDAR, &[], Some(b"<broken"));
        person.ask("BREW", CALENDAR, &[], None);
        // Authorization that is not what it should be, and a head that breaks off inside it.
        for bad in [
            format!("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic !{token}\r\n\r\n"),
            format!("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n"),
            format!("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: {header}\r\n\0\r\n\r\n"),
            format!("GET /{token} HTTP/9.9\r\nAuthorization: {header}\r\n\r\n"),
        ] {
            let mut wire = Wire::open(&server);
            wire.say(bad);
            let _ = wire.hear_or_close("GET");
        }
    }
    server.terminate().unwrap();
    let log = server.complaints();
    assert!(log.contains("sign-in refused"), "nothing was logged: {log}");
    assert!(
        log.contains("debug "),
        "nothing of the detail was logged: {log}"
    );
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is in the log:\n{log}");
    }
    wants_no_panic(&server);
    server.check().unwrap();
}

/// Many requests of one client that has just been opened are one person, hashed once.
#[test]
fn the_first_100_requests_of_one_person_at_once_are_all_let_in() {
    let server = start("signin-herd");
    let start = Instant::now();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let ask = || Caller::new(&server, &anna()).propfind("/", 0).status;
        let asking: Vec<_> = (0..100).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|a| a.join().unwrap()).collect()
    });
    let took = start.elapsed();
    assert_eq!(statuses, [207; 100]);
    assert!(took < Duration::from_secs(3), "it took {took:?}");
    server.stop().unwrap();
}
