//! Group commit: one thread owns the write transaction and commits many commands with one fsync.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, RwLockReadGuard};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::environment::{Environment, Runway, View};
use super::schema::{self, Tables, meta};
use super::{Error, Failure};

/// Commands in one transaction. LMDB keeps dirty pages in memory until the commit.
const BATCH: usize = 128;

/// How long a commit waits for commands that are expected because the last commit had company.
/// A lone writer never waits.
const GATHER: Duration = Duration::from_micros(800);

/// One write transaction, as a command sees it.
pub struct Writing<'e> {
    pub(super) txn: heed::RwTxn<'e>,
    _growth: RwLockReadGuard<'e, Runway>,
    pub(super) tables: &'e Tables,
    counter: Counter,
    counted: Counter,
    /// Writes so far, to notice a command that wrote before it refused.
    writes: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Counter {
    revision: u64,
    next_cid: u32,
    next_pid: u32,
}

impl<'e> Writing<'e> {
    fn begin(environment: &'e Environment) -> Result<Writing<'e>, Error> {
        let (txn, growth) = environment.begin()?;
        let tables = &environment.tables;
        let counter = match tables.meta.get(&txn, meta::COUNTER)? {
            Some(v) => Counter {
                revision: schema::u64_at(v, 0),
                next_cid: schema::u32_at(v, 8),
                next_pid: schema::u32_at(v, 12),
            },
            None => Counter {
                revision: 0,
                next_cid: 1,
                next_pid: 1,
            },
        };
        Ok(Writing {
            txn,
            _growth: growth,
            tables,
            counter,
            counted: counter,
            writes: 0,
        })
    }

    fn commit(mut self) -> Result<(), Error> {
        if self.writes == 0 {
            self.txn.abort();
            return Ok(());
        }
        if self.counter != self.counted {
            let mut value = [0; 16];
            value[..8].copy_from_slice(&self.counter.revision.to_be_bytes());
            value[8..12].copy_from_slice(&self.counter.next_cid.to_be_bytes());
            value[12..].copy_from_slice(&self.counter.next_pid.to_be_bytes());
            self.tables.meta.put(&mut self.txn, meta::COUNTER, &value)?;
        }
        Ok(self.txn.commit()?)
    }

    /// Reads that see what this transaction has written.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View {
            txn: &self.txn,
            tables: self.tables,
        }
    }

    pub(super) fn next_revision(&mut self) -> u64 {
        self.counter.revision += 1;
        self.counter.revision
    }

    pub(super) fn next_cid(&mut self) -> u32 {
        let cid = self.counter.next_cid;
        self.counter.next_cid += 1;
        cid
    }

    pub(super) fn next_pid(&mut self) -> u32 {
        let pid = self.counter.next_pid;
        self.counter.next_pid += 1;
        pid
    }

    pub(super) fn put(
        &mut self,
        table: schema::Table,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), Error> {
        self.writes += 1;
        Ok(table.put(&mut self.txn, key, value)?)
    }

    /// For keys that rise: LMDB fills pages instead of splitting them.
    pub(super) fn append(
        &mut self,
        table: schema::Table,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), Error> {
        self.writes += 1;
        Ok(table.put_with_flags(&mut self.txn, heed::PutFlags::APPEND, key, value)?)
    }

    pub(super) fn delete(&mut self, table: schema::Table, key: &[u8]) -> Result<bool, Error> {
        self.writes += 1;
        Ok(table.delete(&mut self.txn, key)?)
    }

    /// Removes every entry whose key begins with `prefix`.
    pub(super) fn delete_prefix(
        &mut self,
        table: schema::Table,
        prefix: &[u8],
    ) -> Result<(), Error> {
        self.writes += 1;
        let mut iter = table.prefix_iter_mut(&mut self.txn, prefix)?;
        while iter.next().transpose()?.is_some() {
            // SAFETY: no key or value of the iterator is kept across the deletion.
            unsafe { iter.del_current()? };
        }
        Ok(())
    }

    pub(super) fn clear(&mut self, table: schema::Table) -> Result<(), Error> {
        self.writes += 1;
        Ok(table.clear(&mut self.txn)?)
    }

    /// Begins another life of the store: no token and no etag of the one before holds in it.
    pub(super) fn renew_epoch(&mut self) -> Result<u64, Error> {
        let epoch = super::environment::new_epoch()?;
        self.put(self.tables.meta, meta::EPOCH, &epoch)?;
        self.bump_generation()?;
        self.view().epoch()
    }

    pub(super) fn bump_generation(&mut self) -> Result<(), Error> {
        let next = self.view().generation()? + 1;
        self.put(self.tables.meta, meta::GENERATION, &schema::of_u64(next))
    }
}

