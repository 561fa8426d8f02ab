//! The comparisons as bars, in SVG.

use std::fmt::Write as _;

use super::statistics::{Finding, Goal, Series};
use super::table::number;

const WIDTH: f64 = 860.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 190.0;
const ROW_HEIGHT: f64 = 62.0;
const BAR_HEIGHT: f64 = 18.0;
const TOP: f64 = 44.0;

/// Every comparison as two bars; a line marks what ours should reach, and whiskers the least and the greatest round.
pub(crate) fn plot(findings: &[Finding]) -> String {
    let compared: Vec<(&Finding, &Series)> = findings
        .iter()
        .filter_map(|finding| Some((finding, finding.other.as_ref()?)))
        .filter(|(finding, _)| {
            finding
                .times()
                .is_some_and(|times| times.is_finite() && times > 0.0)
        })
        .collect();
    let height = compared.iter().fold(TOP + 10.0, |height, _| height + ROW_HEIGHT);
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">
<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>
<text x="10" y="22" fill="#1f2328">Ringtrue (blue) beside what it is compared with (grey), each at a scale of its own; the red line is the goal</text>
"##
    );
    for ((finding, other), nth) in compared.iter().zip(0_u32..) {
        let top = TOP + ROW_HEIGHT * f64::from(nth);
        // A scale of its own for each: one that is far off would flatten all others.
        let goal = goal(finding, other);
        let longest = [finding.ours.max(), other.max(), goal.unwrap_or_default()];
        let scale = (WIDTH - LEFT - RIGHT) / longest.into_iter().fold(0.0, f64::max);
        label(&mut svg, 10.0, top + BAR_HEIGHT + 4.0, &finding.case);
        bar(&mut svg, top, "#0969da", &finding.ours, scale);
        bar(&mut svg, top + BAR_HEIGHT + 3.0, "#8c959f", other, scale);
        if let Some(goal) = goal {
            let at = LEFT + goal * scale;
            let bottom = top + 2.0 * BAR_HEIGHT + 8.0;
            let top = top - 4.0;
            let _infallible = writeln!(
                svg,
                r##"<line x1="{at:.1}" x2="{at:.1}" y1="{top:.1}" y2="{bottom:.1}" stroke="#cf222e" stroke-width="2"/>"##
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// What ours should come to, in its own unit.
fn goal(finding: &Finding, other: &Series) -> Option<f64> {
    match finding.goal {
        Goal::TimesAtLeast(times) | Goal::TimesAtMost(times) => Some(times * other.median()),
        Goal::AtMost(goal) | Goal::AtLeast(goal) => Some(goal),
        Goal::Shown => None,
    }
}

fn bar(svg: &mut String, top: f64, colour: &str, series: &Series, scale: f64) {
    let width = series.median() * scale;
    let middle = top + BAR_HEIGHT / 2.0;
    let (from, to) = (LEFT + series.min() * scale, LEFT + series.max() * scale);
    let _infallible = writeln!(
        svg,
        r##"<rect x="{LEFT}" y="{top:.1}" width="{width:.1}" height="{BAR_HEIGHT}" fill="{colour}"/>
<line x1="{from:.1}" x2="{to:.1}" y1="{middle:.1}" y2="{middle:.1}" stroke="#1f2328"/>"##
    );
    let text = format!("{} {} ({})", number(series.median()), series.unit, series.name);
    label(svg, to.max(LEFT + width) + 8.0, middle + 4.0, &text);
}

fn label(svg: &mut String, x: f64, y: f64, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let _infallible = writeln!(
        svg,
        r##"<text x="{x:.1}" y="{y:.1}" fill="#1f2328">{text}</text>"##
    );
}

#[cfg(test)]
mod tests {
    use super::super::statistics::tests::finding;
    use super::*;

    #[test]
    fn each_comparison_gets_two_bars_and_its_goal_if_it_has_one() {
        let svg = plot(&[
            finding(150.0, Some(100.0), Goal::TimesAtLeast(1.5)),
            finding(10.0, None, Goal::AtMost(30.0)),
            finding(150.0, Some(100.0), Goal::Shown),
        ]);
        assert_eq!(svg.matches("<rect x=").count(), 4);
        assert_eq!(svg.matches("#cf222e").count(), 1);
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn no_bar_leaves_the_picture_and_none_flattens_another() {
        let svg = plot(&[
            finding(9000.0, Some(10.0), Goal::TimesAtLeast(1.5)),
            finding(20.0, Some(10.0), Goal::TimesAtLeast(1.5)),
        ]);
        let widths: Vec<f64> = svg
            .split(" width=\"")
            .skip(2)
            .filter_map(|rest| rest.split('"').next()?.parse().ok())
            .collect();
        assert_eq!(widths.len(), 4);
        for widest in [widths[0], widths[2]] {
            assert!((widest - (WIDTH - LEFT - RIGHT)).abs() < 0.1, "{widths:?}");
        }
        assert!((widths[3] * 2.0 - widths[2]).abs() < 0.1, "{widths:?}");
    }

    #[test]
    fn names_cannot_break_the_picture() {
        let mut one = finding(1.0, Some(1.0), Goal::TimesAtLeast(1.0));
        one.case = "a<b & c".to_owned();
        assert!(plot(&[one]).contains("a&lt;b &amp; c"));
    }
}
