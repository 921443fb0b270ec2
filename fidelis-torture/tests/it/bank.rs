//! The bank under fire: tellers are killed again and again, and what the database holds is judged.

use fidelis_torture::{
    Place, Tier,
    bank::{Fire, oracle::Seen},
    seed,
};

use crate::{program, sqlite_file};

fn fire(place: Place) -> Fire {
    let seed = seed();
    println!("seed {seed}");
    Fire::new(program(), place, seed)
}

/// Burns as often as the tier says.
fn is_sound(place: Place) {
    let mut fire = fire(place);
    let seed = fire.errands.seed;
    for round in 0..Tier::asked().pick(3, 100) {
        let seen = fire.burn(6, |_| {});
        seen.verdict.must_be_clean(&format!("in round {round} of seed {seed}"));
    }
    let Seen { verdict, happened, .. } = fire.end(|_| {});
    println!("{} records; {happened}", verdict.records);
    println!("{} kills, {} between two steps, {} calls unheard", fire.kills, fire.between, fire.unheard);
    for name in ["repeated", "recognised", "conflict", "unknown", "unknown and there"] {
        println!("{name}: {}", fire.history.counted(name));
    }
    verdict.must_be_clean(&format!("at the end of seed {seed}"));
}

#[test]
fn on_sqlite() {
    let (_folder, file) = sqlite_file();
    is_sound(Place::sqlite(file));
}
