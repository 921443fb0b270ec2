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
    /// Commands that may not be answered, to be asked for first. As text.
    pub open: Vec<String>,
    /// Commands that are answered, to be asked for once more. As text.
    pub again: Vec<String>,
    /// How far its clock is ahead of the machine's, in hours.
    pub ahead: i64,
    /// After how many errands its clock jumps a day ahead; 0: never.
    pub jumps_after: u64,
    /// Whether its store is troubled.
    pub troubled: bool,
    /// Whether it brings everything to its end and then ends itself, instead of going on until it is killed.
    pub closes: bool,
    /// A mistake of the store.
    pub bug: Option<Bug>,
}

impl Shift {
    /// Four callers for each engine, in trouble, until it is killed.
    pub fn new(place: Place, errands: Errands, run: u32) -> Self {
        Shift {
            place,
            errands,
            run,
            callers: 4,
            open: Vec::new(),
            again: Vec::new(),
            ahead: 0,
            jumps_after: 0,
            troubled: true,
            closes: false,
            bug: None,
        }
    }
}
