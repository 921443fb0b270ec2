//! The store on SQLite: the contract of every store, and what can go wrong with a file.

mod contract;
