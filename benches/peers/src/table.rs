//! How figures are printed: as Markdown.

use crate::measure::Figures;
use std::io::{self, Write};

/// Figures of one kind of operation, each held against the first of them.
///
/// # Errors
/// When `out` cannot be written.
pub fn ratios(out: &mut dyn Write, title: &str, operation: &str, figures: &[Figures]) -> io::Result<()> {
    let rows = figures.iter().map(|case| {
        vec![
            case.name.clone(),
            nanoseconds(case.nanoseconds()),
            per_second(case.nanoseconds()),
            format!("{:.2}", case.allocations),
            ratio(case.against(&figures[0])),
        ]
    });
    let heads = ["", &format!("ns/{operation}"), &format!("{operation}s/s"), &format!("allocations/{operation}"), "ratio"];
    table(out, title, &heads, rows)
}

/// A table of texts; the first column is left-aligned, the others are right-aligned.
///
/// # Errors
/// When `out` cannot be written.
pub fn table(out: &mut dyn Write, title: &str, heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<()> {
    writeln!(out, "\n{title}\n")?;
    writeln!(out, "| {} |", heads.join(" | "))?;
    writeln!(out, "|---|{}", "---:|".repeat(heads.len() - 1))?;
    for row in rows {
        writeln!(out, "| {} |", row.join(" | "))?;
    }
    Ok(())
}

/// A number of nanoseconds with what precision it deserves, thousands apart.
pub fn nanoseconds(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { thousands(value) }
}

/// A ratio.
pub fn ratio(value: f64) -> String {
    if value < 10.0 { format!("{value:.2}") } else { thousands(value) }
}

fn per_second(nanoseconds: f64) -> String {
    let rate = 1e9 / nanoseconds;
    if rate >= 1e6 { format!("{:.2} M", rate / 1e6) } else { thousands(rate) }
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}
