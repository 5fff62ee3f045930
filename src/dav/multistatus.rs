//! 207 answers (RFC 4918 section 13): what was asked of each resource, streamed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::StatusCode;

use super::precondition::{Precondition, Refusal};
use super::property::{self, Form, Manner, Missing, Property, Scope, Unformed};
use super::request::{Asker, Request};
use super::resource::Resource;
use crate::http::media::XML;
use crate::http::{Answer, Source};
use crate::store;
use crate::xml::{Element, Writer, name};

/// One piece of a streamed answer: large enough to cost little, small enough for a small box.
pub const PIECE: usize = 32 * 1024;

/// What one piece may take to be made. Then others have their turn, whatever somebody has stored.
const TURN: Duration = Duration::from_millis(10);

/// A piece that is being made.
pub struct Piece {
    begun: Instant,
}

impl Piece {
    #[must_use]
    pub fn begun() -> Piece {
        Piece {
            begun: Instant::now(),
        }
    }

    /// Whether it is large enough, or has taken long enough.
    #[must_use]
    pub fn is_full(&self, out: &Writer) -> bool {
        out.len() >= PIECE || self.begun.elapsed() >= TURN
    }
}

/// Names asked in one request; the longest list a client is known to send has 60.
const MOST_NAMES: usize = 500;

enum Wanted {
    /// allprop, with what DAV:include adds
    All,
    Names,
    These,
}

struct Remembered {
    minimal: bool,
    body: Box<[u8]>,
    plan: Arc<Plan>,
}

/// The kinds of requests that the clients of one house send.
const MOST_REMEMBERED: usize = 32;
const LONGEST_REMEMBERED: usize = 4096;

static REMEMBERED: Mutex<VecDeque<Remembered>> = Mutex::new(VecDeque::new());

struct Item {
    property: Option<&'static Property>,
    asked: Element<'static>,
    /// Of calendar-data and address-data in a report.
    form: Option<Box<dyn Form>>,
}

/// What became of an item for one resource.
enum Written {
    Value,
    Missing,
    TooLarge,
}

/// Some of a plan's items.
#[derive(Default)]
struct Items {
    bits: [u64; MOST_NAMES / 64 + 1],
    any: bool,
}

impl Items {
    fn add(&mut self, item: usize) {
        self.bits[item / 64] |= 1 << (item % 64);
        self.any = true;
    }

    fn has(&self, item: usize) -> bool {
        self.bits[item / 64] & 1 << (item % 64) != 0
    }
}

/// What is asked of every resource of an answer.
pub struct Plan {
    wanted: Wanted,
    items: Vec<Item>,
    /// Leave out what is not there (RFC 8144 section 2.1).
    minimal: bool,
    /// None for PROPFIND.
    report: Option<Manner>,
}

impl Plan {
    /// Of a PROPFIND body or the part of a report that says which properties; nothing of it is
    /// allprop (RFC 4918 section 9.1).
    ///
    /// # Errors
    /// 400 where nothing sensible is asked.
    pub fn of(
        parent: Option<&Element>,
        minimal: bool,
        report: Option<Manner>,
    ) -> Result<Plan, Refusal> {
        let mut plan = Plan {
            wanted: Wanted::All,
            items: Vec::new(),
            minimal,
            report,
        };
        let Some(parent) = parent else {
            return Ok(plan);
        };
        let kinds = [
            parent.child(name::DAV, "allprop"),
            parent.child(name::DAV, "propname"),
            parent.child(name::DAV, "prop"),
        ];
        match kinds {
            [Some(_), None, None] => {
                if let Some(include) = parent.child(name::DAV, "include") {
                    plan.add(include)?;
                }
            }
            [None, Some(_), None] => plan.wanted = Wanted::Names,
            [None, None, Some(prop)] => {
                plan.wanted = Wanted::These;
                plan.add(prop)?;
            }
            // A multiget without prop asks for the resources alone.
            [None, None, None] if plan.report.is_some() => plan.wanted = Wanted::These,
            _ => {
                return Err(Refusal::bad_request(
                    "Ask for one of allprop, propname and prop.",
                ));
            }
        }
        Ok(plan)
    }

