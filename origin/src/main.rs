//! The program `meridian-origin`.

use std::process::ExitCode;

use meridian_origin::rooms::rehearsal;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(rehearsal::ARGUMENT) {
        return rehearsal::main();
    }
    ExitCode::FAILURE
}
