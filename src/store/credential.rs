//! What a person may sign in with: hashes, never a secret.

use serde::{Deserialize, Serialize};

use super::environment::View;
use super::schema;
use super::writer::Writing;
use super::{Error, Failure, Refused};

const PASSWORD: u8 = 0;
const DEVICE: u8 = 1;

const MOST_DEVICES: usize = 100;

/// A device password: named, revocable, shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    #[serde(skip)]
    pub id: u32,
    pub label: String,
    /// SHA-256 of the 128 random bits, hex. They need no slow hash.
    pub hash: String,
    /// Seconds since 1970.
    pub created: u64,
}

/// What a new device password is filed with.
#[derive(Debug, Clone)]
pub struct NewDevice {
    pub label: String,
    pub hash: String,
    pub now: u64,
}

impl<'t> View<'t> {
    /// The hash string of a person's password.
    ///
    /// # Errors
    /// The store's.
    pub fn password(&self, pid: u32) -> Result<Option<String>, Error> {
        let key = schema::of_credential(pid, PASSWORD, 0);
        Ok(self
            .tables
            .credential
            .get(self.txn, &key)?
            .map(|v| String::from_utf8_lossy(v).into_owned()))
    }

    /// # Errors
    /// The store's.
    pub fn devices(&self, pid: u32) -> Result<Vec<Device>, Error> {
        let key = schema::of_credential(pid, DEVICE, 0);
        let mut all = Vec::new();
        for entry in self.tables.credential.prefix_iter(self.txn, &key[..5])? {
            let (key, record) = entry?;
            let mut device: Device = serde_json::from_slice(record)
                .map_err(|e| Error::Corrupt(format!("a device password: {e}")))?;
            device.id = schema::u32_at(key, 5);
            all.push(device);
        }
        Ok(all)
    }
}

impl Writing<'_> {
    /// # Errors
    /// The store's.
    pub fn put_password(&mut self, pid: u32, hash: &str) -> Result<(), Failure> {
        let key = schema::of_credential(pid, PASSWORD, 0);
        self.put(self.tables.credential, &key, hash.as_bytes())?;
        self.bump_generation()?;
        Ok(())
    }

    /// The new device's id, rising per person.
    ///
    /// # Errors
    /// [`Refused::TooMany`], or the store's.
    pub fn add_device(&mut self, pid: u32, new: &NewDevice) -> Result<u32, Failure> {
        let devices = self.view().devices(pid)?;
        if devices.len() >= MOST_DEVICES {
            return Err(Refused::TooMany("this person has as many devices as one may").into());
        }
        let id = devices.last().map_or(1, |d| d.id + 1);
        let device = Device {
            id,
            label: new.label.clone(),
            hash: new.hash.clone(),
            created: new.now,
        };
        self.put_device(pid, &device)?;
        Ok(id)
    }

    pub(super) fn put_device(&mut self, pid: u32, device: &Device) -> Result<(), Failure> {
        let record =
            serde_json::to_vec(device).map_err(|e| Error::Corrupt(format!("a device: {e}")))?;
        let key = schema::of_credential(pid, DEVICE, device.id);
        self.put(self.tables.credential, &key, &record)?;
        self.bump_generation()?;
        Ok(())
    }

    /// # Errors
    /// [`Refused::NoSuchCredential`], or the store's.
    pub fn revoke_device(&mut self, pid: u32, id: u32) -> Result<(), Failure> {
        let key = schema::of_credential(pid, DEVICE, id);
        if self.tables.credential.get(&self.txn, &key)?.is_none() {
            return Err(Refused::NoSuchCredential.into());
        }
        self.delete(self.tables.credential, &key)?;
        self.bump_generation()?;
        Ok(())
    }
}
