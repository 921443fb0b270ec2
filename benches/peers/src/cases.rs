//! What is asked of the candidates.

pub mod deposit;
pub mod history;
pub mod replay;
pub mod store_size;
pub mod world;
