//! URL ⇄ resource address: the only place that knows the URL layout.

use std::fmt;

use crate::http::href::{self, BadPath};

/// The two trees of collections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Calendars,
    Addressbooks,
}

impl Family {
    #[must_use]
    pub fn segment(self) -> &'static str {
        match self {
            Family::Calendars => "calendars",
            Family::Addressbooks => "addressbooks",
        }
    }
}

/// What a URL names, whether or not it exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    Root,
    Principals,
    Principal {
        user: String,
    },
    Homes(Family),
    Home {
        family: Family,
        user: String,
    },
    Collection {
        family: Family,
        user: String,
        slug: String,
    },
    Object {
        family: Family,
        user: String,
        slug: String,
        name: String,
    },
    /// Below an object, where nothing can be.
    Beyond {
        family: Family,
        user: String,
    },
    /// Outside the tree.
    Nowhere,
}

impl Address {
    /// The address a request path, without its query, stands for.
    ///
    /// # Errors
    /// [`BadPath`] where the path cannot be read or tries to leave the tree.
    pub fn parse(path: &str) -> Result<Address, BadPath> {
        let (segments, _) = href::segments(path)?;
        let mut segments = segments.into_iter();
        let Some(top) = segments.next() else {
            return Ok(Address::Root);
        };
        let family = match top.as_str() {
            "principals" => {
                return Ok(match (segments.next(), segments.next()) {
                    (None, _) => Address::Principals,
                    (Some(user), None) => Address::Principal { user },
                    _ => Address::Nowhere,
                });
            }
            "calendars" => Family::Calendars,
            "addressbooks" => Family::Addressbooks,
            _ => return Ok(Address::Nowhere),
        };
        let rest: [Option<String>; 4] = std::array::from_fn(|_| segments.next());
        Ok(match rest {
            [None, ..] => Address::Homes(family),
            [Some(user), None, ..] => Address::Home { family, user },
            [Some(user), Some(slug), None, _] => Address::Collection { family, user, slug },
            [Some(user), Some(slug), Some(name), None] => Address::Object {
                family,
                user,
                slug,
                name,
            },
            [Some(user), ..] => Address::Beyond { family, user },
        })
    }

    /// The person in whose tree this lies.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Address::Principal { user }
            | Address::Home { user, .. }
            | Address::Collection { user, .. }
            | Address::Object { user, .. }
            | Address::Beyond { user, .. } => Some(user),
            Address::Root | Address::Principals | Address::Homes(_) | Address::Nowhere => None,
        }
    }

    /// The path, percent-encoded, with a slash at the end of a collection.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Address::Root | Address::Nowhere => "/".into(),
            Address::Principals => "/principals/".into(),
            Address::Principal { user } => principal(user),
            Address::Homes(family) => format!("/{}/", family.segment()),
            Address::Home { family, user } | Address::Beyond { family, user } => {
                home(*family, user)
            }
            Address::Collection { family, user, slug } => collection(*family, user, slug),
            Address::Object {
                family,
                user,
                slug,
                name,
            } => {
                let mut path = collection(*family, user, slug);
                href::push_segment(&mut path, name);
                path
            }
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// `/principals/{user}/`
#[must_use]
pub fn principal(user: &str) -> String {
    let mut path = String::from("/principals/");
    href::push_segment(&mut path, user);
    path.push('/');
    path
}

/// `/calendars/{user}/`, `/addressbooks/{user}/`
#[must_use]
pub fn home(family: Family, user: &str) -> String {
    let mut path = format!("/{}/", family.segment());
    href::push_segment(&mut path, user);
    path.push('/');
    path
}

/// `/calendars/{user}/{slug}/`
#[must_use]
pub fn collection(family: Family, user: &str, slug: &str) -> String {
    let mut path = home(family, user);
    href::push_segment(&mut path, slug);
    path.push('/');
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for path in [
            "/",
            "/principals/",
            "/principals/anna/",
            "/calendars/",
            "/calendars/anna/",
            "/addressbooks/anna@example.org/",
            "/calendars/anna/work%20%C3%BC/",
            "/calendars/anna/work/a%20b.ics",
        ] {
            assert_eq!(Address::parse(path).unwrap().path(), path);
            let bare = path.trim_end_matches('/');
            assert_eq!(Address::parse(bare), Address::parse(path));
        }
    }

    #[test]
    fn nothing_else() {
        assert_eq!(Address::parse("/x"), Ok(Address::Nowhere));
        assert_eq!(Address::parse("/principals/a/b"), Ok(Address::Nowhere));
        assert!(matches!(
            Address::parse("/calendars/a/b/c/d/e/f"),
            Ok(Address::Beyond { .. })
        ));
        assert!(Address::parse("/calendars/anna/%2e%2e/bert/").is_err());
    }
}
