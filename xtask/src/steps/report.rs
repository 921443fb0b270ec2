//! How the steps went: the table at the end, and the one thing to do next.

use std::{fmt, time::Duration};

use crate::failure::Failure;

/// How all steps went.
pub(crate) struct Report {
    /// One row per step, in order.
    pub(crate) rows: Vec<Row>,
}

/// How one step went.
pub(crate) struct Row {
    /// The step's name.
    pub(crate) step: &'static str,
    /// How it went.
    pub(crate) outcome: Outcome,
}

/// How a step went, and how long it took.
pub(crate) enum Outcome {
    /// All was well.
    Passed(Duration),
    /// It found something.
    Failed(Duration, Failure),
    /// A step before it failed.
    NotRun,
}

impl Report {
    /// The failure that ended the run, with the command that repeats just that step.
    ///
    /// # Errors
    /// When a step failed.
    pub(crate) fn into_result(self) -> Result<(), Failure> {
        for Row { step, outcome } in self.rows {
            if let Outcome::Failed(_, failure) = outcome {
                let message = format!("step `{step}` failed: {failure}\nrepeat just this step with: cargo xtask {step}");
                return Err(Failure::new(message));
            }
        }
        Ok(())
    }
}

/// An aligned table.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = self.rows.iter().map(|row| row.step.len());
        let width = steps.max().unwrap_or_default().max("step".len());
        writeln!(f, "{:width$}  {:7}  seconds", "step", "result")?;
        for Row { step, outcome } in &self.rows {
            let seconds = match outcome {
                Outcome::Passed(took) | Outcome::Failed(took, _) => {
                    format!("{:.1}", took.as_secs_f64())
                }
                Outcome::NotRun => "-".to_owned(),
            };
            writeln!(f, "{step:width$}  {:7}  {seconds:>7}", outcome.to_string())?;
        }
        Ok(())
    }
}

/// One or two words.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Passed(_) => "ok",
            Outcome::Failed(..) => "failed",
            Outcome::NotRun => "not run",
        })
    }
}
