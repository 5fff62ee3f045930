//! acl-principal-prop-set (RFC 3744 section 9.2): the principals that a resource's ACL names.

use super::Report;
use crate::dav::multistatus::Plan;
use crate::dav::precondition::Refusal;
use crate::dav::property::{Manner, Scope};
use crate::dav::request::Request;
use crate::dav::resource::{self, On, Resource};
use crate::http::Answer;
use crate::http::media::XML;
use crate::xml::{Element, Writer, name};

pub const REPORT: Report = Report {
    tag: "D:acl-principal-prop-set",
    source: "RFC 3744 9.2",
    on: On::ANY,
    depth_zero: true,
    answer,
};

fn answer(request: &Request, root: &Element) -> Result<Answer, Refusal> {
    let prop = root.child(name::DAV, "prop");
    let plan = Plan::these(
        prop.into_iter().flat_map(Element::elements),
        request.prefer.minimal,
        Manner::of(&request.headers),
    )?;
    let snapshot = request.site.store.snapshot()?;
    let scope = Scope::of(snapshot.view(), &request.site, &request.person)?;
    let found = resource::required(scope.view, &request.person, &request.address)?;
    let mut out = Writer::default();
    out.begin("D:multistatus");
    // Where the ACL names "authenticated" and not a person, there is nobody to list.
    if found.property_place().is_some()
        && let Some(owner) = resource::owner(scope.view, &request.person, &found.user)?
    {
        plan.respond(&mut out, scope, &Resource::of_principal(&owner))?;
    }
    out.close("D:multistatus");
    Ok(Answer::new(hyper::StatusCode::MULTI_STATUS).body(XML, out.into_bytes()))
}
