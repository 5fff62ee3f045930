//! REPORT (RFC 3253 section 3.6): the root element says which.

use super::{Method, Reads, Run, XML_BOUND};
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::privilege::Privilege;
use crate::dav::report;
use crate::dav::request::Request;
use crate::dav::resource::{self, On};
use crate::http::Answer;
use crate::http::depth::{self, Depth};

pub const REPORT: Method = Method {
    name: "REPORT",
    on: On::ANY,
    needs: Privilege::Read,
    reads: Reads::Xml(XML_BOUND),
    judges_itself: false,
    run: Run::Now(run),
};

fn run(request: &Request) -> Result<Answer, Refusal> {
    let depth = depth::read(&request.headers)?;
    let root = request
        .xml()?
        .ok_or_else(|| Refusal::bad_request("The body says which report is wanted."))?;
    let on = {
        let snapshot = request.site.store.snapshot()?;
        resource::required(snapshot.view(), &request.person, &request.address)?.on
    };
    let report = report::find(&root)
        .filter(|report| report.on.meets(on))
        .ok_or_else(|| Precondition::SupportedReport.because("There is no such report here."))?;
    if report.depth_zero && !matches!(depth, None | Some(Depth::Zero)) {
        return Err(Refusal::bad_request("This report is asked with Depth 0."));
    }
    (report.answer)(request, &root)
}
