//! Every database, key and value of the store, on one page.
//!
//! | database | key | value |
//! |---|---|---|
//! | meta | name | schema version, epoch, counter, generation |
//! | principal | user name | [`super::Principal`] as JSON |
//! | credential | principal u32, kind u8, id u32 | a hash, never a secret |
//! | setting | name | text |
//! | collection | cid u32 | [`super::Collection`], fixed part and slug |
//! | home | cid of the home u32, slug | 0 and cid, or 1 and the revision of the removal |
//! | property | cid u32, oid u64 (0: the collection itself), namespace, 0, local name | the element as XML |
//! | header | cid u32, oid u64 | [`super::Header`], fixed part and name |
//! | body | oid u64 | the client's bytes |
//! | name | cid u32, segment | 0 and oid, or 1 and the revision of the removal |
//! | uid | cid u32, 16 bytes of the UID's SHA-256 | oid |
//! | change | cid u32, revision u64 | 0 and oid, or 1 and the name of what was removed |
//! | time | cid u32, level u8, bin u32, oid u64 | when the object is: start i64, end i64, [`crate::calendar::index::Entry`]'s form |
//! | card | cid u32, oid u64 | what searches ask of a contact: [`crate::contact::index::excerpt`] |
//!
//! All integers are big-endian, so that keys sort as numbers do. One counter gives revisions and
//! object ids: an object's id is the revision that made it, so ids rise over the whole store and
//! bodies are appended. A home is a collection whose members are collections.
//!
//! Levels and bins of `time` are in [`super::time`]: one key per object, and a compiled recurrence
//! lies in the value, so that a query reads both in one sweep.

use heed::Database;
use heed::types::Bytes;

/// What this program writes. A store with a higher number is refused, a lower one is migrated.
pub const VERSION: u32 = 3;

pub type Table = Database<'static, Bytes, Bytes>;

#[derive(Clone, Copy)]
pub struct Tables {
    pub meta: Table,
    pub principal: Table,
    pub credential: Table,
    pub setting: Table,
    pub collection: Table,
    pub home: Table,
    pub property: Table,
    pub header: Table,
    pub body: Table,
    pub name: Table,
    pub uid: Table,
    pub change: Table,
    pub time: Table,
    pub card: Table,
}

/// In the order of the fields of [`Tables`].
pub const NAMES: [&str; 14] = [
    "meta",
    "principal",
    "credential",
    "setting",
    "collection",
    "home",
    "property",
    "header",
    "body",
    "name",
    "uid",
    "change",
    "time",
    "card",
];

/// LMDB opens as many as this.
pub const MOST_TABLES: u32 = 24;

impl From<[Table; 14]> for Tables {
    fn from(t: [Table; 14]) -> Tables {
        let [
            meta,
            principal,
            credential,
            setting,
            collection,
            home,
            property,
            header,
            body,
            name,
            uid,
            change,
            time,
            card,
        ] = t;
        Tables {
            meta,
            principal,
            credential,
            setting,
            collection,
            home,
            property,
            header,
            body,
            name,
            uid,
            change,
            time,
            card,
        }
    }
}

pub mod meta {
    pub const SCHEMA: &[u8] = b"schema";
    pub const EPOCH: &[u8] = b"epoch";
    /// revision u64, next cid u32, next principal u32
    pub const COUNTER: &[u8] = b"counter";
    /// Bumped when people or settings change, so that a running server notices a command beside it.
    pub const GENERATION: &[u8] = b"generation";
    /// What the entries of `time` and `card` were made with, as text.
    pub const INDEX: &[u8] = b"time";
}

/// LMDB's keys end at 511 bytes; a longer segment is filed under its hash.
const LONGEST_SEGMENT: usize = 480;

pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..at + 4)
        .map_or(0, |b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
}

pub fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).map_or(0, |b| {
        u64::from_be_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])
    })
}

pub fn of_u32(a: u32) -> [u8; 4] {
    a.to_be_bytes()
}

pub fn of_u64(a: u64) -> [u8; 8] {
    a.to_be_bytes()
}

/// header, change, card
pub fn of_u32_u64(a: u32, b: u64) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&a.to_be_bytes());
    key[4..].copy_from_slice(&b.to_be_bytes());
    key
}

/// time
pub fn of_time(cid: u32, level: u8, bin: u32, oid: u64) -> [u8; 17] {
    let mut key = [0; 17];
    key[..4].copy_from_slice(&cid.to_be_bytes());
    key[4] = level;
    key[5..9].copy_from_slice(&bin.to_be_bytes());
    key[9..].copy_from_slice(&oid.to_be_bytes());
    key
}

/// uid
pub fn of_uid(cid: u32, hash: &[u8; 16]) -> [u8; 20] {
    let mut key = [0; 20];
    key[..4].copy_from_slice(&cid.to_be_bytes());
    key[4..].copy_from_slice(hash);
    key
}

/// credential
pub fn of_credential(pid: u32, kind: u8, id: u32) -> [u8; 9] {
    let mut key = [0; 9];
    key[..4].copy_from_slice(&pid.to_be_bytes());
    key[4] = kind;
    key[5..].copy_from_slice(&id.to_be_bytes());
    key
}

/// name, home
pub fn of_segment(cid: u32, segment: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(5 + segment.len().min(LONGEST_SEGMENT));
    key.extend_from_slice(&cid.to_be_bytes());
    if segment.len() <= LONGEST_SEGMENT {
        key.push(0);
        key.extend_from_slice(segment.as_bytes());
    } else {
        key.push(1);
        key.extend_from_slice(
            ring::digest::digest(&ring::digest::SHA256, segment.as_bytes()).as_ref(),
        );
    }
    key
}

/// property; `None` where namespace and name together are too long to file.
pub fn of_property(cid: u32, oid: u64, namespace: &str, name: &str) -> Option<Vec<u8>> {
    if namespace.len() + name.len() > LONGEST_SEGMENT || namespace.contains('\0') {
        return None;
    }
    let mut key = of_u32_u64(cid, oid).to_vec();
    key.extend_from_slice(namespace.as_bytes());
    key.push(0);
    key.extend_from_slice(name.as_bytes());
    Some(key)
}

/// Values of `name`, `home` and `change` say first whether the member is there or was removed.
pub const LIVE: u8 = 0;
pub const REMOVED: u8 = 1;

pub fn marked(mark: u8, number: u64) -> [u8; 9] {
    let mut value = [mark; 9];
    value[1..].copy_from_slice(&number.to_be_bytes());
    value
}

/// (mark, number) of a value made by [`marked`].
pub fn mark_of(value: &[u8]) -> (u8, u64) {
    (value.first().copied().unwrap_or(REMOVED), u64_at(value, 1))
}
