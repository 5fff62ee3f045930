//! Opens the store, hands out snapshots, grows the map.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use heed::{AnyTls, CommitOrAbort, Env, EnvOpenOptions, MdbError, RoTxn, WithoutTls};
use ring::rand::SecureRandom;

use super::Error;
use super::address_space::{self, Claim, SURROUNDINGS};
use super::reserve::Reserve;
use super::schema::{self, Tables, meta};

/// Address space only: the file holds what was written. 32-bit boards have little of it.
#[cfg(target_pointer_width = "64")]
const FIRST_MAP: usize = 16 << 30;
#[cfg(target_pointer_width = "64")]
const LARGEST_MAP: usize = 1 << 40;
/// Where addresses abound, a map finds its next place anywhere.
#[cfg(target_pointer_width = "64")]
const LONGEST_RUNWAY: usize = FIRST_MAP;
#[cfg(not(target_pointer_width = "64"))]
const FIRST_MAP: usize = 512 << 20;
#[cfg(not(target_pointer_width = "64"))]
const LARGEST_MAP: usize = 1536 << 20;
#[cfg(not(target_pointer_width = "64"))]
const LONGEST_RUNWAY: usize = LARGEST_MAP;

/// What a removal may still use when the map is full: LMDB copies a page before it frees one.
const REMOVAL_RESERVE: usize = 8 << 20;

/// A map grows by doubling, or by what the address space has; less than this is not worth it.
const LEAST_GROWTH: usize = 1 << 20;

/// LMDB maps whole pages of the system; no system has larger ones (arm64 has 64 KiB at most).
const LARGEST_PAGE: usize = 64 << 10;

/// What the rest of the program needs beside the map: uploads under way, stacks of threads, hashes of
/// passwords. A map that took everything would end the process at its next allocation.
const HEADROOM: usize = 96 << 20;

/// The map of a new process where the address space is nearly taken.
const LEAST_MAP: usize = 16 << 20;

const MOST_READERS: u32 = 254;

/// Addresses beside the map that are kept for its growth, and at least for what removals may use.
/// LMDB grows its map by letting go of it and mapping the file anew; where that finds no place there
/// is no way back.
pub(super) type Runway = Option<Claim>;

/// The open environment, shared by readers and the writer.
pub(super) struct Environment {
    env: Env<WithoutTls>,
    pub(super) tables: Tables,
    /// Readers share it for as long as a transaction is open; growing the map takes it alone.
    growth: RwLock<Runway>,
    largest: usize,
    reserve: Reserve,
}

/// A consistent state of the store. Open it, read, drop it: an open snapshot keeps old pages alive.
pub struct Snapshot<'s> {
    txn: RoTxn<'s, WithoutTls>,
    environment: &'s Environment,
    _growth: RwLockReadGuard<'s, Runway>,
}

/// Reads, alike in a snapshot and inside a write.
#[derive(Clone, Copy)]
pub struct View<'t> {
    pub(super) txn: &'t RoTxn<'t, AnyTls>,
    pub(super) tables: &'t Tables,
}

impl<'s> Snapshot<'s> {
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View {
            txn: &self.txn,
            tables: &self.environment.tables,
        }
    }
}

impl<'t> View<'t> {
    /// Random at creation and at every restore: a token or an etag of another life of the store
    /// is never mistaken for one of this life.
    ///
    /// # Errors
    /// The store's.
    pub fn epoch(&self) -> Result<u64, Error> {
        Ok(self
            .tables
            .meta
            .get(self.txn, meta::EPOCH)?
            .map_or(0, |v| schema::u64_at(v, 0)))
    }

    /// Changes when people or settings change.
    ///
    /// # Errors
    /// The store's.
    pub fn generation(&self) -> Result<u64, Error> {
        Ok(self
            .tables
            .meta
            .get(self.txn, meta::GENERATION)?
            .map_or(0, |v| schema::u64_at(v, 0)))
    }
}

