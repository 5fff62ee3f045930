//! PROPERTIES: one row each, grouped in one file per specification. `allprop`, `propname`,
//! PROPPATCH, MKCOL and the page "what davbox answers" are derived from the rows.

mod address_data;
mod apple;
mod calendar_data;
mod calendarserver;
mod rfc3253;
mod rfc3744;
mod rfc4331;
mod rfc4791;
mod rfc4918;
mod rfc5397;
mod rfc5842;
mod rfc5995;
mod rfc6352;
mod rfc6578;
mod rfc6638;
mod rfc7809;
mod rfc7953;

pub use rfc4791::default_components;
pub use rfc4918::{CALENDAR_MEDIA_TYPE, http_date, media_type};
pub use rfc6638::is_transparent;
pub use rfc7809::{CALDAV_TIMEZONES, definitions, floating_zone};

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use hyper::HeaderMap;

use super::precondition::{Precondition, Refusal};
use super::resource::{On, Resource};
use super::site::Site;
use crate::calendar::by_reference::Definitions;
use crate::signin::Person;
use crate::store::{self, View};
use crate::xml::{Element, Writer, name};
use crate::zone::Zone;

/// What a row reads from.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub view: View<'a>,
    pub site: &'a Site,
    pub person: &'a Person,
    /// Of the store's life in this view: every token and many listings ask it again and again.
    pub epoch: u64,
}

impl<'a> Scope<'a> {
    /// # Errors
    /// The store's.
    pub fn of(
        view: View<'a>,
        site: &'a Site,
        person: &'a Person,
    ) -> Result<Scope<'a>, store::Error> {
        Ok(Scope {
            view,
            site,
            person,
            epoch: view.epoch()?,
        })
    }
}

/// Why a property has no value here.
#[derive(Debug)]
pub enum Missing {
    /// 404 in its propstat
    NotFound,
    Store(store::Error),
}

impl From<store::Error> for Missing {
    fn from(e: store::Error) -> Missing {
        Missing::Store(e)
    }
}

/// Writes the content of the element; the element itself is written around it. The `Element` is
/// what was asked, as some properties take parameters.
pub type Read = fn(Scope<'_>, &Resource<'_>, &Element, &mut Writer) -> Result<(), Missing>;

/// The form in which a report wants the objects (calendar-data, address-data): read from the
/// request once, and then written for one object after the other.
pub trait Form: Send + Sync {
    /// The content of the element, for an object of these bytes.
    ///
    /// # Errors
    /// [`Unformed`].
    fn of<'b>(
        &self,
        scope: Scope<'_>,
        resource: &Resource<'_>,
        body: &'b [u8],
    ) -> Result<Cow<'b, [u8]>, Unformed>;
}

/// Why an object is not to be had in a form.
#[derive(Debug)]
pub enum Unformed {
    /// 507 in its propstat: it would have more instances or bytes than one answer holds.
    TooLarge,
    Store(store::Error),
}

impl From<store::Error> for Unformed {
    fn from(e: store::Error) -> Unformed {
        Unformed::Store(e)
    }
}

/// Reads the element that asks for objects in some form.
pub type Asked = fn(&Element, &Manner) -> Result<Box<dyn Form>, Refusal>;

/// What a report says outside of that element, and the form depends on.
#[derive(Clone, Default)]
pub struct Manner {
    /// The zone of dates and floating times, where the request names one (RFC 4791 section 9.8).
    pub floating: Option<Zone>,
    /// RFC 7809 section 7.1.
    pub definitions: Option<Definitions>,
}

impl Manner {
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Manner {
        Manner {
            floating: None,
            definitions: definitions(headers),
        }
    }
}

/// Whether this value can be stored.
pub type Check = fn(&Element, &Creating<'_>) -> Result<(), Precondition>;

/// What a check may look at.
pub struct Creating<'a> {
    pub view: View<'a>,
    pub person: &'a Person,
}

#[derive(Clone, Copy)]
pub enum Write {
    /// 403 cannot-modify-protected-property
    Protected,
    /// Kept as the client wrote it, once `Check` agrees.
    Stored(Check),
    /// Like `Protected`, but MKCOL and MKCALENDAR understand it.
    AtCreation,
}

/// One row.
#[derive(Clone, Copy)]
pub struct Property {
    /// Prefix and local name, as written in an answer.
    pub tag: &'static str,
    /// Where it is defined.
    pub source: &'static str,
    pub on: On,
    /// For a stored property: what stands for it while none is stored.
    pub read: Read,
    pub write: Write,
    /// Another stored property that says the same: setting or removing one removes the other.
    pub instead_of: Option<&'static str>,
    /// RFC 4918 section 9.1.5: in the answer to allprop.
    pub allprop: bool,
    /// The object itself (calendar-data, address-data): only in a report, never in PROPFIND.
    pub asked: Option<Asked>,
}

/// A live property that the server computes.
const fn live(tag: &'static str, source: &'static str, on: On, read: Read) -> Property {
    Property {
        tag,
        source,
        on,
        read,
        write: Write::Protected,
        instead_of: None,
        allprop: false,
        asked: None,
    }
}

/// A property that clients write; absent until one does.
const fn stored(tag: &'static str, source: &'static str, on: On, check: Check) -> Property {
    Property {
        tag,
        source,
        on,
        read: nothing,
        write: Write::Stored(check),
        instead_of: None,
        allprop: false,
        asked: None,
    }
}

