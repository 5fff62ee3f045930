//! How a client finds its way in before it signs in.

pub mod wellknown;
