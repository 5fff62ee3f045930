//! PROPFIND (RFC 4918 section 9.1), depth 0 and 1.

use std::sync::Arc;

use super::{Method, Reads, Run, XML_BOUND};
use crate::dav::listing::{list, of_member};
use crate::dav::multistatus::{self, PIECE, Plan, Walk};
use crate::dav::path::{Address, Family};
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::privilege::Privilege;
use crate::dav::property::Scope;
use crate::dav::request::Request;
use crate::dav::resource::{self, On, Resource};
use crate::http::Answer;
use crate::http::depth::{self, Depth};
use crate::signin::Person;
use crate::store::{self, View};
use crate::xml::{Writer, name};

pub const PROPFIND: Method = Method {
    name: "PROPFIND",
    on: On::ANY,
    needs: Privilege::Read,
    reads: Reads::Xml(XML_BOUND),
    judges_itself: false,
    run: Run::Now(run),
};

fn run(request: &Request) -> Result<Answer, Refusal> {
    // RFC 4918 section 10.2: absent means infinity.
    let depth = depth::read(&request.headers)?.unwrap_or(Depth::Infinity);
    let plan = Plan::remembered(&request.body, request.prefer.minimal, || {
        let root = request.xml()?;
        if let Some(root) = &root
            && !root.is(name::DAV, "propfind")
        {
            return Err(Refusal::bad_request(
                "The body of PROPFIND is a DAV:propfind element.",
            ));
        }
        Plan::of(root.as_ref(), request.prefer.minimal, None)
    })?;
    if depth == Depth::Infinity {
        return Err(Precondition::PropfindFiniteDepth
            .because("Ask with Depth 0 or 1; the whole tree is not listed at once."));
    }
    let snapshot = request.site.store.snapshot()?;
    let view = snapshot.view();
    let found = resource::required(view, &request.person, &request.address)?;
    let scope = Scope::of(view, &request.site, &request.person)?;
    let itself = depth == Depth::Zero || !request.prefer.noroot;
    let next = if depth == Depth::Zero {
        Next::Nothing
    } else {
        below(view, &request.address, &found, &request.person)?
    };
    if matches!(next, Next::Nothing) {
        return multistatus::whole(|out| {
            if itself {
                plan.respond(out, scope, &found)?;
            }
            Ok(())
        });
    }
    let walk = Listing {
        itself: itself.then(|| request.address.clone()),
        next,
        plan,
    };
    multistatus::answer(request, scope, walk)
}

/// What is still to be listed.
enum Next {
    /// The collections of a home that are still to be told, by cid: whatever comes and goes between
    /// two pieces, none that stays is left out. And the path of the home.
    Collections {
        left: std::vec::IntoIter<u32>,
        path: String,
        user: String,
    },
    Objects {
        cid: u32,
        after: u64,
        path: String,
        user: String,
    },
    Addresses(Vec<Address>),
    /// Principals still to be told, by name: everyone here may read them.
    People(std::vec::IntoIter<String>),
    Nothing,
}

fn below(
    view: View<'_>,
    address: &Address,
    found: &Resource<'_>,
    person: &Person,
) -> Result<Next, store::Error> {
    Ok(match (address, found.collection()) {
        (Address::Root, _) => Next::Addresses(vec![
            Address::Principals,
            Address::Homes(Family::Calendars),
            Address::Homes(Family::Addressbooks),
        ]),
        (Address::Principals, _) => {
            let names: Vec<String> = view.principals()?.into_iter().map(|p| p.name).collect();
            Next::People(names.into_iter())
        }
        (Address::Homes(family), _) => Next::Addresses(vec![Address::Home {
            family: *family,
            user: person.name.clone(),
        }]),
        (Address::Home { .. }, Some(home)) => Next::Collections {
            left: {
                let cids: Vec<u32> = view.members(home.cid)?.iter().map(|m| m.cid).collect();
                cids.into_iter()
            },
            path: found.path.clone(),
            user: found.user.clone(),
        },
        (Address::Collection { .. }, Some(collection)) => Next::Objects {
            cid: collection.cid,
            after: 0,
            path: found.path.clone(),
            user: found.user.clone(),
        },
        _ => Next::Nothing,
    })
}

struct Listing {
    itself: Option<Address>,
    next: Next,
    plan: Arc<Plan>,
}

impl Walk for Listing {
    fn walk(&mut self, scope: Scope<'_>, out: &mut Writer) -> Result<bool, store::Error> {
        if let Some(address) = self.itself.take()
            && let Some(resource) = Resource::find(scope.view, scope.person, &address)?
        {
            self.plan.respond(out, scope, &resource)?;
        }
        match &mut self.next {
            Next::Nothing => Ok(false),
            Next::Addresses(list) => {
                for address in std::mem::take(list) {
                    if let Some(resource) = Resource::find(scope.view, scope.person, &address)? {
                        self.plan.respond(out, scope, &resource)?;
                    }
                }
                Ok(false)
            }
            Next::People(left) => {
                while let Some(name) = left.as_slice().first() {
                    if out.len() >= PIECE {
                        return Ok(true);
                    }
                    if let Some(principal) = scope.view.principal(name)? {
                        let resource = Resource::of_principal(&principal);
                        self.plan.respond(out, scope, &resource)?;
                    }
                    left.next();
                }
                Ok(false)
            }
            Next::Collections { left, path, user } => {
                while let Some(&cid) = left.as_slice().first() {
                    if out.len() >= PIECE {
                        return Ok(true);
                    }
                    if let Some(member) = scope.view.collection(cid)? {
                        let resource = of_member(member, path, user);
                        self.plan.respond(out, scope, &resource)?;
                    }
                    left.next();
                }
                Ok(false)
            }
            Next::Objects {
                cid,
                after,
                path,
                user,
            } => match list(scope, out, &self.plan, *cid, *after, path, user)? {
                Some(last) => {
                    *after = last;
                    Ok(true)
                }
                None => Ok(false),
            },
        }
    }
}
