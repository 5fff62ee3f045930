//! principal-property-search (RFC 3744 section 9.4): finds people by name or address.

use super::Report;
use crate::dav::multistatus::Plan;
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::property::{Manner, Scope};
use crate::dav::request::Request;
use crate::dav::resource::{On, Resource};
use crate::http::Answer;
use crate::signin::Person;
use crate::store::Principal;
use crate::xml::{Element, Writer, name};

pub const REPORT: Report = Report {
    tag: "D:principal-property-search",
    source: "RFC 3744 9.4",
    on: On::ANY_COLLECTION,
    depth_zero: true,
    answer,
};

/// A list longer than this helps nobody who types a name.
const MOST_FOUND: usize = 200;
const MOST_SEARCHES: usize = 20;

/// What can be searched, and what a principal answers for it.
pub const SEARCHABLE: [(&str, &str, &str); 3] = [
    (name::DAV, "displayname", "Name"),
    (
        name::CALDAV,
        "calendar-user-address-set",
        "Calendar address",
    ),
    (name::CALENDARSERVER, "email-address-set", "Mail address"),
];

fn answer(request: &Request, root: &Element) -> Result<Answer, Refusal> {
    let searches: Vec<Search> = root
        .elements()
        .filter(|e| e.is(name::DAV, "property-search"))
        .map(Search::of)
        .collect::<Result<_, _>>()?;
    if searches.is_empty() || searches.len() > MOST_SEARCHES {
        return Err(Refusal::bad_request(
            "Say in DAV:property-search what is sought.",
        ));
    }
    let any = root
        .attribute("test")
        .is_some_and(|test| test.eq_ignore_ascii_case("anyof"));
    let prop = root.child(name::DAV, "prop");
    let plan = Plan::these(
        prop.into_iter().flat_map(Element::elements),
        request.prefer.minimal,
        Manner::of(&request.headers),
    )?;
    let snapshot = request.site.store.snapshot()?;
    let scope = Scope::of(snapshot.view(), &request.site, &request.person)?;
    let mut out = Writer::default();
    out.begin("D:multistatus");
    let mut found = 0;
    // RFC 3744 section 9.4: elsewhere than on the principals' own collection the search means them
    // only when it says so.
    let here = matches!(
        request.address,
        crate::dav::path::Address::Principals | crate::dav::path::Address::Root
    ) || root
        .child(name::DAV, "apply-to-principal-collection-set")
        .is_some();
    let everyone = if here {
        scope.view.principals()?
    } else {
        Vec::new()
    };
    for principal in &everyone {
        let hit = |search: &Search| search.matches(principal);
        let matched = if any {
            searches.iter().any(hit)
        } else {
            searches.iter().all(hit)
        };
        if !matched {
            continue;
        }
        if found == MOST_FOUND {
            let precondition = Precondition::NumberOfMatchesWithinLimits;
            crate::dav::multistatus::status(
                &mut out,
                &request.address.path(),
                precondition.status(),
                Some(&precondition),
            );
            break;
        }
        found += 1;
        plan.respond(&mut out, scope, &Resource::of_principal(principal))?;
    }
    out.close("D:multistatus");
    Ok(
        Answer::new(hyper::StatusCode::MULTI_STATUS)
            .body(crate::http::media::XML, out.into_bytes()),
    )
}

struct Search {
    /// (namespace, local name)
    properties: Vec<(String, String)>,
    /// In lower case.
    text: String,
    how: How,
}

/// Apple's clients name the kind of match; RFC 3744 knows "contains" alone.
enum How {
    Contains,
    StartsWith,
    EndsWith,
    Equals,
}

impl Search {
    fn of(element: &Element) -> Result<Search, Refusal> {
        let properties: Vec<_> = element
            .child(name::DAV, "prop")
            .into_iter()
            .flat_map(Element::elements)
            .map(|e| (e.namespace.to_string(), e.name.to_string()))
            .collect();
        let matching = element.child(name::DAV, "match");
        let (Some(matching), false) = (matching, properties.is_empty()) else {
            return Err(Refusal::bad_request(
                "A property-search has a prop and a match.",
            ));
        };
        Ok(Search {
            properties,
            text: matching.text().trim().to_lowercase(),
            how: match matching.attribute("match-type") {
                Some("starts-with") => How::StartsWith,
                Some("ends-with") => How::EndsWith,
                Some("equals") => How::Equals,
                _ => How::Contains,
            },
        })
    }

    /// All named properties must match (RFC 3744 section 9.4); one that cannot be searched matches
    /// nothing.
    fn matches(&self, principal: &Principal) -> bool {
        self.properties.iter().all(|(namespace, local)| {
            values(principal, namespace, local).iter().any(|value| {
                let value = value.to_lowercase();
                match self.how {
                    How::Contains => value.contains(&self.text),
                    How::StartsWith => value.starts_with(&self.text),
                    How::EndsWith => value.ends_with(&self.text),
                    How::Equals => value == self.text,
                }
            })
        })
    }
}

fn values(principal: &Person, namespace: &str, local: &str) -> Vec<String> {
    match (namespace, local) {
        (name::DAV, "displayname") => vec![principal.display_name.clone()],
        (name::CALDAV, "calendar-user-address-set") => principal
            .emails
            .iter()
            .map(|mail| format!("mailto:{mail}"))
            .chain([crate::dav::path::principal(&principal.name)])
            .collect(),
        (name::CALENDARSERVER, "email-address-set") => principal.emails.clone(),
        _ => Vec::new(),
    }
}
