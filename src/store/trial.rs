//! A store in a folder of its own, for the tests of the tables.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;

use super::{
    Collection, Failure, Indexed, NewPrincipal, Placed, Principal, Store, content_hash, uid_hash,
};

pub struct Trial {
    pub store: Store,
    pub anna: Principal,
    folder: PathBuf,
}

impl Trial {
    pub fn new() -> Trial {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = std::env::temp_dir().join(format!(
            "davbox-trial-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        ));
        let store = Store::open(&folder).unwrap();
        let new = NewPrincipal {
            name: "anna".into(),
            display_name: None,
            emails: Vec::new(),
            admin: false,
            password: "hash".into(),
            now: 1,
        };
        let anna = store
            .write_blocking(move |w| w.add_principal(&new))
            .unwrap();
        Trial {
            store,
            anna,
            folder,
        }
    }

    pub fn calendar(&self) -> Collection {
        let snapshot = self.store.snapshot().unwrap();
        let view = snapshot.view();
        view.member(self.anna.calendars, "calendar")
            .unwrap()
            .unwrap()
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
        let indexed = Indexed {
            uid: uid_hash(uid),
            content: content_hash(&bytes),
            component: crate::calendar::Component::Vevent.bit(),
        };
        let name = name.to_owned();
        self.store.write_blocking(move |w| {
            w.put_object(cid, &name, &bytes, &indexed, |_, _| true, quota, 2)
        })
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
