use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[event(part_of = Account, part_of = Account)]
pub struct GivenTwice;

#[event(part_of = Account, version)]
pub struct NoValue;

#[event(part_of = Account, version =)]
pub struct NothingBehindEquals;

#[event(part_of = Account, version = "two", name = NotQuoted)]
pub struct WrongValues;

#[event(part_of = Account, version = 0, name = "Deposit made")]
pub struct ImpossibleValues;

#[event(part_of = Account version = 2)]
pub struct NoComma;

#[event(part_of = Account, "version")]
pub struct NotAnOption;

fn main() {}
