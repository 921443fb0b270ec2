use fidelis::prelude::*;

#[aggregate]
pub struct Account {
    pub balance: i64,
}

#[aggregate]
impl Account {
    #[invariant(after)]
    fn is_solvent(&self) -> Result<(), Rejection> {
        Ok(())
    }
}

fn main() {}
