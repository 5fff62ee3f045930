use std::fs::{self, File};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::*;
use crate::store::{Indexed, NewCollection, NewDevice, NewPrincipal, Store};

/// A folder that goes when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("davbox-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn property(name: &str, xml: &str) -> (PropertyName, Option<Vec<u8>>) {
    let name = PropertyName {
        namespace: "urn:test".into(),
        name: name.into(),
    };
    (name, Some(xml.into()))
}

fn event(uid: &str) -> Bytes {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:20260101\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").into()
}

fn card(uid: &str) -> Bytes {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{uid}\r\nEND:VCARD\r\n").into()
}

fn put(w: &mut crate::store::Writing<'_>, cid: u32, name: &str, bytes: &Bytes, now: u64) {
    let indexed = if bytes.starts_with(b"BEGIN:VCAL") {
        Indexed::calendar_object(bytes).unwrap()
    } else {
        Indexed::address_object(bytes).unwrap()
    };
    w.put_object(cid, name, bytes, &indexed, |_, _| true, 1 << 30, now)
        .unwrap();
}

/// Two people with something of everything a backup has to carry.
fn fill(store: &Store) {
    store
        .write_blocking(|w| {
            w.put_setting("connections", "100")?;
            for name in ["anna", "bert@example.org"] {
                let person = w.add_principal(&NewPrincipal {
                    name: name.into(),
                    display_name: Some("Änne".into()),
                    emails: vec!["a@b".into()],
                    admin: name == "anna",
                    password: "$hash".into(),
                    now: 1_000,
                })?;
                for label in ["one", "two", "three"] {
                    let (label, hash) = (label.into(), "00ff".into());
                    w.add_device(
                        person.id,
                        &NewDevice {
                            label,
                            hash,
                            now: 7,
                        },
                    )?;
                }
                w.revoke_device(person.id, 2)?;
                let made = w.add_collection(&NewCollection {
                    home: person.calendars,
                    kind: Kind::Calendar,
                    owner: person.id,
                    slug: "Käse & Öl".into(),
                    components: 3,
                    properties: Vec::new(),
                    now: 2_000,
                })?;
                w.patch_collection(
                    made.cid,
                    &[property("color", "<c xmlns='urn:test'>#f00</c>")],
                    u64::MAX,
                )?;
                w.patch_collection(person.calendars, &[property("home", "<h/>")], u64::MAX)?;
                for n in 0..20 {
                    put(
                        w,
                        made.cid,
                        &format!("{n}.ics"),
                        &event(&format!("u{n}")),
                        3_000,
                    );
                }
                let long = format!("{}.ics", "ö".repeat(300));
                put(w, made.cid, &long, &event("long"), 4_000);
                put(w, made.cid, "a b:c", &event("odd"), 4_000);
                w.patch_object(
                    made.cid,
                    "a b:c",
                    &[property("dead", "<d>é\n</d>")],
                    |_, _| true,
                    u64::MAX,
                )?;
                let book = w.view().member(person.addressbooks, "contacts")?.unwrap();
                put(w, book.cid, "x.vcf", &card("x"), 5_000);
                put(
                    w,
                    book.cid,
                    "x.vcf",
                    &(String::from_utf8_lossy(&card("x")).replace("FN:x", "FN:y")).into(),
                    6_000,
                );
                put(w, book.cid, "gone.vcf", &card("gone"), 5_000);
                w.remove_object(book.cid, "gone.vcf", |_, _| true)?;
            }
            Ok(())
        })
        .unwrap();
}

fn archive_of(store: &Store) -> Vec<u8> {
    let snapshot = store.snapshot().unwrap();
    back_up(snapshot.view(), Vec::new(), 9_000).unwrap().0
}

fn restore(folder: &Path, bytes: &[u8], store: &Store, replace: bool) -> Result<Contents, String> {
    let path = folder.join("restored.tar");
    fs::write(&path, bytes).unwrap();
    let mut file = File::open(&path).unwrap();
    let found = inspect(&mut file).map_err(|e| e.to_string())?;
    let contents = store.restore(file, replace).map_err(|e| e.to_string())?;
    assert_eq!(found, contents);
    Ok(contents)
}

