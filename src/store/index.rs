//! What is kept of each object beside its header, so that a query opens no body: of a calendar object
//! when it is, of a contact what people search in.

use super::environment::View;
use super::object::Header;
use super::schema;
use super::writer::Writing;
use super::{Error, Failure};
use crate::calendar::index::{self as times, Entry, Extent};
use crate::contact::index as cards;

/// Computed before the command waits for the writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filed {
    Time(Entry),
    /// [`cards::excerpt`]
    Card(Vec<u8>),
}

impl Filed {
    /// Of bytes that were read as such an object before: `component` is 0 for a contact.
    #[must_use]
    pub fn of(bytes: &[u8], component: u8) -> Filed {
        match component {
            0 => Filed::Card(cards::excerpt(bytes)),
            _ => Filed::Time(times::entry(bytes)),
        }
    }

    /// What the header keeps of it: where the entry lies.
    pub(super) fn extent(&self) -> Option<Extent> {
        match self {
            Filed::Time(entry) => Some(entry.extent),
            Filed::Card(_) => None,
        }
    }
}

/// What the entries of this program are made with. Another database of time zones makes others.
fn made_with() -> String {
    let zones = crate::zone::database::version();
    format!("{} {} {zones}", times::VERSION, cards::VERSION)
}

impl View<'_> {
    /// Whether the entries are those that this program would make.
    pub(super) fn is_indexed(&self) -> Result<bool, Error> {
        let made = self.tables.meta.get(self.txn, schema::meta::INDEX)?;
        Ok(made == Some(made_with().as_bytes()))
    }

    /// What is kept of an object.
    pub(super) fn filed(&self, cid: u32, header: &Header<'_>) -> Result<Option<Filed>, Error> {
        if header.component() != 0 {
            return Ok(self.entry(cid, header)?.map(Filed::Time));
        }
        let key = schema::of_u32_u64(cid, header.oid);
        let excerpt = self.tables.card.get(self.txn, &key)?;
        Ok(excerpt.map(|excerpt| Filed::Card(excerpt.to_vec())))
    }
}

impl Writing<'_> {
    pub(super) fn put_filed(&mut self, cid: u32, oid: u64, filed: &Filed) -> Result<(), Error> {
        match filed {
            Filed::Time(entry) => self.put_entry(cid, oid, entry),
            Filed::Card(excerpt) => {
                self.put(self.tables.card, &schema::of_u32_u64(cid, oid), excerpt)
            }
        }
    }

    /// `extent` is what the header says, of a calendar object.
    pub(super) fn delete_filed(
        &mut self,
        cid: u32,
        oid: u64,
        extent: Option<Extent>,
    ) -> Result<(), Error> {
        match extent {
            Some(extent) => self.delete_entry(cid, oid, extent),
            None => self
                .delete(self.tables.card, &schema::of_u32_u64(cid, oid))
                .map(drop),
        }
    }

    /// Makes everything anew from what clients stored.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn rebuild_index(&mut self) -> Result<(), Failure> {
        self.clear(self.tables.time)?;
        self.clear(self.tables.card)?;
        let mut all = Vec::new();
        for entry in self.tables.header.iter(&self.txn)? {
            let key = entry?.0;
            all.push((schema::u32_at(key, 0), schema::u64_at(key, 4)));
        }
        for (cid, oid) in all {
            let view = self.view();
            let Some(header) = view.header(cid, oid)? else {
                continue;
            };
            // A body that is missing is for `check` to tell.
            let Some(body) = self.tables.body.get(&self.txn, &schema::of_u64(oid))? else {
                continue;
            };
            let filed = Filed::of(body, header.component());
            if let Some(extent) = filed.extent() {
                let renewed = header.with_extent(extent);
                self.put(self.tables.header, &schema::of_u32_u64(cid, oid), &renewed)?;
            }
            self.put_filed(cid, oid, &filed)?;
        }
        let made_with = made_with();
        self.put(self.tables.meta, schema::meta::INDEX, made_with.as_bytes())?;
        Ok(())
    }
}
