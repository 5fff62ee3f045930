//! Object resources: a header for everything a listing asks, and the client's bytes.

use std::fmt;
use std::ops::Bound;

use bytes::Bytes;

use super::collection::Collection;
use super::environment::View;
use super::index::Filed;
use super::property::PropertyName;
use super::schema::{self, LIVE, REMOVED};
use super::time;
use super::writer::Writing;
use super::{Error, Failure, Refused};
use crate::calendar::index::Extent;
use crate::{calendar, contact};

/// In one collection. A listing of more would not fit a client either.
const MOST_OBJECTS: u64 = 1_000_000;

/// A strong validator: 128 bits of the content's SHA-256, mixed with the epoch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Etag(pub [u8; 16]);

impl Etag {
    fn of(content: &[u8; 16], epoch: u64) -> Etag {
        let mut tag = *content;
        for (byte, mix) in tag.iter_mut().zip(epoch.to_be_bytes()) {
            *byte ^= mix;
        }
        Etag(tag)
    }

    /// With its quotes, as it stands in headers and in DAV:getetag.
    #[must_use]
    pub fn quoted(&self) -> [u8; 34] {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'"'; 34];
        for (i, byte) in self.0.iter().enumerate() {
            text[1 + 2 * i] = HEX[usize::from(byte >> 4)];
            text[2 + 2 * i] = HEX[usize::from(byte & 15)];
        }
        text
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.quoted()).unwrap_or("\"\""))
    }
}

impl fmt::Debug for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn first_16(bytes: &[u8]) -> [u8; 16] {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    let mut half = [0; 16];
    half.copy_from_slice(&digest.as_ref()[..16]);
    half
}

/// Computed on the caller's thread, before the command waits for the writer.
#[must_use]
pub fn content_hash(bytes: &[u8]) -> [u8; 16] {
    first_16(bytes)
}

#[must_use]
pub fn uid_hash(uid: &str) -> [u8; 16] {
    first_16(uid.as_bytes())
}

/// What the store files about an object, computed before the command waits.
#[derive(Debug, Clone)]
pub struct Indexed {
    pub uid: [u8; 16],
    pub content: [u8; 16],
    /// `calendar::Component::bit`, 0 for a contact.
    pub component: u8,
    pub filed: Filed,
}

impl Indexed {
    /// # Errors
    /// What RFC 4791 section 5.3.2.1 refuses.
    pub fn calendar_object(bytes: &[u8]) -> Result<Indexed, calendar::Invalid> {
        Ok(Indexed::of_calendar(&calendar::read(bytes)?, bytes))
    }

    /// Of an object that was read from these bytes.
    #[must_use]
    pub fn of_calendar(object: &calendar::Object, bytes: &[u8]) -> Indexed {
        Indexed {
            uid: uid_hash(&object.uid),
            content: content_hash(bytes),
            component: object.component.bit(),
            filed: Filed::of(bytes, object.component.bit()),
        }
    }

    /// # Errors
    /// What RFC 6352 section 6.3.2.1 refuses.
    pub fn address_object(bytes: &[u8]) -> Result<Indexed, contact::Invalid> {
        Ok(Indexed::of_card(&contact::read(bytes)?, bytes))
    }

    /// Of a card that was read from these bytes.
    #[must_use]
    pub fn of_card(card: &contact::Card, bytes: &[u8]) -> Indexed {
        Indexed {
            uid: uid_hash(&card.uid),
            content: content_hash(bytes),
            component: 0,
            filed: Filed::of(bytes, 0),
        }
    }
}

/// The fixed part of a header, then the name:
/// etag 16 · revision 8 · length 4 · component 1 · flags 1 · reserved 2 · uid hash 16 ·
/// created 8 · modified 8 · extent's start 8 · extent's end 8 · schedule tag 16 · name
#[derive(Clone, Copy)]
pub struct Header<'t> {
    pub oid: u64,
    raw: &'t [u8],
}

