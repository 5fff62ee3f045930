//! XML in and out: a bounded reader that resolves namespaces, a writer that escapes.

mod element;
pub mod name;
mod read;
mod write;

pub use element::{Attribute, Element, Node};
pub use read::{Refused, read};
pub use write::Writer;
