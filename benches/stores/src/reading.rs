//! Long histories: a category that is folded, a stream that is loaded, a dashboard that is made again.

mod by_hand;
mod fidelis;
mod material;
mod memory;

use ::load::Fault;

use crate::setting::Setting;

/// How fast something was read.
pub(crate) struct Figures {
    pub(crate) what: &'static str,
    pub(crate) name: &'static str,
    /// Events a second, round by round.
    pub(crate) rates: Vec<f64>,
    /// The same by hand.
    pub(crate) by_hand: Vec<f64>,
    /// How much more memory the process had at its peak than before, in bytes, at the most.
    pub(crate) grown: Option<u64>,
}

/// What is read.
const WHAT: [&str; 3] = ["a category, folded", "a stream of 10,000, loaded", "a dashboard of 10,000 rows, made again"];

/// One reading: events a second, and how much memory it took on top.
#[derive(Clone, Copy, Debug)]
struct Read {
    rate: f64,
    grown: Option<u64>,
}

/// Writes the same history by hand and with Fidelis, and reads each as often as there are rounds, in turn.
pub(crate) async fn run(setting: &Setting) -> Result<Vec<Figures>, Fault> {
    eprintln!("writing {} events, twice", setting.events);
    let by_hand = by_hand::Database::filled(setting).await?;
    let fidelis = fidelis::Bank::filled(setting).await?;
    let mut limits: [Vec<Read>; 3] = Default::default();
    let mut ours: [Vec<Read>; 3] = Default::default();
    for round in 0..setting.rounds {
        eprintln!("round {} of {}: long histories", round + 1, setting.rounds);
        for (reads, read) in limits.iter_mut().zip([by_hand.category().await?, by_hand.stream().await?, by_hand.rebuild().await?])
        {
            reads.push(read);
        }
        for (reads, read) in ours.iter_mut().zip([fidelis.category().await?, fidelis.stream().await?, fidelis.rebuild().await?]) {
            reads.push(read);
        }
    }
    let mut figures = Vec::new();
    for ((what, limits), ours) in WHAT.into_iter().zip(&limits).zip(&ours) {
        let by_hand: Vec<f64> = limits.iter().map(|read| read.rate).collect();
        for (name, reads) in [("by hand", limits), ("fidelis", ours)] {
            let rates = reads.iter().map(|read| read.rate).collect();
            let grown = reads.iter().filter_map(|read| read.grown).max();
            figures.push(Figures { what, name, rates, by_hand: by_hand.clone(), grown });
        }
    }
    Ok(figures)
}