const EXTENT: usize = 64;
const FIXED: usize = 96;

impl<'t> Header<'t> {
    fn of(oid: u64, raw: &'t [u8]) -> Result<Header<'t>, Error> {
        if raw.len() <= FIXED || std::str::from_utf8(&raw[FIXED..]).is_err() {
            return Err(Error::Corrupt(format!("the header of object {oid}")));
        }
        Ok(Header { oid, raw })
    }

    #[must_use]
    pub fn etag(&self) -> Etag {
        let mut tag = [0; 16];
        tag.copy_from_slice(&self.raw[..16]);
        Etag(tag)
    }

    #[must_use]
    pub fn revision(&self) -> u64 {
        schema::u64_at(self.raw, 16)
    }

    /// Bytes of the body.
    #[must_use]
    pub fn length(&self) -> u32 {
        schema::u32_at(self.raw, 24)
    }

    #[must_use]
    pub fn component(&self) -> u8 {
        self.raw[28]
    }

    #[must_use]
    pub fn uid_hash(&self) -> [u8; 16] {
        let mut hash = [0; 16];
        hash.copy_from_slice(&self.raw[32..48]);
        hash
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn created(&self) -> u64 {
        schema::u64_at(self.raw, 48)
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn modified(&self) -> u64 {
        schema::u64_at(self.raw, 56)
    }

    /// Where its entry in the index of time lies; a contact has none.
    pub(super) fn extent(&self) -> Option<Extent> {
        (self.component() != 0).then(|| time::extent_at(self.raw, EXTENT))
    }

    /// The same header with its entry elsewhere.
    pub(super) fn with_extent(&self, extent: Extent) -> Vec<u8> {
        let mut raw = self.raw.to_vec();
        // Header::of has seen that the fixed part is there.
        raw[EXTENT..EXTENT + 16].copy_from_slice(&time::of_extent(extent));
        raw
    }

    #[must_use]
    pub fn name(&self) -> &'t str {
        // Checked when the header was read.
        std::str::from_utf8(&self.raw[FIXED..]).unwrap_or_default()
    }
}

struct NewHeader<'a> {
    etag: Etag,
    revision: u64,
    length: u32,
    component: u8,
    uid: [u8; 16],
    created: u64,
    modified: u64,
    filed: &'a Filed,
    name: &'a str,
}

impl NewHeader<'_> {
    fn encode(&self) -> Vec<u8> {
        let mut raw = vec![0; FIXED];
        raw[..16].copy_from_slice(&self.etag.0);
        raw[16..24].copy_from_slice(&self.revision.to_be_bytes());
        raw[24..28].copy_from_slice(&self.length.to_be_bytes());
        raw[28] = self.component;
        raw[32..48].copy_from_slice(&self.uid);
        raw[48..56].copy_from_slice(&self.created.to_be_bytes());
        raw[56..64].copy_from_slice(&self.modified.to_be_bytes());
        if let Some(extent) = self.filed.extent() {
            raw[EXTENT..EXTENT + 16].copy_from_slice(&time::of_extent(extent));
        }
        raw.extend_from_slice(self.name.as_bytes());
        raw
    }
}

/// An object that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    pub etag: Etag,
    /// False where one of this name was there before.
    pub created: bool,
}

impl<'t> View<'t> {
    fn oid(&self, cid: u32, name: &str) -> Result<Option<u64>, Error> {
        match self
            .tables
            .name
            .get(self.txn, &schema::of_segment(cid, name))?
        {
            Some(value) => match schema::mark_of(value) {
                (LIVE, oid) => Ok(Some(oid)),
                _ => Ok(None),
            },
            None => Ok(None),
        }
    }

