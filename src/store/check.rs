//! `davbox check`: proves every invariant of the store, in one snapshot.
//!
//! object ⇄ body ⇄ name ⇄ uid index ⇄ change index ⇄ counters ⇄ home ⇄ principal.

use std::collections::{HashMap, HashSet};

use super::collection::{Collection, Kind};
use super::environment::View;
use super::index::Filed;
use super::object::{Header, etag_of, uid_hash};
use super::schema::{self, LIVE, REMOVED, meta};
use super::{Error, Store};

/// A list longer than this helps nobody.
const MOST_FAULTS: usize = 100;

/// What was looked at, and what is wrong.
#[derive(Debug, Default)]
pub struct Report {
    pub principals: u64,
    pub collections: u64,
    pub objects: u64,
    pub bytes: u64,
    pub page_size: usize,
    pub file_bytes: usize,
    /// How many of the faults are of the index, which is made anew from the objects.
    pub stale_entries: u64,
    pub faults: Vec<String>,
}

impl Report {
    fn fault(&mut self, what: impl FnOnce() -> String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(what());
        }
    }

    fn require(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.fault(what);
        }
    }
}

impl Store {
    /// # Errors
    /// The store's, where it cannot even be read.
    pub fn check(&self) -> Result<Report, Error> {
        let snapshot = self.snapshot()?;
        let mut report = Report::default();
        snapshot.view().check(&mut report)?;
        let (page_size, pages, _) = self.size();
        report.page_size = page_size;
        report.file_bytes = page_size * pages;
        Ok(report)
    }
}

