//! Conditional requests: If-Match, If-None-Match and their kin (RFC 9110 section 13), and the If
//! header (RFC 4918 section 10.4).

use std::time::{SystemTime, UNIX_EPOCH};

use hyper::HeaderMap;
use hyper::header::{HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};

use super::if_header::{self, Condition, List, State};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    Any,
    /// (weak, opaque tag with its quotes)
    List(Vec<(bool, String)>),
    /// A condition that never holds: a client that wanted to be careful must not overwrite.
    Unreadable,
}

/// The conditions of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditional {
    matching: Option<Tags>,
    none_matching: Option<Tags>,
    /// Seconds since 1970.
    modified_since: Option<u64>,
    unmodified_since: Option<u64>,
    lists: Option<Vec<List>>,
    /// `lists`, with all but the etags of the request's own resource looked up.
    settled: Option<Vec<Vec<Settled>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Settled {
    Known(bool),
    OwnEtag { not: bool, tag: String },
}

/// What a resource is like now.
#[derive(Debug, Clone, Copy)]
pub struct Current<'s> {
    /// The strong etag with its quotes; empty for a collection, which has none.
    pub etag: &'s str,
    /// Seconds since 1970.
    pub modified: Option<u64>,
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

fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Tags> {
    let mut list = Vec::new();
    let mut present = false;
    for value in headers.get_all(name) {
        present = true;
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Some(Tags::Any);
        }
        // Seen in the wild: one tag without its quotes.
        if !text.is_empty() && !text.contains(['"', ',', ' ', '\t']) {
            list.push((false, format!("\"{text}\"")));
            continue;
        }
        let mut rest = text;
        while !rest.is_empty() {
            let Some((weak, tag, after)) = one_tag(rest) else {
                return Some(Tags::Unreadable);
            };
            list.push((weak, tag.to_owned()));
            rest = after;
        }
    }
    present.then_some(Tags::List(list))
}

