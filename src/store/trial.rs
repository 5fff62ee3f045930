//! A store in a folder of its own, for the tests of the tables.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;

use super::{Collection, Failure, Indexed, NewPrincipal, Placed, Principal, Store};

pub struct Trial {
    pub store: Store,
    pub anna: Principal,
    folder: PathBuf,
}

impl Trial {
    pub fn new() -> Trial {
        Trial::of(|_| {})
    }

    /// A store that goes on from what `fill` writes into its file.
    pub fn of(fill: impl FnOnce(&mut std::fs::File)) -> Trial {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = std::env::temp_dir().join(format!(
            "davbox-trial-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        ));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("data.mdb");
        let mut file = std::fs::File::create(&path).unwrap();
        fill(&mut file);
        if file.metadata().unwrap().len() == 0 {
            std::fs::remove_file(&path).unwrap();
        }
        let store = Store::open(&folder).unwrap();
        let known = store.snapshot().unwrap().view().principal("anna").unwrap();
        let anna = known.unwrap_or_else(|| {
            let new = NewPrincipal {
                name: "anna".into(),
                display_name: None,
                emails: Vec::new(),
                admin: false,
                password: "hash".into(),
                now: 1,
            };
            let added = store.write_blocking(move |w| w.add_principal(&new));
            added.unwrap()
        });
        Trial {
            store,
            anna,
            folder,
        }
    }

    /// As a new process would.
    pub fn reopen(&mut self) {
        let folder = self.folder.join("other");
        // LMDB opens a folder once in a process: let go of it first.
        self.store = Store::open(&folder).unwrap();
        self.store = Store::open(&self.folder).unwrap();
    }

    pub fn calendar(&self) -> Collection {
        let snapshot = self.store.snapshot().unwrap();
        let view = snapshot.view();
        view.member(self.anna.calendars, "calendar")
            .unwrap()
            .unwrap()
    }

    pub fn address_book(&self) -> Collection {
        let snapshot = self.store.snapshot().unwrap();
        let view = snapshot.view();
        let book = view.member(self.anna.addressbooks, "contacts").unwrap();
        book.unwrap()
    }

    /// Puts a contact.
    pub fn put_card(&self, cid: u32, name: &str, lines: &str) {
        let bytes = Bytes::from(format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{name}\r\n{lines}\r\nN:;;;;\r\nEND:VCARD\r\n"
        ));
        let indexed = Indexed::address_object(&bytes).unwrap();
        let name = name.to_owned();
        let put = self.store.write_blocking(move |w| {
            w.put_object(cid, &name, &bytes, &indexed, |_, _| true, u64::MAX, 2)
        });
        put.unwrap();
    }

    /// Puts an event; `text` makes its bytes differ.
    pub fn put(&self, cid: u32, name: &str, uid: &str, text: &str) -> Result<Placed, Failure> {
        self.put_within(cid, name, uid, text, u64::MAX)
    }

    pub fn put_within(
        &self,
        cid: u32,
        name: &str,
        uid: &str,
        text: &str,
        quota: u64,
    ) -> Result<Placed, Failure> {
        let bytes = Bytes::from(format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
             DTSTART:20260101\r\nSUMMARY:{text}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        ));
        let indexed = Indexed::calendar_object(&bytes).unwrap();
        let name = name.to_owned();
        self.store.write_blocking(move |w| {
            w.put_object(cid, &name, &bytes, &indexed, |_, _| true, quota, 2)
        })
    }

    /// Puts an event that begins on a day, with further lines.
    pub fn put_at(&self, cid: u32, name: &str, day: &str, lines: &str) {
        let bytes = Bytes::from(format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{name}\r\n\
             DTSTART:{day}T100000Z\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
        ));
        let indexed = Indexed::calendar_object(&bytes).unwrap();
        let name = name.to_owned();
        let put = self.store.write_blocking(move |w| {
            w.put_object(cid, &name, &bytes, &indexed, |_, _| true, u64::MAX, 2)
        });
        put.unwrap();
    }

    pub fn remove(&self, cid: u32, name: &str) -> Result<(), Failure> {
        let name = name.to_owned();
        self.store
            .write_blocking(move |w| w.remove_object(cid, &name, |_, _| true))
    }

    /// What `check` finds wrong.
    pub fn faults(&self) -> Vec<String> {
        self.store.check().unwrap().faults
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
