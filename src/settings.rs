//! Every setting: one row each. The store keeps them as text; the command line overrides them.

use std::net::SocketAddr;

/// One row.
pub struct Setting {
    pub name: &'static str,
    pub default: &'static str,
    pub kind: Kind,
    pub meaning: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `ADDRESS:PORT` or `off`
    Listener,
    /// A whole number with its bounds.
    Number { least: u64, most: u64 },
}

const MIB: u64 = 1 << 20;

pub const HTTP: Setting = Setting {
    name: "http",
    default: "[::]:5232",
    kind: Kind::Listener,
    meaning: "where plain HTTP is answered",
};
pub const HTTPS: Setting = Setting {
    name: "https",
    default: "[::]:8443",
    kind: Kind::Listener,
    meaning: "where HTTPS is answered",
};
pub const OBJECT_BYTES: Setting = Setting {
    name: "object-bytes",
    default: "10485760",
    kind: Kind::Number {
        least: 64 << 10,
        most: 64 * MIB,
    },
    meaning: "bytes of the largest event, task or contact",
};
pub const QUOTA_BYTES: Setting = Setting {
    name: "quota-bytes",
    default: "4294967296",
    kind: Kind::Number {
        least: MIB,
        most: 1 << 44,
    },
    meaning: "bytes of all calendars, or of all address books, of one person",
};
pub const CONNECTIONS: Setting = Setting {
    name: "connections",
    default: "1024",
    kind: Kind::Number {
        least: 16,
        most: 65_536,
    },
    meaning: "connections at one time",
};
pub const CONNECTIONS_PER_ADDRESS: Setting = Setting {
    name: "connections-per-address",
    default: "256",
    kind: Kind::Number {
        least: 4,
        most: 65_536,
    },
    meaning: "connections at one time from one address",
};

pub const SETTINGS: [&Setting; 6] = [
    &HTTP,
    &HTTPS,
    &OBJECT_BYTES,
    &QUOTA_BYTES,
    &CONNECTIONS,
    &CONNECTIONS_PER_ADDRESS,
];

impl Setting {
    /// The value as it counts: `stored` where it fits, the default where it is absent or does not.
    #[must_use]
    pub fn value(&self, stored: Option<String>) -> String {
        match stored {
            Some(value) if self.fits(&value) => value,
            Some(value) => {
                log::warn!(
                    "the setting {} cannot be {value:?}; {} counts",
                    self.name,
                    self.default
                );
                self.default.into()
            }
            None => self.default.into(),
        }
    }

    /// A number; 0 for a setting that is none.
    #[must_use]
    pub fn number(&self, stored: Option<String>) -> u64 {
        self.value(stored).parse().unwrap_or(0)
    }

    #[must_use]
    pub fn fits(&self, value: &str) -> bool {
        match self.kind {
            Kind::Listener => listener(value).is_ok(),
            Kind::Number { least, most } => value
                .parse::<u64>()
                .is_ok_and(|n| (least..=most).contains(&n)),
        }
    }
}

/// `None` for `off`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn listener(value: &str) -> Result<Option<SocketAddr>, String> {
    if value == "off" {
        return Ok(None);
    }
    // A port alone means every address of this machine.
    if let Ok(port) = value.trim_start_matches(':').parse::<u16>() {
        return Ok(Some((std::net::Ipv6Addr::UNSPECIFIED, port).into()));
    }
    value.parse().map(Some).map_err(|_| {
        format!("{value:?} is not a port, ADDRESS:PORT (such as 127.0.0.1:5232) or off")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_fit_and_names_are_unique() {
        let mut names = std::collections::HashSet::new();
        for setting in SETTINGS {
            assert!(setting.fits(setting.default), "{}", setting.name);
            assert!(names.insert(setting.name));
        }
    }

    #[test]
    fn a_bad_value_is_not_taken() {
        assert_eq!(CONNECTIONS.number(Some("0".into())), 1024);
        assert_eq!(CONNECTIONS.number(Some("20".into())), 20);
        assert_eq!(listener("off"), Ok(None));
        for port in ["5233", ":5233"] {
            assert_eq!(listener(port), Ok("[::]:5233".parse().ok()));
        }
        assert!(listener("localhost:5232").is_err());
    }
}
