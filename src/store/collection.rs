//! Collections and the homes that hold them. A home is itself a collection, so that one sync
//! report serves both.

use super::environment::View;
use super::property::PropertyName;
use super::schema::{self, LIVE, REMOVED};
use super::writer::Writing;
use super::{Error, Failure, Refused};

/// In one home, removed ones not counted.
const MOST_COLLECTIONS: usize = 1_000;

/// Objects that one COPY of a collection may take: it is one transaction.
const MOST_COPIED: u64 = 20_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    CalendarHome = 1,
    AddressbookHome = 2,
    Calendar = 3,
    Addressbook = 4,
    Inbox = 5,
    Outbox = 6,
}

impl Kind {
    fn of(byte: u8) -> Option<Kind> {
        Some(match byte {
            1 => Kind::CalendarHome,
            2 => Kind::AddressbookHome,
            3 => Kind::Calendar,
            4 => Kind::Addressbook,
            5 => Kind::Inbox,
            6 => Kind::Outbox,
            _ => return None,
        })
    }

    #[must_use]
    pub fn is_home(self) -> bool {
        matches!(self, Kind::CalendarHome | Kind::AddressbookHome)
    }
}

/// One small record: it answers ctag, sync-token and quota without looking at a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    pub cid: u32,
    pub kind: Kind,
    /// Mask of `calendar::Component::bit`; 0 takes all.
    pub components: u8,
    /// Principal id.
    pub owner: u32,
    /// cid of the home, 0 for a home.
    pub home: u32,
    /// Of the latest change of a member or of the collection's own properties.
    pub revision: u64,
    /// Removals up to this revision are forgotten; an older token is not valid any more.
    pub floor: u64,
    pub count: u64,
    pub bytes: u64,
    /// Remembered removals.
    pub removals: u64,
    /// Seconds since 1970.
    pub created: u64,
    pub slug: String,
}

/// What a new collection is made from.
#[derive(Debug, Clone)]
pub struct NewCollection {
    pub home: u32,
    pub kind: Kind,
    pub owner: u32,
    pub slug: String,
    pub components: u8,
    pub properties: Vec<(PropertyName, Vec<u8>)>,
    pub now: u64,
}

const FIXED: usize = 60;
const REVISION: usize = 12;
const BYTES: usize = 36;

/// Of a record, without reading the rest of it.
pub(super) fn revision_of(record: &[u8]) -> u64 {
    schema::u64_at(record, REVISION)
}

impl Collection {
    fn encode(&self) -> Vec<u8> {
        let mut record = Vec::with_capacity(FIXED + self.slug.len());
        record.extend_from_slice(&[self.kind as u8, self.components, 0, 0]);
        record.extend_from_slice(&self.owner.to_be_bytes());
        record.extend_from_slice(&self.home.to_be_bytes());
        for n in [
            self.revision,
            self.floor,
            self.count,
            self.bytes,
            self.removals,
            self.created,
        ] {
            record.extend_from_slice(&n.to_be_bytes());
        }
        record.extend_from_slice(self.slug.as_bytes());
        record
    }

    fn decode(cid: u32, record: &[u8]) -> Result<Collection, Error> {
        let broken = || Error::Corrupt(format!("the record of collection {cid}"));
        if record.len() < FIXED {
            return Err(broken());
        }
        Ok(Collection {
            cid,
            kind: Kind::of(record[0]).ok_or_else(broken)?,
            components: record[1],
            owner: schema::u32_at(record, 4),
            home: schema::u32_at(record, 8),
            revision: revision_of(record),
            floor: schema::u64_at(record, 20),
            count: schema::u64_at(record, 28),
            bytes: schema::u64_at(record, BYTES),
            removals: schema::u64_at(record, 44),
            created: schema::u64_at(record, 52),
            slug: String::from_utf8(record[FIXED..].to_vec()).map_err(|_| broken())?,
        })
    }

    /// Inbox and outbox come with the person and stay.
    fn is_fixed(&self) -> bool {
        matches!(self.kind, Kind::Inbox | Kind::Outbox) || self.kind.is_home()
    }
}

