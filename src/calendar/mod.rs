/// The kinds of component that a calendar collection holds, and sets of them.
pub mod component;
/// A calendar object resource, read once, on PUT.
pub mod object;