    /// # Errors
    /// The store's.
    pub fn object(&self, cid: u32, name: &str) -> Result<Option<Header<'t>>, Error> {
        match self.oid(cid, name)? {
            Some(oid) => self.header(cid, oid),
            None => Ok(None),
        }
    }

    /// # Errors
    /// The store's.
    pub fn header(&self, cid: u32, oid: u64) -> Result<Option<Header<'t>>, Error> {
        match self
            .tables
            .header
            .get(self.txn, &schema::of_u32_u64(cid, oid))?
        {
            Some(raw) => Ok(Some(Header::of(oid, raw)?)),
            None => Ok(None),
        }
    }

    /// Calls `each` for the objects of a collection after `after`, in the order they came, until
    /// it says stop. The last oid it was called with, or `None` when the end was reached.
    ///
    /// # Errors
    /// The store's.
    pub fn objects(
        &self,
        cid: u32,
        after: u64,
        mut each: impl FnMut(Header<'t>) -> Result<bool, Error>,
    ) -> Result<Option<u64>, Error> {
        let from = schema::of_u32_u64(cid, after.saturating_add(1));
        let to = schema::of_u32_u64(cid, u64::MAX);
        let range = (Bound::Included(&from[..]), Bound::Included(&to[..]));
        for entry in self.tables.header.range(self.txn, &range)? {
            let (key, raw) = entry?;
            let oid = schema::u64_at(key, 4);
            if !each(Header::of(oid, raw)?)? {
                return Ok(Some(oid));
            }
        }
        Ok(None)
    }

    /// The name of the object that has this UID in the collection.
    ///
    /// # Errors
    /// The store's.
    pub fn uid_holder(&self, cid: u32, uid: &[u8; 16]) -> Result<Option<Header<'t>>, Error> {
        match self.tables.uid.get(self.txn, &schema::of_uid(cid, uid))? {
            Some(oid) => self.header(cid, schema::u64_at(oid, 0)),
            None => Ok(None),
        }
    }
}

