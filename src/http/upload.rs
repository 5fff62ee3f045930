//! A request's body, read with a bound in bytes and in time before anything else happens.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body as _, Incoming};
use tokio::sync::{Semaphore, SemaphorePermit};

/// For any body; a large one gets more by [`SLOWEST`].
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes per second that a client must reach: a phone on a bad line does.
const SLOWEST: u64 = 8 * 1024;

/// Bodies up to this size are taken as they come: connections are bounded, and so are these.
const SMALL: usize = 64 * 1024;
/// For all larger bodies together: a box has little memory, and many phones send photos at once.
const BUDGET_KIB: usize = 32 * 1024;
static BUDGET: Semaphore = Semaphore::const_new(BUDGET_KIB);
/// Of a refused body.
const DISCARDED: usize = 256 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// 413
    TooLarge,
    /// 408
    TooSlow,
    /// The client went away or broke the framing.
    Broken,
}

/// A body not yet read.
pub struct Upload {
    incoming: Incoming,
}

impl Upload {
    #[must_use]
    pub fn new(incoming: Incoming) -> Upload {
        Upload { incoming }
    }

    /// The whole body, at most `limit` bytes.
    ///
    /// # Errors
    /// [`Failed`].
    pub async fn read(self, limit: usize) -> Result<Bytes, Failed> {
        if self.incoming.is_end_stream() {
            return Ok(Bytes::new());
        }
        let announced = self.incoming.size_hint().exact();
        if announced.is_some_and(|n| n > limit as u64) {
            return Err(Failed::TooLarge);
        }
        let expected = announced.unwrap_or(limit as u64);
        let patience = PATIENCE + Duration::from_secs(expected / SLOWEST);
        // Both bounds fit a u64 and `expected` is at most `limit`.
        let expected = expected as usize;
        tokio::time::timeout(patience, collect(self.incoming, limit, expected))
            .await
            .unwrap_or(Err(Failed::TooSlow))
    }

    /// Reads a small body away, so that the client hears the answer instead of a reset
    /// (RFC 9112 section 9.6); a large one is left.
    pub async fn discard(self) {
        if !self.incoming.is_end_stream() {
            let mut incoming = self.incoming;
            let read_away = async {
                let mut left = DISCARDED;
                while let Ok(Some(data)) = piece(&mut incoming).await {
                    match left.checked_sub(data.len()) {
                        Some(less) => left = less,
                        None => break,
                    }
                }
            };
            let _ = tokio::time::timeout(Duration::from_secs(2), read_away).await;
        }
    }
}

/// The next piece of data, `None` at the end.
async fn piece(incoming: &mut Incoming) -> Result<Option<Bytes>, Failed> {
    loop {
        let frame =
            std::future::poll_fn(|cx| std::pin::Pin::new(&mut *incoming).poll_frame(cx)).await;
        match frame {
            None => return Ok(None),
            Some(Err(_)) => return Err(Failed::Broken),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

async fn collect(mut incoming: Incoming, limit: usize, expected: usize) -> Result<Bytes, Failed> {
    // Most bodies come in one piece, which is kept as it is.
    let Some(first) = piece(&mut incoming).await? else {
        return Ok(Bytes::new());
    };
    if first.len() > limit {
        return Err(Failed::TooLarge);
    }
    let mut next = piece(&mut incoming).await?;
    if next.is_none() {
        return Ok(first);
    }
    let mut all = BytesMut::with_capacity(expected.min(SMALL));
    all.extend_from_slice(&first);
    drop(first);
    let mut room = None;
    while let Some(data) = next {
        let length = all.len() + data.len();
        if length > limit {
            return Err(Failed::TooLarge);
        }
        if length > SMALL && room.is_none() {
            // Once, for all that may still come: who holds a part and waits for the rest could
            // wait for each other.
            let kib = (expected.max(length) / 1024 + 1).min(BUDGET_KIB) as u32;
            let permit = BUDGET.acquire_many(kib).await;
            room = Some(permit.map_err(|_| Failed::Broken)?);
            // At once: growing holds the old place and the new one, outside the budget. A page
            // that is not written takes no memory.
            all.reserve(expected.max(length) - all.len());
        }
        all.extend_from_slice(&data);
        drop(data);
        next = piece(&mut incoming).await?;
    }
    let bytes = all.freeze();
    Ok(match room {
        Some(room) => Bytes::from_owner(Counted { bytes, _room: room }),
        None => bytes,
    })
}

/// A body that gives its room back when the last who reads it lets go.
struct Counted {
    bytes: Bytes,
    _room: SemaphorePermit<'static>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
