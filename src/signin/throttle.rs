//! Slows down guessing, per address and per name, without locking anyone out: a verified device
//! goes on, and the right password waits a few seconds at most.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Mistyping is free.
const FREE: u32 = 3;
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(5);
const LONGEST_QUEUE: Duration = Duration::from_secs(20);
const FORGOTTEN_AFTER: Duration = Duration::from_secs(900);
const MOST: usize = 4096;

#[derive(PartialEq, Eq, Hash)]
enum Who {
    Address(IpAddr),
    Name(String),
}

#[derive(Default)]
pub(super) struct Throttle {
    failures: Mutex<HashMap<Who, (u32, Instant)>>,
    /// When the next guess from an address may be looked at.
    turns: Mutex<HashMap<IpAddr, Instant>>,
}

impl Throttle {
    fn both(address: IpAddr, name: &str) -> [Who; 2] {
        let name = name.to_lowercase().chars().take(64).collect();
        [Who::Address(address), Who::Name(name)]
    }

    fn delay(&self, address: IpAddr, name: &str) -> Duration {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let worst = Self::both(address, name)
            .iter()
            .filter_map(|who| failures.get(who))
            .filter(|(_, at)| at.elapsed() < FORGOTTEN_AFTER)
            .map(|(count, _)| *count)
            .max()
            .unwrap_or(0);
        match worst.checked_sub(FREE) {
            None | Some(0) => Duration::ZERO,
            Some(over) => FIRST.saturating_mul(1 << (over - 1).min(8)).min(LONGEST),
        }
    }

    /// Waits as long as the failures ask for. Guesses from one address wait one after the other, so
    /// that many connections are no faster than one. False where the queue is too long.
    pub(super) async fn wait(&self, address: IpAddr, name: &str) -> bool {
        let delay = self.delay(address, name);
        if delay.is_zero() {
            return true;
        }
        let now = Instant::now();
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            if turns.len() >= MOST {
                turns.retain(|_, turn| *turn > now);
            }
            let turn = turns.entry(address).or_insert(now);
            let next = (*turn).max(now) + delay;
            if next > now + LONGEST_QUEUE {
                return false;
            }
            *turn = next;
            next
        };
        tokio::time::sleep_until(turn.into()).await;
        true
    }

    pub(super) fn failed(&self, address: IpAddr, name: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST {
            failures.retain(|_, (_, at)| at.elapsed() < FORGOTTEN_AFTER);
            if failures.len() >= MOST {
                failures.clear();
            }
        }
        let now = Instant::now();
        for who in Self::both(address, name) {
            let entry = failures.entry(who).or_insert((0, now));
            if entry.1.elapsed() >= FORGOTTEN_AFTER {
                entry.0 = 0;
            }
            *entry = (entry.0.saturating_add(1), now);
        }
    }

    pub(super) fn succeeded(&self, address: IpAddr, name: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for who in Self::both(address, name) {
            failures.remove(&who);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_and_ends() {
        let throttle = Throttle::default();
        let address: IpAddr = [192, 168, 1, 2].into();
        for _ in 0..FREE {
            throttle.failed(address, "anna");
            assert_eq!(throttle.delay(address, "anna"), Duration::ZERO);
        }
        throttle.failed(address, "anna");
        assert_eq!(throttle.delay(address, "anna"), FIRST);
        for _ in 0..50 {
            throttle.failed(address, "anna");
        }
        assert_eq!(throttle.delay(address, "bert"), LONGEST);
        assert_eq!(throttle.delay([10, 0, 0, 1].into(), "ANNA"), LONGEST);
        assert_eq!(throttle.delay([10, 0, 0, 1].into(), "bert"), Duration::ZERO);
        throttle.succeeded(address, "anna");
        assert_eq!(throttle.delay(address, "anna"), Duration::ZERO);
    }
}
