//! RFC 3744: who may do what. Today a person has everything on what is theirs, and reads the
//! principals of others; sharing will grant more here and nowhere else.

use super::path::Address;
use crate::signin::Person;

/// A set of the privileges of RFC 3744 section 3 and RFC 4791 section 6.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Privileges(u8);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Privilege {
    Read = 1,
    WriteProperties = 2,
    WriteContent = 4,
    Bind = 8,
    Unbind = 16,
    ReadAcl = 32,
    ReadCurrentUserPrivilegeSet = 64,
    ReadFreeBusy = 128,
}

/// In the order they are listed.
pub const ALL: [Privilege; 8] = [
    Privilege::Read,
    Privilege::WriteProperties,
    Privilege::WriteContent,
    Privilege::Bind,
    Privilege::Unbind,
    Privilege::ReadAcl,
    Privilege::ReadCurrentUserPrivilegeSet,
    Privilege::ReadFreeBusy,
];

impl Privilege {
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Privilege::Read => "D:read",
            Privilege::WriteProperties => "D:write-properties",
            Privilege::WriteContent => "D:write-content",
            Privilege::Bind => "D:bind",
            Privilege::Unbind => "D:unbind",
            Privilege::ReadAcl => "D:read-acl",
            Privilege::ReadCurrentUserPrivilegeSet => "D:read-current-user-privilege-set",
            Privilege::ReadFreeBusy => "C:read-free-busy",
        }
    }
}

impl Privileges {
    pub const NONE: Privileges = Privileges(0);
    pub const EVERYTHING: Privileges = Privileges(255);
    pub const LOOKING: Privileges = Privileges(
        Privilege::Read as u8
            | Privilege::ReadAcl as u8
            | Privilege::ReadCurrentUserPrivilegeSet as u8,
    );

    #[must_use]
    pub fn has(self, privilege: Privilege) -> bool {
        self.0 & privilege as u8 != 0
    }
}

/// What `person` may do at `address`. It depends on the address alone, so that a refusal tells
/// nothing about what exists.
#[must_use]
pub fn of(person: &Person, address: &Address) -> Privileges {
    match address {
        Address::Root | Address::Principals | Address::Homes(_) | Address::Principal { .. } => {
            Privileges::LOOKING
        }
        Address::Nowhere => Privileges::LOOKING,
        Address::Home { user, .. }
        | Address::Collection { user, .. }
        | Address::Object { user, .. }
        | Address::Beyond { user, .. } => in_tree_of(person, user),
    }
}

/// What `person` may do with the collections and objects of `user`.
#[must_use]
pub fn in_tree_of(person: &Person, user: &str) -> Privileges {
    if user == person.name {
        Privileges::EVERYTHING
    } else {
        Privileges::NONE
    }
}
