//! What the attributes expand to, as files to read: `UPDATE_EXPECT=1 cargo test -p fidelis-macros` rewrites them.

mod definition;
mod names;
mod print;
mod ratchet;
mod snapshots;
