//! Archive → store, in one transaction: readers see the old life of the store or the new one.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read, Seek};

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::tar::{Entry, Reader};
use super::{
    BACKUP, Backup, CREATED, CollectionRecord, Contents, FORMAT, Failed, HomeRecord, KINDS, NAME,
    PROPERTIES, PersonRecord, PropertyRecord, SETTINGS,
};
use crate::store::collection::{Collection, Kind, NewCollection};
use crate::store::credential::Device;
use crate::store::object::{Indexed, Restored, uid_hash};
use crate::store::principal::{Principal, is_user_name};
use crate::store::schema::Tables;
use crate::store::writer::Writing;
use crate::store::{Error, Failure, Refused, Store};
use crate::text::file::file_name;

/// Reads an archive to its end and says what it holds, or why it cannot be used.
///
/// # Errors
/// [`Failed`].
pub fn inspect(file: &mut File) -> Result<Contents, Failed> {
    let mut records = Records::open(file)?;
    while records.next()?.is_some() {}
    Ok(records.contents)
}

impl Store {
    /// Replaces everything in the store by what [`inspect`] found to be whole. Without `replace`,
    /// only where nobody is in the store yet.
    ///
    /// # Errors
    /// [`Refused::TooMany`] where somebody is; the store's, with nothing changed.
    pub fn restore(&self, mut file: File, replace: bool) -> Result<Contents, Failure> {
        self.write_blocking(move |w| {
            if !replace && w.view().principal_count()? > 0 {
                return Err(Refused::TooMany("there are users in this store already").into());
            }
            // From here on a refusal would leave half a store: it is an error, which leaves none.
            restore(w, &mut file).map_err(|e| {
                Failure::Error(match e {
                    Broken::Archive(Failed::Store(e)) | Broken::Store(Failure::Error(e)) => e,
                    Broken::Archive(e) => Error::Io(e.to_string()),
                    Broken::Store(Failure::Refused(r)) => Error::Io(r.to_string()),
                })
            })
        })
    }
}

enum Broken {
    Archive(Failed),
    Store(Failure),
}

impl From<Failed> for Broken {
    fn from(e: Failed) -> Broken {
        Broken::Archive(e)
    }
}

impl From<Failure> for Broken {
    fn from(e: Failure) -> Broken {
        Broken::Store(e)
    }
}

impl From<Error> for Broken {
    fn from(e: Error) -> Broken {
        Broken::Store(e.into())
    }
}

/// Ids go on rising from those of the old life, so that a request that is on its way in a running
/// server meets nothing under the number it knows.
fn restore(w: &mut Writing<'_>, file: &mut File) -> Result<Contents, Broken> {
    let mut records = Records::open(file)?;
    clear(w)?;
    let epoch = w.renew_epoch()?;
    let mut owner: Option<Principal> = None;
    let mut current: Option<Collection> = None;
    while let Some(record) = records.next()? {
        if !matches!(record, Record::Object(_))
            && let Some(done) = current.take()
        {
            w.put_collection(&done)?;
        }
        match record {
            Record::Settings(settings) => {
                for (name, value) in settings {
                    w.put_setting(&name, &value)?;
                }
            }
            Record::Person(person) => owner = Some(add_person(w, person)?),
            Record::Collection(family, kind, record) => {
                let owner = owner.as_ref().ok_or_else(misplaced)?;
                let components = record.components().ok_or_else(misplaced)?;
                let properties = PropertyRecord::patch(record.properties);
                let mut made = w.add_collection(&NewCollection {
                    home: match family {
                        Family::Calendars => owner.calendars,
                        Family::Addressbooks => owner.addressbooks,
                    },
                    kind,
                    owner: owner.id,
                    slug: record.slug,
                    components,
                    properties: Vec::new(),
                    now: record.created,
                })?;
                w.patch_properties(&mut made, 0, &properties, u64::MAX)?;
                w.put_collection(&made)?;
                current = Some(made);
            }
            Record::Object(object) => {
                let collection = current.as_mut().ok_or_else(misplaced)?;
                let oid = w.restore_object(
                    collection,
                    epoch,
                    &Restored {
                        name: &object.name,
                        bytes: &object.bytes,
                        indexed: &object.indexed,
                        created: object.created,
                        modified: object.modified,
                    },
                )?;
                let properties = PropertyRecord::patch(object.properties);
                w.patch_properties(collection, oid, &properties, u64::MAX)?;
            }
        }
    }
    if let Some(done) = current {
        w.put_collection(&done)?;
    }
    Ok(records.contents)
}

