//! Two kinds of bad news, kept apart so that `?` cannot turn a refusal into a 500.

use std::fmt;

/// Our fault, or the machine's.
#[derive(Debug, Clone)]
pub enum Error {
    /// The disk is full. Reading goes on.
    Full,
    /// The map is full and cannot grow. Reading goes on.
    MapFull,
    Io(String),
    /// The store was written by a newer davbox.
    Newer {
        found: u32,
    },
    /// A record that this program did not write.
    Corrupt(String),
    /// The store is closing.
    Closed,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Full | Error::MapFull => write!(
                f,
                "there is no room left for new data; delete something or enlarge the disk"
            ),
            Error::Io(what) => write!(f, "the store could not be read or written: {what}"),
            Error::Newer { found } => write!(
                f,
                "this data folder was written by a newer davbox (schema {found}); install that version or use another folder"
            ),
            Error::Corrupt(what) => write!(f, "the store is damaged: {what}; run `davbox check`"),
            Error::Closed => write!(f, "the store is closing"),
        }
    }
}

impl std::error::Error for Error {}

impl From<heed::Error> for Error {
    fn from(e: heed::Error) -> Error {
        match e {
            heed::Error::Mdb(heed::MdbError::MapFull) => Error::MapFull,
            heed::Error::Io(io) if is_full(&io) => Error::Full,
            heed::Error::Mdb(heed::MdbError::Corrupted | heed::MdbError::PageNotFound) => {
                Error::Corrupt(e.to_string())
            }
            other => Error::Io(other.to_string()),
        }
    }
}

fn is_full(e: &std::io::Error) -> bool {
    matches!(
        e.kind(),
        std::io::ErrorKind::StorageFull
            | std::io::ErrorKind::QuotaExceeded
            | std::io::ErrorKind::FileTooLarge
    )
}

/// The caller's request cannot be done, and nothing was changed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    NoSuchPrincipal,
    NoSuchCollection,
    NoSuchObject,
    NoSuchCredential,
    /// If-Match, If-None-Match or Overwrite does not hold.
    Conditional,
    /// The UID is in use in this collection by the object of this name.
    UidTaken {
        name: String,
    },
    /// The collection does not take this component.
    Component,
    /// A member of this name exists.
    NameTaken,
    /// This collection belongs to its home and cannot be removed or renamed.
    Fixed,
    /// The person's quota.
    OverQuota,
    /// More of something than the store takes; a sentence.
    TooMany(&'static str),
    /// A property's name is too long to file.
    PropertyName,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refused::NoSuchPrincipal => "there is no user of this name",
            Refused::NoSuchCollection => "there is no such collection",
            Refused::NoSuchObject => "there is no such object",
            Refused::NoSuchCredential => "there is no such device password",
            Refused::Conditional => "the object has changed, or is not in the state you expect",
            Refused::UidTaken { .. } => "another object of this collection has the same UID",
            Refused::Component => "this collection does not take such a component",
            Refused::NameTaken => "this name is taken",
            Refused::Fixed => "this collection belongs to its home and stays where it is",
            Refused::OverQuota => "this would pass the space given to this person",
            Refused::TooMany(sentence) => sentence,
            Refused::PropertyName => "the property's name is too long",
        })
    }
}

/// What a write comes back with.
#[derive(Debug, Clone)]
pub enum Failure {
    Refused(Refused),
    Error(Error),
}

impl From<Refused> for Failure {
    fn from(r: Refused) -> Failure {
        Failure::Refused(r)
    }
}

impl From<Error> for Failure {
    fn from(e: Error) -> Failure {
        Failure::Error(e)
    }
}

impl From<heed::Error> for Failure {
    fn from(e: heed::Error) -> Failure {
        Failure::Error(e.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Refused(r) => r.fmt(f),
            Failure::Error(e) => e.fmt(f),
        }
    }
}
