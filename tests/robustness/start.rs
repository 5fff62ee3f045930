//! What keeps davbox from starting is said in a sentence.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::fixture::{CALENDAR, SmallDisk, anna, event, signed_in};
use crate::server::Server;

const SERVE: [&str; 6] = [
    "serve",
    "--http",
    "127.0.0.1:0",
    "--https",
    "off",
    "--no-mdns",
];

/// Runs a command that must come to its end by itself.
#[track_caller]
fn outcome(server: &Server, words: &[&str]) -> Output {
    let mut child: Child = server
        .command(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(10) {
            let _ = child.kill();
            let output = child.wait_with_output().unwrap();
            panic!(
                "{words:?} goes on: {}",
                String::from_utf8_lossy(&output.stdout)
            );
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

/// Ended by itself with 1, and the reason is one sentence that contains `word`.
#[track_caller]
fn wants_sentence(output: &Output, word: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{} {said}", output.status);
    assert!(!said.contains("panicked"), "{said}");
    let sentences: Vec<&str> = said.lines().filter(|l| l.starts_with("davbox: ")).collect();
    assert_eq!(sentences.len(), 1, "{said}");
    assert!(sentences[0].contains(word), "{said}");
}

#[test]
fn a_file_in_place_of_the_data_folder_is_named() {
    let server = Server::prepare("start-file").unwrap();
    fs::write(server.data(), "here lies a file").unwrap();
    let folder = server.data().to_str().unwrap().to_owned();
    wants_sentence(&outcome(&server, &SERVE), &folder);
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let server = Server::prepare("start-unwritable").unwrap();
    let folder = server.data().to_str().unwrap().to_owned();
    // Root may write everywhere except where nobody can.
    if nix::unistd::geteuid().is_root() {
        let Some(_disk) = SmallDisk::mount(server.data(), "ro,size=1m") else {
            return;
        };
        wants_sentence(&outcome(&server, &SERVE), &folder);
    } else {
        fs::create_dir(server.data()).unwrap();
        fs::set_permissions(server.data(), Permissions::from_mode(0o500)).unwrap();
        let output = outcome(&server, &SERVE);
        fs::set_permissions(server.data(), Permissions::from_mode(0o700)).unwrap();
        wants_sentence(&output, &folder);
    }
}

#[test]
fn a_store_on_a_disk_that_became_read_only_is_named() {
    let server = Server::prepare("start-read-only").unwrap();
    let Some(disk) = SmallDisk::mount(server.data(), "size=8m") else {
        return;
    };
    server.add(&anna()).unwrap();
    disk.remount("ro");
    let folder = server.data().to_str().unwrap().to_owned();
    wants_sentence(&outcome(&server, &SERVE), &folder);
    disk.remount("rw");
    server.check().unwrap();
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let server = Server::prepare("start-port").unwrap();
    let words = ["serve", "--http", &address, "--https", "off", "--no-mdns"];
    wants_sentence(&outcome(&server, &words), &address);
    server.check().unwrap();
}

/// A store with one event in it, and the bytes of its file.
fn filled(label: &str) -> (Server, Vec<u8>) {
    let mut server = Server::prepare(label).unwrap();
    server.add(&anna()).unwrap();
    server.serve().unwrap();
    let path = format!("{CALENDAR}one.ics");
    signed_in(&server)
        .put(&path, &event("one", "one"))
        .wants(201);
    server.terminate().unwrap();
    let bytes = fs::read(server.data().join("data.mdb")).unwrap();
    (server, bytes)
}

#[test]
fn a_data_file_that_is_no_store_is_refused_with_a_sentence() {
    let page = 4096;
    let kinds: [(&str, Vec<u8>); 4] = [
        ("text", b"Dear diary,\n".repeat(4000)),
        ("zeros", vec![0; 16 * page]),
        ("ones", vec![0xff; 16 * page]),
        (
            "noise",
            (0..16 * page as u32)
                .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
                .collect(),
        ),
    ];
    for (kind, bytes) in kinds {
        let server = Server::prepare(&format!("start-garbage-{kind}")).unwrap();
        fs::create_dir(server.data()).unwrap();
        let file = server.data().join("data.mdb");
        fs::write(&file, &bytes).unwrap();
        for words in [&SERVE[..], &["check"], &["user", "list"]] {
            println!("{kind} {words:?}");
            wants_sentence(&outcome(&server, words), "");
        }
        // It may be somebody's only copy of something.
        assert_eq!(fs::read(&file).unwrap(), bytes, "{kind} was overwritten");
    }
}

#[test]
fn a_store_of_a_newer_davbox_is_refused_with_a_sentence() {
    let (server, mut bytes) = filled("start-newer");
    // The record as it lies in the file: the key, then the version in four bytes.
    let record = b"schema\x00\x00\x00";
    let places: Vec<usize> = (0..bytes.len() - record.len())
        .filter(|at| bytes[*at..].starts_with(record))
        .collect();
    assert!(!places.is_empty(), "the schema's version was not found");
    for at in places {
        bytes[at + record.len()] = 99;
    }
    let file = server.data().join("data.mdb");
    fs::write(&file, &bytes).unwrap();
    for words in [&SERVE[..], &["check"], &["user", "list"]] {
        wants_sentence(&outcome(&server, words), "newer davbox");
    }
}

#[test]
fn a_data_file_that_was_cut_off_is_refused_with_a_sentence() {
    for part in [1, 2, 3] {
        let (server, bytes) = filled(&format!("start-cut-{part}"));
        let length = bytes.len() * part / 4 / 4096 * 4096;
        fs::write(server.data().join("data.mdb"), &bytes[..length]).unwrap();
        for words in [&["check"][..], &SERVE] {
            println!("{part} quarters, {words:?}");
            wants_sentence(&outcome(&server, words), "");
        }
    }
}
