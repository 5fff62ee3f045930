//! VTIMEZONEs that were read before: the calendars of a house have the same few in every event.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::vtimezone::Rules;
use crate::text::tree::{Content, Tree};

/// None of a definition that defines nothing.
type Known = HashMap<Box<[u8]>, Option<Arc<Rules>>>;

static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

/// What a house has; when there are more, all are forgotten.
const MOST: usize = 64;

/// Rare ones, with all their history, are read each time.
const LONGEST: usize = 8 * 1024;

/// The rules of a definition, read once.
pub fn remembered(definition: &Tree) -> Option<Arc<Rules>> {
    // The bytes themselves: two definitions must never be taken for one another.
    let mut key = Vec::with_capacity(1024);
    collect(definition, &mut key);
    if key.len() > LONGEST {
        return Rules::read(definition).map(Arc::new);
    }
    let known = |known: &Option<Known>| known.as_ref()?.get(key.as_slice()).cloned();
    if let Some(rules) = known(&KNOWN.lock().unwrap_or_else(PoisonError::into_inner)) {
        return rules;
    }
    let rules = Rules::read(definition).map(Arc::new);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if known.len() >= MOST {
        known.clear();
    }
    known.insert(key.into(), rules.clone());
    rules
}

fn collect(tree: &Tree, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(tree.begin.raw());
    for content in &tree.content {
        match content {
            Content::Line(line) => bytes.extend_from_slice(line.raw()),
            Content::Component(inner) => collect(inner, bytes),
        }
    }
    bytes.extend_from_slice(tree.end.raw());
}
