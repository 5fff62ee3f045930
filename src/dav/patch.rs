//! Setting and removing properties: what PROPPATCH, MKCOL and MKCALENDAR have in common. All or
//! nothing, in document order (RFC 4918 section 9.2).

use hyper::StatusCode;

use super::multistatus;
use super::precondition::{Precondition, Refusal};
use super::property::{self, Creating, Write};
use super::resource::On;
use crate::calendar::{Component, Components};
use crate::store::{Kind, PropertyName};
use crate::xml::{Element, Node, Writer, name};

/// Bytes of one stored property.
const LARGEST: usize = 128 * 1024;
const MOST_INSTRUCTIONS: usize = 500;

/// One instruction, already judged.
pub struct Instruction {
    name: PropertyName,
    verdict: Verdict,
}

enum Verdict {
    Set(Vec<u8>),
    Remove,
    /// Understood at creation, and not stored.
    Understood,
    Refused(StatusCode, Option<Precondition>),
}

/// What the creating methods learn from the instructions.
#[derive(Default)]
pub struct Creation {
    pub kind: Option<Kind>,
    pub components: Option<Components>,
    /// The kind is one davbox keeps, but not in this home.
    pub misplaced: bool,
}

/// All instructions of one request.
pub struct Patch {
    pub instructions: Vec<Instruction>,
}

impl Patch {
    /// Reads DAV:set and DAV:remove of `root`. With `creation`, the properties that only a
    /// creation may set are understood and told there.
    ///
    /// # Errors
    /// 400 where the body is not what it should be.
    pub fn read(
        root: &Element,
        on: On,
        creating: &Creating<'_>,
        mut creation: Option<&mut Creation>,
    ) -> Result<Patch, Refusal> {
        let mut instructions = Vec::new();
        for step in root.elements() {
            let set = step.is(name::DAV, "set");
            let remove = creation.is_none() && step.is(name::DAV, "remove");
            if !(set || remove) {
                continue;
            }
            for prop in step.elements().filter(|e| e.is(name::DAV, "prop")) {
                // RFC 4918 section 4.3: the language in scope is part of the value.
                let lang = prop.lang().or(step.lang()).or(root.lang());
                for value in prop.elements() {
                    if instructions.len() >= MOST_INSTRUCTIONS {
                        return Err(Refusal::bad_request("That is too much at once."));
                    }
                    let verdict = if set {
                        judge(value, lang, on, creating, creation.as_deref_mut())
                    } else {
                        judge_removal(value, on)
                    };
                    instructions.push(Instruction {
                        name: PropertyName {
                            namespace: value.namespace.clone().into_owned(),
                            name: value.name.clone().into_owned(),
                        },
                        verdict,
                    });
                }
            }
        }
        if instructions.is_empty() && creation.is_none() {
            return Err(Refusal::bad_request(
                "The request sets and removes nothing.",
            ));
        }
        Ok(Patch { instructions })
    }

    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.instructions
            .iter()
            .any(|i| matches!(i.verdict, Verdict::Refused(..)))
    }

    /// What the store has to do.
    #[must_use]
    pub fn writes(&self) -> Vec<(PropertyName, Option<Vec<u8>>)> {
        let mut writes = Vec::new();
        for instruction in &self.instructions {
            let name = &instruction.name;
            let value = match &instruction.verdict {
                Verdict::Set(value) => Some(value.clone()),
                Verdict::Remove => None,
                Verdict::Understood | Verdict::Refused(..) => continue,
            };
            let row = property::find(&name.namespace, &name.name);
            if let Some(other) = row.and_then(|row| row.instead_of)
                && let Some((_, other)) = other.split_once(':')
            {
                let other = PropertyName {
                    namespace: name.namespace.clone(),
                    name: other.to_owned(),
                };
                writes.retain(|(name, _)| *name != other);
                writes.push((other, None));
            }
            writes.push((name.clone(), value));
        }
        writes
    }

    /// The propstats of what became of it: the refused ones with their reason, and 424 for the
    /// others; or 200 for all.
    pub fn propstats(&self, out: &mut Writer) {
        let refused = self.is_refused();
        let mut rest: Vec<&PropertyName> = Vec::new();
        for instruction in &self.instructions {
            match &instruction.verdict {
                Verdict::Refused(status, precondition) => propstat(
                    out,
                    std::iter::once(&instruction.name),
                    *status,
                    precondition.as_ref(),
                ),
                _ if rest.contains(&&instruction.name) => {}
                _ => rest.push(&instruction.name),
            }
        }
        if !rest.is_empty() || !refused {
            let status = if refused {
                StatusCode::FAILED_DEPENDENCY
            } else {
                StatusCode::OK
            };
            propstat(out, rest.into_iter(), status, None);
        }
    }
}

