//! What is kept of contacts for searches.

use super::Error;
use super::environment::View;
use super::schema;
use super::time::Meets;

impl View<'_> {
    /// The contacts of an address book that pass, by oid, and those whose excerpt does not tell.
    ///
    /// # Errors
    /// The store's.
    pub fn cards_where(
        &self,
        cid: u32,
        passes: impl Fn(&[u8]) -> bool,
    ) -> Result<Vec<(u64, Meets)>, Error> {
        let mut found = Vec::new();
        let prefix = schema::of_u32(cid);
        for entry in self.tables.card.prefix_iter(self.txn, &prefix)? {
            let (key, excerpt) = entry?;
            let meets = match excerpt {
                [] => Meets::Perhaps,
                excerpt if passes(excerpt) => Meets::Surely,
                _ => continue,
            };
            found.push((schema::u64_at(key, 4), meets));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn cards_are_found_as_long_as_they_are_there() {
        let trial = Trial::new();
        let book = trial.address_book().cid;
        let long = format!("FN:{}", "b".repeat(2000));
        for (name, lines) in [("1", "FN:a"), ("2", "FN:b"), ("3", &long), ("4", "FN:b")] {
            trial.put_card(book, name, lines);
        }
        let found = || {
            let snapshot = trial.store.snapshot().unwrap();
            let view = snapshot.view();
            let has_b = |excerpt: &[u8]| excerpt.starts_with(b"FN:b");
            let found = view.cards_where(book, has_b).unwrap().into_iter();
            let named = |(oid, meets)| {
                let header = view.header(book, oid).unwrap().unwrap();
                (header.name().to_owned(), meets)
            };
            let mut found: Vec<_> = found.map(named).collect();
            found.sort_by(|(a, _), (b, _)| a.cmp(b));
            found
        };
        let (surely, perhaps) = (Meets::Surely, Meets::Perhaps);
        let of = |name: &str, meets| (name.to_owned(), meets);
        let all = [of("2", surely), of("3", perhaps), of("4", surely)];
        assert_eq!(found(), all);
        trial.put_card(book, "1", "FN:b");
        trial.put_card(book, "3", "FN:c");
        trial.remove(book, "2").unwrap();
        assert_eq!(found(), [of("1", surely), of("4", surely)]);
        assert_eq!(trial.faults(), Vec::<String>::new());
    }

    #[test]
    fn what_is_wrong_is_found_and_made_anew() {
        let trial = Trial::new();
        let book = trial.address_book().cid;
        trial.put_card(book, "1", "FN:a");
        for (key, excerpt) in [(1 << 40, None), (1 << 40, Some("FN:a")), (0, Some("FN:b"))] {
            let damaged = trial.store.write_blocking(move |w| {
                let first = w
                    .tables
                    .card
                    .first(&w.txn)
                    .map_err(crate::store::Error::from)?;
                let own = first.map_or(0, |(key, _)| schema::u64_at(key, 4));
                let key = schema::of_u32_u64(book, if key == 0 { own } else { key });
                match excerpt {
                    Some(excerpt) => w.put(w.tables.card, &key, excerpt.as_bytes())?,
                    None => w.clear(w.tables.card)?,
                }
                Ok(())
            });
            damaged.unwrap();
            assert!(trial.store.check().unwrap().stale_entries > 0);
            trial.store.rebuild_index().unwrap();
            assert_eq!(trial.faults(), Vec::<String>::new());
        }
    }
}
