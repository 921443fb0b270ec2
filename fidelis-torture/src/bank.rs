//! The bank under fire: tellers in processes that are killed, and an oracle that reads nothing but the database they leave.
//!
//! | part | what it does |
//! |---|---|
//! | [`Errands`] | what is asked of the bank; each command follows from its [`Key`](crate::Key) |
//! | [`Shift`] | a process of tellers: two engines on one database, many callers, a clock that jumps, a store that is troubled |
//! | [`Fire`] | two such processes at a time, killed again and again; then one that brings everything to its end |
//! | [`Ordeal`] | fire until [`Figures`] are reached and everything has happened that a run has to show |
//! | [`program`] | the same for people, as long as they like |
//! | [`oracle`] | judges what is left: money at every position of the log, transfers, steps, read models |

mod clock;
mod deaths;
mod errands;
mod figures;
mod fire;
pub mod oracle;
mod ordeal;
pub mod program;
mod shift;
mod teller;
mod trouble;

pub use errands::Errands;
pub use fidelis_mistaken_bank::Mistake;
pub use figures::Figures;
pub use fire::Fire;
pub use ordeal::Ordeal;
pub use shift::Shift;
pub(crate) use teller::work;
