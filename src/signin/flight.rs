//! One verification at a time for one and the same credential.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

type Key = [u8; 32];

#[derive(Default)]
pub(super) struct Flights {
    under_way: Mutex<HashMap<Key, Arc<Turn<()>>>>,
}

/// Held while a credential is verified.
pub(super) struct Flight<'f> {
    flights: &'f Flights,
    key: Key,
    turn: Option<OwnedMutexGuard<()>>,
}

impl Flights {
    pub(super) async fn join(&self, key: Key) -> Flight<'_> {
        let turn = {
            let mut under_way = self
                .under_way
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            under_way.entry(key).or_default().clone()
        };
        // Made before the wait, so that one who gives up waiting tidies up too.
        let mut flight = Flight {
            flights: self,
            key,
            turn: None,
        };
        flight.turn = Some(turn.lock_owned().await);
        flight
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.turn = None;
        let mut under_way = self
            .flights
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Nobody else waits: the map's own is the last.
        if under_way
            .get(&self.key)
            .is_some_and(|turn| Arc::strong_count(turn) == 1)
        {
            under_way.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_after_the_other_and_nothing_left() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let flights = Flights::default();
            let first = flights.join([1; 32]).await;
            let other = flights.join([2; 32]).await;
            let mut second = Box::pin(flights.join([1; 32]));
            let soon = std::time::Duration::from_millis(10);
            assert!(tokio::time::timeout(soon, &mut second).await.is_err());
            drop(first);
            drop(second.await);
            let given_up = flights.join([2; 32]);
            assert!(tokio::time::timeout(soon, given_up).await.is_err());
            drop(other);
            assert!(flights.under_way.lock().unwrap().is_empty());
        });
    }
}
