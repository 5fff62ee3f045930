//! What somebody types is looked for in the names of all cards.

use std::collections::BTreeSet;

use crate::dav::{self, CONTACTS, Stored};
use crate::rows::Rows;

pub const FN_CONTAINS: &str = "addressbook-query, FN contains";

/// In the numbers that the names of the seed end in: few have it, and most are not ASCII.
const SOUGHT: &str = "777";

impl Rows<'_> {
    pub fn searching(&mut self, cards: &[Stored]) -> Result<(), String> {
        let expected: BTreeSet<String> = cards
            .iter()
            .filter(|card| {
                let text = card.text.borrow();
                text.lines()
                    .any(|line| line.starts_with("FN:") && line.contains(SOUGHT))
            })
            .map(|card| card.href.clone())
            .collect();
        if expected.is_empty() {
            return Err("no card of the seed has the text".to_owned());
        }
        println!("{} cards have the text", expected.len());
        let body = dav::report(
            "card:addressbook-query",
            &format!(
                "<d:prop><d:getetag/></d:prop><card:filter><card:prop-filter name=\"FN\">\
                 <card:text-match collation=\"i;unicode-casemap\" match-type=\"contains\">{SOUGHT}\
                 </card:text-match></card:prop-filter></card:filter>"
            ),
        );
        let request = self.account.xml("REPORT", CONTACTS, "1", &body);
        let load = dav::steady(request, move |all| {
            let found: BTreeSet<String> = all.responses.iter().map(|r| r.href.clone()).collect();
            match found == expected {
                true => Ok(()),
                false => Err(format!(
                    "{} cards in place of {}",
                    found.len(),
                    expected.len()
                )),
            }
        });
        self.timed(FN_CONTAINS, 1, load);
        Ok(())
    }
}