/// The object itself, in the form that a report asks for.
const fn in_report(tag: &'static str, source: &'static str, on: On, asked: Asked) -> Property {
    Property {
        asked: Some(asked),
        ..live(tag, source, on, nothing)
    }
}

impl Property {
    const fn allprop(self) -> Property {
        Property {
            allprop: true,
            ..self
        }
    }

    const fn or(self, read: Read) -> Property {
        Property { read, ..self }
    }

    const fn instead_of(self, other: &'static str) -> Property {
        Property {
            instead_of: Some(other),
            ..self
        }
    }

    const fn at_creation(self) -> Property {
        Property {
            write: Write::AtCreation,
            ..self
        }
    }

    /// (prefix, local name)
    #[must_use]
    pub fn split(&self) -> (&'static str, &'static str) {
        self.tag.split_once(':').unwrap_or(("", self.tag))
    }

    #[must_use]
    pub fn is_stored(&self) -> bool {
        matches!(self.write, Write::Stored(_))
    }
}

fn nothing(_: Scope<'_>, _: &Resource<'_>, _: &Element, _: &mut Writer) -> Result<(), Missing> {
    Err(Missing::NotFound)
}

/// Any text or markup of a bearable size; the size is bounded for all alike.
#[allow(clippy::unnecessary_wraps)]
fn anything(_: &Element, _: &Creating<'_>) -> Result<(), Precondition> {
    Ok(())
}

const TABLES: [&[Property]; 15] = [
    rfc4918::PROPERTIES,
    rfc3253::PROPERTIES,
    rfc3744::PROPERTIES,
    rfc4331::PROPERTIES,
    rfc4791::PROPERTIES,
    rfc5397::PROPERTIES,
    rfc5842::PROPERTIES,
    rfc5995::PROPERTIES,
    rfc6352::PROPERTIES,
    rfc6578::PROPERTIES,
    rfc6638::PROPERTIES,
    rfc7809::PROPERTIES,
    rfc7953::PROPERTIES,
    apple::PROPERTIES,
    calendarserver::PROPERTIES,
];

/// Every row.
pub fn all() -> impl Iterator<Item = &'static Property> {
    TABLES.into_iter().flatten()
}

type Rows = HashMap<(&'static str, &'static str), &'static Property>;

/// By prefix and local name.
static ROWS: LazyLock<Rows> =
    LazyLock::new(|| all().map(|property| (property.split(), property)).collect());

/// The row of a name, on whatever resource.
#[must_use]
pub fn find(namespace: &str, local: &str) -> Option<&'static Property> {
    let prefix = name::prefix_of(namespace)?;
    ROWS.get(&(prefix, local)).copied()
}

/// Writes `<prefix:name>…</prefix:name>` of what is stored or computed.
///
/// # Errors
/// [`Missing`], with nothing written.
pub fn write(
    property: &Property,
    scope: Scope<'_>,
    resource: &Resource<'_>,
    asked: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    if property.is_stored()
        && let Some((cid, oid)) = resource.property_place()
    {
        let (_, local) = property.split();
        if let Some(value) = scope.view.property(cid, oid, &asked.namespace, local)? {
            out.raw_bytes(value);
            return Ok(());
        }
    }
    write_around(property, out, |out| {
        (property.read)(scope, resource, asked, out)
    })
}

/// Writes the object itself, in the form that was asked for.
///
/// # Errors
/// [`Unformed`], with nothing written.
pub fn write_form(
    property: &Property,
    form: &dyn Form,
    scope: Scope<'_>,
    resource: &Resource<'_>,
    out: &mut Writer,
) -> Result<(), Unformed> {
    write_around(property, out, |out| {
        if let Some(header) = resource.header() {
            let body = scope.view.body(header.oid)?;
            out.text_bytes(&form.of(scope, resource, body)?);
        }
        Ok(())
    })
}

fn write_around<E>(
    property: &Property,
    out: &mut Writer,
    content: impl FnOnce(&mut Writer) -> Result<(), E>,
) -> Result<(), E> {
    let start = out.len();
    out.open(property.tag);
    let inside = out.len();
    match content(out) {
        Ok(()) if out.len() == inside => {
            out.truncate(start);
            out.empty(property.tag);
            Ok(())
        }
        Ok(()) => {
            out.close(property.tag);
            Ok(())
        }
        Err(reason) => {
            out.truncate(start);
            Err(reason)
        }
    }
}

/// `<D:href>…</D:href>`; a path that was made here needs no escaping.
fn href(out: &mut Writer, path: &str) {
    out.raw("<D:href>");
    out.raw(path);
    out.raw("</D:href>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_and_cites_its_source() {
        let mut seen = std::collections::HashSet::new();
        for row in all() {
            assert!(seen.insert(row.tag), "{} stands twice", row.tag);
            assert!(!row.source.is_empty(), "{}", row.tag);
            let (prefix, local) = row.split();
            let namespace = name::PREFIXES.iter().find(|(p, _)| *p == prefix).unwrap().1;
            assert!(std::ptr::eq(find(namespace, local).unwrap(), row));
        }
    }

    #[test]
    fn what_is_computed_is_protected() {
        for tag in [
            "D:getetag",
            "D:sync-token",
            "D:acl",
            "D:owner",
            "CS:getctag",
        ] {
            let row = all().find(|row| row.tag == tag).unwrap();
            assert!(matches!(row.write, Write::Protected), "{tag}");
        }
    }
}
