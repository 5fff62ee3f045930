//! addressbook-query (RFC 6352 section 8.6), without its filter so far: more is answered than a
//! filter asks, never less.

use super::Report;
use super::query::{self, Criteria};
use crate::dav::precondition::Refusal;
use crate::dav::resource::On;
use crate::xml::name;

pub const REPORT: Report = Report {
    tag: "CR:addressbook-query",
    source: "RFC 6352 8.6",
    on: On::ADDRESSBOOK,
    depth_zero: false,
    answer: |request, root| {
        if root.child(name::CARDDAV, "filter").is_none() {
            return Err(Refusal::bad_request("A query needs a CARDDAV:filter."));
        }
        let limit = root
            .child(name::CARDDAV, "limit")
            .and_then(|limit| limit.child(name::CARDDAV, "nresults"))
            .map(|n| n.text().trim().parse::<u64>())
            .transpose()
            .map_err(|_| Refusal::bad_request("nresults is a number."))?;
        query::answer(request, root, Criteria::default(), limit)
    },
};
