//! Content-Type, Accept, Accept-Encoding.

use hyper::HeaderMap;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};

/// The media type of every XML answer.
pub const XML: &str = "application/xml; charset=utf-8";

/// `type/subtype` in lower case, without parameters.
#[must_use]
pub fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?.trim().to_ascii_lowercase();
    (!essence.is_empty()).then_some(essence)
}

/// How much the client wants `media` in this version, in thousandths (RFC 9110 section 12.5.1):
/// what the most specific range of the Accept header says. 1000 where there is no such header.
#[must_use]
pub fn quality(headers: &HeaderMap, media: &str, version: &str) -> u16 {
    let mut best: Option<(u8, u16)> = None;
    let (kind, _) = media.split_once('/').unwrap_or((media, ""));
    for value in headers.get_all(ACCEPT) {
        for range in value.to_str().unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
            let mut specific = match essence.strip_prefix(kind) {
                _ if essence == media => 2,
                Some("/*") => 1,
                _ if essence == "*/*" => 0,
                _ => continue,
            };
            let (mut fits, mut quality) = (true, 1000);
            for part in parts {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                let value = value.trim().trim_matches('"');
                match name.trim().to_ascii_lowercase().as_str() {
                    "q" => {
                        let parsed = value.parse::<f32>().unwrap_or(1.0).clamp(0.0, 1.0);
                        quality = (parsed * 1000.0).round() as u16;
                    }
                    "version" => {
                        fits = value == version;
                        specific += 1;
                    }
                    _ => {}
                }
            }
            if fits && best.is_none_or(|(most, _)| specific > most) {
                best = Some((specific, quality));
            }
        }
    }
    match best {
        Some((_, quality)) => quality,
        None if headers.contains_key(ACCEPT) => 0,
        None => 1000,
    }
}

/// Whether the client takes gzip (RFC 9110 section 12.5.3).
#[must_use]
pub fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut any = None;
    for value in headers.get_all(ACCEPT_ENCODING) {
        for coding in value.to_str().unwrap_or_default().split(',') {
            let mut parts = coding.split(';');
            let name = parts.next().unwrap_or_default().trim();
            let refused = parts.any(|p| {
                let p = p.trim();
                p.strip_prefix("q=")
                    .or_else(|| p.strip_prefix("Q="))
                    .is_some_and(|q| q.trim().parse::<f32>().is_ok_and(|q| q <= 0.0))
            });
            if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
                return !refused;
            }
            if name == "*" {
                any = Some(!refused);
            }
        }
    }
    any.unwrap_or(false)
}

/// Whether the body is compressed or otherwise coded; davbox stores bytes as they are.
#[must_use]
pub fn is_coded(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_ENCODING)
        .is_some_and(|v| !v.as_bytes().eq_ignore_ascii_case(b"identity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip() {
        for (value, takes) in [
            ("gzip", true),
            ("deflate, gzip;q=1.0, *;q=0.5", true),
            ("gzip;q=0", false),
            ("*", true),
            ("*;q=0", false),
            ("identity", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, value.parse().unwrap());
            assert_eq!(accepts_gzip(&headers), takes, "{value}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
