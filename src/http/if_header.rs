//! The If header (RFC 4918 section 10.4): lists of states, of which one must hold as a whole.

/// One thing a list asks of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub not: bool,
    pub state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// A URI: a lock token, of which davbox has none, or a sync-token (RFC 6578 section 5).
    Token(String),
    /// With its quotes, and `W/` where it is weak.
    Etag(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Of a tagged list; else the request's own resource is meant.
    pub resource: Option<String>,
    pub conditions: Vec<Condition>,
}

/// More than any client sends.
const MOST: usize = 100;

/// `None` where the header is not of the RFC's form.
#[must_use]
pub fn parse(value: &str) -> Option<Vec<List>> {
    let mut lists = Vec::new();
    let mut resource = None;
    let mut rest = value.trim();
    while !rest.is_empty() {
        if let Some(tagged) = rest.strip_prefix('<') {
            let (uri, after) = tagged.split_once('>')?;
            resource = Some(uri.to_owned());
            rest = after.trim_start();
        }
        let (conditions, after) = list(rest.strip_prefix('(')?)?;
        lists.push(List {
            resource: resource.clone(),
            conditions,
        });
        if lists.len() > MOST {
            return None;
        }
        rest = after.trim_start();
    }
    (!lists.is_empty()).then_some(lists)
}

fn list(text: &str) -> Option<(Vec<Condition>, &str)> {
    let mut conditions = Vec::new();
    let mut rest = text.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix(')') {
            return (!conditions.is_empty()).then_some((conditions, after));
        }
        let not = rest.get(..3).is_some_and(|n| n.eq_ignore_ascii_case("not"));
        if not {
            rest = rest[3..].trim_start();
        }
        let (state, after) = if let Some(token) = rest.strip_prefix('<') {
            let (token, after) = token.split_once('>')?;
            (State::Token(token.to_owned()), after)
        } else {
            let (tag, after) = rest.strip_prefix('[')?.split_once(']')?;
            (State::Etag(tag.trim().to_owned()), after)
        };
        conditions.push(Condition { not, state });
        if conditions.len() > MOST {
            return None;
        }
        rest = after.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        let one = parse("(<urn:uuid:1> [\"I am an ETag\"]) ([\"another\"])").unwrap();
        assert_eq!(one.len(), 2);
        assert_eq!(one[0].conditions.len(), 2);
        assert_eq!(
            one[1].conditions[0].state,
            State::Etag("\"another\"".into())
        );
        let not = parse("(Not <urn:uuid:1> <DAV:no-lock>)").unwrap();
        assert!(not[0].conditions[0].not && !not[0].conditions[1].not);
        let tagged = parse("</r1> (<a>) (Not <b>) <http://h/r2> ([W/\"x\"])").unwrap();
        assert_eq!(tagged[1].resource.as_deref(), Some("/r1"));
        assert_eq!(tagged[2].resource.as_deref(), Some("http://h/r2"));
    }

    #[test]
    fn what_is_none() {
        for bad in [
            "", "()", "(", "(<a>", "<r>", "x", "(<a>) x", "([\"a\"", "(Not)",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
