//! Making a collection: what MKCOL (RFC 5689) and MKCALENDAR (RFC 4791 section 5.3.1) share.

use hyper::StatusCode;
use hyper::header::CACHE_CONTROL;

use super::object;
use super::patch::{Creation, Patch};
use super::path::{Address, Family};
use super::precondition::{Precondition, Refusal};
use super::property::{Creating, default_components};
use super::request::Request;
use super::resource::{self, On};
use crate::http::{Answer, media};
use crate::store::{Kind, NewCollection, Refused};
use crate::xml::{Element, Writer};

/// Which of the two asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    Mkcol,
    Mkcalendar,
}

/// Bytes of a slug: it is a file name in every export.
const LONGEST_SLUG: usize = 255;

/// Makes the collection that `root` describes.
///
/// # Errors
/// The preconditions of both methods, with nothing made.
pub async fn make(request: &Request, root: Option<Element<'_>>, by: By) -> Result<Answer, Refusal> {
    let (family, user, slug) = place(&request.address, by)?;
    let on = match family {
        Family::Calendars => On::CALENDAR,
        Family::Addressbooks => On::ADDRESSBOOK,
    };
    let mut creation = Creation::default();
    let (home, patch) = {
        let snapshot = request.site.store.snapshot()?;
        let view = snapshot.view();
        let home =
            resource::home(view, &request.person, family, &user)?.ok_or_else(Refusal::not_found)?;
        if let Some(member) = view.member(home.cid, &slug)? {
            return Err(match by {
                // RFC 4918 section 9.3: MKCOL on a mapped URL.
                By::Mkcol => Refusal::not_allowed(
                    resource::Resource::of_collection(member, String::new(), &user).on,
                ),
                By::Mkcalendar => Precondition::ResourceMustBeNull
                    .because("There is a collection of this name already."),
            });
        }
        let creating = Creating {
            view,
            person: &request.person,
        };
        let patch = match &root {
            Some(root) => Some(Patch::read(root, on, &creating, Some(&mut creation))?),
            None => None,
        };
        (home, patch)
    };
    if creation.misplaced {
        return Err(misplaced(creation.kind));
    }
    if let Some(patch) = patch.as_ref().filter(|patch| patch.is_refused()) {
        return Ok(refused(patch, by, &request.address));
    }
    let kind = match (creation.kind, by) {
        (Some(kind), _) => kind,
        (None, By::Mkcalendar) => Kind::Calendar,
        (None, By::Mkcol) => {
            return Err(Precondition::ValidResourcetype.because(
                "davbox keeps calendars and address books, no folders of files: say in \
                 DAV:resourcetype which of the two this shall be.",
            ));
        }
    };
    let components = match kind {
        Kind::Calendar => creation
            .components
            .unwrap_or_else(default_components)
            .bits(),
        _ => 0,
    };
    let new = NewCollection {
        home: home.cid,
        kind,
        owner: home.owner,
        slug: slug.clone(),
        components,
        properties: patch.map_or_else(Vec::new, |patch| {
            patch
                .writes()
                .into_iter()
                .filter_map(|(name, value)| value.map(|value| (name, value)))
                .collect()
        }),
        now: request.now,
    };
    let holds = object::holds_apart(request, false);
    request
        .site
        .store
        .write(move |w| {
            if !holds(w.view()) {
                return Err(Refused::Conditional.into());
            }
            w.add_collection(&new)
        })
        .await
        .map_err(|e| Refusal::of_store(e, "", family == Family::Addressbooks))?;
    Ok(Answer::new(StatusCode::CREATED).header(CACHE_CONTROL, "no-cache"))
}

fn misplaced(kind: Option<Kind>) -> Refusal {
    match kind {
        Some(Kind::Addressbook) => Precondition::AddressbookCollectionLocationOk
            .because("An address book can be made directly in your address book home only."),
        _ => Precondition::CalendarCollectionLocationOk
            .because("A calendar can be made directly in your calendar home only."),
    }
}

/// Where a collection can be made: directly in a home, and a calendar in that of calendars.
fn place(address: &Address, by: By) -> Result<(Family, String, String), Refusal> {
    let kind_in = |family: Family| match (by, family) {
        (By::Mkcol, Family::Addressbooks) => Some(Kind::Addressbook),
        _ => Some(Kind::Calendar),
    };
    match address {
        Address::Collection {
            family: Family::Addressbooks,
            ..
        } if by == By::Mkcalendar => Err(misplaced(Some(Kind::Calendar))),
        Address::Collection { family, user, slug } => {
            if slug.len() > LONGEST_SLUG {
                return Err(Refusal::forbidden("This name is too long."));
            }
            Ok((*family, user.clone(), slug.clone()))
        }
        Address::Beyond { .. } => Err(Refusal::conflict(
            "The collection above this does not exist.",
        )),
        Address::Object { family, .. } | Address::Home { family, .. } | Address::Homes(family) => {
            Err(misplaced(kind_in(*family)))
        }
        Address::Root | Address::Principals | Address::Principal { .. } | Address::Nowhere => {
            Err(misplaced(None))
        }
    }
}

/// RFC 5689 section 3: 403 with mkcol-response. RFC 4791 section 5.3.1.1: 207.
fn refused(patch: &Patch, by: By, address: &Address) -> Answer {
    let mut out = Writer::default();
    match by {
        By::Mkcol => {
            out.begin("D:mkcol-response");
            patch.propstats(&mut out);
            out.close("D:mkcol-response");
            Answer::new(StatusCode::FORBIDDEN)
        }
        By::Mkcalendar => {
            out.begin("D:multistatus");
            out.raw("<D:response><D:href>");
            out.raw(&address.path());
            out.raw("</D:href>");
            patch.propstats(&mut out);
            out.raw("</D:response>");
            out.close("D:multistatus");
            Answer::new(StatusCode::MULTI_STATUS)
        }
    }
    .body(media::XML, out.into_bytes())
    .header(CACHE_CONTROL, "no-cache")
}
