//! The client's bytes, by object.

use std::cmp::Ordering;
use std::ops::Bound;

use heed::RoRange;
use heed::types::Bytes;

use super::Error;
use super::environment::View;
use super::schema;

impl<'t> View<'t> {
    /// The client's bytes.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where the header has no body.
    pub fn body(&self, oid: u64) -> Result<&'t [u8], Error> {
        self.tables
            .body
            .get(self.txn, &schema::of_u64(oid))?
            .ok_or_else(|| Error::Corrupt(format!("object {oid} has no body")))
    }
}

/// Bodies of many objects. Those whose objects came one after the other lie side by side: the next one
/// is a step away, and needs no search through the tree.
pub struct Bodies<'t> {
    view: View<'t>,
    last: u64,
    rows: Option<RoRange<'t, Bytes, Bytes>>,
}

/// Bodies of other collections that are stepped over before searching costs less.
const STEPS: u64 = 4;

impl<'t> Bodies<'t> {
    #[must_use]
    pub fn of(view: View<'t>) -> Bodies<'t> {
        Bodies {
            view,
            last: 0,
            rows: None,
        }
    }

    /// The client's bytes, as [`View::body`] gives them.
    ///
    /// # Errors
    /// As that.
    pub fn body(&mut self, oid: u64) -> Result<&'t [u8], Error> {
        let is_near = oid > self.last && oid - self.last <= STEPS;
        if !is_near {
            self.rows = None;
        } else if self.rows.is_none() {
            let from = schema::of_u64(self.last + 1);
            let range = (Bound::Included(&from[..]), Bound::Unbounded);
            self.rows = Some(self.view.tables.body.range(self.view.txn, &range)?);
        }
        self.last = oid;
        for row in self.rows.iter_mut().flatten() {
            let (key, body) = row?;
            match schema::u64_at(key, 0).cmp(&oid) {
                Ordering::Less => {}
                Ordering::Equal => return Ok(body),
                Ordering::Greater => break,
            }
        }
        self.rows = None;
        self.view.body(oid)
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;
    use crate::text::corpus::Chance;

    #[test]
    fn bodies_are_those_of_their_objects_in_any_order() {
        let trial = Trial::new();
        let cid = trial.calendar().cid;
        let mut oids = Vec::new();
        for n in 0..60 {
            let name = format!("{n}.ics");
            trial.put(cid, &name, &name, &name).unwrap();
        }
        for n in (0..60).step_by(7) {
            trial.remove(cid, &format!("{n}.ics")).unwrap();
        }
        let snapshot = trial.store.snapshot().unwrap();
        let view = snapshot.view();
        view.objects(cid, 0, |header| {
            oids.push(header.oid);
            Ok(true)
        })
        .unwrap();
        let mut chance = Chance(3);
        for most in [1, 2, 3, 6, 60] {
            let mut bodies = Bodies::of(view);
            let mut at = 0;
            for _ in 0..200 {
                let oid = oids[at % oids.len()];
                assert_eq!(bodies.body(oid).unwrap(), view.body(oid).unwrap());
                at += 1 + chance.below(most);
            }
        }
        let gone = oids[0].checked_sub(1).unwrap();
        assert!(Bodies::of(view).body(gone).is_err());
    }
}
