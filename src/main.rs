//! Calls the command that the first word names.

use std::process::ExitCode;

/// Listings cost a third less than with musl's own. Without huge pages, or an idle server would take
/// 8 MiB in place of 1. Not on 32 bit, where it would reserve 128 MiB of the addresses. Beside
/// another C library too: what is tested and measured is what is shipped.
#[cfg(target_pointer_width = "64")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    davbox::command::run(std::env::args_os().skip(1))
}