fn is_sound(store: &Store) {
    let faults = store.check().unwrap().faults;
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn a_restored_store_gives_the_same_backup() {
    let scratch = Scratch::new("archive-round");
    let old = Store::open(&scratch.join("old")).unwrap();
    fill(&old);
    let bytes = archive_of(&old);
    let new = Store::open(&scratch.join("new")).unwrap();
    let contents = restore(&scratch.0, &bytes, &new, false).unwrap();
    assert_eq!(
        (contents.people, contents.collections, contents.objects),
        (2, 12, 46)
    );
    is_sound(&new);
    assert!(archive_of(&new) == bytes);

    // The same over a store that is in use: new epoch, new generation, no id comes again.
    let before = |store: &Store| {
        let snapshot = store.snapshot().unwrap();
        let view = snapshot.view();
        let anna = view.principal("anna").unwrap().unwrap();
        (
            view.epoch().unwrap(),
            view.generation().unwrap(),
            anna.id,
            anna.calendars,
        )
    };
    let was = before(&old);
    assert!(
        restore(&scratch.0, &bytes, &old, false)
            .unwrap_err()
            .contains("users")
    );
    assert_eq!(before(&old), was);
    restore(&scratch.0, &bytes, &old, true).unwrap();
    is_sound(&old);
    assert!(archive_of(&old) == bytes);
    let is = before(&old);
    assert!(
        is.0 != was.0 && is.1 > was.1 && is.2 > was.2 && is.3 > was.3,
        "{was:?} {is:?}"
    );
}

#[test]
fn a_damaged_archive_changes_nothing() {
    let scratch = Scratch::new("archive-damage");
    let store = Store::open(&scratch.join("store")).unwrap();
    fill(&store);
    let bytes = archive_of(&store);
    for end in (0..bytes.len()).step_by(512) {
        assert!(
            restore(&scratch.0, &bytes[..end], &store, true).is_err(),
            "cut at {end}"
        );
    }
    // Behind the check of the command, the store itself changes nothing either.
    let path = scratch.join("cut.tar");
    fs::write(&path, &bytes[..bytes.len() - 512]).unwrap();
    assert!(store.restore(File::open(&path).unwrap(), true).is_err());
    assert!(archive_of(&store) == bytes);
    is_sound(&store);
}

/// An archive whose checksum holds, but which no backup would make.
#[test]
fn what_no_backup_holds_is_refused() {
    let scratch = Scratch::new("archive-forged");
    let store = Store::open(&scratch.join("store")).unwrap();
    fill(&store);
    let bytes = archive_of(&store);
    let forged = |change: &dyn Fn(&mut tar::Entry, &mut Vec<u8>) -> bool| {
        let mut reader = tar::Reader::new(&bytes[..]);
        let mut writer = tar::Writer::new(Vec::new());
        while let Some((mut entry, mut content)) = reader.next().unwrap() {
            if change(&mut entry, &mut content) {
                writer.put(&entry, &content).unwrap();
            }
        }
        writer.finish().unwrap()
    };
    let said = |change: &dyn Fn(&mut tar::Entry, &mut Vec<u8>) -> bool| {
        restore(&scratch.0, &forged(change), &store, true).unwrap_err()
    };
    assert!(forged(&|_, _| true) == bytes);
    let json = |content: &mut Vec<u8>, from: &str, to: &str| {
        *content = String::from_utf8_lossy(content)
            .replace(from, to)
            .into_bytes();
    };
    let newer = said(&|entry, content| {
        if entry.path == BACKUP {
            json(content, "\"format\": 1", "\"format\": 2");
        }
        true
    });
    assert!(newer.contains("newer"), "{newer}");
    let twice = said(&|entry, content| {
        if entry.path.ends_with("/1.ics") {
            *content = event("u0").to_vec();
        }
        true
    });
    assert!(twice.contains("same UID"), "{twice}");
    let unreadable = said(&|entry, content| {
        if entry.path.ends_with(".vcf") {
            content.truncate(20);
        }
        true
    });
    assert!(unreadable.contains(".vcf"), "{unreadable}");
    for lost in [
        BACKUP,
        "people/anna/person.json",
        "people/anna/addressbooks/contacts/collection.json",
    ] {
        said(&|entry, _| entry.path != lost);
    }
    let moved = said(&|entry, _| {
        entry.path = entry.path.replace("/objects/3.ics", "/objects/../3.ics");
        true
    });
    assert!(moved.contains("belong"), "{moved}");
    assert!(archive_of(&store) == bytes);
}