fn propstat<'n>(
    out: &mut Writer,
    names: impl Iterator<Item = &'n PropertyName>,
    status: StatusCode,
    precondition: Option<&Precondition>,
) {
    out.raw("<D:propstat><D:prop>");
    for name in names {
        out.name(&name.namespace, &name.name);
    }
    out.raw("</D:prop>");
    multistatus::outcome(out, status, precondition);
    out.raw("</D:propstat>");
}

fn refused(precondition: Precondition) -> Verdict {
    Verdict::Refused(StatusCode::FORBIDDEN, Some(precondition))
}

fn judge(
    value: &Element,
    lang: Option<&str>,
    on: On,
    creating: &Creating<'_>,
    creation: Option<&mut Creation>,
) -> Verdict {
    let row = property::find(&value.namespace, &value.name).filter(|row| row.on.meets(on));
    match (row.map(|row| row.write), creation) {
        (Some(Write::AtCreation), Some(creation)) => return judge_creation(value, on, creation),
        (Some(Write::Protected | Write::AtCreation), _) => {
            return refused(Precondition::CannotModifyProtectedProperty);
        }
        (Some(Write::Stored(check)), _) => {
            if let Err(precondition) = check(value, creating) {
                return Verdict::Refused(StatusCode::FORBIDDEN, Some(precondition));
            }
        }
        (None, _) => {
            // A name that davbox computes for other resources is no place for a client's own data:
            // it would answer with two voices.
            if property::find(&value.namespace, &value.name)
                .is_some_and(|row| !row.is_stored() && !row.on.meets(on) && row.allprop)
            {
                return refused(Precondition::CannotModifyProtectedProperty);
            }
        }
    }
    let mut value = value.clone();
    if let Some(lang) = lang {
        value.set_lang(lang);
    }
    let mut out = Writer::default();
    value.write(&mut out);
    if out.len() > LARGEST {
        return Verdict::Refused(StatusCode::INSUFFICIENT_STORAGE, None);
    }
    Verdict::Set(out.into_bytes())
}

fn judge_removal(value: &Element, on: On) -> Verdict {
    match property::find(&value.namespace, &value.name).filter(|row| row.on.meets(on)) {
        Some(row) if !row.is_stored() => refused(Precondition::CannotModifyProtectedProperty),
        // RFC 4918 section 14.23: to remove what is not there is no error.
        _ => Verdict::Remove,
    }
}

fn judge_creation(value: &Element, on: On, creation: &mut Creation) -> Verdict {
    if value.is(name::DAV, "resourcetype") {
        let kind = resource_kind(value);
        let fits = match kind {
            Some(Kind::Calendar) => on.meets(On::CALENDAR),
            Some(Kind::Addressbook) => on.meets(On::ADDRESSBOOK),
            _ => false,
        };
        if kind.is_none() {
            return refused(Precondition::ValidResourcetype);
        }
        creation.kind = kind;
        creation.misplaced = !fits;
        return Verdict::Understood;
    }
    let names = value
        .elements()
        .filter(|e| e.is(name::CALDAV, "comp"))
        .filter_map(|e| e.attribute("name"));
    let mut components = Components::NONE;
    for wanted in names {
        match Component::from_name(wanted) {
            Some(component) => components = components.with(component),
            None => return refused(Precondition::SupportedCalendarComponent),
        }
    }
    if components.is_empty() {
        return refused(Precondition::SupportedCalendarComponent);
    }
    creation.components = Some(components);
    Verdict::Understood
}

/// The kind that a DAV:resourcetype names; nothing beside the two davbox keeps.
#[must_use]
pub fn resource_kind(value: &Element) -> Option<Kind> {
    let mut kind = None;
    let mut collection = false;
    for node in &value.children {
        let Node::Element(element) = node else {
            continue;
        };
        if element.is(name::DAV, "collection") {
            collection = true;
        } else if element.is(name::CALDAV, "calendar") && kind.is_none() {
            kind = Some(Kind::Calendar);
        } else if element.is(name::CARDDAV, "addressbook") && kind.is_none() {
            kind = Some(Kind::Addressbook);
        } else {
            return None;
        }
    }
    kind.filter(|_| collection)
}
