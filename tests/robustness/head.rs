//! Requests whose head is too much, requests that do not wait for their answers, HTTP/2.

use std::process::Command;

use crate::caller::Wire;
use crate::fixture::{CALENDAR, event, signed_in, skipped, start, wants_no_panic};
use crate::server::Server;

/// The status of the answer; the server may close after it, but it must say why.
#[track_caller]
fn status_of(server: &Server, request: &str) -> u16 {
    let mut wire = Wire::open(server);
    wire.say(request);
    wire.hear("GET").expect("an answer").status
}

#[test]
fn a_path_of_10_kib_is_refused_with_414() {
    let server = start("head-path");
    let mut anna = signed_in(&server);
    let path = format!("{CALENDAR}{}.ics", "a".repeat(10 << 10));
    for method in ["GET", "PUT", "PROPFIND", "DELETE"] {
        let request = format!("{}Content-Length: 0\r\n\r\n", anna.head(method, &path));
        assert_eq!(status_of(&server, &request), 414, "{method}");
    }
    // The longest line that is no line of davbox's business any more.
    let path = format!("/{}", "a".repeat(200 << 10));
    let mut wire = Wire::open(&server);
    let _ = std::io::Write::write_all(&mut wire.stream, anna.head("GET", &path).as_bytes());
    let answer = wire.hear_or_close("GET").unwrap_or(None);
    assert!(
        answer
            .as_ref()
            .is_none_or(|a| [414, 431].contains(&a.status)),
        "{}",
        answer.unwrap().status
    );
    anna.propfind("/", 0).wants(207);
    server.stop().unwrap();
}

#[test]
fn headers_of_64_kib_or_1000_in_number_are_refused_with_431() {
    let server = start("head-headers");
    let mut anna = signed_in(&server);
    let long = format!(
        "{}X-Long: {}\r\n\r\n",
        anna.head("GET", "/"),
        "x".repeat(64 << 10)
    );
    let mut wire = Wire::open(&server);
    let _ = std::io::Write::write_all(&mut wire.stream, long.as_bytes());
    assert_eq!(wire.hear("GET").unwrap().status, 431);
    let many: String = (0..1000).map(|i| format!("X-{i}: y\r\n")).collect();
    let many = format!("{}{many}\r\n", anna.head("GET", "/"));
    assert_eq!(status_of(&server, &many), 431);
    anna.propfind("/", 0).wants(207);
    wants_no_panic(&server);
    server.stop().unwrap();
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let server = start("head-pipeline");
    let anna = signed_in(&server);
    let path = |number: usize| format!("{CALENDAR}{number}.ics");
    let body = |number: usize| event(&number.to_string(), &format!("number {number}"));
    let mut all = Vec::new();
    for number in 0..30 {
        let bytes = body(number);
        let put = anna.head("PUT", &path(number));
        all.extend(format!("{put}Content-Length: {}\r\n\r\n", bytes.len()).into_bytes());
        all.extend(bytes);
        all.extend(format!("{}\r\n", anna.head("GET", &path(number))).into_bytes());
        all.extend(format!("{}\r\n", anna.head("HEAD", &path(number))).into_bytes());
        all.extend(format!("{}\r\n", anna.head("DELETE", &path(number))).into_bytes());
        all.extend(format!("{}\r\n", anna.head("GET", &path(number))).into_bytes());
    }
    let mut wire = Wire::open(&server);
    let mut sending = wire.stream.try_clone().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || std::io::Write::write_all(&mut sending, &all).unwrap());
        for number in 0..30 {
            let etag = wire.hear("PUT").unwrap().wants(201).etag();
            let got = wire.hear("GET").unwrap();
            assert_eq!(got.wants(200).body, body(number));
            assert_eq!(got.etag(), etag);
            assert_eq!(wire.hear("HEAD").unwrap().wants(200).etag(), etag);
            wire.hear("DELETE").unwrap().wants(204);
            wire.hear("GET").unwrap().wants(404);
        }
    });
    server.stop().unwrap();
}

#[test]
fn many_streams_of_one_http2_connection_are_answered() {
    if Command::new("h2load").arg("--version").output().is_err() {
        skipped("no h2load (Debian has it in nghttp2-client)");
        return;
    }
    let server = start("head-http2");
    let mut anna = signed_in(&server);
    let path = format!("{CALENDAR}stream.ics");
    anna.put(&path, &event("stream", "one of many")).wants(201);
    let output = Command::new("h2load")
        .args(["-n", "2000", "-c", "4", "-m", "60", "-H"])
        .arg(format!("Authorization: {}", anna.authorization))
        .arg(format!("http://{}{path}", server.address))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let all = "requests: 2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed";
    assert!(told.contains(all), "{told}");
    assert!(told.contains("status codes: 2000 2xx"), "{told}");
    anna.propfind("/", 0).wants(207);
    wants_no_panic(&server);
    server.stop().unwrap();
}
