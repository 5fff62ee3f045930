//! Properties a client has set, live or dead: the element as XML, with its namespaces.

use std::collections::BTreeMap;

use super::collection::Collection;
use super::environment::View;
use super::schema;
use super::writer::Writing;
use super::{Error, Failure, Refused};

/// Per resource.
const MOST_PROPERTIES: usize = 200;

/// (namespace, local name)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertyName {
    pub namespace: String,
    pub name: String,
}

impl<'t> View<'t> {
    /// The stored element; `oid` 0 is the collection itself.
    ///
    /// # Errors
    /// The store's.
    pub fn property(
        &self,
        cid: u32,
        oid: u64,
        namespace: &str,
        name: &str,
    ) -> Result<Option<&'t [u8]>, Error> {
        match schema::of_property(cid, oid, namespace, name) {
            Some(key) => Ok(self.tables.property.get(self.txn, &key)?),
            None => Ok(None),
        }
    }

    /// All stored properties of a resource, in the order of their names.
    ///
    /// # Errors
    /// The store's.
    pub fn properties(&self, cid: u32, oid: u64) -> Result<Vec<(PropertyName, &'t [u8])>, Error> {
        let prefix = schema::of_u32_u64(cid, oid);
        let mut all = Vec::new();
        for entry in self.tables.property.prefix_iter(self.txn, &prefix)? {
            let (key, value) = entry?;
            let full = String::from_utf8_lossy(&key[prefix.len()..]);
            let (namespace, name) = full.split_once('\0').unwrap_or(("", &full));
            all.push((
                PropertyName {
                    namespace: namespace.into(),
                    name: name.into(),
                },
                value,
            ));
        }
        Ok(all)
    }
}

impl View<'_> {
    /// Bytes of all properties whose keys begin with `prefix`.
    pub(super) fn property_bytes(&self, prefix: &[u8]) -> Result<u64, Error> {
        let mut sum = 0;
        for entry in self.tables.property.prefix_iter(self.txn, prefix)? {
            let (key, value) = entry?;
            sum += size(key, value);
        }
        Ok(sum)
    }
}

impl Writing<'_> {
    /// Sets (`Some`) and removes (`None`) in order; all or nothing. What is stored counts among the
    /// bytes of `collection`, whose record the caller writes.
    ///
    /// # Errors
    /// [`Refused::TooMany`], [`Refused::PropertyName`], [`Refused::OverQuota`], or the store's.
    pub(super) fn patch_properties(
        &mut self,
        collection: &mut Collection,
        oid: u64,
        patch: &[(PropertyName, Option<Vec<u8>>)],
        quota: u64,
    ) -> Result<(), Failure> {
        let cid = collection.cid;
        // The last instruction for a name counts.
        let mut wanted: BTreeMap<Vec<u8>, Option<&[u8]>> = BTreeMap::new();
        for (name, value) in patch {
            let key = schema::of_property(cid, oid, &name.namespace, &name.name)
                .ok_or(Refused::PropertyName)?;
            wanted.insert(key, value.as_deref());
        }
        let (mut more, mut less, mut added) = (0, 0, 0);
        for (key, value) in &wanted {
            let old = self.tables.property.get(&self.txn, key)?;
            less += old.map_or(0, |old| size(key, old));
            more += value.map_or(0, |new| size(key, new));
            added += usize::from(old.is_none() && value.is_some());
        }
        if added > 0 && self.view().properties(cid, oid)?.len() + added > MOST_PROPERTIES {
            return Err(Refused::TooMany("this resource has as many properties as one may").into());
        }
        self.room(collection, more, less, quota)?;
        for (key, value) in &wanted {
            match value {
                Some(value) => self.put(self.tables.property, key, value)?,
                None => {
                    self.delete(self.tables.property, key)?;
                }
            }
        }
        collection.bytes = (collection.bytes + more).saturating_sub(less);
        Ok(())
    }

    /// Copies what is stored for one resource to another, which lies in `target`.
    pub(super) fn copy_properties(
        &mut self,
        from: (u32, u64),
        target: &mut Collection,
        oid: u64,
    ) -> Result<(), Failure> {
        let prefix = schema::of_u32_u64(from.0, from.1);
        let mut all = Vec::new();
        for entry in self.tables.property.prefix_iter(&self.txn, &prefix)? {
            let (key, value) = entry?;
            let mut copy = schema::of_u32_u64(target.cid, oid).to_vec();
            copy.extend_from_slice(&key[prefix.len()..]);
            all.push((copy, value.to_vec()));
        }
        for (key, value) in all {
            target.bytes += size(&key, &value);
            self.put(self.tables.property, &key, &value)?;
        }
        Ok(())
    }

    /// Removes what is stored for an object of `collection`.
    pub(super) fn drop_properties(
        &mut self,
        collection: &mut Collection,
        oid: u64,
    ) -> Result<(), Failure> {
        let prefix = schema::of_u32_u64(collection.cid, oid);
        let sum = self.view().property_bytes(&prefix)?;
        if sum > 0 {
            self.delete_prefix(self.tables.property, &prefix)?;
            collection.bytes = collection.bytes.saturating_sub(sum);
        }
        Ok(())
    }
}

/// What a stored property counts: its name and its value.
fn size(key: &[u8], value: &[u8]) -> u64 {
    (key.len() - PLACE + value.len()) as u64
}

/// Bytes of a key before the name: cid and oid.
const PLACE: usize = 12;
