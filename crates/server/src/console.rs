//! Standard output for what was asked for, standard error for what is said about it.

use std::io::{self, Write as _};

/// Writes a line to standard output. A reader that went away is no failure of ours.
pub(crate) fn print(line: impl std::fmt::Display) {
    let _ = try_print(line);
}

/// Writes a line to standard output that must not be lost.
pub(crate) fn try_print(line: impl std::fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Writes a line to standard error.
pub(crate) fn note(line: impl std::fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Rows with their columns aligned, the last one left as it is.
pub(crate) fn table<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = heading.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| -> String {
        let padded: Vec<String> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(heading)];
    lines.extend(rows.iter().map(|row| line(row.each_ref().map(String::as_str))));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            ["1".to_owned(), "alice".to_owned()],
            ["1000".to_owned(), "b".to_owned()],
        ];
        assert_eq!(table(["ID", "NAME"], &rows), "ID    NAME\n1     alice\n1000  b");
    }
}
