use fidelis::prelude::*;

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Address {
    pub street: String,
    pub town: String,
}

#[projection]
pub struct Customer {
    #[identifier]
    pub number: String,
    pub address: Address,
}

fn main() {}
