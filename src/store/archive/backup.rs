//! Store → archive, from one snapshot.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use super::tar::{Entry, Writer};
use super::{
    BACKUP, Backup, CREATED, CollectionRecord, Contents, DeviceRecord, FORMAT, Failed, HomeRecord,
    NAME, PROPERTIES, PersonRecord, SETTINGS, properties_of,
};
use crate::store::collection::Collection;
use crate::store::schema::{self, Tables};
use crate::store::{Error, Principal, View};
use crate::text::date;
use crate::text::file::file_name;

/// Writes everything that `view` sees. Pages it sees are kept until it is done.
///
/// # Errors
/// The store's, and those of `out`.
pub fn back_up<W: Write>(view: View<'_>, out: W, now: u64) -> Result<(W, Contents), Failed> {
    // A new table has to be thought of here; those without a name are made anew by a restore.
    let Tables {
        meta: _,
        principal: _,
        credential: _,
        setting: _,
        collection: _,
        home: _,
        property: _,
        header: _,
        body: _,
        name: _,
        uid: _,
        change: _,
        time: _,
        card: _,
    } = view.tables;
    let mut archive = Archive {
        view,
        out: Writer::new(out),
        now,
        contents: Contents::default(),
    };
    archive.record(
        BACKUP.into(),
        &Backup {
            format: FORMAT,
            schema: schema::VERSION,
            davbox: env!("CARGO_PKG_VERSION").into(),
            made: date::rfc3339(now),
        },
    )?;
    let settings: BTreeMap<String, String> = view.settings()?.into_iter().collect();
    archive.record(SETTINGS.into(), &settings)?;
    for person in view.principals()? {
        archive.person(person)?;
    }
    Ok((archive.out.finish()?, archive.contents))
}

struct Archive<'t, W> {
    view: View<'t>,
    out: Writer<W>,
    now: u64,
    contents: Contents,
}

impl<W: Write> Archive<'_, W> {
    fn record(&mut self, path: String, record: &impl Serialize) -> Result<(), Failed> {
        let mut json = serde_json::to_vec_pretty(record)
            .map_err(|e| Error::Corrupt(format!("a record for {path}: {e}")))?;
        json.push(b'\n');
        let entry = Entry {
            path,
            modified: self.now,
            records: Vec::new(),
        };
        Ok(self.out.put(&entry, &json)?)
    }

    fn person(&mut self, person: Principal) -> Result<(), Failed> {
        let view = self.view;
        let Principal {
            name,
            id,
            display_name,
            emails,
            admin,
            calendars,
            addressbooks,
            created,
        } = person;
        let home = |cid: u32| -> Result<HomeRecord, Error> {
            let missing = || Error::Corrupt(format!("a home of {name} is missing"));
            Ok(HomeRecord {
                created: view.collection(cid)?.ok_or_else(missing)?.created,
                properties: properties_of(view, cid, 0)?,
            })
        };
        let devices = view.devices(id)?.into_iter().map(|d| DeviceRecord {
            id: d.id,
            label: d.label,
            hash: d.hash,
            created: d.created,
        });
        let record = PersonRecord {
            display_name,
            emails,
            admin,
            created,
            password: view.password(id)?,
            devices: devices.collect(),
            calendars: home(calendars)?,
            addressbooks: home(addressbooks)?,
            name: name.clone(),
        };
        let folder = format!("people/{}", file_name(&name));
        self.record(format!("{folder}/person.json"), &record)?;
        self.contents.people += 1;
        for (home, family) in [(calendars, "calendars"), (addressbooks, "addressbooks")] {
            for collection in view.members(home)? {
                let folder = format!("{folder}/{family}/{}", file_name(&collection.slug));
                self.collection(&folder, &collection)?;
            }
        }
        Ok(())
    }

    fn collection(&mut self, folder: &str, collection: &Collection) -> Result<(), Failed> {
        let view = self.view;
        let record = CollectionRecord::of(view, collection)?;
        self.record(format!("{folder}/collection.json"), &record)?;
        self.contents.collections += 1;
        let mut failed = None;
        view.objects(collection.cid, 0, |header| {
            let name = header.name();
            let file = file_name(name);
            let mut records = Vec::new();
            if file != name {
                records.push((NAME.into(), name.into()));
            }
            if header.created() != header.modified() {
                records.push((CREATED.into(), header.created().to_string()));
            }
            let properties = properties_of(view, collection.cid, header.oid)?;
            if !properties.is_empty() {
                let json = serde_json::to_string(&properties)
                    .map_err(|e| Error::Corrupt(format!("a property of {name}: {e}")))?;
                records.push((PROPERTIES.into(), json));
            }
            let entry = Entry {
                path: format!("{folder}/objects/{file}"),
                modified: header.modified(),
                records,
            };
            let body = view.body(header.oid)?;
            self.contents.objects += 1;
            self.contents.bytes += body.len() as u64;
            failed = self.out.put(&entry, body).err();
            Ok(failed.is_none())
        })?;
        failed.map_or(Ok(()), |e| Err(e.into()))
    }
}
