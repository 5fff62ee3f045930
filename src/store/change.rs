//! What changed since a token (RFC 6578): costs what changed, not what exists.

use super::collection::Collection;
use super::environment::View;
use super::object::Header;
use super::schema::{self, REMOVED};
use super::writer::Writing;
use super::{Error, Failure};

/// Removals a collection remembers; older ones go, and with them the tokens that need them.
const REMOVALS_KEPT: u64 = 20_000;
const HOME_REMOVALS_KEPT: u64 = 500;

/// How many are forgotten in one command.
const FORGOTTEN_AT_ONCE: usize = 64;

/// Epoch of the store, collection, revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub epoch: u64,
    pub cid: u32,
    pub revision: u64,
    /// Of a first sync that was cut short: the collection's revision when it began. Its client has
    /// seen nothing that was removed before, so it may be older than the removals remembered.
    pub began: Option<u64>,
}

impl Token {
    /// A URI, as RFC 6578 section 6.2 wants it.
    #[must_use]
    pub fn uri(&self) -> String {
        // By hand: a poll writes a dozen of them.
        let mut uri = String::with_capacity(64);
        uri.push_str("data:,");
        for shift in (0..16).rev() {
            let digit = (self.epoch >> (4 * shift)) as u32 & 15;
            uri.push(char::from_digit(digit, 16).unwrap_or('0'));
        }
        let numbers = [Some(u64::from(self.cid)), Some(self.revision), self.began];
        for number in numbers.into_iter().flatten() {
            uri.push('-');
            push_decimal(&mut uri, number);
        }
        uri
    }

    #[must_use]
    pub fn parse(uri: &str) -> Option<Token> {
        let mut parts = uri.trim().strip_prefix("data:,")?.split('-');
        let mut token = Token {
            epoch: u64::from_str_radix(parts.next()?, 16).ok()?,
            cid: parts.next()?.parse().ok()?,
            revision: parts.next()?.parse().ok()?,
            began: None,
        };
        if let Some(began) = parts.next() {
            token.began = Some(began.parse().ok()?);
        }
        parts.next().is_none().then_some(token)
    }
}

