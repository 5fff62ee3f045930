//! Verified credentials, so that a phone's poll costs no slow hash; wrong ones too, so that a phone
//! with an old password does not burn the CPU. Keyed by a MAC: no secret is kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ring::hmac;

use super::Person;
use crate::store::Error;

const KNOWN_FOR: Duration = Duration::from_secs(600);
const WRONG_FOR: Duration = Duration::from_secs(60);
const MOST: usize = 4096;

#[derive(Clone)]
pub(super) enum Verdict {
    Known(Arc<Person>),
    Wrong,
}

struct Entry {
    verdict: Verdict,
    /// Of the people and settings; any change makes the entry worthless.
    generation: u64,
    until: Instant,
}

pub(super) struct Remembered {
    boot_key: hmac::Key,
    entries: Mutex<HashMap<[u8; 32], Entry>>,
}

impl Remembered {
    pub(super) fn new() -> Result<Remembered, Error> {
        let boot_key = hmac::Key::generate(hmac::HMAC_SHA256, &ring::rand::SystemRandom::new())
            .map_err(|_| Error::Io("no random numbers from the system".into()))?;
        Ok(Remembered {
            boot_key,
            entries: Mutex::new(HashMap::new()),
        })
    }

    pub(super) fn key(&self, authorization: &[u8]) -> [u8; 32] {
        let mut key = [0; 32];
        key.copy_from_slice(hmac::sign(&self.boot_key, authorization).as_ref());
        key
    }

    /// A known one lives on while it is used.
    pub(super) fn verdict(&self, key: &[u8; 32], generation: u64) -> Option<Verdict> {
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get_mut(key)?;
        if entry.generation != generation || entry.until < now {
            entries.remove(key);
            return None;
        }
        if matches!(entry.verdict, Verdict::Known(_)) {
            entry.until = now + KNOWN_FOR;
        }
        Some(entry.verdict.clone())
    }

    pub(super) fn put(&self, key: [u8; 32], generation: u64, verdict: Verdict) {
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            entries.retain(|_, e| e.until > now && matches!(e.verdict, Verdict::Known(_)));
            if entries.len() >= MOST {
                entries.clear();
            }
        }
        let until = now
            + match verdict {
                Verdict::Known(_) => KNOWN_FOR,
                Verdict::Wrong => WRONG_FOR,
            };
        entries.insert(
            key,
            Entry {
                verdict,
                generation,
                until,
            },
        );
    }
}
