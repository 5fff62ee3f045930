//! People of the box.

use serde::{Deserialize, Serialize};

use super::collection::{Kind, NewCollection};
use super::environment::View;
use super::schema;
use super::writer::Writing;
use super::{Error, Failure, Refused};

/// People in one store; a house or a small office, with room.
const MOST_PRINCIPALS: u64 = 10_000;

/// One person. The name is the key and is kept beside the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    #[serde(skip)]
    pub name: String,
    pub id: u32,
    pub display_name: String,
    pub emails: Vec<String>,
    pub admin: bool,
    /// cid of the calendar home.
    pub calendars: u32,
    /// cid of the address book home.
    pub addressbooks: u32,
    /// Seconds since 1970.
    pub created: u64,
}

/// What a new person is made from.
#[derive(Debug, Clone)]
pub struct NewPrincipal {
    pub name: String,
    pub display_name: Option<String>,
    pub emails: Vec<String>,
    pub admin: bool,
    /// A hash string of `signin::password`.
    pub password: String,
    /// Seconds since 1970.
    pub now: u64,
}

/// Lower-case letters, digits and `. _ - + @`, at most 64: it stands in URLs and is typed on phones.
#[must_use]
pub fn is_user_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && !name.starts_with('.')
        && name.chars().all(|c| {
            (c.is_alphanumeric() && !c.is_uppercase()) || matches!(c, '.' | '_' | '-' | '+' | '@')
        })
}

fn decode(name: &[u8], record: &[u8]) -> Result<Principal, Error> {
    let mut principal: Principal =
        serde_json::from_slice(record).map_err(|e| Error::Corrupt(format!("a principal: {e}")))?;
    principal.name = String::from_utf8_lossy(name).into_owned();
    Ok(principal)
}

impl<'t> View<'t> {
    /// # Errors
    /// The store's.
    pub fn principal(&self, name: &str) -> Result<Option<Principal>, Error> {
        if name.is_empty() || name.len() > 64 {
            return Ok(None);
        }
        match self.tables.principal.get(self.txn, name.as_bytes())? {
            Some(record) => Ok(Some(decode(name.as_bytes(), record)?)),
            None => Ok(None),
        }
    }

    /// Everyone, by name.
    ///
    /// # Errors
    /// The store's.
    pub fn principals(&self) -> Result<Vec<Principal>, Error> {
        let mut all = Vec::new();
        for entry in self.tables.principal.iter(self.txn)? {
            let (name, record) = entry?;
            all.push(decode(name, record)?);
        }
        Ok(all)
    }

    /// How many there are, without reading them.
    ///
    /// # Errors
    /// The store's.
    pub fn principal_count(&self) -> Result<u64, Error> {
        Ok(self.tables.principal.len(self.txn)?)
    }
}

impl Writing<'_> {
    /// A person with everything a client expects to find: homes, a calendar, a task list, an
    /// address book, inbox and outbox.
    ///
    /// # Errors
    /// [`Refused::NameTaken`], [`Refused::TooMany`], or the store's.
    pub fn add_principal(&mut self, new: &NewPrincipal) -> Result<Principal, Failure> {
        if self.view().principal(&new.name)?.is_some() {
            return Err(Refused::NameTaken.into());
        }
        if self.view().principal_count()? >= MOST_PRINCIPALS {
            return Err(Refused::TooMany("there are as many users as one box takes").into());
        }
        let id = self.next_pid();
        let calendars = self.add_home(Kind::CalendarHome, id, new.now)?;
        let addressbooks = self.add_home(Kind::AddressbookHome, id, new.now)?;
        let principal = Principal {
            name: new.name.clone(),
            id,
            display_name: new.display_name.clone().unwrap_or_else(|| new.name.clone()),
            emails: new.emails.clone(),
            admin: new.admin,
            calendars,
            addressbooks,
            created: new.now,
        };
        self.put_principal(&principal)?;
        self.put_password(id, &new.password)?;
        let components =
            |list: &[crate::calendar::Component]| list.iter().fold(0, |mask, c| mask | c.bit());
        use crate::calendar::Component::{Vevent, Vtodo};
        for (home, kind, slug, mask) in [
            (calendars, Kind::Calendar, "calendar", components(&[Vevent])),
            (calendars, Kind::Calendar, "tasks", components(&[Vtodo])),
            (calendars, Kind::Inbox, "inbox", 0),
            (calendars, Kind::Outbox, "outbox", 0),
            (addressbooks, Kind::Addressbook, "contacts", 0),
        ] {
            self.add_collection(&NewCollection {
                home,
                kind,
                owner: id,
                slug: slug.into(),
                components: mask,
                properties: Vec::new(),
                now: new.now,
            })?;
        }
        Ok(principal)
    }

    /// # Errors
    /// The store's.
    pub fn put_principal(&mut self, principal: &Principal) -> Result<(), Failure> {
        let record = serde_json::to_vec(principal)
            .map_err(|e| Error::Corrupt(format!("a principal: {e}")))?;
        self.put(self.tables.principal, principal.name.as_bytes(), &record)?;
        self.bump_generation()?;
        Ok(())
    }

    /// Removes a person and all that is theirs.
    ///
    /// # Errors
    /// [`Refused::NoSuchPrincipal`], or the store's.
    pub fn remove_principal(&mut self, name: &str) -> Result<(), Failure> {
        let principal = self
            .view()
            .principal(name)?
            .ok_or(Refused::NoSuchPrincipal)?;
        for home in [principal.calendars, principal.addressbooks] {
            self.erase_home(home)?;
        }
        self.delete_prefix(self.tables.credential, &schema::of_u32(principal.id))?;
        self.delete(self.tables.principal, name.as_bytes())?;
        self.bump_generation()?;
        Ok(())
    }
}
