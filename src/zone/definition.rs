//! VTIMEZONEs that were read before: the calendars of a house have the same few in every event.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::rules::Rules;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(offset: &str) -> String {
        format!(
            "BEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nDTSTART:19700101T000000\n\
             TZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\nEND:STANDARD\nEND:VTIMEZONE\n"
        )
    }

    fn offset(text: &str) -> Option<i32> {
        remembered(&Tree::read(text.as_bytes()).unwrap()).map(|rules| rules.offset(0))
    }

    /// Twice, so that what was forgotten comes again.
    #[test]
    fn none_is_taken_for_another() {
        for _ in 0..2 {
            for minute in 0..60 {
                assert_eq!(
                    offset(&zone(&format!("+01{minute:02}"))),
                    Some(3600 + minute * 60)
                );
                assert_eq!(
                    offset(&zone(&format!("-01{minute:02}"))),
                    Some(-3600 - minute * 60)
                );
            }
            assert_eq!(offset(&zone("?")), None);
        }
        let known = KNOWN.lock().unwrap();
        assert!(known.as_ref().unwrap().len() <= MOST);
    }

    #[test]
    fn a_long_one_is_read_and_not_kept() {
        let long = zone("+0345").replace("TZID:x", &format!("TZID:{}", "x".repeat(LONGEST)));
        assert_eq!(offset(&long), Some(13_500));
        let known = KNOWN.lock().unwrap();
        let mut keys = known.iter().flat_map(HashMap::keys);
        assert!(keys.all(|key| key.len() <= LONGEST));
    }
}
