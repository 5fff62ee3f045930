//! Time zones, from the database inside the binary.

/// Whether IANA's database has a zone of this name.
#[must_use]
pub fn is_known(name: &str) -> bool {
    jiff::tz::db().get(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_known;

    #[test]
    fn names() {
        for known in [
            "Europe/Berlin",
            "America/Argentina/Ushuaia",
            "UTC",
            "Etc/GMT+5",
        ] {
            assert!(is_known(known), "{known}");
        }
        for unknown in [
            "Europe/Atlantis",
            "",
            "../../etc/passwd",
            "W. Europe Standard Time",
        ] {
            assert!(!is_known(unknown), "{unknown}");
        }
    }
}
