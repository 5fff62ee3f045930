//! `/.well-known/caldav` and `/.well-known/carddav` (RFC 6764 section 5): both lead to the root, for
//! any method, without credentials.

use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, LOCATION};

use crate::http::Answer;

/// The redirect, where the path is one of the two.
#[must_use]
pub fn answer(path: &str) -> Option<Answer> {
    match path.trim_end_matches('/') {
        "/.well-known/caldav" | "/.well-known/carddav" => Some(
            Answer::new(StatusCode::MOVED_PERMANENTLY)
                .header(LOCATION, "/")
                .header(CACHE_CONTROL, "max-age=3600"),
        ),
        _ => None,
    }
}
