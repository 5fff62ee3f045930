//! addressbook-query (RFC 6352 section 8.6).

use std::sync::Arc;

use super::query::{self, Criteria};
use super::{Report, addressbook_filter};
use crate::dav::precondition::Refusal;
use crate::dav::resource::On;
use crate::xml::{Element, name};

pub const REPORT: Report = Report {
    tag: "CR:addressbook-query",
    source: "RFC 6352 8.6",
    on: On::ADDRESSBOOK,
    depth_zero: false,
    answer: |request, root| {
        let filter = root
            .child(name::CARDDAV, "filter")
            .ok_or_else(|| Refusal::bad_request("A query needs a CARDDAV:filter."))?;
        let filter = addressbook_filter::read(filter)?;
        let mut criteria = Criteria::default();
        if !filter.is_met_by_all() {
            let filter = Arc::new(filter);
            if filter.is_answered_by_index() {
                let filter = filter.clone();
                criteria.decided_by_index = true;
                criteria.card = Some(Box::new(move |excerpt| filter.matches_excerpt(excerpt)));
            }
            criteria.passes = Some(Box::new(move |_, card| filter.matches(card)));
        }
        query::answer(request, root, criteria, limit(root)?)
    },
};

/// CARDDAV:limit (section 10.6).
fn limit(root: &Element) -> Result<Option<u64>, Refusal> {
    let nresults = root
        .child(name::CARDDAV, "limit")
        .and_then(|limit| limit.child(name::CARDDAV, "nresults"));
    let Some(text) = nresults.map(Element::text) else {
        return Ok(None);
    };
    let digits = text.trim();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::bad_request("nresults is a number."));
    }
    // More than there can be is no limit.
    Ok(digits.parse().ok())
}
