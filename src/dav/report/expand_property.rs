//! expand-property (RFC 3253 section 3.8): properties, and those of the resources they point to.

use hyper::StatusCode;

use super::Report;
use crate::dav::multistatus;
use crate::dav::path::Address;
use crate::dav::precondition::Refusal;
use crate::dav::privilege::{self, Privilege};
use crate::dav::property::{self, Property, Scope};
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
/// Properties of one level; the longest list a client is known to send has 60.
const MOST_NAMES: usize = 100;
/// Bytes of one answer, which is made whole.
const LARGEST: usize = 4 << 20;

fn answer(request: &Request, root: &Element) -> Result<Answer, Refusal> {
    let asked = Asked::of(root)?;
    let snapshot = request.site.store.snapshot()?;
    let scope = Scope::of(snapshot.view(), &request.site, &request.person)?;
    let found = resource::required(scope.view, &request.person, &request.address)?;
    let mut left = MOST_RESPONSES;
    let (bytes, expanded) = Writer::scratch(|out| {
        out.begin("D:multistatus");
        expand(scope, &found, &asked, out, &mut left)?;
        out.close("D:multistatus");
        Ok(())
    });
    expanded.map_err(|refusal: Refusal| refusal)?;
    Ok(Answer::new(StatusCode::MULTI_STATUS).body(XML, bytes))
}

/// The properties of one level, and what is asked of the resources they point to.
struct Asked<'e> {
    properties: Vec<(Element<'e>, Option<Asked<'e>>)>,
}

impl<'e> Asked<'e> {
    fn of(level: &'e Element<'_>) -> Result<Asked<'e>, Refusal> {
        let mut properties: Vec<(Element<'e>, Option<Asked<'e>>)> = Vec::new();
        for asked in level.elements().filter(|e| e.is(name::DAV, "property")) {
            let local = asked.attribute("name").unwrap_or_default();
            let namespace = asked.attribute("namespace").unwrap_or(name::DAV);
            if !name::is_ncname(local) {
                return Err(Refusal::bad_request("A property to expand has a name."));
            }
            if properties.iter().any(|(p, _)| p.is(namespace, local)) {
                continue;
            }
            if properties.len() == MOST_NAMES {
                return Err(Refusal::bad_request(
                    "That is more properties than one asks for.",
                ));
            }
            let deeper = asked.elements().any(|e| e.is(name::DAV, "property"));
            let deeper = deeper.then(|| Asked::of(asked)).transpose()?;
            properties.push((Element::empty(namespace, local), deeper));
        }
        Ok(Asked { properties })
    }
}

fn too_much() -> Refusal {
    Refusal::bad_request("This would expand to more than one answer holds.")
}

fn expand(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    asked: &Asked<'_>,
    out: &mut Writer,
    left: &mut usize,
) -> Result<(), Refusal> {
    *left = left.checked_sub(1).ok_or_else(too_much)?;
    out.raw("<D:response><D:href>");
    out.raw(&resource.path);
    out.raw("</D:href><D:propstat><D:prop>");
    let mut missing = Vec::new();
    for (property, deeper) in &asked.properties {
        let start = out.len();
        if !write(scope, resource, property, out)? {
            missing.push(property);
        } else if let (Some(deeper), Some(row)) = (deeper, row(resource, property)) {
            // The hrefs give way to what they point to.
            let paths = hrefs(&out.taken_back(start))?;
            out.open(row.tag);
            for path in paths {
                match target(scope, &path)? {
                    Some(next) => expand(scope, &next, deeper, out, left)?,
                    None => multistatus::status(out, &path, StatusCode::NOT_FOUND, None),
                }
            }
            out.close(row.tag);
        }
        if out.len() > LARGEST {
            return Err(too_much());
        }
    }
    out.raw("</D:prop>");
    multistatus::outcome(out, StatusCode::OK, None);
    out.raw("</D:propstat>");
    if !missing.is_empty() {
        out.raw("<D:propstat><D:prop>");
        for property in missing {
            out.name(&property.namespace, &property.name);
        }
        out.raw("</D:prop>");
        multistatus::outcome(out, StatusCode::NOT_FOUND, None);
        out.raw("</D:propstat>");
    }
    out.raw("</D:response>");
    Ok(())
}

/// Properties that davbox knows are expanded; what a client keeps for itself is given as it is.
fn row(resource: &Resource<'_>, property: &Element) -> Option<&'static Property> {
    property::find(&property.namespace, &property.name)
        .filter(|row| row.on.meets(resource.on) && row.asked.is_none())
}

/// False where there is no such property.
fn write(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    property: &Element,
    out: &mut Writer,
) -> Result<bool, store::Error> {
    if let Some(row) = row(resource, property) {
        return match property::write(row, scope, resource, property, out) {
            Ok(()) => Ok(true),
            Err(property::Missing::NotFound) => Ok(false),
            Err(property::Missing::Store(e)) => Err(e),
        };
    }
    let Some((cid, oid)) = resource.property_place() else {
        return Ok(false);
    };
    let view = scope.view;
    match view.property(cid, oid, &property.namespace, &property.name)? {
        Some(value) => {
            out.raw_bytes(value);
            Ok(true)
        }
        None => Ok(false),
    }
}

/// The hrefs directly inside a written property.
fn hrefs(written: &[u8]) -> Result<Vec<String>, Refusal> {
    // It uses the prefixes that an answer's root declares.
    let mut whole = Writer::default();
    whole.begin("D:prop");
    whole.raw_bytes(written);
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