impl Environment {
    pub(super) fn open(folder: &Path) -> Result<Environment, Error> {
        let io = |e: std::io::Error| Error::Io(format!("{}: {e}", folder.display()));
        let new = !folder.join("data.mdb").exists();
        make_private_folder(folder).map_err(io)?;
        let limit = map_limit();
        let first = first_map(folder, limit);
        let mut runway = first_runway(first, limit);
        let mut options = EnvOpenOptions::new().read_txn_without_tls();
        options
            .map_size(first)
            .max_readers(MOST_READERS)
            .max_dbs(schema::MOST_TABLES);
        let guard = runway.as_mut().map(|runway| runway.make_place(first));
        // SAFETY: the files in the data folder are written by LMDB alone; its lock file keeps
        // processes apart, and default durability flags are used.
        let env = unsafe { options.open(folder) }
            .map_err(|e| Error::Io(format!("{}: {e}", folder.display())))?;
        drop(guard);
        let short = is_short(folder, &env).map_err(io)?;
        env.clear_stale_readers()?;
        let wtxn = env.write_txn()?;
        let tables: [schema::Table; schema::NAMES.len()] = env
            .create_databases_and_commit(wtxn, |opener, wtxn| -> Result<_, Error> {
                let mut tables = Vec::with_capacity(schema::NAMES.len());
                for name in schema::NAMES {
                    tables.push(opener.create_database(wtxn, Some(name))?);
                }
                let tables: [_; schema::NAMES.len()] = tables
                    .try_into()
                    .map_err(|_| Error::Corrupt("tables".into()))?;
                Ok(CommitOrAbort::<_, ()>::Commit(tables))
            })?
            .commit()
            .ok_or(Error::Closed)?;
        let environment = Environment {
            env,
            tables: tables.into(),
            growth: RwLock::new(runway),
            largest: limit,
            reserve: Reserve::of(folder),
        };
        environment.keep_runway(&mut environment.alone());
        environment.settle_schema()?;
        if short {
            environment.prove_whole()?;
        }
        environment.reserve.fill();
        if new {
            // The entry in the folder must survive a power cut as the data does.
            std::fs::File::open(folder)
                .and_then(|f| f.sync_all())
                .map_err(io)?;
            if let Some(parent) = folder.parent().filter(|p| !p.as_os_str().is_empty()) {
                std::fs::File::open(parent)
                    .and_then(|f| f.sync_all())
                    .map_err(io)?;
            }
        }
        Ok(environment)
    }

    fn prove_whole(&self) -> Result<(), Error> {
        let cut = |what: &str| Error::Corrupt(format!("its file was cut off ({what})"));
        let snapshot = self.snapshot()?;
        let faults = snapshot.view().faults().map_err(|e| cut(&e.to_string()))?;
        match faults.first() {
            Some(fault) => Err(cut(fault)),
            None => Ok(()),
        }
    }

    /// Writes the schema version of a new store, refuses a newer one.
    fn settle_schema(&self) -> Result<(), Error> {
        let mut wtxn = self.env.write_txn()?;
        let found = self
            .tables
            .meta
            .get(&wtxn, meta::SCHEMA)?
            .map(|v| schema::u32_at(v, 0));
        match found {
            // Older ones are migrated by the writer, which can let the map grow.
            Some(1..=schema::VERSION) => Ok(()),
            Some(found) if found > schema::VERSION => Err(Error::Newer { found }),
            Some(found) => Err(Error::Corrupt(format!("schema {found} was never in use"))),
            None => {
                let epoch = new_epoch()?;
                let meta = self.tables.meta;
                meta.put(&mut wtxn, meta::SCHEMA, &schema::of_u32(schema::VERSION))?;
                meta.put(&mut wtxn, meta::EPOCH, &epoch)?;
                meta.put(&mut wtxn, meta::GENERATION, &schema::of_u64(1))?;
                Ok(wtxn.commit()?)
            }
        }
    }

