//! Many writers, one name: exactly one of those who expect the same state gets it.

use std::sync::Barrier;
use std::thread;

use crate::caller::Caller;
use crate::fixture::{CALENDAR, anna, changes, event, signed_in, start};
use crate::http::Answer;
use crate::server::Server;

const WRITERS: usize = 32;
const ROUNDS: usize = 6;

/// Lets everyone ask at once, each on a connection that is open already.
fn at_once(server: &Server, ask: impl Fn(usize, &mut Caller) -> Answer + Sync) -> Vec<Answer> {
    let barrier = Barrier::new(WRITERS);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (ask, barrier) = (&ask, &barrier);
                scope.spawn(move || {
                    let mut caller = Caller::new(server, &anna());
                    let opened = caller.try_ask("GET", "/healthz", &[], None);
                    barrier.wait();
                    opened.unwrap();
                    ask(writer, &mut caller)
                })
            })
            .collect();
        writers.into_iter().map(|w| w.join().unwrap()).collect()
    })
}

/// The number of the one whose status is `won`; everybody else has one of `lost`.
#[track_caller]
fn only_winner(answers: &[Answer], won: u16, lost: &[u16]) -> usize {
    let statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
    let winners: Vec<usize> = (0..statuses.len())
        .filter(|i| statuses[*i] == won)
        .collect();
    assert_eq!(winners.len(), 1, "{statuses:?}");
    assert!(
        statuses.iter().all(|s| *s == won || lost.contains(s)),
        "{statuses:?}"
    );
    winners[0]
}

/// What is stored is what the winner sent, under the etag the winner was told.
#[track_caller]
fn wants_stored(caller: &mut Caller, path: &str, bytes: &[u8], etag: &str) {
    let stored = caller.get(path);
    stored.wants(200);
    assert_eq!(stored.body, bytes);
    assert_eq!(stored.etag(), etag);
}

#[test]
fn of_32_writers_with_the_same_etag_exactly_one_wins() {
    let server = start("race-put");
    let mut anna = signed_in(&server);
    let path = format!("{CALENDAR}race.ics");
    let mut etag = anna.put(&path, &event("race", "start")).wants(201).etag();
    for round in 0..ROUNDS {
        let text = |writer| event("race", &format!("round {round}, writer {writer}"));
        let answers = at_once(&server, |writer, caller| {
            caller.ask("PUT", &path, &[("If-Match", &etag)], Some(&text(writer)))
        });
        let winner = only_winner(&answers, 204, &[412]);
        let next = answers[winner].etag();
        assert_ne!(next, etag);
        wants_stored(&mut anna, &path, &text(winner), &next);
        etag = next;
    }
    assert_eq!(changes(&mut anna, "").live, [(path, etag)]);
    server.stop().unwrap();
}

#[test]
fn of_32_writers_of_a_new_name_exactly_one_creates_it() {
    let server = start("race-create");
    let mut anna = signed_in(&server);
    for round in 0..ROUNDS {
        let path = format!("{CALENDAR}new-{round}.ics");
        let text = |writer| event(&format!("new-{round}"), &format!("writer {writer}"));
        let answers = at_once(&server, |writer, caller| {
            caller.ask("PUT", &path, &[("If-None-Match", "*")], Some(&text(writer)))
        });
        let winner = only_winner(&answers, 201, &[412]);
        wants_stored(&mut anna, &path, &text(winner), &answers[winner].etag());
    }
    assert_eq!(changes(&mut anna, "").live.len(), ROUNDS);
    server.stop().unwrap();
}

#[test]
fn of_32_writers_of_one_uid_under_different_names_exactly_one_creates_it() {
    let server = start("race-uid");
    let mut anna = signed_in(&server);
    for round in 0..ROUNDS {
        let path = |writer| format!("{CALENDAR}{round}-{writer}.ics");
        let text = |writer| event(&format!("one-{round}"), &format!("writer {writer}"));
        let answers = at_once(&server, |writer, caller| {
            caller.put(&path(writer), &text(writer))
        });
        // The loser's 403 names the other: no-uid-conflict.
        let winner = only_winner(&answers, 201, &[403]);
        for (writer, answer) in answers.iter().enumerate() {
            let told = String::from_utf8_lossy(&answer.body);
            assert!(writer == winner || told.contains(&path(winner)), "{told}");
        }
        wants_stored(
            &mut anna,
            &path(winner),
            &text(winner),
            &answers[winner].etag(),
        );
    }
    server.stop().unwrap();
}

