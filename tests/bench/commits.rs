//! How many times the store was committed, read from outside: LMDB numbers its transactions and
//! writes the number of the last into one of two meta pages. A commit flushes the pages with one
//! fdatasync and then writes the meta page through a descriptor opened with O_DSYNC.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

const MAGIC: u32 = 0xBEEF_C0DE;

/// Where a 64-bit LMDB 0.9 keeps these within a meta page, its page header of 16 bytes included.
mod at {
    pub const MAGIC: usize = 16;
    pub const PAGE_SIZE: usize = 40;
    pub const TRANSACTION: usize = 144;
    pub const END: usize = 152;
}

pub struct Commits(File);

impl Commits {
    pub fn of(data: &Path) -> io::Result<Commits> {
        let path =
            search(data)?.ok_or_else(|| io::Error::other("no data.mdb in the data folder"))?;
        let commits = Commits(File::open(path)?);
        commits.count()?;
        Ok(commits)
    }

    pub fn count(&self) -> io::Result<u64> {
        let first = self.meta(0)?;
        let second = self.meta(u64::from(number(&first, at::PAGE_SIZE)))?;
        Ok(transaction(&first).max(transaction(&second)))
    }

    fn meta(&self, offset: u64) -> io::Result<[u8; at::END]> {
        let mut meta = [0; at::END];
        self.0.read_exact_at(&mut meta, offset)?;
        if number(&meta, at::MAGIC) != MAGIC {
            return Err(io::Error::other(
                "data.mdb is not as LMDB 0.9 writes it on 64 bit",
            ));
        }
        Ok(meta)
    }
}

fn number(meta: &[u8; at::END], from: usize) -> u32 {
    u32::from_ne_bytes(meta[from..from + 4].try_into().expect("four bytes"))
}

fn transaction(meta: &[u8; at::END]) -> u64 {
    u64::from_ne_bytes(
        meta[at::TRANSACTION..at::END]
            .try_into()
            .expect("eight bytes"),
    )
}

fn search(folder: &Path) -> io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            if let Some(found) = search(&entry.path())? {
                return Ok(Some(found));
            }
        } else if entry.file_name() == "data.mdb" {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}
