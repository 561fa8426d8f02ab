//! What the tasks say on the terminal.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _, stdout};

/// Prints one line; a closed terminal is no reason to stop before the clean-up.
pub(crate) fn say(line: impl Display) {
    let _closed = writeln!(stdout(), "{line}");
}

/// Prints one line about a step of a task.
pub(crate) fn step(line: impl Display) {
    say(format_args!("xtask: {line}"));
}

/// Whether somebody watches, and so wants colours.
pub(crate) fn is_terminal() -> bool {
    stdout().is_terminal()
}