/// The first tag of a list, and what comes after its comma.
fn one_tag(text: &str) -> Option<(bool, &str, &str)> {
    let (weak, quoted) = match text.strip_prefix("W/") {
        Some(quoted) => (true, quoted),
        None => (false, text),
    };
    let end = quoted.strip_prefix('"')?.find('"')? + 2;
    let after = quoted[end..].trim_start();
    if after.is_empty() {
        return Some((weak, &quoted[..end], ""));
    }
    let after = after
        .strip_prefix(',')?
        .trim_start_matches([',', ' ', '\t']);
    Some((weak, &quoted[..end], after))
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<u64> {
    // RFC 9110 section 13.1.3: a date that cannot be read is no condition.
    let time = httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()?;
    seconds(time)
}

fn seconds(time: SystemTime) -> Option<u64> {
    time.duration_since(UNIX_EPOCH).ok().map(|d| d.as_secs())
}

/// An If header that is not of the RFC's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadIf;

/// # Errors
/// [`BadIf`].
pub fn read(headers: &HeaderMap) -> Result<Conditional, BadIf> {
    let lists = match headers.get("if") {
        Some(value) => {
            let value = value.to_str().map_err(|_| BadIf)?;
            Some(if_header::parse(value).ok_or(BadIf)?)
        }
        None => None,
    };
    Ok(Conditional {
        matching: tags(headers, IF_MATCH),
        none_matching: tags(headers, IF_NONE_MATCH),
        modified_since: date(headers, IF_MODIFIED_SINCE),
        unmodified_since: date(headers, IF_UNMODIFIED_SINCE),
        lists,
        settled: None,
    })
}

impl Conditional {
    /// Lets If-Match take a resource in another form of it: `stored` gives the etag of what is
    /// stored for one that belongs to another form.
    pub fn match_also(&mut self, stored: impl Fn(&str) -> Option<String>) {
        if let Some(Tags::List(list)) = &mut self.matching {
            let also: Vec<_> = list
                .iter()
                .filter_map(|(weak, tag)| Some((*weak, stored(tag)?)))
                .collect();
            list.extend(also);
        }
    }

    /// Whether the If header asks for more than the resource's own etag.
    #[must_use]
    pub fn needs_settling(&self) -> bool {
        self.lists.is_some() && self.settled.is_none()
    }

    /// Looks up what the If header says of tokens and of other resources. `holds` is asked with
    /// the tagged resource and the state; `None` says that the resource is the request's own and
    /// its etag is to be compared when the write is done.
    pub fn settle(&mut self, mut holds: impl FnMut(Option<&str>, &State) -> Option<bool>) {
        let settle =
            |resource: Option<&str>,
             condition: Condition,
             holds: &mut dyn FnMut(Option<&str>, &State) -> Option<bool>| {
                match (holds(resource, &condition.state), condition.state) {
                    (Some(known), _) => Settled::Known(known != condition.not),
                    (None, State::Etag(tag)) => Settled::OwnEtag {
                        not: condition.not,
                        tag,
                    },
                    (None, State::Token(_)) => Settled::Known(condition.not),
                }
            };
        self.settled = self.lists.take().map(|lists| {
            lists
                .into_iter()
                .map(|list| {
                    let resource = list.resource;
                    list.conditions
                        .into_iter()
                        .map(|condition| settle(resource.as_deref(), condition, &mut holds))
                        .collect()
                })
                .collect()
        });
    }

    /// What the conditions say of the state of a resource, `None` where there is no such resource.
    /// In the order of RFC 9110 section 13.2.2; the If header, which knows no order, comes first.
    #[must_use]
    pub fn verdict(&self, current: Option<Current<'_>>, reading: bool) -> Verdict {
        if self.needs_settling() || !self.if_holds(current) {
            return Verdict::Failed;
        }
        match (&self.matching, self.unmodified_since) {
            (Some(tags), _) => {
                // RFC 9110 section 13.1.1: strong comparison, so a weak tag never matches.
                let holds = match (tags, current) {
                    (Tags::Unreadable, _) | (_, None) => false,
                    (Tags::Any, Some(_)) => true,
                    (Tags::List(list), Some(current)) => {
                        list.iter().any(|(weak, tag)| !weak && tag == current.etag)
                    }
                };
                if !holds {
                    return Verdict::Failed;
                }
            }
            (None, Some(date)) => {
                if current.and_then(|c| c.modified).is_some_and(|m| m > date) {
                    return Verdict::Failed;
                }
            }
            (None, None) => {}
        }
        match (&self.none_matching, self.modified_since) {
            (Some(tags), _) => {
                // RFC 9110 section 13.1.2: weak comparison.
                let found = match (tags, current) {
                    (Tags::Unreadable, _) => !reading,
                    (_, None) => false,
                    (Tags::Any, Some(_)) => true,
                    (Tags::List(list), Some(current)) => {
                        list.iter().any(|(_, tag)| tag == current.etag)
                    }
                };
                match (found, reading) {
                    (false, _) => Verdict::Go,
                    (true, true) => Verdict::NotModified,
                    (true, false) => Verdict::Failed,
                }
            }
            (None, Some(date)) if reading => match current.and_then(|c| c.modified) {
                Some(modified) if modified <= date => Verdict::NotModified,
                _ => Verdict::Go,
            },
            _ => Verdict::Go,
        }
    }

    fn if_holds(&self, current: Option<Current<'_>>) -> bool {
        let Some(lists) = &self.settled else {
            return true;
        };
        lists.iter().any(|list| {
            list.iter().all(|condition| match condition {
                Settled::Known(holds) => *holds,
                Settled::OwnEtag { not, tag } => {
                    current.is_some_and(|c| !c.etag.is_empty() && c.etag == tag) != *not
                }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: HeaderName, value: &str) -> Conditional {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        read(&headers).unwrap()
    }

    const CURRENT: Option<Current<'static>> = Some(Current {
        etag: "\"a\"",
        modified: Some(784_111_777),
    });

    #[test]
    fn if_match() {
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
            ("\"a\" and more", Verdict::Failed),
            ("a, b", Verdict::Failed),
        ] {
            let conditional = of(IF_MATCH, value);
            assert_eq!(conditional.verdict(CURRENT, false), verdict, "{value}");
        }
        assert_eq!(of(IF_MATCH, "*").verdict(None, false), Verdict::Failed);
    }

    #[test]
    fn if_none_match() {
        assert_eq!(of(IF_NONE_MATCH, "*").verdict(None, false), Verdict::Go);
        assert_eq!(
            of(IF_NONE_MATCH, "\"x").verdict(None, false),
            Verdict::Failed
        );
        assert_eq!(of(IF_NONE_MATCH, "\"x").verdict(CURRENT, true), Verdict::Go);
        assert_eq!(
            of(IF_NONE_MATCH, "*").verdict(CURRENT, false),
            Verdict::Failed
        );
        for value in ["\"a\"", "W/\"a\"", "\"x\", W/\"a\""] {
            let conditional = of(IF_NONE_MATCH, value);
            assert_eq!(conditional.verdict(CURRENT, true), Verdict::NotModified);
            assert_eq!(conditional.verdict(CURRENT, false), Verdict::Failed);
        }
        assert_eq!(
            of(IF_NONE_MATCH, "\"b\"").verdict(CURRENT, true),
            Verdict::Go
        );
    }

    #[test]
    fn dates() {
        let (same, before) = (
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:36 GMT",
        );
        let since = |date| of(IF_MODIFIED_SINCE, date);
        assert_eq!(since(same).verdict(CURRENT, true), Verdict::NotModified);
        assert_eq!(since(before).verdict(CURRENT, true), Verdict::Go);
        assert_eq!(since(same).verdict(CURRENT, false), Verdict::Go);
        assert_eq!(since("yesterday").verdict(CURRENT, true), Verdict::Go);
        let unless = |date| of(IF_UNMODIFIED_SINCE, date);
        assert_eq!(unless(same).verdict(CURRENT, false), Verdict::Go);
        assert_eq!(unless(before).verdict(CURRENT, false), Verdict::Failed);
    }

    #[test]
    fn if_lists() {
        let name = HeaderName::from_static("if");
        for (value, holds) in [
            ("([\"a\"])", true),
            ("([\"b\"])", false),
            ("([\"b\"]) ([\"a\"])", true),
            ("(<good> [\"a\"])", true),
            ("(<bad> [\"a\"])", false),
            ("(Not <bad> Not [\"b\"])", true),
            ("([W/\"a\"])", false),
        ] {
            let mut conditional = of(name.clone(), value);
            assert_eq!(conditional.verdict(CURRENT, false), Verdict::Failed);
            conditional.settle(|_, state| match state {
                State::Token(token) => Some(token == "good"),
                State::Etag(_) => None,
            });
            let verdict = conditional.verdict(CURRENT, false);
            assert_eq!(verdict == Verdict::Go, holds, "{value}");
        }
        let mut headers = HeaderMap::new();
        headers.insert("if", "nonsense".parse().unwrap());
        assert_eq!(read(&headers), Err(BadIf));
    }
}
