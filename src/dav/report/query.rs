//! What calendar-query and addressbook-query share: the objects of one collection that pass.

use crate::dav::multistatus::{self, PIECE, Plan, Walk};
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::property::Scope;
use crate::dav::request::Request;
use crate::dav::resource::{self, Resource};
use crate::http::Answer;
use crate::http::depth::{self, Depth};
use crate::store::{self, Header};
use crate::xml::{Element, Writer};

/// What an object must be; asked of its header, so that no body is opened for one that fails.
pub type Passes = Box<dyn Fn(&Header<'_>) -> bool + Send>;

/// # Errors
/// 400, 404.
pub fn answer(
    request: &Request,
    root: &Element,
    passes: Passes,
    limit: Option<u64>,
) -> Result<Answer, Refusal> {
    let plan = Plan::of(Some(root), request.prefer.minimal, true)?;
    // RFC 4791 section 7.8: with Depth 0 the collection itself is asked, and it is no object.
    let itself = matches!(depth::read(&request.headers), Ok(Some(Depth::Zero)));
    let snapshot = request.site.store.snapshot()?;
    let view = snapshot.view();
    let found = resource::required(view, &request.person, &request.address)?;
    let cid = found.collection().ok_or_else(Refusal::not_found)?.cid;
    let (path, user) = (found.path, found.user);
    let walk = Query {
        cid,
        after: if itself { u64::MAX } else { 0 },
        left: limit.unwrap_or(u64::MAX),
        exceeded: false,
        path,
        user,
        passes,
        plan,
    };
    let scope = Scope::of(view, &request.site, &request.person)?;
    multistatus::answer(request, scope, walk)
}

/// Headers looked at in one transaction, when few of them pass.
const LOOKED_AT_ONCE: usize = 20_000;

struct Query {
    cid: u32,
    after: u64,
    left: u64,
    exceeded: bool,
    path: String,
    user: String,
    passes: Passes,
    plan: Plan,
}

impl Walk for Query {
    fn walk(&mut self, scope: Scope<'_>, out: &mut Writer) -> Result<bool, store::Error> {
        let Some(collection) = scope.view.collection(self.cid)? else {
            return Ok(false);
        };
        let (mut left, mut exceeded, mut looked_at) = (self.left, false, 0);
        let stopped = scope.view.objects(self.cid, self.after, |header| {
            looked_at += 1;
            if !(self.passes)(&header) {
                return Ok(looked_at < LOOKED_AT_ONCE);
            }
            if left == 0 {
                exceeded = true;
                return Ok(false);
            }
            left -= 1;
            let resource = Resource::of_object(collection.clone(), header, &self.path, &self.user);
            self.plan.respond(out, scope, &resource)?;
            Ok(out.len() < PIECE)
        })?;
        (self.left, self.exceeded) = (left, exceeded);
        match stopped {
            Some(last) if !exceeded => {
                self.after = last;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// RFC 6352 section 8.6.2: a truncated answer says so for the collection.
    fn finish(&mut self, out: &mut Writer) {
        if self.exceeded {
            let precondition = Precondition::NumberOfMatchesWithinLimits;
            multistatus::status(out, &self.path, precondition.status(), Some(&precondition));
        }
    }
}
