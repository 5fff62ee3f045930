//! One person, her server, her data, and what the system says about the process.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::caller::Caller;
use crate::server::{Server, User};

pub const CALENDAR: &str = "/calendars/anna/calendar/";

/// What the server's own memory must stay under, whatever is thrown at it.
pub const MEMORY_BOUND: u64 = 64 << 20;

pub fn anna() -> User {
    User {
        name: "anna".into(),
        password: "Gurkensalat-17".into(),
    }
}

pub fn start(label: &str) -> Server {
    Server::start(label, &[anna()]).unwrap()
}

/// Anna, whose password the server has already verified once: the slow hash is behind her.
pub fn signed_in(server: &Server) -> Caller {
    let mut caller = Caller::new(server, &anna());
    caller.propfind("/", 0).wants(207);
    caller
}

/// An event of one line more than it needs.
pub fn event(uid: &str, summary: &str) -> Vec<u8> {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//davbox//robustness//EN\r\nBEGIN:VEVENT\r\n\
         UID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\n\
         DURATION:PT1H\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    .into_bytes()
}

/// An event of about so many bytes.
pub fn heavy_event(uid: &str, bytes: usize) -> Vec<u8> {
    let line = format!("X-FILLER:{}\r\n", "x".repeat(60));
    let filler = line.repeat(bytes / line.len());
    let text = String::from_utf8(event(uid, "heavy")).unwrap();
    text.replace("SUMMARY:", &format!("{filler}SUMMARY:"))
        .into_bytes()
}

/// Everything in Anna's calendar since a token, as the server tells a client that keeps in sync.
pub struct Changes {
    /// path and etag
    pub live: Vec<(String, String)>,
    pub gone: Vec<String>,
    pub token: String,
}

pub fn changes(caller: &mut Caller, token: &str) -> Changes {
    let body = format!(
        "<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>{token}</D:sync-token>\
         <D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>"
    );
    let answer = caller.ask("REPORT", CALENDAR, &[("Depth", "0")], Some(body.as_bytes()));
    let text = String::from_utf8(answer.wants(207).body.clone()).unwrap();
    let mut changes = Changes {
        live: Vec::new(),
        gone: Vec::new(),
        token: between(&text, "sync-token>", "</").expect("a sync token"),
    };
    for response in text.split("response>").filter(|r| r.contains("href>")) {
        let path = between(response, "href>", "</").unwrap();
        match between(response, "getetag>", "</") {
            Some(etag) => changes.live.push((path, etag.replace("&quot;", "\""))),
            None => {
                assert!(
                    response.contains(" 404 "),
                    "neither etag nor 404: {response}"
                );
                changes.gone.push(path);
            }
        }
    }
    changes
}

fn between(text: &str, from: &str, to: &str) -> Option<String> {
    let start = text.find(from)? + from.len();
    let end = text[start..].find(to)?;
    Some(text[start..start + end].to_owned())
}

/// Bytes of memory that are the process's own.
pub fn anonymous(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .and_then(|value| value.trim().strip_suffix(" kB"))
        .and_then(|kib| kib.trim().parse::<u64>().ok())
        .map_or(0, |kib| kib * 1024)
}

/// Looks at the memory of a process all the time.
pub struct Watch {
    most: Arc<AtomicU64>,
    done: Arc<AtomicBool>,
    looking: JoinHandle<()>,
}

impl Watch {
    pub fn start(process: u32) -> Watch {
        let most = Arc::new(AtomicU64::new(0));
        let done = Arc::new(AtomicBool::new(false));
        let (seen, end) = (most.clone(), done.clone());
        let looking = thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                seen.fetch_max(anonymous(process), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(5));
            }
        });
        Watch {
            most,
            done,
            looking,
        }
    }

    /// The most that was seen.
    pub fn end(self) -> u64 {
        self.done.store(true, Ordering::Relaxed);
        self.looking.join().unwrap();
        let most = self.most.load(Ordering::Relaxed);
        assert!(most > 0, "the memory of the server could not be read");
        most
    }
}

pub fn wants_memory_under(bound: u64, seen: u64) {
    assert!(
        seen < bound,
        "the server took {} MiB, more than {}",
        seen >> 20,
        bound >> 20
    );
}

pub fn signal(server: &Server, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &server.process().to_string()])
        .status();
    assert!(sent.unwrap().success(), "the server had ended before");
}

/// How long until the server has ended with 0 by itself.
pub fn wants_end_within(server: &mut Server, bound: Duration, since: Instant) {
    loop {
        if let Some(status) = server.ended() {
            assert!(status.success(), "it ended with {status}");
            return;
        }
        assert!(since.elapsed() < bound, "it still runs after {bound:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Nothing broke inside the server, whatever the client saw.
pub fn wants_no_panic(server: &Server) {
    let log = server.complaints();
    for word in ["panicked", "broke off"] {
        assert!(!log.contains(word), "the server's log:\n{log}");
    }
}

/// libtest keeps what `eprintln!` says of a test that passes; a test that could not run must be
/// heard.
pub fn skipped(why: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "\nSKIPPED: {why}");
}

/// A file system of a few MiB, gone with its owner.
pub struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    /// None where mounting is not permitted.
    pub fn mount(folder: &std::path::Path, options: &str) -> Option<SmallDisk> {
        fs::create_dir_all(folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "davbox-test"])
            .arg(folder)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(SmallDisk(folder.to_owned())),
            _ => {
                skipped("mounting a small tmpfs is not permitted here (run as root)");
                None
            }
        }
    }

    pub fn remount(&self, options: &str) {
        let done = Command::new("mount")
            .args(["-o", &format!("remount,{options}")])
            .arg(&self.0)
            .status();
        assert!(done.unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a server that a failed test left behind holds it open for a moment.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
