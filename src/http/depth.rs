//! The Depth header (RFC 4918 section 10.2).

use hyper::HeaderMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    Zero,
    One,
    Infinity,
}

/// A value that the RFC does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadDepth;

/// `None` where the header is absent.
///
/// # Errors
/// [`BadDepth`].
pub fn read(headers: &HeaderMap) -> Result<Option<Depth>, BadDepth> {
    let Some(value) = headers.get("depth") else {
        return Ok(None);
    };
    match value.as_bytes().trim_ascii() {
        b"0" => Ok(Some(Depth::Zero)),
        b"1" => Ok(Some(Depth::One)),
        v if v.eq_ignore_ascii_case(b"infinity") => Ok(Some(Depth::Infinity)),
        _ => Err(BadDepth),
    }
}
