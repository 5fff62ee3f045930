//! METHODS: one file and one row each.

mod copy;
mod delete;
mod get;
mod mkcalendar;
mod mkcol;
mod options;
mod post;
mod propfind;
mod proppatch;
mod put;
mod report;

use std::future::Future;
use std::pin::Pin;

use super::precondition::Refusal;
use super::privilege::Privilege;
use super::request::Request;
use super::resource::On;
use crate::http::Answer;

pub type Running = Pin<Box<dyn Future<Output = Result<Answer, Refusal>> + Send>>;

/// What a method does with a body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    Nothing,
    /// At most so many bytes.
    Xml(usize),
    /// As many as an object may have.
    Object,
}

/// A method that only reads is done at once; one that writes waits for its commit.
#[derive(Clone, Copy)]
pub enum Run {
    Now(fn(&Request) -> Result<Answer, Refusal>),
    Later(fn(Request) -> Running),
}

/// One row.
pub struct Method {
    pub name: &'static str,
    pub on: On,
    /// Needed on the addressed resource.
    pub needs: Privilege,
    pub reads: Reads,
    /// Where it does not belong, the method itself says why (409, a precondition) in place of 405.
    pub judges_itself: bool,
    pub run: Run,
}

/// A multiget of 5,000 long hrefs has 600 KiB.
const XML_BOUND: usize = 4 << 20;

pub static METHODS: [&Method; 13] = [
    &options::OPTIONS,
    &get::GET,
    &get::HEAD,
    &put::PUT,
    &post::POST,
    &delete::DELETE,
    &copy::COPY,
    &copy::MOVE,
    &mkcol::MKCOL,
    &mkcalendar::MKCALENDAR,
    &propfind::PROPFIND,
    &proppatch::PROPPATCH,
    &report::REPORT,
];

#[must_use]
pub fn find(name: &str) -> Option<&'static Method> {
    METHODS.into_iter().find(|method| method.name == name)
}

/// The methods that such a resource has.
pub fn on(kind: On) -> impl Iterator<Item = &'static Method> {
    METHODS.into_iter().filter(move |m| m.on.meets(kind))
}

/// The value of an Allow header.
#[must_use]
pub fn allow(kind: On) -> String {
    let names: Vec<&str> = on(kind).map(|m| m.name).collect();
    names.join(", ")
}
