//! principal-match (RFC 3744 section 9.3): which of these am I, which of these are mine.

use super::Report;
use crate::dav::listing::of_member;
use crate::dav::multistatus::Plan;
use crate::dav::path;
use crate::dav::precondition::Refusal;
use crate::dav::property::{self, Manner, Scope};
use crate::dav::request::Request;
use crate::dav::resource::{self, On, Resource};
use crate::http::Answer;
use crate::store;
use crate::xml::{Element, Writer, name};

pub const REPORT: Report = Report {
    tag: "D:principal-match",
    source: "RFC 3744 9.3",
    on: On::ROOT.or(On::PRINCIPALS).or(On::HOME),
    depth_zero: true,
    answer,
};

fn answer(request: &Request, root: &Element) -> Result<Answer, Refusal> {
    let asked = root.child(name::DAV, "prop");
    let plan = Plan::these(
        asked.into_iter().flat_map(Element::elements),
        request.prefer.minimal,
        Manner::of(&request.headers),
    )?;
    let own = root.child(name::DAV, "self").is_some();
    let by = root
        .child(name::DAV, "principal-property")
        .and_then(|e| e.elements().next());
    if own == by.is_some() {
        return Err(Refusal::bad_request(
            "Ask for self or for one principal-property.",
        ));
    }
    let snapshot = request.site.store.snapshot()?;
    let scope = Scope::of(snapshot.view(), &request.site, &request.person)?;
    let mut out = Writer::default();
    out.begin("D:multistatus");
    match by {
        None => {
            if !matches!(request.address, path::Address::Home { .. }) {
                plan.respond(&mut out, scope, &Resource::of_principal(&request.person))?;
            }
        }
        Some(property) => {
            let home = resource::required(scope.view, &request.person, &request.address)?;
            let members = match home.collection() {
                Some(collection) => scope.view.members(collection.cid)?,
                None => Vec::new(),
            };
            for member in members {
                let member = of_member(member, &home.path, &home.user);
                if points_to_me(scope, &member, property)? {
                    plan.respond(&mut out, scope, &member)?;
                }
            }
        }
    }
    out.close("D:multistatus");
    Ok(
        Answer::new(hyper::StatusCode::MULTI_STATUS)
            .body(crate::http::media::XML, out.into_bytes()),
    )
}

fn points_to_me(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    property: &Element,
) -> Result<bool, store::Error> {
    let Some(row) = property::find(&property.namespace, &property.name)
        .filter(|row| row.on.meets(resource.on) && row.asked.is_none())
    else {
        return Ok(false);
    };
    let mut value = Writer::default();
    match property::write(row, scope, resource, property, &mut value) {
        Ok(()) => {}
        Err(property::Missing::NotFound) => return Ok(false),
        Err(property::Missing::Store(e)) => return Err(e),
    }
    let mine = format!("<D:href>{}</D:href>", path::principal(&scope.person.name));
    let value = value.into_bytes();
    Ok(value.windows(mine.len()).any(|w| w == mine.as_bytes()))
}
