//! A second count of the flushes, by strace: it slows the server down, so that nothing else is
//! taken from its run.

use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::load::{Connection, Until};
use crate::process::Process;
use crate::rows::Rows;

const FLUSHES: [&str; 3] = ["fdatasync", "fsync", "msync"];

/// Away from the numbers of all other events.
const FIRST: usize = 9_000_000;

const CONNECTIONS: usize = 64;

pub fn flushes(rows: &Rows) -> Result<String, String> {
    let table = rows
        .options
        .folder
        .join(format!("davbox-bench-{}-strace", std::process::id()));
    let mut strace = Process::start(
        Command::new("strace")
            .args([
                "-f",
                "-c",
                "-e",
                &format!("trace={}", FLUSHES.join(",")),
                "-o",
            ])
            .arg(&table)
            .args(["-p", &rows.server.pid().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )
    .map_err(|error| format!("not to be had: {error}"))?;
    std::thread::sleep(Duration::from_millis(500));
    if strace.ended().is_some() {
        return Err("it may not watch the server".to_owned());
    }
    let count = || {
        rows.commits
            .count()
            .map_err(|error| format!("the store: {error}"))
    };
    let mut open: Vec<_> = (0..CONNECTIONS)
        .map(|_| Connection::to(rows.server.address))
        .collect();
    let load = rows.put_more(FIRST);
    let before = count()?;
    let until = Until::Either(Duration::from_secs(2), 2000);
    let window = rows
        .client
        .window(&mut open, &load, &mut 0, until, rows.server.cpu);
    let commits = count()? - before;
    strace.stop(Signal::SIGINT, Duration::from_secs(5));
    let text = std::fs::read_to_string(&table).unwrap_or_default();
    std::fs::remove_file(&table).ok();
    if let Some(sentence) = window.complaint {
        return Err(sentence);
    }
    // "% time  seconds  usecs/call  calls  [errors]  syscall"
    let calls: Vec<(&str, u64)> = text
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let name = *words.last()?;
            let calls = words.get(3)?.parse().ok()?;
            FLUSHES.contains(&name).then_some((name, calls))
        })
        .collect();
    let counted: Vec<String> = calls
        .iter()
        .map(|(name, calls)| format!("{calls} {name}"))
        .collect();
    let total: u64 = calls.iter().map(|(_, calls)| calls).sum();
    if total == 0 {
        return Err(format!("{commits} commits, and it saw no flush"));
    }
    Ok(format!(
        "strace: {} PUTs over {CONNECTIONS} connections, {commits} commits, {}: {:.1} PUTs per flush",
        window.requests,
        counted.join(", "),
        window.requests as f64 / total as f64
    ))
}
