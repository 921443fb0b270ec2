use fidelis::prelude::*;

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Status {
    Open,
    Closed,
}

#[aggregate]
pub struct Account {
    pub status: Status,
}

#[aggregate]
impl Account {}

fn main() {}
