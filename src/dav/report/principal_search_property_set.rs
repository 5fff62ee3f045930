//! principal-search-property-set (RFC 3744 section 9.5): what people can be found by.

use super::Report;
use super::principal_property_search::SEARCHABLE;
use crate::dav::precondition::Refusal;
use crate::dav::request::Request;
use crate::dav::resource::On;
use crate::http::Answer;
use crate::http::media::XML;
use crate::xml::{Element, Writer};

pub const REPORT: Report = Report {
    tag: "D:principal-search-property-set",
    source: "RFC 3744 9.5",
    on: On::ANY_COLLECTION,
    depth_zero: true,
    answer,
};

fn answer(_: &Request, _: &Element) -> Result<Answer, Refusal> {
    let mut out = Writer::default();
    out.begin("D:principal-search-property-set");
    for (namespace, local, description) in SEARCHABLE {
        out.raw("<D:principal-search-property><D:prop>");
        out.name(namespace, local);
        out.raw("</D:prop><D:description xml:lang=\"en\">");
        out.raw(description);
        out.raw("</D:description></D:principal-search-property>");
    }
    out.close("D:principal-search-property-set");
    Ok(Answer::new(hyper::StatusCode::OK).body(XML, out.into_bytes()))
}