fn push_decimal(out: &mut String, number: u64) {
    if number >= 10 {
        push_decimal(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// One member that differs.
pub enum Change<'t> {
    Object(Header<'t>),
    /// The name of a member that is gone.
    Removed(&'t str),
}

/// Where a walk over changes stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes {
    /// All up to here were seen.
    pub revision: u64,
    /// Whether there is more.
    pub more: bool,
}

impl<'t> View<'t> {
    /// Whether the token is of this store's life, this collection, and not too old.
    ///
    /// # Errors
    /// The store's.
    pub fn is_valid(&self, token: &Token, collection: &Collection) -> Result<bool, Error> {
        Ok(token.epoch == self.epoch()?
            && token.cid == collection.cid
            && token.began.unwrap_or(token.revision) >= collection.floor
            && token.revision <= self.latest(collection)?)
    }

    /// The revision that the collection's token carries now. A home has seen what its members
    /// have seen, so that a change in a calendar shows in the sync of its home.
    ///
    /// # Errors
    /// The store's.
    pub fn latest(&self, collection: &Collection) -> Result<u64, Error> {
        if !collection.kind.is_home() {
            return Ok(collection.revision);
        }
        let mut latest = collection.revision;
        self.each_member(collection.cid, |_, record| {
            latest = latest.max(super::collection::revision_of(record));
            Ok(())
        })?;
        Ok(latest)
    }

    /// # Errors
    /// The store's.
    pub fn token(&self, collection: &Collection) -> Result<Token, Error> {
        Ok(Token {
            epoch: self.epoch()?,
            cid: collection.cid,
            revision: self.latest(collection)?,
            began: None,
        })
    }

    /// Calls `each` with every change after `since` and up to `until`, oldest first, with its
    /// revision, until it says stop before taking one. In a home, `Change::Removed` names collections; living ones are `members`.
    ///
    /// # Errors
    /// The store's.
    pub fn changes(
        &self,
        cid: u32,
        since: u64,
        until: u64,
        mut each: impl FnMut(u64, Change<'t>) -> Result<bool, Error>,
    ) -> Result<Changes, Error> {
        let from = schema::of_u32_u64(cid, since.saturating_add(1));
        let to = schema::of_u32_u64(cid, until.max(since.saturating_add(1)));
        let range = (
            std::ops::Bound::Included(&from[..]),
            std::ops::Bound::Included(&to[..]),
        );
        let mut seen = since;
        if until <= since {
            return Ok(Changes {
                revision: seen,
                more: false,
            });
        }
        for entry in self.tables.change.range(self.txn, &range)? {
            let (key, value) = entry?;
            let revision = schema::u64_at(key, 4);
            let change = match value {
                [REMOVED, name @ ..] => {
                    Change::Removed(std::str::from_utf8(name).map_err(|_| {
                        Error::Corrupt(format!("the removal {revision} of collection {cid}"))
                    })?)
                }
                _ => {
                    let oid = schema::mark_of(value).1;
                    let header = self.header(cid, oid)?.ok_or_else(|| {
                        Error::Corrupt(format!("change {revision} names no object"))
                    })?;
                    Change::Object(header)
                }
            };
            if !each(revision, change)? {
                return Ok(Changes {
                    revision: seen,
                    more: true,
                });
            }
            seen = revision;
        }
        Ok(Changes {
            revision: seen,
            more: false,
        })
    }
}

impl Writing<'_> {
    pub(super) fn forget_old_removals(
        &mut self,
        collection: &mut Collection,
    ) -> Result<(), Failure> {
        // Those of a home stand among its members, which every poll walks over.
        let (kept, names) = match collection.kind.is_home() {
            true => (HOME_REMOVALS_KEPT, self.tables.home),
            false => (REMOVALS_KEPT, self.tables.name),
        };
        if collection.removals <= kept {
            return Ok(());
        }
        let cid = collection.cid;
        let mut old = Vec::new();
        let prefix = schema::of_u32(cid);
        for entry in self.tables.change.prefix_iter(&self.txn, &prefix)? {
            let (key, value) = entry?;
            if let [REMOVED, name @ ..] = value {
                let name = String::from_utf8_lossy(name).into_owned();
                old.push((schema::u64_at(key, 4), name));
                if old.len() == FORGOTTEN_AT_ONCE {
                    break;
                }
            }
        }
        for (revision, name) in old {
            self.delete(self.tables.change, &schema::of_u32_u64(cid, revision))?;
            self.delete(names, &schema::of_segment(cid, &name))?;
            collection.floor = collection.floor.max(revision);
            collection.removals -= 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    /// What a client with this token hears: names, with `-` before those that are gone.
    fn heard(trial: &Trial, since: u64) -> Vec<String> {
        let snapshot = trial.store.snapshot().unwrap();
        let mut all = Vec::new();
        snapshot
            .view()
            .changes(trial.calendar().cid, since, u64::MAX, |_, change| {
                all.push(match change {
                    Change::Object(header) => header.name().to_owned(),
                    Change::Removed(name) => format!("-{name}"),
                });
                Ok(true)
            })
            .unwrap();
        all
    }

    #[test]
    fn each_member_is_told_once_with_its_latest_state() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        let start = trial.calendar().revision;
        trial.put(cid, "a", "1", "one").unwrap();
        trial.put(cid, "b", "2", "one").unwrap();
        let middle = trial.calendar().revision;
        trial.put(cid, "a", "1", "two").unwrap();
        trial.remove(cid, "b").unwrap();
        assert_eq!(heard(&trial, start), ["a", "-b"]);
        trial.put(cid, "b", "2", "again").unwrap();
        assert_eq!(heard(&trial, start), ["a", "b"]);
        assert_eq!(heard(&trial, middle), ["a", "b"]);
        assert_eq!(
            heard(&trial, trial.calendar().revision),
            Vec::<String>::new()
        );
        assert_eq!(trial.faults(), Vec::<String>::new());
    }

    #[test]
    fn a_walk_ends_where_it_is_told() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        trial.put(cid, "a", "1", "one").unwrap();
        trial.put(cid, "b", "2", "one").unwrap();
        let until = trial.calendar().revision;
        trial.remove(cid, "a").unwrap();
        trial.put(cid, "c", "3", "one").unwrap();
        let snapshot = trial.store.snapshot().unwrap();
        let told = |since, until| {
            let mut told = Vec::new();
            snapshot
                .view()
                .changes(cid, since, until, |_, change| {
                    told.push(match change {
                        Change::Object(header) => header.name().to_owned(),
                        Change::Removed(name) => format!("-{name}"),
                    });
                    Ok(true)
                })
                .unwrap();
            told
        };
        // What happened since is left to the next walk, which begins where this one ended.
        assert_eq!(told(0, until), ["b"]);
        assert_eq!(told(until, u64::MAX), ["-a", "c"]);
        assert_eq!(told(until, until), Vec::<String>::new());
    }

    #[test]
    fn a_walk_can_stop_and_go_on() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        for i in 0..10 {
            trial
                .put(cid, &format!("{i}"), &format!("u{i}"), "x")
                .unwrap();
        }
        let snapshot = trial.store.snapshot().unwrap();
        let (mut since, mut seen) = (0, Vec::new());
        loop {
            let mut taken = 0;
            let step = snapshot
                .view()
                .changes(cid, since, u64::MAX, |_, change| {
                    if taken == 3 {
                        return Ok(false);
                    }
                    taken += 1;
                    if let Change::Object(header) = change {
                        seen.push(header.name().to_owned());
                    }
                    Ok(true)
                })
                .unwrap();
            since = step.revision;
            if !step.more {
                break;
            }
        }
        assert_eq!(seen.len(), 10);
    }

    #[test]
    fn tokens() {
        let trial = Trial::new();
        let calendar = trial.calendar();
        let snapshot = trial.store.snapshot().unwrap();
        let view = snapshot.view();
        let now = view.token(&calendar).unwrap();
        assert_eq!(Token::parse(&now.uri()), Some(now));
        let large = Token {
            epoch: 0x0123_4567_89ab_cdef,
            cid: 10,
            revision: u64::MAX,
            began: None,
        };
        assert_eq!(
            large.uri(),
            "data:,0123456789abcdef-10-18446744073709551615"
        );
        assert!(view.is_valid(&now, &calendar).unwrap());
        for other in [
            Token {
                epoch: now.epoch ^ 1,
                ..now
            },
            Token {
                cid: now.cid + 1,
                ..now
            },
            Token {
                revision: now.revision + 1,
                ..now
            },
            Token {
                revision: calendar.floor - 1,
                ..now
            },
        ] {
            assert!(!view.is_valid(&other, &calendar).unwrap(), "{other:?}");
        }
        let cut = Token {
            revision: 1,
            began: Some(calendar.floor),
            ..now
        };
        assert_eq!(Token::parse(&cut.uri()), Some(cut));
        assert!(view.is_valid(&cut, &calendar).unwrap());
        for bad in [
            "",
            "data:,",
            "data:,1-2",
            "data:,x-1-2",
            "data:,1-2-3-4-5",
            "http://x/",
        ] {
            assert_eq!(Token::parse(bad), None, "{bad}");
        }
    }
}
