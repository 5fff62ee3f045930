//! What one davbox is made of, as DAV sees it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::on::On;
use crate::store::Store;

/// The names of what the tables above offer, for the properties that list them. The tables import
/// the properties; this hands their names down without an import up.
#[derive(Clone, Copy)]
pub struct Offers {
    pub methods: fn(On) -> Vec<&'static str>,
    /// Prefix and local name.
    pub reports: fn(On) -> Vec<&'static str>,
}

/// Shared by all requests.
pub struct Site {
    pub store: Store,
    pub limits: Limits,
    pub offers: Offers,
    /// Bytes free on the disk and when it was asked, so that a listing asks once.
    free: AtomicU64,
    free_asked: AtomicU64,
}

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one object.
    pub object: usize,
    /// Bytes of one person's home.
    pub quota: u64,
}

impl Site {
    #[must_use]
    pub fn new(store: Store, limits: Limits, offers: Offers) -> Site {
        Site {
            store,
            limits,
            offers,
            free: AtomicU64::new(u64::MAX),
            free_asked: AtomicU64::new(0),
        }
    }

    /// Bytes free where the store lies.
    #[must_use]
    pub fn free_bytes(&self) -> u64 {
        let now = now();
        if self.free_asked.swap(now, Ordering::Relaxed) != now
            && let Ok(disk) = nix::sys::statvfs::statvfs(&self.store.folder())
        {
            #[allow(clippy::unnecessary_cast, clippy::useless_conversion)]
            let free = u64::from(disk.blocks_available()) * (disk.fragment_size() as u64);
            self.free.store(free, Ordering::Relaxed);
        }
        self.free.load(Ordering::Relaxed)
    }
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs())
}