impl Writing<'_> {
    /// Writes an object. `holds` is asked for the state it expects (If-Match, If-None-Match).
    /// Bytes that are there already change nothing.
    ///
    /// # Errors
    /// [`Refused::Conditional`], [`Refused::Component`], [`Refused::UidTaken`],
    /// [`Refused::OverQuota`], [`Refused::TooMany`], [`Refused::NoSuchCollection`]; the store's.
    #[allow(clippy::too_many_arguments)]
    pub fn put_object(
        &mut self,
        cid: u32,
        name: &str,
        bytes: &Bytes,
        indexed: &Indexed,
        holds: impl Fn(View<'_>, Option<&Header<'_>>) -> bool,
        quota: u64,
        now: u64,
    ) -> Result<Placed, Failure> {
        let mut collection = self.required(cid)?;
        let view = self.view();
        let length = u32::try_from(bytes.len())
            .map_err(|_| Refused::TooMany("an object this large cannot be stored"))?;
        let old = view.object(cid, name)?;
        if !holds(view, old.as_ref()) {
            return Err(Refused::Conditional.into());
        }
        if collection.components != 0 && collection.components & indexed.component == 0 {
            return Err(Refused::Component.into());
        }
        let etag = Etag::of(&indexed.content, view.epoch()?);
        self.uid_is_free(cid, name, &indexed.uid)?;
        if let Some(old) = old {
            if old.etag() == etag {
                return Ok(Placed {
                    etag,
                    created: false,
                });
            }
            // RFC 4791 section 5.3.2.1, no-uid-conflict: nor overwrite an object with another UID.
            if old.uid_hash() != indexed.uid {
                return Err(Refused::UidTaken { name: name.into() }.into());
            }
        }
        let (oid, before, was, created, extent) = match old {
            Some(old) => (
                Some(old.oid),
                u64::from(old.length()),
                old.revision(),
                old.created(),
                old.extent(),
            ),
            None => (None, 0, 0, now, None),
        };
        self.room(&collection, u64::from(length), before, quota)?;
        if oid.is_none() && collection.count >= MOST_OBJECTS {
            return Err(
                Refused::TooMany("this collection holds as many objects as one may").into(),
            );
        }

        let revision = self.next_revision();
        let header = NewHeader {
            etag,
            revision,
            length,
            component: indexed.component,
            uid: indexed.uid,
            created,
            modified: now,
            filed: &indexed.filed,
            name,
        };
        match oid {
            Some(oid) => {
                self.delete_filed(cid, oid, extent)?;
                self.put_filed(cid, oid, header.filed)?;
                self.put(self.tables.body, &schema::of_u64(oid), bytes)?;
                self.put(
                    self.tables.header,
                    &schema::of_u32_u64(cid, oid),
                    &header.encode(),
                )?;
                self.delete(self.tables.change, &schema::of_u32_u64(cid, was))?;
                self.changed(cid, oid, revision)?;
            }
            None => {
                self.append(self.tables.body, &schema::of_u64(revision), bytes)?;
                self.file(&mut collection, &header)?;
            }
        }
        collection.bytes = (collection.bytes + u64::from(length)).saturating_sub(before);
        collection.revision = revision;
        self.put_collection(&collection)?;
        Ok(Placed {
            etag,
            created: oid.is_none(),
        })
    }

    fn uid_is_free(&self, cid: u32, name: &str, uid: &[u8; 16]) -> Result<(), Failure> {
        match self.view().uid_holder(cid, uid)? {
            Some(holder) if holder.name() != name => Err(Refused::UidTaken {
                name: holder.name().into(),
            }
            .into()),
            _ => Ok(()),
        }
    }

    pub(super) fn room(
        &self,
        collection: &Collection,
        more: u64,
        less: u64,
        quota: u64,
    ) -> Result<(), Failure> {
        let home = match collection.kind.is_home() {
            true => collection.cid,
            false => collection.home,
        };
        if more > less && self.view().usage(home)? + more - less > quota {
            return Err(Refused::OverQuota.into());
        }
        Ok(())
    }

    /// A new object, whose oid is its revision, in all indexes but the body.
    fn file(&mut self, collection: &mut Collection, header: &NewHeader<'_>) -> Result<(), Failure> {
        let (cid, oid) = (collection.cid, header.revision);
        self.put(
            self.tables.header,
            &schema::of_u32_u64(cid, oid),
            &header.encode(),
        )?;
        let key = schema::of_segment(cid, header.name);
        if let Some(value) = self.tables.name.get(&self.txn, &key)?
            && let (REMOVED, at) = schema::mark_of(value)
        {
            self.delete(self.tables.change, &schema::of_u32_u64(cid, at))?;
            collection.removals = collection.removals.saturating_sub(1);
        }
        self.put(self.tables.name, &key, &schema::marked(LIVE, oid))?;
        self.put(
            self.tables.uid,
            &schema::of_uid(cid, &header.uid),
            &schema::of_u64(oid),
        )?;
        self.put_filed(cid, oid, header.filed)?;
        self.changed(cid, oid, oid)?;
        collection.count += 1;
        Ok(())
    }

    fn changed(&mut self, cid: u32, oid: u64, revision: u64) -> Result<(), Failure> {
        Ok(self.put(
            self.tables.change,
            &schema::of_u32_u64(cid, revision),
            &schema::marked(LIVE, oid),
        )?)
    }

    /// # Errors
    /// [`Refused::NoSuchObject`], [`Refused::Conditional`], or the store's.
    pub fn remove_object(
        &mut self,
        cid: u32,
        name: &str,
        holds: impl Fn(View<'_>, Option<&Header<'_>>) -> bool,
    ) -> Result<(), Failure> {
        let mut collection = self.required(cid)?;
        let object = self
            .view()
            .object(cid, name)?
            .ok_or(Refused::NoSuchObject)?;
        if !holds(self.view(), Some(&object)) {
            return Err(Refused::Conditional.into());
        }
        self.unfile(&mut collection, name)?;
        self.put_collection(&collection)?;
        Ok(())
    }

    /// Takes an object out of every index and remembers its removal.
    fn unfile(&mut self, collection: &mut Collection, name: &str) -> Result<(), Failure> {
        let cid = collection.cid;
        let object = self
            .view()
            .object(cid, name)?
            .ok_or(Refused::NoSuchObject)?;
        let (oid, length, was, uid, extent) = (
            object.oid,
            u64::from(object.length()),
            object.revision(),
            object.uid_hash(),
            object.extent(),
        );
        let revision = self.next_revision();
        self.delete_filed(cid, oid, extent)?;
        self.delete(self.tables.body, &schema::of_u64(oid))?;
        self.delete(self.tables.header, &schema::of_u32_u64(cid, oid))?;
        self.delete(self.tables.uid, &schema::of_uid(cid, &uid))?;
        self.delete(self.tables.change, &schema::of_u32_u64(cid, was))?;
        self.drop_properties(collection, oid)?;
        self.put(
            self.tables.name,
            &schema::of_segment(cid, name),
            &schema::marked(REMOVED, revision),
        )?;
        let mut removed = vec![REMOVED];
        removed.extend_from_slice(name.as_bytes());
        self.put(
            self.tables.change,
            &schema::of_u32_u64(cid, revision),
            &removed,
        )?;
        collection.revision = revision;
        collection.count = collection.count.saturating_sub(1);
        collection.bytes = collection.bytes.saturating_sub(length);
        collection.removals += 1;
        self.forget_old_removals(collection)
    }

    /// COPY and MOVE of an object (RFC 4918 sections 9.8, 9.9), its properties with it. The target
    /// may be the same collection.
    ///
    /// # Errors
    /// [`Refused::NoSuchObject`], [`Refused::Conditional`] (exists and no overwrite, or `holds`
    /// says no of the source), [`Refused::Component`], [`Refused::UidTaken`],
    /// [`Refused::OverQuota`]; the store's.
    #[allow(clippy::too_many_arguments)]
    pub fn transfer_object(
        &mut self,
        from: (u32, &str),
        to: (u32, &str),
        keep_source: bool,
        overwrite: bool,
        holds: impl Fn(View<'_>, Option<&Header<'_>>) -> bool,
        quota: u64,
        now: u64,
    ) -> Result<Placed, Failure> {
        let view = self.view();
        let source = view.object(from.0, from.1)?.ok_or(Refused::NoSuchObject)?;
        let etag = source.etag();
        if !holds(view, Some(&source)) {
            return Err(Refused::Conditional.into());
        }
        let (oid, uid, length) = (source.oid, source.uid_hash(), source.length());
        let target_collection = self.required(to.0)?;
        if target_collection.components != 0
            && target_collection.components & source.component() == 0
        {
            return Err(Refused::Component.into());
        }
        let target = view.object(to.0, to.1)?;
        if target.is_some() && !overwrite {
            return Err(Refused::Conditional.into());
        }
        match view.uid_holder(to.0, &uid)? {
            // A move within the collection takes its UID along.
            Some(holder) if holder.oid == oid && !keep_source => {}
            Some(holder) if holder.name() == to.1 => {}
            Some(holder) => {
                let name = holder.name().into();
                return Err(Refused::UidTaken { name }.into());
            }
            None => {}
        }
        let replaced = target.is_some();
        if !replaced && from.0 != to.0 && target_collection.count >= MOST_OBJECTS {
            return Err(
                Refused::TooMany("this collection holds as many objects as one may").into(),
            );
        }
        if let Some(target) = target
            && target.uid_hash() != uid
        {
            return Err(Refused::UidTaken { name: to.1.into() }.into());
        }
        if keep_source {
            let replaced = target.map_or(0, |target| u64::from(target.length()));
            self.room(&target_collection, u64::from(length), replaced, quota)?;
        }

        if replaced {
            let mut collection = self.required(to.0)?;
            self.unfile(&mut collection, to.1)?;
            self.put_collection(&collection)?;
        }
        let body = Bytes::copy_from_slice(self.view().body(oid)?);
        let properties = self.view().properties(from.0, oid)?;
        let properties: Vec<(PropertyName, Option<Vec<u8>>)> = properties
            .into_iter()
            .map(|(name, value)| (name, Some(value.to_vec())))
            .collect();
        let source = self
            .view()
            .header(from.0, oid)?
            .ok_or(Refused::NoSuchObject)?;
        let (component, created) = (source.component(), source.created());
        let filed = match self.view().filed(from.0, &source)? {
            Some(filed) => filed,
            None => Filed::of(&body, component),
        };
        if !keep_source {
            let mut collection = self.required(from.0)?;
            self.unfile(&mut collection, from.1)?;
            self.put_collection(&collection)?;
        }
        let mut collection = self.required(to.0)?;
        let revision = self.next_revision();
        self.append(self.tables.body, &schema::of_u64(revision), &body)?;
        self.file(
            &mut collection,
            &NewHeader {
                etag,
                revision,
                length,
                component,
                uid,
                created,
                modified: now,
                filed: &filed,
                name: to.1,
            },
        )?;
        collection.bytes += u64::from(length);
        collection.revision = revision;
        self.patch_properties(&mut collection, revision, &properties, u64::MAX)?;
        self.put_collection(&collection)?;
        Ok(Placed {
            etag,
            created: !replaced,
        })
    }

    /// One object of a collection that is being copied.
    pub(super) fn duplicate(
        &mut self,
        cid: u32,
        oid: u64,
        target: &mut Collection,
        now: u64,
    ) -> Result<(), Failure> {
        let source = self.view().header(cid, oid)?.ok_or(Refused::NoSuchObject)?;
        let name = source.name().to_owned();
        let (etag, length, component, uid, created) = (
            source.etag(),
            source.length(),
            source.component(),
            source.uid_hash(),
            source.created(),
        );
        let body = self.view().body(oid)?.to_vec();
        let filed = match self.view().filed(cid, &source)? {
            Some(filed) => filed,
            None => Filed::of(&body, component),
        };
        let revision = self.next_revision();
        self.append(self.tables.body, &schema::of_u64(revision), &body)?;
        self.file(
            target,
            &NewHeader {
                etag,
                revision,
                length,
                component,
                uid,
                created,
                modified: now,
                filed: &filed,
                name: &name,
            },
        )?;
        target.bytes += u64::from(length);
        target.revision = revision;
        self.copy_properties((cid, oid), target, revision)
    }
}

