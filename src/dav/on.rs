//! Kinds of resources as sets: where a method, a report, a property belongs.

use super::path::{Address, Family};

/// Kinds of resources as a set, for the tables of methods, reports and properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct On(u16);

impl On {
    pub const ROOT: On = On(1);
    pub const PRINCIPALS: On = On(2);
    pub const PRINCIPAL: On = On(4);
    /// `/calendars/` and `/addressbooks/`
    pub const HOMES: On = On(8);
    pub const CALENDAR_HOME: On = On(16);
    pub const ADDRESSBOOK_HOME: On = On(32);
    pub const CALENDAR: On = On(64);
    pub const ADDRESSBOOK: On = On(128);
    pub const INBOX: On = On(256);
    pub const OUTBOX: On = On(512);
    pub const CALENDAR_OBJECT: On = On(1024);
    pub const CONTACT: On = On(2048);
    /// A collection that could be made in a home.
    pub const FREE_COLLECTION: On = On(4096);
    /// An object that could be put into a collection.
    pub const FREE_OBJECT: On = On(8192);

    pub const HOME: On = On::CALENDAR_HOME.or(On::ADDRESSBOOK_HOME);
    pub const OBJECT: On = On::CALENDAR_OBJECT.or(On::CONTACT);
    pub const FILLED: On = On::CALENDAR.or(On::ADDRESSBOOK);
    /// Everything that is a calendar, an address book, an inbox or an outbox.
    pub const COLLECTION: On = On::FILLED.or(On::INBOX).or(On::OUTBOX);
    pub const ANY_COLLECTION: On = On::COLLECTION
        .or(On::HOME)
        .or(On::ROOT)
        .or(On::PRINCIPALS)
        .or(On::HOMES)
        .or(On::PRINCIPAL);
    pub const ANY: On = On::ANY_COLLECTION.or(On::OBJECT);

    #[must_use]
    pub const fn or(self, other: On) -> On {
        On(self.0 | other.0)
    }

    #[must_use]
    pub const fn meets(self, other: On) -> bool {
        self.0 & other.0 != 0
    }

    #[must_use]
    pub const fn without(self, other: On) -> On {
        On(self.0 & !other.0)
    }

    /// What an address may turn out to be.
    #[must_use]
    pub fn possible(address: &Address) -> On {
        match address {
            Address::Root => On::ROOT,
            Address::Principals => On::PRINCIPALS,
            Address::Principal { .. } => On::PRINCIPAL,
            Address::Homes(_) => On::HOMES,
            Address::Home { family, .. } => match family {
                Family::Calendars => On::CALENDAR_HOME,
                Family::Addressbooks => On::ADDRESSBOOK_HOME,
            },
            Address::Collection { family, .. } => match family {
                Family::Calendars => On::CALENDAR
                    .or(On::INBOX)
                    .or(On::OUTBOX)
                    .or(On::FREE_COLLECTION),
                Family::Addressbooks => On::ADDRESSBOOK.or(On::FREE_COLLECTION),
            },
            Address::Object { family, .. } => match family {
                Family::Calendars => On::CALENDAR_OBJECT.or(On::FREE_OBJECT),
                Family::Addressbooks => On::CONTACT.or(On::FREE_OBJECT),
            },
            Address::Beyond { .. } | Address::Nowhere => On(0),
        }
    }
}
