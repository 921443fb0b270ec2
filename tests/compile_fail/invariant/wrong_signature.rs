use fidelis::prelude::*;

#[aggregate]
pub struct Account {
    pub balance: i64,
}

#[aggregate]
impl Account {
    #[invariant(post)]
    fn takes_more(&self, _event: &str) -> Result<(), Rejection> {
        Ok(())
    }

    #[invariant(post)]
    fn changes(&mut self) -> Result<(), Rejection> {
        Ok(())
    }

    #[invariant(post)]
    fn looks_at_nothing() -> Result<(), Rejection> {
        Ok(())
    }

    #[invariant(post)]
    fn says_nothing(&self) {}

    #[invariant(post)]
    fn says_yes_or_no(&self) -> bool {
        true
    }
}

fn main() {}
