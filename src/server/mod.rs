//! Sockets, connections, dispatch.

mod connection;
mod dispatch;
mod listener;

pub use listener::{Limits, Listener, serve};
