//! davbox: calendars and contacts that stay in the house.
//!
//! The house has floors. A module imports only from floors below its own; modules on the same
//! floor do not know each other. `tests/house` reads every import and fails on one that looks up
//! or sideways.

// Floor 1: leaves. They know nothing of davbox.
/// What HTTP says, apart from sockets and from DAV.
pub mod http;
/// Every setting, one row each.
pub mod settings;
/// Content lines of iCalendar and vCard, read without losing a byte; dates as text.
pub mod text;
/// XML in and out.
pub mod xml;

// Floor 2
/// Recurrence rules (RFC 5545 section 3.3.10), in floating time.
pub mod recurrence;

// Floor 3
/// Time zones.
pub mod zone;

// Floor 4: formats and their meaning. No I/O, no async.
/// iCalendar objects (RFC 5545) as CalDAV stores them (RFC 4791 section 4.1).
pub mod calendar;
/// vCard objects (RFC 2426, RFC 6350) as CardDAV stores them (RFC 6352 section 5.1).
pub mod contact;

// Floor 5
/// The store: the only place that knows LMDB.
pub mod store;

// Floor 6
/// Who is asking.
pub mod signin;

// Floor 7: what HTTP can mean.
/// CalDAV and CardDAV.
pub mod dav;
/// How a client finds its way in.
pub mod onboarding;

// Floor 8
/// Sockets, connections, dispatch.
pub mod server;

// Floor 9
/// The command line wires the parts.
pub mod command;
