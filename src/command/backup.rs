//! `davbox backup`: everything into one portable file, beside a running server.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use lexopt::prelude::*;

use super::{Done, Failed, open_existing, say, usage};
use crate::store::Store;
use crate::store::archive::{self, Contents};

pub fn run(mut parser: lexopt::Parser, data: PathBuf) -> Done {
    let mut target = None;
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Value(value) if target.is_none() => target = Some(value),
            other => return Err(usage(other.unexpected())),
        }
    }
    let target = target.ok_or_else(|| Failed::usage("say the file to write, or - ."))?;
    let store = open_existing(&data)?;
    if target == "-" {
        let out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
        archive::back_up(store.snapshot()?.view(), out, crate::dav::now())?;
        return Ok(());
    }
    let contents = to_file(&store, Path::new(&target))?;
    say(&format!(
        "{} users, {} collections, {} objects, {} bytes are in {}.\n",
        contents.people,
        contents.collections,
        contents.objects,
        contents.bytes,
        Path::new(&target).display(),
    ))
}

/// Under another name until it is whole and on the disk, so that a backup that breaks off leaves
/// the last good one. It holds hashes of passwords: it is for its owner only.
fn to_file(store: &Store, target: &Path) -> Result<Contents, Failed> {
    let mut part = OsString::from(target);
    part.push(".part");
    let part = PathBuf::from(part);
    let io = |e: std::io::Error| Failed::because(format!("{}: {e}.", part.display()));
    match fs::remove_file(&part) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(io(e)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let file = options.open(&part).map_err(io)?;
    let written = write(store, file).and_then(|contents| {
        fs::rename(&part, target)
            .map_err(|e| Failed::because(format!("{}: {e}.", target.display())))?;
        Ok(contents)
    });
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty());
    // Not every file system lets a folder be synced; the file itself is safe.
    let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|f| f.sync_all());
    written
}

fn write(store: &Store, file: File) -> Result<Contents, Failed> {
    let out = BufWriter::with_capacity(1 << 16, file);
    let (mut out, contents) = archive::back_up(store.snapshot()?.view(), out, crate::dav::now())?;
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(contents)
}
