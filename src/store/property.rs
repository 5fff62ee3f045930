//! Properties a client has set, live or dead: the element as XML, with its namespaces.

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

    /// False where no property is stored for any resource of the collection but itself: a listing
    /// then need not look.
    ///
    /// # Errors
    /// The store's.
    pub fn members_have_properties(&self, cid: u32) -> Result<bool, Error> {
        let from = schema::of_u32_u64(cid, 1);
        let next = self
            .tables
            .property
            .get_greater_than_or_equal_to(self.txn, &from[..])?;
        Ok(next.is_some_and(|(key, _)| schema::u32_at(key, 0) == cid))
    }
}

impl Writing<'_> {
    /// Sets (`Some`) and removes (`None`) in order; all or nothing.
    ///
    /// # Errors
    /// [`Refused::TooMany`], [`Refused::PropertyName`], or the store's.
    pub fn patch_properties(
        &mut self,
        cid: u32,
        oid: u64,
        patch: &[(PropertyName, Option<Vec<u8>>)],
    ) -> Result<(), Failure> {
        let mut keys = Vec::with_capacity(patch.len());
        for (name, _) in patch {
            keys.push(
                schema::of_property(cid, oid, &name.namespace, &name.name)
                    .ok_or(Refused::PropertyName)?,
            );
        }
        let setting = patch.iter().filter(|(_, value)| value.is_some()).count();
        if setting > 0 && self.view().properties(cid, oid)?.len() + setting > MOST_PROPERTIES {
            return Err(Refused::TooMany("this resource has as many properties as one may").into());
        }
        for (key, (_, value)) in keys.iter().zip(patch) {
            match value {
                Some(value) => self.put(self.tables.property, key, value)?,
                None => {
                    self.delete(self.tables.property, key)?;
                }
            }
        }
        Ok(())
    }

    /// Copies what is stored for one resource to another.
    pub(super) fn copy_properties(
        &mut self,
        from: (u32, u64),
        to: (u32, u64),
    ) -> Result<(), Failure> {
        let prefix = schema::of_u32_u64(from.0, from.1);
        let mut all = Vec::new();
        for entry in self.tables.property.prefix_iter(&self.txn, &prefix)? {
            let (key, value) = entry?;
            let mut target = schema::of_u32_u64(to.0, to.1).to_vec();
            target.extend_from_slice(&key[prefix.len()..]);
            all.push((target, value.to_vec()));
        }
        for (key, value) in all {
            self.put(self.tables.property, &key, &value)?;
        }
        Ok(())
    }
}