    pub(super) fn snapshot(&self) -> Result<Snapshot<'_>, Error> {
        for _ in 0..2 {
            let growth = self.growth.read().unwrap_or_else(PoisonError::into_inner);
            match self.env.read_txn() {
                Ok(txn) => {
                    return Ok(Snapshot {
                        txn,
                        environment: self,
                        _growth: growth,
                    });
                }
                Err(heed::Error::Mdb(MdbError::MapResized)) => {
                    drop(growth);
                    self.adopt_size()?;
                }
                Err(e) => return Err(e.into()),
            }
        }
        Err(Error::Io("the map keeps changing its size".into()))
    }

    pub(super) fn clear_stale_readers(&self) -> Result<usize, Error> {
        Ok(self.env.clear_stale_readers()?)
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.env.path().to_path_buf()
    }

    /// A write transaction. It holds `growth` as readers do: a reader that finds the map resized
    /// by another process must not resize it under the writer.
    pub(super) fn begin(&self) -> Result<(heed::RwTxn<'_>, RwLockReadGuard<'_, Runway>), Error> {
        for _ in 0..2 {
            let growth = self.growth.read().unwrap_or_else(PoisonError::into_inner);
            match self.env.write_txn() {
                Err(heed::Error::Mdb(MdbError::MapResized)) => {
                    drop(growth);
                    self.adopt_size()?;
                }
                other => return Ok((other?, growth)),
            }
        }
        Err(Error::Io("the map keeps changing its size".into()))
    }

    /// No transaction of this process is open while the guard lives: they share the lock.
    fn alone(&self) -> RwLockWriteGuard<'_, Runway> {
        self.growth.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another process has grown the map.
    fn adopt_size(&self) -> Result<(), Error> {
        self.remap(0, &mut self.alone());
        Ok(())
    }

    /// Doubles the map, between two write transactions, or adds what the address space has. False
    /// when it cannot grow any more.
    pub(super) fn grow(&self) -> bool {
        let mut runway = self.alone();
        let now = self.env.info().map_size;
        let room = whole_pages(self.largest.saturating_sub(now));
        let kept = runway.as_ref().map_or(0, Claim::length);
        let mut more = whole_pages(now.min(room));
        while more >= LEAST_GROWTH
            && kept < more + REMOVAL_RESERVE
            && !address_space::has_place(now + more + REMOVAL_RESERVE, HEADROOM)
        {
            more = whole_pages(more / 2);
        }
        // Less than that only where it is all that the bound leaves.
        if more == 0 || more < LEAST_GROWTH.min(room) {
            return false;
        }
        self.remap(now + more, &mut runway);
        log::info!(
            "the map grew from {} to {} MiB",
            now >> 20,
            (now + more) >> 20
        );
        true
    }

    /// Room in the map that removals alone may use. The size to give back to
    /// [`Environment::close_map_reserve`], or none where the address space has not even that.
    pub(super) fn open_map_reserve(&self) -> Option<usize> {
        let mut runway = self.alone();
        let now = self.env.info().map_size;
        if runway.is_none() && !address_space::has_place(now + REMOVAL_RESERVE, HEADROOM / 2) {
            return None;
        }
        self.remap(now + REMOVAL_RESERVE, &mut runway);
        Some(now)
    }

    /// LMDB keeps what is in use.
    pub(super) fn close_map_reserve(&self, before: usize) {
        self.remap(before, &mut self.alone());
    }

    /// 0 is the size that the file names.
    fn remap(&self, bytes: usize, runway: &mut RwLockWriteGuard<'_, Runway>) {
        let more = bytes.saturating_sub(self.env.info().map_size);
        match &mut **runway {
            Some(kept) if bytes > 0 && kept.length() >= more => kept.give_up(more),
            _ => **runway = None,
        }
        // SAFETY: no transaction is open, as the guard shows.
        if let Err(e) = unsafe { self.env.resize(bytes) } {
            // The map is gone, and reading on would end the process in a worse way. What was
            // acknowledged is on the disk; who started davbox starts it again.
            log::error!(
                "the map could not be made anew with {} MiB: {e}",
                bytes >> 20
            );
            std::process::abort();
        }
        self.keep_runway(runway);
    }

    /// The one that was kept, where it still lies below the map; or a new one.
    fn keep_runway(&self, runway: &mut Runway) {
        let now = self.env.info().map_size;
        let file = self.env.path().join("data.mdb");
        // A map that was made smaller leaves what it does not need any more between them.
        let reaches = |kept: &mut Claim| kept.reaches(&file, now, REMOVAL_RESERVE);
        if runway.as_mut().is_some_and(reaches) {
            return;
        }
        *runway = None;
        let below = |more, headroom| Claim::below(&file, now, more + REMOVAL_RESERVE, headroom);
        let mut more = most_growth(now, self.largest);
        while more >= LEAST_GROWTH {
            *runway = below(more, HEADROOM);
            if runway.is_some() {
                return;
            }
            more = whole_pages(more / 2);
        }
        // Removals may take from what growth has left to the rest of the program.
        *runway = below(0, HEADROOM / 2);
    }

    /// A write that could not be flushed, for want of room on the disk? LMDB says "input/output
    /// error" when only a part of its pages found room.
    pub(super) fn judged(&self, e: Error) -> Error {
        match e {
            Error::Io(_) if self.reserve.disk_is_full() => Error::Full,
            other => other,
        }
    }

    /// Lets go of the room on the disk that is kept for removals; false where there was none.
    pub(super) fn open_disk_reserve(&self) -> bool {
        self.reserve.open()
    }

    pub(super) fn close_disk_reserve(&self) {
        self.reserve.fill();
    }

    /// (page size, pages of the file in use, bytes of the map)
    pub(super) fn size(&self) -> (usize, usize, usize) {
        let info = self.env.info();
        (
            self.env.unnamed_database_stat().page_size as usize,
            info.last_page_number + 1,
            info.map_size,
        )
    }
}