/// An object out of a backup.
pub(super) struct Restored<'a> {
    pub name: &'a str,
    pub bytes: &'a Bytes,
    pub indexed: &'a Indexed,
    pub created: u64,
    pub modified: u64,
}

impl Writing<'_> {
    /// Files an object whose name and UID the collection does not have; the caller puts the
    /// collection once its objects are in. The new oid.
    pub(super) fn restore_object(
        &mut self,
        collection: &mut Collection,
        epoch: u64,
        object: &Restored<'_>,
    ) -> Result<u64, Failure> {
        let length = u32::try_from(object.bytes.len())
            .map_err(|_| Refused::TooMany("an object this large cannot be stored"))?;
        let revision = self.next_revision();
        self.append(self.tables.body, &schema::of_u64(revision), object.bytes)?;
        self.file(
            collection,
            &NewHeader {
                etag: Etag::of(&object.indexed.content, epoch),
                revision,
                length,
                component: object.indexed.component,
                uid: object.indexed.uid,
                created: object.created,
                modified: object.modified,
                filed: &object.indexed.filed,
                name: object.name,
            },
        )?;
        collection.bytes += u64::from(length);
        collection.revision = revision;
        Ok(revision)
    }
}

/// Used by `check`: what the etag of these bytes must be.
pub(super) fn etag_of(bytes: &[u8], epoch: u64) -> Etag {
    Etag::of(&content_hash(bytes), epoch)
}

