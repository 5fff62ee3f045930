//! The runner proves itself before it judges a server: what is equal passes, and what differs fails.

use crate::exchange;
use crate::http::{Answer, Client, Request, basic};
use crate::pattern::{Memory, unescape};
use crate::verdict::judge;
use crate::xml;
use std::io::{Read, Write};
use std::net::TcpListener;

type Proof = fn() -> Result<(), String>;

pub const PROOFS: &[(&str, Proof)] = &[
    ("runner/patterns", patterns),
    ("runner/escapes", escapes),
    ("runner/base64", base64),
    ("runner/xml", equal_and_unequal_xml),
    ("runner/multistatus", multistatus),
    ("runner/errors", errors),
    ("runner/bodies", bodies),
    ("runner/headers", headers),
    ("runner/parsing", parsing),
    ("runner/peer", peer),
];

fn claim(holds: bool, what: &str) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(format!("the runner is wrong: {what}"))
    }
}

fn patterns() -> Result<(), String> {
    let mut memory = Memory::default();
    claim(
        memory.fits("\"{etag=}\"", "\"abc\""),
        "a capture takes what is there",
    )?;
    claim(
        memory.word("etag") == Some("abc"),
        "a capture is remembered",
    )?;
    claim(
        memory.fits("\"{etag}\"", "\"abc\""),
        "what is remembered fits itself",
    )?;
    claim(
        !memory.fits("\"{etag}\"", "\"abd\""),
        "what is remembered fits nothing else",
    )?;
    claim(
        memory.fits("\"{not etag}\"", "\"abd\""),
        "'not' takes something else",
    )?;
    claim(
        !memory.fits("\"{not etag}\"", "\"abc\""),
        "'not' refuses the same",
    )?;
    claim(
        !memory.fits("\"{next= not etag}\"", "\"abc\""),
        "a capture that must differ refuses the same",
    )?;
    claim(
        memory.fits("\"{next= not etag}\"", "\"abe\"") && memory.word("next") == Some("abe"),
        "and takes another",
    )?;
    claim(
        !memory.fits("{not etag next}", "abe"),
        "'not' with several names",
    )?;
    claim(!memory.fits("…", ""), "… alone is not empty")?;
    claim(
        memory.fits("a…z", "az") && !memory.fits("a…z", "ay"),
        "… inside may be empty",
    )?;
    claim(
        !memory.fits("{unheard}", "x"),
        "an unknown name fits nothing",
    )?;
    claim(
        memory.fits("{unheard=}", "x{*}y"),
        "braces in an answer are text",
    )?;
    claim(
        memory.fill("{x*3}{etag}{A b}") == Ok("xxxabc{A b}".into()),
        "filling",
    )?;
    claim(
        memory.fill("{missing}").is_err(),
        "an unknown name is not sent",
    )
}

fn escapes() -> Result<(), String> {
    claim(
        unescape("a\\r\\n\\x00\\xff\\\\") == Ok(b"a\r\n\0\xff\\".to_vec()),
        "escapes",
    )?;
    claim(
        unescape("\\q").is_err() && unescape("\\x1").is_err() && unescape("\\").is_err(),
        "no escapes",
    )
}

fn base64() -> Result<(), String> {
    // RFC 7617 section 2.
    claim(
        basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "base64",
    )?;
    claim(basic("a", "b") == "Basic YTpi", "base64 of three bytes")
}

