//! A storm of requests that are almost right.

use std::io::Write as _;
use std::time::Duration;

use crate::caller::{Caller, Wire};
use crate::dice::Dice;
use crate::fixture::{CALENDAR, event, signed_in, start, wants_no_panic};

const MUTATIONS: usize = 1_000;

/// Requests as clients send them.
fn valid(anna: &Caller) -> Vec<Vec<u8>> {
    let book = "/addressbooks/anna/contacts/";
    let object = format!("{CALENDAR}storm.ics");
    let card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c\r\nFN:C\r\nN:C;;;;\r\nEND:VCARD\r\n";
    let calendar = String::from_utf8(event("storm", "storm")).unwrap();
    let dav = "xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"";
    let propfind =
        format!("<D:propfind {dav}><D:prop><D:getetag/><C:calendar-data/></D:prop></D:propfind>");
    let proppatch = format!(
        "<D:propertyupdate {dav}><D:set><D:prop><D:displayname>x</D:displayname></D:prop></D:set></D:propertyupdate>"
    );
    let sync = format!(
        "<D:sync-collection {dav}><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>"
    );
    let multiget = format!(
        "<C:calendar-multiget {dav}><D:prop><C:calendar-data/></D:prop><D:href>{object}</D:href></C:calendar-multiget>"
    );
    let query = format!(
        "<C:calendar-query {dav}><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter></C:calendar-query>"
    );
    let make = format!(
        "<C:mkcalendar {dav}><D:set><D:prop><D:displayname>n</D:displayname></D:prop></D:set></C:mkcalendar>"
    );
    let expand = format!(
        "<D:expand-property {dav}><D:property name=\"current-user-principal\"/></D:expand-property>"
    );
    let requests: [(&str, &str, &str, &str); 15] = [
        ("PUT", &object, "If-None-Match: *\r\n", &calendar),
        (
            "PUT",
            &object,
            "Prefer: return=representation\r\n",
            &calendar,
        ),
        ("PUT", "/addressbooks/anna/contacts/c.vcf", "", card),
        ("GET", &object, "If-None-Match: \"x\", W/\"y\"\r\n", ""),
        ("PROPFIND", CALENDAR, "Depth: 1\r\n", &propfind),
        (
            "PROPFIND",
            "/calendars/anna/",
            "Depth: 0\r\nBrief: t\r\n",
            "",
        ),
        ("PROPPATCH", CALENDAR, "", &proppatch),
        ("REPORT", CALENDAR, "Depth: 0\r\n", &sync),
        ("REPORT", CALENDAR, "Depth: 1\r\n", &multiget),
        ("REPORT", CALENDAR, "Depth: 1\r\n", &query),
        ("REPORT", "/principals/anna/", "", &expand),
        ("MKCALENDAR", "/calendars/anna/new/", "", &make),
        (
            "COPY",
            &object,
            "Destination: /calendars/anna/new/copy.ics\r\nOverwrite: T\r\n",
            "",
        ),
        (
            "MOVE",
            "/calendars/anna/new/copy.ics",
            "Destination: http://davbox.test/calendars/anna/new/moved.ics\r\n",
            "",
        ),
        ("OPTIONS", book, "", ""),
    ];
    requests
        .iter()
        .map(|(method, target, headers, body)| {
            let length = body.len();
            let head = anna.head(method, target);
            format!("{head}{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes()
        })
        .collect()
}

/// What readers of text, of numbers and of XML like least.
const SPLINTERS: [&[u8]; 24] = [
    b"\0",
    b"\xff\xfe",
    b"\xc3",
    b"%00",
    b"%2e%2e%2f",
    b"/../",
    b"%",
    b"\r\n",
    b"\r\n\r\n",
    b"\n ",
    b"-1",
    b"18446744073709551616",
    b"99999999999",
    b"infinity",
    b"<![CDATA[",
    b"&#x0;",
    b"&lt;!DOCTYPE x [<!ENTITY a \"b\">]>",
    b"<D:x>",
    b"</D:prop>",
    b" xmlns:D=\"\"",
    b"BEGIN:VEVENT\r\n",
    b"END:VCALENDAR\r\n",
    b"RRULE:FREQ=SECONDLY;COUNT=999999999\r\n",
    b";;;\"\"::==",
];

/// Changes one to three places anywhere in the request. The framing stays right most of the time,
/// so that more than the parser of heads sees the damage.
fn mutate(dice: &mut Dice, request: &[u8]) -> Vec<u8> {
    let split = request.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let (head, body) = request.split_at(split);
    let mut body = body.to_vec();
    // Set aside: a stranger's request is refused before anybody looks at it.
    let (line, head): (Vec<&[u8]>, Vec<&[u8]>) = head
        .split_inclusive(|byte| *byte == b'\n')
        .partition(|line| line.starts_with(b"Authorization:"));
    let (line, mut head) = (line.concat(), head.concat());
    // Mostly a single one: what is damaged in three places rarely gets past the first reader.
    for _ in 0..=dice.below(5).saturating_sub(2) {
        let in_body = !body.is_empty() && dice.below(6) > 0;
        // The end of the head stays, or the server rightly waits for it.
        let (part, end) = if in_body {
            let end = body.len();
            (&mut body, end)
        } else {
            let end = head.len() - 4;
            (&mut head, end)
        };
        let at = dice.below(end);
        match dice.below(8) {
            0 => part[at] ^= 1 << dice.below(8),
            1 => part[at] = dice.next() as u8,
            2 => {
                let splinter = SPLINTERS[dice.below(SPLINTERS.len())];
                part.splice(at..at, splinter.iter().copied());
            }
            3 => {
                let to = (at + 1 + dice.below(12)).min(end);
                part.drain(at..to);
            }
            4 => {
                let to = (at + 1 + dice.below(40)).min(end);
                let again = part[at..to].to_vec();
                part.splice(at..at, again);
            }
            5 => {
                let to = (at + 1 + dice.below(12)).min(end);
                part[at..to].reverse();
            }
            // A whole line or element less, or twice: still well formed.
            kind => {
                let ends = |byte: &u8| matches!(byte, b'\n' | b'>');
                let from = part[..at].iter().rposition(ends).map_or(0, |i| i + 1);
                let to = part[at..end]
                    .iter()
                    .position(ends)
                    .map_or(end, |i| at + i + 1);
                if kind == 6 {
                    part.drain(from..to);
                } else {
                    let again = part[from..to].to_vec();
                    part.splice(from..from, again);
                }
            }
        }
    }
    if dice.below(10) > 0 {
        let text = String::from_utf8_lossy(&head);
        let name = "\r\nContent-Length: ";
        if let Some(start) = text.find(name).filter(|_| text.is_ascii()) {
            let start = start + name.len();
            let end = start + text[start..].find("\r\n").unwrap_or(0);
            head.splice(start..end, body.len().to_string().into_bytes());
        }
    }
    if dice.below(20) > 0 {
        let end = head.len() - 2;
        head.splice(end..end, line);
    }
    head.extend(body);
    head
}

#[test]
fn a_storm_of_mutated_requests_is_answered_and_breaks_nothing() {
    let mut server = start("mutation");
    let anna = signed_in(&server);
    anna.again(&server)
        .put(&format!("{CALENDAR}storm.ics"), &event("storm", "storm"))
        .wants(201);
    let valid = valid(&anna);
    for request in &valid {
        let mut wire = Wire::open(&server);
        wire.say(request);
        let method = String::from_utf8_lossy(request.split(|b| *b == b' ').next().unwrap());
        let status = wire.hear(&method).unwrap().status;
        // The PUT that wants a free name finds the object of before.
        assert!(
            (200..300).contains(&status) || status == 412,
            "{method} {status}"
        );
    }
    let mut kept: Option<Wire> = None;
    let mut answered = std::collections::BTreeMap::new();
    for seed in 0..MUTATIONS {
        let mut dice = Dice::new(seed as u64);
        let request = mutate(&mut dice, &valid[seed % valid.len()]);
        let shown = || format!("seed {seed}:\n{}", String::from_utf8_lossy(&request));
        let mut wire = kept.take().unwrap_or_else(|| Wire::open(&server));
        wire.stream
            .set_read_timeout(Some(Duration::from_millis(250)))
            .unwrap();
        // A connection that the server closed after its last answer is opened again.
        if wire.stream.write_all(&request).is_err() {
            wire = Wire::open(&server);
            wire.say(&request);
        }
        let method = request.split(|b| *b == b' ').next().unwrap_or_default();
        let method = String::from_utf8_lossy(method).into_owned();
        // No answer at all: closed, or the server still waits for what was announced.
        if let Ok(answer) = wire.hear(&method) {
            assert!(answer.status != 500, "{}", shown());
            *answered.entry(answer.status).or_insert(0) += 1;
            let closes = answer.all("connection").any(|v| v == "close");
            // What the server takes for a second request has an answer of its own.
            wire.stream.set_nonblocking(true).unwrap();
            let more = wire.stream.peek(&mut [0]).is_ok();
            wire.stream.set_nonblocking(false).unwrap();
            if !closes && !more {
                kept = Some(wire);
            }
        }
        assert_eq!(server.ended(), None, "{}", shown());
    }
    println!("{answered:?}");
    let total: usize = answered.values().sum();
    assert!(total > MUTATIONS / 2, "only {total} were answered");
    // A storm that nothing passes tests nothing but the parser of heads.
    assert!(answered.len() > 5, "{answered:?}");
    signed_in(&server)
        .propfind("/calendars/anna/", 1)
        .wants(207);
    wants_no_panic(&server);
    server.stop().unwrap();
}
