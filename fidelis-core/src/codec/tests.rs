//! The codec against `serde_json`, which is right by definition.

mod errors;
mod limits;
mod mutations;
mod reading;
mod samples;
mod scan;
mod visitors;
mod writing;
