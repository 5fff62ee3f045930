//! CALDAV:calendar-data in a report (RFC 4791 section 9.6): which parts of an object are wanted, and
//! in which form.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use super::rfc4791::MAX_INSTANCES;
use super::{Form, Manner, Scope, Unformed, floating_zone};
use crate::calendar::by_reference::{self, Definitions};
use crate::calendar::expand::{self, Limit};
use crate::calendar::instance::{RecurrenceSet, TooMany};
use crate::calendar::overlap::Range;
use crate::calendar::retrieve::{self, Comp, Part, Prop};
use crate::calendar::time_range;
use crate::calendar::{limit, outside_zones};
use crate::dav::precondition::{Precondition, Refusal};
use crate::dav::resource::Resource;
use crate::store;
use crate::text::nest;
use crate::text::tree::Tree;
use crate::xml::{Element, name};
use crate::zone::{Zone, Zones};

/// Components and properties named in one request. The longest list that a client is known to send
/// has about 40.
const MOST_PARTS: usize = 500;

/// What one object may grow to.
const EXPANDED: Limit = Limit {
    instances: MAX_INSTANCES as usize,
    bytes: 16 << 20,
};

/// # Errors
/// supported-calendar-data, min-date-time, 400.
pub fn asked(element: &Element, manner: &Manner) -> Result<Box<dyn Form>, Refusal> {
    let media = element.attribute("content-type").unwrap_or("text/calendar");
    let version = element.attribute("version").unwrap_or("2.0");
    if !media.eq_ignore_ascii_case("text/calendar") || version != "2.0" {
        return Err(Precondition::SupportedCalendarData
            .because("Objects are to be had as text/calendar, version 2.0."));
    }
    let recurrence = match (
        range(element, "expand")?,
        range(element, "limit-recurrence-set")?,
    ) {
        (None, None) => None,
        (Some(range), None) => Some(Recurrence::Expanded(range)),
        (None, Some(range)) => Some(Recurrence::Limited(range)),
        (Some(_), Some(_)) => {
            return Err(Refusal::bad_request(
                "calendar-data has one of expand and limit-recurrence-set.",
            ));
        }
    };
    let mut parts = 0;
    let changed = Changed {
        recurrence,
        freebusy: range(element, "limit-freebusy-set")?,
        definitions: manner.definitions,
        comp: element
            .child(name::CALDAV, "comp")
            .map(|comp| self::comp(comp, &mut parts))
            .transpose()?,
        floating: manner.floating.clone(),
        last: Mutex::new(None),
    };
    if changed.is_as_stored() {
        Ok(Box::new(AsStored))
    } else {
        Ok(Box::new(changed))
    }
}

/// Sections 9.6.5 to 9.6.7: both ends have to be given.
fn range(element: &Element, name: &str) -> Result<Option<Range>, Refusal> {
    let Some(element) = element.child(name::CALDAV, name) else {
        return Ok(None);
    };
    let (start, end) = (element.attribute("start"), element.attribute("end"));
    if start.is_none() || end.is_none() {
        return Err(Refusal::bad_request(format!(
            "{name} has a start and an end."
        )));
    }
    time_range::read(start, end)
        .map(Some)
        .map_err(|bad| match bad {
            time_range::Invalid::TooEarly => Precondition::MinDateTime.because(bad.to_string()),
            _ => Refusal::bad_request(bad.to_string()),
        })
}

/// Calls itself as deep as the request is, which has a bound.
fn comp(element: &Element, parts: &mut usize) -> Result<Comp, Refusal> {
    let name = subject(element, parts)?;
    let has = |name| element.child(name::CALDAV, name).is_some();
    // RFC 4791 section 7.8.1: a comp with nothing in it is all of the component.
    let is_bare = !["prop", "allprop", "comp", "allcomp"].into_iter().any(has);
    let properties = if is_bare || has("allprop") {
        Part::All
    } else {
        let wanted = named(element, "prop").map(|prop| {
            Ok(Prop {
                name: subject(prop, parts)?,
                without_value: prop.attribute("novalue") == Some("yes"),
            })
        });
        Part::These(wanted.collect::<Result<_, Refusal>>()?)
    };
    let components = if is_bare || has("allcomp") {
        Part::All
    } else {
        let wanted = named(element, "comp").map(|inner| comp(inner, parts));
        Part::These(wanted.collect::<Result<_, _>>()?)
    };
    Ok(Comp {
        name,
        properties,
        components,
    })
}

fn named<'e>(element: &'e Element, name: &'static str) -> impl Iterator<Item = &'e Element<'e>> {
    element.elements().filter(move |e| e.is(name::CALDAV, name))
}

