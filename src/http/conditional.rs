//! If-Match and If-None-Match (RFC 9110 section 13).

use hyper::HeaderMap;
use hyper::header::{ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    Any,
    /// (weak, opaque tag with its quotes)
    List(Vec<(bool, String)>),
}

/// The conditions of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditional {
    matching: Option<Tags>,
    none_matching: Option<Tags>,
}

/// What the conditions say about the state of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Go,
    /// If-None-Match on a read: the client has it already (304).
    NotModified,
    /// 412
    Failed,
}

/// A header that cannot be read makes a condition that never holds: a client that wanted to be
/// careful must not overwrite.
fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Tags> {
    let mut list = Vec::new();
    let mut present = false;
    for value in headers.get_all(name) {
        present = true;
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Some(Tags::Any);
        }
        let mut rest = text;
        while !rest.is_empty() {
            rest = rest.trim_start_matches([',', ' ', '\t']);
            if rest.is_empty() {
                break;
            }
            let (weak, quoted) = match rest.strip_prefix("W/") {
                Some(quoted) => (true, quoted),
                None => (false, rest),
            };
            if let Some(opaque) = quoted.strip_prefix('"') {
                let Some(end) = opaque.find('"') else { break };
                list.push((weak, quoted[..end + 2].to_owned()));
                rest = &opaque[end + 1..];
            } else {
                // Seen in the wild: a tag without its quotes.
                let end = quoted.find([',', ' ', '\t']).unwrap_or(quoted.len());
                list.push((weak, format!("\"{}\"", &quoted[..end])));
                rest = &quoted[end..];
            }
        }
    }
    present.then_some(Tags::List(list))
}

#[must_use]
pub fn read(headers: &HeaderMap) -> Conditional {
    Conditional {
        matching: tags(headers, IF_MATCH),
        none_matching: tags(headers, IF_NONE_MATCH),
    }
}

impl Conditional {
    /// Whether there is any.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.matching.is_none() && self.none_matching.is_none()
    }

    /// `state` is the strong etag with its quotes, `None` where there is no such resource.
    #[must_use]
    pub fn verdict(&self, state: Option<&str>, reading: bool) -> Verdict {
        if let Some(tags) = &self.matching {
            // RFC 9110 section 13.1.1: strong comparison, so a weak tag never matches.
            let holds = match (tags, state) {
                (_, None) => false,
                (Tags::Any, Some(_)) => true,
                (Tags::List(list), Some(state)) => {
                    list.iter().any(|(weak, tag)| !weak && tag == state)
                }
            };
            if !holds {
                return Verdict::Failed;
            }
        }
        if let Some(tags) = &self.none_matching {
            // RFC 9110 section 13.1.2: weak comparison.
            let found = match (tags, state) {
                (_, None) => false,
                (Tags::Any, Some(_)) => true,
                (Tags::List(list), Some(state)) => list.iter().any(|(_, tag)| tag == state),
            };
            if found {
                return if reading {
                    Verdict::NotModified
                } else {
                    Verdict::Failed
                };
            }
        }
        Verdict::Go
    }
}

/// The header an answer carries its etag in.
pub const ENTITY_TAG: HeaderName = ETAG;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: HeaderName, value: &str) -> Conditional {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        read(&headers)
    }

    #[test]
    fn if_match() {
        let state = Some("\"a\"");
        for (value, verdict) in [
            ("*", Verdict::Go),
            ("\"a\"", Verdict::Go),
            ("\"b\", \"a\"", Verdict::Go),
            ("\"b,\" , \"a\"", Verdict::Go),
            ("a", Verdict::Go),
            ("W/\"a\"", Verdict::Failed),
            ("\"b\"", Verdict::Failed),
            ("", Verdict::Failed),
            ("\"a", Verdict::Failed),
        ] {
            assert_eq!(
                of(IF_MATCH, value).verdict(state, false),
                verdict,
                "{value}"
            );
        }
        assert_eq!(of(IF_MATCH, "*").verdict(None, false), Verdict::Failed);
    }

    #[test]
    fn if_none_match() {
        let state = Some("\"a\"");
        assert_eq!(of(IF_NONE_MATCH, "*").verdict(None, false), Verdict::Go);
        assert_eq!(
            of(IF_NONE_MATCH, "*").verdict(state, false),
            Verdict::Failed
        );
        for value in ["\"a\"", "W/\"a\"", "\"x\", W/\"a\""] {
            let conditional = of(IF_NONE_MATCH, value);
            assert_eq!(conditional.verdict(state, true), Verdict::NotModified);
            assert_eq!(conditional.verdict(state, false), Verdict::Failed);
        }
        assert_eq!(of(IF_NONE_MATCH, "\"b\"").verdict(state, true), Verdict::Go);
    }
}
