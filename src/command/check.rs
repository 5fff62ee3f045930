//! `davbox check`: every invariant of the store; exit 1 and a list where one is broken.

use std::path::PathBuf;

use lexopt::Parser;

use super::{Done, Failed, open_existing, say, usage};

pub fn run(mut parser: Parser, data: PathBuf) -> Done {
    if let Some(word) = parser.next().map_err(usage)? {
        return Err(usage(word.unexpected()));
    }
    let store = open_existing(&data)?;
    let report = store.check()?;
    say(&format!(
        "{} users, {} collections, {} objects, {} bytes; file {} KiB in pages of {} bytes\n",
        report.principals,
        report.collections,
        report.objects,
        report.bytes,
        report.file_bytes / 1024,
        report.page_size,
    ))?;
    if report.faults.is_empty() {
        return say("Everything is in order.\n");
    }
    for fault in &report.faults {
        say(&format!("- {fault}\n"))?;
    }
    if report.stale_entries > 0 {
        store.rebuild_index()?;
        say("The index was made anew from the entries; look again.\n")?;
    }
    Err(Failed::because(format!(
        "{} invariants of the store are broken.",
        report.faults.len()
    )))
}