impl Writing<'_> {
    /// Sets and removes stored properties of an object.
    ///
    /// # Errors
    /// [`Refused::NoSuchObject`], [`Refused::Conditional`], and as for a collection.
    pub fn patch_object(
        &mut self,
        cid: u32,
        name: &str,
        patch: &[(PropertyName, Option<Vec<u8>>)],
        holds: impl Fn(View<'_>, Option<&Header<'_>>) -> bool,
        quota: u64,
    ) -> Result<(), Failure> {
        let mut collection = self.required(cid)?;
        let view = self.view();
        let object = view.object(cid, name)?.ok_or(Refused::NoSuchObject)?;
        if !holds(view, Some(&object)) {
            return Err(Refused::Conditional.into());
        }
        let oid = object.oid;
        self.patch_properties(&mut collection, oid, patch, quota)?;
        self.put_collection(&collection)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    fn refused(result: Result<Placed, Failure>) -> Refused {
        match result {
            Err(Failure::Refused(refused)) => refused,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_uid_is_unique_in_its_collection_alone() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        trial.put(cid, "a.ics", "1", "one").unwrap();
        let taken = Refused::UidTaken {
            name: "a.ics".into(),
        };
        assert_eq!(refused(trial.put(cid, "b.ics", "1", "two")), taken);
        assert_eq!(refused(trial.put(cid, "a.ics", "2", "two")), taken);
        trial.remove(cid, "a.ics").unwrap();
        trial.put(cid, "b.ics", "1", "two").unwrap();
        assert_eq!(trial.faults(), Vec::<String>::new());
    }

    #[test]
    fn the_same_bytes_change_nothing() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        let first = trial.put(cid, "a.ics", "1", "one").unwrap();
        let before = trial.calendar();
        let second = trial.put(cid, "a.ics", "1", "one").unwrap();
        assert_eq!(first.etag, second.etag);
        assert_eq!(trial.calendar(), before);
        let third = trial.put(cid, "a.ics", "1", "two").unwrap();
        assert_ne!(first.etag, third.etag);
    }

    #[test]
    fn counters_follow() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        let empty = trial.calendar();
        for i in 0..20 {
            trial
                .put(cid, &format!("{i}"), &format!("u{i}"), &"x".repeat(i))
                .unwrap();
        }
        for i in (0..20).step_by(3) {
            trial
                .put(cid, &format!("{i}"), &format!("u{i}"), "shorter")
                .unwrap();
        }
        assert_eq!(trial.calendar().count, 20);
        assert_eq!(trial.faults(), Vec::<String>::new());
        for i in 0..20 {
            trial.remove(cid, &format!("{i}")).unwrap();
        }
        let after = trial.calendar();
        assert_eq!((after.count, after.bytes), (empty.count, empty.bytes));
        assert_eq!(trial.faults(), Vec::<String>::new());
    }

    #[test]
    fn the_quota_counts_the_whole_home() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        trial
            .put_within(cid, "a", "1", &"x".repeat(500), 1000)
            .unwrap();
        let over = trial.put_within(cid, "b", "2", &"x".repeat(500), 1000);
        assert_eq!(refused(over), Refused::OverQuota);
        trial.put_within(cid, "a", "1", "less", 100).unwrap();
        assert_eq!(trial.faults(), Vec::<String>::new());
    }

    #[test]
    fn names_of_any_length_are_kept() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        let long = "ä".repeat(400);
        trial.put(cid, &long, "1", "one").unwrap();
        let snapshot = trial.store.snapshot().unwrap();
        let found = snapshot.view().object(cid, &long).unwrap().unwrap();
        assert_eq!(found.name(), long);
        assert_eq!(trial.faults(), Vec::<String>::new());
    }
}
