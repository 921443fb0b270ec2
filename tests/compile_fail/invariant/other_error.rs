use fidelis::prelude::*;

#[aggregate]
pub struct Account {
    pub balance: i64,
}

#[aggregate]
impl Account {
    #[invariant(post)]
    fn is_solvent(&self) -> Result<(), String> {
        Ok(())
    }
}

fn main() {}
