//! Settings as text; their names, types and bounds are rows of `crate::settings`.

use super::environment::View;
use super::writer::Writing;
use super::{Error, Failure};

impl<'t> View<'t> {
    /// # Errors
    /// The store's.
    pub fn setting(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self
            .tables
            .setting
            .get(self.txn, name.as_bytes())?
            .map(|v| String::from_utf8_lossy(v).into_owned()))
    }
}

impl Writing<'_> {
    /// # Errors
    /// The store's.
    pub fn put_setting(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        self.put(self.tables.setting, name.as_bytes(), value.as_bytes())?;
        self.bump_generation()?;
        Ok(())
    }
}
