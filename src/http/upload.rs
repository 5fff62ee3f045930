//! A request's body, read with a bound in bytes and in time before anything else happens.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body as _, Incoming};

/// For any body; a large one gets more by [`SLOWEST`].
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes per second that a client must reach: a phone on a bad line does.
const SLOWEST: u64 = 8 * 1024;

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
        tokio::time::timeout(patience, collect(self.incoming, limit))
            .await
            .unwrap_or(Err(Failed::TooSlow))
    }

    /// Reads a small body away, so that the client hears the answer instead of a reset
    /// (RFC 9112 section 9.6); a large one is left.
    pub async fn discard(self) {
        if !self.incoming.is_end_stream() {
            let _ = tokio::time::timeout(Duration::from_secs(2), collect(self.incoming, 256 << 10))
                .await;
        }
    }
}

async fn collect(mut incoming: Incoming, limit: usize) -> Result<Bytes, Failed> {
    let mut first: Option<Bytes> = None;
    let mut all = BytesMut::new();
    loop {
        let frame =
            std::future::poll_fn(|cx| std::pin::Pin::new(&mut incoming).poll_frame(cx)).await;
        let data = match frame {
            None => break,
            Some(Err(_)) => return Err(Failed::Broken),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => data,
                Err(_trailers) => continue,
            },
        };
        if all.len() + first.as_ref().map_or(0, Bytes::len) + data.len() > limit {
            return Err(Failed::TooLarge);
        }
        // Most bodies come in one piece, which is kept as it is.
        match first.take() {
            None if all.is_empty() => first = Some(data),
            None => all.extend_from_slice(&data),
            Some(one) => {
                all.extend_from_slice(&one);
                all.extend_from_slice(&data);
            }
        }
    }
    Ok(first.unwrap_or_else(|| all.freeze()))
}
