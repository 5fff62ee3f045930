//! Runs every conversation under this folder against a davbox. README.md explains the format.
//!
//!     cargo test --test conversation [-- WORD…]      files whose name contains one of the words
//!     cargo test --test conversation -- --users      the users an external server must have
//!
//! `DAVBOX` names another program to test, `DAVBOX_TEST_ADDRESS` a server that already runs.

mod exchange;
mod http;
mod pattern;
mod proof;
#[allow(dead_code, reason = "the robustness tests use the rest of it")]
mod server;
mod verdict;
mod xml;

use exchange::{Ask, Body, Exchange, File, Send, SignIn};
use http::{Answer, Client, Request};
use pattern::Memory;
use server::{Server, User};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

/// More would only wait for each other's processor.
const AT_ONCE: usize = 4;
/// A file that is wrong everywhere needs no more than this to say so.
const FAULTS_SHOWN: usize = 40;

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let words = arguments
        .iter()
        .filter(|word| !word.starts_with("--"))
        .cloned()
        .collect::<Vec<_>>();
    let files = match load(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conversation")) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    if arguments.iter().any(|argument| argument == "--users") {
        for user in files.iter().flat_map(|(_, file)| &file.users) {
            println!(
                "{} {} {} {}",
                user.name,
                user.password,
                user.email(),
                user.display_name()
            );
        }
        return ExitCode::SUCCESS;
    }
    let wanted =
        |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));

    let (mut passed, mut failed) = (0, 0);
    for (name, prove) in proof::PROOFS {
        if wanted(name) {
            match prove() {
                Ok(()) => {
                    passed += 1;
                    println!("test {name} ... ok");
                }
                Err(fault) => {
                    failed += 1;
                    println!("{fault}\ntest {name} ... FAILED");
                }
            }
        }
    }

    let count = files.len();
    let chosen = files
        .into_iter()
        .filter(|(name, _)| wanted(name))
        .collect::<VecDeque<_>>();
    let left_out = count - chosen.len();
    let queue = Mutex::new(chosen);
    let tally = Mutex::new((passed, failed, 0));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((name, file)) = take(&queue) {
                    let (exchanges, faults) = converse(&name, &file);
                    let mut tally = tally
                        .lock()
                        .unwrap_or_else(|poisoned| poisoned.into_inner());
                    tally.2 += exchanges;
                    if faults.is_empty() {
                        tally.0 += 1;
                        println!("test {name} ... ok");
                    } else {
                        tally.1 += 1;
                        for fault in faults.iter().take(FAULTS_SHOWN) {
                            println!("{fault}");
                        }
                        if faults.len() > FAULTS_SHOWN {
                            println!("... and {} faults more", faults.len() - FAULTS_SHOWN);
                        }
                        println!("test {name} ... FAILED");
                    }
                }
            });
        }
    });
    let (passed, failed, exchanges) = tally
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    println!("\n{exchanges} exchanges");
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "test result: {result}. {passed} passed; {failed} failed; 0 ignored; 0 measured; {left_out} filtered out"
    );
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn take(queue: &Mutex<VecDeque<(String, File)>>) -> Option<(String, File)> {
    queue
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
        .pop_front()
}

/// Every .http file below the folder by its name. A user may appear in one file only: on a server
/// that all files share, two conversations must not meet.
fn load(folder: PathBuf) -> Result<Vec<(String, File)>, String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        let entries =
            fs::read_dir(&next).map_err(|error| format!("{}: {error}", next.display()))?;
        for entry in entries {
            let path = entry
                .map_err(|error| format!("{}: {error}", next.display()))?
                .path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "http")
            {
                let source = fs::read_to_string(&path)
                    .map_err(|error| format!("{}: {error}", path.display()))?;
                let name = path
                    .strip_prefix(&folder)
                    .unwrap_or(&path)
                    .with_extension("");
                let name = name.to_string_lossy().into_owned();
                let file =
                    exchange::read(&source).map_err(|error| format!("{name}.http: {error}"))?;
                files.push((name, file));
            }
        }
    }
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut owners = BTreeMap::new();
    for (name, file) in &files {
        for user in &file.users {
            if let Some(other) = owners.insert(user.name.clone(), name.clone()) {
                return Err(format!(
                    "{} is a user of both {other} and {name}",
                    user.name
                ));
            }
        }
    }
    Ok(files)
}

/// Runs one file. Returns how many exchanges took place and what was wrong.
fn converse(name: &str, file: &File) -> (usize, Vec<String>) {
    if let Ok(address) = std::env::var("DAVBOX_TEST_ADDRESS") {
        let address = address.trim_start_matches("http://").trim_end_matches('/');
        return talk(name, file, address);
    }
    let server = match Server::start(name, &file.users) {
        Ok(server) => server,
        Err(error) => return (0, vec![format!("{name}: {error}")]),
    };
    let (count, mut faults) = talk(name, file, &server.address);
    if !faults.is_empty() {
        let complaints = server.complaints();
        if !complaints.is_empty() {
            let last = complaints.lines().rev().take(15).collect::<Vec<_>>();
            faults.push(format!(
                "the server's log ends:\n{}",
                last.into_iter().rev().collect::<Vec<_>>().join("\n")
            ));
        }
    }
    if let Err(error) = server.stop() {
        faults.push(format!("{name}: {error}"));
    }
    (count, faults)
}