#[test]
fn of_16_removals_and_16_writers_with_the_same_etag_exactly_one_wins() {
    let server = start("race-delete");
    let mut anna = signed_in(&server);
    for round in 0..2 * ROUNDS {
        let path = format!("{CALENDAR}fate-{round}.ics");
        let uid = format!("fate-{round}");
        let etag = anna.put(&path, &event(&uid, "start")).wants(201).etag();
        let text = |writer| event(&uid, &format!("writer {writer}"));
        let answers = at_once(&server, |writer, caller| {
            let holds = [("If-Match", etag.as_str())];
            if writer % 2 == 0 {
                caller.ask("DELETE", &path, &holds, None)
            } else {
                caller.ask("PUT", &path, &holds, Some(&text(writer)))
            }
        });
        let winner = only_winner(&answers, 204, &[412, 404]);
        for (writer, answer) in answers.iter().enumerate() {
            // Only a removal after a removal finds nothing.
            let may =
                answer.status != 404 || (writer.is_multiple_of(2) && winner.is_multiple_of(2));
            assert!(may, "writer {writer} got 404, winner is {winner}");
        }
        if winner.is_multiple_of(2) {
            anna.get(&path).wants(404);
        } else {
            wants_stored(&mut anna, &path, &text(winner), &answers[winner].etag());
        }
    }
    server.stop().unwrap();
}

#[test]
fn writes_and_removals_without_conditions_end_in_a_state_that_all_views_share() {
    let server = start("race-any");
    let mut anna = signed_in(&server);
    let path = format!("{CALENDAR}any.ics");
    for _ in 0..ROUNDS {
        let before = changes(&mut anna, "").token;
        let answers = at_once(&server, |writer, caller| {
            if writer % 2 == 0 {
                caller.delete(&path)
            } else {
                caller.put(&path, &event("any", &format!("writer {writer}")))
            }
        });
        for (writer, answer) in answers.iter().enumerate() {
            let right = if writer % 2 == 0 {
                [204, 404]
            } else {
                [201, 204]
            };
            assert!(right.contains(&answer.status), "{}", answer.status);
        }
        let stored = anna.get(&path);
        let changed = changes(&mut anna, &before);
        if stored.status == 404 {
            // It may have been there before; if it was not, nothing needs to be said about it.
            assert!(changed.live.is_empty());
        } else {
            let etag = stored.wants(200).etag();
            assert_eq!(changed.live, [(path.clone(), etag.clone())]);
            let told = answers.iter().any(|a| a.header("etag") == Some(&etag));
            assert!(told, "nobody was told the etag that is stored");
        }
    }
    server.stop().unwrap();
}

/// A client that sends a MOVE again because the first answer was lost: what was moved stays.
#[test]
fn a_calendar_that_many_move_to_the_same_place_arrives_whole() {
    let server = start("race-move");
    let mut anna = signed_in(&server);
    for round in 0..ROUNDS {
        let (from, to) = (
            format!("/calendars/anna/from{round}/"),
            format!("/calendars/anna/to{round}/"),
        );
        anna.ask("MKCALENDAR", &from, &[], None).wants(201);
        for i in 0..5 {
            let body = event(&format!("{round}-{i}"), "x");
            anna.put(&format!("{from}{i}.ics"), &body).wants(201);
        }
        let answers = at_once(&server, |writer, caller| {
            let method = if round % 2 == 0 || writer % 2 == 0 {
                "MOVE"
            } else {
                "COPY"
            };
            caller.ask(method, &from, &[("Destination", &to)], None)
        });
        assert!(answers.iter().any(|answer| answer.status == 201));
        for i in 0..5 {
            anna.get(&format!("{to}{i}.ics")).wants(200);
        }
    }
    server.stop().unwrap();
}

#[test]
fn of_32_writers_with_the_same_sync_token_exactly_one_wins() {
    let server = start("race-token");
    let mut anna = signed_in(&server);
    for round in 0..ROUNDS {
        let condition = format!("<{CALENDAR}> (<{}>)", changes(&mut anna, "").token);
        let answers = at_once(&server, |writer, caller| {
            let path = format!("{CALENDAR}{round}-{writer}.ics");
            let body = event(&format!("{round}-{writer}"), "x");
            caller.ask("PUT", &path, &[("If", &condition)], Some(&body))
        });
        only_winner(&answers, 201, &[412]);
    }
    server.stop().unwrap();
}
