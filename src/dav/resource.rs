//! What an address names: root, principal, home, collection, object, inbox, outbox.

pub use super::on::On;
use super::path::{self, Address, Family};
use super::precondition::Refusal;
use crate::http::href;
use crate::signin::Person;
use crate::store::{self, Collection, Header, Kind, Principal, View};

/// Something that exists.
pub struct Resource<'t> {
    pub on: On,
    /// Percent-encoded, with a slash at the end of a collection.
    pub path: String,
    /// In whose tree it lies; empty outside of them.
    pub user: String,
    pub state: State<'t>,
}

pub enum State<'t> {
    /// Root and the collections of principals and of homes: they hold nothing of their own.
    Bare,
    Principal(Box<Principal>),
    /// A home or a collection.
    Collection(Collection),
    Object {
        collection: Collection,
        header: Header<'t>,
    },
}

fn on_of(kind: Kind) -> On {
    match kind {
        Kind::CalendarHome => On::CALENDAR_HOME,
        Kind::AddressbookHome => On::ADDRESSBOOK_HOME,
        Kind::Calendar => On::CALENDAR,
        Kind::Addressbook => On::ADDRESSBOOK,
        Kind::Inbox => On::INBOX,
        Kind::Outbox => On::OUTBOX,
    }
}

impl<'t> Resource<'t> {
    /// `None` where there is nothing.
    ///
    /// # Errors
    /// The store's.
    pub fn find(
        view: View<'t>,
        person: &Person,
        address: &Address,
    ) -> Result<Option<Resource<'t>>, store::Error> {
        let bare = |on| {
            Ok(Some(Resource {
                on,
                path: address.path(),
                user: String::new(),
                state: State::Bare,
            }))
        };
        match address {
            Address::Root => bare(On::ROOT),
            Address::Principals => bare(On::PRINCIPALS),
            Address::Homes(_) => bare(On::HOMES),
            Address::Principal { user } => {
                let principal = owner(view, person, user)?;
                Ok(principal.map(|principal| Resource::of_principal(&principal)))
            }
            Address::Home { family, user } => match home(view, person, *family, user)? {
                Some(home) => Ok(Some(Resource::of_collection(home, address.path(), user))),
                None => Ok(None),
            },
            Address::Collection { family, user, slug } => {
                let found = collection(view, person, *family, user, slug)?;
                Ok(found.map(|c| Resource::of_collection(c, address.path(), user)))
            }
            Address::Object {
                family,
                user,
                slug,
                name,
            } => {
                let Some(collection) = collection(view, person, *family, user, slug)? else {
                    return Ok(None);
                };
                let Some(header) = view.object(collection.cid, name)? else {
                    return Ok(None);
                };
                let path = path::collection(*family, user, slug);
                Ok(Some(Resource::of_object(collection, header, &path, user)))
            }
            Address::Beyond { .. } | Address::Nowhere => Ok(None),
        }
    }

    #[must_use]
    pub fn of_principal(principal: &Principal) -> Resource<'t> {
        Resource {
            on: On::PRINCIPAL,
            path: path::principal(&principal.name),
            user: principal.name.clone(),
            state: State::Principal(Box::new(principal.clone())),
        }
    }

    #[must_use]
    pub fn of_collection(collection: Collection, path: String, user: &str) -> Resource<'t> {
        Resource {
            on: on_of(collection.kind),
            path,
            user: user.into(),
            state: State::Collection(collection),
        }
    }

    /// `collection_path` ends in a slash.
    #[must_use]
    pub fn of_object(
        collection: Collection,
        header: Header<'t>,
        collection_path: &str,
        user: &str,
    ) -> Resource<'t> {
        let mut path = String::with_capacity(collection_path.len() + header.name().len() + 8);
        path.push_str(collection_path);
        href::push_segment(&mut path, header.name());
        Resource {
            on: if collection.kind == Kind::Addressbook {
                On::CONTACT
            } else {
                On::CALENDAR_OBJECT
            },
            path,
            user: user.into(),
            state: State::Object { collection, header },
        }
    }

    /// Makes this the next object of the same collection: a listing of thousands allocates once.
    pub fn turn_to(&mut self, next: Header<'t>) {
        if let State::Object { header, .. } = &mut self.state {
            *header = next;
            let end = self.path.rfind('/').map_or(0, |slash| slash + 1);
            self.path.truncate(end);
            href::push_segment(&mut self.path, next.name());
        }
    }

    /// The collection itself, or the one the object lies in.
    #[must_use]
    pub fn collection(&self) -> Option<&Collection> {
        match &self.state {
            State::Collection(collection) | State::Object { collection, .. } => Some(collection),
            State::Bare | State::Principal(_) => None,
        }
    }

    #[must_use]
    pub fn header(&self) -> Option<Header<'t>> {
        match &self.state {
            State::Object { header, .. } => Some(*header),
            _ => None,
        }
    }

    /// Where its stored properties are filed: (cid, oid).
    #[must_use]
    pub fn property_place(&self) -> Option<(u32, u64)> {
        match &self.state {
            State::Collection(collection) => Some((collection.cid, 0)),
            State::Object { collection, header } => Some((collection.cid, header.oid)),
            State::Bare | State::Principal(_) => None,
        }
    }
}

/// The record of a person by name, without a look-up when it is the one who asks.
///
/// # Errors
/// The store's.
pub fn owner(
    view: View<'_>,
    person: &Person,
    user: &str,
) -> Result<Option<Principal>, store::Error> {
    if person.name == user {
        return Ok(Some(person.clone()));
    }
    view.principal(user)
}

/// cid of a home.
fn home_cid(
    view: View<'_>,
    person: &Person,
    family: Family,
    user: &str,
) -> Result<Option<u32>, store::Error> {
    let of = |principal: &Principal| match family {
        Family::Calendars => principal.calendars,
        Family::Addressbooks => principal.addressbooks,
    };
    if person.name == user {
        return Ok(Some(of(person)));
    }
    Ok(view.principal(user)?.as_ref().map(of))
}

/// # Errors
/// The store's.
pub fn home(
    view: View<'_>,
    person: &Person,
    family: Family,
    user: &str,
) -> Result<Option<Collection>, store::Error> {
    match home_cid(view, person, family, user)? {
        Some(cid) => view.collection(cid),
        None => Ok(None),
    }
}

/// # Errors
/// The store's.
pub fn collection(
    view: View<'_>,
    person: &Person,
    family: Family,
    user: &str,
    slug: &str,
) -> Result<Option<Collection>, store::Error> {
    match home_cid(view, person, family, user)? {
        Some(cid) => view.member(cid, slug),
        None => Ok(None),
    }
}

/// A resource that must be there.
///
/// # Errors
/// 404, or the store's.
pub fn required<'t>(
    view: View<'t>,
    person: &Person,
    address: &Address,
) -> Result<Resource<'t>, Refusal> {
    Resource::find(view, person, address)?.ok_or_else(Refusal::not_found)
}