    /// Of a DAV:prop element, for reports that have it deeper down.
    ///
    /// # Errors
    /// 400 for too many names.
    pub fn these<'e>(
        asked: impl Iterator<Item = &'e Element<'e>>,
        minimal: bool,
        report: Manner,
    ) -> Result<Plan, Refusal> {
        let mut plan = Plan {
            wanted: Wanted::These,
            items: Vec::new(),
            minimal,
            report: Some(report),
        };
        for element in asked {
            plan.push(element)?;
        }
        Ok(plan)
    }

    /// The plan of a PROPFIND body, remembered: a client polls with the same words for years.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn remembered(
        body: &[u8],
        minimal: bool,
        read: impl FnOnce() -> Result<Plan, Refusal>,
    ) -> Result<Arc<Plan>, Refusal> {
        if body.len() > LONGEST_REMEMBERED {
            return Ok(Arc::new(read()?));
        }
        let known = {
            let plans = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
            let same = |plan: &&Remembered| plan.minimal == minimal && *plan.body == *body;
            plans.iter().find(same).map(|found| found.plan.clone())
        };
        if let Some(plan) = known {
            return Ok(plan);
        }
        let plan = Arc::new(read()?);
        let mut plans = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
        if plans.len() >= MOST_REMEMBERED {
            plans.pop_front();
        }
        plans.push_back(Remembered {
            minimal,
            body: body.into(),
            plan: plan.clone(),
        });
        Ok(plan)
    }

    fn add(&mut self, prop: &Element) -> Result<(), Refusal> {
        for asked in prop.elements() {
            self.push(asked)?;
        }
        Ok(())
    }

    fn push(&mut self, asked: &Element) -> Result<(), Refusal> {
        if self.items.len() >= MOST_NAMES {
            return Err(Refusal::bad_request(
                "That is more properties than one asks for.",
            ));
        }
        // Asked twice, answered once.
        if self
            .items
            .iter()
            .any(|item| item.asked.is(&asked.namespace, &asked.name))
        {
            return Ok(());
        }
        let property = property::find(&asked.namespace, &asked.name);
        let form = match (property.and_then(|property| property.asked), &self.report) {
            (Some(read), Some(manner)) => Some(read(asked, manner)?),
            _ => None,
        };
        let asked = match property {
            // Most are known by name and have nothing in them: no copy is needed.
            Some(property) if asked.children.is_empty() && asked.attributes.is_empty() => {
                bare(property)
            }
            _ => asked.clone().into_owned(),
        };
        self.items.push(Item {
            property,
            asked,
            form,
        });
        Ok(())
    }

    /// One DAV:response.
    ///
    /// # Errors
    /// The store's.
    pub fn respond(
        &self,
        out: &mut Writer,
        scope: Scope<'_>,
        resource: &Resource<'_>,
    ) -> Result<(), store::Error> {
        out.raw("<D:response><D:href>");
        out.raw(&resource.path);
        out.raw("</D:href>");
        self.propstats(out, scope, resource)?;
        out.raw("</D:response>");
        Ok(())
    }

    fn propstats(
        &self,
        out: &mut Writer,
        scope: Scope<'_>,
        resource: &Resource<'_>,
    ) -> Result<(), store::Error> {
        let start = out.len();
        out.raw("<D:propstat><D:prop>");
        let content = out.len();
        match self.wanted {
            Wanted::All => self.all(out, scope, resource)?,
            Wanted::Names => self.names(out, scope, resource)?,
            Wanted::These => {}
        }
        // Bits of what is missing: lists are short, and a listing must not allocate per member.
        let mut missing = Items::default();
        let mut too_large = Items::default();
        for (i, item) in self.items.iter().enumerate() {
            match self.write(item, out, scope, resource)? {
                Written::Value => {}
                Written::Missing => missing.add(i),
                Written::TooLarge => too_large.add(i),
            }
        }
        let show_missing = missing.any && !self.minimal;
        if out.len() == content && (show_missing || too_large.any) {
            out.truncate(start);
        } else {
            out.raw("</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>");
        }
        if show_missing {
            self.names_of(&missing, out);
            out.raw("<D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>");
        }
        if too_large.any {
            self.names_of(&too_large, out);
            let precondition = Precondition::NumberOfMatchesWithinLimits;
            outcome(out, precondition.status(), Some(&precondition));
            out.raw("</D:propstat>");
        }
        Ok(())
    }

    fn names_of(&self, items: &Items, out: &mut Writer) {
        out.raw("<D:propstat><D:prop>");
        for (i, item) in self.items.iter().enumerate() {
            if items.has(i) {
                out.name(&item.asked.namespace, &item.asked.name);
            }
        }
        out.raw("</D:prop>");
    }

    fn write(
        &self,
        item: &Item,
        out: &mut Writer,
        scope: Scope<'_>,
        resource: &Resource<'_>,
    ) -> Result<Written, store::Error> {
        if let Some(property) = item.property
            && property.on.meets(resource.on)
        {
            if let Some(form) = &item.form {
                return match property::write_form(property, &**form, scope, resource, out) {
                    Ok(()) => Ok(Written::Value),
                    Err(Unformed::TooLarge) => Ok(Written::TooLarge),
                    Err(Unformed::Store(e)) => Err(e),
                };
            }
            return match property::write(property, scope, resource, &item.asked, out) {
                Ok(()) => Ok(Written::Value),
                Err(Missing::NotFound) => Ok(Written::Missing),
                Err(Missing::Store(e)) => Err(e),
            };
        }
        let Some((cid, oid)) = resource.property_place() else {
            return Ok(Written::Missing);
        };
        let asked = &item.asked;
        match scope
            .view
            .property(cid, oid, &asked.namespace, &asked.name)?
        {
            Some(value) => {
                out.raw_bytes(value);
                Ok(Written::Value)
            }
            None => Ok(Written::Missing),
        }
    }

    fn is_asked(&self, property: &Property) -> bool {
        self.items
            .iter()
            .any(|item| item.property.is_some_and(|p| p.tag == property.tag))
    }

    fn all(
        &self,
        out: &mut Writer,
        scope: Scope<'_>,
        resource: &Resource<'_>,
    ) -> Result<(), store::Error> {
        for property in property::all() {
            if property.allprop && property.on.meets(resource.on) && !self.is_asked(property) {
                match property::write(property, scope, resource, &bare(property), out) {
                    Ok(()) | Err(Missing::NotFound) => {}
                    Err(Missing::Store(e)) => return Err(e),
                }
            }
        }
        let included = |name: &store::PropertyName| {
            self.items
                .iter()
                .any(|i| i.asked.is(&name.namespace, &name.name))
        };
        for (name, value) in dead(scope, resource)? {
            if !included(&name) {
                out.raw_bytes(value);
            }
        }
        Ok(())
    }

    fn names(
        &self,
        out: &mut Writer,
        scope: Scope<'_>,
        resource: &Resource<'_>,
    ) -> Result<(), store::Error> {
        for property in property::all() {
            if !property.on.meets(resource.on) || property.asked.is_some() {
                continue;
            }
            let start = out.len();
            match property::write(property, scope, resource, &bare(property), out) {
                Ok(()) => {
                    out.truncate(start);
                    out.empty(property.tag);
                }
                Err(Missing::NotFound) => {}
                Err(Missing::Store(e)) => return Err(e),
            }
        }
        for (name, _) in dead(scope, resource)? {
            out.name(&name.namespace, &name.name);
        }
        Ok(())
    }
}

