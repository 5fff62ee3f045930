//! The portable backup: one tar file of records as JSON and of the clients' bytes as they are.
//!
//! ```text
//! davbox/backup.json                                  format, schema, version, time
//! davbox/settings.json                                name → text
//! people/NAME/person.json                             who it is, hashes of passwords, both homes
//! people/NAME/calendars/SLUG/collection.json          kind, components, properties
//! people/NAME/calendars/SLUG/objects/OBJECT.ics       the client's bytes
//! people/NAME/addressbooks/SLUG/…                     the same with .vcf
//! davbox/checksum                                     SHA-256 of every byte before it
//! ```
//!
//! Everything about a person follows their record, everything about a collection follows its own.
//! An object's time is that of its last change. What a file's name cannot say is a pax record:
//! `DAVBOX.name` where the object is called otherwise, `DAVBOX.created` where it differs from the
//! last change, `DAVBOX.properties` as JSON. Nothing is binary and no number depends on a machine.
//! Ids, revisions and remembered removals are not in it: a restored store is a new life with a new
//! epoch, and nothing of the old one means anything there.

mod backup;
mod restore;
mod tar;

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use super::collection::Kind;
use super::{Collection, Error, PropertyName, View};
use crate::calendar::Components;

pub use backup::back_up;
pub use restore::inspect;

/// Of the layout above. A higher one is refused.
const FORMAT: u32 = 1;

const BACKUP: &str = "davbox/backup.json";
const SETTINGS: &str = "davbox/settings.json";
const NAME: &str = "DAVBOX.name";
const CREATED: &str = "DAVBOX.created";
const PROPERTIES: &str = "DAVBOX.properties";

/// What an archive holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    pub people: u64,
    pub collections: u64,
    pub objects: u64,
    pub bytes: u64,
}

/// An archive that could not be written or read.
#[derive(Debug)]
pub enum Failed {
    Store(Error),
    Io(io::Error),
    /// What is wrong with the archive.
    Damaged(String),
}

impl Failed {
    fn damaged(what: impl Into<String>) -> Failed {
        Failed::Damaged(what.into())
    }

    fn cut_off() -> Failed {
        Failed::damaged("its end is missing")
    }

    fn reading(e: io::Error) -> Failed {
        match e.kind() {
            io::ErrorKind::UnexpectedEof => Failed::cut_off(),
            _ => Failed::Io(e),
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failed::Store(e) => e.fmt(f),
            Failed::Io(e) => write!(f, "the archive could not be read or written: {e}"),
            Failed::Damaged(what) => write!(f, "the archive cannot be used: {what}"),
        }
    }
}

impl std::error::Error for Failed {}

impl From<Error> for Failed {
    fn from(e: Error) -> Failed {
        Failed::Store(e)
    }
}

impl From<io::Error> for Failed {
    fn from(e: io::Error) -> Failed {
        Failed::Io(e)
    }
}

#[derive(Serialize, Deserialize)]
struct Backup {
    format: u32,
    schema: u32,
    davbox: String,
    made: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PersonRecord {
    name: String,
    display_name: String,
    emails: Vec<String>,
    admin: bool,
    created: u64,
    password: Option<String>,
    devices: Vec<DeviceRecord>,
    calendars: HomeRecord,
    addressbooks: HomeRecord,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct DeviceRecord {
    id: u32,
    label: String,
    hash: String,
    created: u64,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct HomeRecord {
    created: u64,
    properties: Vec<PropertyRecord>,
}

/// A collection without its objects, as it stands in a backup and beside exported files.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionRecord {
    kind: String,
    slug: String,
    /// Names of the components it takes; none where it takes all.
    components: Vec<String>,
    created: u64,
    properties: Vec<PropertyRecord>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PropertyRecord {
    namespace: String,
    name: String,
    xml: String,
}

impl CollectionRecord {
    /// # Errors
    /// The store's.
    pub fn of(view: View<'_>, collection: &Collection) -> Result<CollectionRecord, Error> {
        let components = Components::from_bits(collection.components);
        Ok(CollectionRecord {
            kind: name_of(collection.kind).into(),
            slug: collection.slug.clone(),
            components: components.iter().map(|c| c.name().to_owned()).collect(),
            created: collection.created,
            properties: properties_of(view, collection.cid, 0)?,
        })
    }

    fn components(&self) -> Option<u8> {
        let names = self.components.iter().map(String::as_str);
        Components::from_names(names).ok().map(Components::bits)
    }
}

fn properties_of(view: View<'_>, cid: u32, oid: u64) -> Result<Vec<PropertyRecord>, Error> {
    let mut all = Vec::new();
    for (name, xml) in view.properties(cid, oid)? {
        let xml = String::from_utf8(xml.to_vec())
            .map_err(|_| Error::Corrupt(format!("the property {} of {cid}/{oid}", name.name)))?;
        all.push(PropertyRecord {
            namespace: name.namespace,
            name: name.name,
            xml,
        });
    }
    Ok(all)
}

impl PropertyRecord {
    fn patch(all: Vec<PropertyRecord>) -> Vec<(PropertyName, Option<Vec<u8>>)> {
        all.into_iter()
            .map(
                |PropertyRecord {
                     namespace,
                     name,
                     xml,
                 }| { (PropertyName { namespace, name }, Some(xml.into_bytes())) },
            )
            .collect()
    }
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Calendar, "calendar"),
    (Kind::Addressbook, "addressbook"),
    (Kind::Inbox, "inbox"),
    (Kind::Outbox, "outbox"),
];

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::CalendarHome | Kind::AddressbookHome => "home",
        Kind::Calendar => "calendar",
        Kind::Addressbook => "addressbook",
        Kind::Inbox => "inbox",
        Kind::Outbox => "outbox",
    }
}

#[cfg(test)]
mod tests;