trait Job: Send {
    fn removes(&self) -> bool;
    /// Runs the command. `Break` asks for the whole transaction to be thrown away.
    fn apply(&mut self, writing: &mut Writing<'_>) -> ControlFlow<Error>;
    /// Tells the caller, after the commit or its failure.
    fn answer(self: Box<Self>, outcome: Result<(), Error>);
}

struct Command<T, F> {
    removes: bool,
    run: F,
    result: Option<Result<T, Failure>>,
    caller: oneshot::Sender<Result<T, Failure>>,
}

impl<T, F> Job for Command<T, F>
where
    T: Send,
    F: FnMut(&mut Writing<'_>) -> Result<T, Failure> + Send,
{
    fn removes(&self) -> bool {
        self.removes
    }

    fn apply(&mut self, writing: &mut Writing<'_>) -> ControlFlow<Error> {
        let before = writing.writes;
        // Of an earlier attempt.
        self.result = None;
        let run = AssertUnwindSafe(|| (self.run)(writing));
        let result = catch_unwind(run).unwrap_or_else(|_| {
            Err(Failure::Error(Error::Io(
                "a command broke off; see the log".into(),
            )))
        });
        if let Err(Failure::Error(e)) = &result {
            return ControlFlow::Break(e.clone());
        }
        if result.is_err() && writing.writes != before {
            log::error!("a refused command had written; its transaction is thrown away");
            self.result = Some(result);
            return ControlFlow::Break(Error::Io("a refused command had written".into()));
        }
        self.result = Some(result);
        ControlFlow::Continue(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), Error>) {
        let answer = match (self.result, outcome) {
            // A refusal changes nothing, so it stands whatever became of the others.
            (Some(Err(refused)), _) => Err(refused),
            (_, Err(e)) => Err(Failure::Error(e)),
            (Some(done), Ok(())) => done,
            (None, Ok(())) => Err(Failure::Error(Error::Closed)),
        };
        // A caller that went away does not want to know.
        let _ = self.caller.send(answer);
    }
}

pub(super) struct Writer {
    queue: Mutex<Option<Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(environment: Arc<Environment>) -> Result<Writer, Error> {
        let (queue, commands) = channel();
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || work(&environment, &commands))
            .map_err(|e| Error::Io(e.to_string()))?;
        Ok(Writer {
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        })
    }

    pub(super) fn submit<T, F>(
        &self,
        removes: bool,
        run: F,
    ) -> Result<oneshot::Receiver<Result<T, Failure>>, Error>
    where
        T: Send + 'static,
        F: FnMut(&mut Writing<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let job: Box<dyn Job> = Box::new(Command {
            removes,
            run,
            result: None,
            caller,
        });
        let queue = self.queue.lock().map_err(|_| Error::Closed)?;
        match &*queue {
            Some(queue) if queue.send(job).is_ok() => Ok(answer),
            _ => Err(Error::Closed),
        }
    }
}

impl Drop for Writer {
    /// What was submitted is still committed.
    fn drop(&mut self) {
        if let Ok(mut queue) = self.queue.lock() {
            queue.take();
        }
        if let Ok(mut thread) = self.thread.lock()
            && let Some(thread) = thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

fn work(environment: &Environment, commands: &Receiver<Box<dyn Job>>) {
    let mut company = 1;
    while let Ok(first) = commands.recv() {
        let mut batch = vec![first];
        gather(commands, &mut batch, company);
        company = batch.len();
        run(environment, batch);
    }
}

/// Takes what waits; where the last commit had company, waits a moment for it to come back, so
/// that 64 writers share an fsync even on a disk whose fsync is faster than their next request.
fn gather(commands: &Receiver<Box<dyn Job>>, batch: &mut Vec<Box<dyn Job>>, company: usize) {
    let deadline = Instant::now() + GATHER;
    while batch.len() < BATCH {
        match commands.try_recv() {
            Ok(job) => batch.push(job),
            Err(_) if batch.len() >= company => return,
            Err(_) => {
                let left = deadline.saturating_duration_since(Instant::now());
                match commands.recv_timeout(left) {
                    Ok(job) => batch.push(job),
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
                }
            }
        }
    }
}

fn run(environment: &Environment, mut batch: Vec<Box<dyn Job>>) {
    match attempt(environment, &mut batch) {
        Ok(()) => {
            for job in batch {
                job.answer(Ok(()));
            }
        }
        Err(Error::MapFull) if environment.grow() => run(environment, batch),
        // One of them is at fault, or there is no room for all: each on its own.
        Err(_) if batch.len() > 1 => {
            for job in batch {
                run(environment, vec![job]);
            }
        }
        Err(Error::Full | Error::MapFull) => alone_in_a_full_store(environment, batch),
        Err(e) => {
            log::error!("a write failed: {e}");
            for job in batch {
                job.answer(Err(e.clone()));
            }
        }
    }
}

/// A removal makes room, but LMDB copies a page before it frees one: it may use a reserve that
/// nothing else gets.
fn alone_in_a_full_store(environment: &Environment, mut batch: Vec<Box<dyn Job>>) {
    let mut outcome = Err(Error::Full);
    if batch.iter().all(|job| job.removes()) {
        let disk = environment.open_disk_reserve();
        let map = environment.open_map_reserve();
        if disk || map.is_some() {
            outcome = attempt(environment, &mut batch);
        }
        if let Some(before) = map {
            environment.close_map_reserve(before);
        }
        if disk {
            environment.close_disk_reserve();
        }
    }
    if let Err(e) = &outcome {
        log::error!("a write failed: {e}");
    }
    for job in batch {
        job.answer(outcome.clone());
    }
}

fn attempt(environment: &Environment, batch: &mut [Box<dyn Job>]) -> Result<(), Error> {
    let mut writing = Writing::begin(environment)?;
    for job in batch.iter_mut() {
        if let ControlFlow::Break(e) = job.apply(&mut writing) {
            writing.txn.abort();
            return Err(environment.judged(e));
        }
    }
    writing.commit().map_err(|e| environment.judged(e))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::super::{Failure, Refused};

    #[test]
    fn a_refusal_does_not_harm_its_company() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        std::thread::scope(|scope| {
            for i in 0..40 {
                let trial = &trial;
                scope.spawn(move || {
                    // Every second one wants a UID that is taken.
                    let uid = if i % 2 == 0 {
                        format!("u{i}")
                    } else {
                        "same".into()
                    };
                    let _ = trial.put(cid, &format!("{i}"), &uid, "x");
                });
            }
        });
        assert_eq!(trial.calendar().count, 21);
        assert_eq!(trial.faults(), Vec::<String>::new());
    }

    #[test]
    fn a_command_that_wrote_before_it_refused_leaves_no_trace() {
        let trial = Trial::new();
        let before = trial.calendar();
        let result: Result<(), Failure> = trial.store.write_blocking(|w| {
            w.put_setting("trace", "left")?;
            Err(Refused::NoSuchObject.into())
        });
        assert!(matches!(
            result,
            Err(Failure::Refused(Refused::NoSuchObject))
        ));
        let snapshot = trial.store.snapshot().unwrap();
        assert_eq!(snapshot.view().setting("trace").unwrap(), None);
        assert_eq!(trial.calendar(), before);
    }

    #[test]
    fn a_command_that_panics_is_an_error_and_the_writer_goes_on() {
        let trial = Trial::new();
        let result: Result<(), Failure> = trial.store.write_blocking(|_| panic!("on purpose"));
        assert!(matches!(result, Err(Failure::Error(_))));
        let cid = trial.calendar().cid;
        trial.put(cid, "a", "1", "x").unwrap();
    }
}
