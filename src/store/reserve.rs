//! Room on the disk that is kept for removals: LMDB copies a page before it frees one, so a full
//! disk would not even let a person delete something.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use nix::fcntl::{FallocateFlags, fallocate};
use nix::sys::statvfs::statvfs;

/// Enough for the pages that some hundred removals copy.
const BYTES: i64 = 2 << 20;
/// With less than this left, a failed write is one that found no room.
const NEARLY_NOTHING: u64 = 256 << 10;

pub(super) struct Reserve {
    file: PathBuf,
}

impl Reserve {
    pub(super) fn of(folder: &Path) -> Reserve {
        Reserve {
            file: folder.join("reserve"),
        }
    }

    /// Takes the room, where there is some to take.
    pub(super) fn fill(&self) {
        if std::fs::metadata(&self.file).is_ok_and(|m| m.len() >= BYTES as u64) {
            return;
        }
        let made = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&self.file)
            .and_then(|file: File| {
                fallocate(&file, FallocateFlags::empty(), 0, BYTES).map_err(Into::into)
            });
        if made.is_err() {
            let _ = std::fs::remove_file(&self.file);
        }
    }

    pub(super) fn open(&self) -> bool {
        std::fs::remove_file(&self.file).is_ok()
    }

    pub(super) fn disk_is_full(&self) -> bool {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        #[allow(clippy::unnecessary_cast, clippy::useless_conversion)]
        statvfs(folder).is_ok_and(|disk| {
            u64::from(disk.blocks_available()) * (disk.fragment_size() as u64) < NEARLY_NOTHING
        })
    }
}
