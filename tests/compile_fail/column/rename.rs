use fidelis::prelude::*;

#[derive(Column, Clone, serde::Serialize, serde::Deserialize)]
#[serde(rename_all(serialize = "snake_case", deserialize = "camelCase"))]
pub enum Status {
    Open,
}

#[derive(Column, Clone)]
#[serde(rename_all = "Snake_Case")]
pub enum Answer {
    Yes,
}

fn main() {}