/// As if this property had been asked for by name.
fn bare(property: &Property) -> Element<'static> {
    let (prefix, local) = property.split();
    let namespace = name::PREFIXES
        .iter()
        .find(|(p, _)| *p == prefix)
        .map_or("", |(_, uri)| *uri);
    Element::empty(namespace, local)
}

/// Stored properties that no row knows for this resource.
fn dead<'t>(
    scope: Scope<'t>,
    resource: &Resource<'_>,
) -> Result<Vec<(store::PropertyName, &'t [u8])>, store::Error> {
    let Some((cid, oid)) = resource.property_place() else {
        return Ok(Vec::new());
    };
    let mut all = scope.view.properties(cid, oid)?;
    all.retain(|(name, _)| {
        property::find(&name.namespace, &name.name).is_none_or(|p| !p.on.meets(resource.on))
    });
    Ok(all)
}

/// DAV:status, and DAV:error where there is a precondition to tell.
pub fn outcome(out: &mut Writer, status: StatusCode, precondition: Option<&Precondition>) {
    out.raw("<D:status>HTTP/1.1 ");
    out.raw(status.as_str());
    out.raw(" ");
    out.raw(status.canonical_reason().unwrap_or("Unknown"));
    out.raw("</D:status>");
    if let Some(precondition) = precondition {
        out.open("D:error");
        precondition.write(out);
        out.close("D:error");
    }
}