fn clear(w: &mut Writing<'_>) -> Result<(), Error> {
    // A new table has to be thought of here.
    let Tables {
        meta: _,
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
    } = *w.tables;
    for table in [
        principal, credential, setting, collection, home, property, header, body, name, uid,
        change, time, card,
    ] {
        w.clear(table)?;
    }
    Ok(())
}

fn add_person(w: &mut Writing<'_>, person: PersonRecord) -> Result<Principal, Broken> {
    let id = w.next_pid();
    let mut home = |kind, record: HomeRecord| -> Result<u32, Broken> {
        let cid = w.add_home(kind, id, record.created)?;
        let mut made = w.required(cid)?;
        let properties = PropertyRecord::patch(record.properties);
        w.patch_properties(&mut made, 0, &properties, u64::MAX)?;
        w.put_collection(&made)?;
        Ok(cid)
    };
    let calendars = home(Kind::CalendarHome, person.calendars)?;
    let addressbooks = home(Kind::AddressbookHome, person.addressbooks)?;
    let principal = Principal {
        name: person.name,
        id,
        display_name: person.display_name,
        emails: person.emails,
        admin: person.admin,
        calendars,
        addressbooks,
        created: person.created,
    };
    w.put_principal(&principal)?;
    if let Some(hash) = person.password {
        w.put_password(id, &hash)?;
    }
    for device in person.devices {
        w.put_device(
            id,
            &Device {
                id: device.id,
                label: device.label,
                hash: device.hash,
                created: device.created,
            },
        )?;
    }
    Ok(principal)
}

fn misplaced() -> Failed {
    Failed::damaged("a file stands where it does not belong")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Calendars,
    Addressbooks,
}

enum Record {
    Settings(BTreeMap<String, String>),
    Person(PersonRecord),
    Collection(Family, Kind, CollectionRecord),
    Object(Object),
}

struct Object {
    name: String,
    bytes: Bytes,
    indexed: Indexed,
    created: u64,
    modified: u64,
    properties: Vec<PropertyRecord>,
}

/// The records of an archive, each checked against those before it.
struct Records<R> {
    files: Reader<R>,
    contents: Contents,
    /// Folder of the person whose things follow.
    person: Option<String>,
    /// Folder of the collection whose objects follow, and what it takes.
    collection: Option<(String, Kind, u8)>,
    /// What may be there once: people, (family, slug) of one person, UIDs and names of one
    /// collection.
    people: HashSet<String>,
    slugs: HashSet<(bool, String)>,
    uids: HashSet<[u8; 16]>,
    names: HashSet<[u8; 16]>,
}

impl<'f> Records<BufReader<&'f mut File>> {
    fn open(file: &'f mut File) -> Result<Self, Failed> {
        file.rewind()?;
        Records::of(BufReader::with_capacity(1 << 16, file))
    }
}

impl<R: Read> Records<R> {
    fn of(source: R) -> Result<Records<R>, Failed> {
        let mut files = Reader::new(source);
        let Some((entry, json)) = files.next()? else {
            return Err(misplaced());
        };
        if entry.path != BACKUP {
            return Err(misplaced());
        }
        let backup: Backup = parse(&entry.path, &json)?;
        if backup.format > FORMAT {
            return Err(Failed::damaged(format!(
                "it was made by davbox {}, which is newer than this one",
                backup.davbox
            )));
        }
        Ok(Records {
            files,
            contents: Contents::default(),
            person: None,
            collection: None,
            people: HashSet::new(),
            slugs: HashSet::new(),
            uids: HashSet::new(),
            names: HashSet::new(),
        })
    }

