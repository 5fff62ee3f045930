//! What tries to break davbox: each test starts the real server on a store of its own, does its
//! worst, and at the end wants exit 0 after SIGTERM and a clean `davbox check`.

#[allow(dead_code, reason = "the conversations use the rest of it")]
#[path = "../conversation/http.rs"]
mod http;
#[allow(dead_code, reason = "the conversations use the rest of it")]
#[path = "../conversation/server.rs"]
mod server;

mod caller;
mod dice;
mod fixture;

mod beside;
// Sorts early, so that its long waits run beside everything else.
mod clock;
mod crash;
mod crowd;
mod drain;
mod full;
mod head;
mod large;
mod mutation;
mod race;
mod signin;
mod slow;
mod start;
