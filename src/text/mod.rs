/// Comparing text (RFC 4790).
pub mod collation;
/// Dates and times as RFC 5545 writes them, checked, without any idea of a time zone.
pub mod date;
/// Lengths of time as RFC 5545 writes them.
pub mod duration;
/// Names of clients as names of files.
pub mod file;
/// Content lines that davbox writes itself.
pub mod fold;
/// Content lines of iCalendar and vCard: the client's bytes, found again piece by piece.
pub mod line;
/// Components inside components: content lines with the balance of BEGIN and END checked.
pub mod nest;
/// Files of many objects, cut so that a broken piece costs itself.
pub mod piece;
/// The properties of some names, without reading the others.
pub mod seek;
/// A tree of those lines alone that somebody wants.
pub mod sketch;
/// A component with everything in it.
pub mod tree;

/// The files of tests/corpus, and damaged copies of them, for the tests of the formats.
#[cfg(test)]
pub(crate) mod corpus;
