//! What a process of tellers is told to do.

use serde::{Deserialize, Serialize};

use super::Errands;
use crate::{Bug, Place};

/// What a process of tellers is told to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shift {
    /// Where the database is.
    pub place: Place,
    /// What is asked for.
    pub errands: Errands,
    /// Which run it is, from 1: part of the keys of its commands.
    pub run: u32,
    /// How many callers each of its two engines has.
    pub callers: u32,
    /// The accounts that there are before anything else happens; none: it makes the bank ready.
    pub accounts: Vec<String>,
    /// Commands that may not be answered, to be asked for first. As text.
    pub open: Vec<String>,
    /// Commands that are answered, to be asked for once more. As text.
    pub again: Vec<String>,
    /// How far its clock is ahead of the machine's, in hours.
    pub ahead: i64,
    /// After how many errands its clock jumps a day ahead, once; 0: never.
    pub jumps_after: u64,
    /// How many in a thousand commands of processes its store refuses the first time, beside other trouble; none: no trouble at all.
    pub refuses: Option<u32>,
    /// Whether it brings everything to its end and then ends itself, instead of going on until it is killed.
    pub closes: bool,
    /// How often it looks whether everything is at its end, twenty times a second, before it gives up.
    pub looks: u32,
    /// A mistake of the store.
    pub bug: Option<Bug>,
    /// A mistake of the bank, by its name, such as `DoesNotKeep`.
    pub mistake: Option<String>,
}

impl Shift {
    /// Four callers for each engine, in trouble, until it is killed.
    pub fn new(place: Place, errands: Errands, run: u32) -> Self {
        Shift {
            place,
            errands,
            run,
            callers: 4,
            accounts: Vec::new(),
            open: Vec::new(),
            again: Vec::new(),
            ahead: 0,
            jumps_after: 0,
            refuses: Some(20),
            closes: false,
            looks: 400,
            bug: None,
            mistake: None,
        }
    }
}
