//! An older store becomes one of this program, in one transaction.
//!
//! | schema | what came with it |
//! |---|---|
//! | 1 | |
//! | 2 | `time`, and where it lies in the header |
//! | 3 | `card` |

use super::schema::{self, meta};
use super::writer::Writing;
use super::{Error, Failure, Store};

impl Store {
    /// Makes the indexes of times and of cards anew, from what clients stored.
    ///
    /// # Errors
    /// The store's.
    pub fn rebuild_index(&self) -> Result<(), Error> {
        done(self.remove_blocking(|w| w.rebuild_index()))
    }

    /// # Errors
    /// The store's; then everything is as it was.
    pub(super) fn migrate(&self) -> Result<(), Error> {
        let snapshot = self.snapshot()?;
        let current = is_current(&snapshot.view())?;
        drop(snapshot);
        if current {
            return Ok(());
        }
        log::info!("the store is brought up to date");
        // Like a removal, it may use what is kept for a full disk: without it nothing works.
        done(self.remove_blocking(migrate))
    }
}

fn done(result: Result<(), Failure>) -> Result<(), Error> {
    match result {
        Ok(()) => Ok(()),
        Err(Failure::Error(e)) => Err(e),
        Err(Failure::Refused(_)) => Err(Error::Corrupt("a migration was refused".into())),
    }
}

fn is_current(view: &super::View<'_>) -> Result<bool, Error> {
    let found = view.tables.meta.get(view.txn, meta::SCHEMA)?;
    Ok(found.map(|v| schema::u32_at(v, 0)) == Some(schema::VERSION) && view.is_indexed()?)
}

fn migrate(w: &mut Writing<'_>) -> Result<(), Failure> {
    // Another process may have been first.
    if is_current(&w.view())? {
        return Ok(());
    }
    w.rebuild_index()?;
    let version = schema::of_u32(schema::VERSION);
    Ok(w.put(w.tables.meta, meta::SCHEMA, &version)?)
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    /// 18 calendar objects and 13 cards, imported by the last davbox that wrote schema 1.
    const SCHEMA_1: &[u8] = include_bytes!("../../tests/corpus/store/schema-1.mdb.gz");

    #[test]
    fn a_store_of_schema_1_gets_its_index() {
        let trial = Trial::of(|file| {
            let mut old = flate2::read::GzDecoder::new(SCHEMA_1);
            std::io::copy(&mut old, file).unwrap();
        });
        let snapshot = trial.store.snapshot().unwrap();
        let view = snapshot.view();
        assert!(is_current(&view).unwrap());
        assert_eq!(view.tables.time.len(view.txn).unwrap(), 18);
        assert_eq!(view.tables.card.len(view.txn).unwrap(), 13);
        assert_eq!(view.tables.body.len(view.txn).unwrap(), 31);
        assert_eq!(trial.faults(), Vec::<String>::new());
    }

    #[test]
    fn another_database_of_zones_makes_the_index_anew() {
        let mut trial = Trial::new();
        let cid = trial.calendar().cid;
        trial.put(cid, "a", "1", "one").unwrap();
        trial
            .store
            .write_blocking(|w| {
                w.clear(w.tables.time)?;
                Ok(w.put(w.tables.meta, meta::INDEX, b"1 1999a")?)
            })
            .unwrap();
        trial.reopen();
        assert_eq!(trial.faults(), Vec::<String>::new());
        let snapshot = trial.store.snapshot().unwrap();
        let view = snapshot.view();
        assert_eq!(view.tables.time.len(view.txn).unwrap(), 1);
    }
}
