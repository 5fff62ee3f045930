/// An address object resource, read once, on PUT.
pub mod card;
/// What a query looks for.
pub mod filter;
/// What the store keeps of a card for searches.
pub mod index;
/// Some properties of a card.
pub mod retrieve;
/// A file of many cards into objects, for an import.
pub mod split;
/// What the value of a property says.
pub mod value;
/// vCard 3.0 as 4.0 and 4.0 as 3.0.
pub mod version;

pub use card::{Card, Condition, Invalid, read};
