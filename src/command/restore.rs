//! `davbox restore`: a backup becomes the content of the store, beside a running server too.

use std::fs::File;
use std::path::{Path, PathBuf};

use lexopt::prelude::*;

use super::{Done, Failed, open, say, usage};
use crate::store::{Failure, archive};

pub fn run(mut parser: lexopt::Parser, data: PathBuf) -> Done {
    let mut source = None;
    let mut replace = false;
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Long("replace") => replace = true,
            Value(value) if source.is_none() => source = Some(PathBuf::from(value)),
            other => return Err(usage(other.unexpected())),
        }
    }
    let source = source.ok_or_else(|| Failed::usage("say the file to restore."))?;
    let said = |e: &dyn std::fmt::Display| Failed::because(format!("{}: {e}.", source.display()));
    let mut file = open_regular(&source)?;
    // All of it is read before the store is touched, or even made.
    archive::inspect(&mut file).map_err(|e| said(&e))?;
    let store = open(&data)?;
    let contents = store.restore(file, replace).map_err(|e| match e {
        Failure::Refused(r) => Failed::because(format!(
            "{r}. With --replace the backup takes the place of everything in {}.",
            data.display()
        )),
        Failure::Error(e) => said(&e),
    })?;
    say(&format!(
        "{} users, {} collections, {} objects, {} bytes are restored. Clients read everything anew.\n",
        contents.people, contents.collections, contents.objects, contents.bytes,
    ))
}

/// It is read more than once.
fn open_regular(source: &Path) -> Result<File, Failed> {
    let failed = |e: std::io::Error| Failed::because(format!("{}: {e}.", source.display()));
    let file = File::open(source).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(Failed::because(format!(
            "{} is not a file; a backup is read more than once.",
            source.display()
        )));
    }
    Ok(file)
}
