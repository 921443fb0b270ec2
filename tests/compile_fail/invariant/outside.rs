use fidelis::prelude::*;

#[invariant(post)]
fn is_solvent() -> Result<(), Rejection> {
    Ok(())
}

fn main() {
    let _ = is_solvent();
}
