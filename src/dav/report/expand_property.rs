//! expand-property (RFC 3253 section 3.8): properties, and those of the resources they point to.

use std::collections::HashMap;

use super::Report;
use crate::dav::multistatus;
use crate::dav::path::Address;
use crate::dav::precondition::Refusal;
use crate::dav::privilege::{self, Privilege};
use crate::dav::property::{self, Scope};
use crate::dav::request::Request;
use crate::dav::resource::{self, On, Resource};
use crate::http::media::XML;
use crate::http::{Answer, href};
use crate::store;
use crate::xml::{self, Element, Writer, name};

pub const REPORT: Report = Report {
    tag: "D:expand-property",
    source: "RFC 3253 3.8",
    on: On::ANY,
    depth_zero: false,
    answer,
};

/// Responses in one answer: each level multiplies.
const MOST_RESPONSES: usize = 1_000;

fn answer(request: &Request, root: &Element) -> Result<Answer, Refusal> {
    let snapshot = request.site.store.snapshot()?;
    let scope = Scope::of(snapshot.view(), &request.site, &request.person)?;
    let found = resource::required(scope.view, &request.person, &request.address)?;
    let mut left = MOST_RESPONSES;
    let mut out = Writer::default();
    out.begin("D:multistatus");
    expand(scope, &found, root, &mut out, &mut left)?;
    out.close("D:multistatus");
    Ok(Answer::new(hyper::StatusCode::MULTI_STATUS).body(XML, out.into_bytes()))
}

fn expand(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    asked: &Element,
    out: &mut Writer,
    left: &mut usize,
) -> Result<(), Refusal> {
    *left = left
        .checked_sub(1)
        .ok_or_else(|| Refusal::bad_request("This would expand to more than one answer holds."))?;
    out.raw("<D:response><D:href>");
    out.raw(&resource.path);
    out.raw("</D:href>");
    let mut inside: HashMap<usize, Vec<u8>> = HashMap::new();
    let wanted: Vec<(Element<'_>, &Element<'_>)> = asked
        .elements()
        .filter(|e| e.is(name::DAV, "property"))
        .map(|e| (named(e), e))
        .collect();
    for (i, (property, with)) in wanted.iter().enumerate() {
        if !with.elements().any(|e| e.is(name::DAV, "property")) {
            continue;
        }
        let mut part = Writer::default();
        for path in hrefs(scope, resource, property)? {
            match target(scope, &path)? {
                Some(next) => expand(scope, &next, with, &mut part, left)?,
                None => multistatus::status(&mut part, &path, hyper::StatusCode::NOT_FOUND, None),
            }
        }
        inside.insert(i, part.into_bytes());
    }
    write_propstats(scope, resource, &wanted, &inside, out)?;
    out.raw("</D:response>");
    Ok(())
}

/// The property that a DAV:property element names.
fn named<'e>(asked: &'e Element<'_>) -> Element<'e> {
    Element::empty(
        asked.attribute("namespace").unwrap_or(name::DAV),
        asked.attribute("name").unwrap_or_default(),
    )
}

fn value(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    property: &Element,
) -> Result<Option<Vec<u8>>, store::Error> {
    let row = property::find(&property.namespace, &property.name)
        .filter(|row| row.on.meets(resource.on) && !row.in_report_only);
    let mut out = Writer::default();
    if let Some(row) = row {
        return match property::write(row, scope, resource, property, &mut out) {
            Ok(()) => Ok(Some(out.into_bytes())),
            Err(property::Missing::NotFound) => Ok(None),
            Err(property::Missing::Store(e)) => Err(e),
        };
    }
    let Some((cid, oid)) = resource.property_place() else {
        return Ok(None);
    };
    let stored = scope
        .view
        .property(cid, oid, &property.namespace, &property.name)?;
    Ok(stored.map(<[u8]>::to_vec))
}

fn hrefs(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    property: &Element,
) -> Result<Vec<String>, Refusal> {
    let Some(bytes) = value(scope, resource, property)? else {
        return Ok(Vec::new());
    };
    // The value uses the prefixes that an answer's root declares.
    let mut whole = Writer::default();
    whole.begin("D:prop");
    whole.raw_bytes(&bytes);
    whole.close("D:prop");
    let whole = whole.into_bytes();
    let tree = xml::read(&whole)?;
    let Some(value) = tree.elements().next() else {
        return Ok(Vec::new());
    };
    Ok(value
        .elements()
        .filter(|e| e.is(name::DAV, "href"))
        .map(|e| e.text().into_owned())
        .collect())
}

fn target<'t>(scope: Scope<'t>, path: &str) -> Result<Option<Resource<'t>>, Refusal> {
    let Some((_, path)) = href::split(path) else {
        return Ok(None);
    };
    let Ok(address) = Address::parse(path) else {
        return Ok(None);
    };
    if !privilege::of(scope.person, &address).has(Privilege::Read) {
        return Ok(None);
    }
    Ok(Resource::find(scope.view, scope.person, &address)?)
}

fn write_propstats(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    wanted: &[(Element<'_>, &Element<'_>)],
    inside: &HashMap<usize, Vec<u8>>,
    out: &mut Writer,
) -> Result<(), Refusal> {
    let mut missing = Vec::new();
    let start = out.len();
    out.raw("<D:propstat><D:prop>");
    let content = out.len();
    for (i, (property, _)) in wanted.iter().enumerate() {
        match (value(scope, resource, property)?, inside.get(&i)) {
            (None, _) => missing.push(property),
            (Some(value), None) => out.raw_bytes(&value),
            (Some(_), Some(responses)) => {
                let row = property::find(&property.namespace, &property.name);
                match row {
                    Some(row) => {
                        out.open(row.tag);
                        out.raw_bytes(responses);
                        out.close(row.tag);
                    }
                    None => out.name(&property.namespace, &property.name),
                }
            }
        }
    }
    if out.len() == content && !missing.is_empty() {
        out.truncate(start);
    } else {
        out.raw("</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>");
    }
    if !missing.is_empty() {
        out.raw("<D:propstat><D:prop>");
        for property in missing {
            out.name(&property.namespace, &property.name);
        }
        out.raw("</D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>");
    }
    Ok(())
}
