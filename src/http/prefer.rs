//! Prefer (RFC 7240, RFC 8144) and its forerunner Brief.

use hyper::HeaderMap;
use hyper::header::HeaderName;

/// RFC 7240 section 3: says which preference was honoured.
pub const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prefer {
    /// `return=minimal`, or `Brief: t`.
    pub minimal: bool,
    /// `return=representation`.
    pub representation: bool,
    /// `depth-noroot` (RFC 8144 section 4): leave the asked resource itself out of a listing.
    pub noroot: bool,
}

#[must_use]
pub fn read(headers: &HeaderMap) -> Prefer {
    let mut prefer = Prefer::default();
    for value in headers.get_all("prefer") {
        for preference in value.to_str().unwrap_or_default().split(',') {
            let preference = preference.split(';').next().unwrap_or_default();
            let compact: String = preference
                .chars()
                .filter(|c| !c.is_whitespace() && *c != '"')
                .collect();
            // RFC 7240 section 2: the first of two that contradict each other counts.
            match compact.to_ascii_lowercase().as_str() {
                "return=minimal" if !prefer.representation => prefer.minimal = true,
                "return=representation" if !prefer.minimal => prefer.representation = true,
                "depth-noroot" => prefer.noroot = true,
                _ => {}
            }
        }
    }
    if headers
        .get("brief")
        .is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"t"))
    {
        prefer.minimal = !prefer.representation;
    }
    prefer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&'static str, &str)]) -> Prefer {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        read(&headers)
    }

    #[test]
    fn forms() {
        assert!(of(&[("prefer", "return=minimal")]).minimal);
        assert!(of(&[("prefer", "respond-async, Return = \"minimal\";x=1")]).minimal);
        assert!(of(&[("brief", "t")]).minimal);
        assert!(!of(&[("brief", "f")]).minimal);
        let both = of(&[("prefer", "return=representation, return=minimal")]);
        assert!(both.representation && !both.minimal);
        assert!(of(&[("prefer", "return=minimal"), ("prefer", "depth-noroot")]).noroot);
    }
}
