//! Findings as a Markdown table, which a terminal shows as well.

use super::statistics::{Finding, Goal, Series};

const HEAD: [&str; 6] = ["case", "ours", "compared with", "times", "to reach", "reached"];

/// The findings, one a line.
pub(crate) fn table(findings: &[Finding]) -> String {
    let rows: Vec<[String; 6]> = std::iter::once(HEAD.map(str::to_owned))
        .chain(findings.iter().map(row))
        .collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: [usize; 6] = std::array::from_fn(width);
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            format!("| {} |", cells.join(" | "))
        })
        .collect();
    lines.insert(
        1,
        format!("| {} |", widths.map(|width| "-".repeat(width)).join(" | ")),
    );
    lines.join("\n")
}

fn row(finding: &Finding) -> [String; 6] {
    let unit = finding.ours.unit;
    let goal = match finding.goal {
        Goal::TimesAtLeast(goal) => format!("≥ {goal} ×"),
        Goal::TimesAtMost(goal) => format!("≤ {goal} ×"),
        Goal::AtMost(goal) => format!("≤ {}", with_unit(goal, unit)),
        Goal::AtLeast(goal) => format!("≥ {}", with_unit(goal, unit)),
        Goal::Shown => "—".to_owned(),
    };
    [
        finding.case.clone(),
        figure(&finding.ours),
        finding.other.as_ref().map_or_else(
            || "—".to_owned(),
            |other| format!("{}: {}", other.name, figure(other)),
        ),
        finding
            .times()
            .map_or_else(|| "—".to_owned(), |times| format!("{times:.2}")),
        goal,
        match finding.is_reached() {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "—",
        }
        .to_owned(),
    ]
}

/// The median, and the range if there was more than one round.
fn figure(series: &Series) -> String {
    let median = with_unit(series.median(), series.unit);
    if series.rounds.len() < 2 {
        return median;
    }
    format!("{median} ({}–{})", number(series.min()), number(series.max()))
}

fn with_unit(value: f64, unit: &str) -> String {
    let space = if unit.starts_with('/') || unit.is_empty() {
        ""
    } else {
        " "
    };
    format!("{}{space}{unit}", number(value))
}

/// Three significant digits or all whole ones, in groups of three.
pub(crate) fn number(value: f64) -> String {
    let decimals = match value.abs() {
        small if small == 0.0 || small >= 100.0 => 0,
        small if small >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::super::statistics::tests::{finding, series};
    use super::*;

    #[test]
    fn every_line_is_as_wide_as_the_head() {
        let table = table(&[
            finding(1530.0, Some(1000.0), Goal::TimesAtLeast(1.5)),
            finding(320.5, None, Goal::AtMost(300.0)),
            finding(320.5, Some(300.0), Goal::Shown),
        ]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 5);
        assert!(
            lines
                .iter()
                .all(|line| line.chars().count() == lines[0].chars().count())
        );
        assert!(lines[2].contains("1,530/s") && lines[2].contains("1.53") && lines[2].contains("yes"));
        assert!(lines[3].contains("≤ 300/s") && lines[3].contains("**no**"));
        assert!(
            !lines[4].contains("yes") && !lines[4].contains("**no**"),
            "{}",
            lines[4]
        );
    }

    #[test]
    fn numbers_keep_what_can_be_told_apart() {
        assert_eq!(
            [0.0, 1.234, 12.34, 123.4, 1234.5, 1_234_567.0].map(number),
            ["0", "1.23", "12.3", "123", "1,234", "1,234,567"]
        );
    }

    #[test]
    fn several_rounds_show_their_range() {
        assert_eq!(
            figure(&series(&[1000.0, 2000.0, 3000.0])),
            "2,000/s (1,000–3,000)"
        );
    }
}
