//! What the rest of the house holds of the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::environment::{Environment, Snapshot};
use super::writer::{Writer, Writing};
use super::{Error, Failure};

/// Shared handle; cheap to clone.
#[derive(Clone)]
pub struct Store {
    environment: Arc<Environment>,
    writer: Arc<Writer>,
}

impl Store {
    /// Opens the store in `folder` and makes it if it is not there.
    ///
    /// # Errors
    /// [`Error::Newer`] for a schema this program does not know; [`Error::Io`] otherwise.
    pub fn open(folder: &Path) -> Result<Store, Error> {
        let environment = Arc::new(Environment::open(folder)?);
        let writer = Arc::new(Writer::start(environment.clone())?);
        let store = Store {
            environment,
            writer,
        };
        store.migrate()?;
        Ok(store)
    }

    /// # Errors
    /// [`Error::Io`] when the environment refuses a transaction.
    pub fn snapshot(&self) -> Result<Snapshot<'_>, Error> {
        self.environment.snapshot()
    }

    /// Runs `command` in the writer's next transaction; answers once it is durable. `command` may
    /// run more than once (after the map has grown) and checks everything before it writes.
    pub async fn write<T, F>(&self, command: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnMut(&mut Writing<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let answer = self.writer.submit(false, command)?;
        answer.await.unwrap_or(Err(Failure::Error(Error::Closed)))
    }

    /// [`Store::write`] for a command that makes room; it works in a full store too.
    pub async fn remove<T, F>(&self, command: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnMut(&mut Writing<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let answer = self.writer.submit(true, command)?;
        answer.await.unwrap_or(Err(Failure::Error(Error::Closed)))
    }

    /// The same for a caller without a runtime.
    ///
    /// # Errors
    /// What `command` refuses, or the store's failure.
    pub fn write_blocking<T, F>(&self, command: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnMut(&mut Writing<'_>) -> Result<T, Failure> + Send + 'static,
    {
        self.writer
            .submit(false, command)?
            .blocking_recv()
            .unwrap_or(Err(Failure::Error(Error::Closed)))
    }

    /// [`Store::remove`] for a caller without a runtime.
    pub(super) fn remove_blocking<T, F>(&self, command: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnMut(&mut Writing<'_>) -> Result<T, Failure> + Send + 'static,
    {
        self.writer
            .submit(true, command)?
            .blocking_recv()
            .unwrap_or(Err(Failure::Error(Error::Closed)))
    }

    /// Reader slots left behind by killed processes would keep old pages alive.
    pub fn clear_stale_readers(&self) {
        if let Ok(n) = self.environment.clear_stale_readers()
            && n > 0
        {
            log::info!("cleared {n} reader slots that a stopped process left behind");
        }
    }

    /// Folder of the store, for messages.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.environment.folder()
    }

    /// (page size, pages of the file in use, bytes of the map)
    #[must_use]
    pub fn size(&self) -> (usize, usize, usize) {
        self.environment.size()
    }
}
