//! REPORTS: one file and one row each.

mod acl_principal_prop_set;
mod addressbook_filter;
mod addressbook_multiget;
mod addressbook_query;
mod calendar_filter;
mod calendar_multiget;
mod calendar_query;
mod expand_property;
mod free_busy_query;
mod multiget;
mod principal_match;
mod principal_property_search;
mod principal_search_property_set;
mod query;
mod sync_collection;
mod text_match;

use super::precondition::Refusal;
use super::request::Request;
use super::resource::On;
use crate::http::Answer;
use crate::xml::{Element, name};

/// One row.
pub struct Report {
    /// Prefix and local name of the root element.
    pub tag: &'static str,
    /// Where it is defined.
    pub source: &'static str,
    pub on: On,
    /// RFC 3744 sections 9.2 to 9.5: asked with Depth 0 alone.
    pub depth_zero: bool,
    pub answer: fn(&Request, &Element) -> Result<Answer, Refusal>,
}

pub static REPORTS: [&Report; 11] = [
    &calendar_multiget::REPORT,
    &calendar_query::REPORT,
    &free_busy_query::REPORT,
    &addressbook_multiget::REPORT,
    &addressbook_query::REPORT,
    &sync_collection::REPORT,
    &expand_property::REPORT,
    &principal_match::REPORT,
    &principal_property_search::REPORT,
    &principal_search_property_set::REPORT,
    &acl_principal_prop_set::REPORT,
];

/// The reports that such a resource answers.
pub fn on(kind: On) -> impl Iterator<Item = &'static Report> {
    REPORTS.into_iter().filter(move |r| r.on.meets(kind))
}

/// By its root element.
#[must_use]
pub fn find(root: &Element) -> Option<&'static Report> {
    let prefix = name::prefix_of(&root.namespace)?;
    REPORTS
        .into_iter()
        .find(|report| report.tag.split_once(':') == Some((prefix, &*root.name)))
}
