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

impl View<'_> {
    /// All that are stored, by name.
    ///
    /// # Errors
    /// The store's.
    pub fn settings(&self) -> Result<Vec<(String, String)>, Error> {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let mut all = Vec::new();
        for entry in self.tables.setting.iter(self.txn)? {
            let (name, value) = entry?;
            all.push((text(name), text(value)));
        }
        Ok(all)
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
