//! What HTTP says, apart from sockets and from DAV: headers, paths, answers.

pub mod answer;
pub mod conditional;
pub mod depth;
pub mod href;
pub mod if_header;
pub mod media;
pub mod prefer;
pub mod upload;

pub use answer::{Answer, Body, Source};
