use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[aggregate]
impl Drop for Account {
    fn drop(&mut self) {}
}

#[aggregate]
impl [Account] {}

fn main() {}