pub(super) fn new_epoch() -> Result<[u8; 8], Error> {
    let mut epoch = [0; 8];
    ring::rand::SystemRandom::new()
        .fill(&mut epoch)
        .map_err(|_| Error::Io("no random numbers from the system".into()))?;
    Ok(epoch)
}

/// True where the file had less than the pages in use, and was made longer. LMDB does not write a
/// page that was taken and given back in one transaction, so a good file may end early; a file that
/// was cut off does too, and reading on would end the process.
fn is_short(folder: &Path, env: &Env<WithoutTls>) -> std::io::Result<bool> {
    let page_size = env.unnamed_database_stat().page_size as u64;
    let needed = page_size * (env.info().last_page_number as u64 + 1);
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(folder.join("data.mdb"))?;
    if file.metadata()?.len() >= needed {
        return Ok(false);
    }
    file.set_len(needed)?;
    Ok(true)
}

fn whole_pages(bytes: usize) -> usize {
    bytes / LARGEST_PAGE * LARGEST_PAGE
}

/// As large as it is meant to be, or as the address space allows, and no less than the file has: LMDB
/// would take that in any case.
fn first_map(folder: &Path, limit: usize) -> usize {
    let mut first = FIRST_MAP.min(limit);
    while first > LEAST_MAP && !address_space::has_place(first + REMOVAL_RESERVE, HEADROOM) {
        first /= 2;
    }
    let file = std::fs::metadata(folder.join("data.mdb")).map_or(0, |m| m.len());
    let pages = usize::try_from(file).map_or(0, |file| file.div_ceil(LARGEST_PAGE));
    first.max(pages.saturating_mul(LARGEST_PAGE))
}

/// A place for the map with its runway below, as much of that as there is.
fn first_runway(first: usize, limit: usize) -> Runway {
    let mut more = most_growth(first, limit);
    loop {
        let length = first
            .checked_add(more)?
            .checked_add(REMOVAL_RESERVE + SURROUNDINGS)?;
        let claim = Claim::anywhere(length, HEADROOM);
        if claim.is_some() || more == 0 {
            return claim;
        }
        more = whole_pages(more / 2);
    }
}

/// What a map may still grow by in one place.
fn most_growth(map: usize, largest: usize) -> usize {
    whole_pages(largest.saturating_sub(map).min(LONGEST_RUNWAY))
}

/// `DAVBOX_MAP_LIMIT` (MiB) lowers the bound, for boards with little address space and for tests
/// that fill a store.
fn map_limit() -> usize {
    std::env::var("DAVBOX_MAP_LIMIT")
        .ok()
        .and_then(|v| v.parse::<usize>().ok())
        .map_or(LARGEST_MAP, |mib| (mib.max(1) << 20).min(LARGEST_MAP))
}

/// Hashes of passwords lie in the folder: it is for its owner only.
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}
