//! The same deposit through Fidelis, by hand and through its peers, under one driver.
//!
//! [`bank`] is what has to be done, [`candidate`] what everybody who does it looks like, [`candidates`] who does it,
//! [`cases`] what is asked of them, [`measure`] how it is timed and counted, [`table`] how it is printed.

pub mod bank;
pub mod candidate;
pub mod candidates;
pub mod cases;
pub mod measure;
pub mod ready;
pub mod table;
