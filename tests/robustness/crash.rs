//! kill -9 at any moment: what was acknowledged is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::caller::Caller;
use crate::dice::Dice;
use crate::fixture::{CALENDAR, anna, changes, event, signed_in, start};
use crate::server::Server;

const WRITERS: usize = 48;
const WRITES: usize = 1_000;

/// What the clients of one round were told before the end.
#[derive(Default)]
struct Told {
    /// path → bytes and etag
    stored: BTreeMap<String, (Vec<u8>, String)>,
    removed: BTreeSet<String>,
    /// The last request about it was never answered: either outcome is right.
    open: BTreeSet<String>,
}

fn write_until_the_end(
    server: &Server,
    round: usize,
    next: &AtomicUsize,
    acknowledged: &AtomicUsize,
    told: &Mutex<Told>,
) {
    let mut caller = Caller::new(server, &anna());
    loop {
        let number = next.fetch_add(1, Ordering::SeqCst);
        if number >= WRITES {
            return;
        }
        let path = format!("{CALENDAR}{round}-{number}.ics");
        let bytes = event(
            &format!("{round}-{number}"),
            &"z".repeat(1 + number * 7 % 3000),
        );
        let Ok(answer) = caller.try_ask("PUT", &path, &[], Some(&bytes)) else {
            told.lock().unwrap().open.insert(path);
            return;
        };
        let etag = answer.wants(201).etag();
        acknowledged.fetch_add(1, Ordering::SeqCst);
        told.lock()
            .unwrap()
            .stored
            .insert(path.clone(), (bytes, etag));
        if number.is_multiple_of(8) {
            let removed = caller.try_ask("DELETE", &path, &[], None);
            let mut told = told.lock().unwrap();
            told.stored.remove(&path);
            match removed {
                Ok(answer) => {
                    answer.wants(204);
                    told.removed.insert(path);
                }
                Err(_) => {
                    told.open.insert(path);
                    return;
                }
            }
        }
    }
}

#[test]
fn what_was_acknowledged_before_kill_9_is_there_afterwards() {
    let seed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos() as u64);
    let mut dice = Dice::new(seed);
    let mut server = start("crash");
    for round in 0..5 {
        let mut caller = signed_in(&server);
        let before = changes(&mut caller, "");
        let moment = 1 + dice.below(WRITES * 9 / 10);
        println!("seed {seed}, round {round}: killed after {moment} acknowledgements");

        let told = Mutex::new(Told::default());
        let (next, acknowledged) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let ended = AtomicBool::new(false);
        let mut doomed = server;
        thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|_| {
                    scope.spawn(|| {
                        write_until_the_end(&doomed, round, &next, &acknowledged, &told);
                    })
                })
                .collect();
            let process = doomed.process().to_string();
            let (acknowledged, ended) = (&acknowledged, &ended);
            scope.spawn(move || {
                while acknowledged.load(Ordering::SeqCst) < moment && !ended.load(Ordering::SeqCst)
                {
                    thread::sleep(Duration::from_micros(200));
                }
                let killed = std::process::Command::new("kill")
                    .args(["-KILL", &process])
                    .status();
                assert!(killed.unwrap().success());
            });
            let joined: Vec<_> = writers.into_iter().map(|w| w.join()).collect();
            ended.store(true, Ordering::SeqCst);
            assert!(joined.iter().all(Result::is_ok));
        });
        doomed.kill();
        server = doomed;
        let told = told.into_inner().unwrap();
        assert!(!told.open.is_empty(), "it ended when nothing was under way");

        server.check().unwrap();
        server.serve().unwrap();
        let mut caller = signed_in(&server);
        for (path, (bytes, etag)) in &told.stored {
            let stored = caller.get(path);
            stored.wants(200);
            assert_eq!(&stored.body, bytes, "{path}");
            assert_eq!(&stored.etag(), etag, "{path}");
        }
        for path in &told.removed {
            caller.get(path).wants(404);
        }
        let since = changes(&mut caller, &before.token);
        let live: BTreeMap<_, _> = since.live.into_iter().collect();
        for (path, (_, etag)) in &told.stored {
            assert_eq!(live.get(path), Some(etag), "sync does not tell of {path}");
        }
        for path in live.keys() {
            let known = told.stored.contains_key(path) || told.open.contains(path);
            assert!(known, "sync tells of {path}");
        }
        // What came and went since the token need not be mentioned; what is mentioned is gone.
        for path in &since.gone {
            let known = told.removed.contains(path) || told.open.contains(path);
            assert!(known, "sync says that {path} is gone");
        }
    }
    server.stop().unwrap();
}