/// A DAV:response that has a status in place of properties.
pub fn status(
    out: &mut Writer,
    href: &str,
    status: StatusCode,
    precondition: Option<&Precondition>,
) {
    out.raw("<D:response><D:href>");
    out.text(href);
    out.raw("</D:href>");
    outcome(out, status, precondition);
    out.raw("</D:response>");
}

/// The part of a multistatus that goes from resource to resource.
pub trait Walk: Send {
    /// Writes responses until the piece is full; true when there is more. Each call sees a
    /// snapshot of its own, so that no transaction waits for a client.
    ///
    /// # Errors
    /// The store's.
    fn walk(&mut self, scope: Scope<'_>, out: &mut Writer) -> Result<bool, store::Error>;

    /// What stands after the last response (a sync-token).
    fn finish(&mut self, _: &mut Writer) {}
}

struct Streamed<W> {
    asker: Asker,
    walk: W,
    first: Option<Bytes>,
    done: bool,
}

/// One piece; true when it is the last.
fn piece<W: Walk>(walk: &mut W, scope: Scope<'_>, out: &mut Writer) -> Result<bool, store::Error> {
    let more = walk.walk(scope, out)?;
    if !more {
        walk.finish(out);
        out.close("D:multistatus");
    }
    Ok(!more)
}

impl<W: Walk> Streamed<W> {
    fn piece(&mut self) -> Result<Vec<u8>, store::Error> {
        let mut out = Writer::with_capacity(PIECE + 4096);
        let snapshot = self.asker.site.store.snapshot()?;
        let scope = Scope::of(snapshot.view(), &self.asker.site, &self.asker.person)?;
        self.done = piece(&mut self.walk, scope, &mut out)?;
        Ok(out.into_bytes())
    }
}

impl<W: Walk> Source for Streamed<W> {
    fn next(&mut self) -> Result<Option<Bytes>, String> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        if self.done {
            return Ok(None);
        }
        match self.piece() {
            Ok(piece) => Ok(Some(piece.into())),
            Err(e) => Err(e.to_string()),
        }
    }
}

/// The whole answer; its first piece is of `scope`. What fits in one piece carries its length.
///
/// # Errors
/// The store's, while the status can still be told.
pub fn answer<W: Walk + 'static>(
    request: &Request,
    scope: Scope<'_>,
    mut walk: W,
) -> Result<Answer, Refusal> {
    let (first, done) = Writer::scratch(|out| {
        out.begin("D:multistatus");
        piece(&mut walk, scope, out)
    });
    let done = done?;
    let answer = Answer::new(StatusCode::MULTI_STATUS);
    if done {
        return Ok(answer.body(XML, first));
    }
    let streamed = Streamed {
        asker: request.asker(),
        walk,
        first: Some(first),
        done: false,
    };
    Ok(answer.made(XML, Box::new(streamed)))
}

/// A multistatus that is written whole.
///
/// # Errors
/// Those of `write`.
pub fn whole(
    write: impl FnOnce(&mut Writer) -> Result<(), store::Error>,
) -> Result<Answer, Refusal> {
    let (whole, written) = Writer::scratch(|out| {
        out.begin("D:multistatus");
        write(out)?;
        out.close("D:multistatus");
        Ok(())
    });
    written.map_err(|e: store::Error| Refusal::from(e))?;
    Ok(Answer::new(StatusCode::MULTI_STATUS).body(XML, whole))
}