impl<'t> View<'t> {
    /// # Errors
    /// The store's.
    pub fn collection(&self, cid: u32) -> Result<Option<Collection>, Error> {
        match self.tables.collection.get(self.txn, &schema::of_u32(cid))? {
            Some(record) => Ok(Some(Collection::decode(cid, record)?)),
            None => Ok(None),
        }
    }

    /// The collection of this name in a home.
    ///
    /// # Errors
    /// The store's.
    pub fn member(&self, home: u32, slug: &str) -> Result<Option<Collection>, Error> {
        match self
            .tables
            .home
            .get(self.txn, &schema::of_segment(home, slug))?
        {
            Some(value) => match schema::mark_of(value) {
                (LIVE, cid) => self.collection(cid as u32),
                _ => Ok(None),
            },
            None => Ok(None),
        }
    }

    /// All collections of a home, by slug.
    ///
    /// # Errors
    /// The store's.
    pub fn members(&self, home: u32) -> Result<Vec<Collection>, Error> {
        let mut all = Vec::new();
        self.each_member(home, |cid, record| {
            all.push(Collection::decode(cid, record)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Calls `each` with the cid and the record of every collection of a home.
    pub(super) fn each_member(
        &self,
        home: u32,
        mut each: impl FnMut(u32, &[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let prefix = schema::of_u32(home);
        for entry in self.tables.home.prefix_iter(self.txn, &prefix)? {
            let (_, value) = entry?;
            if let (LIVE, cid) = schema::mark_of(value) {
                let cid = cid as u32;
                let key = schema::of_u32(cid);
                if let Some(record) = self.tables.collection.get(self.txn, &key)? {
                    each(cid, record)?;
                }
            }
        }
        Ok(())
    }

    /// Bytes of all objects in a home, and of all properties.
    ///
    /// # Errors
    /// The store's.
    pub fn usage(&self, home: u32) -> Result<u64, Error> {
        let mut sum = self.collection(home)?.map_or(0, |home| home.bytes);
        self.each_member(home, |_, record| {
            sum += schema::u64_at(record, BYTES);
            Ok(())
        })?;
        Ok(sum)
    }
}

impl Writing<'_> {
    pub(super) fn put_collection(&mut self, collection: &Collection) -> Result<(), Error> {
        self.put(
            self.tables.collection,
            &schema::of_u32(collection.cid),
            &collection.encode(),
        )
    }

    /// The collection that had this name when the caller looked. Another request may have renamed
    /// it since: what was asked of a name is not done to another.
    fn named(&self, cid: u32, slug: &str) -> Result<Collection, Failure> {
        let collection = self.required(cid)?;
        if collection.slug != slug {
            return Err(Refused::NoSuchObject.into());
        }
        Ok(collection)
    }

    pub(super) fn required(&self, cid: u32) -> Result<Collection, Failure> {
        Ok(self
            .view()
            .collection(cid)?
            .ok_or(Refused::NoSuchCollection)?)
    }

    pub(super) fn add_home(&mut self, kind: Kind, owner: u32, now: u64) -> Result<u32, Failure> {
        let cid = self.next_cid();
        let revision = self.next_revision();
        self.put_collection(&Collection {
            cid,
            kind,
            components: 0,
            owner,
            home: 0,
            revision,
            floor: 0,
            count: 0,
            bytes: 0,
            removals: 0,
            created: now,
            slug: String::new(),
        })?;
        Ok(cid)
    }

    /// # Errors
    /// [`Refused::NameTaken`], [`Refused::TooMany`], [`Refused::PropertyName`], or the store's.
    pub fn add_collection(&mut self, new: &NewCollection) -> Result<Collection, Failure> {
        let home = self.required(new.home)?;
        if self.view().member(new.home, &new.slug)?.is_some() {
            return Err(Refused::NameTaken.into());
        }
        if self.view().members(new.home)?.len() >= MOST_COLLECTIONS {
            return Err(Refused::TooMany("this home has as many collections as one may").into());
        }
        let cid = self.next_cid();
        let patch: Vec<_> = new
            .properties
            .iter()
            .map(|(name, value)| (name.clone(), Some(value.clone())))
            .collect();
        let revision = self.next_revision();
        let mut collection = Collection {
            cid,
            kind: new.kind,
            components: new.components,
            owner: new.owner,
            home: new.home,
            revision,
            floor: revision,
            count: 0,
            bytes: 0,
            removals: 0,
            created: new.now,
            slug: new.slug.clone(),
        };
        self.patch_properties(&mut collection, 0, &patch, u64::MAX)?;
        self.put_collection(&collection)?;
        self.enter(home, &collection, revision)?;
        Ok(collection)
    }

    /// Writes the member into its home and forgets that one of the same name was removed.
    fn enter(
        &mut self,
        mut home: Collection,
        member: &Collection,
        revision: u64,
    ) -> Result<(), Failure> {
        let key = schema::of_segment(home.cid, &member.slug);
        if let Some(value) = self.tables.home.get(&self.txn, &key)?
            && let (REMOVED, at) = schema::mark_of(value)
        {
            self.delete(self.tables.change, &schema::of_u32_u64(home.cid, at))?;
            home.removals = home.removals.saturating_sub(1);
        }
        self.put(
            self.tables.home,
            &key,
            &schema::marked(LIVE, u64::from(member.cid)),
        )?;
        home.count += 1;
        home.revision = revision;
        self.put_collection(&home)?;
        Ok(())
    }

    /// Takes the name out of the home and remembers that it was removed.
    fn leave(&mut self, home: u32, slug: &str) -> Result<(), Failure> {
        let mut home = self.required(home)?;
        let revision = self.next_revision();
        let key = schema::of_segment(home.cid, slug);
        self.put(self.tables.home, &key, &schema::marked(REMOVED, revision))?;
        let mut removed = vec![REMOVED];
        removed.extend_from_slice(slug.as_bytes());
        self.put(
            self.tables.change,
            &schema::of_u32_u64(home.cid, revision),
            &removed,
        )?;
        home.count = home.count.saturating_sub(1);
        home.removals += 1;
        home.revision = revision;
        self.forget_old_removals(&mut home)?;
        self.put_collection(&home)?;
        Ok(())
    }

    /// # Errors
    /// [`Refused::NoSuchCollection`], [`Refused::Fixed`], or the store's.
    pub fn remove_collection(&mut self, cid: u32, slug: &str) -> Result<(), Failure> {
        let collection = self.named(cid, slug)?;
        if collection.is_fixed() {
            return Err(Refused::Fixed.into());
        }
        self.erase(cid)?;
        self.leave(collection.home, &collection.slug)
    }

    /// Everything filed under a cid.
    fn erase(&mut self, cid: u32) -> Result<(), Failure> {
        let prefix = schema::of_u32(cid);
        let mut oids = Vec::new();
        for entry in self.tables.header.prefix_iter(&self.txn, &prefix)? {
            oids.push(schema::u64_at(entry?.0, 4));
        }
        for oid in oids {
            self.delete(self.tables.body, &schema::of_u64(oid))?;
        }
        for table in [
            self.tables.header,
            self.tables.name,
            self.tables.uid,
            self.tables.change,
            self.tables.time,
            self.tables.card,
            self.tables.property,
            self.tables.home,
        ] {
            self.delete_prefix(table, &prefix)?;
        }
        self.delete(self.tables.collection, &prefix)?;
        Ok(())
    }

    pub(super) fn erase_home(&mut self, home: u32) -> Result<(), Failure> {
        for member in self.view().members(home)? {
            self.erase(member.cid)?;
        }
        self.erase(home)
    }

    /// Gives a collection another name in its home; with `overwrite`, one of that name goes first.
    /// True when there was one.
    ///
    /// # Errors
    /// [`Refused::Fixed`], [`Refused::Conditional`] (exists and no overwrite), or the store's.
    pub fn rename_collection(
        &mut self,
        (cid, from): (u32, &str),
        slug: &str,
        overwrite: bool,
    ) -> Result<bool, Failure> {
        let collection = self.named(cid, from)?;
        if collection.is_fixed() {
            return Err(Refused::Fixed.into());
        }
        let replaced = self.make_way(collection.home, collection.kind, from, slug, overwrite)?;
        self.leave(collection.home, &collection.slug)?;
        let home = self.required(collection.home)?;
        let revision = self.next_revision();
        let renamed = Collection {
            slug: slug.into(),
            revision,
            ..collection
        };
        self.put_collection(&renamed)?;
        self.enter(home, &renamed, revision)?;
        Ok(replaced)
    }

    /// Copies a collection within its home: its properties, and its objects where `deep`. True
    /// when one of that name was replaced.
    ///
    /// # Errors
    /// [`Refused::Fixed`], [`Refused::Conditional`], [`Refused::TooMany`], [`Refused::OverQuota`],
    /// or the store's.
    pub fn copy_collection(
        &mut self,
        (cid, from): (u32, &str),
        slug: &str,
        overwrite: bool,
        deep: bool,
        quota: u64,
        now: u64,
    ) -> Result<bool, Failure> {
        let source = self.named(cid, from)?;
        if source.is_fixed() {
            return Err(Refused::Fixed.into());
        }
        if deep && source.count > MOST_COPIED {
            return Err(Refused::TooMany("this collection is too large to be copied").into());
        }
        if deep && self.view().usage(source.home)? + source.bytes > quota {
            return Err(Refused::OverQuota.into());
        }
        let replaced = self.make_way(source.home, source.kind, from, slug, overwrite)?;
        let made = self.add_collection(&NewCollection {
            home: source.home,
            kind: source.kind,
            owner: source.owner,
            slug: slug.into(),
            components: source.components,
            properties: Vec::new(),
            now,
        })?;
        let mut target = self.required(made.cid)?;
        self.copy_properties((cid, 0), &mut target, 0)?;
        if deep {
            let mut members = Vec::new();
            for entry in self
                .tables
                .header
                .prefix_iter(&self.txn, &schema::of_u32(cid))?
            {
                members.push(schema::u64_at(entry?.0, 4));
            }
            for oid in members {
                self.duplicate(cid, oid, &mut target, now)?;
            }
        }
        self.put_collection(&target)?;
        Ok(replaced)
    }

    fn make_way(
        &mut self,
        home: u32,
        kind: Kind,
        from: &str,
        slug: &str,
        overwrite: bool,
    ) -> Result<bool, Failure> {
        match self.view().member(home, slug)? {
            Some(_) if !overwrite => Err(Refused::Conditional.into()),
            Some(other) if other.is_fixed() || other.kind != kind || slug == from => {
                Err(Refused::Fixed.into())
            }
            Some(other) => {
                self.remove_collection(other.cid, slug)?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Sets and removes stored properties of a collection or home, and lets a sync see it.
    ///
    /// # Errors
    /// [`Refused::TooMany`], [`Refused::PropertyName`], [`Refused::OverQuota`], or the store's.
    pub fn patch_collection(
        &mut self,
        cid: u32,
        patch: &[(PropertyName, Option<Vec<u8>>)],
        quota: u64,
    ) -> Result<(), Failure> {
        let mut collection = self.required(cid)?;
        self.patch_properties(&mut collection, 0, patch, quota)?;
        collection.revision = self.next_revision();
        self.put_collection(&collection)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    fn slugs(trial: &Trial) -> Vec<String> {
        let snapshot = trial.store.snapshot().unwrap();
        let members = snapshot.view().members(trial.anna.calendars).unwrap();
        members.into_iter().map(|m| m.slug).collect()
    }

    #[test]
    fn a_person_has_at_once_what_a_client_looks_for() {
        let trial = Trial::new();
        assert_eq!(slugs(&trial), ["calendar", "inbox", "outbox", "tasks"]);
        let snapshot = trial.store.snapshot().unwrap();
        let books = snapshot.view().members(trial.anna.addressbooks).unwrap();
        assert_eq!(books.len(), 1);
        assert_eq!(books[0].slug, "contacts");
        assert_eq!(trial.faults(), Vec::<String>::new());
    }

    #[test]
    fn rename_copy_and_removal_leave_everything_in_order() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        for i in 0..5 {
            trial
                .put(cid, &format!("{i}"), &format!("u{i}"), "x")
                .unwrap();
        }
        let write = &trial.store;
        write
            .write_blocking(move |w| {
                w.copy_collection((cid, "calendar"), "copy", false, true, u64::MAX, 3)
            })
            .unwrap();
        write
            .write_blocking(move |w| w.rename_collection((cid, "calendar"), "copy", true))
            .unwrap();
        assert_eq!(slugs(&trial), ["copy", "inbox", "outbox", "tasks"]);
        assert_eq!(trial.faults(), Vec::<String>::new());
        write
            .write_blocking(move |w| w.remove_collection(cid, "copy"))
            .unwrap();
        assert_eq!(trial.faults(), Vec::<String>::new());
        write
            .write_blocking(|w| w.remove_principal("anna"))
            .unwrap();
        let report = trial.store.check().unwrap();
        assert_eq!(
            (report.principals, report.collections, report.objects),
            (0, 0, 0)
        );
        assert_eq!(report.faults, Vec::<String>::new());
    }

    #[test]
    fn a_move_that_is_sent_twice_harms_nothing() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        trial.put(cid, "a", "1", "x").unwrap();
        let rename = || {
            trial
                .store
                .write_blocking(move |w| w.rename_collection((cid, "calendar"), "moved", true))
        };
        assert!(rename().is_ok());
        assert!(matches!(
            rename(),
            Err(Failure::Refused(Refused::NoSuchObject))
        ));
        let copy = trial.store.write_blocking(move |w| {
            w.copy_collection((cid, "moved"), "moved", true, true, u64::MAX, 3)
        });
        assert!(matches!(copy, Err(Failure::Refused(Refused::Fixed))));
        let gone = trial
            .store
            .write_blocking(move |w| w.remove_collection(cid, "calendar"));
        assert!(matches!(gone, Err(Failure::Refused(Refused::NoSuchObject))));
        let snapshot = trial.store.snapshot().unwrap();
        assert!(snapshot.view().object(cid, "a").unwrap().is_some());
        assert_eq!(trial.faults(), Vec::<String>::new());
    }

    #[test]
    fn properties_count_among_the_bytes() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        trial.put(cid, "a", "1", "x").unwrap();
        let before = trial.calendar().bytes;
        let name = PropertyName {
            namespace: "urn:x".into(),
            name: "p".into(),
        };
        let set = |value: Option<&str>, quota: u64| {
            let patch = [(name.clone(), value.map(|v| v.as_bytes().to_vec()))];
            trial.store.write_blocking(move |w| {
                w.patch_object(cid, "a", &patch, |_, _| true, quota)?;
                w.patch_collection(cid, &patch, quota)
            })
        };
        set(Some("0123456789"), u64::MAX).unwrap();
        assert_eq!(trial.calendar().bytes, before + 2 * (10 + 7));
        assert!(matches!(
            set(Some(&"x".repeat(1000)), 500),
            Err(Failure::Refused(Refused::OverQuota))
        ));
        assert_eq!(trial.faults(), Vec::<String>::new());
        trial.remove(cid, "a").unwrap();
        set_none(&trial, cid, &name);
        assert_eq!(trial.calendar().bytes, 0);
        assert_eq!(trial.faults(), Vec::<String>::new());
    }

    fn set_none(trial: &Trial, cid: u32, name: &PropertyName) {
        let patch = [(name.clone(), None)];
        trial
            .store
            .write_blocking(move |w| w.patch_collection(cid, &patch, u64::MAX))
            .unwrap();
    }

    #[test]
    fn inbox_and_outbox_stay() {
        let trial = Trial::new();
        let inbox = {
            let snapshot = trial.store.snapshot().unwrap();
            let view = snapshot.view();
            view.member(trial.anna.calendars, "inbox").unwrap().unwrap()
        };
        let result = trial
            .store
            .write_blocking(move |w| w.remove_collection(inbox.cid, "inbox"));
        assert!(matches!(result, Err(Failure::Refused(Refused::Fixed))));
    }
}
