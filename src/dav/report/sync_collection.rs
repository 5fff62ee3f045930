//! sync-collection (RFC 6578 section 3.2), on collections and on homes.

use hyper::StatusCode;

use super::Report;
use crate::dav::listing::{list, of_member};
use crate::dav::multistatus::{self, PIECE, Piece, Plan, Walk};
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::property::{Manner, Scope};
use crate::dav::request::Request;
use crate::dav::resource::{self, On, Resource};
use crate::http::depth::{self, Depth};
use crate::http::{Answer, href};
use crate::store::{self, Change, Collection, Token};
use crate::xml::{Element, Writer, name};

pub const REPORT: Report = Report {
    tag: "D:sync-collection",
    source: "RFC 6578 3.2",
    on: On::COLLECTION.or(On::HOME),
    depth_zero: false,
    answer,
};

fn answer(request: &Request, root: &Element) -> Result<Answer, Refusal> {
    let plan = match root.child(name::DAV, "prop") {
        Some(prop) => Plan::these(
            prop.elements(),
            request.prefer.minimal,
            Manner::of(&request.headers),
        )?,
        None => return Err(Refusal::bad_request("A sync needs a DAV:prop.")),
    };
    let infinite = level(request, root)?;
    let limit = root
        .child(name::DAV, "limit")
        .and_then(|limit| limit.child(name::DAV, "nresults"))
        .map(|n| n.text().trim().parse::<u64>())
        .transpose()
        .map_err(|_| Refusal::bad_request("nresults is a number."))?;
    if limit == Some(0) {
        return Err(Precondition::NumberOfMatchesWithinLimits
            .because("Nothing can be told within a limit of 0."));
    }
    let token = root
        .child(name::DAV, "sync-token")
        .map(|e| e.text().trim().to_owned())
        .unwrap_or_default();

    let snapshot = request.site.store.snapshot()?;
    let view = snapshot.view();
    let found = resource::required(view, &request.person, &request.address)?;
    let collection = found.collection().ok_or_else(Refusal::not_found)?;
    // A collection without collections in it is as deep as level 1.
    if infinite && found.on.meets(On::HOME) {
        return Err(Precondition::SyncTraversalSupported
            .because("A sync goes one level deep; ask each collection by itself."));
    }
    let since = if token.is_empty() {
        None
    } else {
        let token = Token::parse(&token).filter(|token| {
            // A failing store is found out below, by the same reads.
            view.is_valid(token, collection).unwrap_or(false)
        });
        let Some(token) = token else {
            return Err(Precondition::ValidSyncToken
                .because("This sync-token is not known here; start from an empty one."));
        };
        Some(token)
    };
    let scope = Scope::of(view, &request.site, &request.person)?;
    let now = view.token(collection)?;
    let began = since.map_or(Some(now.revision), |token| token.began);
    let common = Common {
        path: found.path.clone(),
        user: found.user.clone(),
        plan,
        token: now,
        truncated: false,
    };
    let (cid, is_home) = (collection.cid, found.on.meets(On::HOME));
    match (is_home, since, limit) {
        (true, since, _) => {
            let limit = limit.unwrap_or(u64::MAX);
            multistatus::answer(
                request,
                scope,
                Home {
                    common,
                    cid,
                    since: since.map(|token| token.revision),
                    incremental: since.is_some(),
                    began,
                    left: limit,
                },
            )
        }
        // Everything, in the order of the listing: the cheap way.
        (false, None, None) => multistatus::answer(
            request,
            scope,
            Everything {
                common,
                cid,
                after: 0,
            },
        ),
        (false, since, limit) => multistatus::answer(
            request,
            scope,
            Changed {
                common,
                cid,
                since: since.map_or(0, |token| token.revision),
                initial: since.is_none(),
                began,
                left: limit.unwrap_or(u64::MAX),
            },
        ),
    }
}

/// RFC 6578 section 3.3: the level says how deep; a client of the old drafts says it by Depth.
/// True for infinite.
fn level(request: &Request, root: &Element) -> Result<bool, Refusal> {
    if depth::read(&request.headers)? == Some(Depth::Infinity) {
        return Err(Refusal::bad_request("A sync is asked with Depth 0."));
    }
    let level = root.child(name::DAV, "sync-level").map(Element::text);
    match level.as_deref().map(str::trim) {
        Some("1") => Ok(false),
        Some(l) if l.eq_ignore_ascii_case("infinite") || l.eq_ignore_ascii_case("infinity") => {
            Ok(true)
        }
        Some(_) => Err(Refusal::bad_request("sync-level is 1 or infinite.")),
        None => match depth::read(&request.headers) {
            Ok(None | Some(Depth::One)) => Ok(false),
            _ => Err(Refusal::bad_request("A sync needs a DAV:sync-level.")),
        },
    }
}

struct Common {
    path: String,
    user: String,
    plan: Plan,
    /// What the client will come back with. Its revision bounds the answer: what happens while the
    /// pieces are made is left to the next sync, so that no member is told twice and no removal is
    /// passed over.
    token: Token,
    truncated: bool,
}

