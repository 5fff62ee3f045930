//! `davbox export`: a person's collections as folders of files, the bytes as the clients wrote them.
//!
//! One folder per collection, named after it; in it one file per object and `collection.json` with
//! name, colour and kind. An address book whose calendar home has the same name is `NAME.contacts`.

use std::fs;
use std::path::{Path, PathBuf};

use lexopt::prelude::*;

use super::{Done, Failed, open_existing, say, usage};
use crate::store::archive::CollectionRecord;
use crate::store::{Collection, Error, Kind, View};
use crate::text::file::file_name;

/// Of the collection itself, beside its objects.
const RECORD: &str = "collection.json";

pub fn run(mut parser: lexopt::Parser, data: PathBuf) -> Done {
    let (mut user, mut from, mut target) = (None, None, None);
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Long("user") => {
                user = Some(
                    parser
                        .value()
                        .map_err(usage)?
                        .to_string_lossy()
                        .into_owned(),
                )
            }
            Long("from") => {
                from = Some(
                    parser
                        .value()
                        .map_err(usage)?
                        .to_string_lossy()
                        .into_owned(),
                )
            }
            Value(value) if target.is_none() => target = Some(PathBuf::from(value)),
            other => return Err(usage(other.unexpected())),
        }
    }
    let user = user.ok_or_else(|| Failed::usage("say with --user whose collections."))?;
    let target = target.ok_or_else(|| Failed::usage("say the folder to write to."))?;
    let store = open_existing(&data)?;
    let snapshot = store.snapshot()?;
    let view = snapshot.view();
    let person = super::person(view, &user)?;
    let chosen = choose(
        view,
        [person.calendars, person.addressbooks],
        from.as_deref(),
    )?;
    if chosen.is_empty() {
        let slug = from.unwrap_or_default();
        return Err(Failed::because(format!(
            "{user} has no collection {slug:?}."
        )));
    }
    let mut folders: Vec<(PathBuf, Collection)> = Vec::new();
    for collection in chosen {
        let mut folder = target.join(file_name(&collection.slug));
        if folders.iter().any(|(other, _)| *other == folder) {
            folder = target.join(file_name(&format!("{}.contacts", collection.slug)));
        }
        // Before anything is written: what lies there may be the only copy of something.
        if fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Failed::because(format!(
                "{} is not empty. Choose another folder.",
                folder.display()
            )));
        }
        folders.push((folder, collection));
    }
    let (count, mut objects) = (folders.len(), 0);
    for (folder, collection) in &folders {
        objects += write(view, folder, collection)?;
    }
    say(&format!(
        "{count} collections with {objects} objects are in {}.\n",
        target.display()
    ))
}

/// An inbox or outbox only where something lies in it.
fn choose(view: View<'_>, homes: [u32; 2], from: Option<&str>) -> Result<Vec<Collection>, Error> {
    let mut chosen = Vec::new();
    for home in homes {
        chosen.extend(view.members(home)?.into_iter().filter(|c| match from {
            Some(slug) => c.slug == slug,
            None => !matches!(c.kind, Kind::Inbox | Kind::Outbox) || c.count > 0,
        }));
    }
    Ok(chosen)
}

fn write(view: View<'_>, folder: &Path, collection: &Collection) -> Result<u64, Failed> {
    let failed =
        |path: &Path, e: std::io::Error| Failed::because(format!("{}: {e}.", path.display()));
    fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
    let record = CollectionRecord::of(view, collection)?;
    let mut json = serde_json::to_vec_pretty(&record)?;
    json.push(b'\n');
    let path = folder.join(RECORD);
    fs::write(&path, json).map_err(|e| failed(&path, e))?;
    let mut written = 0;
    let mut broken = None;
    view.objects(collection.cid, 0, |header| {
        let mut name = file_name(header.name());
        if name.eq_ignore_ascii_case(RECORD) {
            name = format!("%{name}");
        }
        let path = folder.join(name);
        // A file system that cannot tell `A` from `a` must not lose one of them.
        let new = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path);
        let put = match new {
            Ok(mut file) => std::io::Write::write_all(&mut file, view.body(header.oid)?),
            Err(e) => Err(e),
        };
        written += 1;
        broken = put.err().map(|e| failed(&path, e));
        Ok(broken.is_none())
    })?;
    broken.map_or(Ok(written), Err)
}
