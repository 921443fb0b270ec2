//! Fidelis.
pub use fidelis_core::*;
