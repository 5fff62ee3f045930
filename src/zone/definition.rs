//! VTIMEZONEs that were read before: the calendars of a house have the same few in every event.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::vtimezone::Rules;
use crate::text::tree::Tree;

/// None of a definition that defines nothing.
type Known = HashMap<Box<[u8]>, Option<Arc<Rules>>>;

static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

/// What a house has; when there are more, all are forgotten.
const MOST: usize = 64;

/// Rare ones, with all their history, are read each time.
const LONGEST: usize = 8 * 1024;

/// The rules of a definition, read once. Only its bytes are looked at.
pub fn remembered(definition: &Tree) -> Option<Arc<Rules>> {
    // The bytes themselves: two definitions must never be taken for one another.
    let key = definition.raw();
    let read = || Rules::read(&Tree::read(key).ok()?).map(Arc::new);
    if key.len() > LONGEST {
        return read();
    }
    let known = |known: &Option<Known>| known.as_ref()?.get(key).cloned();
    if let Some(rules) = known(&KNOWN.lock().unwrap_or_else(PoisonError::into_inner)) {
        return rules;
    }
    let rules = read();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if known.len() >= MOST {
        known.clear();
    }
    known.insert(key.into(), rules.clone());
    rules
}
