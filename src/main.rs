//! Calls the command that the first word names.

use std::process::ExitCode;

fn main() -> ExitCode {
    davbox::command::run(std::env::args_os().skip(1))
}
