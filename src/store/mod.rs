//! The store: the only place that knows LMDB.
//!
//! Reading is a [`Snapshot`]: short, never held while waiting for a client. Writing is a closure
//! that goes to one writer thread, which commits many of them with one fsync.

mod address_space;
pub mod archive;
mod body;
mod card;
mod change;
mod check;
mod collection;
mod credential;
mod environment;
mod error;
mod handle;
mod index;
mod migration;
mod object;
mod principal;
mod property;
mod reserve;
mod schema;
mod setting;
mod time;
#[cfg(test)]
mod trial;
mod writer;

pub use body::Bodies;
pub use change::{Change, Changes, Token};
pub use check::Report;
pub use collection::{Collection, Kind, NewCollection};
pub use credential::{Device, NewDevice};
pub use environment::{Snapshot, View};
pub use error::{Error, Failure, Refused};
pub use handle::Store;
pub use index::Filed;
pub use object::{Etag, Header, Indexed, Placed, content_hash, uid_hash};
pub use principal::{NewPrincipal, Principal, is_user_name};
pub use property::PropertyName;
pub use time::Meets;
pub use writer::Writing;
