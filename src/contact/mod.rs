/// An address object resource, read once, on PUT.
pub mod card;
