//! The bank's story: the chapters in their order, and at the end what was checked. It belongs to the program, not to the library.

mod chapter_15;
mod chapter_1_to_3;
mod chapter_4;
mod chapter_5;
mod chapter_6;
mod chapter_7;
mod chapter_9;
mod checks;
mod scene;
mod stage;
#[cfg(test)]
mod tests;
mod words;

use std::{error, io::Write, iter};

use fidelis::{Error, Source};

pub(crate) use self::stage::Stage;
use self::{checks::Checks, scene::Scene};

/// Plays every chapter and writes what happens; false when something did not hold.
///
/// # Errors
/// When it cannot be written, or the bank cannot be opened at all.
pub(crate) async fn tell(out: &mut (dyn Write + Send), stage: &Stage) -> Result<bool, Source> {
    let mut checks = Checks::default();
    chapter(out, stage, &mut checks, "1-3", "An account, its commands and its events", chapter_1_to_3::play).await?;
    chapter(out, stage, &mut checks, "4", "Business rules that never break", chapter_4::play).await?;
    chapter(out, stage, &mut checks, "5", "Testing the ledger", chapter_5::play).await?;
    chapter(out, stage, &mut checks, "6", "The account dashboard", chapter_6::play).await?;
    chapter(out, stage, &mut checks, "7", "Reacting to events", chapter_7::play).await?;
    chapter(out, stage, &mut checks, "9", "Transferring funds", chapter_9::play).await?;
    chapter(out, stage, &mut checks, "15", "Fact events and the reporting pipeline", chapter_15::play).await?;
    write!(out, "\n{checks}")?;
    Ok(checks.all_hold())
}

/// Plays one chapter. One that breaks off does not keep the next from being played.
async fn chapter(
    out: &mut (dyn Write + Send),
    stage: &Stage,
    checks: &mut Checks,
    number: &'static str,
    title: &'static str,
    play: impl AsyncFnOnce(&mut Scene<'_>) -> Result<(), Error>,
) -> Result<(), Source> {
    let heading = format!("Chapter {number}: {title}");
    writeln!(out, "\n{heading}\n{}", "-".repeat(heading.len()))?;
    checks.begin(number, title);
    let mut scene = Scene::open(stage, checks).await?;
    if let Err(error) = play(&mut scene).await {
        scene.break_off(&chain(&error));
    }
    out.write_all(scene.text().as_bytes())?;
    Ok(())
}

/// An error with everything behind it.
pub(crate) fn chain(error: &(dyn error::Error + 'static)) -> String {
    let causes = iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
