//! A request as the methods and reports get it.

use std::sync::Arc;

use bytes::Bytes;
use hyper::HeaderMap;

use super::path::Address;
use super::precondition::Refusal;
use super::site::Site;
use crate::http::prefer::Prefer;
use crate::signin::Person;
use crate::xml::{self, Element};

/// Who asks, for a body that is made after the request is gone.
#[derive(Clone)]
pub struct Asker {
    pub site: Arc<Site>,
    pub person: Arc<Person>,
}

/// A request that was let in, with its body read.
pub struct Request {
    pub site: Arc<Site>,
    pub person: Arc<Person>,
    pub address: Address,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub prefer: Prefer,
    /// Seconds since 1970.
    pub now: u64,
}

impl Request {
    #[must_use]
    pub fn asker(&self) -> Asker {
        Asker {
            site: self.site.clone(),
            person: self.person.clone(),
        }
    }

    /// The body as XML, `None` where there is none.
    ///
    /// # Errors
    /// 400, 415.
    pub fn xml(&self) -> Result<Option<Element>, Refusal> {
        if self.body.is_empty() {
            return Ok(None);
        }
        Ok(Some(xml::read(&self.body)?))
    }
}
