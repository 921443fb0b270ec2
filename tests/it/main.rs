//! Stories across the crates.

mod compile_fail;
