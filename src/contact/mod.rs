/// An address object resource, read once, on PUT.
pub mod card;
/// A file of many cards into objects, for an import.
pub mod split;

pub use card::{Card, Condition, Invalid, read};
