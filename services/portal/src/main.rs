//! The one binary.

use std::process::ExitCode;

/// A page is thousands of small strings: in a profile of a list the system's allocator was a seventh of the portal's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    portal::run()
}