fn equal_and_unequal_xml() -> Result<(), String> {
    let fits = |wanted: &str, actual: &str, ordered: bool| -> Result<bool, String> {
        let wanted = xml::fragment(
            wanted,
            &vec![("D".into(), "DAV:".into()), ("X".into(), "x:".into())],
        )?;
        let actual = xml::read(&format!("<r xmlns='DAV:' xmlns:q='x:'>{actual}</r>"))?;
        Ok(xml::fits(
            &mut Memory::default(),
            &wanted,
            &actual.content,
            ordered,
        ))
    };
    let equal = [
        ("<D:a/><X:b/>", "<q:b></q:b>\n <a/>"),
        ("<D:a>t</D:a>", "<a><![CDATA[t]]></a>"),
        ("a &amp; b", "a &#38; b"),
        (
            "<X:c D:n='1' m='2'/>",
            "<q:c m='2' z:n='1' xmlns:z='DAV:'/>",
        ),
        ("<D:a/>…", "<q:b/><a/>"),
        ("<D:a/>\n <X:b/> …", "<q:b/><a/>"),
        ("<D:a/>\n <X:b/>\n …\n", "<q:b/> <q:b/><a/>"),
        ("…", "<q:b/>"),
        ("<D:href>{h=}</D:href>", "<href>/x</href>"),
    ];
    for (wanted, actual) in equal {
        claim(
            fits(wanted, actual, false)?,
            &format!("{wanted} is {actual}"),
        )?;
    }
    let unequal = [
        ("<D:a/>", "<q:a/>"),
        ("<D:a/>", "<a/><a/>"),
        ("<D:a/><D:a/>", "<a/>"),
        ("<D:a/>", ""),
        ("", "<a/>"),
        ("", "text"),
        ("…", ""),
        ("<D:a>t</D:a>", "<a>u</a>"),
        ("<D:a>t</D:a>", "<a> t</a>"),
        ("<X:c m='2'/>", "<q:c m='3'/>"),
        ("<X:c/>", "<q:c m='3'/>"),
        ("text", "<a>text</a>"),
    ];
    for (wanted, actual) in unequal {
        claim(
            !fits(wanted, actual, false)?,
            &format!("{wanted} is not {actual}"),
        )?;
    }
    claim(
        !fits("<D:a/><X:b/>", "<q:b/><a/>", true)?,
        "order counts where it is asked for",
    )?;
    for broken in [
        "<a>",
        "<a></b>",
        "<p:a/>",
        "<a/><b/>",
        "",
        "<a/>x",
        "<!DOCTYPE a><a/>",
        "<a>&b;</a>",
        "<a b='1' b='2'/>",
    ] {
        claim(
            xml::read(broken).is_err(),
            &format!("{broken} is no document"),
        )?;
    }
    Ok(())
}

