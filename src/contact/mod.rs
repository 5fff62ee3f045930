/// An address object resource, read once, on PUT.
pub mod card;
/// What a query looks for.
pub mod filter;
/// A file of many cards into objects, for an import.
pub mod split;
/// What the value of a property says.
pub mod value;

pub use card::{Card, Condition, Invalid, read};
