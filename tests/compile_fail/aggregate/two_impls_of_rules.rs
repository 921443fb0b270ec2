use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[aggregate]
impl Account {
    #[invariant(post)]
    fn rule(&self) -> Result<(), Rejection> {
        Ok(())
    }
}

fn main() {}