/// The faults that the expected answer finds in a given one.
fn faults(
    expected: &str,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Vec<String>, String> {
    let file = exchange::read(&format!("> GET /\n{expected}\n"))?;
    let mut all = vec![("Date".to_owned(), "now".to_owned())];
    all.extend(
        headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let answer = Answer {
        status,
        headers: all,
        body: body.as_bytes().to_vec(),
    };
    Ok(judge(
        &mut Memory::default(),
        &file.exchanges[0].expect,
        &answer,
        "GET",
    ))
}

const XML: (&str, &str) = ("Content-Type", "application/xml; charset=utf-8");

const LISTING: &str = "<multistatus xmlns='DAV:' xmlns:q='http://apple.com/ns/ical/'><response><href>/a/</href>\
    <propstat><prop><displayname>Home</displayname><resourcetype><collection/></resourcetype></prop>\
    <status>HTTP/1.1 200 OK</status></propstat><propstat><prop><q:calendar-color/></prop>\
    <status>HTTP/1.1 404 Not Found</status></propstat></response><response><href>/a/gone</href>\
    <status>HTTP/1.1 404 Not Found</status></response><sync-token>t:1</sync-token></multistatus>";

fn multistatus() -> Result<(), String> {
    let right = [
        "/a/gone 404\n/a/\n  404 A:calendar-color\n  200 D:resourcetype = <D:collection/>\n  200 D:displayname = Home\n\
         sync-token = {t=}",
        "/a/\n  404 A:calendar-color\n  …\n…\nsync-token = t:…",
        "/a/\n  200|404 A:calendar-color = red\n  200|404 D:displayname = Home\n  200|404 D:resourcetype\n\
         /a/gone 404\nsync-token = …",
        "/a/\n  200 <D:displayname>Home</D:displayname>\n  …\n…\nsync-token = …",
        "/a/\n  200 D:displayname =\n    | Home\n  …\n…\nsync-token = …",
    ];
    for text in right {
        let found = faults(&format!("< 207\n\n{text}"), 207, &[XML], LISTING)?;
        claim(found.is_empty(), &format!("{text} fits, but {found:?}"))?;
    }
    let wrong = [
        (
            "/a/\n  404 A:calendar-color\n  …\nsync-token = …",
            "nobody expected a response for /a/gone",
        ),
        (
            "/a/\n  404 A:calendar-color\n  …\n…",
            "nobody expected sync-token",
        ),
        (
            "/a/\n  404 A:calendar-color\n…\nsync-token = …",
            "nobody expected 200 <D:displayname>",
        ),
        (
            "/a/\n  200 A:calendar-color\n  …\n…\nsync-token = …",
            "wanted 200, got 404",
        ),
        (
            "/a/\n  200 D:displayname = House\n  …\n…\nsync-token = …",
            "wanted House",
        ),
        (
            "/a/\n  200|404 D:displayname = House\n  …\n…\nsync-token = …",
            "wanted House",
        ),
        (
            "/a/\n  403|500 D:displayname\n  …\n…\nsync-token = …",
            "wanted 403 or 500, got 200",
        ),
        (
            "/a/\n  200 D:displayname\n  …\n…\nsync-token = …",
            "got Home",
        ),
        (
            "/a/\n  200 D:getetag = …\n  …\n…\nsync-token = …",
            "nothing about D:getetag",
        ),
        ("/b/\n  …\n…\nsync-token = …", "no response for /b/"),
        (
            "/a/gone\n  …\n…\nsync-token = …",
            "wanted properties, got 404",
        ),
        (
            "/a/gone 404 ! D:need-privileges\n…\nsync-token = …",
            "wanted the error",
        ),
        (
            "/a/\n  200 D:displayname = {name}\n  …\n…\nsync-token = …",
            "never remembered",
        ),
    ];
    for (text, fault) in wrong {
        let found = faults(&format!("< 207\n\n{text}"), 207, &[XML], LISTING)?;
        claim(
            found.iter().any(|found| found.contains(fault)),
            &format!("{text} must fail with {fault}: {found:?}"),
        )?;
    }
    let twice = "<multistatus xmlns='DAV:'><response><href>/a</href><status>HTTP/1.1 200 OK</status></response>\
                 <response><href>/a</href><status>HTTP/1.1 200 OK</status></response></multistatus>";
    let found = faults("< 207\n\n/a 200\n…", 207, &[XML], twice)?;
    claim(
        found.iter().any(|fault| fault.contains("twice")),
        "an href answered twice",
    )?;
    let empty = "<multistatus xmlns='DAV:'/>";
    claim(
        faults("< 207\n\nmultistatus", 207, &[XML], empty)?.is_empty(),
        "an empty multistatus",
    )
}

fn errors() -> Result<(), String> {
    let body = "<error xmlns='DAV:'><need-privileges><resource/></need-privileges></error>";
    claim(
        faults("< 403\n\nerror D:need-privileges = …", 403, &[XML], body)?.is_empty(),
        "an error",
    )?;
    claim(
        !faults("< 403\n\nerror D:need-privileges", 403, &[XML], body)?.is_empty(),
        "an error with content",
    )?;
    claim(
        !faults("< 403\n\nerror D:no-external-entities", 403, &[XML], body)?.is_empty(),
        "another error",
    )?;
    claim(
        !faults("< 403", 403, &[XML], body)?.is_empty(),
        "an unexpected error element",
    )?;
    let found = faults("< 403\n\nerror D:need-privileges = …", 404, &[XML], body)?;
    claim(
        found.len() == 1 && found[0].starts_with("wanted 403, got 404"),
        "another status",
    )
}

fn bodies() -> Result<(), String> {
    let plain = ("Content-Type", "text/plain");
    claim(
        faults("< 200\n\ntext\n| a\n| b", 200, &[plain], "a\r\nb\r\n")?.is_empty(),
        "text",
    )?;
    claim(
        !faults("< 200\n\ntext\n| a\n| b", 200, &[plain], "a\r\n b\r\n")?.is_empty(),
        "other text",
    )?;
    claim(
        faults("< 200\n\nbytes\n| a\\r\\n\n| b", 200, &[plain], "a\r\nb")?.is_empty(),
        "bytes",
    )?;
    claim(
        !faults("< 200\n\nbytes\n| a\\n\n| b", 200, &[plain], "a\r\nb")?.is_empty(),
        "other bytes",
    )?;
    claim(
        !faults("< 200", 200, &[plain], "a")?.is_empty(),
        "a body nobody expected",
    )?;
    claim(
        faults("< 400", 400, &[plain], "a")?.is_empty(),
        "a sentence with an error",
    )?;
    claim(
        !faults("< 400\n\nempty", 400, &[plain], "a")?.is_empty(),
        "not empty",
    )?;
    claim(
        faults(
            "< 400\n\ncontains line {x=}:",
            400,
            &[plain],
            "in line 7: x",
        )?
        .is_empty(),
        "contains",
    )?;
    claim(
        !faults("< 400\n\ncontains line 8", 400, &[plain], "in line 7: x")?.is_empty(),
        "contains not",
    )
}

fn headers() -> Result<(), String> {
    let sent = [
        ("ETag", "\"1\""),
        ("DAV", "1, 3"),
        ("DAV", "calendar-access"),
        ("Allow", "GET"),
    ];
    let right =
        "< 204\nETag: \"{e=}\"\nDAV has 3, calendar-access\nDAV lacks 2\n!Location\nallow: GET";
    claim(faults(right, 204, &sent, "")?.is_empty(), "headers")?;
    for wrong in [
        "ETag: \"2\"",
        "!ETag",
        "DAV has 2",
        "DAV lacks 1",
        "Location: …",
        "ETag: {e}",
    ] {
        claim(
            !faults(&format!("< 204\n{wrong}"), 204, &sent, "")?.is_empty(),
            wrong,
        )?;
    }
    claim(
        !faults("< 204", 204, &[("ETag", "W/\"1\"")], "")?.is_empty(),
        "a weak etag",
    )?;
    claim(
        !faults("< 401", 401, &[], "")?.is_empty(),
        "401 without a challenge",
    )?;
    claim(
        !faults("< 405", 405, &[], "")?.is_empty(),
        "405 without Allow",
    )
}

fn parsing() -> Result<(), String> {
    for wrong in [
        "",
        "user anna",
        "hello",
        "> GET /",
        "> GET /\n> GET /\n< 200",
        "> GET /\n@fly\n< 200",
        "> GET /\n< 207\n\n/a/\n  200 Z:name = 1",
        "> GET /\n< 207\n\n/a/\n  wrong",
        "> GET /\n< 200\n\n<D:a>",
        "> GET /\n< 200\n\ntext\nno bar",
    ] {
        claim(
            exchange::read(wrong).is_err(),
            &format!("{wrong:?} is no file"),
        )?;
    }
    let file = exchange::read(
        "user anna secret\n# note\n== Title\n> PUT /x\nA: b\n@keep x\n\nBEGIN:X\nEND:X\n\n< 201|204\n",
    )?;
    let exchange = &file.exchanges[0];
    let exchange::Send::Request(ask) = &exchange.send else {
        return Err("a request".into());
    };
    let exchange::Body::Text(body) = &ask.body else {
        return Err("a body".into());
    };
    claim(
        body == "BEGIN:X\r\nEND:X\r\n",
        "calendar lines end with CR LF",
    )?;
    claim(
        exchange.title == "Title" && exchange.expect.status == [201, 204] && exchange.line == 4,
        "the rest",
    )
}

/// A peer that answers from a script: connection reuse, chunks, 100 (Continue), an early refusal.
fn peer() -> Result<(), String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let address = listener
        .local_addr()
        .map_err(|error| error.to_string())?
        .to_string();
    let script: [(&str, &str); 5] = [
        (
            "GET /1 ",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
        ),
        ("PUT /2 ", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("body", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"),
        (
            "HEAD /3 ",
            "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n",
        ),
        (
            "PUT /4 ",
            "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno",
        ),
    ];
    let thread = std::thread::spawn(move || -> Result<(), String> {
        let mut stream = None;
        for (wanted, answer) in script {
            let mut open = match stream.take() {
                Some(open) => open,
                None => listener.accept().map_err(|error| error.to_string())?.0,
            };
            let mut buffer = [0; 4096];
            let count = open.read(&mut buffer).map_err(|error| error.to_string())?;
            let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
            claim(
                text.starts_with(wanted),
                &format!("{wanted} was sent: {text:?}"),
            )?;
            open.write_all(answer.as_bytes())
                .map_err(|error| error.to_string())?;
            if !answer.contains("close") {
                stream = Some(open);
            }
        }
        Ok(())
    });
    let mut client = Client::new(&address);
    let mut send = |method: &str, target: &str, body: Option<&str>, wait: bool| {
        let expect = ("Expect".to_owned(), "100-continue".to_owned());
        client.send(&Request {
            method: method.into(),
            target: target.into(),
            headers: if wait { vec![expect] } else { Vec::new() },
            body: body.map(|body| body.as_bytes().to_vec()),
            chunked: false,
            await_100: false,
        })
    };
    let first = send("GET", "/1", None, false)?;
    claim(first.body == b"abcde", "chunks are joined")?;
    claim(
        send("PUT", "/2", Some("body"), true)?.status == 201,
        "100 asks for the body",
    )?;
    claim(
        send("HEAD", "/3", None, false)?.body.is_empty(),
        "HEAD has no body",
    )?;
    let refused = send("PUT", "/4", Some("body"), true)?;
    claim(
        refused.status == 413 && refused.body == b"no",
        "a refusal before the body",
    )?;
    thread.join().map_err(|_| "the peer panicked".to_owned())?
}
