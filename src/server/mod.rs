//! Sockets, connections, dispatch.

mod connection;
mod dispatch;
mod listener;

pub use dispatch::unbroken;
pub use listener::{Limits, Listener, serve};
