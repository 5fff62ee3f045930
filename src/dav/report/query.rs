//! What calendar-query and addressbook-query share: the objects of one collection that pass.

use crate::calendar::index::Search;
use crate::calendar::overlap::Range;
use crate::dav::multistatus::{self, Piece, Plan, Walk};
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::property::{Manner, Scope};
use crate::dav::request::Request;
use crate::dav::resource::{self, Resource};
use crate::http::Answer;
use crate::http::depth::{self, Depth};
use crate::store::{self, Bodies, Header, Meets, View};
use crate::xml::{Element, Writer};
use crate::zone::Zone;

/// What a query wants of the objects of its collection.
pub struct Criteria {
    /// The kind that alone can pass, as its bit in the header: no body is opened for another.
    pub component: Option<u8>,
    /// A time that everything overlaps that passes.
    pub range: Option<Range>,
    /// The zone of dates and floating times.
    pub floating: Zone,
    /// Whether the index of cards says that one passes.
    pub card: Option<CardPasses>,
    /// An object of the kind passes where an index says so; the others have to be read.
    pub decided_by_index: bool,
    /// What else has to hold; without it the kind decides.
    pub passes: Option<Passes>,
}

/// Whether an object of these bytes passes.
pub type Passes = Box<dyn Fn(&Header<'_>, &[u8]) -> bool + Send>;

/// Whether the card with this excerpt passes ([`crate::contact::index`]).
pub type CardPasses = Box<dyn Fn(&[u8]) -> bool + Send>;

impl Default for Criteria {
    fn default() -> Criteria {
        Criteria {
            component: None,
            range: None,
            floating: Zone::UTC,
            card: None,
            decided_by_index: false,
            passes: None,
        }
    }
}

impl Criteria {
    /// The objects that can pass, where an index knows.
    fn candidates(
        &self,
        view: View<'_>,
        cid: u32,
    ) -> Result<Option<Vec<(u64, Meets)>>, store::Error> {
        if let Some(card) = &self.card {
            return view.cards_where(cid, card).map(Some);
        }
        let Some(range) = self.range else {
            return Ok(None);
        };
        let search = Search::new(range, &self.floating);
        view.meeting(cid, &search).map(Some)
    }

    fn met(
        &self,
        bodies: &mut Bodies<'_>,
        header: &Header<'_>,
        meets: Meets,
    ) -> Result<bool, store::Error> {
        if self.component.is_some_and(|bit| bit != header.component()) {
            return Ok(false);
        }
        match &self.passes {
            Some(_) if self.decided_by_index && meets == Meets::Surely => Ok(true),
            Some(passes) => Ok(passes(header, bodies.body(header.oid)?)),
            None => Ok(true),
        }
    }
}

/// # Errors
/// 400, 404.
pub fn answer(
    request: &Request,
    root: &Element,
    criteria: Criteria,
    limit: Option<u64>,
) -> Result<Answer, Refusal> {
    let manner = Manner {
        floating: Some(criteria.floating.clone()),
        ..Manner::of(&request.headers)
    };
    let plan = Plan::of(Some(root), request.prefer.minimal, Some(manner))?;
    // RFC 4791 section 7.8: with Depth 0 the collection itself is asked, and it is no object.
    let itself = matches!(depth::read(&request.headers), Ok(Some(Depth::Zero)));
    let snapshot = request.site.store.snapshot()?;
    let view = snapshot.view();
    let found = resource::required(view, &request.person, &request.address)?;
    let cid = found.collection().ok_or_else(Refusal::not_found)?.cid;
    let (path, user) = (found.path, found.user);
    let candidates = match itself {
        true => Some(Vec::new()),
        false => criteria.candidates(view, cid)?,
    };
    let walk = Query {
        cid,
        candidates,
        after: 0,
        left: limit.unwrap_or(u64::MAX),
        exceeded: false,
        path,
        user,
        criteria,
        plan,
    };
    let scope = Scope::of(view, &request.site, &request.person)?;
    multistatus::answer(request, scope, walk)
}

/// Objects that do not pass are looked at so many at a time before the clock is.
const LOOKED_AT_ONCE: usize = 8;

struct Query {
    cid: u32,
    /// By oid. None where all objects have to be looked at.
    candidates: Option<Vec<(u64, Meets)>>,
    after: u64,
    left: u64,
    exceeded: bool,
    path: String,
    user: String,
    criteria: Criteria,
    plan: Plan,
}

impl Walk for Query {
    fn walk(&mut self, scope: Scope<'_>, out: &mut Writer) -> Result<bool, store::Error> {
        let Some(collection) = scope.view.collection(self.cid)? else {
            return Ok(false);
        };
        let (view, mut looked_at) = (scope.view, 0);
        let mut bodies = Bodies::of(view);
        let piece = Piece::begun();
        let (mut left, mut exceeded) = (self.left, false);
        let mut each = |header: Header<'_>, meets: Meets| {
            looked_at += 1;
            if !self.criteria.met(&mut bodies, &header, meets)? {
                return Ok(looked_at % LOOKED_AT_ONCE != 0 || !piece.is_full(out));
            }
            if left == 0 {
                exceeded = true;
                return Ok(false);
            }
            left -= 1;
            let resource = Resource::of_object(collection.clone(), header, &self.path, &self.user);
            self.plan.respond(out, scope, &resource)?;
            Ok(!piece.is_full(out))
        };
        let stopped = match &self.candidates {
            None => view.objects(self.cid, self.after, |header| each(header, Meets::Perhaps))?,
            Some(candidates) => {
                let done = candidates.partition_point(|(oid, _)| *oid <= self.after);
                let mut stopped = None;
                for (oid, meets) in candidates.iter().skip(done) {
                    // One that was removed meanwhile is no answer any more.
                    if let Some(header) = view.header(self.cid, *oid)?
                        && !each(header, *meets)?
                    {
                        stopped = Some(*oid);
                        break;
                    }
                }
                stopped
            }
        };
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
