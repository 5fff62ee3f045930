//! A request as the methods and reports get it.

use std::sync::Arc;

use bytes::Bytes;
use hyper::{HeaderMap, StatusCode};

use super::path::Address;
use super::precondition::Refusal;
use super::site::Site;
use crate::http::conditional::Conditional;
use crate::http::media;
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
    /// Of the request's own URL: the Host header, or HTTP/2's `:authority`.
    pub authority: Option<String>,
    pub body: Bytes,
    pub prefer: Prefer,
    pub conditional: Conditional,
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

    /// The body as XML where the method knows no other kind: a body that is none and does not claim
    /// to be is of an unsupported type (RFC 4918 section 9.3).
    ///
    /// # Errors
    /// 400, 415.
    pub fn xml_or_unsupported(&self) -> Result<Option<Element<'_>>, Refusal> {
        let claims = media::content_type(&self.headers).is_none_or(|media| media.contains("xml"));
        self.xml().map_err(|refusal| match claims {
            true => refusal,
            false => Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body of this method is XML.",
            ),
        })
    }

    /// The body as XML, `None` where there is none.
    ///
    /// # Errors
    /// 400, 415.
    pub fn xml(&self) -> Result<Option<Element<'_>>, Refusal> {
        if self.body.is_empty() {
            return Ok(None);
        }
        Ok(Some(xml::read(&self.body)?))
    }
}
