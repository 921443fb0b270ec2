//! The store on SQLite: the contract of every store, and what can go wrong with a file.

mod ahead;
mod contract;
mod crashes;
mod damage;
mod files;
mod folds;
mod full;
mod long;
mod material;
mod models;
mod people;
mod processes;
mod waiting;
