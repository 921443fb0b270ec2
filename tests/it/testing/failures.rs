//! What tests say when they fail.

mod answer;
mod came;
mod state;