fn subject(element: &Element, parts: &mut usize) -> Result<String, Refusal> {
    *parts += 1;
    if *parts > MOST_PARTS {
        return Err(Refusal::bad_request(
            "That is more parts of an object than one asks for.",
        ));
    }
    match element.attribute("name").map(str::trim) {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(Refusal::bad_request(format!(
            "A {} has a name.",
            element.name
        ))),
    }
}

/// The bytes that the client stored.
struct AsStored;

impl Form for AsStored {
    fn of<'b>(
        &self,
        _: Scope<'_>,
        _: &Resource<'_>,
        body: &'b [u8],
    ) -> Result<Cow<'b, [u8]>, Unformed> {
        Ok(Cow::Borrowed(body))
    }
}

struct Changed {
    recurrence: Option<Recurrence>,
    freebusy: Option<Range>,
    definitions: Option<Definitions>,
    comp: Option<Comp>,
    /// The zone of dates and floating times that the request names.
    floating: Option<Zone>,
    /// The zone of the collection whose object came last: most answers are about one collection.
    last: Mutex<Option<(u32, Zone)>>,
}

enum Recurrence {
    Expanded(Range),
    Limited(Range),
}

impl Form for Changed {
    fn of<'b>(
        &self,
        scope: Scope<'_>,
        resource: &Resource<'_>,
        body: &'b [u8],
    ) -> Result<Cow<'b, [u8]>, Unformed> {
        let floating = self.floating(scope, resource)?;
        self.change(body, &floating)
            .map_err(|TooMany| Unformed::TooLarge)
    }
}

impl Changed {
    fn is_as_stored(&self) -> bool {
        self.recurrence.is_none()
            && self.freebusy.is_none()
            && self.definitions.is_none()
            && self.comp.is_none()
    }

    fn floating(&self, scope: Scope<'_>, resource: &Resource<'_>) -> Result<Zone, store::Error> {
        if let Some(zone) = &self.floating {
            return Ok(zone.clone());
        }
        // Nothing else needs it.
        let Some(collection) = resource
            .collection()
            .filter(|_| self.recurrence.is_some() || self.freebusy.is_some())
        else {
            return Ok(Zone::UTC);
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((cid, zone)) if *cid == collection.cid => Ok(zone.clone()),
            _ => {
                let zone = floating_zone(scope.view, collection.cid)?;
                *last = Some((collection.cid, zone.clone()));
                Ok(zone)
            }
        }
    }

    /// One change after the other, each on what the one before it left.
    fn change<'b>(&self, body: &'b [u8], floating: &Zone) -> Result<Cow<'b, [u8]>, TooMany> {
        let mut bytes = Cow::Borrowed(body);
        if let Some(recurrence) = &self.recurrence {
            change(&mut bytes, outside_zones, |calendar| {
                let zones = Zones::of(calendar, floating.clone());
                let set = RecurrenceSet::of(calendar, &zones);
                match *recurrence {
                    Recurrence::Expanded(range) => {
                        expand::expand(calendar, &set, range, EXPANDED).map(Some)
                    }
                    Recurrence::Limited(range) => {
                        Ok(Some(limit::limit_recurrence_set(calendar, &set, range)))
                    }
                }
            })?;
        }
        if let Some(range) = self.freebusy {
            change(&mut bytes, outside_zones, |calendar| {
                let zones = Zones::of(calendar, floating.clone());
                Ok(Some(limit::limit_freebusy_set(calendar, &zones, range)))
            })?;
        }
        if let Some(definitions) = self.definitions {
            change(&mut bytes, outside_zones, |calendar| {
                Ok(by_reference::with(calendar, definitions))
            })?;
        }
        if let Some(comp) = &self.comp {
            change(
                &mut bytes,
                |bytes| Tree::read(bytes),
                |calendar| Ok(Some(retrieve::part(calendar, comp))),
            )?;
        }
        Ok(bytes)
    }
}

/// An object that cannot be read is given as it is, rather than not at all.
fn change(
    bytes: &mut Cow<'_, [u8]>,
    read: impl Fn(&[u8]) -> Result<Tree<'_>, nest::Invalid>,
    by: impl FnOnce(&Tree<'_>) -> Result<Option<Vec<u8>>, TooMany>,
) -> Result<(), TooMany> {
    let changed = match read(bytes) {
        Ok(calendar) => by(&calendar)?,
        Err(_) => None,
    };
    if let Some(changed) = changed {
        *bytes = Cow::Owned(changed);
    }
    Ok(())
}
