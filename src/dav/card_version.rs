//! Which version of vCard a GET gives (RFC 6352 section 5.1.1), and the etag of a card that was
//! converted for it.
//!
//! A converted card has other bytes than the stored one, and so another strong etag (RFC 9110
//! section 8.8.1): the stored one's with the version behind it. If-Match takes either, for both say
//! which card the client has seen. In a multistatus DAV:getetag stays that of what is stored, in
//! whatever form CARDDAV:address-data gives it (section 6.3.2.3).

use hyper::HeaderMap;

use crate::contact::card::Version;
use crate::http::media;

/// The version that the Accept header wants more than the other; None where it takes both alike,
/// and a card comes as it is stored.
#[must_use]
pub fn wanted(headers: &HeaderMap) -> Option<Version> {
    let quality = |version: Version| media::quality(headers, "text/vcard", version.name());
    let (three, four) = (quality(Version::V30), quality(Version::V40));
    match three.cmp(&four) {
        std::cmp::Ordering::Less => Some(Version::V40),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(Version::V30),
    }
}

#[must_use]
pub const fn media_type(version: Version) -> &'static str {
    match version {
        Version::V40 => "text/vcard; charset=utf-8; version=4.0",
        Version::V30 => "text/vcard; charset=utf-8; version=3.0",
        Version::V21 => "text/vcard; charset=utf-8",
    }
}

/// Of a card that was converted; `stored` has its quotes.
#[must_use]
pub fn etag(stored: &str, version: Version) -> String {
    let opaque = stored.strip_suffix('"').unwrap_or(stored);
    format!("{opaque};{}\"", version.name())
}

/// The etag of what is stored, of one that [`etag`] made.
#[must_use]
pub fn stored_etag(converted: &str) -> Option<String> {
    let opaque = converted.strip_suffix('"')?;
    [Version::V30, Version::V40]
        .into_iter()
        .find_map(|version| {
            let stored = opaque.strip_suffix(version.name())?.strip_suffix(';')?;
            Some(format!("{stored}\""))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags() {
        let made = etag("\"abc\"", Version::V40);
        assert_eq!(made, "\"abc;4.0\"");
        assert_eq!(stored_etag(&made).as_deref(), Some("\"abc\""));
        assert_eq!(stored_etag("\"abc\""), None);
        assert_eq!(stored_etag("\"abc;2.1\""), None);
    }

    #[test]
    fn what_accept_wants() {
        for (accept, version) in [
            (None, None),
            (Some("*/*"), None),
            (Some("text/vcard"), None),
            (Some("text/vcard; version=4.0"), Some(Version::V40)),
            (
                Some("text/vcard;version=\"3.0\", */*;q=0.1"),
                Some(Version::V30),
            ),
            (Some("text/vcard;version=3.0, text/vcard;version=4.0"), None),
            (
                Some("text/vcard;version=3.0;q=0.5, text/vcard"),
                Some(Version::V40),
            ),
            (Some("text/vcard;version=5.0"), None),
            (Some("text/html"), None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert("accept", accept.parse().unwrap());
            }
            assert_eq!(wanted(&headers), version, "{accept:?}");
        }
    }
}