fn talk(name: &str, file: &File, address: &str) -> (usize, Vec<String>) {
    let mut memory = Memory::default();
    memory.remember("host", address);
    memory.remember("base", &format!("http://{address}"));
    memory.remember("ns", &xml::declarations(&file.prefixes));
    for (name, body) in &file.bodies {
        memory.keep_body(name, body);
    }
    let mut client = Client::new(address);
    let mut faults = Vec::new();
    let mut count = 0;
    for exchange in &file.exchanges {
        for _ in 0..exchange.repeat {
            count += 1;
            let found = match one(&mut memory, &mut client, file, exchange) {
                Ok(found) => found,
                Err(error) => vec![error],
            };
            let found = match &exchange.must_fail {
                None => found,
                Some(words) if found.iter().any(|fault| fault.contains(words.as_str())) => {
                    Vec::new()
                }
                Some(words) => vec![format!(
                    "this had to fail with {words:?}; it said {found:?}"
                )],
            };
            let what = match &exchange.send {
                Send::Request(ask) => format!("{} {}", ask.method, ask.target),
                Send::Raw(_) => "raw bytes".to_owned(),
            };
            let title = if exchange.title.is_empty() {
                String::new()
            } else {
                format!(" ({})", exchange.title)
            };
            faults.extend(
                found
                    .iter()
                    .map(|fault| format!("{name}.http:{}: {what}{title}: {fault}", exchange.line)),
            );
        }
    }
    (count, faults)
}

fn one(
    memory: &mut Memory,
    client: &mut Client,
    file: &File,
    exchange: &Exchange,
) -> Result<Vec<String>, String> {
    let (answer, method) = match &exchange.send {
        Send::Raw(bytes) => {
            let bytes = match std::str::from_utf8(bytes) {
                Ok(text) => memory.fill(text)?.into_bytes(),
                Err(_) => bytes.clone(),
            };
            (client.send_raw(&bytes)?, "")
        }
        Send::Request(ask) => {
            let request = prepare(memory, file, ask)?;
            if let (Some(name), Some(body)) = (&ask.keep, &request.body) {
                memory.keep_body(name, body);
            }
            let answer = client.send(&request)?;
            if let Some(word) = &ask.alike {
                alike(memory, word, &request.target, &answer)?;
            }
            (Some(answer), ask.method.as_str())
        }
    };
    Ok(match answer {
        Some(answer) => verdict::judge(memory, &exchange.expect, &answer, method),
        None if exchange.expect.status.contains(&exchange::CLOSED) => Vec::new(),
        None => vec!["the server closed the connection without an answer".to_owned()],
    })
}

/// What an answer gives away is all of it: status, headers and body. Where two must not differ, only
/// the time and the name that was asked for may.
fn alike(memory: &mut Memory, word: &str, target: &str, answer: &Answer) -> Result<(), String> {
    let timely =
        |name: &str| ["date", "content-length"].contains(&name.to_ascii_lowercase().as_str());
    let headers = answer.headers.iter().filter(|(name, _)| !timely(name));
    let headers = headers
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect::<String>();
    let text = format!(
        "{}\n{headers}\n{}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    let text = text.replace(target, "TARGET");
    let name = format!("alike {word}");
    match memory.word(&name) {
        None => memory.remember(&name, &text),
        Some(first) if first == text => {}
        Some(first) => {
            return Err(format!(
                "this answer tells what another does not:\n{text}\nthe other:\n{first}"
            ));
        }
    }
    Ok(())
}

fn prepare(memory: &Memory, file: &File, ask: &Ask) -> Result<Request, String> {
    let body = match &ask.body {
        Body::None => None,
        Body::Text(text) => Some(memory.fill(text)?.into_bytes()),
        Body::Bytes(bytes) => Some(bytes.clone()),
        Body::Named(name) => Some(
            memory
                .body(name)
                .ok_or_else(|| format!("no body {name}"))?
                .to_vec(),
        ),
    };
    let mut headers = Vec::new();
    for (name, value) in &ask.headers {
        headers.push((name.clone(), memory.fill(value)?));
    }
    let has = |headers: &[(String, String)], name: &str| {
        headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
    };
    if !has(&headers, "host") {
        headers.insert(
            0,
            (
                "Host".into(),
                memory.word("host").unwrap_or_default().to_owned(),
            ),
        );
    }
    if let Some((name, password)) = credentials(file, &ask.sign_in)?
        && !has(&headers, "authorization")
    {
        headers.push(("Authorization".into(), http::basic(&name, &password)));
    }
    if let Some(body) = &body
        && !has(&headers, "content-type")
        && let Some(media) = media_type(body)
    {
        headers.push(("Content-Type".into(), media.to_owned()));
    }
    // `Content-Type: none` sends none.
    headers.retain(|(name, value)| !(name.eq_ignore_ascii_case("content-type") && value == "none"));
    Ok(Request {
        method: ask.method.clone(),
        target: memory.fill(&ask.target)?,
        headers,
        body,
        chunked: ask.chunked,
        await_100: ask.await_100,
    })
}

fn credentials(file: &File, sign_in: &SignIn) -> Result<Option<(String, String)>, String> {
    let pair = |user: &User| Some((user.name.clone(), user.password.clone()));
    match sign_in {
        SignIn::Nobody => Ok(None),
        SignIn::With(name, password) => Ok(Some((name.clone(), password.clone()))),
        SignIn::FirstUser => Ok(file.users.first().and_then(pair)),
        SignIn::As(name) => match file.users.iter().find(|user| user.name == *name) {
            Some(user) => Ok(pair(user)),
            None => Err(format!("the file has no user {name}")),
        },
    }
}

/// What a client would say about such a body.
fn media_type(body: &[u8]) -> Option<&'static str> {
    match body {
        [b'<', ..] => Some("application/xml; charset=utf-8"),
        _ if body.starts_with(b"BEGIN:VCALENDAR") => Some("text/calendar; charset=utf-8"),
        _ if body.starts_with(b"BEGIN:VCARD") => Some("text/vcard; charset=utf-8"),
        _ => None,
    }
}