impl View<'_> {
    /// What is wrong, in sentences.
    pub(super) fn faults(&self) -> Result<Vec<String>, Error> {
        let mut report = Report::default();
        self.check(&mut report)?;
        Ok(report.faults)
    }

    fn check(&self, report: &mut Report) -> Result<(), Error> {
        let counter = self.tables.meta.get(self.txn, meta::COUNTER)?;
        let (top, next_cid) =
            counter.map_or((0, 1), |v| (schema::u64_at(v, 0), schema::u32_at(v, 8)));
        let epoch = self.epoch()?;
        report.require(epoch != 0, || "the store has no epoch".into());

        let mut collections = HashMap::new();
        for entry in self.tables.collection.iter(self.txn)? {
            let (key, _) = entry?;
            let cid = schema::u32_at(key, 0);
            match self.collection(cid) {
                Ok(Some(collection)) => {
                    report.require(cid < next_cid, || {
                        format!("collection {cid} was never given out")
                    });
                    report.require(collection.revision <= top, || {
                        format!("collection {cid} is ahead of the store's counter")
                    });
                    collections.insert(cid, collection);
                }
                _ => report.fault(|| format!("the record of collection {cid} cannot be read")),
            }
        }
        let mut ids = HashSet::new();
        for principal in self.principals()? {
            report.principals += 1;
            let name = &principal.name;
            report.require(ids.insert(principal.id), || {
                format!("two users share the id of {name}")
            });
            for (home, kind) in [
                (principal.calendars, Kind::CalendarHome),
                (principal.addressbooks, Kind::AddressbookHome),
            ] {
                report.require(
                    collections
                        .get(&home)
                        .is_some_and(|c| c.kind == kind && c.owner == principal.id),
                    || format!("a home of {name} is missing or another's"),
                );
            }
        }
        let mut bodies = HashSet::new();
        for collection in collections.values() {
            report.collections += u64::from(!collection.kind.is_home());
            report.require(ids.contains(&collection.owner), || {
                format!("collection {} belongs to nobody", collection.cid)
            });
            if collection.kind.is_home() {
                self.check_home(collection, &collections, report)?;
            } else {
                self.check_in_home(collection, report)?;
                self.check_objects(collection, epoch, top, &mut bodies, report)?;
            }
        }
        for entry in self.tables.body.iter(self.txn)? {
            let oid = schema::u64_at(entry?.0, 0);
            report.require(bodies.contains(&oid), || {
                format!("body {oid} has no header")
            });
        }
        for (table, what) in [
            (self.tables.header, "header"),
            (self.tables.name, "name"),
            (self.tables.uid, "uid"),
            (self.tables.change, "change"),
            (self.tables.time, "time"),
            (self.tables.card, "card"),
            (self.tables.property, "property"),
            (self.tables.home, "home"),
        ] {
            self.check_owned(table, what, &collections, report)?;
        }
        self.check_properties(&bodies, report)?;
        self.check_credentials(&ids, report)
    }

    /// Every key begins with the cid of a collection that exists.
    fn check_owned(
        &self,
        table: schema::Table,
        what: &str,
        collections: &HashMap<u32, Collection>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let mut last = None;
        for entry in table.iter(self.txn)? {
            let cid = schema::u32_at(entry?.0, 0);
            if last != Some(cid) {
                last = Some(cid);
                report.require(collections.contains_key(&cid), || {
                    format!("entries of {what} belong to collection {cid}, which does not exist")
                });
            }
        }
        Ok(())
    }

    fn check_home(
        &self,
        home: &Collection,
        collections: &HashMap<u32, Collection>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let cid = home.cid;
        let (mut live, mut removed) = (0, 0);
        for entry in self
            .tables
            .home
            .prefix_iter(self.txn, &schema::of_u32(cid))?
        {
            let (key, value) = entry?;
            match schema::mark_of(value) {
                (LIVE, member) => {
                    live += 1;
                    let fits = collections
                        .get(&(member as u32))
                        .is_some_and(|m| m.home == cid && schema::of_segment(cid, &m.slug) == key);
                    report.require(fits, || {
                        format!("home {cid} names collection {member}, which is not its own")
                    });
                }
                (_, revision) => {
                    removed += 1;
                    self.check_removal(cid, revision, key, report)?;
                }
            }
        }
        let bytes = self.property_bytes(&schema::of_u32(cid))?;
        report.require(home.bytes == bytes, || {
            format!("home {cid} counts {} bytes and has {bytes}", home.bytes)
        });
        report.require(home.count == live, || {
            format!("home {cid} counts {} members and has {live}", home.count)
        });
        self.check_changes(home, 0, removed, report)
    }

    fn check_in_home(&self, collection: &Collection, report: &mut Report) -> Result<(), Error> {
        let found = self.member(collection.home, &collection.slug)?;
        report.require(found.is_some_and(|m| m.cid == collection.cid), || {
            format!("collection {} is not in its home", collection.cid)
        });
        Ok(())
    }

    fn check_objects(
        &self,
        collection: &Collection,
        epoch: u64,
        top: u64,
        bodies: &mut HashSet<u64>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let cid = collection.cid;
        let (mut count, mut bytes) = (0, 0);
        self.objects(cid, 0, |header| {
            count += 1;
            bytes += u64::from(header.length());
            let oid = header.oid;
            report.require(bodies.insert(oid), || {
                format!("object {oid} is in two collections")
            });
            report.require(oid <= header.revision() && header.revision() <= top, || {
                format!("object {oid} has an impossible revision")
            });
            self.check_object(collection, &header, epoch, report)?;
            Ok(true)
        })?;
        let (mut names, mut removed) = (0, 0);
        for entry in self
            .tables
            .name
            .prefix_iter(self.txn, &schema::of_u32(cid))?
        {
            let (key, value) = entry?;
            match schema::mark_of(value) {
                (LIVE, oid) => {
                    names += 1;
                    let fits = self
                        .header(cid, oid)?
                        .is_some_and(|h| schema::of_segment(cid, h.name()) == key);
                    report.require(fits, || {
                        format!("a name of collection {cid} has no object {oid}")
                    });
                }
                (_, revision) => {
                    removed += 1;
                    self.check_removal(cid, revision, key, report)?;
                }
            }
        }
        let uids = self
            .tables
            .uid
            .prefix_iter(self.txn, &schema::of_u32(cid))?
            .count() as u64;
        for (what, found) in [("objects", count), ("names", names), ("UIDs", uids)] {
            report.require(collection.count == found, || {
                format!(
                    "collection {cid} counts {} objects and has {found} {what}",
                    collection.count
                )
            });
        }
        if self.is_indexed()? {
            let is_cards = collection.kind == Kind::Addressbook;
            for (table, has_all) in [(self.tables.time, !is_cards), (self.tables.card, is_cards)] {
                let entries = table.prefix_iter(self.txn, &schema::of_u32(cid))?.count() as u64;
                let expected = if has_all { count } else { 0 };
                if entries != expected {
                    report.stale_entries += 1;
                    report.fault(|| {
                        format!("the index of collection {cid} has {entries} entries for {expected} objects")
                    });
                }
            }
        }
        let objects_bytes = bytes;
        bytes += self.property_bytes(&schema::of_u32(cid))?;
        report.require(collection.bytes == bytes, || {
            format!(
                "collection {cid} counts {} bytes and has {bytes}",
                collection.bytes
            )
        });
        report.objects += count;
        report.bytes += objects_bytes;
        self.check_changes(collection, count, removed, report)
    }

    fn check_object(
        &self,
        collection: &Collection,
        header: &Header<'_>,
        epoch: u64,
        report: &mut Report,
    ) -> Result<(), Error> {
        let (cid, oid) = (collection.cid, header.oid);
        let Some(body) = self.tables.body.get(self.txn, &schema::of_u64(oid))? else {
            report.fault(|| format!("object {oid} of collection {cid} has no body"));
            return Ok(());
        };
        report.require(body.len() as u64 == u64::from(header.length()), || {
            format!("object {oid} has another length than its header says")
        });
        report.require(etag_of(body, epoch) == header.etag(), || {
            format!("the bytes of object {oid} are not those its etag was made from")
        });
        let (uid, component) = if collection.kind == Kind::Addressbook {
            match crate::contact::read(body) {
                Ok(card) => (uid_hash(&card.uid), 0),
                Err(e) => {
                    report.fault(|| format!("object {oid} is not a vCard: {e}"));
                    return Ok(());
                }
            }
        } else {
            match crate::calendar::read(body) {
                Ok(object) => (uid_hash(&object.uid), object.component.bit()),
                Err(e) => {
                    report.fault(|| format!("object {oid} is not an iCalendar object: {e}"));
                    return Ok(());
                }
            }
        };
        report.require(uid == header.uid_hash(), || {
            format!("object {oid} is filed under another UID than it has")
        });
        report.require(component == header.component(), || {
            format!("object {oid} is filed as another component than it is")
        });
        report.require(
            collection.components == 0 || collection.components & component != 0,
            || format!("object {oid} is of a component its collection does not take"),
        );
        if self.is_indexed()? && self.filed(cid, header)? != Some(Filed::of(body, component)) {
            report.stale_entries += 1;
            report.fault(|| format!("the index says of object {oid} what it is not"));
        }
        for (table, key, what) in [
            (self.tables.uid, schema::of_uid(cid, &uid).to_vec(), "UID"),
            (
                self.tables.name,
                schema::of_segment(cid, header.name()),
                "name",
            ),
            (
                self.tables.change,
                schema::of_u32_u64(cid, header.revision()).to_vec(),
                "latest change",
            ),
        ] {
            let fits = table.get(self.txn, &key)?.is_some_and(|value| {
                if what == "UID" {
                    schema::u64_at(value, 0) == oid
                } else {
                    schema::mark_of(value) == (LIVE, oid)
                }
            });
            report.require(fits, || {
                format!("the {what} of object {oid} does not lead to it")
            });
        }
        Ok(())
    }

    fn check_removal(
        &self,
        cid: u32,
        revision: u64,
        key: &[u8],
        report: &mut Report,
    ) -> Result<(), Error> {
        let value = self
            .tables
            .change
            .get(self.txn, &schema::of_u32_u64(cid, revision))?;
        let fits = match value {
            Some([REMOVED, name @ ..]) => {
                std::str::from_utf8(name).is_ok_and(|name| schema::of_segment(cid, name) == key)
            }
            _ => false,
        };
        report.require(fits, || {
            format!("removal {revision} of collection {cid} is not in its changes")
        });
        Ok(())
    }

    fn check_changes(
        &self,
        collection: &Collection,
        live: u64,
        removed: u64,
        report: &mut Report,
    ) -> Result<(), Error> {
        let cid = collection.cid;
        let (mut found_live, mut found_removed) = (0, 0);
        for entry in self
            .tables
            .change
            .prefix_iter(self.txn, &schema::of_u32(cid))?
        {
            let (key, value) = entry?;
            let revision = schema::u64_at(key, 4);
            report.require(revision <= collection.revision, || {
                format!("change {revision} is ahead of collection {cid}")
            });
            match value.first() {
                Some(&REMOVED) => found_removed += 1,
                _ => found_live += 1,
            }
        }
        report.require(found_live == live, || {
            format!("collection {cid} has {live} objects and {found_live} changes of living ones")
        });
        report.require(
            found_removed == removed && collection.removals == removed,
            || {
                format!(
                    "collection {cid} counts {} removals, names {removed} and has {found_removed} such changes",
                    collection.removals
                )
            },
        );
        Ok(())
    }

    fn check_properties(&self, bodies: &HashSet<u64>, report: &mut Report) -> Result<(), Error> {
        for entry in self.tables.property.iter(self.txn)? {
            let oid = schema::u64_at(entry?.0, 4);
            report.require(oid == 0 || bodies.contains(&oid), || {
                format!("a property belongs to object {oid}, which does not exist")
            });
        }
        Ok(())
    }

    fn check_credentials(&self, ids: &HashSet<u32>, report: &mut Report) -> Result<(), Error> {
        for entry in self.tables.credential.iter(self.txn)? {
            let pid = schema::u32_at(entry?.0, 0);
            report.require(ids.contains(&pid), || {
                format!("a password belongs to user {pid}, who does not exist")
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::{self, LIVE};
    use super::super::trial::Trial;
    use super::super::writer::Writing;
    use crate::calendar::index::{Entry, Extent};

    type Damage = fn(&mut Writing<'_>, u32, u64) -> Result<(), crate::store::Error>;

    /// Each breaks one index of a good store; none may go unnoticed.
    const DAMAGES: [(&str, Damage); 14] = [
        ("body gone", |w, _, oid| {
            w.delete(w.tables.body, &schema::of_u64(oid)).map(drop)
        }),
        ("body changed", |w, _, oid| {
            w.put(w.tables.body, &schema::of_u64(oid), b"BEGIN:VCALENDAR\r\n")
        }),
        ("body without header", |w, _, _| {
            w.put(w.tables.body, &schema::of_u64(1 << 40), b"x")
        }),
        ("name gone", |w, cid, _| {
            w.delete(w.tables.name, &schema::of_segment(cid, "a"))
                .map(drop)
        }),
        ("name of nothing", |w, cid, _| {
            w.put(
                w.tables.name,
                &schema::of_segment(cid, "z"),
                &schema::marked(LIVE, 77),
            )
        }),
        ("uid elsewhere", |w, cid, _| {
            let key = schema::of_uid(cid, &crate::store::uid_hash("1"));
            w.put(w.tables.uid, &key, &schema::of_u64(3))
        }),
        ("uid too many", |w, cid, oid| {
            let key = schema::of_uid(cid, &[7; 16]);
            w.put(w.tables.uid, &key, &schema::of_u64(oid))
        }),
        ("change gone", |w, cid, oid| {
            w.delete(w.tables.change, &schema::of_u32_u64(cid, oid))
                .map(drop)
        }),
        ("removal gone", |w, cid, _| {
            w.delete(w.tables.name, &schema::of_segment(cid, "b"))
                .map(drop)
        }),
        ("time gone", |w, _, _| w.clear(w.tables.time)),
        ("time elsewhere", |w, cid, oid| {
            let view = w.view();
            let Some(header) = view.header(cid, oid)? else {
                return Ok(());
            };
            let moved = header.with_extent(Extent { start: 5, end: 6 });
            w.put(w.tables.header, &schema::of_u32_u64(cid, oid), &moved)
        }),
        ("time of nothing", |w, cid, _| {
            let always = Entry {
                extent: Extent::ALWAYS,
                form: Vec::new(),
            };
            w.put_entry(cid, 1 << 40, &always)
        }),
        ("property of nothing", |w, cid, _| {
            let key = schema::of_property(cid, 4711, "DAV:", "x").unwrap_or_default();
            w.put(w.tables.property, &key, b"<x/>")
        }),
        ("credential of nobody", |w, _, _| {
            w.put(w.tables.credential, &schema::of_credential(99, 0, 0), b"x")
        }),
    ];

    #[test]
    fn every_damage_is_found() {
        for (what, damage) in DAMAGES {
            let trial = Trial::new();
            let cid = trial.calendar().cid;
            trial.put(cid, "a", "1", "one").unwrap();
            trial.put(cid, "b", "2", "two").unwrap();
            trial.remove(cid, "b").unwrap();
            assert_eq!(trial.faults(), Vec::<String>::new());
            let oid = {
                let snapshot = trial.store.snapshot().unwrap();
                snapshot.view().object(cid, "a").unwrap().unwrap().oid
            };
            trial
                .store
                .write_blocking(move |w| Ok(damage(w, cid, oid)?))
                .unwrap();
            assert!(!trial.faults().is_empty(), "{what}");
        }
    }

    #[test]
    fn the_index_is_made_anew() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        trial.put(cid, "a", "1", "one").unwrap();
        trial.put(cid, "b", "2", "two").unwrap();
        trial
            .store
            .write_blocking(|w| Ok(w.clear(w.tables.time)?))
            .unwrap();
        assert_eq!(trial.store.check().unwrap().stale_entries, 3);
        trial.store.rebuild_index().unwrap();
        assert_eq!(trial.faults(), Vec::<String>::new());
    }

    #[test]
    fn wrong_counters_are_found() {
        let trial = Trial::new();
        let mut calendar = trial.calendar();
        calendar.bytes += 1;
        trial
            .store
            .write_blocking(move |w| Ok(w.put_collection(&calendar)?))
            .unwrap();
        assert_eq!(trial.faults().len(), 1);
    }
}