impl Common {
    fn finish(&self, out: &mut Writer) {
        if self.truncated {
            // RFC 6578 section 3.6: the collection itself, with 507.
            let precondition = Precondition::NumberOfMatchesWithinLimits;
            multistatus::status(out, &self.path, precondition.status(), Some(&precondition));
        }
        out.element("D:sync-token", &self.token.uri());
    }

    fn removed(&self, out: &mut Writer, segment: &str, is_collection: bool) {
        let mut path = self.path.clone();
        href::push_segment(&mut path, segment);
        if is_collection {
            path.push('/');
        }
        multistatus::status(out, &path, StatusCode::NOT_FOUND, None);
    }
}

struct Everything {
    common: Common,
    cid: u32,
    after: u64,
}

impl Walk for Everything {
    fn walk(&mut self, scope: Scope<'_>, out: &mut Writer) -> Result<bool, store::Error> {
        let Common {
            path, user, plan, ..
        } = &self.common;
        match list(scope, out, plan, self.cid, self.after, path, user)? {
            Some(last) => {
                self.after = last;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn finish(&mut self, out: &mut Writer) {
        self.common.finish(out);
    }
}

struct Changed {
    common: Common,
    cid: u32,
    since: u64,
    /// Removals mean nothing to a client that has nothing yet (RFC 6578 section 3.4).
    initial: bool,
    /// Of a first sync in several answers: where the collection was when it began.
    began: Option<u64>,
    left: u64,
}

impl Walk for Changed {
    fn walk(&mut self, scope: Scope<'_>, out: &mut Writer) -> Result<bool, store::Error> {
        let Some(collection) = scope.view.collection(self.cid)? else {
            return Ok(false);
        };
        if collection.floor > self.began.unwrap_or(self.since) {
            // Removals that this client needs were forgotten while the answer was made: its next
            // token will not be valid, and it starts afresh.
            self.common.truncated = true;
            self.common.token.revision = 0;
            return Ok(false);
        }
        let common = &self.common;
        let (mut left, mut truncated) = (self.left, false);
        let until = common.token.revision;
        let piece = Piece::begun();
        let seen = scope
            .view
            .changes(self.cid, self.since, until, |_, change| {
                if piece.is_full(out) {
                    return Ok(false);
                }
                if matches!(change, Change::Removed(_)) && self.initial {
                    return Ok(true);
                }
                if left == 0 {
                    truncated = true;
                    return Ok(false);
                }
                left -= 1;
                match change {
                    Change::Removed(name) => common.removed(out, name, false),
                    Change::Object(header) => {
                        let resource = Resource::of_object(
                            collection.clone(),
                            header,
                            &common.path,
                            &common.user,
                        );
                        common.plan.respond(out, scope, &resource)?;
                    }
                }
                Ok(true)
            })?;
        self.since = seen.revision;
        self.left = left;
        if truncated {
            self.common.truncated = true;
            self.common.token.revision = seen.revision;
            self.common.token.began = self.began;
        }
        Ok(seen.more && !truncated)
    }

    fn finish(&mut self, out: &mut Writer) {
        self.common.finish(out);
    }
}

/// The collections of a home.
struct Home {
    common: Common,
    cid: u32,
    since: Option<u64>,
    /// Not a first sync: what is gone is told too.
    incremental: bool,
    began: Option<u64>,
    left: u64,
}

enum Told {
    Changed(Collection),
    Removed(String),
}

impl Walk for Home {
    fn walk(&mut self, scope: Scope<'_>, out: &mut Writer) -> Result<bool, store::Error> {
        let (since, until) = (self.since.unwrap_or(0), self.common.token.revision);
        let mut told: Vec<(u64, Told)> = scope
            .view
            .members(self.cid)?
            .into_iter()
            .filter(|member| member.revision > since && member.revision <= until)
            .map(|member| (member.revision, Told::Changed(member)))
            .collect();
        if self.incremental {
            // A home's changes are removals alone; the rest is read off its members.
            scope
                .view
                .changes(self.cid, since, until, |revision, change| {
                    if let Change::Removed(slug) = change {
                        told.push((revision, Told::Removed(slug.to_owned())));
                    }
                    Ok(true)
                })?;
        }
        told.sort_by_key(|(revision, _)| *revision);
        for (revision, one) in told {
            if out.len() >= PIECE {
                return Ok(true);
            }
            if self.left == 0 {
                self.common.truncated = true;
                self.common.token.revision = self.since.unwrap_or(0);
                self.common.token.began = self.began;
                return Ok(false);
            }
            self.left -= 1;
            match one {
                Told::Changed(member) => {
                    let resource = of_member(member, &self.common.path, &self.common.user);
                    self.common.plan.respond(out, scope, &resource)?;
                }
                Told::Removed(slug) => self.common.removed(out, &slug, true),
            }
            self.since = Some(revision);
        }
        Ok(false)
    }

    fn finish(&mut self, out: &mut Writer) {
        self.common.finish(out);
    }
}
