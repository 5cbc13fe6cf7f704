//! The program: reads the command line, runs one verb, and ends with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    wirepress::cli::main()
}
