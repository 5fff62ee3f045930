/// An address object resource, read once, on PUT.
pub mod card;

pub use card::{Card, Condition, Invalid, read};