    fn next(&mut self) -> Result<Option<Record>, Failed> {
        let Some((entry, bytes)) = self.files.next()? else {
            return Ok(None);
        };
        let path = entry.path.as_str();
        if let Some((folder, kind, components)) = &self.collection
            && let Some(file) = path
                .strip_prefix(folder.as_str())
                .and_then(|p| p.strip_prefix("/objects/"))
        {
            let (file, kind, components) = (file.to_owned(), *kind, *components);
            return self
                .object(&entry, &file, bytes, kind, components)
                .map(Some);
        }
        if path == SETTINGS {
            return Ok(Some(Record::Settings(parse(path, &bytes)?)));
        }
        if path.ends_with("/person.json") {
            return self.person(path, &bytes).map(Some);
        }
        self.collection(path, &bytes).map(Some)
    }

    fn person(&mut self, path: &str, json: &[u8]) -> Result<Record, Failed> {
        let person: PersonRecord = parse(path, json)?;
        let folder = format!("people/{}", file_name(&person.name));
        if path != format!("{folder}/person.json")
            || !is_user_name(&person.name)
            || !self.people.insert(person.name.clone())
        {
            return Err(misplaced());
        }
        self.person = Some(folder);
        self.collection = None;
        self.slugs.clear();
        self.contents.people += 1;
        Ok(Record::Person(person))
    }

    fn collection(&mut self, path: &str, json: &[u8]) -> Result<Record, Failed> {
        let folder = path
            .strip_suffix("/collection.json")
            .ok_or_else(misplaced)?;
        let person = self.person.as_deref().ok_or_else(misplaced)?;
        let record: CollectionRecord = parse(path, json)?;
        let kind = KINDS
            .iter()
            .find(|(_, name)| *name == record.kind)
            .map(|(kind, _)| *kind)
            .ok_or_else(|| Failed::damaged(format!("{path} is of an unknown kind")))?;
        let (family, segment) = match kind {
            Kind::Addressbook => (Family::Addressbooks, "addressbooks"),
            _ => (Family::Calendars, "calendars"),
        };
        let components = record
            .components()
            .ok_or_else(|| Failed::damaged(format!("{path} names an unknown component")))?;
        if folder != format!("{person}/{segment}/{}", file_name(&record.slug))
            || record.slug.is_empty()
            || !self
                .slugs
                .insert((family == Family::Calendars, record.slug.clone()))
        {
            return Err(misplaced());
        }
        self.collection = Some((folder.to_owned(), kind, components));
        self.uids.clear();
        self.names.clear();
        self.contents.collections += 1;
        Ok(Record::Collection(family, kind, record))
    }

    fn object(
        &mut self,
        entry: &Entry,
        file: &str,
        bytes: Vec<u8>,
        kind: Kind,
        components: u8,
    ) -> Result<Record, Failed> {
        let record = |key: &str| {
            let mut records = entry.records.iter();
            records.find(|(k, _)| k == key).map(|(_, v)| v.as_str())
        };
        let wrong =
            |what: &dyn std::fmt::Display| Failed::damaged(format!("{}: {what}", entry.path));
        let name = record(NAME).unwrap_or(file).to_owned();
        let created = match record(CREATED) {
            Some(text) => text
                .parse()
                .map_err(|_| wrong(&"its time of creation cannot be read"))?,
            None => entry.modified,
        };
        let properties = match record(PROPERTIES) {
            Some(json) => parse(&entry.path, json.as_bytes())?,
            None => Vec::new(),
        };
        if name.is_empty() || file_name(&name) != file {
            return Err(misplaced());
        }
        let indexed = if kind == Kind::Addressbook {
            Indexed::address_object(&bytes).map_err(|e| wrong(&e))?
        } else {
            Indexed::calendar_object(&bytes).map_err(|e| wrong(&e))?
        };
        if components != 0 && components & indexed.component == 0 {
            return Err(wrong(&"its collection does not take such a component"));
        }
        if !self.uids.insert(indexed.uid) {
            return Err(wrong(&"another object of its collection has the same UID"));
        }
        if !self.names.insert(uid_hash(&name)) {
            return Err(wrong(&"another object of its collection has the same name"));
        }
        self.contents.objects += 1;
        self.contents.bytes += bytes.len() as u64;
        Ok(Record::Object(Object {
            name,
            bytes: bytes.into(),
            indexed,
            created,
            modified: entry.modified,
            properties,
        }))
    }
}

fn parse<T: DeserializeOwned>(path: &str, json: &[u8]) -> Result<T, Failed> {
    serde_json::from_slice(json).map_err(|e| Failed::damaged(format!("{path}: {e}")))
}
