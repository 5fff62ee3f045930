/// The kinds of component that a calendar collection holds, and sets of them.
pub mod component;
/// A calendar object resource, read once, on PUT.
pub mod object;
/// A file of many components into objects, for an import.
pub mod split;
/// An iCalendar object that is nothing but a time zone.
mod timezone;

pub use component::{Component, Components};
pub use object::{Condition, Invalid, Object, read};
pub use timezone::is_timezone;
